//! The way from a leaf to a root: `webpki` decides, a walk along names and signatures explains.

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::walk::{End, Path, walk};
use super::{ChainFault, Roots, Trust, describe, self_made};
use crate::wire::tls::signature;

/// Whether the chain leads to one of the roots, now.
pub(super) fn verify(chain: &[CertificateDer<'_>], trust: Trust<'_>, now: UnixTime) -> Result<(), ChainFault> {
    let (leaf, others) = chain.split_first().ok_or(ChainFault::NoCertificate)?;
    let roots = trust.map_err(|error| ChainFault::NoRoots(error.to_string()))?;
    roots.verify_once(chain, now, || {
        let Err(error) = webpki(leaf, others, roots, now) else {
            return Ok(());
        };
        if self_made::is_accepted(leaf, roots, now) {
            return Ok(());
        }
        Err(explain(&error, chain, roots, now))
    })
}

fn webpki(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>], roots: &Roots, now: UnixTime) -> Result<(), Error> {
    let leaf = ParsedCertificate::try_from(leaf)?;
    let sent = others.iter().map(AsRef::<[u8]>::as_ref);
    let intermediates: Vec<_> =
        sent.chain(roots.intermediates().map(AsRef::as_ref)).map(CertificateDer::from).collect();
    verify_server_cert_signed_by_trust_anchor(
        &leaf,
        &roots.anchors(now),
        &intermediates,
        now,
        signature::algorithms().all,
    )
}

/// Why `webpki` said no, in the words of somebody who has to mend it. It finds a cause more exactly than OpenSSL does, and
/// never turns a no into a yes.
fn explain(error: &Error, chain: &[CertificateDer<'_>], roots: &Roots, now: UnixTime) -> ChainFault {
    let Some(path) = walk(chain, &[roots]) else {
        return ChainFault::NotVerifiable("the certificate cannot be read".to_owned());
    };
    match path.end {
        End::Missing { same_name } => untrusted(&path, roots, same_name),
        End::Unsupported => ChainFault::NotVerifiable(format!(
            "\"{}\" is signed with an algorithm or a size of key that it does not have",
            path.last().map(|c| describe::name(c.subject())).unwrap_or_default()
        )),
        End::TooLong => ChainFault::NotVerifiable("the chain is too long".to_owned()),
        End::Root => dates(&path, now).unwrap_or_else(|| other(error)),
    }
}

fn untrusted(path: &Path<'_>, roots: &Roots, same_name: bool) -> ChainFault {
    let ends_in = path.last().map(|c| describe::name(c.issuer())).unwrap_or_default();
    ChainFault::Untrusted { roots: roots.name().to_owned(), ends_in, same_name }
}

/// The first certificate of the way whose time is not now.
fn dates(path: &Path<'_>, now: UnixTime) -> Option<ChainFault> {
    let now = describe::seconds(now);
    path.certificates.iter().enumerate().find_map(|(at, certificate)| {
        let what = || match at {
            0 => "the certificate".to_owned(),
            _ => format!("the certificate of \"{}\"", describe::name(certificate.subject())),
        };
        let validity = certificate.validity();
        if now > validity.not_after.timestamp() {
            Some(ChainFault::Expired { what: what(), date: describe::date(validity.not_after) })
        } else if now < validity.not_before.timestamp() {
            Some(ChainFault::NotYetValid { what: what(), date: describe::date(validity.not_before) })
        } else {
            None
        }
    })
}

/// What is left when names, signatures and dates are right. `webpki`'s own errors come boxed, so their names are what can be seen
/// of them; those listed are faults to OpenSSL, too.
fn other(error: &Error) -> ChainFault {
    let Error::InvalidCertificate(error) = error else {
        return ChainFault::NotVerifiable(error.to_string());
    };
    match error {
        CertificateError::BadSignature => ChainFault::Invalid("a signature in it is wrong".to_owned()),
        CertificateError::UnhandledCriticalExtension => {
            ChainFault::Invalid("it has a critical extension that is not known".to_owned())
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            ChainFault::Invalid("the certificate is not meant for servers (extended key usage)".to_owned())
        }
        CertificateError::Other(reason) => match reason.to_string().as_str() {
            "EndEntityUsedAsCa" => ChainFault::Invalid("a certificate in it signs others, and is no CA".to_owned()),
            "PathLenConstraintViolated" => ChainFault::Invalid("it is longer than one of its CAs allows".to_owned()),
            "NameConstraintViolation" => ChainFault::Invalid("one of its CAs may not sign for this name".to_owned()),
            "UnsupportedCertVersion" => ChainFault::NotVerifiable("a certificate of version 1".to_owned()),
            "CaUsedAsEndEntity" => ChainFault::NotVerifiable("the server's certificate is marked as a CA".to_owned()),
            name => ChainFault::NotVerifiable(name.to_owned()),
        },
        error => ChainFault::NotVerifiable(error.to_string()),
    }
}

/// Which root the chain ends in: an id of `known` (pairs of id and SHA-256 in lower-case hex), `public` for one of the system's trust
/// store, `other`, or `unknown` when it is neither sent nor among the roots given.
///
/// A root is told by its fingerprint, never by its name: two roots of Supabase carry the same name (the 2021 and the 2025 one, read
/// with openssl from the certificates in the Supabase CLI). The way to it is followed by signatures, without regard to dates, so
/// this names a root and trusts nothing.
pub fn root_id(
    chain: &[CertificateDer<'_>],
    known: &[(&str, &str)],
    given: Option<&Roots>,
    system: Option<&Roots>,
) -> String {
    let sources: Vec<&Roots> = given.into_iter().chain(system).collect();
    let Some(path) = walk(chain, &sources) else {
        return "unknown".to_owned();
    };
    let Some(last) = path.last().filter(|last| last.subject().as_raw() == last.issuer().as_raw()) else {
        return "unknown".to_owned();
    };
    let der = last.as_raw();
    let fingerprint = describe::sha256(der);
    if let Some((id, _)) = known.iter().find(|(_, sha256)| *sha256 == fingerprint) {
        return (*id).to_owned();
    }
    let is_public = system.is_some_and(|roots| roots.contains(der));
    if is_public { "public".to_owned() } else { "other".to_owned() }
}

/// Parse, without what follows the certificate.
pub(super) fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}
