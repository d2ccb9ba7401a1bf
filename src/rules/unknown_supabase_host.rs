//! `unknown-supabase-host`: the host is under one of Supabase's domains, in a form that does not exist.

use super::prelude::*;
use crate::endpoint::is_ref;
use crate::endpoint::placeholder::is_placeholder_word;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unknown-supabase-host",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The host is under one of Supabase's domains, in a form that does not exist.",
    why: "Shared poolers are `<cloud>-<n>-<region>.pooler.supabase.com`, databases `db.<ref>.supabase.co`. Any other name does not resolve, or leads elsewhere.",
    fix: "Copy the host from the dashboard's Connect dialog.",
    sources: &[
        "Supabase documentation, Connect to your database, September 2026",
        "Supabase CLI source, internal/utils/profile.go, June 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let shape = shape(&host.value);
    if let Shape::Db { label, .. } = &shape {
        return of_no_project(rule, label).map(|finding| finding.at(host.span.clone()));
    }
    let Shape::Unknown { meant } = shape else { return None };
    let meant = meant.filter(|meant| !meant.contains('<'));
    let finding = rule.finding(format!("Supabase has no host of the form `{}`.", host.value)).at(host.span.clone());
    Some(match meant {
        Some(meant) => {
            let repaired = subject.replaced(host.span.as_ref(), &meant);
            finding
                .with_fix(format!("`{meant}` was probably meant; compare it with the dashboard's Connect dialog."))
                .with_repaired(repaired)
        }
        None => finding,
    })
}

/// `db.<label>.supabase.co` where the label is neither a ref, nor a read replica's identifier, nor a placeholder.
fn of_no_project(rule: &Rule, label: &str) -> Option<Finding> {
    let (start, replica) = label.split_once('-').unwrap_or((label, ""));
    // Twenty letters and digits are what documentations write for a ref.
    let like_a_ref = start.len() == 20 && start.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if like_a_ref || is_placeholder_word(label) || is_ref(label) || (is_ref(start) && !replica.is_empty()) {
        return None;
    }
    let message = format!("`{label}` is not a project ref (20 lower-case letters), so no project has this host.");
    Some(rule.finding(message).with_severity(Severity::Warning).with_fix("Copy the host from the dashboard's Connect dialog."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_label_that_is_no_ref_is_told() {
        let finding = scene("postgresql://postgres:pw@db.xyz.supabase.co:5432/postgres").fires(RULE.id);
        assert_eq!(finding.severity, Severity::Warning);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst-rr-us-west-1-abcde.supabase.co:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.[YOUR-REF].supabase.co:5432/postgres").silent(RULE.id);
    }

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.co:5432/postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@pooler.supabase.com:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
        scene("postgresql://postgres:pw@abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
