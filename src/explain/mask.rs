//! What is quoted from a log must not carry a password out of it.
//!
//! Whole settings are found by their signs rather than read by their grammar: in an error text they are often broken,
//! and what is masked too much only costs an excerpt some of its words.

use crate::secret::MASK;

/// Keys whose value is a secret, as they end: `DB_PASSWORD`, `sslpassword`, `api_key`.
const SECRET_KEYS: [&str; 10] =
    ["password", "passwd", "pwd", "pass", "secret", "token", "apikey", "api_key", "authorization", "service_role_key"];

/// How tokens of Supabase begin (Supabase documentation, "Understanding API keys" and "Temporary access", 2026) and how
/// every JSON web token does.
const SECRET_HEADS: [&str; 5] = ["eyJ", "sbp_", "sb_secret_", "sb_publishable_", "sb_temp_"];

/// The text with every password in it replaced by `****`.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some((kept, hidden)) = secret_at(text, at) {
            masked.push_str(&rest[..kept]);
            masked.push_str(MASK);
            at += kept + hidden;
            continue;
        }
        let width = rest.chars().next().map_or(1, char::len_utf8);
        masked.push_str(&rest[..width]);
        at += width;
    }
    masked
}

/// A secret that begins at an offset: how many bytes to keep before it, and how many to hide.
fn secret_at(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &text[at..];
    let before = text[..at].chars().next_back();
    if rest.starts_with("://") {
        return authority(rest);
    }
    let fresh = before.is_none_or(|character| !character.is_alphanumeric());
    if fresh && SECRET_HEADS.iter().any(|head| rest.starts_with(head)) {
        return Some((0, token_len(rest)));
    }
    if let Some(found) = before_at_sign(rest).filter(|_| fresh) {
        return Some(found);
    }
    keyed(rest)
}

/// `://user:password@host`: everything between the first colon and the last `@` of the word. A password that is not
/// encoded may hold `@`, `/`, `#` and the like, so the word goes on to the next blank or quote.
fn authority(rest: &str) -> Option<(usize, usize)> {
    let word = 3 + token_len(&rest[3..]);
    let last_at = rest[..word].rfind('@');
    let colon = 3 + rest[3..word].find(':')?;
    match last_at {
        Some(last_at) if colon < last_at => Some((colon + 1, last_at - colon - 1)),
        // The `@` is behind a blank in the password, or missing: hide to the end of the word unless it is a port.
        _ => {
            let tail = &rest[colon + 1..word];
            let host = &rest[3..colon];
            let digits = tail.find(|character: char| !character.is_ascii_digit()).unwrap_or(tail.len());
            let is_host = host == "localhost"
                || (host.contains('.') && !host.starts_with("postgres."))
                || tail[digits..].starts_with('/');
            let is_port = is_host && (1..=5).contains(&digits) && !tail[digits..].starts_with(char::is_alphanumeric);
            (!is_port && !tail.is_empty() && !tail.starts_with(MASK)).then_some((colon + 1, word - colon - 1))
        }
    }
}

/// A word with an `@` that is no address of a URL: the rest of a password that was not encoded, as drivers print it
/// when they take it for a host (`could not translate host name "ssw0rd@db..."`), or `user:password@host`.
fn before_at_sign(rest: &str) -> Option<(usize, usize)> {
    let word = &rest[..token_len(rest)];
    let last_at = word.rfind('@')?;
    (last_at > 0 && !word[..last_at].contains("://") && !word.starts_with(MASK)).then_some((0, last_at))
}

/// `password=...`, `"password": "..."`, `Password = '...'`.
fn keyed(rest: &str) -> Option<(usize, usize)> {
    let key =
        SECRET_KEYS.iter().find(|key| rest.get(..key.len()).is_some_and(|head| head.eq_ignore_ascii_case(key)))?;
    let after = &rest[key.len()..];
    // `\"password\":\"` in JSON within JSON.
    let quoted = after.trim_start_matches(['\\', '"', '\'']);
    let separator = quoted.trim_start();
    let value = separator.strip_prefix(['=', ':'])?;
    let value = value.strip_prefix('>').unwrap_or(value).trim_start_matches(' ');
    let value = value.strip_prefix("Bearer ").unwrap_or(value);
    let opened = value.trim_start_matches('\\');
    let (value, length) = match opened.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = &opened[1..];
            (inner, quoted_len(inner, quote))
        }
        _ => (value, value.find(|c: char| c.is_whitespace() || ";&,\"'})".contains(c)).unwrap_or(value.len())),
    };
    let kept = rest.len() - value.len();
    (length > 0 && !value.starts_with(MASK)).then_some((kept, length))
}

/// The length of a quoted value: to the closing quote, over escaped ones.
fn quoted_len(inner: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in inner.char_indices() {
        if character == quote {
            // A backslash before the quote escapes it, unless the quote closes JSON within JSON.
            let closes = !escaped || inner[at + 1..].starts_with([',', '}', ' ', ';', '\\']) || inner.len() == at + 1;
            if closes {
                return if escaped { at - 1 } else { at };
            }
        }
        escaped = character == '\\' && !escaped;
    }
    inner.len()
}

/// The length of a word: to the next blank, quote or bracket.
fn token_len(text: &str) -> usize {
    text.find(|character: char| character.is_whitespace() || "\"'`<>".contains(character)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_settings_are_masked_however_broken() {
        for (text, expected) in [
            ("at postgresql://u.ref:s3cret@h:5432/d?x=1 failed", "at postgresql://u.ref:****@h:5432/d?x=1 failed"),
            ("postgres://u:p@ss/w#rd@h/d", "postgres://u:****@h/d"),
            ("url \"postgres://u:p@ss\" end", "url \"postgres://u:****@ss\" end"),
            ("postgres://u:secret", "postgres://u:****"),
            ("host=h password=s3cret user=u", "host=h password=**** user=u"),
            ("host=h password='s 3\\'cret' user=u", "host=h password='****' user=u"),
            ("Host=h;Password=s3cret;Username=u", "Host=h;Password=****;Username=u"),
            ("{\"password\":\"s3\\\"cret\",\"a\":1}", "{\"password\":\"****\",\"a\":1}"),
            ("{\\\"password\\\":\\\"s3cret\\\",\\\"a\\\":1}", "{\\\"password\\\":\\\"****\\\",\\\"a\\\":1}"),
            ("PGPASSWORD=s3cret psql", "PGPASSWORD=**** psql"),
            (
                "could not translate host name \"ssw0rd@db.x.supabase.co\" to",
                "could not translate host name \"****@db.x.supabase.co\" to",
            ),
            ("key eyJhbGciOi.x.y z", "key **** z"),
            (
                "jdbc:postgresql://h:5432/d?user=u&password=s3cret&ssl=true",
                "jdbc:postgresql://h:5432/d?user=u&password=****&ssl=true",
            ),
        ] {
            assert_eq!(mask(text), expected, "{text}");
        }
    }

    #[test]
    fn what_holds_no_secret_stays() {
        for text in [
            "FATAL: password authentication failed for user \"postgres\"",
            "see https://supabase.com:443/docs and http://localhost:5432",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
