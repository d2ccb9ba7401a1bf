//! Supabase's own roots, told by their fingerprints and never by their names: two of them have the same.

use rustls::pki_types::CertificateDer;

use super::{Roots, pem, root_id, sha256};
use crate::knowledge::Root;
use crate::probe::SentCertificate;

/// The id of the root that a chain ends in: see [`root_id`].
pub fn root_of(chain: &[CertificateDer<'_>], known: &[Root], given: Option<&Roots>, system: Option<&Roots>) -> String {
    let known: Vec<(&str, &str)> = known.iter().map(|root| (root.id.as_str(), root.sha256.as_str())).collect();
    root_id(chain, &known, given, system)
}

/// What to add to the reason why a chain is not trusted: the file to give, when the chain ends in a known root.
pub fn remedy(root: &str, known: &[Root]) -> Option<String> {
    let root = known.iter().find(|known| known.id == root)?;
    Some(format!(
        "it ends in Supabase's root {}: give its file, {}, with sslrootcert (SHA-256 {})",
        root.id, root.file, root.sha256
    ))
}

/// The known root among the certificates that a server sent, with its PEM form; an error in words when there is none.
///
/// The fingerprint is that of the bytes that would be stored.
pub fn known_root<'k>(sent: &[SentCertificate], known: &'k [Root]) -> Result<(&'k Root, String), String> {
    let found = sent.iter().find_map(|certificate| {
        let fingerprint = sha256(&certificate.der);
        Some((known.iter().find(|root| root.sha256 == fingerprint)?, pem(&certificate.der)))
    });
    found.ok_or_else(|| match sent.iter().find(|certificate| certificate.subject == certificate.issuer) {
        Some(root) => format!(
            "the server sent the root \"{}\" (SHA-256 {}), which is none of Supabase's: nobody knows whose it is",
            root.subject, root.sha256
        ),
        None if sent.is_empty() => "no certificate of the server was seen".to_owned(),
        None => "the server does not send its root, only what it signed".to_owned(),
    })
}
