//! What stands beside a setting and belongs to it: pool sizes, workers, a certificate, the project's API URL.

use super::Neighbours;
use super::env_file::Entry;

/// The variable under which `supascope env` hands the CA file to code that verifies the server by itself.
const CA_FOR_CODE: &str = "SUPABASE_CA_FILE";

/// Collects from the variables of one file or of the environment.
pub(super) fn collect(entries: &[Entry]) -> Neighbours {
    let value = |wanted: &dyn Fn(&str) -> bool| {
        let found = entries.iter().rev().find(|entry| wanted(&entry.name.to_ascii_uppercase()));
        found.map(|entry| entry.value.trim())
    };
    // The docker stack's POOLER_DEFAULT_POOL_SIZE is the pooler's, not an application's.
    let pool = |name: &str| ends_with(name, "POOL_SIZE") && !name.starts_with("POOLER_");
    let certificate = |name: &str| {
        ["SSL_CERT_PATH", "SSLROOTCERT", "SSL_ROOT_CERT", "SSL_CA_PATH", "CA_CERT_PATH", CA_FOR_CODE]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let off = |value: &str| ["false", "off", "no", "0"].contains(&value.to_ascii_lowercase().as_str());
    Neighbours {
        pool_size: value(&pool).and_then(|size| size.parse().ok()),
        max_overflow: value(&|name| ends_with(name, "MAX_OVERFLOW")).and_then(|size| size.parse().ok()),
        workers: value(&|name| name == "WEB_CONCURRENCY" || ends_with(name, "WORKERS")).and_then(|n| n.parse().ok()),
        ssl_root_cert: value(&certificate).filter(|path| is_path(path)).map(str::to_owned),
        code_verifies: value(&|name| name == CA_FOR_CODE).is_some_and(is_path),
        statements_off: value(&|name| ends_with(name, "PREPARED_STATEMENTS")).is_some_and(off),
        supabase_url_ref: value(&|name| ends_with(name, "SUPABASE_URL")).and_then(project_ref).map(str::to_owned),
        notes: Vec::new(),
    }
}

/// A whole word at the end of a name.
fn ends_with(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(['_', '.', '-']))
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

    #[test]
    fn numbers_paths_and_refs_are_collected() {
        let text = "DB_POOL_SIZE=5\nDB_MAX_OVERFLOW=10\nWEB_CONCURRENCY=4\nSUPABASE_SSL_CERT_PATH=certs/ca.crt\nPOOLER_DEFAULT_POOL_SIZE=20\nNEXT_PUBLIC_SUPABASE_URL=https://abcdefghijklmnopqrst.supabase.co\n";
        let neighbours = collect(&parse(text));
        assert_eq!((neighbours.pool_size, neighbours.max_overflow, neighbours.workers), (Some(5), Some(10), Some(4)));
        assert_eq!(neighbours.ssl_root_cert.as_deref(), Some("certs/ca.crt"));
        assert_eq!(neighbours.supabase_url_ref.as_deref(), Some("abcdefghijklmnopqrst"));
        assert_eq!(collect(&parse("DB_POOL_SIZE=many\n")), Neighbours::default());
    }

    /// What `supascope env` writes for code to read tells what that code does.
    #[test]
    fn what_the_code_is_told_is_collected() {
        let neighbours = collect(&parse("SUPABASE_CA_FILE=prod-ca-2021.crt\nPREPARED_STATEMENTS=false\n"));
        assert!(neighbours.code_verifies && neighbours.statements_off);
        assert_eq!(neighbours.ssl_root_cert.as_deref(), Some("prod-ca-2021.crt"));
        let neighbours = collect(&parse("SUPABASE_SSL_CERT_PATH=ca.crt\nDB_PREPARED_STATEMENTS=true\n"));
        assert!(!neighbours.code_verifies && !neighbours.statements_off);
    }
}
