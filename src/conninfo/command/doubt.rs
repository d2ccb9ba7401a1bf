//! Whether a command line can be trusted to be cut where it seems to be.

use super::super::compose::overlaps;
use super::super::password::is_secret_key;
use super::super::{Conninfo, Host, Reading, Span};
use super::{Command, Said, Word, shell};

impl Command {
    /// Whether words may be pieces of a password with white space or quotes in it: another program's name, another
    /// setting, a connection string that cannot be read.
    pub(super) fn is_doubtful(&self, said: &Said, inner: Option<&Reading>) -> bool {
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
    conninfo.scheme.is_some() && conninfo.first_host().and_then(Host::name).is_none()
}

/// Whether something stands before a scheme in one word.
fn starts_oddly(value: &str) -> bool {
    value
        .split_once("://")
        .is_some_and(|(before, _)| before.contains(|c: char| c.is_whitespace() || matches!(c, '=' | '\'' | '"')))
}
