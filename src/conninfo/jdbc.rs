//! `jdbc:postgresql://host:port/database?user=...&password=...`, by the rules of pgjdbc.
//!
//! pgjdbc takes no credentials before the host (pgjdbc documentation, "Connecting to the Database", 42.7): an `@`
//! there makes the port unreadable. Values are decoded as HTML forms are, so `+` is a space.

use super::Span;
use super::layout::tail;
use super::options::{RawOption, Refusal};

/// Reads the part after `://`.
pub(crate) fn parse(text: &str, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    let authority = text[rest.clone()].find(['/', '?']).map_or(rest.end, |at| rest.start + at);
    if text[rest.start..authority].contains('@') {
        let what =
            "pgjdbc takes no user and no password before the host; they are the parameters \"user\" and \"password\"";
        return Err(Refusal::new(what, rest.start..authority));
    }
    let tail = tail(text, rest.clone());
    for port in tail.netlocs.iter().filter_map(|netloc| netloc.port.clone()) {
        if text[port.clone()].parse::<u16>().is_err() {
            return Err(Refusal::new("the port must be a number, not ", port.clone()).quoting(&text[port]));
        }
    }
    Ok(tail.options(text, true))
}
