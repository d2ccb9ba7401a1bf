//! `supascope explain`: what an error, a log or a rule means.

mod ahead;
mod follow;
mod input;
mod known;
mod progress;

use std::ffi::OsString;

use anyhow::{Result, anyhow, bail};

use super::output;
use crate::cli::ExplainArgs;
use crate::explain::{AboutTarget, Explanation, Scanner, explain};
use crate::report::{human, json, markdown};
use crate::{conninfo, endpoint, exit, target};

/// Explains; returns the exit status.
pub fn run(args: &ExplainArgs) -> Result<u8> {
    let about = args.target.as_ref().map(about).transpose()?;
    let words: Vec<_> = args.text.iter().map(|word| word.to_string_lossy()).collect();
    let text = words.join(" ");
    if let Some(input) = input::named(args.file.as_deref(), &text) {
        return if args.follow { follow::run(&input, args, about) } else { log(&input, args, about) };
    }
    if args.follow {
        bail!("--follow needs a log: -f FILE or -");
    }
    let text = text.trim();
    if known::is_id(text) {
        return known::run(text, &args.look);
    }
    if conninfo::looks_like_setting(text) && explain(text).matches.is_empty() {
        bail!("this is a connection setting, not an error text; 'supascope inspect' reads it");
    }
    finish(explain(text), text.contains('\n'), args, about)
}

fn log(input: &input::Input<'_>, args: &ExplainArgs, about: Option<AboutTarget>) -> Result<u8> {
    let mut reader = input.open(false)?;
    let mut scanner = Scanner::new();
    let mut progress = progress::Progress::new(reader.len);
    loop {
        let read = scanner.read(&mut reader).map_err(|error| input.failed(&error))?;
        if read == 0 {
            break;
        }
        progress.advance(read);
    }
    scanner.flush();
    drop(progress);
    finish(scanner.explanation(), true, args, about)
}

fn finish(mut explanation: Explanation, is_log: bool, args: &ExplainArgs, about: Option<AboutTarget>) -> Result<u8> {
    if let Some(about) = about {
        explanation.set_target(about);
    }
    print(&explanation, is_log, args)?;
    Ok(if explanation.matches.is_empty() { exit::FINDINGS } else { exit::OK })
}

fn print(explanation: &Explanation, is_log: bool, args: &ExplainArgs) -> Result<()> {
    output::print(
        &args.look,
        &output::Printers {
            human: &|look, out| human::write_explanation(explanation, is_log, look, out),
            json: &|out| json::write_explanation(explanation, out),
            markdown: &|out| markdown::write_explanation(explanation, out),
        },
    )
}

/// The endpoint behind `--target`; of several settings the first.
fn about(setting: &OsString) -> Result<AboutTarget> {
    let argument = setting.to_string_lossy().into_owned();
    let targets = target::discover(&[argument], &[]).map_err(|error| anyhow!("--target: failed to {error}"))?;
    let Some(target) = targets.into_iter().next() else { bail!("--target: no setting found there") };
    let reading = conninfo::read_target(&target);
    let Some(conninfo) = reading.conninfo() else {
        bail!("--target: this setting cannot be read; 'supascope inspect' says why")
    };
    Ok(AboutTarget { setting: reading.text.masked(), kind: endpoint::classify(conninfo).kind })
}
