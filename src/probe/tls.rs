//! What a certificate chain is worth: each `sslmode` judged as libpq judges it, the certificate described, the root named.
//!
//! Pure functions of the chain, the roots and the time; only [`load_roots`] and [`system_roots`] read files. The judgement of a chain
//! is `webpki`'s, with the cases added in which OpenSSL, and so libpq, accepts what `webpki` does not; where this
//! tool cannot tell, it says so and takes it for a no when a password is at stake.

mod chain;
mod clients;
mod describe;
mod key;
mod known;
mod name;
mod pem;
mod roots;
mod self_made;
mod verdict;
mod walk;

use rustls::pki_types::{CertificateDer, UnixTime};
use thiserror::Error;

use super::{Refusal, SslmodeVerdict, Sslmodes};

pub use chain::root_id;
pub use clients::{Sight, outcomes};
pub use describe::{describe, sent};
pub use key::key;
pub use known::{known_root, remedy, root_of};
pub use pem::pem;
pub use roots::{Roots, RootsError, default_root_file, given_roots, load_roots, system_roots};
pub use verdict::{Seen, tls};

use describe::sha256;

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

/// Why libpq does not even try.
pub const WEAK_WITH_SYSTEM: &str =
    "libpq (16 and later) refuses sslrootcert=system with every sslmode that is weaker than verify-full";

/// The fault in words, with what would mend it where the chain is right and the roots are not.
pub fn reason(fault: &ChainFault, remedy: Option<&str>) -> String {
    match (fault, remedy) {
        (ChainFault::Untrusted { .. } | ChainFault::NoRoots(_), Some(remedy)) => format!("{fault}; {remedy}"),
        _ => fault.to_string(),
    }
}

fn verdict(result: Result<(), ChainFault>, remedy: Option<&str>) -> SslmodeVerdict {
    match result {
        Ok(()) => SslmodeVerdict::Ok,
        Err(fault @ ChainFault::NotVerifiable(_)) => SslmodeVerdict::Unknown(fault.to_string()),
        Err(fault) => SslmodeVerdict::No(reason(&fault, remedy)),
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

/// What each `sslmode` comes to with these roots. `remedy` is added where the roots are at fault.
///
/// With the system's roots the answer to `require` is that of a libpq without a root file; libpq itself takes `sslrootcert=system` with
/// `verify-full` only.
pub fn judge(
    chain: &[CertificateDer<'_>],
    host: &str,
    trust: Trust<'_>,
    remedy: Option<&str>,
    now: UnixTime,
) -> Sslmodes {
    let of = |sslmode| verdict(check(chain, host, sslmode, trust, now), remedy);
    Sslmodes { require: of(Sslmode::Require), verify_ca: of(Sslmode::VerifyCa), verify_full: of(Sslmode::VerifyFull) }
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
