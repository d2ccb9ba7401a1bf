//! What the reader of tokens knows of each language: comments, forms of text, and how calls and pairs are written.

/// A language that is read token by token.
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of a language, and none excludes another")]
pub(super) struct Syntax {
    /// What starts a comment that ends with its line.
    pub(super) line_comments: &'static [&'static str],
    /// The same, only as the first thing of a line: C#'s directives.
    pub(super) line_start_comments: &'static [&'static str],
    /// The ends of a longer comment.
    pub(super) block_comments: &'static [Block],
    /// What ends the code where it stands alone on a line.
    pub(super) end_of_code: Option<&'static str>,
    /// Forms of text, the longer openings before the shorter.
    pub(super) texts: &'static [Form],
    /// Forms of text whose opening says how they end.
    pub(super) special: &'static [Special],
    /// What may end a name beside letters: `fetch_env!`.
    pub(super) name_ends: &'static [u8],
    /// What may stand before a name: `@url`.
    pub(super) name_starts: &'static [u8],
    /// What may stand behind a value without meaning anything here: `url!!`.
    pub(super) after_values: &'static [u8],
    /// Whether `:name` is a value, and `name: ` a key wherever it stands.
    pub(super) symbols: bool,
    /// Whether calls need no brackets: `connect url, pool: 5`.
    pub(super) commands: bool,
    /// Words that only divide the code.
    pub(super) dividers: &'static [&'static str],
    /// Words that declare the name behind them.
    pub(super) declares: &'static [&'static str],
    /// Whether `name = value` among arguments is a pair, and a declared name may have its type behind it.
    pub(super) named_by_equals: bool,
    /// Whether `name => value` outside of brackets gives the name its value.
    pub(super) arrow_members: bool,
    /// Whether types stand in `<>` behind names.
    pub(super) generics: bool,
    /// Whether statements end with their line.
    pub(super) lines: bool,
    /// What `{` is where a value is expected.
    pub(super) braces: Braces,
    /// How a value is made, and may be filled in braces: `new X { Y = 1 }`.
    pub(super) maker: Option<&'static str>,
}

/// A comment with two ends.
pub(super) struct Block {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// Whether one stands in another.
    pub(super) nests: bool,
    /// Whether both ends stand at the start of a line.
    pub(super) at_line_start: bool,
}

/// What `{` is where a value is expected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Braces {
    /// Code.
    Code,
    /// Pairs.
    Pairs,
    /// Values; the first may name a process that is started with the others.
    Tuple,
}

/// A form of text.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// The opening.
    pub(super) open: &'static str,
    /// How it goes on.
    pub(super) body: Body,
}

/// How a text goes on behind its opening.
#[derive(Clone, Copy)]
pub(super) struct Body {
    /// The byte that closes.
    pub(super) close: u8,
    /// How often it must stand there.
    pub(super) count: usize,
    /// The byte that opens once more what the closing one then closes; 0 for none.
    pub(super) nests: u8,
    /// Whether a backslash takes the next byte's meaning.
    pub(super) escapes: bool,
    /// Whether two closing bytes are one that closes nothing.
    pub(super) doubled: bool,
    /// Whether it may go over lines.
    pub(super) lines: bool,
    /// What is put in.
    pub(super) holes: Holes,
}

/// How code is put into a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holes {
    None,
    /// This many braces.
    Braces(usize),
    /// `#{...}`.
    Hash,
    /// `${...}` and `$name`.
    Dollar,
}

/// Forms of text whose opening says how they end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// C#'s `"""`, with any number of quotes, and of `$` before it.
    RawQuotes,
    /// Ruby's `%w[...]` and its kin.
    Percent,
    /// Ruby's `<<~NAME`.
    Heredoc,
    /// Ruby's `/.../`.
    Slashes,
    /// Elixir's `~s(...)` and its kin.
    Sigil,
    /// `?x`, a character.
    Character,
}

/// Text in this quote on one line.
const fn plain(close: u8, holes: Holes) -> Body {
    Body { close, count: 1, nests: 0, escapes: true, doubled: false, lines: false, holes }
}

/// Text in this quote over any number of lines.
const fn long(close: u8, count: usize, escapes: bool, holes: Holes) -> Body {
    Body { close, count, nests: 0, escapes, doubled: false, lines: true, holes }
}

/// C#'s `@"..."`.
const fn verbatim(holes: Holes) -> Body {
    Body { close: b'"', count: 1, nests: 0, escapes: false, doubled: true, lines: true, holes }
}

const C_COMMENT: Block = Block { open: "/*", close: "*/", nests: false, at_line_start: false };

/// C# (specification of version 14: lexical structure).
pub(super) static CSHARP: Syntax = Syntax {
    line_comments: &["//"],
    line_start_comments: &["#"],
    block_comments: &[C_COMMENT],
    end_of_code: None,
    texts: &[
        Form { open: "$@\"", body: verbatim(Holes::Braces(1)) },
        Form { open: "@$\"", body: verbatim(Holes::Braces(1)) },
        Form { open: "@\"", body: verbatim(Holes::None) },
        Form { open: "$\"", body: plain(b'"', Holes::Braces(1)) },
        Form { open: "\"", body: plain(b'"', Holes::None) },
        Form { open: "'", body: plain(b'\'', Holes::None) },
    ],
    special: &[Special::RawQuotes],
    name_ends: &[],
    name_starts: b"@",
    after_values: b"!",
    symbols: false,
    commands: false,
    dividers: &["else"],
    declares: &[],
    named_by_equals: true,
    arrow_members: true,
    generics: true,
    lines: false,
    braces: Braces::Code,
    maker: Some("new"),
};

/// Kotlin (language specification, Syntax and grammar).
pub(super) static KOTLIN: Syntax = Syntax {
    line_comments: &["//"],
    line_start_comments: &["#!"],
    block_comments: &[Block { nests: true, ..C_COMMENT }],
    end_of_code: None,
    texts: &[
        Form { open: "\"\"\"", body: long(b'"', 3, false, Holes::Dollar) },
        Form { open: "\"", body: plain(b'"', Holes::Dollar) },
        Form { open: "'", body: plain(b'\'', Holes::None) },
    ],
    special: &[],
    name_ends: &[],
    name_starts: b"@",
    after_values: b"!",
    symbols: false,
    commands: false,
    dividers: &["else"],
    declares: &["val", "var"],
    named_by_equals: true,
    arrow_members: false,
    generics: true,
    lines: true,
    braces: Braces::Code,
    maker: None,
};

/// Ruby (documentation of version 3.4: literals, methods).
pub(super) static RUBY: Syntax = Syntax {
    line_comments: &["#"],
    line_start_comments: &[],
    block_comments: &[Block { open: "=begin", close: "=end", nests: false, at_line_start: true }],
    end_of_code: Some("__END__"),
    texts: &[
        Form { open: "\"", body: long(b'"', 1, true, Holes::Hash) },
        Form { open: "'", body: long(b'\'', 1, true, Holes::None) },
        Form { open: "`", body: long(b'`', 1, true, Holes::Hash) },
    ],
    special: &[Special::Heredoc, Special::Percent, Special::Slashes, Special::Character],
    name_ends: b"!?",
    name_starts: b"@$",
    after_values: &[],
    symbols: true,
    commands: true,
    dividers: &[
        "if", "unless", "else", "elsif", "end", "do", "then", "and", "or", "not", "return", "rescue", "ensure",
        "begin", "while", "until", "case", "when", "in", "def", "class", "module", "yield", "next", "break",
    ],
    declares: &[],
    named_by_equals: false,
    arrow_members: false,
    generics: false,
    lines: true,
    braces: Braces::Pairs,
    maker: None,
};

/// Elixir (documentation of version 1.19: syntax reference).
pub(super) static ELIXIR: Syntax = Syntax {
    line_comments: &["#"],
    line_start_comments: &[],
    block_comments: &[],
    end_of_code: None,
    texts: &[
        Form { open: "\"\"\"", body: long(b'"', 3, true, Holes::Hash) },
        Form { open: "'''", body: long(b'\'', 3, true, Holes::Hash) },
        Form { open: "\"", body: long(b'"', 1, true, Holes::Hash) },
        Form { open: "'", body: long(b'\'', 1, true, Holes::Hash) },
    ],
    special: &[Special::Sigil, Special::Character],
    name_ends: b"!?",
    name_starts: b"@&",
    after_values: &[],
    symbols: true,
    commands: true,
    dividers: &["do", "end", "else", "and", "or", "not", "when", "in", "fn", "rescue", "after", "catch"],
    declares: &[],
    named_by_equals: false,
    arrow_members: false,
    generics: false,
    lines: true,
    braces: Braces::Tuple,
    maker: None,
};
