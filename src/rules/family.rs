//! Settings that belong together: `DATABASE_URL` and `DIRECT_URL`, and their likes.

use std::collections::HashMap;

use super::Subject;
use crate::endpoint::Mode;

/// Words that say of a setting that it goes around the pooler, or is for migrations.
const DIRECT_WORDS: &[&str] = &[
    "DIRECT",
    "UNPOOLED",
    "NONPOOLED",
    "NONPOOLING",
    "NOPOOL",
    "MIGRATION",
    "MIGRATIONS",
    "MIGRATE",
    "MIGRATOR",
    "SHADOW",
    "FLYWAY",
    "LIQUIBASE",
];

/// Whether the variable's name says that this setting goes around the pooler, or is for migrations.
pub(super) fn is_direct_name(subject: &Subject<'_>) -> bool {
    let Some(name) = subject.target.source.variable.as_deref() else { return false };
    let words = crate::target::words_of(name);
    let direct = |word: &String| DIRECT_WORDS.contains(&word.as_str());
    words.iter().any(direct)
        || words.windows(2).any(|pair| {
            matches!(pair[0].as_str(), "NON" | "NO" | "NOT" | "WITHOUT")
                && matches!(pair[1].as_str(), "POOLING" | "POOLED" | "POOL" | "POOLER")
        })
}

/// Whether two settings stand in one place and are for one project, as far as both say. In two files that are read
/// together both must say it: one of them may only replace the other's setting.
pub(super) fn belong_together(one: &Subject<'_>, other: &Subject<'_>) -> bool {
    match (one.endpoint.project_ref.as_deref(), other.endpoint.project_ref.as_deref()) {
        (Some(mine), Some(theirs)) => mine == theirs && one.stands_near(other),
        _ => one.stands_beside(other),
    }
}

/// The settings of a run that the direct ones are compared with, so that a thousand of each are no million comparisons.
pub(super) struct Families<'a> {
    subjects: &'a [Subject<'a>],
    of_ref: HashMap<&'a str, Vec<usize>>,
    without_ref: Vec<usize>,
}

/// The most settings of one family that are looked at for one member.
const MAX_KIN: usize = 64;

impl<'a> Families<'a> {
    pub(super) fn of(subjects: &'a [Subject<'a>]) -> Self {
        let mut families = Self { subjects, of_ref: HashMap::new(), without_ref: Vec::new() };
        for (at, subject) in subjects.iter().enumerate() {
            if subject.target.source.variable.is_none() {
                continue;
            }
            match subject.endpoint.project_ref.as_deref() {
                Some(project) => families.of_ref.entry(project).or_default().push(at),
                None => families.without_ref.push(at),
            }
        }
        families
    }

    /// The other settings that belong together with this one.
    pub(super) fn kin(&self, at: usize) -> impl Iterator<Item = &'a Subject<'a>> + '_ {
        let subject = &self.subjects[at];
        let (own, all): (&[usize], bool) = match subject.endpoint.project_ref.as_deref() {
            Some(project) => (self.of_ref.get(project).map_or(&[], Vec::as_slice), false),
            None => (&[], true),
        };
        let others = if all { self.subjects.len() } else { 0 };
        own.iter()
            .chain(&self.without_ref)
            .copied()
            .chain(0..others)
            .filter(move |other| *other != at)
            .take(MAX_KIN)
            .map(|other| &self.subjects[other])
            .filter(move |other| other.target.source.variable.is_some() && belong_together(subject, other))
    }

    /// The setting for the application that goes around the transaction pooler, beside a direct one that does not: the
    /// two are exchanged.
    pub(super) fn exchanged_with(&self, at: usize) -> Option<&'a Subject<'a>> {
        let subject = &self.subjects[at];
        if !is_direct_name(subject) || subject.endpoint.mode != Mode::Transaction {
            return None;
        }
        let mine = &subject.endpoint.project_ref;
        let kin = || {
            let of_application = |other: &&Subject<'_>| !is_direct_name(other) && !is_group(other);
            self.kin(at).filter(of_application).filter(|other| other.endpoint.project_ref == *mine)
        };
        // Beside a URL that is pooled, the direct one is simply wrong.
        if kin().any(|other| other.endpoint.mode == Mode::Transaction) {
            return None;
        }
        kin().find(|other| matches!(other.endpoint.mode, Mode::Direct | Mode::Session))
    }
}

/// Whether a setting is put together from component variables: those stand beside URLs for other purposes (Vercel's
/// `POSTGRES_HOST`), and are not exchanged with them.
fn is_group(subject: &Subject<'_>) -> bool {
    matches!(subject.target.setting, crate::target::Setting::Components(_))
}
