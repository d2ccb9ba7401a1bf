//! The kind of a certificate's key, and of the signature on it.

use rustls::pki_types::CertificateDer;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;

use super::chain::parse;
use crate::probe::CertificateKey;

/// The key of a certificate; `None` when the certificate cannot be read.
pub fn key(certificate: &CertificateDer<'_>) -> Option<CertificateKey> {
    let parsed = parse(certificate)?;
    let algorithm = parsed.public_key().algorithm.algorithm.to_id_string();
    let signature = parsed.signature_algorithm.algorithm.to_id_string();
    Some(CertificateKey {
        name: name(&parsed, &algorithm),
        signature_algorithm: signature_name(&signature).map_or(signature, str::to_owned),
    })
}

/// `RSA 2048`, `EC P-256`, `Ed25519`; the identifier (OID) of what is not known here.
fn name(certificate: &X509Certificate<'_>, algorithm: &str) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(point)) => {
            let parameters = certificate.public_key().algorithm.parameters.as_ref();
            let curve = parameters.and_then(|any| any.as_oid().ok()).and_then(|oid| curve(&oid.to_id_string()));
            curve.map_or_else(|| format!("EC {} bits", point.key_size()), |curve| format!("EC {curve}"))
        }
        _ => match algorithm {
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            other => other.to_owned(),
        },
    }
}

/// RFC 5480, section 2.1.1.1.
fn curve(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        _ => return None,
    })
}

/// The names that OpenSSL prints (RFC 4055, 5758 and 8410).
fn signature_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "ED25519",
        _ => return None,
    })
}
