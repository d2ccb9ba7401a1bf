//! `secret-in-repository`: a password stands in a file that git takes into the repository.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "secret-in-repository",
    severity: Severity::Error,
    group: Group::Setting,
    what: "A password stands in a file that git takes into the repository.",
    why: "Whoever can read the repository, its forks, its history or a build of it can log in to the database, today and after the line has gone.",
    fix: "Change the database password (Dashboard, Database settings), keep the new one in the environment or a secret store, name the file in .gitignore, and remove it with `git rm --cached`.",
    sources: &[
        "GitHub documentation, Removing sensitive data from a repository, 2026",
        "Supabase documentation, Rotating the database password, 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let told = subject.target.neighbours.code.in_repository
        && subject.kind().is_hosted()
        && subject.password() == Some(PasswordState::Set);
    told.then(|| {
        rule.finding("The password of a hosted database stands here in clear text, in a file that git does not ignore.")
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::{CodeHints, Neighbours};

    fn tracked() -> Neighbours {
        Neighbours { code: CodeHints { in_repository: true, ..Default::default() }, ..Default::default() }
    }

    #[test]
    fn a_password_in_a_tracked_file_is_an_error_and_is_not_repeated() {
        let url = "postgresql://postgres.abcdefghijklmnopqrst:hunter2@aws-0-us-east-1.pooler.supabase.com:5432/postgres";
        let finding = scene(url).beside(tracked()).fires(RULE.id);
        assert!(!finding.message.contains("hunter2"));
        scene(url).silent(RULE.id);
    }

    #[test]
    fn what_is_no_password_is_left_alone() {
        for url in [
            "postgresql://postgres.abcdefghijklmnopqrst:[YOUR-PASSWORD]@aws-0-us-east-1.pooler.supabase.com:5432/postgres",
            "postgresql://postgres.abcdefghijklmnopqrst@aws-0-us-east-1.pooler.supabase.com:5432/postgres",
            "postgresql://postgres.abcdefghijklmnopqrst:${DB_PASSWORD}@aws-0-us-east-1.pooler.supabase.com:5432/postgres",
            "postgresql://postgres:postgres@127.0.0.1:54322/postgres",
        ] {
            scene(url).beside(tracked()).silent(RULE.id);
        }
    }
}
