//! Finds what the writer of a URI meant: the true `@` between credentials and host, and with it everything else.
//!
//! libpq takes the first `@` before the first `/` (`fe-connect.c`). That is what was meant only if a plausible host
//! follows and no more plausible one comes later. Where nothing plausible is found, everything from the first place
//! where a password may start is secret.

use super::credentials::{Credentials, glued_password, judge, split};
use super::layout::{Tail, is_blank, is_double_port, tail};
use super::options::RawOption;
use super::password::is_secret_key;
use super::percent::is_decodable;
use super::plausible::{self, Plausibility, glued_host, is_cut_off};
use super::veil;
use super::vendor::is_known_key;
use super::{Anomaly, AnomalyKind, Span};

/// A URI, taken apart as its writer meant it.
pub(crate) struct Layout {
    pub(crate) credentials: Credentials,
    pub(crate) tail: Tail,
}

/// What came of it.
pub(crate) struct Recovery {
    /// `None` when nothing plausible was found.
    pub(crate) layout: Option<Layout>,
    pub(crate) anomalies: Vec<Anomaly>,
    /// Everything that must not be shown.
    pub(crate) masks: Vec<Span>,
    /// Whether libpq ends the credentials at the same place.
    pub(crate) is_literal: bool,
    /// Whether a piece of the password may stand where another part seems to.
    pub(crate) doubtful: bool,
}

/// The most `@` that are tried, the last ones first: no password has as many, and each costs a look at all that follows.
const MAX_CANDIDATES: usize = 64;

/// Where the credentials end and the host begins.
#[derive(Clone)]
struct Cut {
    /// The `@`; empty where none stands, `None` where there are no credentials.
    at: Option<Span>,
    plausibility: Plausibility,
}

/// Reads the URI whose part after `://` is `rest`.
///
/// `plus_is_space` says how the owner of the syntax decodes a query.
pub(crate) fn recover(text: &str, rest: Span, plus_is_space: bool) -> Recovery {
    let literal = literal_cut(text, &rest);
    let (cut, is_literal) = choose(text, &rest, literal);
    if cut.plausibility == Plausibility::No {
        return hopeless(text, rest);
    }
    let layout = layout(text, &rest, cut.at.as_ref());
    let mut masks = layout.tail.doubtful(text);
    masks.extend(secret_pairs(text, &layout.tail, rest.end));
    masks.extend(glued_password(text, &layout.credentials));
    // A fragment belongs to nothing, so nobody knows what it is.
    let fragments = layout.tail.anomalies.iter().filter(|anomaly| anomaly.kind == AnomalyKind::UrlFragment);
    masks.extend(fragments.filter_map(|anomaly| anomaly.span.clone()).map(|span| span.start + 1..span.end));
    if let Some(password) = &layout.credentials.password {
        let last_at = text[rest.clone()].rfind('@').map_or(0, |at| rest.start + at);
        let sure = is_literal || cut.plausibility == Plausibility::Certain;
        masks.push(password.start..if sure { password.end } else { password.end.max(last_at) });
    }
    let anomalies = anomalies(text, &layout, &rest, plus_is_space);
    let doubtful = is_doubtful(text, &layout, &rest);
    Recovery { layout: Some(layout), anomalies, masks, is_literal, doubtful }
}

/// Whether what seems to be a host or a database may be a piece of the password: another `@` stands behind the one that
/// was chosen (the value of a known key may hold one), a host that is certain stands before it, or one of Supabase's
/// elsewhere.
fn is_doubtful(text: &str, layout: &Layout, rest: &Span) -> bool {
    let tail = layout.tail.netlocs.first().map_or(rest.end, |netloc| netloc.host.start);
    let in_value = |at: usize| {
        layout.tail.query.iter().any(|(key, value)| {
            FREE_KEYS.contains(&&text[key.clone()]) && value.as_ref().is_some_and(|value| value.contains(&at))
        })
    };
    if memchr::memchr_iter(b'@', &text.as_bytes()[tail..rest.end]).any(|at| !in_value(tail + at)) {
        return true;
    }
    let host = layout.tail.netlocs.first().map_or("", |netloc| &text[netloc.host.clone()]);
    let password = layout.credentials.password.as_ref().map_or("", |password| &text[password.clone()]);
    let behind = &text.as_bytes()[tail + host.len()..rest.end];
    if memchr::memmem::find(behind, b":/").is_some() && !names_path(text, layout) {
        return true;
    }
    let elsewhere = memchr::memmem::find(behind, b".supabase.").is_some();
    if !(elsewhere || password.contains('@')) {
        return false;
    }
    let certain = plausible::host(host) == Plausibility::Certain;
    let mut earlier = password.match_indices('@').take(MAX_CANDIDATES);
    !(certain && host.contains(".supabase."))
        && (elsewhere && !certain || earlier.any(|(at, _)| begins_with_host(&password[at + 1..])))
}

/// Whether a key names a file or a folder, whose value may hold `:/`: `sslrootcert=c:/ca.crt`.
fn names_path(text: &str, layout: &Layout) -> bool {
    layout.tail.query.iter().any(|(key, _)| matches!(&text[key.clone()], "sslrootcert" | "sslcert" | "sslkey" | "host"))
}

/// Keys whose values may hold an `@`.
const FREE_KEYS: &[&str] =
    &["application_name", "fallback_application_name", "ApplicationName", "applicationName", "options"];

/// Whether a text begins with a host that is certain.
fn begins_with_host(text: &str) -> bool {
    let host = &text[..text.find([':', '/', '?', '@', '#']).unwrap_or(text.len())];
    plausible::host(host) == Plausibility::Certain
}

fn layout(text: &str, rest: &Span, at: Option<&Span>) -> Layout {
    match at {
        Some(at) => Layout { credentials: split(text, rest.start..at.start), tail: tail(text, at.end..rest.end) },
        None => Layout {
            credentials: Credentials { user: None, separator: None, password: None, sound: true },
            tail: tail(text, rest.clone()),
        },
    }
}

fn judge_cut(text: &str, rest: &Span, at: Option<Span>) -> Cut {
    let layout = layout(text, rest, at.as_ref());
    let user = layout.credentials.user.as_ref().map_or("", |user| &text[user.clone()]);
    // A host before the `@` means that the parts were swapped; nobody knows which is which then.
    let swapped = user.trim_end_matches('.').contains('.') && plausible::host(user) == Plausibility::Certain;
    let plausibility = match layout.tail.plausibility(text, layout.credentials.separator.is_some()) {
        _ if swapped => Plausibility::No,
        plausibility => plausibility,
    };
    Cut { at, plausibility }
}

/// libpq's own reading, not plausible when the user holds characters that no user has.
fn literal_cut(text: &str, rest: &Span) -> Cut {
    let found = text[rest.clone()].find(['@', '/']).map(|at| rest.start + at);
    let at = found.filter(|at| text.as_bytes()[*at] == b'@').map(|at| at..at + 1);
    let mut cut = judge_cut(text, rest, at);
    // `postgres` and `db` name hosts, and users as well: without credentials a later `@` may show which, and where
    // anything is odd they are users before a password.
    let tail = layout(text, rest, cut.at.as_ref()).tail;
    if cut.at.is_none() && !tail.netlocs.iter().all(|netloc| has_no_double(&text[netloc.host.clone()])) {
        let known = tail.query.iter().all(|(key, _)| is_known_key(&text[key.clone()]));
        let most = if known && tail.anomalies.is_empty() { Plausibility::Word } else { Plausibility::No };
        cut.plausibility = cut.plausibility.min(most);
    }
    if !layout(text, rest, cut.at.as_ref()).credentials.sound {
        cut.plausibility = Plausibility::No;
    }
    cut
}

/// Whether a host can hardly be a user as well.
fn has_no_double(host: &str) -> bool {
    host.contains(['.', ':']) || host == "localhost"
}

/// The most plausible cut, and whether it is libpq's own.
fn choose(text: &str, rest: &Span, literal: Cut) -> (Cut, bool) {
    let after = literal.at.as_ref().map_or(rest.start, |at| at.end);
    let from = if literal.plausibility == Plausibility::No { rest.start } else { after };
    let best = text[from..rest.end]
        .rmatch_indices('@')
        .take(MAX_CANDIDATES)
        .map(|(at, _)| judge_cut(text, rest, Some(from + at..from + at + 1)))
        .max_by_key(|cut| (cut.plausibility, cut.at.as_ref().map(|at| at.start)));
    if literal.plausibility != Plausibility::No {
        return match best {
            Some(later) if beats(text, rest, &later, &literal) => (later, false),
            _ => (literal, true),
        };
    }
    if let Some(best) = best.filter(|best| best.plausibility != Plausibility::No) {
        return (best, false);
    }
    let missing = glued_host(&text[rest.clone()]).filter(|at| *at > 0).map(|at| rest.start + at..rest.start + at);
    let encoded = text[rest.clone()].rfind("%40").map(|at| rest.start + at..rest.start + at + 3);
    let guess = missing.into_iter().chain(encoded).map(|at| judge_cut(text, rest, Some(at)));
    let guess = guess.filter(|cut| cut.plausibility >= Plausibility::Name).max_by_key(|cut| cut.plausibility);
    (guess.unwrap_or(literal), false)
}

/// Whether a later `@` is more plausible than libpq's. An `@` in the value of a known key is just a character.
fn beats(text: &str, rest: &Span, later: &Cut, literal: &Cut) -> bool {
    let tail = layout(text, rest, literal.at.as_ref()).tail;
    let position = later.at.as_ref().map_or(0, |at| at.start);
    let in_value = tail.query.iter().any(|(key, value)| {
        let known = is_known_key(&text[key.clone()]) || is_secret_key(&text[key.clone()]);
        known && value.as_ref().is_some_and(|value| value.contains(&position))
    });
    let known = tail.query.iter().all(|(key, _)| is_known_key(&text[key.clone()]) || is_secret_key(&text[key.clone()]));
    if in_value && known {
        return later.plausibility == Plausibility::Certain && literal.plausibility < Plausibility::Certain;
    }
    later.plausibility != Plausibility::No && later.plausibility >= literal.plausibility
}

/// Nothing plausible: all from the first character that no user has is secret. `user:something` and nothing more is a
/// setting that was cut off.
fn hopeless(text: &str, rest: Span) -> Recovery {
    let credentials = split(text, rest.clone());
    let user = credentials.user.as_ref().filter(|user| veil::is_common_user(&text[(*user).clone()]));
    let separator = credentials.separator.as_ref().filter(|_| user.is_some());
    let start = separator.map_or(rest.start, |separator| separator.start);
    let masks = std::iter::once(start..rest.end).collect();
    let raw = &text[rest.clone()];
    let unfinished = credentials.password.is_some() && !raw.contains(['@', '/']);
    let cut_off = credentials.sound && (unfinished || raw.ends_with("...") || raw.ends_with('…'));
    if !cut_off {
        return Recovery { layout: None, anomalies: Vec::new(), masks, is_literal: false, doubtful: true };
    }
    let anomalies = vec![Anomaly { kind: AnomalyKind::Truncated, span: Some(rest.end..rest.end) }];
    let layout = Layout { credentials, tail: tail(text, rest.end..rest.end) };
    Recovery { layout: Some(layout), anomalies, masks, is_literal: false, doubtful: true }
}

/// Values of secret keys. A raw `&` or `#` in one of them cuts it for libpq, so what follows is secret up to a key
/// that some driver knows.
fn secret_pairs(text: &str, tail: &Tail, end: usize) -> Vec<Span> {
    let mut masks = Vec::new();
    let mut open = None;
    for (key, value) in &tail.query {
        let name = &text[key.clone()];
        if is_secret_key(&super::percent::decode_lenient(name)) {
            open = open.or(Some(value.as_ref().map_or(key.end, |value| value.start)));
        } else if is_known_key(name) && value.is_some() {
            masks.extend(open.take().map(|start| start..key.start - 1));
        }
    }
    masks.extend(open.map(|start| start..end));
    masks
}

fn anomalies(text: &str, layout: &Layout, rest: &Span, plus_is_space: bool) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    let mut note = |kind, span: Span| anomalies.push(Anomaly { kind, span: Some(span) });
    if let Some(separator) = layout.credentials.separator.clone().filter(|_| !layout.credentials.sound) {
        note(AnomalyKind::UserPasswordSeparator, separator);
    }
    for netloc in &layout.tail.netlocs {
        if let Some(port) = netloc.port.clone().filter(|port| is_double_port(&text[port.clone()])) {
            note(AnomalyKind::DoublePort, port);
        }
        for span in [Some(&netloc.host), netloc.port.as_ref()].into_iter().flatten() {
            if text[span.clone()].contains(is_blank) {
                note(AnomalyKind::EmbeddedWhitespace, span.clone());
            }
        }
    }
    let spaced = layout.credentials.user.iter().chain(&layout.tail.database);
    for span in spaced.chain(layout.tail.query.iter().map(|(key, _)| key)) {
        if text[span.clone()].contains(is_blank) {
            note(AnomalyKind::EmbeddedWhitespace, span.clone());
        }
    }
    for value in layout.tail.query.iter().filter_map(|(_, value)| value.as_ref()) {
        let raw = &text[value.clone()];
        let plus = raw.contains('+') && !plus_is_space;
        if plus || raw.contains('=') || raw.contains(is_blank) || !is_decodable(raw) {
            note(AnomalyKind::UnencodedQueryValue, value.clone());
        }
    }
    if is_truncated(text, &layout.tail, rest.end) {
        note(AnomalyKind::Truncated, rest.end..rest.end);
    }
    if let Some(password) = &layout.credentials.password {
        anomalies.extend(judge(text, password).anomalies);
    }
    anomalies.extend(layout.tail.anomalies.iter().cloned());
    anomalies
}

/// Whether the setting ends in the middle of its host or of its last query key.
fn is_truncated(text: &str, tail: &Tail, end: usize) -> bool {
    if text[..end].ends_with("...") || text[..end].ends_with('…') {
        return true;
    }
    if let Some((key, None)) = tail.query.last() {
        let name = &text[key.clone()];
        return !name.is_empty() && super::options::KEYWORDS.iter().any(|known| known.starts_with(name));
    }
    match tail.netlocs.last() {
        Some(last) => last.port.is_none() && last.host.end == end && is_cut_off(&text[last.host.clone()]),
        None => false,
    }
}

impl Layout {
    /// The options that were meant.
    pub(crate) fn options(&self, text: &str, plus_is_space: bool) -> Vec<RawOption> {
        let mut options = Vec::new();
        let mut push = |keyword: &str, value: &str, span: &Span| {
            options.push(RawOption {
                keyword: keyword.to_owned(),
                key_span: None,
                value: zeroize::Zeroizing::new(value.as_bytes().to_vec()),
                span: span.clone(),
                pieces: Vec::new(),
            });
        };
        if let Some(user) = &self.credentials.user {
            push("user", super::percent::decode_lenient(&text[user.clone()]).trim(), user);
        }
        if let Some(password) = &self.credentials.password {
            push("password", &judge(text, password).value, password);
        }
        options.extend(self.tail.options(text, plus_is_space));
        options
    }
}
