//! `placeholder-ref`: the project ref is still a placeholder.

use super::prelude::*;
use crate::endpoint::placeholder::{is_placeholder_word, is_reference};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "placeholder-ref",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The project ref is still a placeholder.",
    why: "No project has that name: the host does not resolve, or the pooler answers that it knows no such tenant.",
    fix: "Put the project's ref in: the 20 letters in the project's dashboard address.",
    sources: &["Supabase CLI source, internal/utils/misc.go (the form of a ref), June 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let label = match shape(&host.value) {
        Shape::Db { label, .. } | Shape::Api { label } => Some(label),
        Shape::Pooler { .. } => None,
        _ => return None,
    };
    let of_host = label.as_deref().filter(|label| is_placeholder_word(label));
    let tenant = subject.tenant().map(|split| split.tenant).or(subject.options_reference());
    let of_user = tenant.filter(|tenant| is_placeholder_word(tenant) && !is_reference(tenant));
    let span = match (of_host, of_user) {
        (Some(label), _) if is_reference(label) => return None,
        (Some(_), _) => host.span.clone(),
        (None, Some(_)) if label.is_none() => subject.user().and_then(|user| user.span.clone()),
        _ => return None,
    };
    let finding = rule
        .finding(format!("`{}` is a placeholder for the project ref.", of_host.or(of_user).unwrap_or_default()))
        .at(span.clone());
    let known = subject.known_ref();
    let Some((known, user)) = known.zip(subject.tenant()).filter(|_| label.is_none()) else { return Some(finding) };
    Some(finding.with_repaired(subject.replaced(span.as_ref(), &format!("{}.{known}", user.role))))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.[YOUR-PROJECT-REF]:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.[YOUR-PROJECT-REF].supabase.co:5432/postgres").fires(RULE.id);
        scene("postgresql://postgres.your-project-ref:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .fires(RULE.id);
        scene("postgresql://postgres.xxxxxxxxxxxxxxxxxxxx:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.your-tenant-id:pw@localhost:6543/postgres").silent(RULE.id);
        scene("postgresql://postgres.${REF}:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres").silent(RULE.id);
    }
}
