//! Following a chain by names and signatures, to see where it ends. This explains and names; it does not decide.

use rustls::pki_types::CertificateDer;
use x509_parser::prelude::X509Certificate;

use super::Roots;
use super::chain::parse;
use crate::wire::tls::MAX_CHAIN;
use crate::wire::tls::signature::{Signature, is_signed_by};

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At one of the roots that sign themselves.
    Root,
    /// At a certificate whose issuer is not there, or at one that signs itself and is not among the roots.
    Missing {
        /// A root of the issuer's name is there, and has another key.
        same_name: bool,
    },
    /// At a signature that cannot be checked.
    Unsupported,
    /// After [`MAX_CHAIN`] steps.
    TooLong,
}

/// The way, leaf first.
#[derive(Debug)]
pub(super) struct Path<'a> {
    pub(super) certificates: Vec<X509Certificate<'a>>,
    pub(super) end: End,
}

impl<'a> Path<'a> {
    pub(super) fn last(&self) -> Option<&X509Certificate<'a>> {
        self.certificates.last()
    }
}

/// What the next step is.
enum Step<'a> {
    To(Box<X509Certificate<'a>>),
    Stop(End),
}

/// Walk from the leaf. At each step roots are looked at before what the server sent, as OpenSSL does (`X509_V_FLAG_TRUSTED_FIRST`, its
/// default since 1.1.0). `None` when there is no leaf, or when it cannot be read.
pub(super) fn walk<'a>(chain: &'a [CertificateDer<'_>], roots: &[&'a Roots]) -> Option<Path<'a>> {
    let (leaf, others) = chain.split_first()?;
    let mut certificates = vec![parse(leaf)?];
    let mut end = End::TooLong;
    while certificates.len() <= MAX_CHAIN {
        let Some(current) = certificates.last() else { break };
        match step(current, others, roots) {
            Step::To(next) => certificates.push(*next),
            Step::Stop(why) => {
                end = why;
                break;
            }
        }
    }
    Some(Path { certificates, end })
}

fn step<'a>(current: &X509Certificate<'_>, others: &'a [CertificateDer<'_>], roots: &[&'a Roots]) -> Step<'a> {
    let is_self_issued = current.subject().as_raw() == current.issuer().as_raw();
    if is_self_issued && roots.iter().any(|r| r.contains(current.as_raw())) {
        return Step::Stop(End::Root);
    }
    let mut same_name = false;
    let mut unsupported = false;
    let issuer = current.issuer().as_raw();
    let trusted = roots.iter().flat_map(|r| r.iter()).filter(|r| r.subject == issuer).map(|r| (&r.der, true));
    // A certificate that signs itself is an end; only a root of the same name and key could still vouch for it.
    let sent = others.iter().filter(|_| !is_self_issued).map(|der| (der, false));
    for (der, is_trusted) in trusted.chain(sent) {
        let Some(candidate) = parse(der).filter(|c| c.subject().as_raw() == issuer) else { continue };
        if candidate.as_raw() == current.as_raw() {
            continue;
        }
        match is_signed_by(current.as_raw(), &candidate) {
            Signature::Good => return Step::To(Box::new(candidate)),
            Signature::Bad => same_name |= is_trusted,
            Signature::Unsupported => unsupported = true,
        }
    }
    Step::Stop(if unsupported { End::Unsupported } else { End::Missing { same_name } })
}
