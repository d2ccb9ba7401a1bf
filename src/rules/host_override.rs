//! `host-override`: a `host` parameter replaces the host before the slash.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "host-override",
    severity: Severity::Error,
    group: Group::Setting,
    what: "A `host` parameter replaces the host before the slash.",
    why: "libpq connects to the host in the parameters and ignores the one that everybody reads; other drivers do the opposite.",
    fix: "Keep one host, before the slash.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let span = host.span.clone()?;
    // A `?` may stand in a password, so the key itself says whether the host is a parameter.
    let is_parameter = subject.reading.text.reveal().get(..span.start)?.ends_with("host=");
    if subject.syntax()? != Syntax::Uri || !is_parameter {
        return None;
    }
    let visible = subject.authority()?.split([':', ',']).next().unwrap_or_default();
    (!visible.is_empty() && visible != host.value).then(|| {
        rule.finding(format!("The setting shows one host and connects to another, `{}`.", host.value)).at(Some(span))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:what?9now@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require").silent(RULE.id);
    }

    #[test]
    fn a_host_among_the_parameters_wins() {
        let text = "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?host=evil.example";
        let mut overridden = scene(text);
        let at = text.find("evil").expect("the host");
        let conninfo = overridden.reading.literal.as_mut().expect("readable");
        conninfo.hosts[0].host =
            Some(crate::conninfo::Field { value: "evil.example".into(), span: Some(at..text.len()) });
        overridden.fires(RULE.id);
    }
}
