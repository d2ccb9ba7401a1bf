//! What a certificate chain is worth: each `sslmode` judged as libpq judges it, the certificate described, the root named.
//!
//! Pure functions of the chain, the roots and the time; only [`load_roots`] and [`system_roots`] read files. The judgement of a chain
//! is `webpki`'s, with the cases added in which OpenSSL, and so libpq, accepts what `webpki` does not; where this
//! tool cannot tell, it says so and takes it for a no when a password is at stake.

mod chain;
mod describe;
mod name;
mod roots;
mod self_made;
mod walk;

use rustls::pki_types::{CertificateDer, UnixTime};
use thiserror::Error;

use super::{Refusal, SslmodeVerdict, Sslmodes};

pub use chain::root_id;
pub use describe::describe;
pub use roots::{Roots, RootsError, default_root_file, given_roots, load_roots, system_roots};

/// The roots that a judgement rests on, or why there are none.
pub type Trust<'a> = Result<&'a Roots, &'a RootsError>;

/// libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sslmode {
    /// Never TLS.
    Disable,
    /// TLS only when the server insists.
    Allow,
    /// TLS when the server has it.
    Prefer,
    /// TLS; not verified without a root file.
    Require,
    /// TLS, and the chain verified.
    VerifyCa,
    /// TLS, chain and name verified.
    VerifyFull,
}

impl Sslmode {
    /// As written in a setting; `None` for what libpq does not know.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }

    /// Whether a connection without TLS will not do.
    pub const fn demands_tls(self) -> bool {
        matches!(self, Self::Require | Self::VerifyCa | Self::VerifyFull)
    }
}

/// What is wrong with a chain. The text reads as a reason ("verify-ca: no, ..."); names in it are the server's words, untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainFault {
    /// The server sent no certificate.
    #[error("the server sent no certificate")]
    NoCertificate,
    /// There are no roots to verify with.
    #[error("there is no root certificate to verify with: {0}")]
    NoRoots(String),
    /// The chain ends elsewhere.
    #[error("not signed by a root in {roots}: the chain ends in \"{ends_in}\"{}", another_key(*.same_name))]
    Untrusted {
        /// The root file, or the system's store.
        roots: String,
        /// The issuer that the chain ends in, as an RFC 4514 string.
        ends_in: String,
        /// A root of that name is there, with another key.
        same_name: bool,
    },
    /// A certificate of the chain has expired.
    #[error("{what} expired on {date}")]
    Expired {
        /// Which: `the certificate`, or `the certificate of "CN=..."` for one further up.
        what: String,
        /// The last day, `YYYY-MM-DD` (UTC).
        date: String,
    },
    /// A certificate of the chain is not valid yet.
    #[error("{what} is valid from {date} on; is the clock right?")]
    NotYetValid {
        /// Which one, as for [`ChainFault::Expired`].
        what: String,
        /// The first day, `YYYY-MM-DD` (UTC).
        date: String,
    },
    /// The certificate is for other names.
    #[error("the certificate is for {}; not for {host}", list(.names))]
    NameMismatch {
        /// The names that it is for.
        names: Vec<String>,
        /// The name of the setting.
        host: String,
    },
    /// The setting has no host name to compare with.
    #[error("the setting has no host name to compare the certificate with")]
    NoHost,
    /// The chain is made wrongly: a signature that does not fit, a certificate that is no CA, a wrong purpose.
    #[error("the chain is not valid: {0}")]
    Invalid(String),
    /// This tool cannot tell; OpenSSL may accept it.
    #[error("this tool cannot verify the chain ({0}); libpq may accept it")]
    NotVerifiable(String),
}

impl ChainFault {
    /// The class of the failure.
    pub const fn refusal(&self) -> Refusal {
        match self {
            Self::NoRoots(_) | Self::Untrusted { .. } | Self::Invalid(_) => Refusal::TlsUntrusted,
            Self::Expired { .. } | Self::NotYetValid { .. } => Refusal::TlsExpired,
            Self::NameMismatch { .. } | Self::NoHost => Refusal::TlsNameMismatch,
            Self::NoCertificate | Self::NotVerifiable(_) => Refusal::TlsFailed,
        }
    }
}

impl From<Result<(), ChainFault>> for SslmodeVerdict {
    fn from(result: Result<(), ChainFault>) -> Self {
        match result {
            Ok(()) => Self::Ok,
            Err(fault @ ChainFault::NotVerifiable(_)) => Self::Unknown(fault.to_string()),
            Err(fault) => Self::No(fault.to_string()),
        }
    }
}

/// Whether a login may go on under this `sslmode`: to be asked before any password.
///
/// As libpq does, `require` verifies the chain when there is a root file, given or at the default place (PostgreSQL documentation,
/// 34.19.1, "for backward compatibility"). `prefer` and weaker never verify here: libpq would fall back to plaintext, supascope
/// does not.
pub fn check(
    chain: &[CertificateDer<'_>],
    host: &str,
    sslmode: Sslmode,
    trust: Trust<'_>,
    now: UnixTime,
) -> Result<(), ChainFault> {
    match sslmode {
        Sslmode::Disable | Sslmode::Allow | Sslmode::Prefer => Ok(()),
        Sslmode::Require => match trust {
            Ok(roots) if !roots.is_file() => Ok(()),
            Err(error) if error.means_none() => Ok(()),
            _ => chain::verify(chain, trust, now),
        },
        Sslmode::VerifyCa => chain::verify(chain, trust, now),
        Sslmode::VerifyFull => {
            chain::verify(chain, trust, now)?;
            name::verify(chain, host)
        }
    }
}

/// What each `sslmode` comes to with these roots.
///
/// With the system's roots the answer to `require` is that of a libpq without a root file; libpq itself takes `sslrootcert=system` with
/// `verify-full` only.
pub fn judge(chain: &[CertificateDer<'_>], host: &str, trust: Trust<'_>, now: UnixTime) -> Sslmodes {
    Sslmodes {
        require: check(chain, host, Sslmode::Require, trust, now).into(),
        verify_ca: check(chain, host, Sslmode::VerifyCa, trust, now).into(),
        verify_full: check(chain, host, Sslmode::VerifyFull, trust, now).into(),
    }
}

const fn another_key(same_name: bool) -> &'static str {
    if same_name { ", and the root of that name there has another key" } else { "" }
}

/// Some names for a sentence.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        0 => "no name at all".to_owned(),
        n if n <= SHOWN => names.join(", "),
        n => format!("{} and {} more", names[..SHOWN].join(", "), n - SHOWN),
    }
}

#[cfg(test)]
mod tests;
