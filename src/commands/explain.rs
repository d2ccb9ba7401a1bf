//! `supascope explain`: what a rule is about.

use anyhow::{Result, bail};

use super::nearest::nearest;
use super::{output, usage};
use crate::cli::ExplainArgs;
use crate::exit;
use crate::report::{human, json, markdown};
use crate::rules::{self, RULES};

/// Prints the rule's text.
pub fn run(args: &ExplainArgs) -> Result<u8> {
    let words = args.text.join(" ");
    let Some(rule) = rules::find(words.trim()) else { bail!("{}", unknown(words.trim())) };
    output::print(
        &args.look,
        &output::Printers {
            human: &|look, out| human::write_rule(rule, look, out),
            json: &|out| json::write_rule(rule, out),
            markdown: &|out| markdown::write_rule(rule, out),
        },
    )?;
    Ok(exit::OK)
}

/// What to say of a text that is no rule's id. It may be an error text with a setting in it, so it is quoted only when
/// it is a plain word.
fn unknown(text: &str) -> String {
    let id = text.to_ascii_lowercase();
    if let Some(near) = nearest(&id, RULES.iter().map(|rule| rule.id)) {
        return format!("no rule is called '{}'; did you mean '{near}'?", usage::plain_or_mask(text));
    }
    "this is not the id of a rule, and error texts are not explained yet; 'supascope list rules' prints the ids"
        .to_owned()
}
