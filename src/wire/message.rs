//! Server messages, understood (PostgreSQL 15 documentation, section 55.7).

use bytes::Bytes;

use super::{WireError, frame::Frame};

/// Longest text kept of any one field of an error or parameter, in bytes.
const MAX_FIELD_BYTES: usize = 8 * 1024;
/// Most columns of a row that are read. supascope's own queries have fewer than ten.
const MAX_COLUMNS: usize = 64;

/// What the server asks for, in its answer to a startup or authentication message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthRequest {
    /// Authenticated.
    Ok,
    /// The password itself.
    Cleartext,
    /// The password hashed with this salt.
    Md5([u8; 4]),
    /// One of these SASL mechanisms.
    Sasl(Vec<String>),
    /// SCRAM's server-first-message.
    SaslContinue(Bytes),
    /// SCRAM's server-final-message.
    SaslFinal(Bytes),
    /// Something supascope does not do (Kerberos, GSSAPI, SSPI, ...), by its number.
    Other(i32),
}

/// The fields of an `ErrorResponse` or `NoticeResponse`, in wire order: the order tells who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorFields {
    /// Field code and text.
    pub fields: Vec<(u8, String)>,
}

impl ErrorFields {
    /// The text of one field, or the empty string.
    pub fn get(&self, code: u8) -> &str {
        self.fields.iter().find(|(field, _)| *field == code).map_or("", |(_, text)| text)
    }

    /// The SQLSTATE.
    pub fn sqlstate(&self) -> &str {
        self.get(b'C')
    }

    /// The message.
    pub fn message(&self) -> &str {
        self.get(b'M')
    }

    /// Whether the connection ends with it.
    pub fn is_fatal(&self) -> bool {
        matches!(self.get(b'S'), "FATAL" | "PANIC") || matches!(self.get(b'V'), "FATAL" | "PANIC")
    }

    /// The field codes in wire order.
    pub fn order(&self) -> String {
        self.fields.iter().map(|(code, _)| char::from(*code)).collect()
    }
}

/// A message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Authentication request.
    Auth(AuthRequest),
    /// The process id and the bytes of the cancel key.
    BackendKey(i32, Bytes),
    /// A parameter's name and value.
    Parameter(String, String),
    /// Ready, with the transaction status: `I`, `T` or `E`.
    Ready(u8),
    /// An error.
    Error(ErrorFields),
    /// A notice.
    Notice(ErrorFields),
    /// A row, as text; NULL is `None`.
    Row(Vec<Option<String>>),
    /// A notification, by its channel.
    Notification(String),
    /// The end of one statement.
    Complete,
    /// The server speaks only an older minor version.
    NegotiateVersion,
    /// Anything else that is legal and not looked at.
    Other(u8),
}

/// Understands one frame.
pub fn parse(frame: &Frame, operation: &'static str) -> Result<Message, WireError> {
    let mut body = Cursor { rest: &frame.body, operation };
    Ok(match frame.tag {
        b'R' => Message::Auth(auth(&mut body)?),
        b'K' => Message::BackendKey(body.i32()?, Bytes::copy_from_slice(body.rest)),
        b'S' => Message::Parameter(body.text()?, body.text()?),
        b'Z' => Message::Ready(body.u8()?),
        b'E' => Message::Error(fields(&mut body)?),
        b'N' => Message::Notice(fields(&mut body)?),
        b'D' => Message::Row(row(&mut body)?),
        b'C' | b'I' => Message::Complete,
        b'v' => Message::NegotiateVersion,
        b'A' => {
            body.i32()?;
            Message::Notification(body.text()?)
        }
        tag => Message::Other(tag),
    })
}

fn auth(body: &mut Cursor<'_>) -> Result<AuthRequest, WireError> {
    Ok(match body.i32()? {
        0 => AuthRequest::Ok,
        3 => AuthRequest::Cleartext,
        5 => AuthRequest::Md5([body.u8()?, body.u8()?, body.u8()?, body.u8()?]),
        10 => {
            let mut mechanisms = Vec::new();
            while !body.rest.is_empty() && mechanisms.len() < 16 {
                match body.text()? {
                    name if name.is_empty() => break,
                    name => mechanisms.push(name),
                }
            }
            AuthRequest::Sasl(mechanisms)
        }
        11 => AuthRequest::SaslContinue(Bytes::copy_from_slice(body.rest)),
        12 => AuthRequest::SaslFinal(Bytes::copy_from_slice(body.rest)),
        other => AuthRequest::Other(other),
    })
}

fn fields(body: &mut Cursor<'_>) -> Result<ErrorFields, WireError> {
    let mut fields = Vec::new();
    while fields.len() < 32 {
        match body.u8()? {
            0 => break,
            code => fields.push((code, body.text()?)),
        }
    }
    Ok(ErrorFields { fields })
}

fn row(body: &mut Cursor<'_>) -> Result<Vec<Option<String>>, WireError> {
    let columns = usize::from(body.u16()?);
    if columns > MAX_COLUMNS {
        return Err(body.wrong("a row with more columns than were asked for"));
    }
    (0..columns)
        .map(|_| match body.i32()? {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| body.wrong("a column of negative length"))?;
                Ok(Some(String::from_utf8_lossy(body.bytes(length)?).into_owned()))
            }
        })
        .collect()
}

struct Cursor<'a> {
    rest: &'a [u8],
    operation: &'static str,
}

impl<'a> Cursor<'a> {
    fn wrong(&self, what: &'static str) -> WireError {
        WireError::Protocol { operation: self.operation, what }
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.wrong("a message cut short"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, WireError> {
        Ok(self.bytes(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, WireError> {
        let bytes = self.bytes(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn i32(&mut self) -> Result<i32, WireError> {
        let bytes = self.bytes(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A NUL-terminated text, lossily decoded and cut to [`MAX_FIELD_BYTES`].
    fn text(&mut self) -> Result<String, WireError> {
        let end = self.rest.iter().position(|byte| *byte == 0).ok_or_else(|| self.wrong("a text without its end"))?;
        let text = self.bytes(end)?;
        self.u8()?;
        Ok(String::from_utf8_lossy(&text[..text.len().min(MAX_FIELD_BYTES)]).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_bytes(tag: u8, body: &'static [u8]) -> Result<Message, WireError> {
        parse(&Frame { tag, body: Bytes::from_static(body) }, "test")
    }

    #[test]
    fn the_order_of_error_fields_is_kept() {
        let Message::Error(error) = parse_bytes(b'E', b"CXX000\0M(ENOTFOUND) x\0SFATAL\0\0").unwrap() else {
            panic!("not an error")
        };
        assert_eq!(error.order(), "CMS");
        assert_eq!(error.sqlstate(), "XX000");
        assert!(error.is_fatal());
    }

    #[test]
    fn mechanisms_are_listed() {
        let message = parse_bytes(b'R', b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0").unwrap();
        assert_eq!(
            message,
            Message::Auth(AuthRequest::Sasl(vec!["SCRAM-SHA-256-PLUS".into(), "SCRAM-SHA-256".into()]))
        );
    }

    #[test]
    fn a_row_with_null_and_text() {
        let message = parse_bytes(b'D', b"\0\x02\xff\xff\xff\xff\0\0\0\x02ok").unwrap();
        assert_eq!(message, Message::Row(vec![None, Some("ok".into())]));
    }

    #[test]
    fn a_notification_is_known_by_its_channel() {
        let message = parse_bytes(b'A', b"\0\0\0\x07jobs\0payload\0").unwrap();
        assert_eq!(message, Message::Notification("jobs".into()));
        assert!(parse_bytes(b'A', b"\0\0").is_err());
    }

    #[test]
    fn lies_about_lengths_and_counts_are_errors() {
        assert!(parse_bytes(b'D', b"\xff\xff").is_err(), "65535 columns");
        assert!(parse_bytes(b'D', b"\0\x01\0\0\xff\xffab").is_err(), "a column longer than the message");
        assert!(parse_bytes(b'D', b"\0\x01\xff\xff\xff\xfe").is_err(), "length -2");
        assert!(parse_bytes(b'E', b"Mno end").is_err());
        assert!(parse_bytes(b'Z', b"").is_err());
    }
}
