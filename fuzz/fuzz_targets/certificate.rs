//! A server's certificates: described, and judged as a chain.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rustls_pki_types::{CertificateDer, UnixTime};
use supascope::probe::tls::{describe, key, root_of, sent, system_roots, judge};
use supascope::wire::tls::signature::is_signed_by;
use x509_parser::prelude::{FromDer, X509Certificate};

fuzz_target!(|bytes: &[u8]| {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_795_000_000));
    // Certificates follow each other, as far as they can be read.
    let mut chain = Vec::new();
    let mut rest = bytes;
    while chain.len() < 4
        && let Ok((after, _)) = X509Certificate::from_der(rest)
    {
        chain.push(CertificateDer::from(&rest[..rest.len() - after.len()]));
        rest = after;
    }
    chain.push(CertificateDer::from(rest));
    for certificate in &chain {
        let _ = (describe(certificate, now), sent(certificate), key(certificate));
        if let Ok((_, issuer)) = X509Certificate::from_der(certificate) {
            let _ = is_signed_by(certificate, &issuer);
        }
    }
    let _ = root_of(&chain, &supascope::knowledge::endpoints().roots, None, None);
    if let Ok(roots) = system_roots() {
        let _ = judge(&chain, "db.abcdefghijklmnopqrst.supabase.co", Ok(roots), None, now);
    }
});
