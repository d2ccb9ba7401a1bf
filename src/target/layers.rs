//! Which `.env` files an application reads together: `.env` with `.env.local`, and either with the files of one mode
//! (`.env.production`), but never the files of two modes. (Next.js, Vite and Ruby's dotenv documentation, 2026.)

use std::path::Path;

/// Whether one application reads both files. A file stands with itself.
pub(crate) fn are_read_together(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let folder = |path: &str| Path::new(path).parent().map(Path::to_path_buf);
    let (Some(mine), Some(theirs)) = (mode(one), mode(other)) else { return false };
    folder(one) == folder(other) && (mine.is_empty() || theirs.is_empty() || mine == theirs)
}

/// The mode in the name of a `.env` file, empty for those of every mode; `None` for other files and for templates.
fn mode(path: &str) -> Option<String> {
    const TEMPLATES: &[&str] = &["example", "sample", "template", "dist", "defaults", "bak", "backup", "old", "orig"];
    let name = Path::new(path).file_name()?.to_str()?;
    let mut words: Vec<&str> = name.strip_prefix(".env")?.split('.').filter(|word| !word.is_empty()).collect();
    words.retain(|word| *word != "local");
    if words.iter().any(|word| TEMPLATES.contains(word)) {
        return None;
    }
    Some(words.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_mode_are_read_together() {
        for (one, other) in [
            (".env", ".env.local"),
            (".env.local", ".env.production"),
            ("app/.env", "app/.env.development.local"),
            (".env.production", ".env.production.local"),
            ("settings.txt", "settings.txt"),
        ] {
            assert!(are_read_together(one, other) && are_read_together(other, one), "{one} {other}");
        }
        for (one, other) in [
            (".env.development", ".env.production"),
            (".env", ".env.example"),
            (".env", "app/.env"),
            (".env", "settings.txt"),
        ] {
            assert!(!are_read_together(one, other) && !are_read_together(other, one), "{one} {other}");
        }
    }
}
