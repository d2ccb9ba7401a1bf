//! The way from a leaf to a root.

use rustls::pki_types::{CertificateDer, UnixTime};

use super::{ChainFault, Roots, Trust};

/// Whether the chain leads to one of the roots, now.
pub(super) fn verify(chain: &[CertificateDer<'_>], trust: Trust<'_>, now: UnixTime) -> Result<(), ChainFault> {
    let _ = (chain, trust, now);
    Err(ChainFault::NotVerifiable("not written yet".to_owned()))
}

/// Which root the chain ends in: an id of `known` (pairs of id and SHA-256 in lower-case hex), `public`, `other` or `unknown`.
pub fn root_id(chain: &[CertificateDer<'_>], known: &[(&str, &str)], given: Option<&Roots>, system: Option<&Roots>, now: UnixTime) -> String {
    let _ = (chain, known, given, system, now);
    "unknown".to_owned()
}
