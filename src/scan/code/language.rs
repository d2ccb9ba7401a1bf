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
    CSharp,
    Kotlin,
    Ruby,
    Elixir,
}

/// The ends of file names, the language, and its grammar where one is built in.
type Row = (&'static [&'static str], Language, Option<fn() -> Grammar>);

const LANGUAGES: &[Row] = &[
    (&["py"], Language::Python, Some(|| tree_sitter_python::LANGUAGE.into())),
    // One grammar reads all of them: those of JavaScript and of TypeScript without JSX would add 2 MB to say the same.
    (
        &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"],
        Language::JavaScript,
        Some(|| tree_sitter_typescript::LANGUAGE_TSX.into()),
    ),
    (&["go"], Language::Go, Some(|| tree_sitter_go::LANGUAGE.into())),
    (&["rs"], Language::Rust, Some(|| tree_sitter_rust::LANGUAGE.into())),
    (&["java"], Language::Java, Some(|| tree_sitter_java::LANGUAGE.into())),
    (&["php"], Language::Php, Some(|| tree_sitter_php::LANGUAGE_PHP.into())),
    // Read token by token: their grammars would add 12 MB.
    (&["cs", "csx"], Language::CSharp, None),
    (&["kt", "kts"], Language::Kotlin, None),
    (&["rb", "rake", "ru"], Language::Ruby, None),
    (&["ex", "exs"], Language::Elixir, None),
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
            Self::CSharp => "csharp",
            Self::Kotlin => "kotlin",
            Self::Ruby => "ruby",
            Self::Elixir => "elixir",
        }
    }

    /// The language of files with this extension.
    pub(in crate::scan) fn of_extension(extension: &str) -> Option<Self> {
        row(extension).map(|row| row.1)
    }
}

/// The grammar for files with this extension, where one is built in.
pub(super) fn grammar(extension: &str) -> Option<Grammar> {
    row(extension)?.2.map(|grammar| grammar())
}

fn row(extension: &str) -> Option<&'static Row> {
    LANGUAGES.iter().find(|row| row.0.contains(&extension))
}
