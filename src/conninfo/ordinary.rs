//! Ordinary URIs: those that nobody can read in two ways. One pass tells them from all others, so that what recovers
//! broken settings costs the broken ones alone.
//!
//! What is taken here is read by the same functions as everything else; a test compares the two ways.

use super::Span;
use super::credentials::{Credentials, glued_password};
use super::layout::{Netloc, Tail};
use super::password::is_secret_key;
use super::plausible::{self, Plausibility};
use super::read::{Owner, Uri};
use super::recover::{Layout, Recovery};
use super::{Scheme, Syntax};

/// The text as a URI without a doubt: `scheme://user:password@host[:port][/database][?key=value[&...]]`, of characters
/// that mean only one thing where they stand, with a host that can be one.
pub(super) fn recognise(text: &str) -> Option<(Uri, Recovery)> {
    let colon = text.as_bytes().iter().take(MAX_SCHEME_BYTES).position(|byte| *byte == b':')?;
    let (name, rest) = (&text[..colon], text[colon..].strip_prefix("://")?);
    let (base, driver) = name.split_once('+').map_or((name, None), |(base, driver)| (base, Some(driver)));
    let sound = driver.is_none_or(|driver| !driver.is_empty() && driver.bytes().all(is_driver_byte));
    if !sound || !matches!(base, "postgres" | "postgresql") {
        return None;
    }
    let rest = text.len() - rest.len()..text.len();
    let layout = layout(text, rest.start)?;
    let password = layout.credentials.password.clone()?;
    let recovery = Recovery {
        layout: Some(layout),
        anomalies: Vec::new(),
        masks: vec![password],
        is_literal: true,
        doubtful: false,
    };
    let scheme = Scheme { text: name.to_owned(), driver: driver.map(str::to_owned), span: 0..colon };
    let owner = if driver.is_some() { Owner::SqlAlchemy } else { Owner::Libpq };
    Some((Uri { syntax: Syntax::Uri, scheme: Some(scheme), rest, owner }, recovery))
}

/// No driver's name is longer.
const MAX_SCHEME_BYTES: usize = 32;

/// The parts behind `://`, when every one of them is ordinary.
fn layout(text: &str, start: usize) -> Option<Layout> {
    let mut scan = Scan { bytes: text.as_bytes(), at: start };
    let user = scan.some(is_name_byte)?;
    let separator = scan.sign(b':')?;
    let password = scan.password()?;
    scan.sign(b'@')?;
    let host = scan.some(is_host_byte)?;
    let port = match scan.sign(b':') {
        Some(_) => Some(scan.some(|byte| byte.is_ascii_digit()).filter(|port| port.len() <= 5)?),
        None => None,
    };
    let database = scan.sign(b'/').and_then(|_| scan.some(is_database_byte));
    let query = scan.query(text)?;
    if scan.at != text.len() || text.ends_with("...") {
        return None;
    }
    let credentials =
        Credentials { user: Some(user.clone()), separator: Some(separator), password: Some(password), sound: true };
    let sure = is_sure(&text[user], &text[host.clone()]) && glued_password(text, &credentials).is_none();
    let netlocs = vec![Netloc { host, bracketed: false, port }];
    sure.then(|| Layout { credentials, tail: Tail { netlocs, database, query, anomalies: Vec::new() } })
}

/// Whether the host can be one, whole, and the user none.
fn is_sure(user: &str, host: &str) -> bool {
    let plausibility = plausible::host(host);
    let whole = plausibility == Plausibility::Certain || !(host.starts_with("aws-") || host.starts_with("db."));
    let swapped = user.contains('.') && plausible::host(user) == Plausibility::Certain;
    plausibility >= Plausibility::Name && whole && !swapped
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps over one sign.
    fn sign(&mut self, sign: u8) -> Option<Span> {
        (self.peek()? == sign).then(|| {
            self.at += 1;
            self.at - 1..self.at
        })
    }

    /// Steps over the bytes of a part, which has at least one.
    fn some(&mut self, is_part: impl Fn(u8) -> bool) -> Option<Span> {
        let from = self.at;
        while self.peek().is_some_and(&is_part) {
            self.at += 1;
        }
        (self.at > from).then_some(from..self.at)
    }

    /// Steps over plain characters and tokens `%xy` of the ASCII characters that need one.
    fn encoded(&mut self, is_part: impl Fn(u8) -> bool) -> Option<Span> {
        let from = self.at;
        loop {
            while self.peek().is_some_and(&is_part) {
                self.at += 1;
            }
            if self.peek() != Some(b'%') {
                return (self.at > from).then_some(from..self.at);
            }
            let token = self.bytes.get(self.at + 1..self.at + 3)?;
            // `%25` may begin what was encoded twice.
            let plain = matches!(token[0], b'2'..=b'7') && token[1].is_ascii_hexdigit() && token != b"25";
            if !plain || token == b"7F" || token == b"7f" {
                return None;
            }
            self.at += 3;
        }
    }

    fn password(&mut self) -> Option<Span> {
        self.encoded(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=".contains(&byte))
    }

    /// Keys that hold no secret, each with a value.
    fn query(&mut self, text: &str) -> Option<Vec<(Span, Option<Span>)>> {
        let mut pairs = Vec::new();
        let mut sign = b'?';
        while self.sign(sign).is_some() {
            sign = b'&';
            let key = self.some(|byte| byte.is_ascii_alphanumeric() || byte == b'_')?;
            if is_secret_key(&text[key.clone()]) {
                return None;
            }
            self.sign(b'=')?;
            let value = self.encoded(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))?;
            pairs.push((key, Some(value)));
        }
        Some(pairs)
    }
}

const fn is_driver_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

const fn is_database_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
