//! Percent-encoding as libpq reads it, and as supascope writes it.

use zeroize::Zeroizing;

/// Why libpq refuses a percent-encoded piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// `%` without two hexadecimal digits after it.
    BadToken,
    /// `%00`, which C strings cannot hold.
    Nul,
}

/// Decodes as `conninfo_uri_decode` of `fe-connect.c` (PostgreSQL 15) does: `+` stays `+`, a stray `%` is an error.
pub(crate) fn decode(raw: &str) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
    let bytes = raw.as_bytes();
    let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            decoded.push(byte);
            at += 1;
            continue;
        }
        match token(bytes, at) {
            None => return Err(DecodeError::BadToken),
            Some(0) => return Err(DecodeError::Nul),
            Some(value) => decoded.push(value),
        }
        at += 3;
    }
    Ok(decoded)
}

/// Decodes what can be decoded and keeps the rest as it stands: what the writer of a broken piece meant. A piece that
/// is no UTF-8 once decoded is kept undecoded.
pub(crate) fn decode_lenient(raw: &str) -> Zeroizing<String> {
    if !raw.as_bytes().contains(&b'%') {
        return Zeroizing::new(raw.to_owned());
    }
    let bytes = raw.as_bytes();
    let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if let Some(value) = token(bytes, at).filter(|value| byte == b'%' && *value != 0) {
            decoded.push(value);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    Zeroizing::new(std::str::from_utf8(&decoded).map_or_else(|_| raw.to_owned(), str::to_owned))
}

/// Percent-decodes every sound token and keeps the rest, as Python's `unquote` does; bytes that are no UTF-8 become
/// U+FFFD.
pub(crate) fn unquote(raw: &str) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(&decoded_bytes(raw)).into_owned())
}

/// Every sound token decoded, all else as it stands.
pub(crate) fn decoded_bytes(raw: &str) -> Zeroizing<Vec<u8>> {
    let bytes = raw.as_bytes();
    let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while at < bytes.len() {
        let found = if bytes[at] == b'%' { token(bytes, at) } else { None };
        decoded.push(found.unwrap_or(bytes[at]));
        at += if found.is_some() { 3 } else { 1 };
    }
    decoded
}

/// The value of the `%xy` that starts at `at`.
pub(crate) fn token(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let value = (digit(at + 1)? << 4) | digit(at + 2)?;
    u8::try_from(value).ok()
}

/// Whether every `%` begins a token that libpq accepts.
pub(crate) fn is_decodable(raw: &str) -> bool {
    decode(raw).is_ok()
}

/// Encodes everything but RFC 3986's unreserved characters, so that every parser reads the same text.
pub(crate) fn encode(text: &str) -> String {
    encode_except(text, b"")
}

/// Encodes a query value: `/`, `:` and `,` keep their shape, no parser takes them for anything else there.
pub(crate) fn encode_query(text: &str) -> String {
    encode_except(text, b"/:,")
}

fn encode_except(text: &str, kept: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_is_strict_and_plus_is_no_space() {
        assert_eq!(decode("a%2Bb+c%7e").unwrap().as_slice(), b"a+b+c~");
        assert_eq!(decode("%"), Err(DecodeError::BadToken));
        assert_eq!(decode("%1"), Err(DecodeError::BadToken));
        assert_eq!(decode("%zz"), Err(DecodeError::BadToken));
        assert_eq!(decode("a%00"), Err(DecodeError::Nul));
    }

    #[test]
    fn lenient_decoding_keeps_what_it_cannot_read() {
        assert_eq!(decode_lenient("100%ab%4").as_str(), "100%ab%4");
        assert_eq!(decode_lenient("p%40ss%").as_str(), "p@ss%");
        assert_eq!(decode_lenient("a%00b").as_str(), "a%00b");
    }

    #[test]
    fn what_is_encoded_decodes_to_itself() {
        let text = "p@ss/w#rd?%:[é] +\u{7f}";
        assert_eq!(decode(&encode(text)).unwrap().as_slice(), text.as_bytes());
        assert_eq!(encode("a/b"), "a%2Fb");
        assert_eq!(encode_query("a/b c"), "a/b%20c");
    }
}
