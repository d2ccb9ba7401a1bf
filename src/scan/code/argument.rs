//! What the arguments of a call say, by its profile.

use super::expr::{Call, Expr, last};
use super::lower::Lowered;
use crate::knowledge::{ArgumentProfile, CallProfile, Means};
use crate::scan::found::Says;

/// How many names are followed through the assignments of a file.
const MAX_STEPS: usize = 6;

/// What a call says, its own arguments before what the rest of the file sets.
pub(super) fn of_call(profile: &CallProfile, call: &Call, file: &Lowered) -> Says {
    let mut says = start(profile);
    for argument in &profile.arguments {
        let value = match &argument.path {
            Some(path) => at_path(call, path, file),
            None => elsewhere(argument, file),
        };
        if let Some(value) = value {
            take(argument, value, file, &mut says);
        }
    }
    says
}

/// Before any argument has spoken: a stack with a switch for cursors on the server has them on.
fn start(profile: &CallProfile) -> Says {
    let server_side_cursors = profile.arguments.iter().any(|argument| argument.means == Means::ServerSideCursorsOff);
    Says { server_side_cursors, ..Says::default() }
}

/// What a value says that stands in the place of a call.
pub(super) fn of_value(profile: &CallProfile, value: &Expr, file: &Lowered) -> Says {
    let mut says = start(profile);
    for argument in &profile.arguments {
        let found = match &argument.path {
            Some(path) => {
                let parts: Vec<&str> = path.split('.').collect();
                within(value, &parts, file, 0).or_else(|| of_calls(value, path))
            }
            None => elsewhere(argument, file),
        };
        if let Some(value) = found {
            take(argument, value, file, &mut says);
        }
    }
    says
}

/// The argument of a call anywhere in a value: `dj_database_url.config(disable_server_side_cursors=True)`.
fn of_calls<'a>(value: &'a Expr, name: &str) -> Option<&'a Expr> {
    let mut found = None;
    value.walk(&mut |part| {
        if let Expr::Call(call) = part {
            found = found.or_else(|| {
                call.arguments.iter().find(|(given, _)| given.as_deref() == Some(name)).map(|(_, value)| value)
            });
        }
    });
    found
}

/// The value at a path: the first part is a name, a position, or a key of any argument.
fn at_path<'a>(call: &'a Call, path: &str, file: &'a Lowered) -> Option<&'a Expr> {
    let path: Vec<&str> = path.split('.').collect();
    let (first, rest) = path.split_first()?;
    if let Ok(position) = first.parse::<usize>() {
        let mut positional = call.arguments.iter().filter(|(name, _)| name.is_none());
        return within(&positional.nth(position)?.1, rest, file, 0);
    }
    if let Some((_, value)) = call.arguments.iter().find(|(name, _)| name.as_deref() == Some(first)) {
        return within(value, rest, file, 0);
    }
    call.arguments.iter().find_map(|(_, value)| within(value, &path, file, 0))
}

/// The value at a path within a map; names are followed, and what is spread into a map is looked at too.
fn within<'a>(value: &'a Expr, path: &[&str], file: &'a Lowered, steps: usize) -> Option<&'a Expr> {
    let Some((key, rest)) = path.split_first() else { return Some(value) };
    if steps > MAX_STEPS {
        return None;
    }
    let steps = steps + 1;
    match value {
        Expr::Map(pairs) => {
            let own = pairs.iter().find(|(name, _)| name == key);
            own.and_then(|(_, value)| within(value, rest, file, steps)).or_else(|| {
                let mut spread = pairs.iter().filter(|(name, _)| name.is_empty());
                spread.find_map(|(_, value)| within(value, path, file, steps))
            })
        }
        Expr::Name(name) => {
            let assigned = file.assignments.iter().find(|assignment| assignment.name == *name)?;
            within(&assigned.value, path, file, steps)
        }
        // Something around the options: `Object.assign({}, options)`, `&pgx.Config{...}`, `dict(a=1)`.
        Expr::Many(parts) => parts.iter().find_map(|part| within(part, path, file, steps)),
        Expr::Call(call) => {
            let named = call.arguments.iter().find(|(name, _)| name.as_deref() == Some(key));
            named
                .and_then(|(_, value)| within(value, rest, file, steps))
                .or_else(|| call.arguments.iter().find_map(|(_, value)| within(value, path, file, steps)))
        }
        Expr::Text(_) | Expr::Word(_) => None,
    }
}

/// What a setter or a field of the same name is given anywhere in the file.
fn elsewhere<'a>(argument: &ArgumentProfile, file: &'a Lowered) -> Option<&'a Expr> {
    if let Some(property) = &argument.property {
        return of_property(property, file);
    }
    let setter = argument.setter.as_deref()?;
    if let Some(assignment) = file.assignments.iter().find(|assignment| last(&assignment.name) == setter) {
        return Some(&assignment.value);
    }
    let mut found = None;
    let all = file.assignments.iter().map(|assignment| &assignment.value).chain(&file.top);
    for expr in all {
        expr.walk(&mut |part| match part {
            Expr::Call(call) if last(&call.callee) == setter => {
                found = found.or_else(|| call.arguments.first().map(|(_, value)| value));
            }
            Expr::Map(pairs) => {
                found = found.or_else(|| pairs.iter().find(|(key, _)| key == setter).map(|(_, value)| value));
            }
            _ => {}
        });
    }
    found
}

/// What a method is given beside the name of a property, or a map holds under it: `setProperty("a", "b")`,
/// `properties["a"] = "b"`.
fn of_property<'a>(property: &str, file: &'a Lowered) -> Option<&'a Expr> {
    let is_name = |expr: &Expr| expr.word() == Some(property);
    let mut assigned = file.assignments.iter();
    let ends = |name: &str| name.strip_suffix(property).is_some_and(|before| before.ends_with('.'));
    if let Some(assignment) = assigned.find(|assignment| ends(&assignment.name)) {
        return Some(&assignment.value);
    }
    let mut found = None;
    let all = file.assignments.iter().map(|assignment| &assignment.value).chain(&file.top);
    for expr in all {
        expr.walk(&mut |part| match part {
            Expr::Call(call) => {
                if let [(None, name), (None, value), ..] = call.arguments.as_slice() {
                    found = found.or_else(|| is_name(name).then_some(value));
                }
            }
            Expr::Map(pairs) => {
                found = found.or_else(|| {
                    pairs.iter().find(|(key, _)| key == property || last(key) == property).map(|(_, value)| value)
                });
            }
            _ => {}
        });
    }
    found
}

/// Writes down what an argument means.
fn take(argument: &ArgumentProfile, value: &Expr, file: &Lowered, says: &mut Says) {
    if let Some(word) = constant(value, file).word() {
        note(argument, word, says);
    }
}

/// Writes down what a word in the place of an argument means.
pub(in crate::scan) fn note(argument: &ArgumentProfile, word: &str, says: &mut Says) {
    if !argument.when.is_empty() && !argument.when.iter().any(|wanted| wanted == word) {
        return;
    }
    let name = [&argument.path, &argument.setter, &argument.property].into_iter().flatten().next();
    let name = name.map(String::as_str).unwrap_or_default();
    // A position says nothing to a person.
    let shown = || format!("{}={word}", name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'));
    let truth = word.eq_ignore_ascii_case("true");
    match argument.means {
        Means::PoolSize => says.pool_size = says.pool_size.or(word.replace('_', "").parse().ok()),
        Means::MaxOverflow => says.max_overflow = says.max_overflow.or(word.parse().ok()),
        Means::StatementsOff => says.statements_off = true,
        Means::NullPool => says.null_pool = Some(shown()),
        Means::KeepsConnections => says.keeps_connections = word != "0",
        Means::PrePing => says.pre_ping = Some(truth),
        Means::RecycleS => says.recycle_s = word.parse().ok(),
        Means::TlsUnverified => says.tls_unverified = Some(shown()),
        Means::TlsVerified => says.tls_verified = true,
        Means::ServerSideCursorsOff => says.server_side_cursors = false,
        Means::StatementsOn if matches!(word, "0" | "false" | "null") => {}
        Means::StatementsOn => says.statements_on = Some(shown()),
        Means::SessionUnneeded => says.session_unneeded = true,
    }
}

/// A name that stands for a value of the file.
fn constant<'a>(value: &'a Expr, file: &'a Lowered) -> &'a Expr {
    let Expr::Name(name) = value else { return value };
    let assigned = file.assignments.iter().find(|assignment| assignment.name == *name);
    assigned.map_or(value, |assignment| &assignment.value)
}
