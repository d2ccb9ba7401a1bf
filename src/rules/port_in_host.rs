//! `port-in-host`: the host's value carries a port.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "port-in-host",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The host's value carries a port.",
    why: "In keyword strings and separate variables the port has its own place; a host called `name:5432` does not resolve.",
    fix: "Move the number into the port.",
    sources: &["PostgreSQL 15 documentation, section 34.1.2 (parameter `host`)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let (name, port) = host.value.rsplit_once(':')?;
    let is_port =
        !name.is_empty() && !name.contains(':') && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_port.then(|| rule.finding(format!("`{}` is a host and a port in one.", host.value)).at(host.span.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@[::1]:5432/postgres").silent(RULE.id);
    }

    #[test]
    fn a_component_with_a_port_is_told() {
        let mut glued =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres");
        let conninfo = glued.reading.literal.as_mut().expect("readable");
        conninfo.hosts[0].host = Some(crate::conninfo::Field::unplaced("aws-0-us-east-1.pooler.supabase.com:5432"));
        glued.fires(RULE.id);
    }
}
