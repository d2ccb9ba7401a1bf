//! Turns what the user named, or nothing, into targets.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::env_file::{Entry, parse};
use super::error::TargetError;
use super::groups::{Group, find};
use super::{List, Neighbours, Setting, Source, SourceKind, Target, candidate, file, neighbours};
use crate::secret::{MASK, SecretText};

/// The most settings that one run takes.
pub const MAX_TARGETS: usize = 100_000;

/// The `.env` files of the working directory that are looked at when none is named.
pub const DEFAULT_ENV_FILES: &[&str] = &[".env", ".env.local", ".env.development", ".env.production"];

/// Finds the settings that the arguments name, in their order: a setting itself, `env:NAME`, `@FILE`, `-`. Without
/// arguments, those in the environment and then in the `.env` files. `env_files` replaces the default list of files.
pub fn discover(arguments: &[String], env_files: &[PathBuf]) -> Result<Vec<Target>, TargetError> {
    discover_with(arguments, env_files, environment)
}

/// The settings of an `.env` file's text, as [`discover`] finds them in the file.
pub fn settings_of_text(text: &str) -> Vec<Target> {
    in_place(&Place { kind: SourceKind::File, path: None, entries: parse(text) })
}

/// The settings of the environment alone.
pub fn discover_in_environment() -> Vec<Target> {
    in_place(&Place { kind: SourceKind::Environment, path: None, entries: environment() })
}

/// [`discover`] with another environment than the process's own.
fn discover_with(
    arguments: &[String],
    env_files: &[PathBuf],
    environment: impl Fn() -> Vec<Entry>,
) -> Result<Vec<Target>, TargetError> {
    let mut targets = Vec::new();
    if arguments.is_empty() {
        for place in places(env_files, &environment)? {
            targets.extend(in_place(&place));
            bounded(&targets)?;
        }
        return Ok(targets);
    }
    let mut known: Option<Vec<Place>> = None;
    for argument in arguments {
        if let Some(name) = argument.strip_prefix("env:") {
            if known.is_none() {
                known = Some(places(env_files, &environment)?);
            }
            targets.extend(named(name, known.as_deref().unwrap_or_default())?);
        } else if let Some(list) = List::of_argument(argument) {
            for target in list? {
                targets.push(target?);
                bounded(&targets)?;
            }
        } else {
            targets.push(target(Source::argument(), argument, Neighbours::default()));
        }
        bounded(&targets)?;
    }
    Ok(targets)
}

/// One file, or the environment, with its variables.
struct Place {
    kind: SourceKind,
    path: Option<String>,
    entries: Vec<Entry>,
}

fn environment() -> Vec<Entry> {
    let mut entries: Vec<Entry> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, Zeroizing::new(value.into_string().ok()?))))
        .map(|(name, value)| Entry { name, value, line: 0, column: 0, notes: Vec::new() })
        .collect();
    // The system's order says nothing and changes from run to run.
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    entries
}

/// The environment, then the files. Files of the default list may be absent, and `.env` may be a directory (Python's
/// virtual environments); a file that was named must be there.
fn places(env_files: &[PathBuf], environment: &impl Fn() -> Vec<Entry>) -> Result<Vec<Place>, TargetError> {
    let mut places = vec![Place { kind: SourceKind::Environment, path: None, entries: environment() }];
    let defaults: Vec<PathBuf> =
        DEFAULT_ENV_FILES.iter().map(PathBuf::from).filter(|path| path.exists() && !path.is_dir()).collect();
    for path in if env_files.is_empty() { &defaults } else { env_files } {
        let text = file::read(path)?;
        places.push(Place {
            kind: SourceKind::File,
            path: Some(path.to_string_lossy().into_owned()),
            entries: parse(&text),
        });
    }
    Ok(places)
}

/// The settings of one place in the order of their lines; those of the environment by name.
fn in_place(place: &Place) -> Vec<Target> {
    let beside = neighbours::collect(&place.entries);
    let mut targets: Vec<Target> = place
        .entries
        .iter()
        .filter(|entry| candidate::is_setting(&entry.name, &entry.value))
        .map(|entry| of_entry(place, entry, &beside))
        .collect();
    targets.extend(find(&place.entries).into_iter().map(|group| of_group(place, group, &beside)));
    targets.sort_by(|left, right| {
        let key = |target: &Target| (target.source.line, target.source.column);
        key(left).cmp(&key(right))
    });
    targets
}

/// `env:NAME`: the first place that has the variable; `env:PREFIX*` is a group of components.
fn named(name: &str, places: &[Place]) -> Result<Vec<Target>, TargetError> {
    if name.is_empty() {
        return Err(TargetError::NameMissing { form: "env:" });
    }
    for place in places {
        let beside = neighbours::collect(&place.entries);
        if let Some(prefix) = name.strip_suffix('*') {
            if let Some(group) = find(&place.entries).into_iter().find(|group| group.prefix == prefix) {
                return Ok(vec![of_group(place, group, &beside)]);
            }
        } else if let Some(entry) = place.entries.iter().rev().find(|entry| entry.name == name) {
            return Ok(vec![of_entry(place, entry, &beside)]);
        }
    }
    let files: Vec<&str> = places.iter().filter_map(|place| place.path.as_deref()).collect();
    let places = if files.is_empty() { "an .env file".to_owned() } else { files.join(", ") };
    // What is no name may be a setting that was pasted there.
    let sound = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-*".contains(&byte)) && name.len() <= 128;
    let name = if sound { name.to_owned() } else { MASK.to_owned() };
    Err(TargetError::NoSuchVariable { name, places })
}

fn of_entry(place: &Place, entry: &Entry, beside: &Neighbours) -> Target {
    let mut beside = beside.clone();
    beside.notes.clone_from(&entry.notes);
    target(source(place, entry.name.clone(), entry.line, entry.column), &entry.value, beside)
}

fn of_group(place: &Place, group: Group, beside: &Neighbours) -> Target {
    Target {
        source: source(place, format!("{}*", group.prefix), group.line, group.column),
        setting: Setting::Components(group.components),
        neighbours: beside.clone(),
    }
}

fn source(place: &Place, variable: String, line: usize, column: usize) -> Source {
    let in_file = place.kind == SourceKind::File;
    Source {
        kind: place.kind,
        variable: Some(variable),
        path: place.path.clone(),
        line: in_file.then_some(line),
        column: in_file.then_some(column),
    }
}

fn target(source: Source, text: &str, neighbours: Neighbours) -> Target {
    Target { source, setting: Setting::Text(SecretText::opaque(text)), neighbours }
}

fn bounded(targets: &[Target]) -> Result<(), TargetError> {
    if targets.len() > MAX_TARGETS { Err(TargetError::TooMany { limit: MAX_TARGETS }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn text(target: &Target) -> String {
        match &target.setting {
            Setting::Text(text) => text.reveal().to_owned(),
            Setting::Components(parts) => parts.iter().map(|part| part.variable.clone()).collect::<Vec<_>>().join(" "),
        }
    }

    fn found(arguments: &[&str], files: &[PathBuf], environment: &str) -> Result<Vec<Target>, TargetError> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        discover_with(&arguments, files, || parse(environment))
    }

    #[test]
    fn settings_and_groups_of_a_file_come_in_the_order_of_its_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, "DB_POOL_SIZE=7\nPGHOST=h\nPGUSER=u\nexport DATABASE_URL=\"postgres://u:p@h/d\"\nOTHER=1\n")
            .unwrap();
        let targets = found(&[], std::slice::from_ref(&path), "X=postgres://x\n").unwrap();
        assert_eq!(
            targets.iter().map(text).collect::<Vec<_>>(),
            ["postgres://x", "PGHOST PGUSER", "postgres://u:p@h/d"]
        );
        let source = &targets[2].source;
        assert_eq!((source.kind, source.line, source.column), (SourceKind::File, Some(4), Some(22)));
        assert_eq!(source.variable.as_deref(), Some("DATABASE_URL"));
        assert_eq!(source.path, Some(path.display().to_string()));
        assert_eq!(targets[1].source.variable.as_deref(), Some("PG*"));
        assert_eq!((targets[2].neighbours.pool_size, targets[0].neighbours.pool_size), (Some(7), None));
        assert_eq!(targets[0].source.kind, SourceKind::Environment);
    }

    #[test]
    fn the_environment_wins_over_files_for_a_named_variable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e");
        fs::write(&path, "A=from file\nB=b\nDB_HOST=h\nDB_USER=u\n").unwrap();
        let files = [path];
        let get = |name: &str| found(&[name], &files, "A=from environment\n").map(|targets| text(&targets[0]));
        assert_eq!(get("env:A").unwrap(), "from environment");
        assert_eq!(get("env:B").unwrap(), "b");
        assert_eq!(get("env:DB_*").unwrap(), "DB_HOST DB_USER");
        let error = get("env:NONE").unwrap_err().to_string();
        assert!(error.contains("NONE") && !error.contains("from"), "{error}");
        assert!(get("env:").is_err());
        assert!(!get("env:postgres://u:secret@h").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn a_list_has_one_setting_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        fs::write(&path, "\u{feff}# comment\r\n\r\n  postgres://a\r\npostgres://b\n").unwrap();
        let argument = format!("@{}", path.display());
        let targets = found(&[&argument, "postgres://c"], &[], "").unwrap();
        assert_eq!(targets.iter().map(text).collect::<Vec<_>>(), ["postgres://a", "postgres://b", "postgres://c"]);
        assert_eq!((targets[0].source.line, targets[0].source.column), (Some(3), Some(3)));
        assert!(found(&["@/nowhere/at/all"], &[], "").is_err());
        assert!(found(&["@"], &[], "").is_err());
    }

    #[test]
    fn named_files_must_exist_and_runs_are_bounded() {
        assert!(matches!(found(&[], &["/nowhere/.env".into()], ""), Err(TargetError::Unreadable { .. })));
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list");
        fs::write(&list, "x\n".repeat(MAX_TARGETS + 1)).unwrap();
        let argument = format!("@{}", list.display());
        assert!(matches!(found(&[&argument], &[], ""), Err(TargetError::TooMany { .. })));
    }
}
