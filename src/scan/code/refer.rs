//! What an expression refers to: variables of the environment, names, settings in the same file.

use super::expr::{Expr, Text};
use super::lower::Lowered;
use crate::conninfo::looks_like_setting;
use crate::knowledge::Calls;
use crate::scan::found::Use;

/// How many names are followed through the assignments of a file.
const MAX_STEPS: usize = 6;

/// The longest text that is looked at as a setting.
const MAX_TEXT_BYTES: usize = 4096;

/// Collects what an expression refers to.
pub(super) fn collect(expr: &Expr, file: &Lowered, calls: &Calls, found: &mut Use) {
    follow(expr, file, calls, found, 0);
    for list in [&mut found.variables, &mut found.names] {
        let mut seen = std::collections::HashSet::new();
        list.retain(|name| seen.insert(name.clone()));
    }
}

fn follow(expr: &Expr, file: &Lowered, calls: &Calls, found: &mut Use, steps: usize) {
    match expr {
        Expr::Text(text) => {
            if is_setting(text) {
                found.lines.push(text.at.line);
            }
            for part in &text.put_in {
                follow(part, file, calls, found, steps);
            }
        }
        Expr::Name(name) => {
            if let Some(variable) = member_of_environment(name, calls) {
                found.variables.push(variable.to_owned());
                return;
            }
            let own = file.assignments.iter().filter(|assignment| assignment.name == *name);
            let mut known = false;
            if steps < MAX_STEPS {
                for assignment in own.take(MAX_STEPS) {
                    known = true;
                    follow(&assignment.value, file, calls, found, steps + 1);
                }
            }
            if !known {
                found.names.push(name.clone());
            }
        }
        Expr::Call(call) => {
            let first = call.arguments.first().and_then(|(_, value)| value.word());
            if let Some(variable) = first.filter(|_| super::fits(&calls.environment.calls, &call.callee)) {
                found.variables.push(variable.to_owned());
            } else if let Some(name) =
                first.filter(|_| super::fits(&calls.environment.connection_strings, &call.callee))
            {
                found.variables.push(format!("ConnectionStrings:{name}"));
            } else if let Some(variable) = member_of_environment(&call.callee, calls) {
                // `process.env.X.replace(...)`, `os.environ["X"].strip()`.
                found.variables.push(variable.split('.').next().unwrap_or_default().to_owned());
            } else if let Some((object, _)) = call.callee.rsplit_once('.') {
                follow(&Expr::Name(object.to_owned()), file, calls, found, steps + 1);
            }
            call.receiver.iter().for_each(|receiver| follow(receiver, file, calls, found, steps));
            call.arguments.iter().for_each(|(_, value)| follow(value, file, calls, found, steps));
        }
        Expr::Map(pairs) => pairs.iter().for_each(|(_, value)| follow(value, file, calls, found, steps)),
        Expr::Many(parts) => parts.iter().for_each(|part| follow(part, file, calls, found, steps)),
        Expr::Word(_) => {}
    }
}

/// The variable in `process.env.X` and `os.environ["X"]`.
fn member_of_environment<'a>(name: &'a str, calls: &Calls) -> Option<&'a str> {
    calls.environment.objects.iter().find_map(|object| {
        let at = name.find(object.as_str()).filter(|at| *at == 0 || name.as_bytes()[at - 1] == b'.')?;
        let rest = name[at + object.len()..].strip_prefix('.')?;
        rest.chars().next().is_some_and(|first| first.is_ascii_uppercase()).then_some(rest)
    })
}

/// Whether a text is a setting with a host of its own.
pub(super) fn is_setting(text: &Text) -> bool {
    let value = text.value.as_str();
    if value.len() > MAX_TEXT_BYTES || value.contains('\n') || !looks_like_setting(value) {
        return false;
    }
    // `url.replace("postgres://", "postgresql://")` is about the beginnings of settings.
    if value.split_once("://").is_some_and(|(_, rest)| rest.is_empty()) {
        return false;
    }
    // Where the host is put in when the code runs, the text says nothing.
    text.put_in.is_empty() || host_of(value).is_some_and(|host| !host.is_empty() && !host.contains('$'))
}

/// What stands in the place of the host: behind `@`, behind `host=`, or behind `://`.
fn host_of(value: &str) -> Option<&str> {
    if let Some((_, rest)) = value.rsplit_once('@') {
        return rest.split(['/', ':', '?']).next();
    }
    let keyword =
        ["host=", "server="].into_iter().find_map(|key| Some(value.to_ascii_lowercase().find(key)? + key.len()));
    if let Some(at) = keyword {
        return value.get(at..)?.split([';', ' ', '&']).next();
    }
    value.split_once("://")?.1.split(['/', ':', '?']).next()
}
