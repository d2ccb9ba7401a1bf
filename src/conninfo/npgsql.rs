//! `Host=...;Username=...;Password=...`: the connection strings of ADO.NET, with Npgsql's keys.
//!
//! The grammar is that of .NET's `DbConnectionStringBuilder` (.NET API documentation, 2026): pairs end at `;`, keys
//! know no case, a value may stand in single or double quotes, in which a doubled quote is one. The synonyms are those
//! of Npgsql (npgsql.org, "Connection string parameters", Npgsql 10).

use zeroize::Zeroizing;

use super::keyword_recover::Recovery;
use super::options::{RawOption, Refusal};
use super::password::is_secret_key;
use super::{Anomaly, AnomalyKind, Span};

/// Npgsql's keys in lower case and without spaces, and libpq's keyword for the same thing. `Data Source`, `Initial
/// Catalog` and `User` are those of `SqlClient`, which Npgsql refuses; what is meant by them is plain.
const KEYS: &[(&str, &str)] = &[
    ("host", "host"),
    ("server", "host"),
    ("datasource", "host"),
    ("port", "port"),
    ("username", "user"),
    ("userid", "user"),
    ("uid", "user"),
    ("user", "user"),
    ("password", "password"),
    ("psw", "password"),
    ("pwd", "password"),
    ("database", "dbname"),
    ("db", "dbname"),
    ("initialcatalog", "dbname"),
];

/// Other keys of Npgsql, in lower case and without spaces: where one begins, the value before it has ended.
const OTHER_KEYS: &[&str] = &[
    "sslmode",
    "ssl",
    "sslcertificate",
    "sslkey",
    "sslnegotiation",
    "rootcertificate",
    "trustservercertificate",
    "channelbinding",
    "pooling",
    "minimumpoolsize",
    "minpoolsize",
    "maximumpoolsize",
    "maxpoolsize",
    "maxautoprepare",
    "autoprepareminusages",
    "noresetonclose",
    "timeout",
    "commandtimeout",
    "cancellationtimeout",
    "keepalive",
    "tcpkeepalive",
    "connectionidlelifetime",
    "connectionpruninginterval",
    "connectionlifetime",
    "applicationname",
    "searchpath",
    "multiplexing",
    "loadbalancehosts",
    "targetsessionattributes",
    "options",
    "timezone",
    "includeerrordetail",
    "persistsecurityinfo",
    "enlist",
    "passfile",
    "encoding",
    "clientencoding",
    "integratedsecurity",
    "internalcommandtimeout",
    "readbuffersize",
    "writebuffersize",
    "servercompatibilitymode",
    "requireauth",
    "kerberosservicename",
    "includerealm",
    "logparameters",
    "checkcertificaterevocation",
    "hostrecheckseconds",
    "tcpkeepalivetime",
    "tcpkeepaliveinterval",
    "socketreceivebuffersize",
    "socketsendbuffersize",
    "loadtablecomposites",
    "replicationmode",
    "arraynullabilitymode",
    "loadbalancetimeout",
    "entityadmindatabase",
    "entitytemplatedatabase",
    "usesslstream",
    "writecoalescingbufferthresholdbytes",
    "useperfcounters",
    "gssencryptionmode",
    "sslpassword",
];

/// The spelling by which keys are compared.
fn folded(key: &str) -> String {
    key.chars().filter(|c| !c.is_whitespace() && *c != '_').flat_map(char::to_lowercase).collect()
}

fn keyword(key: &str) -> Option<&'static str> {
    let folded = folded(key);
    KEYS.iter().find(|(name, _)| *name == folded).map(|(_, keyword)| *keyword)
}

fn is_known(key: &str) -> bool {
    keyword(key).is_some() || OTHER_KEYS.contains(&folded(key).as_str())
}

/// Whether a text is such a string: `;` between pairs, and a key of Npgsql's first.
pub(crate) fn recognise(raw: &str) -> bool {
    let Some((key, rest)) = raw.split_once('=') else { return false };
    is_known(key) && rest.split(';').skip(1).any(|pair| pair.split_once('=').is_some_and(|(key, _)| is_known(key)))
}

/// Reads the string at `range` by its grammar.
pub(crate) fn parse(text: &str, range: Span) -> Result<Vec<RawOption>, Refusal> {
    let mut options = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let pair = &text[at..range.end];
        if pair.trim().is_empty() {
            break;
        }
        if let Some(rest) = pair.strip_prefix([';', ' ', '\t', '\r', '\n']) {
            at = range.end - rest.len();
            continue;
        }
        let Some(equals) = pair.find(['=', ';']).filter(|equals| pair.as_bytes()[*equals] == b'=') else {
            return Err(Refusal::new("a key has no value", at..range.end));
        };
        let key = at..at + pair[..equals].trim_end().len();
        if !is_known(&text[key.clone()]) {
            return Err(Refusal::new("keyword not supported: ", key.clone()).quoting(&text[key]).unknown_key());
        }
        let (value, span, next) = value(text, at + equals + 1..range.end)?;
        options.push(option(text, key, &value, span));
        at = next;
    }
    Ok(options)
}

fn option(text: &str, key: Span, value: &str, span: Span) -> RawOption {
    let name = &text[key.clone()];
    RawOption {
        keyword: keyword(name).map_or_else(|| name.to_owned(), str::to_owned),
        key_span: Some(key),
        value: Zeroizing::new(value.as_bytes().to_vec()),
        span,
        pieces: Vec::new(),
    }
}

/// A value, where it stands without its quotes, and where the next pair starts.
fn value(text: &str, range: Span) -> Result<(Zeroizing<String>, Span, usize), Refusal> {
    let raw = &text[range.clone()];
    let start = range.start + raw.len() - raw.trim_start().len();
    let quote = text[start..range.end].chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        let end = text[start..range.end].find(';').map_or(range.end, |at| start + at);
        let value = text[start..end].trim_end();
        return Ok((Zeroizing::new(value.to_owned()), start..start + value.len(), end));
    };
    let mut value = Zeroizing::new(String::new());
    let mut at = start + 1;
    loop {
        let Some(close) = text[at..range.end].find(quote).map(|found| at + found) else {
            return Err(Refusal::new("a quoted value is not closed", start..range.end));
        };
        value.push_str(&text[at..close]);
        at = close + 1;
        if !text[at..range.end].starts_with(quote) {
            let rest = text[at..range.end].trim_start();
            if !rest.is_empty() && !rest.starts_with(';') {
                return Err(Refusal::new("something stands between a quoted value and `;`", start..range.end));
            }
            return Ok((value, start + 1..close, range.end - rest.len()));
        }
        value.push(quote);
        at += 1;
    }
}

/// What was probably meant: every value runs up to the next known key.
pub(crate) fn recover(text: &str, range: Span) -> Recovery {
    let mut recovery = Recovery { options: Vec::new(), anomalies: Vec::new(), masks: Vec::new() };
    let starts = starts(text, &range);
    for (index, (key, from)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(range.end, |(next, _)| next.start);
        let raw = text[*from..end].trim_end_matches([';', ' ', '\t', '\r', '\n']);
        let bare = raw.trim_start();
        let start = from + raw.len() - bare.len();
        let (span, closed) = match bare.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) if bare.len() > 1 && bare.ends_with(quote) => (start + 1..start + bare.len() - 1, true),
            Some(_) => (start + 1..start + bare.len(), false),
            None => (start..start + bare.len(), true),
        };
        if !closed {
            recovery.anomalies.push(Anomaly { kind: AnomalyKind::UnclosedQuote, span: Some(span.clone()) });
        }
        if is_secret_key(&text[key.clone()]) && *from < end {
            recovery.masks.push(start..end.max(start));
        }
        let value = Zeroizing::new(text[span.clone()].to_owned());
        recovery.options.push(option(text, key.clone(), &value, span));
    }
    recovery
}

/// Where known keys and keys of secrets stand, and where their values start.
fn starts(text: &str, range: &Span) -> Vec<(Span, usize)> {
    let mut starts: Vec<(Span, usize)> = Vec::new();
    let mut at = range.start;
    for pair in text[range.clone()].split(';') {
        if let Some((key, _)) = pair.split_once('=') {
            let start = at + key.len() - key.trim_start().len();
            let name = key.trim();
            // Inside a secret only Npgsql's own keys end it.
            let in_secret = starts.last().is_some_and(|(last, _)| is_secret_key(&text[last.clone()]));
            if is_known(name) || (is_secret_key(name) && !in_secret) || (starts.is_empty() && !name.is_empty()) {
                starts.push((start..start + name.len(), at + key.len() + 1));
            }
        }
        at += pair.len() + 1;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let options = parse(text, 0..text.len()).unwrap_or_default();
        options.iter().map(|o| (o.keyword.clone(), String::from_utf8_lossy(&o.value).into_owned())).collect()
    }

    #[test]
    fn keys_have_synonyms_and_values_have_quotes() {
        let pairs = read("Server=h;User ID=u; Password=\"a;\"\"b\" ;Database='d';SSL Mode=Require;");
        let expected = [("host", "h"), ("user", "u"), ("password", "a;\"b"), ("dbname", "d"), ("SSL Mode", "Require")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn an_open_quote_is_refused_and_its_value_runs_to_the_next_key() {
        let text = "Host=h;Password=\"a;b;Database=d";
        assert!(parse(text, 0..text.len()).is_err());
        let recovery = recover(text, 0..text.len());
        assert_eq!(recovery.masks.iter().map(|span| &text[span.clone()]).collect::<Vec<_>>(), ["\"a;b;"]);
        assert_eq!(recovery.options.len(), 3);
    }

    #[test]
    fn libpq_strings_are_not_taken_for_npgsql() {
        assert!(recognise("Host=h;Username=u"));
        assert!(!recognise("host=h password=a;b"));
        assert!(!recognise("postgresql://u:p@h/d?a=b;c=d"));
    }
}
