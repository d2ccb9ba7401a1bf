//! `--profiles DIR`: profiles of the user's own, in the format and under the names of the built-in ones.
//!
//! Read once, before anything else asks; entries are added, and those with an id that is built in take its place. Without
//! the option nothing is read and nothing is compared.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::errors::{Cause, ErrorFamily, KnownError};
use super::{KnowledgeError, Services, Sources, Stack, Templates, Tiers, embedded, error, errors};

/// The largest profile, in bytes: ten times the largest of the built-in ones.
const MAX_BYTES: u64 = 1 << 20;
/// Most profiles of one directory.
const MAX_FILES: usize = 1000;

/// What a directory holds. What it does not hold is as it is built in.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) tiers: Option<Tiers>,
    pub(super) services: Option<Services>,
    pub(super) stacks: BTreeMap<String, Stack>,
    pub(super) templates: BTreeMap<String, Templates>,
    pub(super) families: Vec<ErrorFamily>,
    pub(super) causes: Vec<Cause>,
    /// Which file an entry comes from, by what it is and its id.
    origins: BTreeMap<(&'static str, String), String>,
}

static EXTRA: OnceLock<Extra> = OnceLock::new();

/// What `--profiles` gave.
pub(super) fn get() -> Option<&'static Extra> {
    EXTRA.get()
}

/// The file that an entry comes from; `None` where it is built in. `kind` is `stack`, `tier`, `service`, `error` or `cause`.
pub fn origin(kind: &'static str, id: &str) -> Option<&'static str> {
    get()?.origins.get(&(kind, id.to_owned())).map(String::as_str)
}

/// A directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfilesError {
    /// A file or the directory cannot be read.
    #[error("read profiles {path}: {reason}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file is wrong.
    #[error(transparent)]
    Wrong(#[from] KnowledgeError),
}

/// Reads a directory of profiles; every later question is answered with them.
pub fn load(directory: &Path) -> Result<(), ProfilesError> {
    let extra = read(directory)?;
    // A second directory cannot come: the option is given once, and this is called once.
    let _ = EXTRA.set(extra);
    Ok(())
}

fn read(directory: &Path) -> Result<Extra, ProfilesError> {
    let mut extra = Extra::default();
    let mut files = Vec::new();
    list(directory, &mut files)?;
    for folder in ["stacks", "templates", "errors"] {
        let folder = directory.join(folder);
        if folder.exists() {
            list(&folder, &mut files)?;
        }
    }
    // Sorted, so that what wins does not hang on the file system; causes before the errors that name them.
    files.sort_by_key(|path| (path.file_name().is_none_or(|name| name != "causes.toml"), path.clone()));
    for path in files {
        take(&mut extra, directory, &path)?;
    }
    for id in extra.templates.keys() {
        if !extra.stacks.contains_key(id) && embedded::stack(id).is_none() {
            let name = directory.join("templates").join(format!("{id}.toml"));
            return Err(KnowledgeError::whole(&shown(&name), format!("no stack is called `{id}`")).into());
        }
    }
    Ok(extra)
}

/// The TOML files of a folder; what else is there (a README) is no profile.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), ProfilesError> {
    let unreadable =
        |error: std::io::Error| ProfilesError::Unreadable { path: shown(folder), reason: error.to_string() };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            let reason = format!("more than {MAX_FILES} files");
            return Err(ProfilesError::Unreadable { path: shown(folder), reason });
        }
    }
    Ok(())
}

/// One file of the directory, read.
struct Given<'a> {
    name: String,
    text: String,
    extra: &'a mut Extra,
}

fn take(extra: &mut Extra, directory: &Path, path: &Path) -> Result<(), ProfilesError> {
    let name = shown(path);
    let text = text(path).map_err(|reason| ProfilesError::Unreadable { path: name.clone(), reason })?;
    let inside = path.strip_prefix(directory).unwrap_or(path);
    let folder = inside.parent().and_then(Path::to_str).unwrap_or_default();
    let stem = inside.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let mut given = Given { name, text, extra };
    match (folder, stem) {
        ("", "tiers") => given.tiers()?,
        ("", "services") => given.services()?,
        ("stacks", id) => given.stack(id)?,
        ("templates", id) => {
            let templates = super::parse_templates(&given.name, &given.text)?;
            given.extra.templates.insert(id.to_owned(), templates);
        }
        ("errors", "causes") => given.causes()?,
        ("errors", _) => given.family()?,
        _ => {
            let message = "no profile has this name: tiers.toml, services.toml, stacks/ID.toml, templates/ID.toml, \
                           errors/FAMILY.toml and errors/causes.toml can be given";
            return Err(KnowledgeError::whole(&given.name, message).into());
        }
    }
    Ok(())
}

impl Given<'_> {
    /// The tiers of the file, then those that are built in; all else of the file counts.
    fn tiers(&mut self) -> Result<(), KnowledgeError> {
        let mut tiers = super::parse_tiers(&self.name, &self.text)?;
        let ids: Vec<String> = tiers.tiers.iter().map(|tier| tier.id.clone()).collect();
        for tier in &tiers.tiers {
            self.require_source(&tier.source, &tiers.sources)?;
        }
        let built_in = super::parse_tiers("tiers.toml", embedded::TIERS)?;
        for mut tier in built_in.tiers.into_iter().filter(|tier| !ids.contains(&tier.id)) {
            let document = built_in.sources.resolve(&tier.source).to_owned();
            tier.source = document;
            tiers.tiers.push(tier);
        }
        tiers.tiers.sort_by_key(|tier| tier.max_connections.unwrap_or(u32::MAX));
        self.extra.tiers = Some(tiers);
        self.note("tier", ids)
    }

    /// The services of the file are tried before the built-in ones.
    fn services(&mut self) -> Result<(), KnowledgeError> {
        let mut services = super::parse_services(&self.name, &self.text)?;
        let ids: Vec<String> = services.services.iter().map(|service| service.id.clone()).collect();
        for service in &services.services {
            self.require_source(&service.source, &services.sources)?;
        }
        let built_in = super::parse_services("services.toml", embedded::SERVICES)?;
        for mut service in built_in.services.into_iter().filter(|service| !ids.contains(&service.id)) {
            let document = built_in.sources.resolve(&service.source).to_owned();
            service.source = document;
            services.services.push(service);
        }
        self.extra.services = Some(services);
        self.note("service", ids)
    }

    fn stack(&mut self, file: &str) -> Result<(), KnowledgeError> {
        let stack = super::parse_stack(&self.name, &self.text)?;
        self.note("stack", vec![stack.id.clone()])?;
        if stack.id != file {
            return Err(self.at(&stack.id, format!("the id is `{}`, and the file is called {file}.toml", stack.id)));
        }
        for source in stack.source_keys() {
            self.require_source(source, &stack.sources)?;
        }
        self.extra.stacks.insert(file.to_owned(), stack);
        Ok(())
    }

    fn causes(&mut self) -> Result<(), KnowledgeError> {
        self.extra.causes = errors::parse_causes(&self.name, &self.text)?;
        self.note("cause", self.extra.causes.iter().map(|cause| cause.id.clone()).collect())
    }

    fn family(&mut self) -> Result<(), KnowledgeError> {
        let family = errors::parse_family(&self.name, &self.text)?;
        for known in &family.error {
            self.check_error(known, &family)?;
        }
        self.note("error", family.error.iter().map(|known| known.id.clone()).collect())?;
        self.extra.families.push(family);
        Ok(())
    }

    /// What the tests of the built-in errors ask of each.
    fn check_error(&self, known: &KnownError, family: &ErrorFamily) -> Result<(), KnowledgeError> {
        let problem = |message: &str| Err(self.at(&known.id, format!("{}: {message}", known.id.escape_debug())));
        if known.text.is_empty() && known.refusal.is_none() {
            return problem("it can never match: `text` or `refusal` is missing");
        }
        if known.refusal.is_some() && known.sqlstate.is_none() && known.contains.is_empty() {
            return problem("it would match every login: `sqlstate` or `contains` is missing");
        }
        if !known.text.is_empty() {
            let Some(cause) = &known.cause else { return problem("`cause` is missing") };
            if !self.extra.causes.iter().any(|own| own.id == *cause) && !errors::is_built_in_cause(cause)? {
                return Err(self.at(cause, format!("no cause is called `{}`", cause.escape_debug())));
            }
            if known.confidence.is_none() || known.says.is_empty() {
                return problem("`confidence` and `says` are needed");
            }
            if known.sources.is_empty() {
                return problem("`sources` is missing");
            }
        }
        known.sources.iter().try_for_each(|source| self.require_source(source, &family.sources))
    }

    /// Notes where entries come from, if their ids are ids.
    fn note(&mut self, kind: &'static str, ids: Vec<String>) -> Result<(), KnowledgeError> {
        for (index, id) in ids.iter().enumerate() {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let shown = id.escape_debug();
            if id.is_empty() || !id.bytes().all(plain) {
                return Err(self.at(id, format!("`{shown}` is no id: small letters, digits and hyphens")));
            }
            if ids[..index].contains(id) || self.extra.origins.contains_key(&(kind, id.clone())) {
                return Err(self.at(id, format!("the id `{shown}` stands twice")));
            }
        }
        self.extra.origins.extend(ids.into_iter().map(|id| ((kind, id), self.name.clone())));
        Ok(())
    }

    fn require_source(&self, key: &str, sources: &Sources) -> Result<(), KnowledgeError> {
        if sources.contains(key) {
            return Ok(());
        }
        Err(self.at(key, format!("the source `{}` does not stand under [sources]", key.escape_debug())))
    }

    /// An error at the last place where a value is written; at the file where it is written in another way.
    fn at(&self, value: &str, message: String) -> KnowledgeError {
        match self.text.rfind(&format!("\"{value}\"")) {
            Some(offset) => {
                let (line, column) = error::place(&self.text, offset);
                KnowledgeError { name: self.name.clone(), line, column, message }
            }
            None => KnowledgeError::whole(&self.name, message),
        }
    }
}

fn text(path: &Path) -> Result<String, String> {
    // Asked before it is opened: to open a pipe would wait for its writer.
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is not a file".to_owned());
    }
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it is longer than {MAX_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

/// A path as it may be printed.
fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}
