//! The name check of `verify-full`, as libpq makes it.
//!
//! Source: PostgreSQL, `src/interfaces/libpq/fe-secure-openssl.c` (`pgtls_verify_peer_name_matches_certificate_guts`) and
//! `fe-secure-common.c` (`pq_verify_peer_name_matches_certificate_name`, `wildcard_certificate_match`), as of version 15; before
//! it, addresses among the alternative names were not looked at.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::ChainFault;
use super::describe;

/// Whether the leaf is for this host.
///
/// Names of DNS and addresses among the alternative names are compared both; the common name counts only where the alternative
/// names have none of the host's own kind (so a DNS name there does not exclude the common name for a host that is an address).
pub(super) fn verify(chain: &[CertificateDer<'_>], host: &str) -> Result<(), ChainFault> {
    let leaf = chain.first().ok_or(ChainFault::NoCertificate)?;
    if host.is_empty() {
        return Err(ChainFault::NoHost);
    }
    let (_, leaf) = X509Certificate::from_der(leaf)
        .map_err(|_| ChainFault::NotVerifiable("the certificate cannot be read".to_owned()))?;
    let unreadable = || ChainFault::NotVerifiable("its alternative names cannot be read".to_owned());
    let alternatives = match leaf.subject_alternative_name() {
        Ok(extension) => extension.map_or(&[][..], |e| &e.value.general_names),
        Err(_) => return Err(unreadable()),
    };
    let address: Option<IpAddr> = host.parse().ok();
    let mut use_common_name = true;
    for name in alternatives {
        let matched = match name {
            GeneralName::DNSName(name) => {
                use_common_name &= address.is_some();
                matches(name, host)?
            }
            GeneralName::IPAddress(bytes) => {
                use_common_name &= address.is_none();
                address.is_some_and(|a| is_address(bytes, a))
            }
            _ => false,
        };
        if matched {
            return Ok(());
        }
    }
    if use_common_name
        && let Some(name) = describe::common_name(&leaf)
        && matches(name, host)?
    {
        return Ok(());
    }
    Err(ChainFault::NameMismatch { names: describe::names(&leaf), host: host.to_owned() })
}

/// Whether a name of a certificate covers the host. A `*.` stands for exactly one label, the left-most.
fn matches(name: &str, host: &str) -> Result<bool, ChainFault> {
    if name.contains('\0') {
        return Err(ChainFault::Invalid("a name in the certificate has a NUL in it".to_owned()));
    }
    if name.eq_ignore_ascii_case(host) {
        return Ok(true);
    }
    let Some(suffix) = name.strip_prefix('*').filter(|s| s.len() >= 2 && s.starts_with('.')) else {
        return Ok(false);
    };
    Ok(host.find('.').is_some_and(|dot| dot > 0 && host[dot..].eq_ignore_ascii_case(suffix)))
}

fn is_address(bytes: &[u8], address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => bytes == a.octets(),
        IpAddr::V6(a) => bytes == a.octets(),
    }
}
