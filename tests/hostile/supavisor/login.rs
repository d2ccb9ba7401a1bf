//! From the `StartupMessage` to the greeting.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::backend::Wire;
use super::super::case::Product;
use super::super::play::PASSWORD;
use super::super::scram::Exchange;
use super::super::server::bytes::{auth, greeting};
use super::{Pooler, Port, Version, lock};

impl Pooler {
    /// From the `StartupMessage` to the greeting. False: refused.
    pub(super) async fn log_in(&self, wire: &mut Wire) -> io::Result<bool> {
        let Some(startup) = self.startup(wire).await? else { return Ok(false) };
        if let Some(options) = startup.get("options") {
            lock(&self.seen).options.push(options.clone());
        }
        let user = startup.get("user").map_or("", String::as_str);
        let role = user.split_once('.').map(|(role, _)| role);
        if role != Some(&self.upstream.role) {
            let new = "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)";
            wire.send(&self.error("XX000", new, "Tenant or user not found")).await?;
            return Ok(false);
        }
        if self.full() {
            return self.refuse_full(wire).await;
        }
        wire.send(&auth(10, b"SCRAM-SHA-256\0\0")).await?;
        let initial = wire.frame().await?.body().to_vec();
        let at = initial.windows(3).position(|part| part == b"n,,").unwrap_or_default();
        let exchange = Exchange::new(&String::from_utf8_lossy(&initial[at..]), PASSWORD);
        wire.send(&auth(11, exchange.server_first().as_bytes())).await?;
        let last = wire.frame().await?;
        if !wire.inbox.is_empty() {
            self.broken("a query was sent behind the SCRAM proof: it is dropped");
            wire.inbox.clear();
        }
        let Some(proof) = exchange.finish(&String::from_utf8_lossy(last.body())) else {
            tokio::time::sleep(Duration::from_millis(if self.setup.version == Version::New { 500 } else { 0 })).await;
            let text = format!("password authentication failed for user \"{}\"", self.upstream.role);
            wire.send(&self.error("28P01", &text, &text)).await?;
            return Ok(false);
        };
        if self.full() {
            return self.refuse_full(wire).await;
        }
        let clients = self.clients.fetch_add(1, Ordering::Relaxed) + 1;
        self.note_clients(clients);
        let key = self.keys.fetch_add(97, Ordering::Relaxed);
        let all = [auth(12, proof.as_bytes()), auth(0, b""), greeting(Product::Supavisor, key)].concat();
        wire.send(&all).await?;
        Ok(true)
    }

    fn note_clients(&self, clients: usize) {
        let mut seen = lock(&self.seen);
        seen.most_clients = seen.most_clients.max(clients);
    }

    fn full(&self) -> bool {
        self.setup.port == Port::Session && self.clients.load(Ordering::Relaxed) >= self.setup.pool_size
    }

    async fn refuse_full(&self, wire: &mut Wire) -> io::Result<bool> {
        let limited = "max clients are limited to pool_size";
        let size = self.setup.pool_size;
        let new = format!("(EMAXCONNSESSION) max clients reached in session mode - {limited}: {size}");
        let old = format!("MaxClientsInSessionMode: max clients reached - in Session mode {limited}");
        wire.send(&self.error("XX000", &new, &old)).await?;
        Ok(false)
    }

    /// The parameters of the `StartupMessage`, of which everything must be there already.
    async fn startup(&self, wire: &mut Wire) -> io::Result<Option<HashMap<String, String>>> {
        let packet = std::mem::take(&mut wire.inbox);
        let announced = packet.first_chunk::<4>().map_or(0, |length| u32::from_be_bytes(*length) as usize);
        if packet.len() != announced || packet.get(4..8) != Some(&[0, 3, 0, 0]) {
            self.broken("the StartupMessage did not come in one piece, or is not of protocol 3.0");
            if self.setup.version == Version::New {
                wire.send(&self.error("XX000", "(ENOIDENTIFIER) no tenant identifier provided", "")).await?;
            }
            return Ok(None);
        }
        let texts: Vec<String> =
            packet[8..].split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned()).collect();
        Ok(Some(texts.chunks(2).filter(|pair| pair.len() == 2).map(|p| (p[0].clone(), p[1].clone())).collect()))
    }
}
