//! `different-poolers-for-one-ref`: one project is looked for at two different shared poolers.

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
    for (at, subject) in subjects.iter().enumerate() {
        let Some(project) = subject.endpoint.project_ref.as_deref().filter(|_| subject.kind().is_shared()) else {
            continue;
        };
        let other = subjects[..at].iter().find(|other| {
            other.kind().is_shared()
                && other.endpoint.project_ref.as_deref() == Some(project)
                && !other.host_name().eq_ignore_ascii_case(subject.host_name())
        });
        if let Some(other) = other.filter(|other| !other.host_is_told() && !subject.host_is_told()) {
            let message = format!(
                "Project {project} is at `{}` here and at `{}` in {}; only one can be right.",
                subject.host_name(),
                other.host_name(),
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
