//! `conflicting-user`: two users are given.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "conflicting-user",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "Two users are given.",
    why: "libpq takes the one among the parameters, other drivers the one before the host.",
    fix: "Keep one, before the host.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let user = subject.user()?;
    let span = user.span.clone()?;
    let text = subject.reading.text.reveal();
    if !text[..span.start].contains('?') {
        return None;
    }
    let before_host = subject.userinfo()?.split(':').next().unwrap_or_default();
    (!before_host.is_empty() && before_host != user.value).then(|| {
        rule.finding(format!("A second user, `{}`, is given among the parameters.", subject.shown(&user.value)))
            .at(Some(span))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn a_user_among_the_parameters_wins() {
        let text =
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?user=app";
        let mut twice = scene(text);
        let conninfo = twice.reading.literal.as_mut().expect("readable");
        conninfo.user = Some(crate::conninfo::Field { value: "app".into(), span: Some(text.len() - 3..text.len()) });
        twice.fires(RULE.id);
    }
}
