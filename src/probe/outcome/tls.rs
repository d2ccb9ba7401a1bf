//! What was learnt about TLS.

/// Whether a plaintext connection is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Plaintext {
    /// The server goes on to authentication without TLS.
    Accepted,
    /// It demands TLS first.
    Refused,
    /// Not known.
    #[default]
    Unknown,
}

impl Plaintext {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Subject, as an RFC 4514 string.
    pub subject: String,
    /// Issuer, as an RFC 4514 string.
    pub issuer: String,
    /// Subject alternative names (DNS and IP), or the common name where there are none; at most 100.
    pub names: Vec<String>,
    /// First moment of validity, RFC 3339.
    pub not_before: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
    /// Whole days left; negative when expired.
    pub days_left: i64,
    /// SHA-256 of the DER form, lower-case hex.
    pub sha256: String,
}

/// The key of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateKey {
    /// Kind and size: `RSA 2048`, `EC P-256`, `Ed25519`.
    pub name: String,
    /// The algorithm that the certificate was signed with, for example `sha256WithRSAEncryption`.
    pub signature_algorithm: String,
}

/// A certificate of the chain as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCertificate {
    /// Subject, as an RFC 4514 string.
    pub subject: String,
    /// Issuer, as an RFC 4514 string.
    pub issuer: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
    /// SHA-256 of the DER form, lower-case hex.
    pub sha256: String,
    /// The DER form.
    pub der: Vec<u8>,
}

/// What becomes of a driver's connection, as far as TLS decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientOutcome {
    /// Encrypted and verified.
    Verified,
    /// Encrypted, not verified.
    Unverified,
    /// Not encrypted.
    Plaintext,
    /// No connection.
    Fails,
    /// Not known.
    Unknown,
}

impl ClientOutcome {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Plaintext => "plaintext",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        }
    }
}

/// What one driver would do with the setting's sslmode at this server. Derived: from the driver's documented behaviour
/// (`tls-clients.toml`) and the measured chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// Stable id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The word that decides, as the setting has it; `None` when it has none that the driver reads.
    pub word: Option<String>,
    /// What becomes of the connection.
    pub outcome: ClientOutcome,
    /// What was verified, or why it fails.
    pub why: String,
}

/// What one sslmode comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SslmodeVerdict {
    /// It connects.
    Ok,
    /// It does not, and why.
    No(String),
    /// Not tested, and why.
    Unknown(String),
}

/// The sslmodes of libpq, each with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sslmodes {
    /// `require`
    pub require: SslmodeVerdict,
    /// `verify-ca`
    pub verify_ca: SslmodeVerdict,
    /// `verify-full`
    pub verify_full: SslmodeVerdict,
}

/// What was learnt about TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Whether `SSLRequest` was answered with `S`.
    pub offered: bool,
    /// Whether plaintext is taken.
    pub plaintext: Plaintext,
    /// A TLS handshake without `SSLRequest` (`sslnegotiation=direct`) is taken; `None` when not known.
    pub direct: Option<bool>,
    /// `SCRAM-SHA-256-PLUS` is offered, which `channel_binding=require` needs; `None` when not known.
    pub channel_binding: Option<bool>,
    /// TLS 1.2 works; `None` when not tested.
    pub tls12: Option<bool>,
    /// TLS 1.3 works; `None` when not tested.
    pub tls13: Option<bool>,
    /// What each sslmode comes to with the given root certificates (`sslrootcert`, or libpq's default file).
    pub given_roots: Option<Sslmodes>,
    /// What each sslmode comes to with the system's trust store.
    pub system_roots: Option<Sslmodes>,
    /// The server's certificate.
    pub certificate: Option<Certificate>,
    /// The key of the server's certificate.
    pub key: Option<CertificateKey>,
    /// The certificates as sent, the server's first; at most 16, without those that cannot be read.
    pub chain: Vec<SentCertificate>,
    /// How many certificates the server sent.
    pub chain_length: usize,
    /// The known root that the chain ends in: an id of `endpoints.toml`, `public`, `other` or `unknown`.
    pub root: String,
    /// What drivers would do with the setting's sslmode here.
    pub clients: Vec<ClientTls>,
}

impl Tls {
    /// A server that answers `N` to `SSLRequest`.
    pub fn none(plaintext: Plaintext) -> Self {
        Self {
            offered: false,
            plaintext,
            direct: None,
            channel_binding: None,
            tls12: None,
            tls13: None,
            given_roots: None,
            system_roots: None,
            certificate: None,
            key: None,
            chain: Vec::new(),
            chain_length: 0,
            root: "unknown".to_owned(),
            clients: Vec::new(),
        }
    }
}
