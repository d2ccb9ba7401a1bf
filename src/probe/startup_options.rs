//! What becomes of settings in the startup message: one more login with three settings in `options`, each in another
//! spelling, and a look.
//!
//! `PgBouncer` refuses them in its first answer, which costs nothing; Supavisor drops them without a word; PostgreSQL takes
//! them. The odd numbers make sure that no default is mistaken for them.

use super::link::{First, Link};
use crate::wire::{Batch, ErrorFields, WireError};
use std::time::Duration;

/// A spelling, the setting that it is tried with, and the value in milliseconds; PostgreSQL shows it with its unit.
const SPELLINGS: [(&str, &str, &str); 3] = [
    ("-c ", "statement_timeout", "54321"),
    ("-c", "lock_timeout", "54322"),
    ("--", "idle_in_transaction_session_timeout", "54323"),
];

/// What became of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It took effect.
    Honoured,
    /// It was dropped without a word.
    Ignored,
    /// It took effect in some spellings only; which.
    Partly(String),
    /// The login was refused because of it, in the server's words.
    Refused(String),
    /// Not known, and why.
    Unknown(String),
}

/// The outcome of the test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartupOptions {
    /// `options`, as `-c name=value`, `-cname=value` and `--name=value`.
    pub options: Fate,
    /// `search_path`, in `options` or as a parameter of its own.
    pub search_path: Fate,
}

impl StartupOptions {
    /// Nothing was learnt, and why.
    pub fn not_run(why: &str) -> Self {
        Self { options: Fate::Unknown(why.to_owned()), search_path: Fate::Unknown(why.to_owned()) }
    }
}

/// The options to send.
pub fn options() -> String {
    SPELLINGS.map(|(spelling, name, value)| format!("{spelling}{name}={value}")).join(" ")
}

/// The parameter `search_path`, which goes with them only where no pooler is: on Supavisor it would open a pool of its own.
pub const SEARCH_PATH: (&str, &str) = ("search_path", "pg_catalog,supascope_absent");

/// The options that test `search_path` alone, against a pooler that refused the others before any login.
pub const SEARCH_PATH_ONLY: &str = "--search_path=pg_catalog";

/// Whether a refusal is about the options and not about something else.
pub fn refuses_options(fields: &ErrorFields) -> bool {
    fields.message().to_ascii_lowercase().contains("startup parameter")
}

/// The fate that a first answer shows, if it does.
pub fn fate_of(first: &First) -> Option<Fate> {
    match first {
        First::Refused(fields) if refuses_options(fields) => Some(Fate::Refused(fields.message().to_owned())),
        First::Refused(fields) => Some(Fate::Unknown(format!("the test login was refused: {}", fields.message()))),
        First::Auth(_) => None,
    }
}

/// Looks at what took effect, on a connection that has logged in with [`options`].
pub async fn look(link: &mut Link<'_>, direct: bool, within: Duration) -> Result<StartupOptions, WireError> {
    let settings =
        SPELLINGS.map(|(_, name, _)| name).iter().chain(&["search_path"]).fold(String::from("SELECT "), |sql, name| {
            let comma = if sql.ends_with(' ') { "" } else { "," };
            format!("{sql}{comma}pg_catalog.current_setting('{name}')")
        });
    let reply = link.wire.run(Batch::new().query(&settings), within, "look at the startup options").await?;
    if let Some(error) = &reply.error {
        return Ok(StartupOptions::not_run(error.message()));
    }
    let options = spelt(|at| reply.value(0, at));
    let search_path = match reply.value(0, SPELLINGS.len()) {
        Some(path) if direct && path.contains("supascope_absent") => Fate::Honoured,
        Some(_) if direct => Fate::Ignored,
        _ => Fate::Unknown("not tried: it would open a pool of its own".to_owned()),
    };
    Ok(StartupOptions { options, search_path })
}

/// The fate of the options, from the values that the settings have.
fn spelt<'a>(value: impl Fn(usize) -> Option<&'a str>) -> Fate {
    let (mut took, mut did_not) = (Vec::new(), Vec::new());
    for (at, (spelling, _, odd)) in SPELLINGS.iter().enumerate() {
        let Some(value) = value(at) else { return Fate::Unknown("the server did not tell".to_owned()) };
        if value == format!("{odd}ms") { &mut took } else { &mut did_not }.push(format!("{spelling}name=value"));
    }
    match (took.is_empty(), did_not.is_empty()) {
        (false, true) => Fate::Honoured,
        (true, _) => Fate::Ignored,
        (false, false) => Fate::Partly(format!("{} took effect, {} did not", took.join(", "), did_not.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_is_told_apart() {
        let fate = |values: [&'static str; 3]| spelt(move |at| values.get(at).copied());
        assert_eq!(
            options(),
            "-c statement_timeout=54321 -clock_timeout=54322 --idle_in_transaction_session_timeout=54323"
        );
        assert_eq!(fate(["54321ms", "54322ms", "54323ms"]), Fate::Honoured);
        assert_eq!(fate(["0", "0", "0"]), Fate::Ignored);
        assert_eq!(
            fate(["0", "0", "54323ms"]),
            Fate::Partly("--name=value took effect, -c name=value, -cname=value did not".into())
        );
        assert!(matches!(spelt(|_| None), Fate::Unknown(_)));
    }
}
