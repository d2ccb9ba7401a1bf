//! Puts the variables into a file that exists. Comments, order, line ends and every variable of others stay as they are;
//! a password that stands in a variable already is taken over into its new value.

use std::ops::Range;

use zeroize::Zeroizing;

use super::variable::Variable;
use super::{Draft, Project, TemplateError, document, door, dotenv};
use crate::capacity::PlanEndpoint;
use crate::conninfo::{self, Conninfo, PasswordState, percent};
use crate::endpoint::{Shape, classify, is_ref, shape, split_user};
use crate::knowledge::{KeyFate, Piece, ValueSyntax};
use crate::repair::assignment;
use crate::secret::Secret;
use crate::target::env_file::{Entry, parse};
use crate::target::{Setting, settings_of_text};

/// What became of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It had the value already.
    Kept,
    /// It has another value now.
    Changed,
    /// It was not there.
    Added,
}

/// The file after the merge.
pub struct Merged {
    /// Its text.
    pub text: Secret,
    /// What became of each variable, in order.
    pub fates: Vec<(String, Fate)>,
    /// What was left out of a value that was changed: the variable and the parameter.
    pub dropped: Vec<(String, String)>,
    /// Variables that led to another server, or referred to other variables, with their lines.
    pub led_elsewhere: Vec<(String, usize)>,
}

/// What an existing file tells of the project.
#[derive(Default)]
pub struct Known {
    /// The shared pooler's host.
    pub pooler_host: Option<String>,
    /// The ref.
    pub reference: Option<String>,
    /// The CA file.
    pub ca: Option<String>,
    /// The endpoint of the first setting of a hosted project.
    pub endpoint: Option<PlanEndpoint>,
}

/// Reads what a file tells of the project, so that a merge does not put a placeholder in the place of what is known.
pub fn known_of(text: &str) -> Known {
    let mut known = Known::default();
    for target in settings_of_text(text) {
        let reading = conninfo::read(&target.setting);
        let Some(conninfo) = reading.conninfo() else { continue };
        let host = conninfo.first_host().and_then(conninfo::Host::name).unwrap_or_default();
        if matches!(shape(host), Shape::Pooler { open: false, .. }) {
            known.pooler_host.get_or_insert_with(|| host.to_owned());
        }
        let endpoint = classify(conninfo);
        known.endpoint = known.endpoint.or_else(|| door::of_kind(endpoint.kind));
        if let Some(reference) = endpoint.project_ref.filter(|reference| is_ref(reference)) {
            known.reference.get_or_insert(reference);
        }
        if let Some(ca) = target.neighbours.ssl_root_cert {
            known.ca.get_or_insert(ca);
        }
    }
    known
}

/// Merges the draft into a text.
pub(super) fn merge(draft: &Draft, text: &str) -> Result<Merged, TemplateError> {
    let entries = parse(text);
    let shared = password_of_project(text, draft.project.reference.as_deref());
    let foreign = foreign_parts(text, draft.project.reference.as_deref());
    let mut merged =
        Merged { text: Secret::default(), fates: Vec::new(), dropped: Vec::new(), led_elsewhere: Vec::new() };
    let mut edits: Vec<(Range<usize>, Zeroizing<String>)> = Vec::new();
    let mut added: Vec<(&Variable, Project)> = Vec::new();
    for variable in &draft.variables {
        let Some(entry) = entries.iter().find(|entry| entry.name == variable.name) else {
            added.push((variable, with_password(&draft.project, shared.as_ref())));
            merged.fates.push((variable.name.clone(), Fate::Added));
            continue;
        };
        if foreign.contains(&variable.name) {
            merged.led_elsewhere.push((variable.name.clone(), entry.line));
        }
        let old = entry.value.trim_end();
        let new = new_value(draft, variable, entry, shared.as_ref(), &mut merged);
        if *new == *old {
            merged.fates.push((variable.name.clone(), Fate::Kept));
            continue;
        }
        edits.push(edit(text, entry, &new)?);
        merged.fates.push((variable.name.clone(), Fate::Changed));
    }
    let mut out = apply(text, edits);
    append(draft, &added, &mut out)?;
    merged.text = Secret::new(out.as_str());
    Ok(merged)
}

fn with_password(project: &Project, found: Option<&Secret>) -> Project {
    Project { password: project.password.clone().or_else(|| found.cloned()), ..project.clone() }
}

/// A setting of a hosted project, or one that is left open.
fn is_of_project(conninfo: &Conninfo, reference: Option<&str>) -> bool {
    let endpoint = classify(conninfo);
    let host = conninfo.first_host().and_then(conninfo::Host::name).unwrap_or_default();
    let hosted = endpoint.kind.is_hosted() || matches!(shape(host), Shape::Placeholder);
    hosted && (endpoint.project_ref.is_none() || reference.is_none() || endpoint.project_ref.as_deref() == reference)
}

/// The variables of groups that lead to another server.
fn foreign_parts(text: &str, reference: Option<&str>) -> Vec<String> {
    let mut names = Vec::new();
    for target in settings_of_text(text) {
        let Setting::Components(parts) = &target.setting else { continue };
        let reading = conninfo::read(&target.setting);
        if !reading.conninfo().is_some_and(|conninfo| is_of_project(conninfo, reference)) {
            names.extend(parts.iter().map(|part| part.variable.clone()));
        }
    }
    names
}

fn real_password(conninfo: &Conninfo) -> Option<Secret> {
    conninfo.password.value.clone().filter(|_| conninfo.password.state == PasswordState::Set)
}

/// The password of the role `postgres` in this project, from any setting of the file.
fn password_of_project(text: &str, reference: Option<&str>) -> Option<Secret> {
    settings_of_text(text).iter().find_map(|target| {
        let reading = conninfo::read(&target.setting);
        let conninfo = reading.conninfo().filter(|conninfo| is_of_project(conninfo, reference))?;
        real_password(conninfo).filter(|_| role(conninfo) == Some("postgres"))
    })
}

/// The role that a setting logs in with, without the project.
fn role(conninfo: &Conninfo) -> Option<&str> {
    let user = conninfo.user.as_ref()?.value.as_str();
    Some(split_user(user).map_or(user, |user| user.role)).filter(|role| !role.is_empty())
}

/// The value of a variable that exists: role, database, password and the parameters that the stack takes are those that
/// stand there.
fn new_value(
    draft: &Draft,
    variable: &Variable,
    entry: &Entry,
    shared: Option<&Secret>,
    merged: &mut Merged,
) -> Zeroizing<String> {
    let old = entry.value.trim_end();
    if !variable.holds_password() {
        return variable.value(&draft.cells, &draft.project);
    }
    if variable.template.syntax == ValueSyntax::Plain {
        let state = conninfo::password_state(old);
        if state == PasswordState::Unresolved {
            return Zeroizing::new(old.to_owned());
        }
        let own = Some(Secret::new(old)).filter(|_| state == PasswordState::Set);
        return variable.value(&draft.cells, &with_password(&draft.project, own.as_ref().or(shared)));
    }
    if old.is_empty() {
        return variable.value(&draft.cells, &with_password(&draft.project, shared));
    }
    let reading = conninfo::read_text(old);
    // What refers to other variables would lose them.
    let kept = |conninfo: &&Conninfo| {
        is_of_project(conninfo, draft.project.reference.as_deref())
            && conninfo.password.state != PasswordState::Unresolved
    };
    let Some(conninfo) = reading.conninfo().filter(kept) else {
        merged.led_elsewhere.push((variable.name.clone(), entry.line));
        return variable.value(&draft.cells, &with_password(&draft.project, shared));
    };
    let mut project = with_password(&draft.project, real_password(conninfo).as_ref().or(shared));
    if let Some(role) = role(conninfo) {
        role.clone_into(&mut project.role);
    }
    if let Some(database) = &conninfo.database {
        project.database.clone_from(&database.value);
    }
    let mut value = variable.value(&draft.cells, &project);
    if variable.template.syntax == ValueSyntax::Uri {
        carry_parameters(draft, variable, conninfo, &mut value, merged);
    }
    value
}

/// Adds the parameters of the old value that the stack takes and that the templates have no say in.
fn carry_parameters(
    draft: &Draft,
    variable: &Variable,
    old: &Conninfo,
    value: &mut Zeroizing<String>,
    merged: &mut Merged,
) {
    let cell = &draft.cells[variable.cells[0]];
    let owned = |key: &str| {
        let parameters = cell.templates.env.iter().filter_map(|env| env.parameters.as_ref());
        let literal = |piece: &Piece| match piece {
            Piece::Literal(text) => text.split('&').any(|pair| pair.split('=').next() == Some(key)),
            Piece::Gap(_) => false,
        };
        parameters.flat_map(|text| &text.0).flat_map(|line| &line.pieces).any(literal)
    };
    for parameter in &old.parameters {
        let key = parameter.key.as_str();
        let about_tls = key.to_ascii_lowercase().starts_with("ssl");
        if owned(key) || about_tls {
            continue;
        }
        if cell.stack.key_fate(key) != KeyFate::Taken || parameter.value == crate::secret::MASK {
            merged.dropped.push((variable.name.clone(), key.to_owned()));
            continue;
        }
        let separator = if value.contains('?') { '&' } else { '?' };
        value.push(separator);
        value.push_str(&percent::encode(key));
        value.push('=');
        value.push_str(&percent::encode_query(&parameter.value));
    }
}

/// Where the value stands, and what takes its place. Quotes stay where they can hold the new value.
fn edit(text: &str, entry: &Entry, new: &str) -> Result<(Range<usize>, Zeroizing<String>), TemplateError> {
    let refused = |why| TemplateError::NotLiteral { variable: entry.name.clone(), line: entry.line, why };
    let found =
        assignment::find(text, entry.line, &entry.name).ok_or_else(|| refused("it is not found there again"))?;
    let mut place = found.value.clone();
    if found.quote.is_none() {
        place.end = place.start + text[place.clone()].trim_end().len();
    }
    if text[place.clone()] != *entry.value.trim_end() && text[place.clone()] != **entry.value {
        return Err(refused("its value is put together from escapes or several lines; change it by hand"));
    }
    let fits = match found.quote {
        Some('\'') => !new.contains('\''),
        Some('"') => !new.contains(['"', '$', '`', '\\']),
        _ => false,
    };
    if fits {
        return Ok((place, Zeroizing::new(new.to_owned())));
    }
    let outer = usize::from(found.quote.is_some());
    Ok((place.start - outer..place.end + outer, dotenv::quoted(&entry.name, new)?))
}

fn apply(text: &str, mut edits: Vec<(Range<usize>, Zeroizing<String>)>) -> Zeroizing<String> {
    edits.sort_by_key(|(span, _)| span.start);
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 1024));
    let mut at = 0;
    for (span, new) in &edits {
        out.push_str(&text[at..span.start]);
        out.push_str(new);
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The variables that were not there, at the end.
fn append(draft: &Draft, added: &[(&Variable, Project)], out: &mut Zeroizing<String>) -> Result<(), TemplateError> {
    if added.is_empty() {
        return Ok(());
    }
    let line_end = if out.contains("\r\n") { "\r\n" } else { "\n" };
    if !out.is_empty() && !out.ends_with('\n') {
        out.push_str(line_end);
    }
    if !out.is_empty() {
        out.push_str(line_end);
    }
    for (variable, project) in added {
        document::assignment(draft, variable, project, line_end, out)?;
    }
    Ok(())
}
