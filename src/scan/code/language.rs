//! The languages, by the ends of file names.

use tree_sitter::Language as Grammar;

/// A language that code is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Python,
    JavaScript,
    Go,
    Rust,
    Java,
    Php,
}

/// The ends of file names, the language and its grammar.
type Row = (&'static [&'static str], Language, fn() -> Grammar);

const LANGUAGES: &[Row] = &[
    (&["py"], Language::Python, || tree_sitter_python::LANGUAGE.into()),
    // One grammar reads all of them: those of JavaScript and of TypeScript without JSX would add 2 MB to say the same.
    (&["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"], Language::JavaScript, || {
        tree_sitter_typescript::LANGUAGE_TSX.into()
    }),
    (&["go"], Language::Go, || tree_sitter_go::LANGUAGE.into()),
    (&["rs"], Language::Rust, || tree_sitter_rust::LANGUAGE.into()),
    (&["java"], Language::Java, || tree_sitter_java::LANGUAGE.into()),
    (&["php"], Language::Php, || tree_sitter_php::LANGUAGE_PHP.into()),
];

impl Language {
    /// The profile of its calls.
    pub(in crate::scan) const fn profile(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Go => "go",
            Self::Rust => "rust",
            Self::Java => "java",
            Self::Php => "php",
        }
    }

    /// The language of files with this extension.
    pub(in crate::scan) fn of_extension(extension: &str) -> Option<Self> {
        row(extension).map(|row| row.1)
    }
}

/// The grammar for files with this extension.
pub(super) fn grammar(extension: &str) -> Option<Grammar> {
    row(extension).map(|row| (row.2)())
}

fn row(extension: &str) -> Option<&'static Row> {
    LANGUAGES.iter().find(|row| row.0.contains(&extension))
}
