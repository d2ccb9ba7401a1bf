//! How many connections the settings of one place ask for together.

use super::options::Options;
use super::{Subject, family, stack};
use crate::endpoint::Mode;

/// What one setting asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    /// Connections of one pool at most.
    pub(super) per_pool: u32,
    /// Processes, as far as known.
    pub(super) processes: Option<u32>,
    /// Whether the number stands beside the setting; otherwise it is the stack's default.
    pub(super) said: bool,
}

impl Ask {
    /// Of this setting; `None` when nothing tells a number.
    pub(super) fn of(subject: &Subject<'_>) -> Option<Self> {
        let beside = &subject.target.neighbours;
        let number = |key: &str| {
            let mut given = subject.parameters().iter().rev();
            given.find(|parameter| parameter.key.eq_ignore_ascii_case(key))?.value.parse::<u32>().ok()
        };
        let own = || stack::profiles(subject).find_map(|stack| number(stack.pool.as_ref()?.url_key.as_deref()?));
        let limit = number("connection_limit").or_else(own);
        let profile = stack::profiles(subject)
            .filter(|stack| stack.pool.as_ref().is_some_and(|pool| pool.by_default))
            .max_by_key(|stack| stack.default_connections());
        let overflow = || profile.and_then(|stack| stack.pool.as_ref()).map_or(0, |pool| pool.default_overflow);
        let (per_pool, said) = match (beside.pool_size, limit) {
            (Some(size), _) => (size.saturating_add(beside.max_overflow.unwrap_or_else(overflow)), true),
            (None, Some(limit)) => (limit, true),
            (None, None) => (profile?.default_connections()?, false),
        };
        Some(Self { per_pool, processes: beside.workers, said })
    }

    /// All processes of one pool.
    pub(super) fn total(&self) -> u32 {
        self.per_pool.saturating_mul(self.processes.unwrap_or(1).max(1))
    }
}

/// One pool of server connections at the pooler, with what the settings ask of it.
pub(super) struct Door {
    /// The first setting that leads to it.
    pub(super) first: usize,
    /// How many engines lead to it: settings that differ in `search_path` only are an engine each.
    pub(super) engines: u32,
    /// What each engine asks for.
    pub(super) ask: Ask,
    /// What all ask for together.
    pub(super) total: u32,
    /// The pool mode.
    pub(super) mode: Mode,
}

/// The doors of all settings, each once. A setting that only migrations use is left out, as it asks for one connection.
/// Settings without a number are left out too.
pub(super) fn doors(subjects: &[Subject<'_>]) -> Vec<Door> {
    let mut doors: Vec<(Key<'_>, Door)> = Vec::new();
    let mut engines: Vec<(Key<'_>, Option<String>)> = Vec::new();
    let with_path: Vec<Key<'_>> = subjects
        .iter()
        .filter(|subject| raw_search_path(subject).is_some())
        .filter_map(Key::of)
        .map(Key::without_path)
        .collect();
    for (at, subject) in subjects.iter().enumerate() {
        let Some((key, ask)) = Key::of(subject).zip(Ask::of(subject)) else { continue };
        if family::is_direct_name(subject) || !subject.kind().is_hosted() {
            continue;
        }
        let raw = raw_search_path(subject);
        // Beside settings that carry a schema, one without is what they are made from, not another engine.
        let base = raw.is_none() && with_path.contains(&key.clone().without_path());
        let engine = (key.clone().without_path(), raw);
        if base || engines.contains(&engine) {
            continue;
        }
        engines.push(engine);
        if let Some((_, door)) = doors.iter_mut().find(|(known, _)| *known == key) {
            door.engines += 1;
            door.total = door.total.saturating_add(ask.total());
        } else {
            let door = Door { first: at, engines: 1, ask, total: ask.total(), mode: stack::mode(subject) };
            doors.push((key, door));
        }
    }
    doors.into_iter().map(|(_, door)| door).collect()
}

/// What makes a pool of its own at Supavisor (measured November 2026): tenant, role, mode, database, `search_path`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key<'a> {
    path: Option<&'a str>,
    host: String,
    port: Option<u16>,
    user: Option<&'a str>,
    database: Option<&'a str>,
    /// As the pooler sees it: a setting without its space is skipped.
    search_path: Option<String>,
}

impl<'a> Key<'a> {
    fn without_path(self) -> Self {
        Self { search_path: None, ..self }
    }

    fn of(subject: &Subject<'a>) -> Option<Self> {
        let conninfo = subject.conninfo?;
        let seen = subject.parameter("options").and_then(|parameter| {
            let options = Options::read(&parameter.value);
            options.get("search_path").filter(|_| !options.is_glued("search_path")).map(str::to_owned)
        });
        Some(Self {
            path: subject.target.source.path.as_deref(),
            host: subject.host_name().to_lowercase(),
            port: subject.port(),
            user: conninfo.user.as_ref().map(|user| user.value.as_str()),
            database: conninfo.database.as_ref().map(|database| database.value.as_str()),
            search_path: seen,
        })
    }
}

/// The `search_path` that is asked for, in whatever form.
fn raw_search_path(subject: &Subject<'_>) -> Option<String> {
    let of_options = subject
        .parameter("options")
        .and_then(|parameter| Options::read(&parameter.value).get("search_path").map(str::to_owned));
    of_options.or_else(|| subject.parameter("search_path").map(|parameter| parameter.value.clone()))
}
