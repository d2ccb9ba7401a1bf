//! `pool-exceeds-session-cap`: the application's pools may ask for more connections than session mode has.

use super::demand;
use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pool-exceeds-session-cap",
    severity: Severity::Error,
    group: Group::Stack,
    what: "The application's pools may ask for more connections than session mode has.",
    why: "In session mode each client holds a server connection. Whoever comes after the last one is refused at once: `(EMAXCONNSESSION) max clients reached in session mode`.",
    fix: "Make engines x (pool size + overflow) x processes smaller than the pool size in the dashboard, or raise that within 40 % of max_connections (80 % without the Data API).",
    sources: &[
        "Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026",
        "Supabase documentation, Pooling and limits, September 2026",
    ],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    demand::doors(subjects)
        .into_iter()
        .filter(|door| door.mode == Mode::Session)
        .filter_map(|door| {
            let cap = subjects[door.first].pool_size();
            let full = door.total == cap.size && door.ask.processes.is_none();
            if door.total < cap.size || (door.total == cap.size && !full) {
                return None;
            }
            let ask = door.ask;
            let engines = if door.engines > 1 { format!("{} engines x ", door.engines) } else { String::new() };
            let processes = ask.processes.map(|count| format!(" x {count} processes")).unwrap_or_default();
            let product = if door.total == ask.per_pool { String::new() } else { format!(" = {}", door.total) };
            let whose = if ask.said { "" } else { " by this stack's defaults" };
            let per_pool = ask.per_pool;
            let sum = format!("{engines}{per_pool} connections{processes}{product}{whose}, against {} server connections {}", cap.size, cap.from);
            let finding = if full {
                rule.finding(format!("One process may take the whole session cap, so a second one is refused: {sum}."))
                    .with_severity(if door.ask.said { Severity::Warning } else { Severity::Note })
            } else {
                // A default that nobody chose is no fault of the setting: who named the stack is warned.
                let level = match (door.ask.said, subjects[door.first].said().stacks.is_empty()) {
                    (true, _) => Severity::Error,
                    (false, false) => Severity::Warning,
                    (false, true) => Severity::Note,
                };
                rule.finding(format!("The pools may ask for more than session mode has: {sum}.")).with_severity(level)
            };
            let finding = if door.engines > 1 {
                let more = "A search_path that the pooler sees (`options=--search_path%3D...`) gives each engine a pool of server connections of its own there, and all of them count against max_connections.";
                finding.with_fix(format!("{} {more}", rule.fix))
            } else {
                finding
            };
            Some((door.first, finding))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::Neighbours;

    fn pool(size: u32, overflow: u32, workers: Option<u32>) -> Neighbours {
        Neighbours { pool_size: Some(size), max_overflow: Some(overflow), workers, ..Default::default() }
    }

    #[test]
    fn numbers_beside_the_setting_count() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .beside(pool(20, 10, None))
                .fires(RULE.id)
                .severity,
            Severity::Error
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .beside(pool(5, 2, Some(2)))
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .beside(pool(20, 10, None))
            .pool_size(40)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .beside(pool(20, 10, None))
            .silent(RULE.id);
    }

    #[test]
    fn the_defaults_of_a_stack_that_fill_the_cap_are_a_note() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .stack("sqlalchemy-asyncpg")
                .fires(RULE.id)
                .severity,
            Severity::Note
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("psycopg2")
            .silent(RULE.id);
    }

    #[test]
    fn engines_that_differ_in_search_path_add_up_unless_the_pooler_sees_it() {
        let engine = |options: &str, name: &str| {
            scene(&format!("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options={options}")).beside(pool(5, 2, None)).named(name, ".env")
        };
        let glued = [
            engine("-csearch_path%3Da", "A_DB_URL"),
            engine("-csearch_path%3Db", "B_DB_URL"),
            engine("-csearch_path%3Dc", "C_DB_URL"),
        ];
        let found = several(&glued.iter().collect::<Vec<_>>(), RULE.id);
        assert_eq!(found.len(), 1, "skipped by the pooler, so all three share one pool");
        assert!(found[0].1.message.contains("3 engines x 7"), "{}", found[0].1.message);
        let seen = [engine("--search_path%3Da", "A_DB_URL"), engine("--search_path%3Db", "B_DB_URL")];
        assert!(several(&seen.iter().collect::<Vec<_>>(), RULE.id).is_empty(), "a pool of its own for each");
    }

    #[test]
    fn a_second_variable_for_the_same_door_is_no_second_engine() {
        let one =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .beside(pool(8, 0, None))
                .named("DATABASE_URL", ".env");
        let two =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .beside(pool(8, 0, None))
                .named("DIRECT_URL", ".env");
        assert!(several(&[&one, &two], RULE.id).is_empty());
    }
}
