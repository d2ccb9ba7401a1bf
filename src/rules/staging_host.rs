//! `staging-host`: the host belongs to Supabase's own staging platform.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "staging-host",
    severity: Severity::Note,
    group: Group::Setting,
    what: "The host belongs to Supabase's own staging platform.",
    why: "Projects of the public platform are under `supabase.co` and `supabase.com`; staging has another certificate root.",
    fix: "Nothing, if you work on Supabase itself; else copy the host from the dashboard.",
    sources: &["Supabase CLI source, internal/utils/profile.go, June 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let staging = matches!(shape(&host.value), Shape::Pooler { staging: true, .. } | Shape::Db { staging: true, .. });
    staging.then(|| rule.finding(format!("`{}` is on Supabase's staging platform.", host.value)).at(host.span.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.red:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
