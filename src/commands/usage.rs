//! What is said when the command line cannot be understood. A setting typed in the wrong place is what most often
//! stands there, and its password must not be repeated: only plain words of the command line are quoted.

use std::ffi::OsString;
use std::io::Write as _;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::nearest::nearest;
use crate::cli::Cli;
use crate::exit;
use crate::secret::MASK;

/// Says on standard error what went wrong. It may be closed, and there is nothing to be done about it.
pub fn error(text: &str) {
    let _ = writeln!(anstream::stderr(), "error: {}", crate::report::escape::escape(text));
}

/// Prints what clap has to say: help and version to standard output, errors to standard error. Returns the exit status.
pub fn report(error: clap::Error, arguments: &[OsString]) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // `supascope --help | head` is no error.
            let _ = error.print();
            exit::OK
        }
        ErrorKind::InvalidSubcommand => {
            let _ = writeln!(anstream::stderr(), "{}", forgotten_verb(arguments));
            exit::USAGE
        }
        _ => {
            let _ = write!(anstream::stderr(), "{}", masked(error).render().ansi());
            exit::USAGE
        }
    }
}

/// The first argument is no command. Most likely it is a target.
fn forgotten_verb(arguments: &[OsString]) -> String {
    let word = arguments.iter().skip(1).find_map(|argument| argument.to_str().filter(|word| !word.starts_with('-')));
    let complaint = match word {
        Some(word) if is_plain(word) => {
            let cli = Cli::command();
            let verbs = cli.get_subcommands().map(clap::Command::get_name);
            let hint = nearest(word, verbs).map(|verb| format!("; did you mean '{verb}'?")).unwrap_or_default();
            format!("error: '{word}' is not a command of supascope{hint}")
        }
        _ => "error: a command is missing before the connection setting".to_owned(),
    };
    format!(
        "{complaint}\n\n  supascope inspect TARGET    read the setting, without the network\n  \
         supascope probe TARGET      measure the endpoint behind it\n\n\
         For more information, try '--help'."
    )
}

/// The error with every quoted piece of the command line masked that is not a plain word.
fn masked(mut error: clap::Error) -> clap::Error {
    let typed = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg, ContextKind::InvalidValue];
    let mut hidden = false;
    for kind in typed {
        let replacement = match error.get(kind) {
            Some(ContextValue::String(text)) if !is_plain(text) && !is_option(text) => {
                Some(ContextValue::String(MASK.to_owned()))
            }
            Some(ContextValue::Strings(texts)) if !texts.iter().all(|text| is_plain(text) || is_option(text)) => {
                Some(ContextValue::Strings(vec![MASK.to_owned()]))
            }
            _ => None,
        };
        if let Some(replacement) = replacement {
            error.insert(kind, replacement);
            hidden = true;
        }
    }
    if hidden {
        // A suggestion repeats the text that it is about.
        for kind in [ContextKind::TrailingArg, ContextKind::Suggested] {
            error.remove(kind);
        }
    }
    error
}

/// What to say about an id that does not exist: `--skip: no rule is called 'worng-port'; did you mean 'wrong-port'?`
pub fn unknown_name<'a>(option: &str, noun: &str, id: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = plain_or_mask(id);
    let hint = nearest(id, known).map_or_else(|| ".".to_owned(), |known| format!("; did you mean '{known}'?"));
    format!("{option}: no {noun} is called '{quoted}'{hint}")
}

/// A word of the command line, fit to be quoted.
pub fn plain_or_mask(word: &str) -> &str {
    if is_plain(word) { word } else { MASK }
}

/// A file name or the like, fit to be quoted: masked when it looks like a setting in the wrong place.
pub fn quoted(name: &str) -> String {
    let suspicious = name.contains("://") || name.contains(['=', '@', ';']) || name.chars().count() > MAX_NAME_CHARS;
    if suspicious { MASK.to_owned() } else { name.to_owned() }
}

/// The longest name that is quoted.
const MAX_NAME_CHARS: usize = 256;

/// A word that cannot be a setting or a part of one that matters.
fn is_plain(text: &str) -> bool {
    text.len() <= 40 && text.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
}

/// An option as the definition spells it: `--format <FORMAT>`, `[TARGET]...`.
fn is_option(text: &str) -> bool {
    text.len() <= 60
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "-_.<>[] ".contains(character))
}
