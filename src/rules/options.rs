//! The `options` value as Postgres and Supavisor read it: words separated by white space.

use crate::conninfo::Syntax;

/// One word (or two, for `-c name=value`) of an `options` value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word<'a> {
    /// `--name=value`
    Long(&'a str, &'a str),
    /// `-c name=value`
    Short(&'a str, &'a str),
    /// `-cname=value`, which Postgres reads and Supavisor skips.
    Glued(&'a str, &'a str),
    /// A word without a dash.
    Stray(&'a str),
    /// Another switch of the server.
    Switch(&'a str),
}

/// The settings in an `options` value.
pub(super) struct Options<'a>(Vec<Word<'a>>);

impl<'a> Options<'a> {
    pub(super) fn read(value: &'a str) -> Self {
        let mut words = value.split_whitespace().peekable();
        let mut read = Vec::new();
        while let Some(word) = words.next() {
            let pair = |text: &'a str| text.split_once('=');
            read.push(match (word.strip_prefix("--").and_then(pair), word.strip_prefix("-c")) {
                (Some((name, value)), _) => Word::Long(name, value),
                (None, Some("")) => match words.next().and_then(pair) {
                    Some((name, value)) => Word::Short(name, value),
                    None => Word::Switch(word),
                },
                (None, Some(rest)) => pair(rest).map_or(Word::Switch(word), |(name, value)| Word::Glued(name, value)),
                (None, None) if word.starts_with('-') => Word::Switch(word),
                (None, None) => Word::Stray(word),
            });
        }
        Self(read)
    }

    /// The names of all settings that Postgres would see.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|word| match word {
            Word::Long(name, _) | Word::Short(name, _) | Word::Glued(name, _) => Some(*name),
            Word::Stray(_) | Word::Switch(_) => None,
        })
    }

    /// The first setting that stands without its space.
    pub(super) fn glued(&self) -> Option<&'a str> {
        self.0.iter().find_map(|word| if let Word::Glued(name, _) = word { Some(*name) } else { None })
    }

    /// Whether this setting stands without its space.
    pub(super) fn is_glued(&self, name: &str) -> bool {
        self.0.iter().any(|word| matches!(word, Word::Glued(glued, _) if *glued == name))
    }

    /// The first word that is no switch.
    pub(super) fn stray(&self) -> Option<&'a str> {
        self.0.iter().find_map(|word| if let Word::Stray(word) = word { Some(*word) } else { None })
    }

    /// The value of a setting; of a repeated one the last.
    pub(super) fn get(&self, wanted: &str) -> Option<&'a str> {
        self.0.iter().rev().find_map(|word| match word {
            Word::Long(name, value) | Word::Short(name, value) | Word::Glued(name, value) if *name == wanted => {
                Some(*value)
            }
            _ => None,
        })
    }

    /// The same value with every setting as `--name=value`, encoded as the syntax wants it.
    pub(super) fn written_long(&self, syntax: Syntax) -> String {
        let words: Vec<String> = self
            .0
            .iter()
            .map(|word| match word {
                Word::Long(name, value) | Word::Short(name, value) | Word::Glued(name, value) => {
                    format!("--{name}={value}")
                }
                Word::Stray(word) | Word::Switch(word) => (*word).to_owned(),
            })
            .collect();
        match syntax {
            Syntax::Keyword if words.len() > 1 => format!("'{}'", words.join(" ")),
            Syntax::Keyword => words.join(" "),
            _ => encode(&words.join(" ")),
        }
    }
}

/// Percent-encodes all but unreserved characters.
fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        let options = Options::read("-c a=1 --b=2 -cd=3 e=4 -f");
        assert_eq!(options.names().collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_eq!((options.glued(), options.stray(), options.get("b")), (Some("d"), Some("e=4"), Some("2")));
    }

    #[test]
    fn the_repair_is_encoded() {
        assert_eq!(Options::read("-csearch_path=a,public").written_long(Syntax::Uri), "--search_path%3Da,public");
    }
}
