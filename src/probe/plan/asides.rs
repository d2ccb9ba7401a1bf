//! What runs beside the core: startup options, plaintext, `GET`, direct TLS, TLS 1.2.

use super::Run;
use super::core::FIRST_QUERY_WITHIN;
use crate::endpoint::EndpointKind;
use crate::probe::link::{LinkError, Socket};
use crate::probe::names::APPLICATION_NAME;
use crate::probe::startup_options::{self, Fate, StartupOptions};
use crate::probe::{Plaintext, plaintext, refusal};
use crate::wire::tls::Versions;

impl Run<'_> {
    /// F: what becomes of settings in the startup message.
    pub(super) async fn options(&self, out: &mut Option<StartupOptions>) {
        *out = Some(match self.trace.step('F', "startup options", self.try_options()).await {
            Ok(options) => options,
            Err(error) => StartupOptions::not_run(&refusal::from_link(&error, self.address).message),
        });
    }

    async fn try_options(&self) -> Result<StartupOptions, LinkError> {
        let not_run = || Ok(StartupOptions::not_run("no login"));
        let Some(mut link) = self.open().await? else { return not_run() };
        let Some(direct) = self.gate.asked().await else { return not_run() };
        let user = self.door.user.as_deref().unwrap_or_default();
        let options = startup_options::options();
        let mut parameters = vec![("application_name", APPLICATION_NAME), ("options", options.as_str())];
        parameters.extend(direct.then_some(startup_options::SEARCH_PATH));
        let first = link.start(&parameters, user, &self.door.database).await?;
        if let Some(fate) = startup_options::fate_of(&first) {
            drop(link);
            let search_path = match fate {
                Fate::Refused(_) => self.try_search_path(user).await?,
                _ => Fate::Unknown("not tried".to_owned()),
            };
            return Ok(StartupOptions { options: fate, search_path });
        }
        if self.log_in_behind_the_gate(&mut link, &first, 2).await?.is_none() {
            return not_run();
        }
        let seen = startup_options::look(&mut link, direct, FIRST_QUERY_WITHIN).await?;
        link.leave().await;
        Ok(seen)
    }

    /// A pooler that refuses options says so before any password: a first answer is enough.
    async fn try_search_path(&self, user: &str) -> Result<Fate, LinkError> {
        let (in_options, alone) = tokio::join!(
            self.first_answer_to(("options", startup_options::SEARCH_PATH_ONLY), user),
            self.first_answer_to(startup_options::SEARCH_PATH, user)
        );
        Ok(match (in_options?, alone?) {
            (Fate::Refused(in_options), Fate::Refused(alone)) if in_options != alone => {
                Fate::Refused(format!("{in_options}; as a parameter of its own: {alone}"))
            }
            (Fate::Refused(_), other) | (other, _) => other,
        })
    }

    async fn first_answer_to(&self, parameter: (&str, &str), user: &str) -> Result<Fate, LinkError> {
        let Some(mut link) = self.open().await? else { return Ok(Fate::Unknown("not tried".to_owned())) };
        let first = link.start(&[parameter], user, &self.door.database).await?;
        Ok(startup_options::fate_of(&first)
            .unwrap_or_else(|| Fate::Unknown("taken at startup; whether it has an effect was not tried".to_owned())))
    }

    /// C.
    pub(super) async fn plaintext(&self, out: &mut Plaintext) {
        if let Some(user) = &self.door.user {
            let asking = plaintext::ask(self.address, user, &self.door.database, self.timeout, self.budget);
            *out = self.trace.step('C', "plaintext", asking).await;
        }
    }

    /// D. PostgreSQL logs a line for it and learns nothing, so a direct endpoint is spared.
    pub(super) async fn version(&self, out: &mut Option<String>) {
        if self.door.kind != EndpointKind::Direct {
            let asking = crate::probe::fingerprint::ask_version(self.address, self.timeout, self.budget);
            *out = self.trace.step('D', "GET", asking).await;
        }
    }

    /// G. PostgreSQL before 17 logs a line for it, of a packet of invalid length.
    pub(super) async fn direct_tls(&self, out: &mut Option<bool>) {
        let asking = crate::probe::direct_tls::ask(self.address, &self.door.host, self.timeout, self.budget);
        *out = self.trace.step('G', "direct TLS", asking).await;
    }

    /// E: whether TLS 1.2 is taken; A shows 1.3.
    pub(super) async fn tls12(&self, out: &mut Option<bool>) {
        let Some(grant) = self.budget.grant().await else { return };
        let Ok(socket) = Socket::connect(self.address, self.timeout, grant).await else { return };
        let securing = socket.secure(&self.door.host, Versions::Only12, self.timeout);
        *out = match self.trace.step('E', "TLS 1.2", securing).await {
            Ok(_) => Some(true),
            Err(LinkError::Tls(error)) if error.is_version_refused() => Some(false),
            Err(_) => None,
        };
    }
}
