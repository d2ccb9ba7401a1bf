//! The first bytes of a connection: `SSLRequest` and `StartupMessage`.

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{ErrorFields, Message, WireError, frame, message};

/// `SSLRequest` (PostgreSQL 15 documentation, section 55.7).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const PROTOCOL_3_0: i32 = 0x0003_0000;

/// The answer to `SSLRequest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SslAnswer {
    /// `S`: the TLS handshake may begin.
    Yes,
    /// `N`: no TLS here.
    No,
    /// An error message instead.
    Error(ErrorFields),
}

/// Sends `SSLRequest` alone (Supavisor wants it as exactly eight bytes of their own) and reads the one-byte answer.
///
/// Exactly one byte is read, so that bytes smuggled in behind the answer (CVE-2021-23222) reach the TLS layer, which
/// refuses them, and are never taken for a message inside the encrypted stream.
pub async fn request_tls<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<SslAnswer, WireError> {
    const OPERATION: &str = "ask for TLS";
    let io = |source| WireError::Io { operation: OPERATION, source };
    stream.write_all(&SSL_REQUEST).await.map_err(io)?;
    stream.flush().await.map_err(io)?;
    let mut answer = [0_u8; 1];
    if stream.read(&mut answer).await.map_err(io)? == 0 {
        return Err(WireError::Closed { operation: OPERATION });
    }
    match answer[0] {
        b'S' => Ok(SslAnswer::Yes),
        b'N' => Ok(SslAnswer::No),
        first => {
            let mut buffer = BytesMut::from(&answer[..]);
            // An `E` may be an error message; anything else is shown to the banner table with what follows it.
            if first != b'E' {
                let mut more = [0_u8; 63];
                let count = stream.read(&mut more).await.map_err(io)?;
                buffer.extend_from_slice(&more[..count]);
                return Err(WireError::NotPostgres { operation: OPERATION, what: frame::banner(&buffer) });
            }
            let frame = frame::read(stream, &mut buffer, OPERATION).await?;
            match message::parse(&frame, OPERATION)? {
                Message::Error(fields) => Ok(SslAnswer::Error(fields)),
                _ => Err(WireError::NotPostgres { operation: OPERATION, what: frame::banner(&buffer) }),
            }
        }
    }
}

/// A `StartupMessage` for protocol 3.0. `user` and `database` come last and no value is empty: Supavisor takes a
/// packet that ends in an empty value for malformed (its source, `protocol/client.ex`, 2026-08).
pub fn startup_message(parameters: &[(&str, &str)], user: &str, database: &str) -> BytesMut {
    let mut body = BytesMut::with_capacity(256);
    body.put_i32(PROTOCOL_3_0);
    let identity = [("user", user), ("database", database)];
    for (key, value) in parameters.iter().chain(&identity).filter(|(_, value)| !value.is_empty()) {
        for text in [key, value] {
            // A NUL would end the text early and shift every later parameter.
            body.extend(text.bytes().filter(|byte| *byte != 0));
            body.put_u8(0);
        }
    }
    body.put_u8(0);
    let mut packet = BytesMut::with_capacity(body.len() + 4);
    packet.put_u32(u32::try_from(body.len() + 4).unwrap_or(u32::MAX));
    packet.extend_from_slice(&body);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_database_come_last_and_nothing_is_empty() {
        let packet = startup_message(&[("options", ""), ("application_name", "x")], "u", "d");
        assert_eq!(&packet[4..], b"\0\x03\0\0application_name\0x\0user\0u\0database\0d\0\0");
        assert_eq!(u32::from_be_bytes([packet[0], packet[1], packet[2], packet[3]]) as usize, packet.len());
    }

    async fn answer(bytes: &[u8]) -> Result<SslAnswer, WireError> {
        let (mut ours, mut theirs) = tokio::io::duplex(1024);
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        request_tls(&mut ours).await
    }

    #[tokio::test]
    async fn each_answer_to_an_ssl_request_is_told_apart() {
        assert_eq!(answer(b"S").await.unwrap(), SslAnswer::Yes);
        assert_eq!(answer(b"N").await.unwrap(), SslAnswer::No);
        assert!(answer(b"").await.unwrap_err().is_closed());
        assert!(answer(b"HTTP/1.0 400\r\n").await.unwrap_err().to_string().contains("HTTP"));
        let error = answer(b"E\0\0\0\x0fSFATAL\0M!\0\0").await;
        assert!(matches!(error.unwrap(), SslAnswer::Error(fields) if fields.message() == "!"));
    }
}
