//! How a TLS handshake fails, told apart by what the user has to do about it.

use std::io;

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};
use thiserror::Error as ThisError;

/// What a peer seems to speak instead of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotTls {
    /// A Postgres `ErrorResponse` (Supavisor answers so to a TLS greeting that no `SSLRequest` came before).
    PostgresError,
    /// HTTP.
    Http,
    /// An SSH banner.
    Ssh,
    /// Something else.
    Unknown,
}

impl NotTls {
    /// Told from the first bytes. A TLS record begins with 20 to 24 and the version byte 3.
    fn detect(head: &[u8]) -> Option<Self> {
        match head {
            [] | [20..=24] | [20..=24, 3, ..] => None,
            _ if head.starts_with(b"HTTP/") => Some(Self::Http),
            // The `S` of a banner that came before anything was asked is taken for the answer to SSLRequest.
            _ if head.starts_with(b"SSH-") || head.starts_with(b"SH-") => Some(Self::Ssh),
            [b'E', 0, 0, ..] => Some(Self::PostgresError),
            _ => Some(Self::Unknown),
        }
    }

    /// In words, after "the server sent".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostgresError => "a Postgres error",
            Self::Http => "HTTP",
            Self::Ssh => "an SSH banner",
            Self::Unknown => "bytes that are not TLS",
        }
    }
}

/// Why a handshake failed. No text holds a control character.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum TlsError {
    /// The server ended the handshake with an alert; the name is that of RFC 8446, for example `handshake_failure`.
    #[error("agree on TLS: the server answered with the alert {name}{hint}", name = .0, hint = alert_hint(.0))]
    Alert(String),
    /// The server has none of the offered versions of TLS, by its own greeting.
    #[error("agree on TLS: the server has none of the offered versions")]
    NoCommonVersion,
    /// Server and client have no cipher or key exchange in common.
    #[error("agree on TLS: {0}")]
    Incompatible(String),
    /// The peer does not speak TLS at all; the first bytes, at most 512, are kept for a closer look. Untrusted.
    #[error("agree on TLS: the server sent {} instead", .kind.as_str())]
    NotTls {
        /// What it seems to be.
        kind: NotTls,
        /// The first bytes.
        head: Vec<u8>,
    },
    /// The peer closed the connection in the middle.
    #[error("agree on TLS: the server closed the connection during the handshake")]
    Closed,
    /// The connection broke.
    #[error("agree on TLS: {0}")]
    Io(io::ErrorKind),
    /// The proof that the server holds the key of its certificate is wrong.
    #[error("agree on TLS: the server does not prove that it holds the key of its certificate")]
    BadSignature,
    /// This tool cannot verify the server's proof (an old or rare kind of key or signature); OpenSSL may well accept it.
    #[error("verify the server's certificate key with the algorithms of this tool: {0}; other clients may accept it")]
    NotVerifiable(String),
    /// Anything else.
    #[error("agree on TLS: {0}")]
    Other(String),
}

impl TlsError {
    /// Whether this proves that the server does not take the offered versions.
    ///
    /// `handshake_failure` does not: a server whose key this tool has no algorithm for (P-521) answers so to every version.
    pub fn is_version_refused(&self) -> bool {
        match self {
            Self::Alert(name) => name == "protocol_version",
            other => *other == Self::NoCommonVersion,
        }
    }

    /// From what the asynchronous connector returns; `head` is what the peer sent first.
    pub(super) fn from_io(error: &io::Error, head: &[u8]) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            return Self::from_rustls(tls, head);
        }
        if let Some(kind) = NotTls::detect(head) {
            return Self::NotTls { kind, head: head.to_vec() };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            io::ErrorKind::InvalidData => Self::Other(plain(&error.to_string())),
            kind => Self::Io(kind),
        }
    }

    /// From the library's own error.
    pub(super) fn from_rustls(error: &Error, head: &[u8]) -> Self {
        if let Some(kind) = NotTls::detect(head) {
            return Self::NotTls { kind, head: head.to_vec() };
        }
        match error {
            Error::AlertReceived(alert) => Self::Alert(alert_name(*alert)),
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Self::NoCommonVersion,
            Error::PeerIncompatible(why) => Self::Incompatible(incompatible(why)),
            Error::InvalidCertificate(CertificateError::BadSignature) => Self::BadSignature,
            Error::InvalidCertificate(CertificateError::Other(why)) => Self::NotVerifiable(plain(&why.to_string())),
            Error::InvalidCertificate(why) => Self::NotVerifiable(plain(&why.to_string())),
            other => Self::Other(plain(&other.to_string())),
        }
    }
}

/// The alert's name as RFC 8446 writes it.
fn alert_name(alert: AlertDescription) -> String {
    if let AlertDescription::Unknown(code) = alert {
        return format!("number {code}");
    }
    // `UnknownCA` and `UnknownPSKIdentity` are the only names with two capitals in a row.
    let camel = format!("{alert:?}").replace("CA", "Ca").replace("PSK", "Psk");
    let mut name = String::with_capacity(camel.len() + 4);
    for (at, c) in camel.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// What an alert comes from, where the name alone does not say it.
fn alert_hint(name: &str) -> &'static str {
    match name {
        "handshake_failure" => {
            " (no cipher, key exchange or kind of certificate key in common with this tool; OpenSSL knows more of them)"
        }
        "protocol_version" => " (it has none of the offered versions of TLS)",
        "unrecognized_name" => " (it does not know this host name)",
        "certificate_required" => " (it wants a client certificate)",
        _ => "",
    }
}

fn incompatible(why: &PeerIncompatible) -> String {
    match why {
        PeerIncompatible::NoKxGroupsInCommon => "no key exchange in common".to_owned(),
        PeerIncompatible::NoCipherSuitesInCommon => "no cipher suite in common".to_owned(),
        other => plain(&format!("{other:?}")),
    }
}

/// Without control characters, and short.
fn plain(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
