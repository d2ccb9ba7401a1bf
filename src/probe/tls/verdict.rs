//! Everything that was seen of TLS, judged.

use rustls::pki_types::UnixTime;

use super::{Sight, Trust, describe, judge, key, known, outcomes, remedy, sent, system_roots};
use crate::knowledge;
use crate::probe::door::Door;
use crate::probe::{Plaintext, SslmodeVerdict, Sslmodes, Tls};
use crate::wire::tls::Peer;

/// What the connections showed of TLS.
pub struct Seen<'a> {
    /// The handshake of the first connection; `None` when the server has no TLS.
    pub peer: Option<&'a Peer>,
    /// Plaintext.
    pub plaintext: Plaintext,
    /// TLS 1.2 was taken.
    pub tls12: Option<bool>,
    /// TLS without `SSLRequest` was taken.
    pub direct: Option<bool>,
    /// Whether `SCRAM-SHA-256-PLUS` was offered.
    pub channel_binding: Option<bool>,
    /// libpq's roots; `None` when they were not read.
    pub given: Option<Trust<'a>>,
    /// `sslrootcert`, of the setting or the command line.
    pub root_file: Option<&'a str>,
    /// The moment to judge at.
    pub now: UnixTime,
}

/// The judgement.
pub fn tls(seen: &Seen<'_>, door: &Door) -> Tls {
    let system = system_roots().as_ref();
    let chain = seen.peer.map_or(&[][..], |peer| &peer.chain);
    let roots = &knowledge::endpoints().roots;
    let root = known::root_of(chain, roots, seen.given.and_then(Result::ok), system.ok());
    let remedy = remedy(&root, roots);
    let sight = |given| Sight {
        parameters: &door.tls_parameters,
        root_file: seen.root_file,
        host: &door.host,
        offered: seen.peer.is_some(),
        plaintext: seen.plaintext,
        chain,
        given,
        system,
        remedy: remedy.as_deref(),
        now: seen.now,
    };
    let clients = seen.given.map(|given| outcomes(&sight(given))).unwrap_or_default();
    let Some(peer) = seen.peer else {
        return Tls { direct: seen.direct, clients, ..Tls::none(seen.plaintext) };
    };
    let only_12 = peer.version == "1.2";
    let modes = |trust| judge(chain, &door.host, trust, remedy.as_deref(), seen.now);
    Tls {
        offered: true,
        plaintext: seen.plaintext,
        direct: seen.direct,
        channel_binding: seen.channel_binding,
        tls12: if only_12 { Some(true) } else { seen.tls12 },
        tls13: Some(!only_12),
        given_roots: seen.given.map(|given| as_given(modes(given), seen.root_file)),
        system_roots: Some(modes(system)),
        certificate: chain.first().and_then(|leaf| describe(leaf, seen.now)),
        key: chain.first().and_then(key),
        chain: chain.iter().filter_map(sent).collect(),
        chain_length: peer.chain_length,
        root,
        clients,
    }
}

/// libpq refuses the weaker modes with the word `system`.
fn as_given(modes: Sslmodes, root_file: Option<&str>) -> Sslmodes {
    if root_file != Some("system") {
        return modes;
    }
    let refused = SslmodeVerdict::No(super::WEAK_WITH_SYSTEM.to_owned());
    Sslmodes { require: refused.clone(), verify_ca: refused, verify_full: modes.verify_full }
}
