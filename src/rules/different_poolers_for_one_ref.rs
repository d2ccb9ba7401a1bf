//! `different-poolers-for-one-ref`: one project is looked for at two different shared poolers.

use std::collections::HashMap;

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "different-poolers-for-one-ref",
    severity: Severity::Error,
    group: Group::Several,
    what: "One project is looked for at two different shared poolers.",
    why: "A project lives on one cluster; at the other the login fails with `(ENOTFOUND) tenant/user ... not found`.",
    fix: "Copy the host from the dashboard's Connect dialog into both.",
    sources: &["Supabase documentation, Tenant or user not found, September 2026"],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    // The first setting of each project: lists may hold thousands.
    let mut first: HashMap<&str, &Subject<'_>> = HashMap::new();
    for (at, subject) in subjects.iter().enumerate() {
        let project = subject.endpoint.project_ref.as_deref();
        let Some(project) = project.filter(|_| subject.kind().is_shared() && !subject.host_is_told()) else { continue };
        let other = *first.entry(project).or_insert(subject);
        if !other.host_name().trim_end_matches('.').eq_ignore_ascii_case(subject.host_name().trim_end_matches('.')) {
            let (here, there) = (subject.host_name(), other.host_name());
            let message = format!(
                "Project {project} is at `{here}` here and at `{there}` in {}; only one can be right.",
                other.label()
            );
            findings.push((at, rule.finding(message).at(subject.host_field().and_then(|host| host.span.clone()))));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn two_clusters_for_one_project_are_told() {
        let one =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres");
        let two =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-1-us-east-1.pooler.supabase.com:6543/postgres");
        assert_eq!(several(&[&one, &two], RULE.id).len(), 1);
        assert!(several(&[&one, &scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")], RULE.id).is_empty());
    }
}
