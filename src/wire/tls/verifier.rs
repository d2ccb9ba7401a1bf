//! A verifier that takes any chain, and insists on the handshake's signature.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::signature::{self, Signature};

/// What this tool cannot verify; other clients may.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unverifiable(&'static str);

fn unverifiable(why: &'static str) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Unverifiable(why)))))
}

/// Takes any chain; the chain is judged afterwards.
#[derive(Debug)]
pub(super) struct AnyChain(Arc<CryptoProvider>);

impl AnyChain {
    pub(super) const fn new(provider: Arc<CryptoProvider>) -> Self {
        Self(provider)
    }

    /// Check the proof with the leaf's key, by the algorithms that belong to its scheme.
    fn verify(&self, message: &[u8], cert: &X509Certificate<'_>, dss: &DigitallySignedStruct) -> Result<(), Error> {
        let mapping = self.0.signature_verification_algorithms.mapping;
        let candidates = mapping.iter().find(|(scheme, _)| *scheme == dss.scheme).map_or(&[][..], |(_, all)| all);
        let key = cert.public_key();
        let algorithm = signature::key_algorithm(key).ok_or_else(|| unverifiable("its key cannot be read"))?;
        match signature::try_all(candidates.iter().copied(), key, algorithm, message, dss.signature()) {
            Signature::Good => Ok(()),
            Signature::Bad => Err(CertificateError::BadSignature.into()),
            Signature::Unsupported => Err(unverifiable("its kind or size of key, or of signature, is not among them")),
        }
    }
}

fn parse<'a>(cert: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    X509Certificate::from_der(cert).map(|(_, cert)| cert).map_err(|_| unverifiable("the certificate cannot be read"))
}

impl ServerCertVerifier for AnyChain {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, &parse(cert)?, dss)?;
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let cert = parse(cert)?;
        // The library's own check is the stricter one (it knows which schemes 1.3 allows); ours only tells why it said no.
        let key = SubjectPublicKeyInfoDer::from(cert.public_key().raw);
        verify_tls13_signature_with_raw_key(message, &key, dss, &self.0.signature_verification_algorithms).map_err(
            |error| match self.verify(message, &cert, dss) {
                Err(reason) => reason,
                Ok(()) => error,
            },
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
