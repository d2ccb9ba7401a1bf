//! What stands beside a setting and belongs to it: pool sizes, workers, a certificate, the project's API URL.

use std::collections::HashMap;

use super::env_file::Entry;
use super::names::{split_end, words};
use super::{CodeHints, Neighbours, PoolHints};

/// What stands beside the settings of one place, by the words before it: `APP_DB_POOL_SIZE` belongs to `APP_DB_HOST`
/// before it belongs to `OTHER_DB_HOST`.
#[derive(Default)]
pub(super) struct Beside {
    pool_size: Numbers,
    max_overflow: Numbers,
    workers: Numbers,
    pooler_pool_size: Option<u32>,
    has_docker_stack: bool,
    ssl_root_cert: ByWords<String>,
    refs: Vec<ApiUrl>,
    pool: PoolHints,
    code_verifies: bool,
    statements_off: bool,
}

type Numbers = ByWords<u32>;

/// The project ref of one `*_SUPABASE_URL`.
#[derive(Clone)]
struct ApiUrl {
    /// The words before `SUPABASE_URL`, without those that only make it public.
    words: Vec<String>,
    project_ref: String,
}

/// Ends of names with what they hold. SQLAlchemy's, Rails's, Laravel's, Knex's, `HikariCP`'s and Spring's own names.
const POOL_SIZES: &[&str] = &["POOL_SIZE", "POOL_MAX", "MAX_POOL_SIZE", "MAXIMUM_POOL_SIZE", "POOL_MAX_SIZE"];
const OVERFLOWS: &[&str] = &["MAX_OVERFLOW"];
const WORKERS: &[&str] = &["WEB_CONCURRENCY", "WORKERS"];
const CERTIFICATES: &[&str] =
    &["SSL_CERT_PATH", "SSLROOTCERT", "SSL_ROOT_CERT", "SSL_CA_PATH", "CA_CERT_PATH", "SSL_CA_FILE", CA_FOR_CODE];

/// The variable under which `supascope env` hands the CA file to code that verifies the server by itself.
const CA_FOR_CODE: &str = "SUPABASE_CA_FILE";

/// Variables of the docker stack's Supavisor, which nothing else reads.
const DOCKER_STACK: &[&str] = &["POOLER_TENANT_ID", "POOLER_PROXY_PORT_TRANSACTION", "POOLER_DB_POOL_SIZE"];

/// Words that only decide where a value is visible.
const PUBLIC_WORDS: &[&str] = &["NEXT", "PUBLIC", "VITE", "REACT", "APP", "EXPO", "NUXT", "GATSBY", "VUE", "NG"];

/// Words that set one of several projects apart.
const STAGES: &[&str] = &[
    "DEV",
    "DEVELOPMENT",
    "STAGING",
    "STAGE",
    "PREVIEW",
    "PROD",
    "PRODUCTION",
    "LIVE",
    "TEST",
    "TESTING",
    "CI",
    "LOCAL",
    "OLD",
    "NEW",
    "SOURCE",
    "SRC",
    "TARGET",
    "DEST",
    "BACKUP",
    "LEGACY",
    "DEMO",
    "SANDBOX",
];

impl Beside {
    /// Collects from the variables of one file or of the environment.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut beside = Self { pool: PoolHints::collect(entries), ..Self::default() };
        for entry in entries {
            let value = entry.value.trim();
            let is_pooler = words(&entry.name).first().is_some_and(|word| word == "POOLER");
            if is_pooler {
                beside.has_docker_stack |= DOCKER_STACK.contains(&entry.name.as_str());
                // The docker stack's POOLER_DEFAULT_POOL_SIZE is the pooler's, not an application's.
                if entry.name.eq_ignore_ascii_case("POOLER_DEFAULT_POOL_SIZE") {
                    beside.pooler_pool_size = value.parse().ok();
                }
                continue;
            }
            for (numbers, ends) in [
                (&mut beside.pool_size, POOL_SIZES),
                (&mut beside.max_overflow, OVERFLOWS),
                (&mut beside.workers, WORKERS),
            ] {
                if let (Some(prefix), Ok(number)) = (prefix(&entry.name, ends), value.parse()) {
                    numbers.add(prefix, number);
                }
            }
            if let Some(prefix) = prefix(&entry.name, CERTIFICATES).filter(|_| is_path(value)) {
                beside.ssl_root_cert.add(prefix, value.to_owned());
            }
            if entry.name.eq_ignore_ascii_case(CA_FOR_CODE) {
                beside.code_verifies = is_path(value);
            }
            if split_end(&entry.name, "PREPARED_STATEMENTS").is_some() {
                beside.statements_off = ["false", "off", "no", "0"].contains(&value.to_ascii_lowercase().as_str());
            }
            if let (Some(prefix), Some(project)) = (split_end(&entry.name, "SUPABASE_URL"), project_ref(value)) {
                let words = words(prefix).into_iter().filter(|word| !PUBLIC_WORDS.contains(&word.as_str())).collect();
                beside.refs.push(ApiUrl { words, project_ref: project.to_owned() });
            }
        }
        beside
    }

    /// What belongs to the setting in `variable`. What its own place lacks is looked for in the places that are read
    /// with it.
    pub(super) fn of_variable(&self, variable: &str, others: &[&Self]) -> Neighbours {
        let mine = words(variable);
        Neighbours {
            pool_size: self.pool_size.get(&mine).copied(),
            max_overflow: self.max_overflow.get(&mine).copied(),
            workers: self.workers.get(&mine).copied(),
            pooler_pool_size: self.pooler_pool_size,
            has_docker_stack: self.has_docker_stack,
            ssl_root_cert: self.ssl_root_cert.get(&mine).cloned(),
            supabase_url_ref: std::iter::once(self)
                .chain(others.iter().copied())
                .find_map(|place| place.project_ref(&mine)),
            pool: self.pool.clone(),
            code_verifies: self.code_verifies,
            statements_off: self.statements_off,
            notes: Vec::new(),
            expansion: None,
            code: CodeHints::default(),
        }
    }

    /// The ref that this variable's setting should have: of the API URL with the most words in common. A setting for a
    /// stage (`STAGING_DATABASE_URL`) is compared with that stage's URL only.
    fn project_ref(&self, mine: &[String]) -> Option<String> {
        let of_stage = |words: &[String]| words.iter().find(|word| STAGES.contains(&word.as_str())).cloned();
        let stage = of_stage(mine);
        let kindred =
            self.refs.iter().filter(|url| of_stage(&url.words) == stage && url.words.iter().all(|w| mine.contains(w)));
        let best = kindred.rev().max_by_key(|url| url.words.len())?;
        // Two that contradict each other prove nothing about a third.
        let rivals = self.refs.iter().filter(|url| url.words == best.words && url.project_ref != best.project_ref);
        (rivals.count() == 0).then(|| best.project_ref.clone())
    }
}

/// Values by the words of the prefix before them.
struct ByWords<T> {
    all: HashMap<Vec<String>, T>,
    last: Option<Vec<String>>,
}

impl<T> Default for ByWords<T> {
    fn default() -> Self {
        Self { all: HashMap::new(), last: None }
    }
}

impl<T> ByWords<T> {
    fn add(&mut self, prefix: &str, value: T) {
        let words = words(prefix);
        self.last = Some(words.clone());
        self.all.insert(words, value);
    }

    /// The value with the longest prefix in common; else the last one of the place.
    fn get(&self, mine: &[String]) -> Option<&T> {
        let kindred = (1..=mine.len()).rev().find_map(|length| self.all.get(&mine[..length]));
        kindred.or_else(|| self.all.get(self.last.as_ref()?))
    }
}

/// What stands before one of these ends.
fn prefix<'a>(name: &'a str, ends: &[&str]) -> Option<&'a str> {
    ends.iter().find_map(|end| split_end(name, end))
}

/// A path, and not the certificate itself.
fn is_path(value: &str) -> bool {
    !value.is_empty() && value.len() < 4096 && !value.contains("-----") && !value.contains('\n')
}

/// The ref in `https://<ref>.supabase.co`: 20 lower-case letters (Supabase documentation, "API URL", 2026).
fn project_ref(url: &str) -> Option<&str> {
    let host = url.trim_matches(['"', '\'']).split_once("://")?.1.split(['/', ':', '?']).next()?;
    let name = host.strip_suffix(".supabase.co")?;
    (name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::env_file::parse;
    use super::*;

    fn of(variable: &str, text: &str) -> Neighbours {
        Beside::of(&parse(text)).of_variable(variable, &[])
    }

    #[test]
    fn numbers_paths_and_refs_are_collected() {
        let text = "DB_POOL_SIZE=5\nDB_MAX_OVERFLOW=10\nWEB_CONCURRENCY=4\nSUPABASE_SSL_CERT_PATH=certs/ca.crt\nPOOLER_DEFAULT_POOL_SIZE=20\nNEXT_PUBLIC_SUPABASE_URL=https://abcdefghijklmnopqrst.supabase.co\n";
        let neighbours = of("DATABASE_URL", text);
        assert_eq!((neighbours.pool_size, neighbours.max_overflow, neighbours.workers), (Some(5), Some(10), Some(4)));
        assert_eq!(neighbours.pooler_pool_size, Some(20));
        assert_eq!(neighbours.ssl_root_cert.as_deref(), Some("certs/ca.crt"));
        assert_eq!(neighbours.supabase_url_ref.as_deref(), Some("abcdefghijklmnopqrst"));
        assert_eq!(of("X", "DB_POOL_SIZE=many\n"), Neighbours::default());
    }

    #[test]
    fn each_setting_has_its_own_neighbours() {
        let text = "APP_DB_POOL_SIZE=5\nJOBS_DB_POOL_SIZE=7\n";
        assert_eq!(of("APP_DB_*", text).pool_size, Some(5));
        assert_eq!(of("JOBS_DB_*", text).pool_size, Some(7));
        assert_eq!(of("DATABASE_URL", text).pool_size, Some(7));
    }

    #[test]
    fn a_stage_is_compared_with_its_own_api_url() {
        let (one, two) = ("a".repeat(20), "b".repeat(20));
        let text = format!("SUPABASE_URL=https://{one}.supabase.co\nSTAGING_SUPABASE_URL=https://{two}.supabase.co\n");
        assert_eq!(of("DATABASE_URL", &text).supabase_url_ref, Some(one.clone()));
        assert_eq!(of("STAGING_DATABASE_URL", &text).supabase_url_ref, Some(two.clone()));
        assert_eq!(of("PROD_DATABASE_URL", &text).supabase_url_ref, None);
        let twice =
            format!("SUPABASE_URL=https://{one}.supabase.co\nNEXT_PUBLIC_SUPABASE_URL=https://{two}.supabase.co\n");
        assert_eq!(of("DATABASE_URL", &twice).supabase_url_ref, None);
    }

    /// What `supascope env` writes for code to read tells what that code does.
    #[test]
    fn what_the_code_is_told_is_collected() {
        let neighbours = of("DATABASE_URL", "SUPABASE_CA_FILE=prod-ca-2021.crt\nPREPARED_STATEMENTS=false\n");
        assert!(neighbours.code_verifies && neighbours.statements_off);
        assert_eq!(neighbours.ssl_root_cert.as_deref(), Some("prod-ca-2021.crt"));
        let neighbours = of("DATABASE_URL", "SUPABASE_SSL_CERT_PATH=ca.crt\nDB_PREPARED_STATEMENTS=true\n");
        assert!(!neighbours.code_verifies && !neighbours.statements_off);
    }
}
