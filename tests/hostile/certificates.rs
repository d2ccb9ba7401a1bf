//! Certificates of the scripted servers, made when the tests run.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::case::Certificate;
use super::play::HOST;
use super::scram::base64;

/// The CA of this test process, its file, and the directory that holds it.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
    _directory: tempfile::TempDir,
}

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let mut params = valid(CertificateParams::default());
        params.distinguished_name.push(DnType::CommonName, "hostile test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = pem(params.self_signed(&key).unwrap().der());
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        std::fs::write(&file, pem).unwrap();
        Authority { issuer: Issuer::new(params, key), file, _directory: directory }
    })
}

/// The file for `sslrootcert`.
pub fn root_file() -> &'static std::path::Path {
    &authority().file
}

/// A server's side of TLS with that certificate.
pub fn acceptor(kind: Certificate) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let leaf = params(kind).signed_by(&key, &authority().issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let signer = tokio_rustls::rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    // Not `with_single_cert`: that looks into the certificate, and refuses what it cannot read itself.
    let shown = CertifiedKey::new(vec![leaf.der().clone()], signer);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    // As PostgreSQL 17: who asks for it gets it.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

fn pem(der: &[u8]) -> String {
    let text = base64(der);
    let lines = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap().to_owned() + "\n");
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>())
}

fn valid(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

fn params(kind: Certificate) -> CertificateParams {
    let mut params = valid(CertificateParams::default());
    let name = |text: String| SanType::DnsName(text.as_str().try_into().unwrap());
    params.subject_alt_names = vec![name(HOST.to_owned())];
    match kind {
        Certificate::Good => {}
        Certificate::Names(count) => {
            // Short names: two thousand of them fit into one handshake message of 64 KiB, ten thousand do not.
            params.subject_alt_names.extend((0..count).map(|at| name(format!("n{at}.example.com"))));
        }
        Certificate::ControlCharacters => {
            params.distinguished_name.push(DnType::CommonName, "\u{1b}]0;title\u{7}\u{1b}[2Jcleared\r\nforged: line");
            params.distinguished_name.push(DnType::OrganizationName, "\u{202e}gnikool thgir\u{9b}31m");
            params.subject_alt_names.push(name("\u{1b}[31mred.example.com\r\nsecond".to_owned()));
        }
    }
    params
}
