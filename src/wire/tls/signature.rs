//! The cryptography provider, and signatures checked with it.

use std::sync::{Arc, LazyLock};

use rustls::SignatureScheme;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// The provider: `ring`, with P-256 first (see [`config`](super::config)).
///
/// It is passed to every configuration; nothing is installed for the process, so that the library does not fight with a program that
/// embeds it.
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
    /// The provider does not know the algorithm (SHA-1, RSA below 2048 bits, P-521, ...).
    Unsupported,
}

/// Check the signature of `message`, made by the key `key`, by an algorithm as a certificate names it.
pub fn verify(key: &SubjectPublicKeyInfo<'_>, algorithm: &AlgorithmIdentifier<'_>, message: &[u8], signature: &[u8]) -> Signature {
    let _ = (key, algorithm, message, signature);
    Signature::Unsupported
}

/// Check a signature of a handshake, by a scheme as TLS names it.
pub fn verify_scheme(key: &SubjectPublicKeyInfo<'_>, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Signature {
    let _ = (key, scheme, message, signature);
    Signature::Unsupported
}
