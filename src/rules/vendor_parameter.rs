//! `vendor-parameter`: a parameter is a hosting vendor's mark, not a setting.

use super::prelude::*;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "vendor-parameter",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "A parameter is a hosting vendor's mark, not a setting.",
    why: "Integrations add keys such as `supa=base-pooler.x` or `workaround=supabase-pooler.vercel`. libpq, psycopg and tokio-postgres refuse a URL with an unknown key.",
    fix: "Remove it, unless the one driver it was made for reads this variable.",
    sources: &["Supabase documentation, Serverless drivers, 2025", "Driver behaviour measured, November 2026"],
    check: Check::Many(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .parameters()
        .iter()
        .filter(|parameter| matches!(parameter.key.as_str(), "supa" | "workaround"))
        .map(|parameter| {
            rule.finding(format!("`{}={}` is a vendor's mark.", parameter.key, parameter.value))
                .at(span_of(parameter))
                .with_repaired(subject.without(&parameter.key))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?supa=base-pooler.x").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres");
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?sslmode=require&workaround=supabase-pooler.vercel").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?sslmode=require").silent(RULE.id);
    }
}
