//! Reads `supascope.toml`, with errors that point at a line and a column.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Application, Date, Ignore, Pattern, Policy, TargetSection};
use crate::context::{Thresholds, Workload};
use crate::knowledge;
use crate::rules::{self, Severity};

/// A policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {name}:{line}:{column}: {message}")]
pub struct PolicyError {
    /// The file.
    pub name: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fail_on: Option<FailOn>,
    #[serde(default)]
    stack: Vec<Spanned<String>>,
    workload: Option<WorkloadWord>,
    tier: Option<Spanned<String>>,
    pool_size: Option<Spanned<u32>>,
    sslrootcert: Option<String>,
    #[serde(default)]
    thresholds: ThresholdWords,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Level>,
    #[serde(default)]
    ignore: Vec<IgnoreWords>,
    #[serde(default)]
    target: Vec<TargetWords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetWords {
    r#match: String,
    #[serde(default)]
    stack: Vec<Spanned<String>>,
    workload: Option<WorkloadWord>,
    tier: Option<Spanned<String>>,
    pool_size: Option<Spanned<u32>>,
    sslrootcert: Option<String>,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Level>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IgnoreWords {
    rule: Spanned<String>,
    target: Option<String>,
    reason: Spanned<String>,
    until: Option<Spanned<toml::value::Datetime>>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ThresholdWords {
    used_percent: Spanned<u32>,
    idle_in_transaction_s: u32,
    transaction_s: u32,
    query_ms: u32,
    certificate_days: u32,
}

impl Default for ThresholdWords {
    fn default() -> Self {
        let Thresholds { used_percent, idle_in_transaction_s, transaction_s, query_ms, certificate_days } =
            Thresholds::default();
        let used_percent = Spanned::new(0..0, used_percent);
        Self { used_percent, idle_in_transaction_s, transaction_s, query_ms, certificate_days }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Off,
    Note,
    Warning,
    Error,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WorkloadWord {
    Persistent,
    Serverless,
    Migrations,
}

impl From<WorkloadWord> for Workload {
    fn from(word: WorkloadWord) -> Self {
        match word {
            WorkloadWord::Persistent => Self::Persistent,
            WorkloadWord::Serverless => Self::Serverless,
            WorkloadWord::Migrations => Self::Migrations,
        }
    }
}

impl Level {
    const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Reads a policy; `name` is what errors call it.
pub fn parse(name: &str, text: &str) -> Result<Policy, PolicyError> {
    let reader = Reader { name, text };
    let file: File = toml::from_str(text)
        .map_err(|error| reader.error(error.span().map_or(0, |span| span.start), error.message()))?;
    let fail_on = match file.fail_on {
        None | Some(FailOn::Error) => Some(Severity::Error),
        Some(FailOn::Warning) => Some(Severity::Warning),
        Some(FailOn::Note) => Some(Severity::Note),
        Some(FailOn::Never) => None,
    };
    let application = reader.application(TargetWords {
        r#match: String::new(),
        stack: file.stack,
        workload: file.workload,
        tier: file.tier,
        pool_size: file.pool_size,
        sslrootcert: file.sslrootcert,
        rules: file.rules,
    })?;
    let targets = file.target.into_iter().map(|words| reader.section(words)).collect::<Result<_, _>>()?;
    let ignores = file.ignore.into_iter().map(|words| reader.ignore(&words)).collect::<Result<_, _>>()?;
    Ok(Policy { fail_on, application, thresholds: reader.thresholds(&file.thresholds)?, ignores, targets })
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, offset: usize, message: impl Into<String>) -> PolicyError {
        let (line, column) = knowledge::line_and_column(self.text, offset);
        PolicyError { name: self.name.to_owned(), line, column, message: message.into() }
    }

    fn section(&self, words: TargetWords) -> Result<TargetSection, PolicyError> {
        let matches = Pattern::new(words.r#match.as_str());
        Ok(TargetSection { matches, application: self.application(words)? })
    }

    fn application(&self, words: TargetWords) -> Result<Application, PolicyError> {
        for stack in &words.stack {
            let id = stack.get_ref().split('@').next().unwrap_or_default();
            knowledge::require_stack(id).map_err(|error| self.error(stack.span().start, error.to_string()))?;
        }
        if let Some(tier) = &words.tier {
            knowledge::require_tier(tier.get_ref())
                .map_err(|error| self.error(tier.span().start, error.to_string()))?;
        }
        if let Some(size) = words.pool_size.as_ref().filter(|size| *size.get_ref() == 0) {
            return Err(self.error(size.span().start, "a pool has at least one connection"));
        }
        let rules = words
            .rules
            .iter()
            .map(|(rule, level)| Ok((self.rule(rule)?, level.severity())))
            .collect::<Result<_, PolicyError>>()?;
        Ok(Application {
            stacks: words.stack.into_iter().map(Spanned::into_inner).collect(),
            workload: words.workload.map(Into::into),
            tier: words.tier.map(Spanned::into_inner),
            pool_size: words.pool_size.map(Spanned::into_inner),
            ssl_root_cert: words.sslrootcert,
            rules,
        })
    }

    /// A rule's own id, if there is such a rule.
    fn rule(&self, id: &Spanned<String>) -> Result<&'static str, PolicyError> {
        let found = rules::find(id.get_ref()).map(|rule| rule.id);
        found.ok_or_else(|| {
            let shown: String = id.get_ref().escape_debug().collect();
            self.error(id.span().start, format!("unknown rule `{shown}`; `supascope list rules` shows all"))
        })
    }

    fn ignore(&self, words: &IgnoreWords) -> Result<Ignore, PolicyError> {
        if words.reason.get_ref().trim().is_empty() {
            return Err(self.error(words.reason.span().start, "an ignore needs a reason"));
        }
        let until = words.until.as_ref().map(|until| {
            let date = until.get_ref().date.filter(|_| until.get_ref().time.is_none());
            let date = date.ok_or_else(|| self.error(until.span().start, "a day is expected, as in 2027-03-31"))?;
            Ok(Date { year: date.year, month: date.month, day: date.day })
        });
        Ok(Ignore {
            rule: self.rule(&words.rule)?,
            target: words.target.as_deref().map(Pattern::new),
            reason: words.reason.get_ref().clone(),
            until: until.transpose()?,
            line: knowledge::line_and_column(self.text, words.rule.span().start).0,
        })
    }

    fn thresholds(&self, words: &ThresholdWords) -> Result<Thresholds, PolicyError> {
        if !(1..=100).contains(words.used_percent.get_ref()) {
            return Err(self.error(words.used_percent.span().start, "used_percent is a share from 1 to 100"));
        }
        Ok(Thresholds {
            used_percent: *words.used_percent.get_ref(),
            idle_in_transaction_s: words.idle_in_transaction_s,
            transaction_s: words.transaction_s,
            query_ms: words.query_ms,
            certificate_days: words.certificate_days,
        })
    }
}
