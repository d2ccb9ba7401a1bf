//! A reader of tokens, for languages that no grammar is built in for (four of them would add 12 MB to the program).
//!
//! [`syntax`] says as data how a language writes comments, text, calls and pairs; [`lex`] divides a file into tokens,
//! in one pass and with bounds; [`parse`] lowers them to the expressions that the grammars are lowered to. What is no
//! call, no name, no text and no value is looked through.

mod lex;
mod parse;
mod special;
mod syntax;

#[cfg(test)]
mod tests;

use super::language::Language;
use super::lower::Lowered;

/// Lowers a file; `None` for a language that a grammar reads.
pub(super) fn lower(language: Language, text: &str) -> Option<Lowered> {
    let syntax = match language {
        Language::CSharp => &syntax::CSHARP,
        Language::Kotlin => &syntax::KOTLIN,
        Language::Ruby => &syntax::RUBY,
        Language::Elixir => &syntax::ELIXIR,
        _ => return None,
    };
    Some(parse::parse(text, &lex::lex(text, syntax), syntax))
}
