//! The words of variable names, in whatever style they are written: `APP_DB_HOST`, `app.db.host`, `App__Db__Host`,
//! `appDbHost`, `PGHOST`.

/// Words that are written together with what follows: `PGHOST`, `DBUSER`.
const GLUED: &[&str] = &["PG", "DB", "SQL", "POSTGRES", "DATABASE", "PSQL", "PGSQL"];

/// What stands before the word (or words) `end`, with its separator; `None` when the name does not end in it.
pub(super) fn split_end<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    let cut = name.len().checked_sub(end.len())?;
    let (before, found) = (name.get(..cut)?, name.get(cut..)?);
    if !found.bytes().map(plain).eq(end.bytes().map(plain)) && !found.eq_ignore_ascii_case(end) {
        return None;
    }
    let camel =
        before.ends_with(|c: char| c.is_ascii_lowercase()) && found.starts_with(|c: char| c.is_ascii_uppercase());
    let last = before.rsplit(is_separator).next().unwrap_or_default();
    let glued = GLUED.iter().any(|word| last.eq_ignore_ascii_case(word));
    (before.is_empty() || before.ends_with(is_separator) || camel || glued).then_some(before)
}

/// `SSL_MODE`, `SSL-MODE` and `ssl.mode` are one name.
fn plain(byte: u8) -> u8 {
    if matches!(byte, b'.' | b'-') { b'_' } else { byte.to_ascii_uppercase() }
}

fn is_separator(c: char) -> bool {
    matches!(c, '_' | '.' | '-' | ':')
}

/// The words of a name, in upper case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for run in name.split(is_separator).filter(|run| !run.is_empty()) {
        let mut word = String::new();
        let mut was_lower = false;
        for c in run.chars() {
            if c.is_ascii_uppercase() && was_lower {
                words.push(std::mem::take(&mut word));
            }
            was_lower = c.is_ascii_lowercase();
            word.push(c.to_ascii_uppercase());
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parted_in_every_style() {
        assert_eq!(split_end("APP_DB_HOST", "HOST"), Some("APP_DB_"));
        assert_eq!(split_end("app.db.host", "HOST"), Some("app.db."));
        assert_eq!(split_end("dbHost", "HOST"), Some("db"));
        assert_eq!(split_end("PGHOST", "HOST"), Some("PG"));
        assert_eq!(split_end("db-ssl-mode", "SSL_MODE"), Some("db-"));
        assert_eq!(split_end("HOST", "HOST"), Some(""));
        for name in ["localhost", "GHOST", "HOSTS", "é"] {
            assert_eq!(split_end(name, "HOST"), None, "{name}");
        }
        assert_eq!(words("ConnectionStrings__Default"), ["CONNECTION", "STRINGS", "DEFAULT"]);
        assert_eq!(words("my.app-DB_x"), ["MY", "APP", "DB", "X"]);
    }
}
