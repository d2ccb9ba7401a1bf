//! Parts of a setting that a template left open: `[YOUR-REF]`, `<region>`, `${DB_HOST}`, `xxxxxxxx`.

use crate::conninfo::{Conninfo, Host};
use crate::secret::Secret;

/// Whole values that only a template has.
const WORDS: &[&str] = &[
    "ref",
    "project-ref",
    "projectref",
    "project-id",
    "projectid",
    "project",
    "reference",
    "reference-id",
    "region",
    "host",
    "hostname",
    "your-host",
    "user",
    "username",
    "database",
    "dbname",
    "db-name",
    "tenant",
    "tenant-id",
    "changeme",
    "placeholder",
    "myref",
    "my-ref",
    "my-project",
    "myproject",
    "my-project-ref",
    "myprojectref",
    "project-reference",
    "ref-id",
    "refid",
    "project-name",
    "supabase-ref",
    "supabase-project",
    "supabase-project-ref",
    "db-ref",
    "example",
    "example-ref",
    "some-ref",
    "todo",
];

/// Whether a name (ref, region, host, user, database; never a password) is a placeholder. A real name holds no
/// brackets, no `$` and no `your`; a run of four `x` occurs in no region, and in a random ref of 20 letters about once in 30,000.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() {
        return false;
    }
    if value.contains(['[', ']', '<', '>', '{', '}', '$', '%', '?']) {
        return true;
    }
    // None of the words below is without one of these pieces, whatever its case.
    let bytes = value.as_bytes();
    let doubled = |byte: u8| {
        bytes.windows(2).any(|pair| pair[0].eq_ignore_ascii_case(&byte) && pair[1].eq_ignore_ascii_case(&byte))
    };
    let your = bytes.windows(4).any(|piece| piece.eq_ignore_ascii_case(b"your"));
    let shouted = !bytes.iter().any(u8::is_ascii_lowercase) && bytes.iter().any(u8::is_ascii_uppercase);
    if !your && !shouted && !doubled(b'x') && !doubled(b'.') {
        return false;
    }
    let plain = value.to_ascii_lowercase().replace('_', "-");
    plain.starts_with("your")
        || plain.contains("-your-")
        || plain.contains("xxxx")
        || plain.contains("...")
        || (value.len() > 1
            && !value.chars().any(|c| c.is_ascii_lowercase())
            && value.chars().any(|c| c.is_ascii_uppercase())
            && WORDS.contains(&plain.as_str()))
}

/// As [`is_placeholder`], for a place where the bare word of a template (`project-ref`, `region`) cannot be a real value.
pub(crate) fn is_placeholder_word(value: &str) -> bool {
    // The longest word has as many bytes; a host name or a ref is no candidate.
    const LONGEST: usize = 20;
    let value = value.trim();
    is_placeholder(value)
        || (value.len() <= LONGEST && WORDS.contains(&value.to_ascii_lowercase().replace('_', "-").as_str()))
}

/// Whether a setting is the one that READMEs print, `user:password@host:5432/database`: each word of it may be real, all
/// three together are not.
pub(crate) fn is_printed_example(conninfo: &Conninfo) -> bool {
    let is = |value: Option<&str>, words: &[&str]| value.is_some_and(|value| words.contains(&value));
    let user = conninfo.user.as_ref().map(|user| user.value.as_str());
    let password = conninfo.password.value.as_ref().map(Secret::reveal);
    let host = conninfo.first_host().and_then(Host::name);
    is(host, &["host", "hostname", "server", "dbhost", "db-host", "db_host"])
        && is(user, &["user", "username", "dbuser", "db_user", "postgres"])
        && is(password, &["password", "pass", "passwd", "pwd", "secret", "pw"])
}

/// Whether a value refers to a variable that nobody has put in: `${DB_HOST}`, `$DB_HOST`, `{{ host }}`, `%(host)s`.
pub(crate) fn is_reference(value: &str) -> bool {
    if !value.bytes().any(|byte| matches!(byte, b'$' | b'{' | b'%')) {
        return false;
    }
    let dollar = value
        .split('$')
        .skip(1)
        .any(|rest| rest.starts_with(['{', '(']) || rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    dollar || value.contains("{{") || value.contains("%(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_placeholders() {
        for value in [
            "[YOUR-PROJECT-REF]",
            "<region>",
            "${DB_HOST}",
            "$REF",
            "your-project-ref",
            "YOUR_REF",
            "xxxxxxxxxxxxxxxxxxxx",
            "{ref}",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        assert!(is_placeholder_word("project-ref"));
    }

    #[test]
    fn every_word_is_short_enough_to_be_found() {
        for word in WORDS {
            assert!(is_placeholder_word(word) && is_placeholder(&word.to_uppercase()), "{word}");
        }
    }

    #[test]
    fn real_names_are_not() {
        for value in ["abcdefghijklmnopqrst", "us-east-1", "postgres", "db", "app_user", "MyDatabase", "host"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
