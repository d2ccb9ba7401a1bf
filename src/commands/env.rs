//! `supascope env`: the `.env` for a stack, and the code that goes with it. Never uses the network.

mod given;
mod write;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use serde_json::json;
use zeroize::Zeroizing;

use super::{output, usage};
use crate::cli::{EnvArgs, EnvFormat};
use crate::exit;
use crate::report::escape::escape;
use crate::secret::Secret;
use crate::template::{Draft, Fate, File, Merged, TemplateError};
use write::{Existing, Saved, Wanted};

/// What the `.env` is called when nobody says.
const ENV: &str = ".env";

/// Writes or prints the files; returns the exit status.
pub fn run(args: &EnvArgs) -> Result<u8> {
    let mut request = given::request(args)?;
    if args.password_from.is_some() && args.output.is_none() && !args.reveal_password {
        bail!("--password-from: the file would be printed with the password in it; give -o FILE, or --reveal-password");
    }
    let old = match &args.output {
        Some(path) if args.merge => write::read(path)?,
        _ => None,
    };
    if let Some(old) = &old {
        given::complete(&mut request, old);
    }
    let draft = Draft::new(&request).map_err(failed)?;
    let code = if args.code { draft.code().map_err(failed)? } else { Vec::new() };
    let Some(path) = &args.output else {
        print(args.format, &draft.env().map_err(failed)?, &code)?;
        warn(args, &draft.warnings);
        return Ok(exit::OK);
    };
    let merged = old.as_deref().map(|old| draft.merge(old)).transpose().map_err(failed)?;
    if let Some((variable, line)) =
        merged.iter().flat_map(|merged| &merged.led_elsewhere).next().filter(|_| !args.force)
    {
        bail!(
            "failed to merge: {variable} on line {line} leads to another server, refers to other variables or cannot \
             be read; rename or remove it, or give --force to write over it"
        );
    }
    let env = match &merged {
        Some(merged) => merged.text.clone(),
        None => draft.env().map_err(failed)?,
    };
    let saved = save(args, path, old.as_ref(), &env, &code)?;
    warn(args, &draft.warnings);
    tell(args, &saved, merged.as_ref());
    Ok(exit::OK)
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn failed(error: TemplateError) -> anyhow::Error {
    anyhow!("failed to {error}")
}

/// Writes all files, or none when one of them stands in the way.
fn save(
    args: &EnvArgs,
    path: &Path,
    old: Option<&Zeroizing<String>>,
    env: &Secret,
    code: &[File],
) -> Result<Vec<Saved>> {
    let directory = path.parent().unwrap_or_else(|| Path::new(""));
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    let mut wanted = vec![Wanted { path: path.to_owned(), text: env, old, existing, secret: true }];
    for file in code {
        let path = directory.join(&file.path);
        let existing = if args.merge && !args.force { Existing::Keep } else { existing };
        wanted.push(Wanted { path, text: &file.text, old: None, existing, secret: false });
    }
    write::all(&wanted)
}

fn warn(args: &EnvArgs, warnings: &[String]) {
    for warning in warnings.iter().filter(|_| !args.quiet) {
        let _ = writeln!(anstream::stderr(), "warning: {}", escape(warning));
    }
}

/// Says what became of the files.
fn tell(args: &EnvArgs, saved: &[Saved], merged: Option<&Merged>) {
    if args.quiet {
        return;
    }
    let mut err = anstream::stderr();
    for file in saved {
        let word = if file.written { "wrote" } else { "left as it is:" };
        let _ = writeln!(err, "{word} {}", escape(&usage::quoted(&file.path.to_string_lossy())));
    }
    let Some(merged) = merged else { return };
    for (variable, fate) in &merged.fates {
        let word = match fate {
            Fate::Kept => "unchanged",
            Fate::Changed => "changed",
            Fate::Added => "added",
        };
        let _ = writeln!(err, "  {variable} {word}");
    }
    for (variable, parameter) in &merged.dropped {
        let _ = writeln!(err, "  {} dropped from {variable}", escape(parameter));
    }
}

/// Prints the files.
fn print(format: EnvFormat, env: &Secret, code: &[File]) -> Result<()> {
    let text = match format {
        EnvFormat::Json => {
            let mut files = vec![json!({"path": ENV, "text": env.reveal()})];
            files.extend(code.iter().map(|file| json!({"path": file.path, "text": file.text.reveal()})));
            let document = json!({"schema": "supascope.env/v1", "files": files});
            Zeroizing::new(format!("{document:#}\n"))
        }
        EnvFormat::Text => {
            let mut text = Zeroizing::new(env.reveal().to_owned());
            for file in code {
                let _ = write!(text, "\n# ===== {} =====\n{}", file.path, file.text.reveal());
            }
            text
        }
    };
    output::raw(&text)
}
