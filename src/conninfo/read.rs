//! Reads one setting of any syntax: peels off what does not belong to it, asks the owner of the syntax, finds what was
//! meant, and marks everything that must not be shown.

use super::build::{Built, build, censor};
use super::compose::repaired_uri;
use super::options::{RawOption, Refusal};
use super::peel::{Peeled, peel, peel_inside};
use super::plausible::Plausibility;
use super::recover::{Layout, Recovery, recover};
use super::syntax::{Kind, is_postgres, is_several, recognise};
use super::{Anomaly, AnomalyKind, Conninfo, ConninfoError, Reading, Scheme, Span, Syntax};
use super::{
    command, components, ecto, jdbc, keyword, keyword_recover, npgsql, ordinary, pgpass, r2dbc, readers, sqlalchemy,
    uri, veil,
};
use crate::secret::SecretText;
use crate::target::{LineNote, Setting, Target};

/// The longest setting that is read, in bytes. Real ones stay below a few hundred.
pub const MAX_LEN_BYTES: usize = 16 * 1024;

const UNKNOWN_SYNTAX: &str = "this is no connection setting in any syntax that supascope knows";

const SEVERAL: &str = "two settings stand in it, and each needs a variable or a line of its own";

/// Reads a setting, whatever it is. This never fails: what cannot be read says so in [`Reading::literal`], and is
/// secret as a whole.
pub fn read(setting: &Setting) -> Reading {
    match setting {
        Setting::Text(text) => read_text(text.reveal()),
        Setting::Components(components) => components::read(components),
    }
}

/// Reads a target's setting, and adds what is odd about the line it stands on.
pub fn read_target(target: &Target) -> Reading {
    let mut reading = read(&target.setting);
    if let Some(expansion) = &target.neighbours.expansion {
        hide(&mut reading, expansion.secrets());
    }
    for note in &target.neighbours.notes {
        let kind = match note {
            LineNote::SpacesAroundEquals => AnomalyKind::SpacesAroundEquals,
            LineNote::ByteOrderMark => AnomalyKind::ByteOrderMark,
            // These are for rules that compare the implementations; the value itself is sound.
            LineNote::InlineComment
            | LineNote::ColonForEquals
            | LineNote::HashInValue
            | LineNote::DollarInValue
            | LineNote::DollarInSingleQuotes
            | LineNote::QuotesReadDifferently => continue,
        };
        reading.anomalies.push(Anomaly { kind, span: None });
    }
    reading
}

/// Marks more of a text as secret: a variable whose name speaks of one was put in there, wherever that is.
fn hide(reading: &mut Reading, more: impl Iterator<Item = Span>) {
    let known = reading.text.secrets();
    let news: Vec<Span> =
        more.filter(|span| !known.iter().any(|known| known.start <= span.start && span.end <= known.end)).collect();
    if news.is_empty() {
        return;
    }
    reading.text = SecretText::with_secrets(reading.text.reveal(), known.iter().cloned().chain(news));
    for conninfo in reading.literal.iter_mut().chain(&mut reading.intended) {
        censor(conninfo, reading.text.secrets());
    }
    // It is written anew from parts of which one must not be shown.
    reading.repaired = None;
}

/// Whether a text can hardly be anything but a Postgres setting: by its scheme, or by libpq's keywords in it.
pub fn looks_like_setting(text: &str) -> bool {
    if text.len() > MAX_LEN_BYTES {
        return false;
    }
    let peeled = peel(text);
    if pgpass::recognise(text).is_some() {
        return true;
    }
    if let Some(command) = command::recognise(text, &trimmed(text)) {
        return command.read(Vec::new()).conninfo().is_some_and(|conninfo| !conninfo.hosts.is_empty());
    }
    match recognise(text, &peeled.core) {
        Some(Kind::Uri(uri)) => uri.scheme.is_some_and(|scheme| is_postgres(&scheme.text)),
        Some(Kind::Keyword) => {
            let keys = keyword_recover::recover(text, peeled.core).options;
            let has = |keyword: &str| keys.iter().any(|key| key.keyword == keyword);
            (has("host") || has("hostaddr")) && (has("dbname") || has("user") || has("port") || has("password"))
        }
        Some(Kind::Npgsql) => true,
        None => false,
    }
}

/// Reads a setting that is one text.
pub fn read_text(text: &str) -> Reading {
    if text.trim().is_empty() {
        return unreadable(text, "the setting is empty");
    }
    if text.len() > MAX_LEN_BYTES {
        return unreadable(text, &format!("the setting has {} bytes, more than any driver is given", text.len()));
    }
    if text.contains('\0') {
        return unreadable(text, "the setting holds a NUL byte");
    }
    if let Some((uri, recovery)) = ordinary::recognise(text) {
        return read_uri_as(text, &Peeled::whole(text), &uri, recovery);
    }
    read_doubtful(text)
}

/// Reads a setting that may be anything.
pub(super) fn read_doubtful(text: &str) -> Reading {
    if let Some(command) = command::recognise(text, &trimmed(text)) {
        return command.read(Vec::new());
    }
    read_plain(text)
}

/// The setting without the white space around it.
fn trimmed(text: &str) -> Span {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

/// Reads a setting that is no command line.
pub(crate) fn read_plain(text: &str) -> Reading {
    if let Some(fields) = pgpass::recognise(text) {
        return pgpass::read(text, &fields);
    }
    let peeled = peel(text);
    if is_several(&text[peeled.core.clone()]) {
        return unreadable(text, SEVERAL);
    }
    match recognise(text, &peeled.core) {
        Some(Kind::Uri(uri)) => read_uri(text, &peeled, &uri, false),
        Some(Kind::Keyword) => read_pairs(text, &peeled, Syntax::Keyword, false),
        Some(Kind::Npgsql) => read_pairs(text, &peeled, Syntax::Npgsql, false),
        None => read_inside(text),
    }
}

/// A setting somewhere in a line of something else.
fn read_inside(text: &str) -> Reading {
    let Some(peeled) = peel_inside(text) else { return unreadable(text, UNKNOWN_SYNTAX) };
    match recognise(text, &peeled.core) {
        Some(Kind::Uri(uri)) => read_uri(text, &peeled, &uri, true),
        Some(Kind::Npgsql) => read_pairs(text, &peeled, Syntax::Npgsql, true),
        _ => unreadable(text, UNKNOWN_SYNTAX),
    }
}

/// Nothing is known, so everything may be secret.
fn unreadable(text: &str, message: &str) -> Reading {
    Reading {
        text: SecretText::opaque(text),
        syntax: None,
        literal: Err(ConninfoError { message: message.to_owned(), span: None }),
        intended: None,
        anomalies: Vec::new(),
        is_doubtful: false,
        repaired: None,
    }
}

/// A URI that was recognised.
pub(crate) struct Uri {
    pub(crate) syntax: Syntax,
    /// `None` when it was left out.
    pub(crate) scheme: Option<Scheme>,
    /// Everything after `://`.
    pub(crate) rest: Span,
    /// Who reads it.
    pub(crate) owner: Owner,
}

/// Whose rules a URI follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// `postgresql://` and `postgres://`.
    Libpq,
    /// A scheme with a driver suffix.
    SqlAlchemy,
    /// `jdbc:postgresql://`.
    Jdbc,
    /// `jdbc:postgresql:database`.
    LocalJdbc,
    /// `r2dbc:postgresql://`.
    R2dbc,
    /// `ecto://`.
    Ecto,
    /// Python's `urlsplit`: schemes of Django's readers.
    Urlsplit,
    /// Nobody that reads Postgres settings.
    Nobody,
}

impl Owner {
    /// Whether a `+` in a query is a space to this reader.
    const fn reads_plus_as_space(self) -> bool {
        !matches!(self, Self::Libpq | Self::Nobody)
    }
}

/// `inside` says that the URI was found somewhere in a line of something else.
fn read_uri(text: &str, peeled: &Peeled, uri: &Uri, inside: bool) -> Reading {
    let mut recovery = recover(text, authority(text, uri), uri.owner.reads_plus_as_space());
    recovery.doubtful |= inside;
    read_uri_as(text, peeled, uri, recovery)
}

/// Reads a URI whose parts stand where `recovery` says.
fn read_uri_as(text: &str, peeled: &Peeled, uri: &Uri, recovery: Recovery) -> Reading {
    let literal = uri_literal(text, peeled, uri);
    // Without a scheme only a host that speaks for itself makes a setting of it.
    let spoken = |layout: &Layout| layout.tail.plausibility(text, true) >= Plausibility::Name;
    if uri.scheme.is_none() && !recovery.layout.as_ref().is_some_and(spoken) {
        return unreadable(text, UNKNOWN_SYNTAX);
    }
    let mut secrets = recovery.masks;
    secrets.extend(peeled.secrets.iter().cloned());
    let mut anomalies = peeled.anomalies.clone();
    anomalies.extend(recovery.anomalies);
    // Where libpq's own reading is the one that was meant, nothing is said twice.
    let is_plain = uri.owner == Owner::Libpq && recovery.is_literal && anomalies.is_empty() && literal.is_ok();
    let meant = recovery.layout.as_ref().filter(|_| !is_plain).map(|layout| {
        let mut options = layout.options(text, uri.owner.reads_plus_as_space());
        if uri.owner == Owner::Libpq {
            translate(&mut options);
        }
        build(text, uri.syntax, uri.scheme.clone(), &options)
    });
    let literal = literal.map(|options| build(text, uri.syntax, uri.scheme.clone(), &options));
    for built in literal.iter().chain(&meant) {
        secrets.extend(built.secrets.iter().cloned());
    }
    let cut_off = anomalies.iter().any(|anomaly| anomaly.kind == AnomalyKind::Truncated);
    let differs = uri.scheme.is_none() || !recovery.is_literal;
    let scheme = uri.scheme.as_ref().map_or("postgresql", |scheme| &scheme.text);
    let layout = recovery.layout.as_ref().filter(|_| !cut_off && (differs || is_repairable(&anomalies)));
    let repaired = layout.map(|layout| repaired_uri(text, scheme, layout, &secrets));
    let mut read = literal.iter().chain(&meant);
    let doubtful = recovery.doubtful
        || read.any(|built| built.repeated_behind_secret || (built.secret_key && !anomalies.is_empty()))
        || (uri.scheme.is_none() && meant.as_ref().is_some_and(|built| veil::is_odd_login(text, &built.conninfo)));
    let found = Found { anomalies, secrets, repaired, is_literal: recovery.is_literal, doubtful };
    finish(text, uri.syntax, literal, meant, found)
}

/// Where the recovery looks for credentials and a host: `jdbc:postgresql:database` has none.
fn authority(text: &str, uri: &Uri) -> Span {
    let start = match uri.owner {
        Owner::LocalJdbc => text[uri.rest.clone()].find('?').map_or(uri.rest.end, |at| uri.rest.start + at),
        _ => uri.rest.start,
    };
    start..uri.rest.end
}

/// What the owner of the scheme makes of the whole text.
fn uri_literal(text: &str, peeled: &Peeled, uri: &Uri) -> Result<Vec<RawOption>, Refusal> {
    let whole = uri.rest.start..text.len();
    let scheme = uri.scheme.as_ref().map_or(0..0, |scheme| scheme.span.clone());
    match uri.owner {
        Owner::Libpq if peeled.core.start == 0 && uri::prefix_len(text).is_some() => uri::parse(text, whole),
        Owner::SqlAlchemy if peeled.core.start == 0 => sqlalchemy::parse(text, whole),
        Owner::Jdbc | Owner::LocalJdbc if peeled.core.start == 0 => jdbc::parse(text, whole),
        Owner::R2dbc if peeled.core.start == 0 => r2dbc::parse(text, &scheme, whole),
        Owner::Ecto if peeled.core.start == 0 => ecto::parse(text, whole),
        Owner::Urlsplit if peeled.core.start == 0 => readers::urlsplit::options(text, &scheme, whole),
        // Everything else is a keyword/value string to libpq, and a broken one.
        _ => keyword::parse(text, 0..text.len()),
    }
}

/// libpq's translation of JDBC's `ssl=true`.
fn translate(options: &mut [RawOption]) {
    for option in options {
        if option.keyword == "ssl" && option.value.as_slice() == b"true" {
            "sslmode".clone_into(&mut option.keyword);
            option.value = b"require".to_vec().into();
        }
    }
}

/// Anomalies that lose nothing when they are repaired. What was cut off cannot be put back.
fn is_repairable(anomalies: &[Anomaly]) -> bool {
    !anomalies.is_empty()
        && !anomalies.iter().any(|anomaly| anomaly.kind == AnomalyKind::Truncated)
        && anomalies.iter().any(|anomaly| anomaly.kind != AnomalyKind::DoubleEncodedPassword)
}

/// Keys and values, in libpq's grammar or in ADO.NET's.
fn read_pairs(text: &str, peeled: &Peeled, syntax: Syntax, inside: bool) -> Reading {
    let npgsql = syntax == Syntax::Npgsql;
    let whole = 0..text.len();
    let literal = if npgsql { npgsql::parse(text, whole) } else { keyword::parse(text, whole) };
    let mut anomalies = peeled.anomalies.clone();
    let mut secrets = peeled.secrets.clone();
    let mut meant = None;
    let mut odd = false;
    if literal.is_err() {
        let core = peeled.core.clone();
        let recovery = if npgsql { npgsql::recover(text, core) } else { keyword_recover::recover(text, core) };
        if !npgsql && !recovery.is_credible(text, peeled.core.start) {
            return read_inside(text);
        }
        odd = recovery.is_odd(text, peeled.core.start);
        secrets.extend(recovery.masks);
        if !recovery.options.is_empty() {
            meant = Some(build(text, syntax, None, &recovery.options));
        }
        anomalies.extend(recovery.anomalies);
    }
    let literal = literal.map(|options| build(text, syntax, None, &options));
    for built in literal.iter().chain(&meant) {
        secrets.extend(built.secrets.iter().cloned());
    }
    let repairable = is_repairable(&anomalies) && !npgsql;
    let repaired = meant.as_ref().filter(|_| repairable).and_then(|built| repaired_pairs(&built.conninfo, &secrets));
    let doubtful = inside || odd || literal.iter().chain(&meant).any(|built| built.repeated_behind_secret);
    finish(text, syntax, literal, meant, Found { anomalies, secrets, repaired, is_literal: true, doubtful })
}

/// The string that was meant, unless a part other than the password would have to stay hidden in it.
fn repaired_pairs(conninfo: &Conninfo, secrets: &[Span]) -> Option<SecretText> {
    let mut shown = conninfo.clone();
    censor(&mut shown, secrets);
    (shown == *conninfo).then(|| super::compose::print_keyword(conninfo))
}

/// What the recovery found beside the parts.
struct Found {
    anomalies: Vec<Anomaly>,
    secrets: Vec<Span>,
    repaired: Option<SecretText>,
    /// Whether the parts stand where the owner of the syntax sees them.
    is_literal: bool,
    /// Whether a piece of a password may stand where another part seems to.
    doubtful: bool,
}

/// Puts the reading together: first what is secret, then the fields, with nothing secret left in them.
fn finish(text: &str, syntax: Syntax, literal: Result<Built, Refusal>, meant: Option<Built>, found: Found) -> Reading {
    let Found { anomalies, mut secrets, mut repaired, is_literal, doubtful } = found;
    if doubtful && let Some(built) = meant.as_ref().or(literal.as_ref().ok()) {
        secrets = veil::veil(text, &built.conninfo, &secrets);
        repaired = None;
    }
    let text = SecretText::with_secrets(text, secrets);
    let clean = |built: Built| {
        let mut conninfo = built.conninfo;
        censor(&mut conninfo, text.secrets());
        conninfo
    };
    let literal = match literal {
        Ok(Built { not_utf8: Some(span), .. }) => {
            Err(ConninfoError { message: "a value is not valid UTF-8 once decoded".to_owned(), span: Some(span) })
        }
        Ok(built) => Ok(clean(built)),
        Err(refusal) => Err(refusal.to_error(&text)),
    };
    // Without an anomaly the owner's reading stands, also where it decodes something in its own way.
    let is_news = |meant: &Conninfo| {
        literal.as_ref().ok().is_none_or(|literal| (!is_literal || !anomalies.is_empty()) && literal != meant)
    };
    let intended = meant.map(clean).filter(is_news);
    Reading { text, syntax: Some(syntax), literal, intended, anomalies, is_doubtful: doubtful, repaired }
}
