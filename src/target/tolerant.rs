//! Discovery that goes on when a place cannot be read: one bad file must not hide what the others hold.

use std::path::{Path, PathBuf};

use super::{DEFAULT_ENV_FILES, Target, TargetError, discover, discover_in_environment, read_file};

/// What [`discover`] finds, as far as it can be read, and what could not be.
pub fn discover_all(arguments: &[String], env_files: &[PathBuf]) -> (Vec<Target>, Vec<TargetError>) {
    let mut targets = Vec::new();
    let mut errors = Vec::new();
    let mut take = |found: Result<Vec<Target>, TargetError>| match found {
        Ok(found) => targets.extend(found),
        Err(error) => errors.push(error),
    };
    if arguments.is_empty() {
        let (readable, unreadable) = sorted_out(env_files);
        for error in unreadable {
            take(Err(error));
        }
        take(if readable.is_empty() { Ok(discover_in_environment()) } else { discover(&[], &readable) });
    } else {
        for argument in arguments {
            take(discover(std::slice::from_ref(argument), env_files));
        }
    }
    (targets, errors)
}

/// The files that can be read, and why the others cannot. Files of the default list may be absent.
fn sorted_out(env_files: &[PathBuf]) -> (Vec<PathBuf>, Vec<TargetError>) {
    let defaults: Vec<PathBuf> = DEFAULT_ENV_FILES
        .iter()
        .filter(|name| Path::new(name).exists() && !Path::new(name).is_dir())
        .map(PathBuf::from)
        .collect();
    let mut readable = Vec::new();
    let mut errors = Vec::new();
    for path in if env_files.is_empty() { &defaults } else { env_files } {
        match read_file(path) {
            Ok(_) => readable.push(path.clone()),
            Err(error) => errors.push(error),
        }
    }
    (readable, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_does_not_hide_another() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        std::fs::write(&good, "DATABASE_URL=postgresql://u:p@h/d\n").unwrap();
        let (targets, errors) = discover_all(&[], &[folder.path().to_path_buf(), good.clone(), "/nowhere/x".into()]);
        let path = good.display().to_string();
        assert!(targets.iter().any(|target| target.source.path.as_ref() == Some(&path)));
        assert_eq!(errors.len(), 2, "a directory and a file that is not there");
        let arguments = ["@/nowhere/x".to_owned(), "postgresql://u:p@h/d".to_owned()];
        let (targets, errors) = discover_all(&arguments, &[]);
        assert_eq!((targets.len(), errors.len()), (1, 1));
    }
}
