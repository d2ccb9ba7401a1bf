//! Files that only one stack reads: where they name the setting that it uses, and what they say of its connections.

use zeroize::Zeroizing;

use crate::conninfo::looks_like_setting;
use crate::knowledge::CallFile;
use crate::scan::code::{self, note};
use crate::scan::found::{Place, Says, Scope, Use};
use crate::target::Entry;

/// The ends of keys whose value is a setting, or the part of one that says where it leads.
const KEYS: &[&str] = &["url", "uri", "jdbc-url", "jdbcurl", "host", "hostname", "dsn"];

/// The settings that a file uses: its own, and those of variables that it names.
pub fn uses(file: &CallFile, scopes: &[Scope]) -> Vec<Use> {
    let entries = scopes.iter().flat_map(|scope| &scope.entries);
    entries.filter_map(|entry| of_entry(file, entry, scopes)).collect()
}

/// Of `${URL:jdbc:postgresql://localhost/app}` the file itself says what stands behind the name; the name is kept
/// for [`uses`], which come first.
pub fn take_defaults(scopes: &mut [Scope]) {
    for entry in scopes.iter_mut().flat_map(|scope| &mut scope.entries) {
        let whole = entry.value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let Some((name, default)) = whole.and_then(|inner| inner.split_once(':')) else { continue };
        if looks_like_setting(default) {
            entry.column += name.chars().count() + 3;
            entry.value = Zeroizing::new(default.to_owned());
        }
    }
}

fn of_entry(file: &CallFile, entry: &Entry, scopes: &[Scope]) -> Option<Use> {
    let (parent, key) = entry.name.rsplit_once('.').unwrap_or(("", &entry.name));
    let leads = KEYS.iter().any(|known| key.eq_ignore_ascii_case(known));
    if !leads && !looks_like_setting(&entry.value) {
        return None;
    }
    Some(Use {
        at: Some(Place { line: entry.line, column: entry.column }),
        label: entry.name.clone(),
        stack: Some(file.stack.clone()),
        workload: file.workload,
        says: says(file, parent, scopes),
        variables: variables(&entry.value),
        lines: vec![entry.line],
        only_with_setting: true,
        ..Use::default()
    })
}

/// What the keys beside one say.
fn says(file: &CallFile, parent: &str, scopes: &[Scope]) -> Says {
    let mut says = Says::default();
    for argument in &file.arguments {
        let Some(path) = &argument.path else { continue };
        let wanted = if parent.is_empty() { path.clone() } else { format!("{parent}.{path}") };
        let mut entries = scopes.iter().flat_map(|scope| &scope.entries);
        if let Some(entry) = entries.find(|entry| entry.name == wanted) {
            note(argument, entry.value.trim(), &mut says);
        }
    }
    says
}

/// The variables that a value names: `${URL}`, `${URL:default}`, `<%= ENV["URL"] %>`.
fn variables(value: &str) -> Vec<String> {
    if let Some((_, rest)) = value.split_once("<%=") {
        return code::variables(rest.split("%>").next().unwrap_or_default(), "rb");
    }
    let references = value.split("${").skip(1);
    let names = references.filter_map(|rest| rest.split(['}', ':']).next().filter(|name| !name.is_empty()));
    names.map(str::to_owned).collect()
}
