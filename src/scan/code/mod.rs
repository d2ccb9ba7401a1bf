//! Code: the calls that make engines, pools and clients, the settings in it, and the statements that need a session.
//!
//! tree-sitter reads the language; a table of shapes ([`shape`]) lowers every grammar to the same few expressions
//! ([`expr`]), and so does the reader of [`tokens`] where no grammar is built in; which calls matter and what their arguments mean is data (`profiles/calls/*.toml`).

mod argument;
mod expr;
mod language;
mod lower;
mod place;
mod refer;
mod shape;
mod statement;
mod tokens;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use tree_sitter::Parser;

use self::expr::{Call, Expr, last};
use self::lower::Lowered;
use super::found::{FileFacts, Scope, Use};
use crate::knowledge::{self, CallProfile, Calls};
use crate::target::Entry;
pub(super) use argument::note;
pub use expr::Place;
pub use language::Language;

/// Reads a file of code. `path` is relative to what is scanned.
pub(crate) fn read(text: &str, path: &str, extension: &str, calls: &'static Calls) -> FileFacts {
    let mut facts = FileFacts::default();
    let mark = calls.workloads.iter().find(|mark| mark.texts.iter().any(|mark| text.contains(mark.as_str())));
    facts.workload = mark.map(|mark| mark.workload);
    let Some(lowered) = lowered(text, extension) else { return facts };
    let profiles = calls.calls.iter().filter(|call| applies(call, text, path)).collect();
    Reader { calls, profiles, lowered: &lowered, facts }.read()
}

/// The variables of the environment that a piece of code reads.
pub(super) fn variables(text: &str, extension: &str) -> Vec<String> {
    let calls = Language::of_extension(extension).and_then(|language| knowledge::calls(language.profile()));
    let Some((lowered, calls)) = lowered(text, extension).zip(calls) else { return Vec::new() };
    let mut found = Use::default();
    for expr in &lowered.top {
        refer::collect(expr, &lowered, calls, &mut found);
    }
    found.variables
}

/// The code of a file, lowered; `None` for a language that is not read.
fn lowered(text: &str, extension: &str) -> Option<Lowered> {
    let Some(grammar) = language::grammar(extension) else {
        return tokens::lower(Language::of_extension(extension)?, text);
    };
    let mut parser = Parser::new();
    // A grammar of another version than the library is caught by the tests, which read a file in every language.
    parser.set_language(&grammar).ok()?;
    Some(lower::lower(parser.parse(text, None)?.root_node(), text))
}

/// Whether a profile is about this file: by its imports and by its name.
fn applies(call: &CallProfile, text: &str, path: &str) -> bool {
    let has = |needles: &[String]| needles.iter().any(|needle| text.contains(needle.as_str()));
    (call.imports.is_empty() || has(&call.imports))
        && !has(&call.unless)
        && (call.files.is_empty() || call.files.iter().any(|end| path.ends_with(end.as_str())))
}

/// The most places of one file that use settings: a file with more was made by a program, and each may ask about all
/// of the file.
const MAX_USES: usize = 128;

struct Reader<'a> {
    calls: &'static Calls,
    profiles: Vec<&'static CallProfile>,
    lowered: &'a Lowered,
    facts: FileFacts,
}

impl Reader<'_> {
    fn read(mut self) -> FileFacts {
        let lowered = self.lowered;
        let mut settings: Vec<Entry> = Vec::new();
        for assignment in &lowered.assignments {
            collect_settings(&assignment.name, &assignment.value, &mut settings);
            self.assigned(&assignment.name, &assignment.value, assignment.at);
            self.calls_in(&assignment.value);
        }
        for expr in &lowered.top {
            collect_settings("", expr, &mut settings);
            self.calls_in(expr);
        }
        settings.sort_by_key(|entry| (entry.line, entry.column));
        settings.dedup_by_key(|entry| (entry.line, entry.column));
        for setting in settings {
            self.facts.scopes.push(Scope { entries: vec![setting], dotenv: false });
        }
        self.facts
    }

    /// The calls anywhere in an expression, each with the last one of the chain that it stands in.
    fn calls_in(&mut self, expr: &Expr) {
        let mut calls = Vec::new();
        let mut chains: HashMap<*const Call, &Call> = HashMap::new();
        expr.walk(&mut |part| {
            let Expr::Call(call) = part else { return };
            // Chains are walked from their end.
            let end = chains.get(&std::ptr::from_ref(call.as_ref())).copied().unwrap_or(call);
            if let Some(before) = call.receiver.as_ref().and_then(of_receiver) {
                chains.insert(std::ptr::from_ref(before), end);
            }
            calls.push((call.as_ref(), end));
        });
        let before = self.facts.uses.len();
        for (call, end) in calls {
            self.call(call, end);
        }
        // A configuration that is made in one place and handed to the library in another.
        if self.facts.uses.len() == before {
            self.maps_in(expr);
        }
    }

    fn maps_in(&mut self, expr: &Expr) {
        let mut maps = Vec::new();
        expr.walk(&mut |part| {
            if let Expr::Map(pairs) = part {
                maps.push((pairs, part));
            }
        });
        for (pairs, map) in maps {
            let Some((profile, at)) = self.profiles.iter().find_map(|profile| Some((*profile, held(profile, pairs)?)))
            else {
                continue;
            };
            let mut found = start(profile, profile.holds.join(", "), at);
            refer::collect(map, self.lowered, self.calls, &mut found);
            found.says = argument::of_value(profile, map, self.lowered);
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| (Some(key.clone()), value)).collect();
            self.group_of(&pairs, at, &mut found);
            self.facts.uses.push(found);
        }
    }

    fn call(&mut self, call: &Call, end: &Call) {
        if self.facts.uses.len() >= MAX_USES {
            return;
        }
        for (name, at) in statement::of_call(call) {
            let mut session = Use { at: Some(at), label: name.clone(), ..Use::default() };
            session.says.session = Some(name);
            self.facts.uses.push(session);
        }
        let Some(profile) = of_call(&self.profiles, call) else { return };
        let mut found = start(profile, call.callee.clone(), call.at);
        for (_, value) in &call.arguments {
            refer::collect(value, self.lowered, self.calls, &mut found);
        }
        if let Some(receiver) = &call.receiver {
            refer::collect(receiver, self.lowered, self.calls, &mut found);
        }
        found.says = argument::of_call(profile, call, self.lowered);
        found.says.session.clone_from(&profile.session);
        found.shared = profile.is_shared.then(|| taken(profile, call)).flatten().map(str::to_owned);
        self.group(&call.arguments, call.at, &mut found);
        self.chain(end, call.at, &mut found);
        self.facts.uses.push(found);
    }

    /// The parts of a setting that the methods of a chain are given: `.host("...").port(6543)`.
    fn chain(&mut self, end: &Call, at: Place, found: &mut Use) {
        let mut pairs = Vec::new();
        let mut next = Some(end);
        while let Some(call) = next {
            if let [(None, value)] = call.arguments.as_slice() {
                pairs.push((Some(last(&call.callee).to_owned()), value));
            }
            next = call.receiver.as_ref().and_then(of_receiver);
        }
        self.group_of(&pairs, at, found);
    }

    /// A name that is given a value in place of a call.
    fn assigned(&mut self, name: &str, value: &Expr, at: Place) {
        let Some(profile) = of_assignment(&self.profiles, name).filter(|_| self.facts.uses.len() < MAX_USES) else {
            return;
        };
        let mut found = start(profile, name.to_owned(), at);
        refer::collect(value, self.lowered, self.calls, &mut found);
        found.says = argument::of_value(profile, value, self.lowered);
        let mut maps = Vec::new();
        value.walk(&mut |part| {
            if let Expr::Map(pairs) = part {
                maps.push(pairs);
            }
        });
        for pairs in maps {
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| (Some(key.clone()), value)).collect();
            self.group_of(&pairs, at, &mut found);
        }
        self.facts.uses.push(found);
    }

    /// The parts of a setting that are given as arguments, or as entries of one: `host="...", port=6543`.
    fn group(&mut self, arguments: &[(Option<String>, Expr)], at: Place, found: &mut Use) {
        let direct: Vec<_> = arguments.iter().map(|(name, value)| (name.clone(), value)).collect();
        self.group_of(&direct, at, found);
        for (_, value) in arguments {
            if let Expr::Map(pairs) = value {
                let pairs: Vec<_> = pairs.iter().map(|(key, value)| (Some(key.clone()), value)).collect();
                self.group_of(&pairs, at, found);
            }
        }
    }

    fn group_of(&mut self, pairs: &[(Option<String>, &Expr)], at: Place, found: &mut Use) {
        let is_host = |name: &str| name.eq_ignore_ascii_case("host") || name.eq_ignore_ascii_case("hostname");
        let host = pairs.iter().find_map(|(name, value)| match value {
            Expr::Text(text) if name.as_deref().is_some_and(is_host) && text.put_in.is_empty() => Some(text),
            _ => None,
        });
        if host.is_none_or(|host| !host.value.contains('.')) {
            return;
        }
        let entries = pairs.iter().filter_map(|(name, value)| {
            let (value, place) = match value {
                Expr::Text(text) => (text.value.clone(), text.at),
                Expr::Word(word) => (word.clone().into(), at),
                other => {
                    let mut parts = Use::default();
                    refer::collect(other, self.lowered, self.calls, &mut parts);
                    (format!("${{{}}}", parts.variables.first().or(parts.names.first())?).into(), at)
                }
            };
            Some(Entry::placed(format!("database.{}", name.as_ref()?), value, place.line, place.column))
        });
        let entries: Vec<Entry> = entries.collect();
        found.lines.extend(entries.iter().map(|entry| entry.line));
        self.facts.scopes.push(Scope { entries, dotenv: false });
    }
}

/// What a profile says of a place before its arguments are read.
fn start(profile: &CallProfile, label: String, at: Place) -> Use {
    Use {
        at: Some(at),
        label,
        stack: profile.stack.clone(),
        stack_by_scheme: profile.stack_by_scheme,
        only_with_setting: profile.only_with_setting,
        workload: profile.workload,
        ..Use::default()
    }
}

/// The call that a method is called on.
fn of_receiver(receiver: &Expr) -> Option<&Call> {
    match receiver {
        Expr::Call(call) => Some(call),
        Expr::Many(parts) => match parts.first() {
            Some(Expr::Call(call)) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

/// The profile that a call is about.
fn of_call(profiles: &[&'static CallProfile], call: &Call) -> Option<&'static CallProfile> {
    profiles.iter().copied().find(|profile| {
        fits(&profile.names, &call.callee) && (profile.takes.is_empty() || taken(profile, call).is_some())
    })
}

/// Where a map has an entry that makes it what a profile is about.
fn held(profile: &CallProfile, pairs: &[(String, Expr)]) -> Option<Place> {
    pairs.iter().find_map(|(key, value)| match value {
        Expr::Text(text) => {
            let fits =
                |entry: &String| entry.split_once('=').is_some_and(|one| one == (key.as_str(), text.value.as_str()));
            profile.holds.iter().any(fits).then_some(text.at)
        }
        _ => None,
    })
}

/// The profile that a name is about which is given a value.
fn of_assignment(profiles: &[&'static CallProfile], name: &str) -> Option<&'static CallProfile> {
    profiles.iter().copied().find(|profile| fits(&profile.assigned, name))
}

/// The name among the arguments that a profile asks for.
fn taken<'a>(profile: &CallProfile, call: &'a Call) -> Option<&'a str> {
    let names = call.arguments.iter().filter_map(|argument| match argument {
        (None, Expr::Name(name)) => Some(name),
        _ => None,
    });
    let ends = |name: &str| profile.takes.iter().any(|end| last(name).ends_with(end.as_str()));
    names.map(String::as_str).find(|name| ends(name))
}

/// Whether a callee ends in one of these names, at a boundary between parts.
fn fits(names: &[String], callee: &str) -> bool {
    names
        .iter()
        .any(|name| callee.strip_suffix(name.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}

/// The texts of an expression that are settings, each under the name that it is given.
fn collect_settings(name: &str, expr: &Expr, into: &mut Vec<Entry>) {
    let mut callee = String::new();
    expr.walk(&mut |part| match part {
        Expr::Call(call) => last(&call.callee).clone_into(&mut callee),
        Expr::Text(text) if refer::is_setting(text) => {
            let name = [name, callee.as_str()].into_iter().find(|name| !name.is_empty()).unwrap_or("text");
            into.push(Entry::placed(name.to_owned(), text.value.clone(), text.at.line, text.at.column));
        }
        _ => {}
    });
}
