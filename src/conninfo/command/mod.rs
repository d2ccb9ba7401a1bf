//! Command lines of `psql`, `pg_dump` and their siblings, as people paste them: `PGPASSWORD=... psql -h host -U user db`,
//! `psql "postgresql://..."`.
//!
//! Words are the shell's, options are `getopt_long`'s, and a database name that holds `=` or begins like a URI is a whole
//! connection string, which overrides the other options (PostgreSQL 17 documentation, "psql"; `startup.c`, and
//! `conninfo_array_parse` in `fe-connect.c`). The environment comes last. What is not understood is not shown.

mod doubt;
mod rewrite;
mod said;
mod shell;
mod tools;

use shell::{Token, Word, tokens};
use tools::Tool;
use zeroize::Zeroizing;

use super::build::{build, censor};
use super::options::RawOption;
use super::password::is_secret_key;
use super::{Anomaly, Conninfo, ConninfoError, Field, Reading, Span, Syntax, uri, veil};
use crate::secret::SecretText;

/// Words that may stand before the program.
const BEFORE: &[&str] = &[
    "$",
    "#",
    "%",
    ">",
    "sudo",
    "-u",
    "-E",
    "-i",
    "--",
    "postgres",
    "env",
    "export",
    "set",
    "exec",
    "time",
    "nohup",
    "command",
    "watch",
    "-it",
    "-t",
    "-ti",
    "--rm",
    "-e",
    "--env",
    "run",
    "docker",
    "podman",
    "kubectl",
    "compose",
    "docker-compose",
    "-c",
    "sh",
    "bash",
];

/// Programs after whose name anything may stand until the client's.
const WRAPPERS: &[&str] = &["docker", "podman", "kubectl", "docker-compose", "sudo", "ssh", "flyctl", "heroku"];

const UNREADABLE: &str = "the connection string in this command cannot be read";

/// A command line, taken apart.
pub(crate) struct Command {
    text: String,
    words: Vec<Word>,
    /// Which word is the program.
    at: usize,
    tool: &'static Tool,
    /// Everything behind the command: other commands, redirections, comments.
    rest: Option<usize>,
    /// Stretches before the program that are not understood.
    unclear: Vec<Span>,
}

impl Drop for Command {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.text);
    }
}

/// Recognises a command line at `core`.
pub(crate) fn recognise(text: &str, core: &Span) -> Option<Command> {
    let raw = &text[core.clone()];
    if !["psql", "pg_dump", "pg_restore", "pgbench", "pg_isready"].iter().any(|name| raw.contains(name)) {
        return None;
    }
    // A prompt's `#` is no comment.
    let prompt = ["# ", "$ ", "% ", "> "].iter().find(|mark| raw.starts_with(**mark)).map_or(0, |mark| mark.len());
    let mut words = Vec::new();
    let mut at = None;
    let mut rest = None;
    for token in tokens(text, core.start + prompt..core.end)? {
        match token {
            Token::Word(word) => {
                if at.is_none() && tools::tool(&word.value).is_some() {
                    at = Some(words.len());
                }
                words.push(word);
            }
            // `export PGPASSWORD=...; psql ...` is several commands and one setting.
            Token::End(_) if at.is_none() => {}
            Token::End(span) => {
                rest = Some(span.start);
                break;
            }
        }
    }
    let at = at?;
    let tool = tools::tool(&words[at].value)?;
    let unclear = unclear(&words[..at])?;
    Some(Command { text: text.to_owned(), words, at, tool, rest, unclear })
}

/// What stands before the program and is neither an assignment nor a well-known word; `None` when this is no command.
fn unclear(words: &[Word]) -> Option<Vec<Span>> {
    let mut unclear = Vec::new();
    let mut wrapped = false;
    // Where a value with a secret began, until something follows that is certainly no piece of it.
    let mut open: Option<usize> = None;
    for word in words {
        let value = word.value.as_str();
        let name = assignment(word).map(|(name, _)| name).filter(|name| open.is_none() || is_variable(name));
        if let Some(name) = name {
            // `Password=... psql` is a setting of another syntax with a program's name in it.
            if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
                return None;
            }
            let secret = is_secret_key(name) || tools::variable(name).is_none();
            open = secret.then_some(word.place(&(name.len() + 1..word.value.len())).start);
        } else if open.is_some() && matches!(value, "sudo" | "export" | "env" | "-u" | "postgres") {
            wrapped |= value == "sudo";
        } else if let Some(from) = open {
            unclear.push(from..word.span.end);
        } else if BEFORE.contains(&value) {
            wrapped |= WRAPPERS.contains(&value);
        } else if wrapped && !value.contains("://") {
            unclear.push(word.span.clone());
        } else {
            return None;
        }
    }
    Some(unclear)
}

/// Whether a name before `=` is a variable's and no piece of a password with white space in it.
fn is_variable(name: &str) -> bool {
    let upper = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    tools::variable(name).is_some() || (upper && name.contains('_'))
}

/// `NAME=value`, with the length of the part before the value.
fn assignment(word: &Word) -> Option<(&str, usize)> {
    let (name, _) = word.value.split_once('=')?;
    let named = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (named && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).then(|| (name, name.len() + 1))
}

/// A value of the command line.
struct Value {
    text: Zeroizing<String>,
    span: Span,
    /// The word it stands in, and from which byte on.
    word: usize,
    from: usize,
}

/// What the options and variables say.
#[derive(Default)]
struct Said {
    options: Vec<RawOption>,
    /// A database name that is a whole connection string.
    whole: Option<Value>,
    /// Whether there are more of them, or more words than the program takes.
    several: bool,
    /// Values of variables that libpq does not know, by their words: a word may stand for one of them.
    others: Vec<(usize, Span)>,
    secrets: Vec<Span>,
    refusal: Option<ConninfoError>,
}

impl Command {
    fn value(&self, word: usize, from: usize) -> Value {
        let (text, span) = self.words[word].tail(from);
        Value { text: Zeroizing::new(text.to_owned()), span, word, from }
    }

    /// The value of an assignment before the program that a word stands for: `$NAME`, `${NAME}`.
    fn resolved(&self, value: Value) -> Value {
        let name = value.text.strip_prefix('$');
        let name = name.map(|name| name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name));
        let of = |name: &str| {
            let found = (0..self.at)
                .rev()
                .find(|index| assignment(&self.words[*index]).is_some_and(|(known, _)| known == name))?;
            Some(self.value(found, name.len() + 1))
        };
        name.and_then(of).unwrap_or(value)
    }

    /// Reads the command.
    pub(crate) fn read(&self, anomalies: Vec<Anomaly>) -> Reading {
        let mut said = self.said();
        let base = build(&self.text, Syntax::Command, None, &said.options);
        let mut secrets = std::mem::take(&mut said.secrets);
        secrets.extend(base.secrets.iter().cloned());
        let inner = said.whole.as_ref().map(|value| (value, super::read::read_plain(&value.text)));
        let used = said.whole.as_ref().map(|value| value.word);
        secrets.extend(said.others.iter().filter(|(word, _)| used != Some(*word)).map(|(_, span)| span.clone()));
        if let Some((value, reading)) = &inner {
            secrets.extend(reading.text.secrets().iter().map(|span| self.outer(value, span)));
        }
        let is_doubtful = self.is_doubtful(&said, inner.as_ref().map(|(_, reading)| reading));
        if is_doubtful {
            let mut whole = base.conninfo.clone();
            if let Some((value, conninfo)) =
                inner.as_ref().and_then(|(value, reading)| Some((value, reading.conninfo()?)))
            {
                whole = overlay(whole, self.placed(conninfo, value));
            }
            secrets = veil::veil(&self.text, &whole, &secrets);
        }
        let text = SecretText::with_secrets(self.text.as_str(), secrets);
        let over = |inner: &Conninfo, value: &Value| {
            let mut whole = overlay(base.conninfo.clone(), self.placed(inner, value));
            censor(&mut whole, text.secrets());
            whole
        };
        let plain = || {
            let mut plain = base.conninfo.clone();
            censor(&mut plain, text.secrets());
            plain
        };
        let (mut literal, mut intended, mut all) = (Ok(plain()), None, anomalies);
        let mut repaired = None;
        if let Some((value, reading)) = &inner {
            literal = match &reading.literal {
                Ok(inner) if is_conninfo(&value.text) => Ok(over(inner, value)),
                Ok(_) => Err(ConninfoError {
                    message: "libpq reads no other scheme than postgresql:// and postgres://".to_owned(),
                    span: Some(value.span.clone()),
                }),
                // What it quotes is known to the string's own reading, and not to that of the whole.
                Err(error) => Err(ConninfoError {
                    message: if is_doubtful { UNREADABLE.to_owned() } else { error.message.clone() },
                    span: error.span.as_ref().map(|span| self.outer(value, span)),
                }),
            };
            intended = reading
                .conninfo()
                .filter(|_| literal.is_err() || reading.intended.is_some())
                .map(|inner| over(inner, value));
            all.extend(reading.anomalies.iter().map(|anomaly| Anomaly {
                kind: anomaly.kind,
                span: anomaly.span.as_ref().map(|span| self.outer(value, span)),
            }));
            repaired = reading
                .repaired
                .as_ref()
                .filter(|_| !is_doubtful)
                .map(|new| self.with_whole(value, new, text.secrets()));
        }
        if let Some(refusal) = said.refusal {
            intended = intended.or_else(|| literal.clone().ok());
            literal = Err(refusal);
        }
        Reading { text, syntax: Some(Syntax::Command), literal, intended, anomalies: all, is_doubtful, repaired }
    }

    /// A place in the value of a word as a place in the command line.
    fn outer(&self, value: &Value, span: &Span) -> Span {
        self.words[value.word].place(&(span.start + value.from..span.end + value.from))
    }

    /// A connection string's reading with its places in the command line.
    fn placed(&self, inner: &Conninfo, value: &Value) -> Conninfo {
        let mut placed = inner.clone();
        let outer = |span: &mut Option<Span>| *span = span.as_ref().map(|span| self.outer(value, span));
        let fields = placed.hosts.iter_mut().flat_map(|host| [&mut host.host, &mut host.hostaddr, &mut host.port]);
        for field in fields.chain([&mut placed.user, &mut placed.database]).flatten() {
            outer(&mut field.span);
        }
        outer(&mut placed.password.span);
        for parameter in &mut placed.parameters {
            outer(&mut parameter.key_span);
            outer(&mut parameter.value_span);
        }
        if let Some(scheme) = &mut placed.scheme {
            scheme.span = self.outer(value, &scheme.span);
        }
        placed
    }
}

/// Whether libpq takes a database name for a connection string: `recognized_connection_string` in `fe-connect.c`.
fn is_conninfo(value: &str) -> bool {
    uri::prefix_len(value).is_some() || value.contains('=')
}

/// A connection string over what options and variables say: each of its parts counts more than theirs.
fn overlay(base: Conninfo, over: Conninfo) -> Conninfo {
    let port: Option<Field> = base.hosts.first().and_then(|host| host.port.clone());
    let mut hosts = if over.hosts.is_empty() { base.hosts } else { over.hosts };
    for host in &mut hosts {
        host.port = host.port.take().or_else(|| port.clone());
    }
    let mut parameters = base.parameters;
    parameters.extend(over.parameters);
    Conninfo {
        syntax: Syntax::Command,
        scheme: over.scheme,
        hosts,
        user: over.user.or(base.user),
        password: if over.password.value.is_some() { over.password } else { base.password },
        database: over.database.or(base.database),
        parameters,
    }
}

#[cfg(test)]
mod tests;
