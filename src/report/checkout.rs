//! Paths as code review tools want them: from the root of the repository, with `/` between the parts.

use std::path::{Component, Path, PathBuf};

/// Where a run stands in its repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkout {
    /// The root of the repository, absolute; `None` outside of any.
    pub root: Option<PathBuf>,
    /// The working directory, absolute: the paths of a report are seen from there.
    pub directory: PathBuf,
}

impl Checkout {
    /// The path from the root of the repository; a file outside of it keeps its absolute path. Only names are looked
    /// at: nothing is read, and links are not followed.
    pub fn relative(&self, path: &str) -> String {
        let absolute = normal(&self.directory.join(path));
        let base = self.root.as_deref().unwrap_or(&self.directory);
        let shown = absolute.strip_prefix(base).unwrap_or(&absolute);
        shown.to_string_lossy().replace('\\', "/")
    }
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_the_root_of_the_repository() {
        let checkout = Checkout { root: Some("/repo".into()), directory: "/repo/deploy".into() };
        assert_eq!(checkout.relative(".env"), "deploy/.env");
        assert_eq!(checkout.relative("../.env"), ".env");
        assert_eq!(checkout.relative("./a/./b"), "deploy/a/b");
        assert_eq!(checkout.relative("/repo/x"), "x");
        assert_eq!(checkout.relative("/etc/x"), "/etc/x");
    }

    #[test]
    fn without_a_repository_paths_are_told_from_the_working_directory() {
        let checkout = Checkout { root: None, directory: "/home/me".into() };
        assert_eq!(checkout.relative(".env"), ".env");
        assert_eq!(checkout.relative("/home/me/a"), "a");
    }
}
