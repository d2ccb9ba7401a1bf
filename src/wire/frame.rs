//! Frames: a tag, a length, a body, with a limit on each.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::WireError;

/// The longest single message that is accepted, in bytes. The longest that supascope's own queries provoke is a JSON
/// summary of `pg_stat_activity`, a few ten kilobytes.
pub const MAX_FRAME_BYTES: u32 = 1 << 20;

/// The tags of messages that a server may send (PostgreSQL 15 documentation, section 55.7).
const SERVER_TAGS: &[u8] = b"123ACDEGHIKNRSTVWZcdnstv";

/// One message, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The message type.
    pub tag: u8,
    /// The body, without tag and length.
    pub body: Bytes,
}

/// Takes one frame off the front of `buffer`, if a whole one is there.
pub fn take(buffer: &mut BytesMut, operation: &'static str) -> Result<Option<Frame>, WireError> {
    let Some(&tag) = buffer.first() else { return Ok(None) };
    if !SERVER_TAGS.contains(&tag) {
        return Err(WireError::NotPostgres { operation, what: banner(buffer) });
    }
    if buffer.len() < 5 {
        return Ok(None);
    }
    let length = u32::from_be_bytes([buffer[1], buffer[2], buffer[3], buffer[4]]);
    if length > MAX_FRAME_BYTES {
        // `HTTP/1.1` and `N`-like greetings of other protocols begin with a valid tag and an absurd length.
        return Err(match banner(buffer) {
            UNKNOWN_BANNER => WireError::TooLong { operation, length: length.into(), limit: MAX_FRAME_BYTES.into() },
            what => WireError::NotPostgres { operation, what },
        });
    }
    if length < 4 {
        return Err(WireError::Protocol { operation, what: "a message shorter than its own length field" });
    }
    let whole = length as usize + 1;
    if buffer.len() < whole {
        return Ok(None);
    }
    let mut body = buffer.split_to(whole).freeze();
    body.advance(5);
    Ok(Some(Frame { tag, body }))
}

/// Reads until `buffer` holds a whole frame, and takes it off.
pub async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    operation: &'static str,
) -> Result<Frame, WireError> {
    loop {
        if let Some(frame) = take(buffer, operation)? {
            return Ok(frame);
        }
        // The buffer grows with what has arrived, never with what was announced.
        buffer.reserve(4096);
        let read = stream.read_buf(buffer).await.map_err(|source| WireError::Io { operation, source })?;
        if read == 0 {
            return Err(if buffer.is_empty() {
                WireError::Closed { operation }
            } else {
                WireError::Protocol { operation, what: "the connection ended in the middle of a message" }
            });
        }
    }
}

const UNKNOWN_BANNER: &str = "the answer is not of the Postgres protocol";

/// What the first bytes of another protocol look like.
pub fn banner(first: &[u8]) -> &'static str {
    match first {
        [b'H', b'T', b'T', b'P', ..] | [b'<', ..] => "an HTTP server answers, not Postgres",
        [b'S', b'S', b'H', b'-', ..] => "an SSH server answers, not Postgres",
        // MySQL: a 3-byte length, sequence number 0, protocol version 10 (or 9).
        [_, _, 0, 0, 9 | 10, ..] => "a MySQL server answers, not Postgres",
        [b'2', b'2', b'0', ..] => "a mail or FTP server answers, not Postgres",
        [b'-', b'E', b'R', b'R', ..] | [b'+', ..] => "a Redis or POP server answers, not Postgres",
        [0x15 | 0x16, 3, ..] => "the server speaks TLS at once, without the Postgres negotiation",
        _ => UNKNOWN_BANNER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(bytes: &[u8]) -> BytesMut {
        BytesMut::from(bytes)
    }

    #[test]
    fn a_whole_frame_is_taken_and_the_rest_stays() {
        let mut bytes = buffer(b"Z\0\0\0\x05IZ");
        let frame = take(&mut bytes, "test").unwrap().unwrap();
        assert_eq!((frame.tag, frame.body.as_ref()), (b'Z', b"I".as_ref()));
        assert_eq!(bytes.as_ref(), b"Z");
        assert!(take(&mut bytes, "test").unwrap().is_none());
    }

    #[test]
    fn a_length_of_two_gigabytes_is_refused_without_reserving_it() {
        let mut bytes = buffer(b"D\x7f\xff\xff\xffabc");
        let error = take(&mut bytes, "test").unwrap_err();
        assert!(matches!(error, WireError::TooLong { length: 0x7fff_ffff, .. }));
        assert!(bytes.capacity() < 4096);
    }

    #[test]
    fn an_http_answer_is_named() {
        let mut bytes = buffer(b"HTTP/1.1 400 Bad Request\r\n");
        let error = take(&mut bytes, "test").unwrap_err();
        assert!(error.to_string().contains("HTTP"), "{error}");
    }

    #[test]
    fn other_greetings_are_named() {
        for (bytes, name) in [
            (b"SSH-2.0-OpenSSH_9.2\r\n".as_slice(), "SSH"),
            (b"J\0\0\0\x0a8.0.36\0", "MySQL"),
            (b"\x15\x03\x01", "TLS"),
        ] {
            assert!(banner(bytes).contains(name), "{name}");
        }
    }

    #[test]
    fn a_frame_shorter_than_its_length_field_is_refused() {
        assert!(take(&mut buffer(b"Z\0\0\0\x03"), "test").is_err());
    }

    #[tokio::test]
    async fn a_message_cut_by_the_end_of_the_stream_is_told_from_a_clean_end() {
        let mut bytes = BytesMut::new();
        let cut = read(&mut &b"Z\0\0\0\x05"[..], &mut bytes, "test").await.unwrap_err();
        assert!(matches!(cut, WireError::Protocol { .. }));
        let clean = read(&mut &b""[..], &mut BytesMut::new(), "test").await.unwrap_err();
        assert!(clean.is_closed());
    }
}
