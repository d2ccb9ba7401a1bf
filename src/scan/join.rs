//! Brings settings and the code that uses them together.
//!
//! Code names a variable, or has the setting itself; a name like `settings.database_url` is matched with the variable
//! that it can only mean. Of several files that set a variable those count that lie nearest above the code. What uses a
//! setting that nothing names (a parameter, say) uses what the application has.

use std::collections::{BTreeSet, HashMap};

use super::found::{Listed, Use};
use super::kind::is_template;
use super::walk::{Read, Walked};
use super::{Scanned, found::Says};
use crate::context::Workload;
use crate::knowledge::{self, Versions};
use crate::target::{Neighbours, Setting, Source, SourceKind, Target, settings_of_files, words_of};

/// The most settings that a use without a name is joined with.
const MAX_UNNAMED: usize = 8;

/// A setting with a place that uses it.
pub struct Pair {
    /// The index of the setting.
    pub setting: usize,
    /// The place, as the source of what is said about it.
    pub place: Source,
    /// The stack that connects, by id.
    pub stack: Option<String>,
    /// Whether the scheme of the setting names the driver, and so another stack.
    pub stack_by_scheme: bool,
    /// How the application runs, as far as the code tells.
    pub workload: Option<Workload>,
    /// What stands beside the setting, with what the code says.
    pub neighbours: Neighbours,
    /// The versions of the packages that the project lists.
    pub versions: Versions,
}

/// Joins what was found.
pub(super) fn join(walked: Walked) -> Scanned {
    let mut scopes = Vec::new();
    let mut tracked = Vec::new();
    let mut uses: Vec<(String, Use)> = Vec::new();
    let mut marks: Vec<(String, Workload)> = Vec::new();
    let mut listed: Vec<(String, Listed)> = Vec::new();
    for (path, Read { mut facts, in_repository, is_aside }) in walked.files {
        if is_aside {
            // What is written there wrongly, or secretly, is found all the same.
            facts.uses.clear();
            facts.workload = None;
        }
        marks.extend(facts.workload.map(|workload| (path.clone(), workload)));
        listed.extend(facts.listed.into_iter().map(|one| (folder(&path).to_owned(), one)));
        uses.extend(facts.uses.into_iter().map(|found| (path.clone(), found)));
        for scope in facts.scopes {
            scopes.push((path.clone(), scope.entries, scope.dotenv));
            tracked.push((in_repository, is_aside));
        }
    }
    let mut settings: Vec<Target> = Vec::new();
    for (found, (in_repository, is_aside)) in settings_of_files(scopes).into_iter().zip(tracked) {
        settings.extend(found.into_iter().map(|mut target| {
            target.neighbours.code.in_repository = in_repository;
            target.neighbours.code.is_aside = is_aside;
            target
        }));
    }
    settings.sort_by(|left, right| order(left).cmp(&order(right)));
    share(&mut uses);
    // What only migrations use comes last: of two that ask the same of one setting the application's counts.
    uses.sort_by_key(|(_, found)| found.workload == Some(Workload::Migrations));
    let index = Index::new(&settings);
    let mut pairs = index.pairs(&uses, &marks);
    // What lies nearer comes later, and so does what a lock file says.
    listed.sort_by_key(|(above, one)| (above.len(), one.is_lock));
    for pair in &mut pairs {
        pair.set_versions(&listed);
    }
    Scanned { settings, pairs, trouble: walked.trouble, seen: walked.seen }
}

impl Pair {
    /// Takes the versions of the packages that are listed above the place.
    fn set_versions(&mut self, listed: &[(String, Listed)]) {
        let place = folder(self.place.path.as_deref().unwrap_or_default());
        for (_, one) in listed.iter().filter(|(above, _)| is_above(above, place)) {
            self.versions.set(&one.package, one.version.clone());
        }
        if let Some(stack) = &mut self.stack {
            *stack = knowledge::packages().stack(stack, &self.versions).to_owned();
        }
    }
}

/// What several places of one folder say of one thing, each of them says.
fn share(uses: &mut [(String, Use)]) {
    let of = |path: &str, found: &Use| Some((folder(path).to_owned(), found.shared.clone()?));
    let mut said: HashMap<(String, String), Says> = HashMap::new();
    for (path, found) in uses.iter() {
        if let Some(key) = of(path, found) {
            said.entry(key).or_insert_with(|| found.says.clone()).add(&found.says);
        }
    }
    for (path, found) in uses.iter_mut() {
        if let Some(all) = of(path, found).and_then(|key| said.get(&key)) {
            found.says.add(all);
        }
    }
}

/// What a variable is looked up by: .NET writes `ConnectionStrings:Main` in code, and `ConnectionStrings__Main`, in any
/// case, in the environment.
fn key(name: &str) -> String {
    let dotted = name.replace("__", ".").replace(':', ".");
    if dotted.contains('.') { dotted.to_ascii_lowercase() } else { dotted }
}

fn order(target: &Target) -> (Option<&str>, Option<usize>, Option<usize>) {
    (target.source.path.as_deref(), target.source.line, target.source.column)
}

struct Index<'a> {
    settings: &'a [Target],
    /// By the name of a variable.
    variables: HashMap<String, Vec<usize>>,
    /// By file and line.
    lines: HashMap<(&'a str, usize), Vec<usize>>,
}

impl<'a> Index<'a> {
    fn new(settings: &'a [Target]) -> Self {
        let mut index = Self { settings, variables: HashMap::new(), lines: HashMap::new() };
        for (at, target) in settings.iter().enumerate() {
            for name in names(target) {
                index.variables.entry(key(name)).or_default().push(at);
            }
            let Some(path) = target.source.path.as_deref() else { continue };
            let parts = match &target.setting {
                Setting::Components(parts) => parts.iter().filter_map(|part| part.line).collect(),
                Setting::Text(_) => Vec::new(),
            };
            for line in target.source.line.into_iter().chain(parts).collect::<BTreeSet<_>>() {
                index.lines.entry((path, line)).or_default().push(at);
            }
        }
        index
    }

    fn pairs(&self, uses: &[(String, Use)], marks: &[(String, Workload)]) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let mut of_file: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        // What names no setting uses what its file uses.
        let (by_name, unnamed): (Vec<_>, Vec<_>) = uses
            .iter()
            .map(|(path, found)| (path, found, self.named(path, found)))
            .partition(|found| !found.2.is_empty());
        for (path, found, settings) in by_name {
            of_file.entry(path).or_default().extend(&settings);
            pairs.extend(settings.iter().map(|setting| self.pair(*setting, path, found, marks)));
        }
        for (path, found, _) in unnamed.into_iter().filter(|(_, found, _)| !found.only_with_setting) {
            let (settings, is_its) = match of_file.get(path.as_str()) {
                Some(known) => (known.iter().copied().collect(), known.len() == 1),
                None => (self.of_application(path), false),
            };
            pairs.extend(settings.iter().map(|setting| {
                let mut pair = self.pair(*setting, path, found, marks);
                pair.neighbours.code.uses_no_other = is_its;
                pair
            }));
        }
        pairs
    }

    fn pair(&self, setting: usize, path: &str, found: &Use, marks: &[(String, Workload)]) -> Pair {
        let nearest = || {
            let near = marks.iter().max_by_key(|(marked, _)| shared_depth(folder(marked), folder(path)));
            near.map(|(_, workload)| *workload)
        };
        let mut neighbours = self.settings[setting].neighbours.clone();
        merge(&mut neighbours, &found.says, found.stack.is_some());
        Pair {
            setting,
            place: Source {
                kind: SourceKind::File,
                variable: self.settings[setting].source.variable.clone().or_else(|| Some(found.label.clone())),
                path: Some(path.to_owned()),
                line: found.at.map(|at| at.line),
                column: found.at.map(|at| at.column),
            },
            stack: found.stack.clone(),
            stack_by_scheme: found.stack_by_scheme,
            // Of what connects without a profile of its own, only the general rules could say anything.
            workload: found.workload.or_else(|| found.stack.as_ref().and_then(|_| nearest())),
            neighbours,
            versions: Versions::default(),
        }
    }

    /// The settings that a use names.
    fn named(&self, path: &str, found: &Use) -> Vec<usize> {
        let mut settings: BTreeSet<usize> = BTreeSet::new();
        for line in &found.lines {
            settings.extend(self.lines.get(&(path, *line)).into_iter().flatten());
        }
        for variable in &found.variables {
            if let Some(known) = self.variables.get(&key(variable)) {
                settings.extend(self.nearest(known, path));
            }
        }
        if settings.is_empty() {
            for name in &found.names {
                settings.extend(self.nearest(&self.meant(name), path));
            }
        }
        settings.into_iter().collect()
    }

    /// The settings whose variable a name can only mean: `settings.database_url` is `DATABASE_URL`, and
    /// `config.db.host` is the host of `APP_DB_HOST`.
    fn meant(&self, name: &str) -> Vec<usize> {
        let wanted = words_of(name);
        let fits = |variable: &str| {
            let words = words_of(variable);
            let common = words.iter().rev().zip(wanted.iter().rev()).take_while(|(one, other)| one == other).count();
            common >= 2 || (common == 1 && common == words.len() && words[0].len() > 4)
        };
        let mut found: Vec<usize> = self
            .variables
            .iter()
            .filter(|(variable, _)| fits(variable))
            .flat_map(|(_, settings)| settings.iter().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Of settings of one variable those that lie nearest to the code: above it if there are any, and templates only if
    /// there is nothing else.
    fn nearest(&self, settings: &[usize], path: &str) -> Vec<usize> {
        let rank = |at: usize| {
            let place = self.path(at);
            let above = is_above(folder(place), folder(path));
            (!is_template(place), place == path, above, shared_depth(folder(place), folder(path)))
        };
        let Some(best) = settings.iter().map(|at| rank(*at)).max() else { return Vec::new() };
        settings.iter().copied().filter(|at| rank(*at) == best).collect()
    }

    /// The settings of the application that code at `path` belongs to; none when there are too many to tell.
    fn of_application(&self, path: &str) -> Vec<usize> {
        let candidates: Vec<usize> = (0..self.settings.len())
            .filter(|at| {
                let place = self.path(*at);
                is_above(folder(place), folder(path)) && !is_template(place) && !self.is_for_migrations(*at)
            })
            .collect();
        let found = self.nearest(&candidates, path);
        if found.len() > MAX_UNNAMED { Vec::new() } else { found }
    }

    fn is_for_migrations(&self, at: usize) -> bool {
        let name = self.settings[at].source.variable.as_deref().unwrap_or_default();
        words_of(name)
            .iter()
            .any(|word| ["DIRECT", "MIGRATION", "MIGRATIONS", "SHADOW", "ADMIN"].contains(&word.as_str()))
    }

    fn path(&self, at: usize) -> &str {
        self.settings[at].source.path.as_deref().unwrap_or_default()
    }
}

/// The variables that a setting is in, or put together from.
fn names(target: &Target) -> Vec<&str> {
    let mut names: Vec<&str> = match &target.setting {
        Setting::Components(parts) => parts.iter().map(|part| part.variable.as_str()).collect(),
        Setting::Text(_) => target.source.variable.as_deref().into_iter().collect(),
    };
    if let Some(expansion) = &target.neighbours.expansion {
        names.extend(expansion.pieces.iter().map(|piece| piece.variable.as_str()));
    }
    names
}

/// Adds what the code says to what stands beside the setting; the code is nearer to the truth.
fn merge(neighbours: &mut Neighbours, says: &Says, connects: bool) {
    let Says { pool_size, max_overflow, statements_off, null_pool, pre_ping, recycle_s, .. } = says;
    neighbours.pool_size = pool_size.or(neighbours.pool_size);
    neighbours.max_overflow = max_overflow.or(neighbours.max_overflow);
    neighbours.statements_off |= *statements_off;
    neighbours.code_verifies |= says.tls_verified;
    let pool = &mut neighbours.pool;
    pool.null_pool = null_pool.clone().or_else(|| pool.null_pool.take());
    pool.pre_ping = pre_ping.or(pool.pre_ping);
    pool.recycle_s = recycle_s.or(pool.recycle_s);
    let code = &mut neighbours.code;
    code.is_seen = connects;
    code.keeps_connections = says.keeps_connections;
    code.tls_unverified.clone_from(&says.tls_unverified);
    code.server_side_cursors = says.server_side_cursors;
    code.session_statement = says.session.clone().filter(|_| !says.session_unneeded);
    code.statements_on.clone_from(&says.statements_on);
}

/// The directory of a path, without an end.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a directory is the other, or lies above it.
fn is_above(folder: &str, other: &str) -> bool {
    folder.is_empty() || folder == other || other.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// How many parts two directories have in common from the root on.
fn shared_depth(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other && !one.is_empty()).count()
}
