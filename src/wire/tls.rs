//! TLS as a client that looks before it judges: any chain is taken and shown, the handshake itself is not forged.
//!
//! The certificates are recorded and judged afterwards (`probe::tls`), so that a server with a bad certificate can still be
//! described. What is never left out is the signature over the handshake: it proves that the peer holds the key of the
//! certificate that it shows. A session over this connection is *encrypted*, not *authenticated*, until `probe::tls::check`
//! says so; no password may be sent before.

mod error;
mod head;
pub mod signature;
mod verifier;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

pub use error::{NotTls, TlsError};
pub use head::Head;

/// An encrypted stream over `S`.
pub type TlsStream<S> = tokio_rustls::client::TlsStream<Head<S>>;

/// Most certificates of a chain that are kept. Supabase sends two (leaf and intermediate), public servers two to four.
pub const MAX_CHAIN: usize = 16;

/// Most bytes read from the peer during a handshake, in bytes. `rustls` itself refuses one handshake message above 64 KiB
/// (`MAX_HANDSHAKE_SIZE`, rustls 0.23.46 `msgs/deframer`), so that a chain of certificates is bounded twice.
pub const MAX_HANDSHAKE_BYTES: usize = 256 * 1024;

/// Which versions of TLS are offered. Older ones than 1.2 cannot be offered by this library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Versions {
    /// 1.2 and 1.3, as libpq does.
    Any,
    /// 1.2 alone.
    Only12,
    /// 1.3 alone.
    Only13,
}

impl Versions {
    fn supported(self) -> &'static [&'static SupportedProtocolVersion] {
        static ONLY_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
        static ONLY_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
        match self {
            Self::Any => rustls::ALL_VERSIONS,
            Self::Only12 => ONLY_12,
            Self::Only13 => ONLY_13,
        }
    }
}

/// What a handshake showed of the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// `1.2` or `1.3`.
    pub version: &'static str,
    /// The certificates as sent, leaf first; at most [`MAX_CHAIN`].
    pub chain: Vec<CertificateDer<'static>>,
    /// How many certificates the peer sent.
    pub chain_length: usize,
    /// The cipher suite, for example `TLS13_AES_256_GCM_SHA384`.
    pub cipher_suite: Option<String>,
    /// The server asked for another key share first (`HelloRetryRequest`): the handshake took one round trip more.
    pub hello_retry: bool,
}

/// The client configuration that takes any chain.
///
/// The first key exchange group is P-256, because a TLS 1.3 client of this library sends one key share, that of the first
/// group, and PostgreSQL's default curve is `prime256v1`: a client that sends only an X25519 share is asked to try again,
/// which costs one round trip (measured against PostgreSQL 15 in November 2026: 64 ms on a link of 60 ms). X25519 and P-384 follow for
/// servers that have no P-256.
///
/// There is no session resumption, no client certificate and no ALPN (libpq sends `postgresql` by ALPN from version 17 on;
/// only `sslnegotiation=direct` needs it: [`handshake_direct`]).
pub fn config(versions: Versions) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = signature::provider();
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions.supported())
        .map_err(|e| TlsError::from_rustls(&e, &[]))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier::AnyChain::new(provider)))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_sni = true;
    Ok(Arc::new(config))
}

/// A connector that takes any chain; see [`config`].
pub fn connector(versions: Versions) -> Result<TlsConnector, TlsError> {
    Ok(TlsConnector::from(config(versions)?))
}

/// The name for SNI. libpq sends it for names, not for addresses (`sslsni=1`, its default since version 14).
///
/// What is no DNS name (empty, or with characters that DNS does not have) gets no SNI instead of an error: whether the
/// certificate is for it is judged elsewhere. An address in a `ServerName` is never sent.
fn server_name(host: &str) -> ServerName<'static> {
    ServerName::try_from(host.to_owned()).unwrap_or_else(|_| ServerName::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// The name under which PostgreSQL is registered for ALPN (PostgreSQL 17 documentation, section 53.2.11).
const ALPN: &[u8] = b"postgresql";

/// Begin with the handshake, before any `SSLRequest`, as `sslnegotiation=direct` does. Whether the server took it for
/// PostgreSQL: libpq goes on only when ALPN says so (`fe-secure-openssl.c`, PostgreSQL 17).
///
/// The chain is not looked at: whoever answers is sent nothing more.
pub async fn handshake_direct<S>(stream: S, host: &str) -> Result<bool, TlsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut config = Arc::unwrap_or_clone(config(Versions::Any)?);
    config.alpn_protocols = vec![ALPN.to_vec()];
    let mut head = Head::new(stream, MAX_HANDSHAKE_BYTES);
    let seen = head.seen();
    let connecting = TlsConnector::from(Arc::new(config)).connect(server_name(host), head);
    let tls = connecting.await.map_err(|e| TlsError::from_io(&e, &seen.bytes()))?;
    Ok(tls.get_ref().1.alpn_protocol() == Some(ALPN))
}

/// Run the handshake over a stream on which the server has agreed to TLS (`S` to `SSLRequest`), or over a fresh connection.
///
/// `host` is the name of the setting, never `hostaddr`. There is no time limit in here: the caller has the deadline.
pub async fn handshake<S>(stream: S, host: &str, versions: Versions) -> Result<(TlsStream<S>, Peer), TlsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let connector = connector(versions)?;
    let mut head = Head::new(stream, MAX_HANDSHAKE_BYTES);
    let seen = head.seen();
    let mut tls = connector.connect(server_name(host), head).await.map_err(|e| TlsError::from_io(&e, &seen.bytes()))?;
    tls.get_mut().0.lift_limit();
    let peer = peer(&tls)?;
    Ok((tls, peer))
}

fn peer<S>(tls: &TlsStream<S>) -> Result<Peer, TlsError> {
    let session = tls.get_ref().1;
    let version = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "1.2",
        Some(ProtocolVersion::TLSv1_3) => "1.3",
        other => return Err(TlsError::Other(format!("an unexpected protocol version: {other:?}"))),
    };
    let sent = session.peer_certificates().unwrap_or_default();
    Ok(Peer {
        version,
        chain: sent.iter().take(MAX_CHAIN).cloned().map(CertificateDer::into_owned).collect(),
        chain_length: sent.len(),
        cipher_suite: session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())),
        hello_retry: session.handshake_kind() == Some(HandshakeKind::FullWithHelloRetryRequest),
    })
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
