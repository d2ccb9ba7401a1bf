//! The credentials of a URI: where the user ends, and what the password's characters say about its writer.

use zeroize::Zeroizing;

use super::password::{is_placeholder, state};
use super::percent::{decode_lenient, is_decodable};
use super::{Anomaly, AnomalyKind, PasswordState, Span};

/// `user[:password]`, with what stands between.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: Option<Span>,
    /// What stands between user and password; `:` as it should be, or something else.
    pub(crate) separator: Option<Span>,
    pub(crate) password: Option<Span>,
    /// Whether the separator is a `:`, or not needed.
    pub(crate) sound: bool,
}

/// Splits the credentials. A user has no white space and none of the characters that begin another part of a URI, so
/// the first of them ends it, whatever was meant.
pub(crate) fn split(text: &str, span: Span) -> Credentials {
    let raw = &text[span.clone()];
    let mut at = 0;
    while let Some(c) = raw[at..].chars().next() {
        let rest = &raw[at..];
        if let Some(len) = template_len(rest) {
            at += len;
            continue;
        }
        let encoded_colon = rest.get(..3).is_some_and(|token| token.eq_ignore_ascii_case("%3a"));
        if c.is_whitespace() && rest.trim_start().starts_with(':') {
            let len = rest.len() - rest.trim_start().len() + 1;
            return cut(&span, at, len, true);
        }
        if c == ':' {
            return cut(&span, at, 1, true);
        }
        if encoded_colon {
            return cut(&span, at, 3, false);
        }
        if !is_user_char(c) {
            return cut(&span, at, c.len_utf8(), false);
        }
        at += c.len_utf8();
    }
    Credentials { user: Some(span).filter(|span| !span.is_empty()), separator: None, password: None, sound: true }
}

fn cut(span: &Span, at: usize, len: usize, sound: bool) -> Credentials {
    let user = span.start..span.start + at;
    let separator = user.end..user.end + len;
    let password = separator.end..span.end;
    Credentials {
        user: Some(user).filter(|span| !span.is_empty()),
        separator: Some(separator),
        password: Some(password).filter(|span| !span.is_empty()),
        sound,
    }
}

/// The length of a template's word or a reference at the start of the text: `[YOUR-USER]`, `${DB_USER:-postgres}`.
fn template_len(text: &str) -> Option<usize> {
    let marks = text.bytes().take_while(|byte| *byte == b'?').count();
    if marks >= 3 {
        return Some(marks);
    }
    let close = match text.as_bytes() {
        [b'$' | b'#', b'{', ..] | [b'{', ..] => '}',
        [b'[', ..] => ']',
        [b'<', ..] => '>',
        [b'%' | b'$', b'(', ..] => ')',
        _ => return None,
    };
    let end = text.find(close)?;
    let inner = text[..end].trim_start_matches(['$', '#', '{', '[', '<', '%', '(']);
    let word = !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || "-_. :".contains(c));
    let len = text[end..].bytes().take_while(|byte| char::from(*byte) == close).count();
    (word && end <= 48).then_some(end + len)
}

pub(crate) fn is_user_char(c: char) -> bool {
    c.is_alphanumeric() || "._-+~%$*".contains(c)
}

/// The end of a user that reads like `postgres.<ref>` with a password glued to it: a separator is missing, or a later
/// one stands inside the password.
pub(crate) fn glued_password(text: &str, credentials: &Credentials) -> Option<Span> {
    let span = credentials.user.clone()?;
    let separated = credentials.sound && credentials.password.is_some();
    let rest = text[span.clone()].strip_prefix("postgres")?;
    let tail = match rest.strip_prefix('.') {
        Some(ref_and_more) => {
            let letters = ref_and_more.bytes().take(20).take_while(u8::is_ascii_lowercase).count();
            if letters < 20 {
                return None;
            }
            &ref_and_more[20..]
        }
        None if separated || rest.starts_with(['_', '-', '%', '$']) => return None,
        None => rest,
    };
    // A read replica's identifier belongs to the user: `postgres.<ref>-rr-us-west-1-abcde`.
    if separated && tail.starts_with("-rr-") {
        return None;
    }
    // A ref with a letter too many is a slip that the user should see.
    let least = if separated { 4 } else { 1 };
    (tail.len() >= least).then(|| span.end - tail.len()..span.end)
}

/// A password, judged.
pub(crate) struct Judged {
    /// What the writer meant, decoded.
    pub(crate) value: Zeroizing<String>,
    pub(crate) anomalies: Vec<Anomaly>,
}

/// Judges the password at `span`: brackets and quotes left over, characters that should have been encoded.
pub(crate) fn judge(text: &str, span: &Span) -> Judged {
    let raw = &text[span.clone()];
    let mut anomalies = Vec::new();
    if matches!(state(raw), PasswordState::Placeholder | PasswordState::Masked | PasswordState::Unresolved) {
        return Judged { value: decode_lenient(raw), anomalies };
    }
    let mut inner = raw.trim_end_matches(['\r', '\n']);
    if let Some(bare) = enclosed(inner, '[', ']').filter(|bare| !is_placeholder(bare)) {
        anomalies.push(Anomaly { kind: AnomalyKind::BracketsAroundPassword, span: Some(span.clone()) });
        inner = bare;
    } else if let Some(bare) = enclosed(inner, '"', '"').or_else(|| enclosed(inner, '\'', '\'')) {
        anomalies.push(Anomaly { kind: AnomalyKind::QuotesInValue, span: Some(span.clone()) });
        inner = bare;
    }
    let decodable = is_decodable(inner);
    let raw_delimiter = inner.contains(['@', '/', '#', '?']) || inner.contains(char::is_whitespace);
    if raw_delimiter || !decodable {
        anomalies.push(Anomaly { kind: AnomalyKind::UnencodedPassword, span: Some(span.clone()) });
    }
    if decodable && is_double_encoded(inner) {
        anomalies.push(Anomaly { kind: AnomalyKind::DoubleEncodedPassword, span: Some(span.clone()) });
    }
    let encoded = decodable && (!raw_delimiter || encodes_only_delimiters(inner));
    let value = if encoded { decode_lenient(inner) } else { Zeroizing::new(inner.to_owned()) };
    Judged { value, anomalies }
}

fn enclosed(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close).filter(|inner| !inner.is_empty())
}

/// `%2540`: an escape whose `%` was encoded again.
fn is_double_encoded(raw: &str) -> bool {
    raw.match_indices("%25").any(|(at, _)| {
        raw.get(at + 3..at + 5).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

/// Whether every `%xy` stands for a character that needs it: then the writer encoded, if not everything. Otherwise
/// the `%` is a character of the password.
fn encodes_only_delimiters(raw: &str) -> bool {
    raw.match_indices('%').all(|(at, _)| {
        let value = raw.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        value.is_some_and(|value| !value.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(raw: &str) -> (&str, &str, bool) {
        let credentials = split(raw, 0..raw.len());
        let get = |span: Option<Span>| span.map_or("", |span| &raw[span]);
        (get(credentials.user), get(credentials.password), credentials.sound)
    }

    #[test]
    fn the_first_character_that_no_user_has_ends_the_user() {
        assert_eq!(parts("u:p:q"), ("u", "p:q", true));
        assert_eq!(parts("postgres.ref@p:q"), ("postgres.ref", "p:q", false));
        assert_eq!(parts("postgres/p"), ("postgres", "p", false));
        assert_eq!(parts("postgres%3Ap"), ("postgres", "p", false));
        assert_eq!(parts("${DB_USER:-postgres}:p"), ("${DB_USER:-postgres}", "p", true));
        assert_eq!(parts("postgres.[YOUR-PROJECT-REF]:p"), ("postgres.[YOUR-PROJECT-REF]", "p", true));
        assert_eq!(parts("me%40corp"), ("me%40corp", "", true));
        assert_eq!(parts(":p"), ("", "p", true));
    }

    #[test]
    fn a_password_is_decoded_as_its_writer_encoded_it() {
        let value = |raw: &str| judge(raw, &(0..raw.len())).value.to_string();
        assert_eq!(value("p%40ss"), "p@ss");
        assert_eq!(value("[p%40ss]"), "p@ss");
        assert_eq!(value("p@s%41"), "p@s%41");
        assert_eq!(value("p#s%40"), "p#s@");
        assert_eq!(value("100%"), "100%");
        assert_eq!(value("\"pa\""), "pa");
    }

    #[test]
    fn a_glued_password_is_no_part_of_the_user() {
        let raw = "postgres.abcdefghijklmnopqrstHunter2";
        assert_eq!(glued_password(raw, &split(raw, 0..raw.len())).map(|span| &raw[span]), Some("Hunter2"));
        let raw = "postgres_ro";
        assert_eq!(glued_password(raw, &split(raw, 0..raw.len())), None);
    }
}
