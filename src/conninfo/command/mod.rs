//! Command lines of `psql`, `pg_dump` and their siblings, as people paste them: `PGPASSWORD=... psql -h host -U user db`,
//! `psql "postgresql://..."`.
//!
//! Words are the shell's, options are `getopt_long`'s, and a database name that holds `=` or begins like a URI is a whole
//! connection string, which overrides the other options (PostgreSQL 17 documentation, "psql"; `startup.c`, and
//! `conninfo_array_parse` in `fe-connect.c`). The environment comes last. What is not understood is not shown.

mod shell;
mod tools;

use shell::{Token, Word, tokens};
use tools::{Meaning, Tool, Words};
use zeroize::Zeroizing;

use super::build::{build, censor, is_plain};
use super::compose::{Composer, overlaps};
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

    fn said(&self) -> Said {
        let mut said = Said { secrets: self.unclear.clone(), ..Said::default() };
        for index in 0..self.at {
            let Some((name, from)) = assignment(&self.words[index]) else { continue };
            let value = self.value(index, from);
            match tools::variable(name) {
                Some(keyword) => said.push(keyword, Some(self.words[index].place(&(0..name.len()))), &value),
                None => said.others.push((index, value.span)),
            }
        }
        self.arguments(&mut said);
        if let Some(rest) = self.rest.filter(|rest| !self.text[*rest..].trim().is_empty()) {
            said.secrets.push(rest..self.text.len());
        }
        said
    }

    /// The words after the program.
    fn arguments(&self, said: &mut Said) {
        let mut plain = Vec::new();
        let mut index = self.at + 1;
        let mut only_words = false;
        let mut after_prompt = false;
        while index < self.words.len() {
            let word = &self.words[index];
            let value = word.value.as_str();
            if only_words || value == "-" || !value.starts_with('-') {
                // `-W secret`: psql takes the secret for a database's name. It stays a secret.
                if after_prompt {
                    said.secrets.push(word.span.clone());
                }
                plain.push(self.value(index, 0));
            } else if value == "--" {
                only_words = true;
            } else if let Some(long) = value.strip_prefix("--") {
                after_prompt = self.long(long, &mut index, said);
            } else {
                after_prompt = self.short(&mut index, said);
            }
            index += 1;
        }
        self.words_without_option(plain, said);
    }

    /// `--name=value` or `--name value`; whether it was the one that asks for a password.
    fn long(&self, option: &str, index: &mut usize, said: &mut Said) -> bool {
        let (name, inline) = option.split_once('=').map_or((option, false), |(name, _)| (name, true));
        let meaning = tools::long(name);
        if inline {
            let value = self.value(*index, name.len() + 3);
            if !meaning.takes_value() {
                said.refuse(format!("{} takes no value for this option", self.tool.name), &self.words[*index].span);
                said.secrets.push(value.span);
                // White space in such a value makes words of its rest.
                return meaning == Meaning::Prompt;
            }
            self.option(meaning, &value, said);
        } else if meaning.takes_value() && *index + 1 < self.words.len() {
            *index += 1;
            self.option(meaning, &self.value(*index, 0), said);
        }
        meaning == Meaning::Prompt
    }

    /// A bundle of short options, the last of which may have a value, glued or as the next word.
    fn short(&self, index: &mut usize, said: &mut Said) -> bool {
        let word = &self.words[*index];
        for (at, option) in word.value.char_indices().skip(1) {
            let meaning = tools::short(self.tool, option);
            let after = at + option.len_utf8();
            let glued = after < word.value.len();
            if meaning == Meaning::Prompt && glued {
                let (_, span) = word.tail(after);
                said.refuse(format!("{} -W takes no value: it asks for the password", self.tool.name), &span);
                said.secrets.push(span);
                return true;
            }
            if meaning == Meaning::Prompt {
                return true;
            }
            if meaning.takes_value() {
                if glued {
                    self.option(meaning, &self.value(*index, after), said);
                } else if *index + 1 < self.words.len() {
                    *index += 1;
                    self.option(meaning, &self.value(*index, 0), said);
                }
                return false;
            }
        }
        false
    }

    fn option(&self, meaning: Meaning, value: &Value, said: &mut Said) {
        let value = self.resolved(Value { text: value.text.clone(), span: value.span.clone(), ..*value });
        match meaning {
            Meaning::Keyword("dbname") => said.database(value),
            Meaning::Keyword(keyword) => said.push(keyword, None, &value),
            Meaning::Plain if value.text.contains(['@', '=']) || value.text.contains("://") => {
                said.secrets.push(value.span);
            }
            Meaning::Text => said.secrets.push(value.span),
            Meaning::Plain | Meaning::Prompt | Meaning::Flag => {}
        }
    }

    fn words_without_option(&self, plain: Vec<Value>, said: &mut Said) {
        let named = said.whole.is_some()
            || said.options.iter().any(|option| option.keyword == "dbname" && option.key_span.is_none());
        let mut rest = plain.into_iter();
        if self.tool.words == Words::Other {
            said.secrets.extend(rest.filter(|value| value.text.contains(['@', '=', ':'])).map(|value| value.span));
            return;
        }
        if let Some(first) = if named { None } else { rest.next() } {
            said.database(self.resolved(first));
        }
        if self.tool.words == Words::DatabaseAndUser {
            // Beside a whole connection string a further word is more likely a piece of it than a user.
            match rest.next() {
                Some(user) if said.whole.is_none() && user.text.bytes().all(is_plain) => {
                    said.push("user", None, &self.resolved(user));
                }
                Some(piece) => {
                    said.several = true;
                    said.secrets.push(piece.span);
                }
                None => {}
            }
        }
        for piece in rest {
            said.several = true;
            said.secrets.push(piece.span);
        }
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

    /// Whether words may be pieces of a password with white space or quotes in it: another program's name, another
    /// setting, a connection string that cannot be read.
    fn is_doubtful(&self, said: &Said, inner: Option<&Reading>) -> bool {
        let whole = said.whole.as_ref();
        let others = self.words.iter().enumerate().filter(|(index, _)| whole.is_none_or(|whole| whole.word != *index));
        let odd = |word: &Word| word.value.contains("://") || word.value.contains(['@', '`']);
        let known =
            |span: &Span| said.secrets.iter().any(|secret| secret.start <= span.start && span.end <= secret.end);
        let resolved = |index: usize| {
            said.options.iter().any(|option| {
                overlaps(&option.span, std::slice::from_ref(&self.words[index].span)) && is_secret_key(&option.keyword)
            })
        };
        let programs = |text: &str| text.matches("psql").count() + text.matches("pg_dump").count();
        let secret = !said.secrets.is_empty() || said.options.iter().any(|option| is_secret_key(&option.keyword));
        let rest = self.rest.unwrap_or(self.text.len());
        programs(&self.text[..rest]) > 1
            || (secret && programs(&self.text) > 1)
            || ends_oddly(&self.text, rest)
            || said.several
            || said.options.iter().any(|option| option.keyword == "dbname" && option.value.contains(&b':'))
            || said.others.iter().any(|(word, span)| {
                whole.is_none_or(|whole| whole.word != *word) && self.text[span.clone()].contains([':', '='])
            })
            || inner.is_some_and(|reading| reading.is_doubtful || reading.conninfo().is_none_or(lacks_host))
            || whole.is_some_and(|whole| whole.text.matches("://").count() > 1 || starts_oddly(&whole.text))
            || others.into_iter().any(|(index, word)| odd(word) && !known(&word.span) && !resolved(index))
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

    /// The command line with another connection string in the place of this one.
    fn with_whole(&self, value: &Value, new: &SecretText, secrets: &[Span]) -> SecretText {
        let word = &self.words[value.word];
        let mut out = Composer::default();
        self.copy(0..word.span.start, secrets, &mut out);
        out.push(&word.value[..value.from]);
        out.push("'");
        let clear = new.reveal();
        let mut at = 0;
        for secret in new.secrets() {
            out.push(&shell_quoted(&clear[at..secret.start]));
            out.push_secret(&shell_quoted(&clear[secret.clone()]));
            at = secret.end;
        }
        out.push(&shell_quoted(&clear[at..]));
        out.push("'");
        self.copy(word.span.end..self.text.len(), secrets, &mut out);
        out.finish()
    }

    fn copy(&self, range: Span, secrets: &[Span], out: &mut Composer) {
        for (at, c) in self.text[range.clone()].char_indices() {
            let place = range.start + at..range.start + at + c.len_utf8();
            let mut buffer = [0; 4];
            let piece = c.encode_utf8(&mut buffer);
            if overlaps(&place, secrets) { out.push_secret(piece) } else { out.push(piece) }
        }
    }
}

impl Said {
    fn push(&mut self, keyword: &str, key_span: Option<Span>, value: &Value) {
        self.options.push(RawOption {
            keyword: keyword.to_owned(),
            key_span,
            value: Zeroizing::new(value.text.as_bytes().to_vec()),
            span: value.span.clone(),
            pieces: Vec::new(),
        });
    }

    fn database(&mut self, value: Value) {
        if value.text.contains('=') || value.text.contains("://") {
            // Of two only the last counts; the other may hold a password as well.
            self.several |= self.whole.is_some();
            self.secrets.extend(self.whole.take().map(|value| value.span));
            self.whole = Some(value);
        } else {
            self.push("dbname", None, &value);
        }
    }

    fn refuse(&mut self, message: String, span: &Span) {
        self.refusal = Some(ConninfoError { message, span: Some(span.clone()) });
    }
}

/// Whether libpq takes a database name for a connection string: `recognized_connection_string` in `fe-connect.c`.
fn is_conninfo(value: &str) -> bool {
    uri::prefix_len(value).is_some() || value.contains('=')
}

/// Whether an operator of the shell may be a piece of a password: it stands glued to a word, and something that looks
/// like a setting follows.
fn ends_oddly(text: &str, rest: usize) -> bool {
    let (before, behind) = text.split_at(rest);
    behind.contains('@')
        || (!before.ends_with([' ', '\t'])
            && behind.trim_start_matches(shell::is_operator).starts_with(|c: char| !c.is_whitespace()))
}

/// Whether a URI names no host: then its end may stand in other words.
fn lacks_host(conninfo: &Conninfo) -> bool {
    conninfo.scheme.is_some() && conninfo.first_host().and_then(super::Host::name).is_none()
}

/// Whether something stands before a scheme in one word.
fn starts_oddly(value: &str) -> bool {
    value
        .split_once("://")
        .is_some_and(|(before, _)| before.contains(|c: char| c.is_whitespace() || matches!(c, '=' | '\'' | '"')))
}

/// Inside single quotes.
fn shell_quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
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
