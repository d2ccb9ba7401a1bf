//! `wrong-port`: the port is not one that this host listens on.

use super::api_port::is_api_port;
use super::prelude::*;
use crate::endpoint::placeholder::{is_placeholder_word, is_reference};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wrong-port",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The port is not one that this host listens on.",
    why: "Supabase's hosts listen on 5432 and 6543 alone; on any other port the connection times out or is refused.",
    fix: "At the shared pooler 5432 is session mode and 6543 transaction mode; on `db.<ref>.supabase.co` 5432 is Postgres and 6543 the dedicated pooler.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let port = subject.host()?.port.as_ref()?;
    let hosted = matches!(shape(subject.host_name()), Shape::Pooler { .. } | Shape::Db { .. });
    let number = subject.host()?.port_number();
    if is_reference(&port.value)
        || number.is_some_and(|number| !hosted || matches!(number, 5432 | 6543) || is_api_port(number))
    {
        return None;
    }
    let message = match number {
        Some(number) => format!("{} does not listen on port {number}.", subject.host_name()),
        None if is_placeholder_word(&port.value) || port.value.eq_ignore_ascii_case("port") => {
            format!("`{}` is a placeholder for the port.", port.value)
        }
        None => format!("`{}` is not a port number.", port.value),
    };
    Some(
        rule.finding(message)
            .at(port.span.clone())
            .with_repaired(subject.replaced(port.span.as_ref(), "5432").filter(|_| hosted)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:54322/postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:[PORT]/postgres")
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5433/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres").silent(RULE.id);
        scene("postgresql://me:pw@db.example.com:5433/x").silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:443/postgres").silent(RULE.id);
    }
}
