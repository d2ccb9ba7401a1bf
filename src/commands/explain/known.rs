//! A rule, an error or a cause that is asked for by its id.

use anyhow::{Result, bail};

use crate::cli::LookArgs;
use crate::commands::nearest::nearest;
use crate::commands::{output, usage};
use crate::exit;
use crate::knowledge::errors;
use crate::report::{human, json, markdown};
use crate::rules;

/// Whether a text is meant as an id: one word of small letters, digits and hyphens. A word that is an error by itself
/// (`query_wait_timeout`, `P1001`, `ECONNREFUSED`) is written otherwise.
pub(super) fn is_id(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    rules::find(text).is_some() || (text.contains('-') && text.len() <= 60 && text.bytes().all(word))
}

/// Prints what the id stands for.
pub(super) fn run(id: &str, look: &LookArgs) -> Result<u8> {
    if let Some(rule) = rules::find(id) {
        output::print(
            look,
            &output::Printers {
                human: &|look, out| human::write_rule(rule, look, out),
                json: &|out| json::write_rule(rule, out),
                markdown: &|out| markdown::write_rule(rule, out),
            },
        )?;
        return Ok(exit::OK);
    }
    let known = errors::find(id);
    let cause_id = known.and_then(|(_, known)| known.cause.as_deref()).unwrap_or(id);
    let Some(cause) = errors::cause(cause_id) else { bail!("{}", unknown(id)) };
    output::print(
        look,
        &output::Printers {
            human: &|look, out| human::write_known(known, cause, look, out),
            json: &|out| json::write_known(known, cause, out),
            markdown: &|out| markdown::write_known(known, cause, out),
        },
    )?;
    Ok(exit::OK)
}

/// What to say of an id that nothing has; it is quoted only when it is a plain word.
fn unknown(text: &str) -> String {
    let id = text.to_ascii_lowercase();
    let errors = errors::families().flat_map(|family| family.error.iter().map(|known| known.id.as_str()));
    let causes = errors::causes().iter().map(|cause| cause.id.as_str());
    if let Some(near) = nearest(&id, rules::all().map(|rule| rule.id).chain(causes).chain(errors)) {
        return format!("no rule, error or cause is called '{}'; did you mean '{near}'?", usage::plain_or_mask(text));
    }
    "this is not the id of a rule, an error or a cause; 'supascope list rules' prints the rules, and an error text is \
     explained when it is given whole"
        .to_owned()
}
