//! What a policy does.

use super::*;
use crate::rules;
use crate::target::SourceKind;

const TODAY: Date = Date { year: 2026, month: 11, day: 25 };

fn source(variable: &str) -> Source {
    Source {
        kind: SourceKind::File,
        variable: Some(variable.to_owned()),
        path: Some(".env".to_owned()),
        line: Some(3),
        column: Some(1),
    }
}

fn finding(rule: &str) -> Finding {
    rules::find(rule).unwrap().finding("x")
}

fn after(policy: &str, variable: &str, rule: &str) -> Option<Severity> {
    let policy = parse("p.toml", policy).unwrap();
    let mut findings = vec![finding(rule)];
    policy.apply(&source(variable), &mut findings, &[], TODAY);
    findings.first().map(|finding| finding.severity)
}

#[test]
fn the_sample_is_the_default() {
    assert_eq!(parse("sample", SAMPLE).unwrap(), Policy::default());
    assert_eq!(parse("empty", "").unwrap(), Policy::default());
}

/// An example that does not work would be found by the first user who takes its `#` away.
#[test]
fn every_example_of_the_sample_works() {
    let uncommented: String = SAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with("[[") || (rest.contains(" = ") && !rest.contains(". ")) => rest,
            _ => line,
        })
        .fold(String::new(), |text, line| text + line + "\n");
    let policy = parse("sample", &uncommented).unwrap_or_else(|error| panic!("{error}\n{uncommented}"));
    assert_eq!((policy.ignores.len(), policy.targets.len(), policy.application.rules.len()), (1, 2, 2));
    assert_eq!(policy.application.tier.as_deref(), Some("small"));
    assert_eq!(policy.targets[1].application.rules["sslmode-missing"], Some(Severity::Error));
}

#[test]
fn a_mistake_is_pointed_at() {
    for (text, place) in [
        ("fail_on = \"eror\"\n", "p.toml:1:11: unknown variant"),
        ("\n[rules]\n  no-such-rule = \"off\"\n", "p.toml:3:3: unknown rule `no-such-rule`"),
        ("stack = [\"asyncgp\"]\n", "p.toml:1:10: unknown stack `asyncgp`; did you mean asyncpg?"),
        ("tier = \"huge\"\n", "p.toml:1:8: unknown tier `huge`"),
        ("pool_size = 0\n", "p.toml:1:13: a pool has"),
        ("[thresholds]\nused_percent = 170\n", "p.toml:2:16: used_percent is"),
        ("[[ignore]]\nrule = \"crlf\"\nreason = \" \"\n", "p.toml:3:10: an ignore needs a reason"),
        ("[[ignore]]\nrule = \"crlf\"\n", "missing field `reason`"),
        ("[[ignore]]\nrule = \"crlf\"\nreason = \"x\"\nuntil = 07:00:00\n", "p.toml:4:9: a day is expected"),
        ("unknown = 1\n", "p.toml:1:1: unknown field `unknown`"),
        ("a = [\n", "p.toml:"),
    ] {
        let error = parse("p.toml", text).unwrap_err().to_string();
        assert!(error.starts_with("read p.toml:") && error.contains(place), "{text}: {error}");
    }
}

#[test]
fn a_rule_gets_the_severity_of_the_policy_and_of_its_target() {
    let policy = "[rules]\nmissing-port = \"error\"\ncrlf = \"off\"\n[[target]]\nmatch = \"DIRECT_*\"\nrules = { missing-port = \"note\" }\n";
    assert_eq!(after(policy, "DATABASE_URL", "missing-port"), Some(Severity::Error));
    assert_eq!(after(policy, "DIRECT_URL", "missing-port"), Some(Severity::Note));
    assert_eq!(after(policy, "DATABASE_URL", "crlf"), None);
    assert_eq!(after(policy, "DATABASE_URL", "missing-database"), Some(Severity::Warning));
}

#[test]
fn what_is_accepted_is_taken_out_until_its_day_is_over() {
    let ignore = |until: &str| format!("[[ignore]]\nrule = \"crlf\"\ntarget = \".env\"\nreason = \"known\"\n{until}");
    assert_eq!(after(&ignore(""), "X", "crlf"), None);
    assert_eq!(after(&ignore("until = 2026-11-25"), "X", "crlf"), None);
    assert!(after(&ignore("until = 2026-11-24"), "X", "crlf").is_some());
    assert!(after(&ignore("").replace(".env", "other"), "X", "crlf").is_some());
    assert_eq!(parse("p", &ignore("until = 2026-11-24")).unwrap().expired(TODAY).count(), 1);
}

#[test]
fn a_comment_beside_the_setting_accepts_its_rules_alone() {
    let comments = inline::beside("# supascope: ignore[crlf] by hand\nX=1", 2);
    let mut findings = vec![finding("crlf"), finding("missing-port")];
    let applied = Policy::default().apply(&source("X"), &mut findings, &comments, TODAY);
    assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["missing-port"]);
    assert_eq!(applied.ignored, [("crlf", "by hand".to_owned())]);
}
