//! The handshake, against servers in memory: no socket, no port.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::testing::{Made, authority, family, self_signed, server, signed, version_one};
use super::{MAX_CHAIN, NotTls, Peer, TlsError, TlsStream, Versions, handshake, handshake_direct};

const HOST: &str = "db.example.test";
const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// A server that shows `chain`, holds the key of `key`, and knows these versions and key exchanges.
fn config(
    chain: Vec<CertificateDer<'static>>,
    key: &Made,
    versions: &[&'static SupportedProtocolVersion],
    groups: &[&'static dyn SupportedKxGroup],
) -> Arc<ServerConfig> {
    let provider = Arc::new(CryptoProvider { kx_groups: groups.to_vec(), ..ring::default_provider() });
    let signing = provider.key_provider.load_private_key(key.private_key()).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let shown = Always(Arc::new(CertifiedKey::new(chain, signing)));
    Arc::new(config.with_no_client_auth().with_cert_resolver(Arc::new(shown)))
}

fn usual(
    versions: &[&'static SupportedProtocolVersion],
    groups: &[&'static dyn SupportedKxGroup],
) -> Arc<ServerConfig> {
    let (root, intermediate, leaf) = family(&[HOST]);
    config(vec![leaf.der.clone(), intermediate.der, root.der], &leaf, versions, groups)
}

type Outcome = Result<(TlsStream<DuplexStream>, Peer), TlsError>;

/// Run the handshake with what plays the server.
async fn against<F: Future>(versions: Versions, server: impl FnOnce(DuplexStream) -> F) -> Outcome {
    let (near, far) = duplex(64 * 1024);
    let both = async { tokio::join!(handshake(near, HOST, versions), server(far)).0 };
    tokio::time::timeout(Duration::from_secs(20), both).await.expect("the handshake ends by itself")
}

async fn against_tls(versions: Versions, config: Arc<ServerConfig>) -> Outcome {
    against(versions, |far| async { TlsAcceptor::from(config).accept(far).await }).await
}

/// Play a peer that says these bytes and hangs up.
async fn against_bytes(bytes: &[u8]) -> TlsError {
    let outcome = against(Versions::Any, |mut far| async move {
        far.write_all(bytes).await.unwrap();
        // Read the greeting first: a peer that hangs up at once would be `Closed` by the write.
        let mut greeting = [0; 1024];
        let _ = far.read(&mut greeting).await;
    });
    outcome.await.map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn each_version_is_met_where_it_is_offered_and_told_where_it_is_not() {
    let groups = ring::ALL_KX_GROUPS;
    for (server, offered, expected) in [
        (TLS12, Versions::Any, Some("1.2")),
        (TLS13, Versions::Any, Some("1.3")),
        (rustls::ALL_VERSIONS, Versions::Any, Some("1.3")),
        (TLS12, Versions::Only12, Some("1.2")),
        (TLS13, Versions::Only13, Some("1.3")),
        (TLS12, Versions::Only13, None),
        (TLS13, Versions::Only12, None),
    ] {
        match (against_tls(offered, usual(server, groups)).await, expected) {
            (Ok((_, peer)), Some(version)) => assert_eq!((peer.version, peer.chain.len()), (version, 3)),
            (Err(error), None) => assert!(error.is_version_refused(), "{error}"),
            (outcome, _) => panic!("{offered:?}: {:?}", outcome.map(|(_, peer)| peer.version)),
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_p256_costs_no_second_round_trip() {
    use ring::kx_group::{SECP256R1, SECP384R1, X25519};
    for (group, retried) in [(SECP256R1, false), (X25519, true), (SECP384R1, true)] {
        let (_, peer) = against_tls(Versions::Any, usual(TLS13, &[group])).await.unwrap();
        assert_eq!(peer.hello_retry, retried, "{group:?}");
    }
}

#[tokio::test]
async fn the_chain_is_shown_as_sent_however_bad_and_only_up_to_a_limit() {
    let leaf = self_signed(server(&["elsewhere.test"]));
    let other = self_signed(authority("Unrelated"));
    let sent: Vec<_> = std::iter::once(leaf.der.clone()).chain(std::iter::repeat_n(other.der, 40)).collect();
    let (_, peer) = against_tls(Versions::Any, config(sent.clone(), &leaf, TLS13, ring::ALL_KX_GROUPS)).await.unwrap();
    assert_eq!(peer.chain_length, 41);
    assert_eq!(peer.chain, sent[..MAX_CHAIN]);
}

#[tokio::test]
async fn a_chain_without_end_is_refused() {
    let leaf = self_signed(server(&[HOST]));
    let sent = vec![leaf.der.clone(); 400];
    for versions in [TLS12, TLS13] {
        let outcome = against_tls(Versions::Any, config(sent.clone(), &leaf, versions, ring::ALL_KX_GROUPS)).await;
        assert!(matches!(outcome, Err(TlsError::Other(_))));
    }
}

#[tokio::test]
async fn a_server_without_the_key_of_its_certificate_is_refused() {
    let (_, intermediate, leaf) = family(&[HOST]);
    let thief = signed(server(&[HOST]), &intermediate);
    for versions in [TLS12, TLS13] {
        let shown = config(vec![leaf.der.clone()], &thief, versions, ring::ALL_KX_GROUPS);
        let error = against_tls(Versions::Any, shown).await.map(|_| ()).unwrap_err();
        assert_eq!(error, TlsError::BadSignature);
    }
}

#[tokio::test]
async fn a_certificate_of_version_one_is_no_obstacle() {
    let root = self_signed(authority("Test Root"));
    let leaf = version_one(HOST, "Test Root", &root.key);
    for versions in [TLS12, TLS13] {
        let shown = config(vec![leaf.der.clone()], &leaf, versions, ring::ALL_KX_GROUPS);
        assert_eq!(against_tls(Versions::Any, shown).await.unwrap().1.chain_length, 1);
    }
}

#[tokio::test]
async fn rubbish_for_a_certificate_is_not_verifiable() {
    let leaf = self_signed(server(&[HOST]));
    let shown = config(vec![CertificateDer::from(vec![7; 100])], &leaf, TLS13, ring::ALL_KX_GROUPS);
    let error = against_tls(Versions::Any, shown).await.map(|_| ()).unwrap_err();
    assert_eq!(error, TlsError::NotVerifiable("the certificate cannot be read".to_owned()));
}

#[tokio::test]
async fn a_peer_that_does_not_speak_tls_is_named() {
    let refusal = b"E\0\0\0\x27SFATAL\0C08P01\0M(ESTARTUPMESSAGE)\x1b[31m\0\0";
    for (bytes, expected) in [
        (&refusal[..], NotTls::PostgresError),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", NotTls::Http),
        (b"SSH-2.0-OpenSSH_9.2\r\n", NotTls::Ssh),
        (b"J\0\0\0\x0a8.0.36", NotTls::Unknown),
        (b"\0\0\0\0", NotTls::Unknown),
    ] {
        match against_bytes(bytes).await {
            TlsError::NotTls { kind, head } => assert_eq!((kind, &head[..]), (expected, bytes)),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn what_is_remembered_of_a_foreign_peer_is_bounded() {
    let TlsError::NotTls { head, .. } = against_bytes(&[b'x'; 5000]).await else { panic!() };
    assert_eq!(head.len(), 512);
}

#[tokio::test]
async fn an_alert_and_a_hang_up_are_told_apart() {
    let error = against_bytes(&[21, 3, 3, 0, 2, 2, 40]).await;
    assert_eq!(error, TlsError::Alert("handshake_failure".to_owned()));
    assert!(!error.is_version_refused());
    assert_eq!(against_bytes(&[21, 3, 3, 0, 2, 2, 48]).await, TlsError::Alert("unknown_ca".to_owned()));
    assert_eq!(against_bytes(&[21, 3, 3, 0, 2, 2, 200]).await, TlsError::Alert("number 200".to_owned()));
    assert_eq!(against_bytes(b"").await, TlsError::Closed);
    assert_eq!(against_bytes(&[22, 3, 3, 0x10]).await, TlsError::Closed);
}

#[tokio::test]
async fn a_flood_ends_at_a_limit() {
    // A handshake message that claims 16 MB, and begins to deliver.
    let outcome = against(Versions::Any, |mut far| async move {
        let mut record = vec![22, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff];
        record.resize(5 + 0x4000, 0);
        while far.write_all(&record).await.is_ok() {}
    });
    assert!(matches!(outcome.await, Err(TlsError::Other(_) | TlsError::Incompatible(_))));
}

#[tokio::test]
async fn a_direct_handshake_is_taken_only_by_who_answers_to_the_name_of_postgresql() {
    let refused = Err(TlsError::Alert("no_application_protocol".to_owned()));
    for (protocols, expected) in [(&["postgresql"][..], Ok(true)), (&[], Ok(false)), (&["http/1.1"], refused)] {
        let mut config = Arc::unwrap_or_clone(usual(rustls::ALL_VERSIONS, ring::ALL_KX_GROUPS));
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let (near, far) = duplex(64 * 1024);
        let server = TlsAcceptor::from(Arc::new(config)).accept(far);
        let (taken, _) = tokio::join!(handshake_direct(near, HOST), server);
        assert_eq!(taken, expected, "{protocols:?}");
    }
}

#[tokio::test]
async fn the_name_is_sent_for_names_and_not_for_addresses() {
    for (host, expected) in [
        (HOST, Some(HOST)),
        ("my_db", Some("my_db")),
        ("127.0.0.1", None),
        ("::1", None),
        ("", None),
        ("not a name", None),
    ] {
        let (near, far) = duplex(64 * 1024);
        let server = async {
            let accepted = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), far).await.unwrap();
            accepted.client_hello().server_name().map(str::to_owned)
        };
        let (_, seen) = tokio::join!(handshake(near, host, Versions::Any), server);
        assert_eq!(seen.as_deref(), expected, "{host}");
    }
}

#[tokio::test]
async fn after_the_handshake_as_much_as_one_likes_flows() {
    const MUCH: usize = super::MAX_HANDSHAKE_BYTES * 2;
    let (near, far) = duplex(64 * 1024);
    let client = async {
        let (mut stream, _) = handshake(near, HOST, Versions::Any).await.unwrap();
        stream.write_all(b"go").await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        read.len()
    };
    let server = async {
        let mut stream = TlsAcceptor::from(usual(rustls::ALL_VERSIONS, ring::ALL_KX_GROUPS)).accept(far).await.unwrap();
        let mut go = [0; 2];
        stream.read_exact(&mut go).await.unwrap();
        stream.write_all(&vec![b'x'; MUCH]).await.unwrap();
        stream.shutdown().await.unwrap();
    };
    assert_eq!(tokio::join!(client, server).0, MUCH);
}
