//! Turns what the user named, or nothing, into targets.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::env_file::{Entry, parse};
use super::error::TargetError;
use super::expand::expand;
use super::groups::{Drafts, Group};
use super::neighbours::Beside;
use super::{List, Neighbours, Setting, Source, SourceKind, Target, candidate, file, layers, login};
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
    let mut files = [(None, parse(text))];
    expand(&mut files, &[]);
    let [(path, entries)] = files;
    in_place(&Place::new(SourceKind::File, path, entries), [])
}

/// The settings of many files, each a path and its variables, as [`discover`] finds them in `.env` files: the settings
/// of each in the order of its lines. References are put in where `expanded` says so.
pub(crate) fn settings_of_files(files: Vec<(String, Vec<Entry>, bool)>) -> Vec<Vec<Target>> {
    let order: Vec<bool> = files.iter().map(|(.., expanded)| *expanded).collect();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for (path, entries, expanded) in files {
        if expanded { &mut with } else { &mut without }.push((Some(path), entries));
    }
    expand(&mut with, &[]);
    let (mut with, mut without) = (with.into_iter(), without.into_iter());
    let places: Vec<Place> = order
        .iter()
        .filter_map(|expanded| if *expanded { with.next() } else { without.next() })
        .map(|(path, entries)| Place::new(SourceKind::File, path, entries))
        .collect();
    let mut by_folder: HashMap<Option<&Path>, Vec<&Place>> = HashMap::new();
    for place in &places {
        by_folder.entry(folder(place)).or_default().push(place);
    }
    places.iter().map(|place| in_place(place, by_folder.get(&folder(place)).into_iter().flatten().copied())).collect()
}

/// The value of a variable in an `.env` file's text, without its quotes and with every reference as it stands.
pub fn written_value(text: &str, variable: &str) -> Option<Zeroizing<String>> {
    parse(text).into_iter().rev().find(|entry| entry.name == variable).map(|entry| entry.value)
}

/// What [`discover`] finds, as far as it can be read, and what cannot be: one bad file does not hide what others hold.
pub fn discover_all(arguments: &[String], env_files: &[PathBuf]) -> (Vec<Target>, Vec<TargetError>) {
    let mut targets = Vec::new();
    let mut errors = Vec::new();
    if arguments.is_empty() {
        let (places, unreadable) = places(env_files, &environment);
        errors = unreadable;
        for place in &places {
            targets.extend(in_place(place, &places));
        }
        errors.extend(bounded(&targets).err());
    }
    for argument in arguments {
        match discover(std::slice::from_ref(argument), env_files) {
            Ok(found) => targets.extend(found),
            Err(error) => errors.push(error),
        }
    }
    (targets, errors)
}

/// [`discover`] with another environment than the process's own.
fn discover_with(
    arguments: &[String],
    env_files: &[PathBuf],
    environment: impl Fn() -> Vec<Entry>,
) -> Result<Vec<Target>, TargetError> {
    let mut targets = Vec::new();
    if arguments.is_empty() {
        let places = all_places(env_files, &environment)?;
        for place in &places {
            targets.extend(in_place(place, &places));
            bounded(&targets)?;
        }
        return Ok(targets);
    }
    let mut known: Option<Vec<Place>> = None;
    for argument in arguments {
        if let Some(name) = argument.strip_prefix("env:") {
            if known.is_none() {
                known = Some(all_places(env_files, &environment)?);
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
    beside: Beside,
}

impl Place {
    fn new(kind: SourceKind, path: Option<String>, entries: Vec<Entry>) -> Self {
        let beside = Beside::of(&entries);
        Self { kind, path, entries, beside }
    }
}

fn environment() -> Vec<Entry> {
    let mut entries: Vec<Entry> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, Zeroizing::new(value.into_string().ok()?))))
        .map(|(name, value)| Entry::of_environment(name, value))
        .collect();
    // The system's order says nothing and changes from run to run.
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    entries
}

/// The environment, then the files. Files of the default list may be absent, and `.env` may be a directory (Python's
/// virtual environments); a file that was named must be there. With them come the reasons why files cannot be read.
fn places(env_files: &[PathBuf], environment: &impl Fn() -> Vec<Entry>) -> (Vec<Place>, Vec<TargetError>) {
    let environment = environment();
    let defaults: Vec<PathBuf> =
        DEFAULT_ENV_FILES.iter().map(PathBuf::from).filter(|path| path.exists() && !path.is_dir()).collect();
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in if env_files.is_empty() { &defaults } else { env_files } {
        match file::read(path) {
            Ok(text) => files.push((Some(path.to_string_lossy().into_owned()), parse(&text))),
            Err(error) => errors.push(error),
        }
    }
    expand(&mut files, &environment);
    let mut places = vec![Place::new(SourceKind::Environment, None, environment)];
    places.extend(files.into_iter().map(|(path, entries)| Place::new(SourceKind::File, path, entries)));
    (places, errors)
}

/// The same, where every file must be readable.
fn all_places(env_files: &[PathBuf], environment: &impl Fn() -> Vec<Entry>) -> Result<Vec<Place>, TargetError> {
    let (places, errors) = places(env_files, environment);
    errors.into_iter().next().map_or(Ok(places), Err)
}

/// The settings of one place in the order of their lines; those of the environment by name.
fn in_place<'a>(place: &'a Place, all: impl IntoIterator<Item = &'a Place>) -> Vec<Target> {
    let others = read_with(place, all);
    let drafts = Drafts::of(&place.entries);
    let mut targets: Vec<Target> = place
        .entries
        .iter()
        .filter(|entry| candidate::is_setting(&entry.name, &entry.value))
        .map(|entry| of_entry(place, entry, &drafts, &others))
        .collect();
    let groups = drafts.groups();
    if !groups.is_empty() {
        // Variables that a setting above is put together from are that setting, not another one.
        let used: HashSet<String> = targets
            .iter()
            .filter_map(|target| target.neighbours.expansion.as_ref())
            .flat_map(|expansion| expansion.pieces.iter().map(|piece| piece.variable.clone()))
            .collect();
        let is_used = |group: &Group| group.host().is_some_and(|host| used.contains(&host.variable));
        let apart = groups.into_iter().filter(|group| !is_used(group));
        targets.extend(apart.map(|group| of_group(place, group, &others)));
    }
    targets.sort_by_key(|target| (target.source.line, target.source.column));
    targets
}

fn folder(place: &Place) -> Option<&Path> {
    place.path.as_deref().and_then(|path| Path::new(path).parent())
}

/// What stands in the other files that an application reads together with this one. The environment is nobody's file.
fn read_with<'a>(place: &Place, all: impl IntoIterator<Item = &'a Place>) -> Vec<&'a Beside> {
    let mine = place.path.as_deref();
    let together = |other: &&Place| {
        let theirs = other.path.as_deref();
        mine != theirs && mine.zip(theirs).is_some_and(|(mine, theirs)| layers::are_read_together(mine, theirs))
    };
    all.into_iter().filter(together).map(|other| &other.beside).collect()
}

/// `env:NAME`: the first place that has the variable; `env:PREFIX*` is a group of components.
fn named(name: &str, places: &[Place]) -> Result<Vec<Target>, TargetError> {
    if name.is_empty() {
        return Err(TargetError::NameMissing { form: "env:" });
    }
    for place in places {
        let others = read_with(place, places);
        if let Some(prefix) = name.strip_suffix('*') {
            let mut groups = Drafts::of(&place.entries).groups().into_iter();
            if let Some(group) = groups.find(|group| group.prefix == prefix) {
                return Ok(vec![of_group(place, group, &others)]);
            }
        } else if let Some(entry) = place.entries.iter().rev().find(|entry| entry.name == name) {
            return Ok(vec![of_entry(place, entry, &Drafts::of(&place.entries), &others)]);
        }
    }
    let files: Vec<&str> = places.iter().filter_map(|place| place.path.as_deref()).collect();
    let places = if files.is_empty() { "an .env file".to_owned() } else { files.join(", ") };
    // What is no name may be a setting that was pasted there.
    let sound = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-*".contains(&byte)) && name.len() <= 128;
    let name = if sound { name.to_owned() } else { MASK.to_owned() };
    Err(TargetError::NoSuchVariable { name, places })
}

fn of_entry(place: &Place, entry: &Entry, drafts: &Drafts<'_>, others: &[&Beside]) -> Target {
    let completed = login::complete(entry, drafts, place.path.as_deref());
    let entry = completed.as_ref().unwrap_or(entry);
    let mut beside = place.beside.of_variable(&entry.name, others);
    beside.notes.clone_from(&entry.notes);
    beside.expansion.clone_from(&entry.expansion);
    target(source(place, entry.name.clone(), entry.line, entry.column), &entry.value, beside)
}

fn of_group(place: &Place, group: Group, others: &[&Beside]) -> Target {
    let neighbours = place.beside.of_variable(&group.prefix, others);
    Target {
        source: source(place, format!("{}*", group.prefix), group.line, group.column),
        setting: Setting::Components(group.components),
        neighbours,
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
    fn a_file_that_cannot_be_read_does_not_hide_another() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        fs::write(&good, "DATABASE_URL=postgresql://u:p@h/d\n").unwrap();
        let (targets, errors) = discover_all(&[], &[folder.path().to_path_buf(), good.clone(), "/nowhere/x".into()]);
        let path = good.display().to_string();
        assert!(targets.iter().any(|target| target.source.path.as_ref() == Some(&path)));
        assert_eq!(errors.len(), 2, "a directory and a file that is not there");
        let (targets, errors) = discover_all(&["@/nowhere/x".to_owned(), "postgresql://u:p@h/d".to_owned()], &[]);
        assert_eq!((targets.len(), errors.len()), (1, 1));
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
