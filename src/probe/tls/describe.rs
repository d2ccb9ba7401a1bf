//! A certificate in words.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use rustls::pki_types::{CertificateDer, UnixTime};
use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::Any;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};
use x509_parser::time::ASN1Time;
use x509_parser::x509::AttributeTypeAndValue;

use crate::probe::{Certificate, SentCertificate};

/// Most names of one certificate that are kept.
const MAX_NAMES: usize = 100;

/// Most characters of one text of a certificate that are kept.
const MAX_CHARS: usize = 512;

const SECONDS_A_DAY: i64 = 86_400;

/// Describe a certificate; `None` when it cannot be read. All text is the server's own, untrusted and bounded: escape it before showing.
pub fn describe(certificate: &CertificateDer<'_>, now: UnixTime) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let validity = parsed.validity();
    let left = validity.not_after.timestamp().saturating_sub(seconds(now));
    Some(Certificate {
        subject: name(parsed.subject()),
        issuer: name(parsed.issuer()),
        names: names(&parsed),
        not_before: rfc3339(validity.not_before),
        not_after: rfc3339(validity.not_after),
        days_left: left.div_euclid(SECONDS_A_DAY),
        sha256: sha256(certificate),
    })
}

/// One certificate of the chain as sent, in short; `None` when it cannot be read.
pub fn sent(certificate: &CertificateDer<'_>) -> Option<SentCertificate> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(SentCertificate {
        subject: name(parsed.subject()),
        issuer: name(parsed.issuer()),
        not_after: rfc3339(parsed.validity().not_after),
        sha256: sha256(certificate),
        der: certificate.to_vec(),
    })
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256(der: &[u8]) -> String {
    hex(&Sha256::digest(der))
}

/// Seconds since 1970, as certificates count.
pub(super) fn seconds(now: UnixTime) -> i64 {
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// The names a certificate is for: the alternative names that are DNS names or addresses, else the common name.
pub(super) fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let names: Vec<String> = alternatives
        .iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(bounded(name)),
            GeneralName::IPAddress(bytes) => Some(address(bytes)),
            _ => None,
        })
        .take(MAX_NAMES)
        .collect();
    if names.is_empty() { common_name(certificate).map(bounded).into_iter().collect() } else { names }
}

/// The first common name, the one that libpq compares.
pub(super) fn common_name<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a str> {
    certificate.subject().iter_common_name().next()?.as_str().ok()
}

fn address(bytes: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        Ipv4Addr::from(four).to_string()
    } else if let Ok(sixteen) = <[u8; 16]>::try_from(bytes) {
        Ipv6Addr::from(sixteen).to_string()
    } else {
        format!("#{}", bounded(&hex(bytes)))
    }
}

/// A distinguished name as RFC 4514 writes it: the most specific part first, separated by commas.
pub(super) fn name(name: &X509Name<'_>) -> String {
    let parts: Vec<_> = name.iter_rdn().collect();
    let written: Vec<String> =
        parts.iter().rev().map(|part| part.iter().map(attribute).collect::<Vec<_>>().join("+")).collect();
    bounded(&written.join(","))
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let value = match attribute.as_str() {
        Ok(text) => escaped(text),
        Err(_) => hex_value(attribute.attr_value()),
    };
    format!("{}={value}", short_name(&oid).unwrap_or(&oid))
}

/// Short names: RFC 4514 section 3, and the two beyond it that OpenSSL prints.
fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}

/// RFC 4514 section 2.4.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        match c {
            '\0' => out.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            '#' if at == 0 => out.push_str("\\#"),
            _ => out.push(c),
        }
    }
    out
}

/// A value that is no text: its content in hex (bounded before it is written).
fn hex_value(value: &Any<'_>) -> String {
    format!("#{}", hex(&value.data[..value.data.len().min(MAX_CHARS / 2)]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

/// `2031-04-26T10:56:53Z`.
fn rfc3339(time: ASN1Time) -> String {
    let t = time.to_datetime();
    let (hour, minute, second) = t.to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", date(time))
}

/// `2031-04-26`.
pub(super) fn date(time: ASN1Time) -> String {
    let t = time.to_datetime();
    format!("{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day())
}
