//! The first line: how bad it is, and who it is.

use super::picture::Slots;
use super::view::duration;
use super::{Full, IDLE_IN_TRANSACTION_S, LONG_TRANSACTION_S, Link, Picture, Trend};
use crate::capacity::Fullness;
use crate::knowledge::errors;

/// The cause of `explain` whose first advice fits a database without room.
const NO_SLOTS: &str = "server-slots-exhausted";

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// All is well.
    Ok,
    /// Not known.
    Unknown,
    /// It will be bad.
    Warning,
    /// It is bad.
    Critical,
}

impl Level {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Unknown => "UNKNOWN",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }
}

/// The verdict. Its text may hold names from the server: untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How bad.
    pub level: Level,
    /// What is wrong, in one sentence.
    pub headline: String,
    /// Who it is, where somebody stands out.
    pub culprit: Option<String>,
    /// What to do at once.
    pub first: Option<String>,
}

/// Judges a picture whose other fields are filled.
pub(super) fn judge(picture: &Picture) -> Verdict {
    let culprit = culprit(picture);
    let of = |level, headline: String, cause: Option<&str>| Verdict {
        level,
        headline,
        culprit: culprit.clone(),
        first: cause.and_then(errors::cause).map(|cause| cause.first.clone()),
    };
    match &picture.link {
        Link::Connecting => return of(Level::Unknown, "connecting".to_owned(), None),
        Link::Down { trouble, .. } => {
            let what = trouble.title.clone().unwrap_or_else(|| trouble.message.clone());
            let what = what.trim_end_matches('.').to_owned();
            let headline = match trouble.full {
                Some(Full::Slots) => format!("no slot is free: {what}"),
                Some(Full::Pool) => format!("the pool is full: {what}"),
                None => what,
            };
            return of(Level::Critical, headline, trouble.cause.as_deref());
        }
        Link::Up => {}
    }
    let Some(slots) = &picture.slots else { return of(Level::Unknown, "nothing seen yet".to_owned(), None) };
    let used = slots_used(slots);
    if slots.free == 0 {
        return of(Level::Critical, format!("no slot is free: {used}"), Some(NO_SLOTS));
    }
    if let Some(waiting) = picture.waiting.clients().filter(|clients| *clients > 0) {
        let wait = if waiting == 1 { "client waits" } else { "clients wait" };
        let headline = format!("{waiting} {wait} for a server connection; {used}");
        return of(Level::Critical, headline, Some("checkout-timeout"));
    }
    if slots.fullness() == Fullness::Critical {
        return of(Level::Critical, format!("nearly full: {used}{}", soon(picture)), Some(NO_SLOTS));
    }
    if let Some(role) = picture.roles.iter().find(|role| role.used >= role.limit) {
        let headline = format!("role {} has all the {} connections that it may have; {used}", role.role, role.limit);
        return of(Level::Critical, headline, Some(NO_SLOTS));
    }
    if let Some(pool) = picture.pools.iter().find(|pool| pool.full) {
        let (role, size) = (&pool.role, pool.size.unwrap_or_default());
        let headline = format!("the pool of {role} has all its {size} server connections taken; {used}");
        return of(Level::Critical, headline, Some("checkout-timeout"));
    }
    if let Some(first) = picture.suspects.first() {
        let headline = format!("leak suspected, {} connections; {used}{}", first.to, soon(picture));
        return of(Level::Warning, headline, Some("client-pool-exhausted"));
    }
    if let Some(age) = picture.longest_idle_s.filter(|age| *age >= IDLE_IN_TRANSACTION_S) {
        let headline = format!("idle in transaction for {}; {used}", duration(age));
        return of(Level::Warning, headline, Some("idle-in-transaction"));
    }
    if slots.fullness() == Fullness::Warning {
        return of(Level::Warning, format!("filling up: {used}{}", soon(picture)), None);
    }
    if let Some(age) = picture.oldest_transaction_s.filter(|age| *age >= LONG_TRANSACTION_S) {
        return of(Level::Warning, format!("a transaction is open for {}; {used}", duration(age)), None);
    }
    Verdict { level: Level::Ok, headline: format!("{used}{}", soon(picture)), culprit: None, first: None }
}

fn slots_used(slots: &Slots) -> String {
    let percent = slots.used_percent.map(|percent| format!(" ({percent} %)")).unwrap_or_default();
    format!("{} of {} slots used{percent}", slots.used, slots.usable)
}

/// When it is full, if that is soon.
fn soon(picture: &Picture) -> String {
    match picture.trend {
        Trend::Rising { full_in_s, .. } if full_in_s < 86_400.0 => format!(", full in about {}", about(full_in_s)),
        _ => String::new(),
    }
}

/// A forecast, no more exact than it is: tens of seconds, then minutes, then hours.
pub(super) fn about(seconds: f64) -> String {
    let unit = if seconds < 90.0 {
        10.0
    } else if seconds < 7200.0 {
        60.0
    } else {
        3600.0
    };
    duration((seconds / unit).ceil() * unit)
}

/// Who stands out: a suspected leak, the one that idles in a transaction, or one that holds much.
fn culprit(picture: &Picture) -> Option<String> {
    if let Some(suspect) = picture.suspects.first() {
        return Some(format!("{}: {}", suspect.key.words(), suspect.evidence()));
    }
    let worst = picture.holdings.iter().find(|it| !it.own)?;
    let idle = worst.state.as_deref().is_some_and(|state| state.starts_with("idle in transaction"));
    let age = worst.age_s.unwrap_or_default();
    if idle && age >= IDLE_IN_TRANSACTION_S {
        let count = worst.count;
        return Some(format!("{}: {count} idle in transaction, the longest for {}", worst.key.words(), duration(age)));
    }
    if let Some(busy) = in_the_way(picture) {
        return Some(busy);
    }
    let used = picture.slots.as_ref()?.used;
    let (key, count) = picture.biggest()?;
    (count * 5 >= used * 2 && count > 1).then(|| format!("{}: holds {count} of {used}", key.words()))
}

/// While clients wait for a server connection, or a pool is full: who keeps the most of them from the others, however
/// short that has been.
fn in_the_way(picture: &Picture) -> Option<String> {
    let somebody_waits = picture.waiting.clients().is_some_and(|clients| clients > 0);
    if !somebody_waits && !picture.pools.iter().any(|pool| pool.full) {
        return None;
    }
    let busy = picture.holdings.iter().filter(|it| !it.own && it.state.as_deref().is_some_and(|state| state != "idle"));
    let worst = busy.max_by_key(|it| it.count)?;
    let state = worst.state.as_deref().unwrap_or_default();
    let age = worst.age_s.map(|age| format!(", the longest for {}", duration(age))).unwrap_or_default();
    Some(format!("{}: {} {state}{age}", worst.key.words(), worst.count))
}
