//! What a file is, by its name.

use std::path::Path;

use super::code::{self, Language};
use super::format::lines::Form;
use super::format::{lines, manifest, prisma, reference, toml, yaml};
use super::found::{FileFacts, Scope};
use crate::knowledge::{self, Manifest};
use crate::target::parse_env_file;

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// An `.env` file.
    Env,
    /// YAML, or JSON with settings in it.
    Yaml,
    /// TOML.
    Toml,
    /// One variable a line.
    Lines(Form),
    /// `schema.prisma`.
    Prisma,
    /// A list of packages.
    Manifest(&'static Manifest),
    /// Code.
    Code(Language),
}

impl Kind {
    /// The kind of a file; `None` for those that are not read.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        if name == ".env" || name.starts_with(".env.") || (extension == "env" && !stem.is_empty()) {
            return Some(Self::Env);
        }
        if name.starts_with("Dockerfile") || name.starts_with("Containerfile") || extension == "Dockerfile" {
            return Some(Self::Lines(Form::Dockerfile));
        }
        if let Some(manifest) = knowledge::packages().manifest(name) {
            return Some(Self::Manifest(manifest));
        }
        match extension {
            "yml" | "yaml" => Some(Self::Yaml),
            "json" if stem.starts_with("appsettings") => Some(Self::Yaml),
            "toml" if stem == "config" || stem.starts_with("fly") || stem.starts_with("wrangler") => Some(Self::Toml),
            "properties" => Some(Self::Lines(Form::Properties)),
            "ini" => Some(Self::Lines(Form::Ini)),
            "prisma" => Some(Self::Prisma),
            _ => Language::of_extension(extension).map(Self::Code),
        }
    }

    /// Whether the bytes of a file can hold anything of interest, told without reading it as what it is.
    pub(super) fn needs_needle(self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !matches!(self, Self::Env | Self::Manifest(_)) && knowledge::call_files().find(name).is_none()
    }

    /// Reads a file. `path` is relative to what is scanned.
    pub(super) fn read(self, text: &str, path: &str) -> FileFacts {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut facts = self.facts(text, path, name);
        if let Some(file) = knowledge::call_files().find(name) {
            facts.uses.extend(reference::uses(file, &facts.scopes));
            reference::take_defaults(&mut facts.scopes);
        }
        facts
    }

    fn facts(self, text: &str, path: &str, name: &str) -> FileFacts {
        match self {
            Self::Env => FileFacts {
                scopes: vec![Scope { entries: parse_env_file(text), dotenv: true }],
                ..FileFacts::default()
            },
            // The parts of a setting in `database.yml` say only there what they are parts of.
            Self::Yaml if name.starts_with("database.") => yaml::read(&yaml::from_erb(text), "database"),
            Self::Yaml if Path::new(name).extension().is_some_and(|extension| extension == "json") => {
                yaml::read(&yaml::from_json(text), "")
            }
            Self::Yaml => yaml::read(text, ""),
            Self::Toml => toml::read(text),
            Self::Lines(form) => lines::read(text, form),
            Self::Prisma => prisma::read(text),
            Self::Manifest(manifest) => manifest::read(manifest, text),
            Self::Code(language) => {
                let extension = name.rsplit('.').next().unwrap_or_default();
                let calls = knowledge::calls(language.profile());
                calls.map(|calls| code::read(text, path, extension, calls)).unwrap_or_default()
            }
        }
    }
}

/// Whether a file is a template: its placeholders are meant to stand there.
pub(super) fn is_template(path: &str) -> bool {
    const WORDS: &[&str] = &["example", "sample", "template", "dist", "defaults", "tmpl"];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|word| WORDS.contains(&word))
}

/// Whether a path, below what is scanned, leads into a folder of tests, examples or documentation: code there is not
/// the application, and what stands there for a value is meant to.
pub(super) fn is_aside(below: &Path) -> bool {
    const FOLDERS: &[&str] = &[
        "test",
        "tests",
        "__tests__",
        "spec",
        "testdata",
        "fixtures",
        "e2e",
        "example",
        "examples",
        "sample",
        "samples",
        "doc",
        "docs",
    ];
    let folders = below.parent().into_iter().flat_map(Path::components);
    let mut names = folders.filter_map(|folder| folder.as_os_str().to_str());
    names.any(|name| FOLDERS.iter().any(|known| name.eq_ignore_ascii_case(known)))
}
