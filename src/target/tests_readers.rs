//! Our reading of `.env` files beside that of the real readers, whose answers stand in `tests/data/dotenv/readers.tsv`.

use super::LineNote;
use super::env_file::{Entry, parse};
use super::expand::expand;

const MEASURED: &str = include_str!("../../tests/data/dotenv/readers.tsv");

/// Readers in the order of the columns.
const READERS: [&str; 7] =
    ["dotenv", "node", "dotenv-expand-12", "dotenv-expand-1000", "next", "python-dotenv", "bash"];

struct Case {
    file: String,
    values: Vec<Option<String>>,
}

fn cases() -> Vec<Case> {
    let json = |cell: &str| serde_json::from_str::<Option<String>>(cell).unwrap();
    let lines = MEASURED.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut cells = line.split('\t');
            let file = json(cells.next().unwrap()).unwrap();
            let values: Vec<_> = cells.map(json).collect();
            assert_eq!(values.len(), READERS.len(), "{file:?}");
            Case { file, values }
        })
        .collect()
}

fn ours(file: &str) -> Option<Entry> {
    let mut files = [(None, parse(file))];
    let environment = [("ENVV", "fromenv"), ("BOTH", "fromenv")]
        .map(|(name, value)| Entry::of_environment(name.to_owned(), zeroize::Zeroizing::new(value.to_owned())));
    expand(&mut files, &environment);
    let [(_, entries)] = files;
    entries.into_iter().find(|entry| entry.name == "X")
}

/// Whether anything will be said about the value.
fn is_noted(entry: &Entry) -> bool {
    let doubts = entry.expansion.as_ref().is_some_and(|expansion| !expansion.doubts.is_empty());
    let odd = |value: &str| value.starts_with(['"', '\'', '`']) || value.ends_with('\r');
    !entry.notes.is_empty() || doubts || odd(&entry.value)
}

#[test]
fn what_all_readers_agree_on_is_read_so_and_nothing_is_said() {
    let mut wrong = Vec::new();
    let mut agreed = 0;
    for case in cases() {
        // A shell has rules of its own for `&`, `;` and blanks: it is no reader to agree with.
        let readers = &case.values[..READERS.len() - 1];
        let Some(entry) = ours(&case.file) else { continue };
        if readers.iter().all(|value| value == &readers[0]) {
            agreed += 1;
            let same = readers[0].as_deref() == Some(entry.value.trim_end());
            // What others than these make of blanks, comments and byte order marks is told all the same.
            let elsewhere = [LineNote::SpacesAroundEquals, LineNote::InlineComment, LineNote::ByteOrderMark];
            let odd = is_noted(&entry) && !entry.notes.iter().any(|note| elsewhere.contains(note));
            if !same || odd && !entry.value.ends_with('\r') {
                wrong.push(format!("{:?}: {:?} {:?}", case.file, entry.value.as_str(), entry.notes));
            }
        }
    }
    assert!(agreed > 15, "{agreed}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn where_readers_differ_our_value_is_one_of_theirs_and_it_is_noted() {
    let mut wrong = Vec::new();
    for case in cases() {
        let readers = &case.values[..READERS.len() - 1];
        let Some(entry) = ours(&case.file) else { continue };
        if readers.iter().all(|value| value == &readers[0]) {
            continue;
        }
        let known = case.values.iter().flatten().any(|value| value.trim_end() == entry.value.trim_end());
        if !known || !is_noted(&entry) {
            wrong.push(format!("{:?}: {:?}, readers: {:?}", case.file, entry.value.as_str(), case.values));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
