//! Root certificates: a file, or the system's store.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use thiserror::Error;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{ChainFault, describe};

/// Largest root file that is read, in bytes. A bundle of all public roots has about 220 KB.
pub const MAX_ROOT_FILE_BYTES: u64 = 1024 * 1024;

/// Why there are no roots. Paths in the text have their control characters escaped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RootsError {
    /// There is no such file.
    #[error("the file {0} does not exist")]
    NotFound(String),
    /// It cannot be read.
    #[error("the file {0} cannot be read: {1}")]
    Unreadable(String, ErrorKind),
    /// It is larger than [`MAX_ROOT_FILE_BYTES`].
    #[error("the file {0} is larger than 1 MiB")]
    TooLarge(String),
    /// It holds no certificate.
    #[error("the file {0} holds no certificate in PEM form")]
    NoCertificate(String),
    /// It holds a certificate in the binary form.
    #[error("the file {0} is in DER form, libpq wants PEM: openssl x509 -inform der -in FILE -out root.crt")]
    Der(String),
    /// A certificate in it cannot be read.
    #[error("certificate number {1} in the file {0} cannot be read")]
    Malformed(String, usize),
    /// The system has no trust store that can be read.
    #[error("the system has no trust store that can be read")]
    NoSystemStore,
    /// Neither a file was named, nor is there a home directory for the default one.
    #[error("no root file is named, and there is no home directory to look for one")]
    NoHome,
}

impl RootsError {
    /// Whether libpq goes on without roots: it does when the file is not there, and fails in every `sslmode` when the file is
    /// there and cannot be used (`initialize_SSL` in `fe-secure-openssl.c`).
    pub(super) const fn means_none(&self) -> bool {
        matches!(self, Self::NotFound(_) | Self::NoHome | Self::NoSystemStore)
    }
}

/// One root certificate, with what is looked at again and again.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) der: CertificateDer<'static>,
    /// The subject, as encoded.
    pub(super) subject: Vec<u8>,
    /// Issuer and subject are the same.
    pub(super) self_issued: bool,
    valid: std::ops::RangeInclusive<i64>,
    anchor: Option<TrustAnchor<'static>>,
}

impl Root {
    fn new(der: CertificateDer<'static>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(&der).ok()?;
        let subject = parsed.subject().as_raw().to_vec();
        let self_issued = parsed.issuer().as_raw() == subject;
        let valid = parsed.validity().not_before.timestamp()..=parsed.validity().not_after.timestamp();
        let mut store = RootCertStore::empty();
        let anchor = store.add(der.clone()).ok().and_then(|()| store.roots.pop());
        Some(Self { der, subject, self_issued, valid, anchor })
    }

    pub(super) fn is_valid_at(&self, now: UnixTime) -> bool {
        self.valid.contains(&describe::seconds(now))
    }
}

/// Root certificates, and where they are from.
#[derive(Debug, Clone)]
pub struct Roots {
    certificates: Vec<Root>,
    name: String,
    file: bool,
    last: Arc<Mutex<Option<Verified>>>,
}

/// What became of a chain at a moment.
#[derive(Debug)]
struct Verified {
    chain: Vec<CertificateDer<'static>>,
    at: UnixTime,
    outcome: Result<(), ChainFault>,
}

impl Roots {
    fn new(certificates: Vec<Root>, name: String, file: bool) -> Self {
        Self { certificates, name, file, last: Arc::default() }
    }

    /// Verifies a chain, or remembers what came of it: every connection, every `sslmode` and every driver asks about the
    /// same chain at the same moment, and signatures are the dearest part of a report.
    pub(super) fn verify_once(
        &self,
        chain: &[CertificateDer<'_>],
        at: UnixTime,
        verify: impl FnOnce() -> Result<(), ChainFault>,
    ) -> Result<(), ChainFault> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref().filter(|known| known.chain == chain && known.at == at) {
            return known.outcome.clone();
        }
        let outcome = verify();
        let chain = chain.iter().cloned().map(CertificateDer::into_owned).collect();
        last.insert(Verified { chain, at, outcome }).outcome.clone()
    }

    /// For a sentence: the file's name, or `the system's trust store`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many there are; never none.
    #[expect(clippy::len_without_is_empty, reason = "loading fails when there are none")]
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether they are from a file, as against the system's store.
    pub const fn is_file(&self) -> bool {
        self.file
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Root> {
        self.certificates.iter()
    }

    /// What a chain may end in: roots that sign themselves, and are valid now.
    ///
    /// `webpki` would take any certificate for an anchor and does not look at its dates. OpenSSL does: a file that holds only an
    /// intermediate certificate is not enough for it (libpq does not set `X509_V_FLAG_PARTIAL_CHAIN`).
    pub(super) fn anchors(&self, now: UnixTime) -> RootCertStore {
        self.iter().filter(|r| r.self_issued && r.is_valid_at(now)).filter_map(|r| r.anchor.clone()).collect()
    }

    /// The others: OpenSSL builds chains with them, too.
    pub(super) fn intermediates(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.iter().filter(|r| !r.self_issued).map(|r| &r.der)
    }

    pub(super) fn contains(&self, der: &[u8]) -> bool {
        self.iter().any(|r| r.der.as_ref() == der)
    }
}

/// libpq's default root file, `~/.postgresql/root.crt` (PostgreSQL documentation, 34.19.1).
pub fn default_root_file(home: &Path) -> PathBuf {
    home.join(".postgresql").join("root.crt")
}

/// The roots that libpq would use: those of `sslrootcert` (a file, or the word `system`, from PostgreSQL 16 on), else the default file
/// under `home`.
pub fn given_roots(sslrootcert: Option<&str>, home: Option<&Path>) -> Result<Roots, RootsError> {
    match (sslrootcert.filter(|path| !path.is_empty()), home) {
        (Some("system"), _) => system_roots().clone(),
        (Some(path), _) => load_roots(Path::new(path)),
        (None, Some(home)) => load_roots(&default_root_file(home)),
        (None, None) => Err(RootsError::NoHome),
    }
}

/// Read a file of certificates in PEM form. Text around them and other kinds of blocks are skipped, as OpenSSL does.
pub fn load_roots(path: &Path) -> Result<Roots, RootsError> {
    let name: String = path.display().to_string().chars().flat_map(escape_control).collect();
    let bytes = read_bounded(path, &name)?;
    let mut certificates = Vec::new();
    for (at, der) in CertificateDer::pem_slice_iter(&bytes).enumerate() {
        let root = der.ok().and_then(Root::new).ok_or_else(|| RootsError::Malformed(name.clone(), at + 1))?;
        certificates.push(root);
    }
    if certificates.is_empty() {
        let is_der = X509Certificate::from_der(&bytes).is_ok();
        return Err(if is_der { RootsError::Der(name) } else { RootsError::NoCertificate(name) });
    }
    Ok(Roots::new(certificates, name, true))
}

fn read_bounded(path: &Path, name: &str) -> Result<Vec<u8>, RootsError> {
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => RootsError::NotFound(name.to_owned()),
        kind => RootsError::Unreadable(name.to_owned(), kind),
    };
    // A pipe or a device could block for ever, or never end.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(RootsError::Unreadable(name.to_owned(), ErrorKind::InvalidInput));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(MAX_ROOT_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_ROOT_FILE_BYTES {
        return Err(RootsError::TooLarge(name.to_owned()));
    }
    Ok(bytes)
}

fn escape_control(c: char) -> impl Iterator<Item = char> {
    let (escaped, plain) = if c.is_control() { (Some(c.escape_default()), None) } else { (None, Some(c)) };
    escaped.into_iter().flatten().chain(plain)
}

/// The system's trust store (`SSL_CERT_FILE` and `SSL_CERT_DIR` honoured), read once.
///
/// That takes some milliseconds: call it off the critical path. Certificates in it that cannot be read are left out.
pub fn system_roots() -> &'static Result<Roots, RootsError> {
    static STORE: OnceLock<Result<Roots, RootsError>> = OnceLock::new();
    STORE.get_or_init(|| {
        let certificates: Vec<Root> =
            rustls_native_certs::load_native_certs().certs.into_iter().filter_map(Root::new).collect();
        if certificates.is_empty() {
            return Err(RootsError::NoSystemStore);
        }
        Ok(Roots::new(certificates, "the system's trust store".to_owned(), false))
    })
}
