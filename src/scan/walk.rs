//! Finds and reads the files of a repository, on several threads, as git sees it, and within bounds.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::{DirEntry, WalkBuilder, WalkState};
use zeroize::Zeroizing;

use super::ScanError;
use super::found::FileFacts;
use super::kind::{Kind, is_aside};
use super::needle;

/// The bounds of a walk.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest file that is read. Code and configuration are far smaller; what is generated may not be.
    pub file_bytes: u64,
    /// The most files that are looked at.
    pub files: usize,
    /// The deepest directory.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 1 << 20, files: 1_000_000, depth: 64 }
    }
}

/// Directories that hold what others wrote, or what was made from the sources; skipped even where git does not ignore
/// them.
const SKIPPED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "node_modules",
    "bower_components",
    ".venv",
    "venv",
    "site-packages",
    "__pycache__",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".next",
    ".nuxt",
    ".svelte-kit",
    ".turbo",
    ".yarn",
    ".pnpm-store",
    ".gradle",
    ".terraform",
    ".direnv",
    "Pods",
    "_build",
];

/// `.env` files that are read even where git ignores them, as it should: the code says what is right with them.
const IGNORED_BUT_READ: &[&str] = &[
    ".env",
    ".env.local",
    ".env.development",
    ".env.development.local",
    ".env.production",
    ".env.production.local",
    ".env.staging",
    ".env.test",
];

/// A file that was read.
pub(super) struct Read {
    pub(super) facts: FileFacts,
    /// Whether git would take it into the repository.
    pub(super) in_repository: bool,
    /// Whether it lies among tests, examples or documentation.
    pub(super) is_aside: bool,
}

/// What a walk brings.
#[derive(Default)]
pub(super) struct Walked {
    /// By path, as the user would name it.
    pub(super) files: BTreeMap<String, Read>,
    /// What could not be read, and why.
    pub(super) trouble: Vec<String>,
    /// How many files were looked at.
    pub(super) seen: usize,
}

/// Walks the paths.
pub(super) fn walk(paths: &[PathBuf], limits: &Limits) -> Result<Walked, ScanError> {
    for path in paths {
        // A link to nowhere, a name that is not there: the user's mistake, and not a file that vanished.
        path.metadata().map_err(|error| ScanError::new(path, &error))?;
    }
    let Some((first, rest)) = paths.split_first() else { return Ok(Walked::default()) };
    let mut builder = WalkBuilder::new(first);
    for path in rest {
        builder.add(path);
    }
    builder
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .max_depth(Some(limits.depth))
        .threads(std::thread::available_parallelism().map_or(1, usize::from).min(8))
        .filter_entry(|entry| !is_skipped(entry));
    let in_checkout = paths.iter().any(|path| is_in_checkout(path));
    let walked = Mutex::new(Walked::default());
    let seen = AtomicUsize::new(0);
    builder.build_parallel().run(|| {
        let mut worker =
            Worker { limits, in_checkout, walked: &walked, seen: &seen, buffer: Zeroizing::new(Vec::new()) };
        Box::new(move |entry| worker.visit(entry))
    });
    let mut walked = walked.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    walked.seen = seen.into_inner();
    if walked.seen > limits.files {
        walked.trouble.push(format!("only the first {} files were looked at; name a directory below", limits.files));
    }
    walked.trouble.sort();
    Ok(walked)
}

fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    // What the user named is looked at whatever its name.
    entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir()) && SKIPPED.contains(&name.as_ref())
}

/// Whether a directory belongs to a git repository.
fn is_in_checkout(path: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path.ancestors().any(|ancestor| ancestor.join(".git").exists()))
}

struct Worker<'a> {
    limits: &'a Limits,
    in_checkout: bool,
    walked: &'a Mutex<Walked>,
    seen: &'a AtomicUsize,
    buffer: Zeroizing<Vec<u8>>,
}

impl Worker<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                if !is_vanished(error.io_error()) {
                    self.tell(error.to_string());
                }
                return WalkState::Continue;
            }
        };
        if self.seen.fetch_add(1, Ordering::Relaxed) >= self.limits.files {
            return WalkState::Quit;
        }
        let path = entry.path();
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        if kind.is_dir() {
            for name in IGNORED_BUT_READ {
                let path = path.join(name);
                if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                    self.file(&path, entry.depth() + 1, Kind::Env, false);
                }
            }
        } else if (kind.is_file() || (entry.depth() == 0 && path.is_file()))
            && let Some(kind) = Kind::of(path)
        {
            self.file(path, entry.depth(), kind, self.in_checkout);
        }
        WalkState::Continue
    }

    /// Reads a file that lies this deep below what was named.
    fn file(&mut self, path: &Path, depth: usize, kind: Kind, in_repository: bool) {
        let shown = shown(path);
        match self.read(path) {
            Ok(true) => {}
            Ok(false) => {
                // A large file without a word of interest in what was read is most likely made by a program.
                let told = !matches!(kind, Kind::Manifest(_)) && needle::holds(&self.buffer);
                if told {
                    self.tell(format!("{shown} is larger than {} bytes, and left out", self.limits.file_bytes));
                }
                return;
            }
            // Files come and go while a repository is walked.
            Err(error) if is_vanished(Some(&error)) => return,
            Err(error) => return self.tell(format!("{shown} cannot be read: {}", error.kind())),
        }
        let bytes: &[u8] = &self.buffer;
        if (kind.needs_needle(path) && !needle::holds(bytes)) || needle::is_binary(bytes) {
            return;
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.tell(format!("{shown} is not UTF-8, and left out"));
        };
        let facts = kind.read(text, &shown);
        let parts: Vec<_> = path.components().collect();
        let below: PathBuf = parts[parts.len().saturating_sub(depth)..].iter().collect();
        let is_aside = is_aside(&below);
        let mut walked = self.walked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(trouble) = &facts.trouble {
            walked.trouble.push(format!("{shown}: {trouble}"));
        }
        // An ignored `.env` is met once, any other twice: with its directory, and by itself.
        let known = walked.files.get(&shown).is_some_and(|known| known.in_repository);
        walked.files.insert(shown, Read { facts, in_repository: in_repository || known, is_aside });
    }

    /// Reads a file into the buffer; `false` when it is too large.
    fn read(&mut self, path: &Path) -> io::Result<bool> {
        self.buffer.clear();
        let file = File::open(path)?;
        let limit = self.limits.file_bytes;
        let read = file.take(limit + 1).read_to_end(&mut self.buffer)?;
        Ok(read as u64 <= limit)
    }

    fn tell(&self, trouble: String) {
        self.walked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).trouble.push(trouble);
    }
}

fn is_vanished(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The path as the user would write it, with `/` between its parts.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().replace('\\', "/")
}
