//! The cryptography provider, and signatures checked with it.
//!
//! `webpki` reads certificates of version 3 only. Certificates of version 1 are common on self-made servers (the documentation of
//! PostgreSQL makes them, 18.9.5: `openssl x509 -req` without extensions), so the key is taken from the certificate by a more tolerant
//! reader, and the same algorithms check the signature.

use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::SignatureVerificationAlgorithm;
use x509_parser::asn1_rs::{Any, FromDer};
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Sizes of RSA keys that the provider can verify with, in bits (`RSA_PKCS1_2048_8192_SHA256` and its like).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The provider: `ring`, with P-256 first (see [`config`](super::config)).
///
/// It is passed to every configuration; nothing is installed for the process, so that the library does not get in the way
/// of a program that embeds it.
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let groups = vec![ring::kx_group::SECP256R1, ring::kx_group::X25519, ring::kx_group::SECP384R1];
        Arc::new(CryptoProvider { kx_groups: groups, ..ring::default_provider() })
    });
    Arc::clone(&PROVIDER)
}

/// The signature algorithms of the provider.
pub fn algorithms() -> WebPkiSupportedAlgorithms {
    provider().signature_verification_algorithms
}

/// What became of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signature {
    /// It is that key's.
    Good,
    /// It is not.
    Bad,
    /// The provider cannot tell: SHA-1, RSA below 2048 bits, P-521, ...
    Unsupported,
}

/// Whether the certificate `der` was signed by the key of `issuer`. Nothing but the signature is looked at.
pub fn is_signed_by(der: &[u8], issuer: &X509Certificate<'_>) -> Signature {
    let Some(parts) = signed_parts(der) else {
        return Signature::Bad;
    };
    let key = issuer.public_key();
    let Some(key_algorithm) = key_algorithm(key) else {
        return Signature::Unsupported;
    };
    let all = algorithms().all;
    let candidates = all.iter().copied().filter(|a| *a.signature_alg_id() == *parts.algorithm);
    try_all(candidates, key, key_algorithm, parts.message, parts.signature)
}

/// Check a signature with every algorithm of the candidates that fits the key.
pub(super) fn try_all<'a>(
    candidates: impl Iterator<Item = &'a dyn SignatureVerificationAlgorithm>,
    key: &SubjectPublicKeyInfo<'_>,
    key_algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Signature {
    let mut outcome = Signature::Unsupported;
    for algorithm in candidates.filter(|a| *a.public_key_alg_id() == *key_algorithm) {
        match algorithm.verify_signature(&key.subject_public_key.data, message, signature) {
            Ok(()) => return Signature::Good,
            Err(_) => outcome = Signature::Bad,
        }
    }
    if outcome == Signature::Bad && !has_verifiable_size(key) { Signature::Unsupported } else { outcome }
}

/// The provider answers "wrong signature" for an RSA key of a size that it does not take; that is not the server's fault.
fn has_verifiable_size(key: &SubjectPublicKeyInfo<'_>) -> bool {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => RSA_BITS.contains(&rsa.key_size()),
        _ => true,
    }
}

/// The content of the key's `AlgorithmIdentifier`, as the provider's algorithms name it.
pub(super) fn key_algorithm<'a>(key: &SubjectPublicKeyInfo<'a>) -> Option<&'a [u8]> {
    let (_, outer) = Any::from_der(key.raw).ok()?;
    let (_, algorithm) = Any::from_der(outer.data).ok()?;
    Some(algorithm.data)
}

/// What a certificate is made of (RFC 5280, 4.1): the signed part, the algorithm, the signature.
struct SignedParts<'a> {
    message: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
}

fn signed_parts(der: &[u8]) -> Option<SignedParts<'_>> {
    let (_, outer) = Any::from_der(der).ok()?;
    let (rest, _) = Any::from_der(outer.data).ok()?;
    let message = outer.data.get(..outer.data.len().checked_sub(rest.len())?)?;
    let (rest, algorithm) = Any::from_der(rest).ok()?;
    let (_, bits) = Any::from_der(rest).ok()?;
    // The first byte of a bit string counts unused bits; a signature has none.
    let (0, signature) = bits.data.split_first().map(|(unused, rest)| (*unused, rest))? else {
        return None;
    };
    Some(SignedParts { message, algorithm: algorithm.data, signature })
}
