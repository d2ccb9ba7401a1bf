//! What came of the references in one value: where each piece of it stands, and what its readers do differently.

use std::fmt;
use std::ops::Range;

use crate::secret::Secret;

/// A value into which variables were put.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The pieces of the value, in order and without a gap.
    pub pieces: Vec<Piece>,
    /// What readers of `.env` files do differently; each kind at most once for a name.
    pub doubts: Vec<Doubt>,
    /// The value as it stands in the file, without its quotes.
    pub written: Secret,
}

/// One piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it is in the value, in bytes.
    pub span: Range<usize>,
    /// The variable in whose value it is written.
    pub variable: String,
    /// That variable's file; `None` for the environment.
    pub path: Option<String>,
    /// That variable's line, counted from 1.
    pub line: Option<usize>,
    /// Where the piece starts in that variable's value as written; `None` when it was encoded on its way.
    pub at: Option<usize>,
    /// Whether the variable's name speaks of a secret.
    pub is_secret: bool,
}

/// One thing that readers of `.env` files do differently with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// What it is.
    pub kind: DoubtKind,
    /// The variable that is referred to.
    pub name: String,
}

/// The kinds of [`Doubt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DoubtKind {
    /// A sound `${NAME}`: only readers without any expansion keep it.
    Literal,
    /// `$NAME` without braces.
    Unbraced,
    /// `${NAME:-default}`.
    Default,
    /// The variable stands in another file.
    OtherFile,
    /// `\$`.
    Escaped,
    /// A reference in single quotes or backticks.
    Quoted,
    /// `${NAME-x}`, `${NAME:?x}`, `${NAME?x}`, `${NAME:+x}`, `${NAME+x}`.
    Operator,
    /// The environment has another value than the file.
    EnvironmentDiffers,
    /// The variable is set further down.
    Forward,
    /// A variable that refers to itself, straight or through others.
    Cycle,
    /// What comes out is longer than anything a driver is given.
    TooLong,
}

impl fmt::Debug for Expansion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expansion").field("doubts", &self.doubts).finish_non_exhaustive()
    }
}

impl Expansion {
    /// The spans that must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.pieces.iter().filter(|piece| piece.is_secret).map(|piece| piece.span.clone())
    }

    /// Whether anything was put in; otherwise the value only holds references that nobody can follow.
    pub fn is_composed(&self) -> bool {
        self.pieces.len() > 1 || self.pieces.first().is_some_and(|piece| piece.at != Some(0))
    }
}
