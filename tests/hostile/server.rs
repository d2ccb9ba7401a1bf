//! A server that does what a case says, and remembers everything that it was sent.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::case::{Case, First, FrameStep, Kind, Lie, Product, Step};
use super::certificates;
use super::play::PASSWORD;
use super::scram::Exchange;

/// A server ends at the latest after this.
const LIFETIME: Duration = Duration::from_secs(120);
/// Most bytes of one connection that are remembered.
const REMEMBERED: usize = 1 << 20;

/// `SSLRequest`.
pub const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// What a server was sent.
#[derive(Debug, Default)]
pub struct Record {
    /// Connections that came.
    pub connections: usize,
    /// What each sent, decrypted.
    pub received: Vec<Vec<u8>>,
    /// Answers that prove knowledge of the password.
    pub proofs: usize,
    /// What the client did that the script did not expect.
    pub surprises: Vec<String>,
}

/// A running server; dropping it stops it.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    record: Arc<Mutex<Record>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Starts one at an address of its own, in a thread of its own.
    pub fn start(case: &Case) -> Self {
        let record = Arc::new(Mutex::new(Record::default()));
        let listener = listen();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let play = Arc::new(Play {
            case: case.clone(),
            acceptor: certificates::acceptor(case.certificate),
            record: Arc::clone(&record),
        });
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = play.accept(TcpListener::from_std(listener).unwrap()) => {}
                    _ = stopped => {}
                    () = tokio::time::sleep(LIFETIME) => {}
                }
            });
        });
        Self { address, record, stop: Some(stop), thread: Some(thread) }
    }

    /// Stops it and hands out what it was sent.
    pub fn stop(mut self) -> Record {
        self.end();
        std::mem::take(&mut *self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// On the transaction pooler's port, so that the setting is one of Supabase's; the laboratory stays below 127.254.
fn listen() -> std::net::TcpListener {
    loop {
        let [_, _, random @ ..] = getrandom::u32().unwrap().to_be_bytes();
        match std::net::TcpListener::bind(SocketAddr::from(([127, 254, random[0], random[1].clamp(1, 254)], 6543))) {
            Ok(listener) => {
                listener.set_nonblocking(true).unwrap();
                return listener;
            }
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::AddrInUse),
        }
    }
}

struct Play {
    case: Case,
    acceptor: TlsAcceptor,
    record: Arc<Mutex<Record>>,
}

impl Play {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let number = self.note(|record| {
                record.connections += 1;
                record.received.push(Vec::new());
                record.connections
            });
            // An error here is the client's going away; what it must not do is in the record.
            tokio::spawn(Arc::clone(&self).serve(stream, number));
        }
    }

    fn note<T>(&self, note: impl FnOnce(&mut Record) -> T) -> T {
        note(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, number: usize) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut peer = Peer { stream: Some(Box::new(stream)), pending: Vec::new(), play: Arc::clone(&self), number };
        let mut first = First::Connect;
        if self.script(First::Connect, number).is_none() {
            let head = peer.take(8).await?;
            first = match head.as_slice() {
                [b'G', b'E', b'T', b' ', ..] => First::Get,
                [0x16, 3, ..] => First::Direct,
                head if head == SSL_REQUEST => First::Ssl,
                _ => First::Plain,
            };
            peer.pending.splice(..0, head);
        }
        let Some(steps) = self.script(first, number) else { return Ok(()) };
        for step in steps {
            peer.run(step).await?;
        }
        peer.shut().await
    }

    fn script(&self, first: First, number: usize) -> Option<&[Step]> {
        let fits = |first: First, number: usize| {
            self.case.on.iter().rev().find(|on| on.first == first && number >= on.from.max(1))
        };
        fits(first, number).map(|on| on.steps.as_slice())
    }
}

/// What a connection runs over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

struct Peer {
    stream: Option<Box<dyn Stream>>,
    pending: Vec<u8>,
    play: Arc<Play>,
    number: usize,
}

impl Peer {
    fn stream(&mut self) -> &mut Box<dyn Stream> {
        self.stream.as_mut().expect("the stream is only away during a handshake")
    }

    async fn fill(&mut self) -> io::Result<()> {
        let mut bytes = [0_u8; 4096];
        let count = self.stream().read(&mut bytes).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let number = self.number;
        self.play.note(|record| {
            let received = &mut record.received[number - 1];
            let room = REMEMBERED.saturating_sub(received.len());
            received.extend_from_slice(&bytes[..count.min(room)]);
        });
        self.pending.extend_from_slice(&bytes[..count]);
        Ok(())
    }

    async fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.pending.len() < count {
            self.fill().await?;
        }
        Ok(self.pending.drain(..count).collect())
    }

    /// A message with a tag: the tag, and the body.
    async fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let head = self.take(5).await?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let body = self.take(length.saturating_sub(4).min(REMEMBERED)).await?;
        if head[0] == b'p' {
            self.play.note(|record| {
                // A client-first-message proves nothing; everything else that is answered to a request does.
                record.proofs += usize::from(!body.windows(3).any(|part| part == b"n,,"));
            });
        }
        Ok((head[0], body))
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream().write_all(bytes).await?;
        self.stream().flush().await
    }

    async fn shut(&mut self) -> io::Result<()> {
        self.stream().shutdown().await
    }

    async fn run(&mut self, step: &Step) -> io::Result<()> {
        match step {
            Step::Expect(kind) => self.expect(*kind).await,
            Step::Tls => self.shake_hands().await,
            Step::TlsCut(after) => {
                let stream = self.stream.take().expect("one handshake at a time");
                // Through a buffer, so that the cut falls where it should and not where a record ends.
                let (near, far) = tokio::io::duplex(1 << 16);
                let shaking = self.play.acceptor.accept(near);
                let (mut from_client, mut to_client) = tokio::io::split(stream);
                let (from_tls, mut to_tls) = tokio::io::split(far);
                let passing = async {
                    let forth = tokio::io::copy(&mut from_client, &mut to_tls);
                    let mut limited = from_tls.take(*after as u64);
                    let back = async {
                        tokio::io::copy(&mut limited, &mut to_client).await?;
                        to_client.shutdown().await
                    };
                    tokio::select! { done = forth => done.map(|_| ()), done = back => done }
                };
                tokio::select! {
                    done = passing => done,
                    // The handshake ended before the cut.
                    done = shaking => done.map(|_| ()),
                }
            }
            Step::Secure => {
                self.expect(Kind::SslRequest).await?;
                self.send(b"S").await?;
                self.shake_hands().await?;
                self.expect(Kind::Startup).await
            }
            Step::Scram(lie) => self.scram(*lie).await,
            Step::WaitMs(pause) => {
                tokio::time::sleep(Duration::from_millis(*pause)).await;
                Ok(())
            }
            Step::Flood(flood) => {
                let once: Vec<u8> = flood.of.iter().flat_map(bytes).collect();
                let copies = (64 * 1024 / once.len().max(1)).max(1);
                let mut left = flood.times.unwrap_or(usize::MAX);
                while left > 0 {
                    let now = left.min(copies);
                    self.send(&once.repeat(now)).await?;
                    left -= now;
                }
                Ok(())
            }
            Step::Slowly(slowly) => {
                for byte in slowly.of.iter().flat_map(bytes) {
                    self.send(&[byte]).await?;
                    tokio::time::sleep(Duration::from_millis(slowly.every_ms)).await;
                }
                Ok(())
            }
            Step::Silence => loop {
                self.fill().await?;
            },
            Step::Close => {
                self.shut().await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            plain => self.send(&bytes(plain)).await,
        }
    }

    async fn expect(&mut self, kind: Kind) -> io::Result<()> {
        let seen = match kind {
            Kind::SslRequest => self.take(8).await? == SSL_REQUEST,
            Kind::Get => self.take(18).await? == b"GET / HTTP/1.0\r\n\r\n",
            Kind::Startup => {
                let head = self.take(8).await?;
                let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
                self.take(length.saturating_sub(8).min(REMEMBERED)).await?;
                head[4..] == [0, 3, 0, 0]
            }
            Kind::Password => self.message().await?.0 == b'p',
            Kind::Batch => loop {
                match self.message().await?.0 {
                    b'S' => break true,
                    b'X' => return Err(io::ErrorKind::UnexpectedEof.into()),
                    b'p' => break false,
                    _ => {}
                }
            },
        };
        if !seen {
            self.play.note(|record| record.surprises.push(format!("something else came than {kind:?}")));
        }
        Ok(())
    }

    async fn shake_hands(&mut self) -> io::Result<()> {
        let stream = self.stream.take().expect("one handshake at a time");
        // A handshake that came first has been read to see what it is.
        let (rest, writing) = tokio::io::split(stream);
        let reading = io::Cursor::new(std::mem::take(&mut self.pending)).chain(rest);
        let encrypted = self.play.acceptor.accept(tokio::io::join(reading, writing)).await?;
        self.stream = Some(Box::new(encrypted));
        Ok(())
    }

    async fn scram(&mut self, lie: Lie) -> io::Result<()> {
        let (_, initial) = self.message().await?;
        let at = initial.windows(3).position(|part| part == b"n,,").expect("a SASLInitialResponse");
        let client_first = String::from_utf8(initial[at..].to_vec()).unwrap();
        if lie == Lie::NoExchange {
            return self.send(&auth(0, b"")).await;
        }
        let exchange = Exchange::new(&client_first, PASSWORD);
        let first = exchange.server_first().to_owned();
        let first = match lie {
            Lie::Iterations => first.replace("i=4096", "i=4000000000"),
            Lie::ForeignNonce => first.replacen("r=", "r=another", 1),
            Lie::BareNonce => first.replace("fromtheserver", ""),
            _ => first,
        };
        self.send(&auth(11, first.as_bytes())).await?;
        let (_, last) = self.message().await?;
        let last = String::from_utf8(last).unwrap();
        let honest = exchange.finish(&last);
        let proof = match lie {
            Lie::UntilProof | Lie::BareNonce => return Ok(()),
            Lie::NoProof => return self.send(&auth(0, b"")).await,
            Lie::ErrorInFinal => "e=other-error".to_owned(),
            Lie::WrongProof => format!("v={}", super::scram::base64(&[7; 32])),
            _ => honest.unwrap_or_else(|| {
                self.play.note(|record| record.surprises.push("the client's proof is wrong".to_owned()));
                "e=invalid-proof".to_owned()
            }),
        };
        self.send(&[auth(12, proof.as_bytes()), auth(0, b"")].concat()).await
    }
}

/// An authentication message.
pub fn auth(kind: u32, body: &[u8]) -> Vec<u8> {
    frame(b'R', &[&kind.to_be_bytes(), body].concat())
}

/// A message of that tag and body.
pub fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag], &length.to_be_bytes()[..], body].concat()
}

/// An `ErrorResponse` or `NoticeResponse`; each field has its code in front.
pub fn fields(tag: u8, fields: &[String]) -> Vec<u8> {
    let mut body: Vec<u8> = fields.iter().flat_map(|field| [field.as_bytes(), b"\0"].concat()).collect();
    body.push(0);
    frame(tag, &body)
}

fn parameter(key: &str, value: &str) -> Vec<u8> {
    frame(b'S', format!("{key}\0{value}\0").as_bytes())
}

/// The bytes of a step that only sends.
fn bytes(step: &Step) -> Vec<u8> {
    match step {
        Step::Send(text) => text.as_bytes().to_vec(),
        Step::Hex(hex) => from_hex(hex),
        Step::Frame(step) => whole(step),
        Step::Error(texts) => fields(b'E', texts),
        Step::Notice(texts) => fields(b'N', texts),
        Step::Parameter(key, value) => parameter(key, value),
        Step::Sasl(mechanisms) => {
            let mut body: Vec<u8> = mechanisms.iter().flat_map(|name| [name.as_bytes(), b"\0"].concat()).collect();
            body.push(0);
            auth(10, &body)
        }
        Step::Row(columns) => {
            let mut body = u16::try_from(columns.len()).unwrap().to_be_bytes().to_vec();
            for column in columns {
                body.extend(u32::try_from(column.len()).unwrap().to_be_bytes());
                body.extend(column.as_bytes());
            }
            [frame(b'D', &body), frame(b'C', b"SELECT 1\0")].concat()
        }
        Step::Complete => frame(b'C', b"DONE\0"),
        Step::Greeting(product) => greeting(*product, 259),
        other => panic!("{other:?} sends nothing by itself"),
    }
}

fn whole(step: &FrameStep) -> Vec<u8> {
    let text = step.text.repeat(step.times.unwrap_or(1));
    let body = [from_hex(&step.hex), text.into_bytes(), vec![b'x'; step.fill]].concat();
    let mut bytes = frame(u8::try_from(step.tag).unwrap(), &body);
    if let Some(length) = step.length {
        // Negative lengths are written as the protocol would: in two's complement.
        let low = u32::try_from(length & 0xffff_ffff).unwrap();
        bytes[1..5].copy_from_slice(&low.to_be_bytes());
    }
    bytes
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// What was seen after a login on Supavisor 2.8.8 and 2.9.7 (November 2026): the parameters in byte order, a small counter
/// for a process id.
pub fn greeting(product: Product, key: i32) -> Vec<u8> {
    let parameters: &[(&str, &str)] = &[
        ("DateStyle", "ISO, MDY"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "Etc/UTC"),
        ("application_name", "Supavisor"),
        ("client_encoding", "UTF8"),
        ("default_transaction_read_only", "off"),
        ("in_hot_standby", "off"),
        ("integer_datetimes", "on"),
        ("is_superuser", "off"),
        ("server_encoding", "UTF8"),
        ("server_version", "15.20 (Debian 15.20-0+deb12u1)"),
        ("session_authorization", "postgres"),
        ("standard_conforming_strings", "on"),
    ];
    let wanted = |key: &str| product == Product::Supavisor || key == "server_version";
    let mut bytes: Vec<u8> =
        parameters.iter().filter(|(key, _)| wanted(key)).flat_map(|(key, value)| parameter(key, value)).collect();
    bytes.extend(frame(b'K', &[key.to_be_bytes(), [9; 4]].concat()));
    bytes.extend(frame(b'Z', b"I"));
    bytes
}
