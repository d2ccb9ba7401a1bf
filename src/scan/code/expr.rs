//! What is left of code when everything is taken away that no connection setting is made of.

use zeroize::Zeroizing;

/// A place in a file: line and column, both counted from 1; the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// An expression.
#[derive(Clone)]
pub(super) enum Expr {
    /// Text; it may hold a password.
    Text(Text),
    /// A number, a truth value, nothing: as written.
    Word(String),
    /// A name with dots between its parts; `a["b"]` is `a.b`.
    Name(String),
    /// A call.
    Call(Box<Call>),
    /// Pairs.
    Map(Vec<(String, Expr)>),
    /// Anything else: its parts.
    Many(Vec<Expr>),
}

/// Text in quotes.
#[derive(Clone)]
pub(super) struct Text {
    /// What stands between the quotes.
    pub(super) value: Zeroizing<String>,
    /// What is put in when the code runs.
    pub(super) put_in: Vec<Expr>,
    /// Where the value starts.
    pub(super) at: Place,
}

/// A call.
#[derive(Clone)]
pub(super) struct Call {
    /// The whole name of what is called: `asyncpg.create_pool`. Of a chain, all of it without arguments.
    pub(super) callee: String,
    /// What a method is called on, when that is more than a name.
    pub(super) receiver: Option<Expr>,
    /// The arguments with their names.
    pub(super) arguments: Vec<(Option<String>, Expr)>,
    /// Where the call starts.
    pub(super) at: Place,
}

/// A name that is given a value.
pub(super) struct Assignment {
    /// The whole name, with dots.
    pub(super) name: String,
    /// The value.
    pub(super) value: Expr,
    /// Where the assignment starts.
    pub(super) at: Place,
}

impl Expr {
    /// The expression as one word, for comparison with a profile: a number, a truth value, the end of a name, a text.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Name(name) => Some(last(name)),
            Self::Text(text) if text.put_in.is_empty() => Some(&text.value),
            _ => None,
        }
    }

    /// Hands itself and every part of it to `each`, from the outside in.
    pub(super) fn walk<'a>(&'a self, each: &mut dyn FnMut(&'a Expr)) {
        each(self);
        match self {
            Self::Text(text) => text.put_in.iter().for_each(|part| part.walk(each)),
            Self::Call(call) => {
                call.receiver.iter().for_each(|receiver| receiver.walk(each));
                call.arguments.iter().for_each(|(_, value)| value.walk(each));
            }
            Self::Map(pairs) => pairs.iter().for_each(|(_, value)| value.walk(each)),
            Self::Many(parts) => parts.iter().for_each(|part| part.walk(each)),
            Self::Word(_) | Self::Name(_) => {}
        }
    }
}

/// The last part of a name.
pub(super) fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
