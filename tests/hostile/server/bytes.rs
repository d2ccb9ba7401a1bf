//! What a server sends, as bytes.

use super::super::case::{FrameStep, Product, Step};

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
pub fn bytes(step: &Step) -> Vec<u8> {
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
