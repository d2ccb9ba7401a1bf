//! From a failure on the wire to its class: the server's own words by `profiles/errors`, everything else by its kind.

use std::io::ErrorKind;
use std::net::SocketAddr;

use super::link::LinkError;
use super::{Failure, Refusal, ServerError};
use crate::knowledge::errors;
use crate::wire::tls::{NotTls, TlsError};
use crate::wire::{ErrorFields, WireError};

impl From<&ErrorFields> for ServerError {
    fn from(fields: &ErrorFields) -> Self {
        let optional = |code| Some(fields.get(code)).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            sqlstate: fields.sqlstate().to_owned(),
            message: fields.message().to_owned(),
            severity: fields.get(b'S').to_owned(),
            field_order: fields.order(),
            detail: optional(b'D'),
            hint: optional(b'H'),
        }
    }
}

/// The class of a server's error.
pub fn classify(fields: &ErrorFields) -> Refusal {
    errors::refusal(fields.sqlstate(), fields.message(), &fields.order())
}

/// A failure in the server's own words.
pub fn from_server(fields: &ErrorFields, address: SocketAddr) -> Failure {
    let words = Some(fields.message()).filter(|message| !message.is_empty()).unwrap_or("(an error without a message)");
    Failure { refusal: classify(fields), message: format!("{address} refuses: {words}"), server: Some(fields.into()) }
}

/// A failure of the wire.
pub fn from_wire(error: &WireError, address: SocketAddr) -> Failure {
    let refusal = match error {
        WireError::Timeout { .. } => Refusal::Timeout,
        WireError::NotPostgres { .. } => Refusal::NotPostgres,
        WireError::Io { source, .. } => from_io(source),
        WireError::Closed { .. } | WireError::TooLong { .. } | WireError::Protocol { .. } | WireError::Scram(_) => {
            Refusal::Protocol
        }
    };
    Failure { refusal, message: format!("{address}: {error}"), server: None }
}

/// A failure of one of a link's steps.
pub fn from_link(error: &LinkError, address: SocketAddr) -> Failure {
    match error {
        LinkError::Wire(error) => from_wire(error, address),
        LinkError::Server(fields) => from_server(fields, address),
        LinkError::Tls(error) => from_tls(error, address),
        LinkError::NoTls => Failure {
            refusal: Refusal::TlsRefused,
            message: format!("{address} has no TLS: it answers N to SSLRequest"),
            server: None,
        },
        LinkError::Unsafe(why) => {
            Failure { refusal: Refusal::Protocol, message: format!("{address}: {why}"), server: None }
        }
        LinkError::Spared(why) => Failure { refusal: Refusal::NoSlots, message: why.clone(), server: None },
    }
}

fn from_tls(error: &TlsError, address: SocketAddr) -> Failure {
    let refusal = match error {
        TlsError::NotTls { kind: NotTls::Http | NotTls::Ssh | NotTls::Unknown, .. } => Refusal::NotPostgres,
        _ => Refusal::TlsFailed,
    };
    Failure { refusal, message: format!("{address}: {error}"), server: None }
}

fn from_io(error: &std::io::Error) -> Refusal {
    match error.kind() {
        ErrorKind::ConnectionRefused => Refusal::ConnectionRefused,
        ErrorKind::TimedOut => Refusal::Timeout,
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::AddrNotAvailable => {
            Refusal::Unreachable
        }
        _ => Refusal::Protocol,
    }
}
