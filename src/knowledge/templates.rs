//! How a stack is told its settings: the variables of its `.env`, and the code that reads them. One file a stack,
//! `profiles/templates/<id>.toml`.
//!
//! A text holds gaps, `{{pool}}`, and lines that stand only under a condition, `{{if transaction-mode}}...`; whatever
//! else is in two braces is refused when the profile is read.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::{KnowledgeError, VersionRange};
use crate::context::Workload;

/// The whole of one file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Templates {
    /// How it runs when nobody says: a tool that migrates does nothing else.
    #[serde(deserialize_with = "workload")]
    pub default_workload: Workload,
    /// The variables, in the order of the file.
    pub env: Vec<EnvTemplate>,
    /// The code that goes with them.
    #[serde(default)]
    pub code: Vec<CodeTemplate>,
}

/// Which of the two connections of an application a variable is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// What the application runs on.
    Runtime,
    /// What changes the schema: always a connection that stays.
    Migrations,
    /// Neither: a file, a switch.
    None,
}

/// How a value has to be written inside the variable's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueSyntax {
    /// A URL: percent-encoded.
    #[default]
    Uri,
    /// The value alone.
    Plain,
    /// `Key=value;Key=value` (ADO.NET): quoted.
    Keywords,
}

/// One variable.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvTemplate {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub connection: Connection,
    /// When it is written; always without.
    #[serde(default)]
    pub when: When,
    /// How its parts are written.
    #[serde(default)]
    pub syntax: ValueSyntax,
    /// The value, with gaps.
    pub value: Text,
    /// What is added to a URL after `?`, or to keywords after `;`: one `key=value` a line, with conditions.
    #[serde(default)]
    pub parameters: Option<Text>,
    /// Why it is there, in a line.
    pub why: Option<String>,
    /// Where a surprising reason is known from: a key into the sources of the stack.
    pub source: Option<String>,
}

/// One file of code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeTemplate {
    /// Its name, with folders where the stack wants it in one.
    pub file: String,
    /// When it is written; always without.
    #[serde(default)]
    pub when: When,
    /// The text.
    pub text: Text,
}

/// What a line or an entry depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The shared pooler in session mode.
    Session,
    /// The shared pooler in transaction mode.
    Transaction,
    /// The dedicated pooler.
    Dedicated,
    /// The database itself.
    Direct,
    /// Either pooler in transaction mode.
    TransactionMode,
    /// The workload.
    Workload(Workload),
    /// Versions that were said; what nobody said is taken to be current.
    Version(VersionRange),
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "session" => Self::Session,
            "transaction" => Self::Transaction,
            "dedicated" => Self::Dedicated,
            "direct" => Self::Direct,
            "transaction-mode" => Self::TransactionMode,
            _ => match Workload::ALL.into_iter().find(|workload| workload.as_str() == text) {
                Some(workload) => Self::Workload(workload),
                None => Self::Version(VersionRange::parse(text)?),
            },
        })
    }
}

/// Conditions that all hold, joined by `&`; `!` before one turns it round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When(Vec<(bool, Condition)>);

impl When {
    fn parse(text: &str) -> Option<Self> {
        let one = |text: &str| {
            let text = text.trim();
            let plain = text.strip_prefix('!');
            Some((plain.is_none(), Condition::parse(plain.unwrap_or(text))?))
        };
        text.split('&').map(one).collect::<Option<_>>().map(Self)
    }

    /// Whether all of them hold, by `holds` for one.
    pub fn holds(&self, mut holds: impl FnMut(&Condition) -> bool) -> bool {
        self.0.iter().all(|(wanted, condition)| holds(condition) == *wanted)
    }

    /// The ranges of versions that are spoken of.
    pub fn ranges(&self) -> impl Iterator<Item = &VersionRange> {
        self.0.iter().filter_map(|(_, condition)| match condition {
            Condition::Version(range) => Some(range),
            _ => None,
        })
    }
}

/// What fills a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// The role, with the project where the pooler wants it.
    User,
    /// The role alone.
    Role,
    /// The password.
    Password,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The database.
    Database,
    /// The file with the CA.
    Ca,
    /// Connections of one process.
    Pool,
    /// The variable of this name, as it is called in this file.
    Variable(String),
}

impl Gap {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "user" => Self::User,
            "role" => Self::Role,
            "password" => Self::Password,
            "host" => Self::Host,
            "port" => Self::Port,
            "database" => Self::Database,
            "ca" => Self::Ca,
            "pool" => Self::Pool,
            _ => Self::Variable(text.strip_prefix("variable ")?.to_owned()),
        })
    }
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Literal(String),
    /// To be filled.
    Gap(Gap),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it stands.
    pub when: When,
    /// Its pieces.
    pub pieces: Vec<Piece>,
}

/// A text with gaps and conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Line>);

/// A text that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BadText(String);

impl fmt::Display for BadText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{{{{{}}}}}` is neither a gap nor a condition", self.0)
    }
}

impl Text {
    fn parse(text: &str) -> Result<Self, BadText> {
        text.lines().map(parse_line).collect::<Result<_, _>>().map(Self)
    }

    /// The variables that its gaps name.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|line| &line.pieces).filter_map(|piece| match piece {
            Piece::Gap(Gap::Variable(name)) => Some(name.as_str()),
            _ => None,
        })
    }
}

impl Templates {
    /// Whether the stack does nothing but change schemas.
    pub fn is_migration_tool(&self) -> bool {
        self.default_workload == Workload::Migrations
    }

    /// What the types cannot say: variables that code names exist.
    pub(super) fn check(&self, name: &str) -> Result<(), KnowledgeError> {
        let texts = self.code.iter().map(|code| &code.text).chain(self.env.iter().map(|env| &env.value));
        for variable in texts.flat_map(Text::variables) {
            if !self.env.iter().any(|env| env.name == variable) {
                return Err(KnowledgeError::whole(
                    name,
                    format!("`{{{{variable {variable}}}}}` is no variable of `env`"),
                ));
            }
        }
        Ok(())
    }
}

fn parse_line(line: &str) -> Result<Line, BadText> {
    let mut when = When::default();
    let mut rest = line;
    if let Some((condition, after)) = line.strip_prefix("{{if ").and_then(|line| line.split_once("}}")) {
        when = When::parse(condition).ok_or_else(|| BadText(format!("if {condition}")))?;
        rest = after;
    }
    let mut pieces = Vec::new();
    while let Some(open) = rest.find("{{") {
        // Of three braces the first belongs to the text: `${{{pool}}}` is `${4}`.
        let open = open + usize::from(rest[open + 2..].starts_with('{'));
        let (before, after) = (&rest[..open], &rest[open + 2..]);
        let (name, after) = after.split_once("}}").ok_or_else(|| BadText(after.to_owned()))?;
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.to_owned()));
        }
        pieces.push(Piece::Gap(Gap::parse(name).ok_or_else(|| BadText(name.to_owned()))?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Ok(Line { when, pieces })
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no condition")))
    }
}

fn workload<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Workload, D::Error> {
    let name = String::deserialize(deserializer)?;
    super::endpoints::find_named(&name, &Workload::ALL, Workload::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_into_lines_gaps_and_conditions() {
        let text =
            Text::parse("{{if transaction-mode & !serverless}}max={{pool}},\nurl={{variable DATABASE_URL}}").unwrap();
        assert_eq!(text.0.len(), 2);
        assert_eq!(text.0[0].pieces[1], Piece::Gap(Gap::Pool));
        assert!(text.0[0].when.holds(|condition| *condition == Condition::TransactionMode));
        assert_eq!(text.variables().collect::<Vec<_>>(), ["DATABASE_URL"]);
        let literal = |text: &str| Piece::Literal(text.to_owned());
        assert_eq!(parse_line("${{{pool}}}").unwrap().pieces, [literal("${"), Piece::Gap(Gap::Pool), literal("}")]);
    }

    #[test]
    fn what_is_no_gap_and_no_condition_is_refused() {
        for bad in ["{{nonsense}}", "{{if sometimes}}x", "{{pool", "{{if }}x", "{{variable}}", "x {{if session}}y"] {
            assert!(Text::parse(bad).is_err(), "{bad}");
        }
        assert!(When::parse("asyncpg <0.31").is_some() && When::parse("asyncpg").is_none());
    }
}
