//! Certificates as people make them for their own servers: OpenSSL, and so libpq, takes them, `webpki` does not.
//!
//! Two kinds: a certificate that signs itself and is itself the root file (PostgreSQL documentation 18.9.5, `openssl req -new -x509`), and
//! one of version 1, or marked as a CA, that a root signed directly (`openssl x509 -req` without extensions makes version 1 up to OpenSSL
//! 3.1). Anything less plain stays with `webpki`'s no.

use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::prelude::{ParsedExtension, X509Certificate, X509Version};

use super::chain::parse;
use super::{Roots, describe};
use crate::wire::tls::signature::{Signature, is_signed_by};

/// Whether the leaf is one of the two kinds, valid now, and vouched for by a root.
pub(super) fn is_accepted(leaf_der: &CertificateDer<'_>, roots: &Roots, now: UnixTime) -> bool {
    let Some(leaf) = parse(leaf_der) else { return false };
    if !is_valid_at(&leaf, now) || !may_serve(&leaf) {
        return false;
    }
    if leaf.subject().as_raw() == leaf.issuer().as_raw() && roots.contains(leaf_der) {
        return true;
    }
    let is_odd = leaf.version() != X509Version::V3 || leaf.is_ca();
    is_odd
        && roots.iter().filter(|root| root.self_issued && root.is_valid_at(now)).any(|root| {
            root.subject == leaf.issuer().as_raw()
                && parse(&root.der)
                    .is_some_and(|issuer| may_sign(&issuer) && is_signed_by(leaf.as_raw(), &issuer) == Signature::Good)
        })
}

fn is_valid_at(certificate: &X509Certificate<'_>, now: UnixTime) -> bool {
    let now = describe::seconds(now);
    (certificate.validity().not_before.timestamp()..=certificate.validity().not_after.timestamp()).contains(&now)
}

/// OpenSSL's purpose `sslserver`: what the certificate says about its use allows a server, and it has no critical extension that is not
/// understood here.
fn may_serve(leaf: &X509Certificate<'_>) -> bool {
    leaf.extensions().iter().all(|extension| match extension.parsed_extension() {
        ParsedExtension::ExtendedKeyUsage(usage) => usage.server_auth || usage.any,
        ParsedExtension::KeyUsage(usage) => {
            usage.digital_signature() || usage.key_encipherment() || usage.key_agreement()
        }
        ParsedExtension::BasicConstraints(_) | ParsedExtension::SubjectAlternativeName(_) => true,
        _ => !extension.critical,
    })
}

/// A root may sign when it is a CA: one of version 1 has no way to say so and is taken for one, as OpenSSL does for a trusted one.
/// A root with limits on names is left to `webpki`.
fn may_sign(root: &X509Certificate<'_>) -> bool {
    if root.version() != X509Version::V3 {
        return true;
    }
    let has_key_usage = root.key_usage().is_ok_and(|usage| usage.is_none_or(|u| u.value.key_cert_sign()));
    let has_no_limits = root.name_constraints().is_ok_and(|limits| limits.is_none());
    root.is_ca() && has_key_usage && has_no_limits
}
