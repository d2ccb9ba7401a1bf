//! The values that options take.

use clap::ValueEnum;

use crate::context;
use crate::rules::Severity;

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One document
    Json,
    /// One target a line
    Ndjson,
    /// To paste into an issue
    Markdown,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, a case for every rule
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab code quality
    Gitlab,
    /// Prometheus text exposition
    Prometheus,
    /// One self-contained page with charts
    Html,
}

/// `--fail-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Anything
    Note,
    /// Nothing: findings never change the exit status
    Never,
}

impl From<FailOn> for Option<Severity> {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }
    }
}

/// `--workload`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// A long-running process with a pool
    Persistent,
    /// Many short-lived processes
    Serverless,
    /// Schema changes, dumps, administration
    Migrations,
}

impl From<Workload> for context::Workload {
    fn from(workload: Workload) -> Self {
        match workload {
            Workload::Persistent => Self::Persistent,
            Workload::Serverless => Self::Serverless,
            Workload::Migrations => Self::Migrations,
        }
    }
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// `--format` of the commands that print knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For people
    Human,
    /// One document
    Json,
    /// To paste into an issue
    Markdown,
}

/// `--format` of a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RehearseFormat {
    /// For people
    Human,
    /// One document
    Json,
    /// To paste into an issue
    Markdown,
    /// One self-contained page with charts
    Html,
}

/// What `supascope list` can print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Topic {
    /// What is looked for in settings and endpoints
    Rules,
    /// Texts of connection errors, and what to do about them
    Errors,
    /// Drivers, ORMs and tools whose settings are known
    Stacks,
    /// Compute sizes and their connection limits
    Tiers,
    /// Regions of the shared pooler
    Regions,
    /// Supabase's own roles and application names
    Services,
    /// The JSON Schema of the reports (--format json)
    Schema,
    /// The JSON Schema of rehearsals
    RehearseSchema,
    /// A supascope.toml with every default
    Config,
}
