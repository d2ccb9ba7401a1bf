//! What the variables, options and words of a command line say, one after the other.

use zeroize::Zeroizing;

use super::super::build::is_plain;
use super::super::options::RawOption;
use super::super::{ConninfoError, Span};
use super::tools::{self, Meaning, Words};
use super::{Command, Said, Value, assignment};

impl Command {
    pub(super) fn said(&self) -> Said {
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
