//! One connection of a scripted server: a step is run here.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::case::{Kind, Lie, Step};
use super::super::play::PASSWORD;
use super::super::scram::{Exchange, base64};
use super::bytes::{auth, bytes};
use super::{Play, SSL_REQUEST, Stream};

/// Most bytes of one connection that are remembered.
const REMEMBERED: usize = 1 << 20;

/// One connection, and the steps that can be run on it.
pub struct Peer {
    stream: Option<Box<dyn Stream>>,
    pending: Vec<u8>,
    play: Arc<Play>,
    number: usize,
}

impl Peer {
    /// The connection of that number.
    pub fn new(stream: impl Stream + 'static, play: Arc<Play>, number: usize) -> Self {
        Self { stream: Some(Box::new(stream)), pending: Vec::new(), play, number }
    }

    /// What was read to see what comes is read again.
    pub fn put_back(&mut self, head: &[u8]) {
        self.pending.splice(..0, head.iter().copied());
    }

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

    pub async fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
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

    pub async fn shut(&mut self) -> io::Result<()> {
        self.stream().shutdown().await
    }

    pub async fn run(&mut self, step: &Step) -> io::Result<()> {
        match step {
            Step::Expect(kind) => self.expect(*kind).await,
            Step::Tls => self.shake_hands().await,
            Step::TlsCut(after) => self.shake_hands_until(*after).await,
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

    /// A handshake that is cut after so many bytes.
    async fn shake_hands_until(&mut self, after: usize) -> io::Result<()> {
        let stream = self.stream.take().expect("one handshake at a time");
        // Through a buffer, so that the cut falls where it should and not where a record ends.
        let (near, far) = tokio::io::duplex(1 << 16);
        let shaking = self.play.acceptor.accept(near);
        let (mut from_client, mut to_client) = tokio::io::split(stream);
        let (from_tls, mut to_tls) = tokio::io::split(far);
        let passing = async {
            let forth = tokio::io::copy(&mut from_client, &mut to_tls);
            let mut limited = from_tls.take(after as u64);
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
            Lie::WrongProof => format!("v={}", base64(&[7; 32])),
            _ => honest.unwrap_or_else(|| {
                self.play.note(|record| record.surprises.push("the client's proof is wrong".to_owned()));
                "e=invalid-proof".to_owned()
            }),
        };
        self.send(&[auth(12, proof.as_bytes()), auth(0, b"")].concat()).await
    }
}
