//! `inspect --fix` and `inspect --diff`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use zeroize::Zeroizing;

use super::output;
use super::pipeline::Run;
use super::usage::quoted;
use crate::cli::{Format, SharedArgs};
use crate::conninfo;
use crate::repair::patch::{self, Change, PatchError};
use crate::repair::{Repaired, repair, save};
use crate::report::escape::escape;
use crate::report::{Repair, Report, diff};
use crate::target::{self, SourceKind, Target};

/// Repairs, writes `.env` files, and reports on the repaired settings.
pub fn fix(run: &Run<'_>) -> Result<Report> {
    let mut plan = Plan::new(run)?;
    for file in &plan.files {
        let Some(new) = &file.new else { continue };
        save::replace(Path::new(&file.path), &file.text, new)
            .map_err(|error| anyhow!("failed to write {}: {error}", quoted(&file.path)))?;
    }
    let targets = plan.targets.iter().map(|planned| planned.result().clone()).collect();
    let mut report = run.report(targets);
    for (target, planned) in report.targets.iter_mut().zip(&mut plan.targets) {
        target.repair = Some(planned.outcome());
    }
    Ok(report)
}

/// Prints what [`fix`] would change; the exit status is that of the settings as they are.
pub fn diff(run: &Run<'_>, args: &SharedArgs) -> Result<u8> {
    if args.format() != Format::Human {
        bail!("--diff is a format of its own: leave --format out");
    }
    let plan = Plan::new(run)?;
    let reveal = args.reveal_password;
    let mut text = String::new();
    for (index, planned) in plan.targets.iter().enumerate() {
        if let Some(refused) = &planned.refused {
            let _ = writeln!(text, "# {}", escape(refused));
        }
        if planned.is_shown_only() {
            let (place, line) = place(&planned.original, index);
            let masked = |target: &Target| conninfo::read_target(target).text;
            let (before, after) = (masked(&planned.original), masked(&planned.repaired.target));
            text.push_str(&diff::setting(&place, line, &before, &after, reveal));
        }
    }
    for file in plan.files.iter().filter(|file| !file.changes.is_empty()) {
        text.push_str(&diff::file(&file.path, &file.text, &file.changes, reveal));
    }
    output::raw(&text)?;
    let originals = plan.targets.into_iter().map(|planned| planned.original).collect();
    Ok(run.report(originals).summary().exit_status)
}

/// How a diff calls the place of a setting that stands in no `.env` file, and on which line it is.
fn place(target: &Target, index: usize) -> (String, usize) {
    let source = &target.source;
    let place = match (&source.path, &source.variable) {
        (Some(path), _) => path.clone(),
        (None, Some(variable)) => variable.clone(),
        (None, None) if source.kind == SourceKind::Stdin => "standard input".to_owned(),
        (None, None) => format!("argument {}", index + 1),
    };
    (place, source.line.unwrap_or(1))
}

/// What is to be done.
struct Plan {
    targets: Vec<Planned>,
    files: Vec<EnvFile>,
}

/// One target with its repair.
struct Planned {
    original: Target,
    repaired: Repaired,
    /// Why its file is left alone.
    refused: Option<String>,
}

/// One `.env` file with its changes.
struct EnvFile {
    path: String,
    text: Zeroizing<String>,
    changes: Vec<Change>,
    /// The text after the changes, when there are any.
    new: Option<Zeroizing<String>>,
}

impl Plan {
    fn new(run: &Run<'_>) -> Result<Self> {
        let originals = run.find()?;
        let judge = |targets: &[Target]| run.findings(targets);
        let repaired = repair(originals.clone(), &judge);
        let targets = originals.into_iter().zip(repaired).map(|(original, repaired)| Planned {
            original,
            repaired,
            refused: None,
        });
        let mut plan = Self { targets: targets.collect(), files: Vec::new() };
        plan.patch()?;
        Ok(plan)
    }

    /// Collects the changes of each file.
    fn patch(&mut self) -> Result<()> {
        for planned in &mut self.targets {
            if planned.repaired.rules.is_empty() {
                continue;
            }
            let Some(path) = env_file(&planned.original) else { continue };
            if !self.files.iter().any(|file| file.path == path) {
                let text = target::read_file(Path::new(path)).map_err(|error| anyhow!("failed to {error}"))?;
                self.files.push(EnvFile { path: path.to_owned(), text, changes: Vec::new(), new: None });
            }
            let Some(file) = self.files.iter_mut().find(|file| file.path == path) else { continue };
            match patch::changes(&file.text, &planned.original, &planned.repaired) {
                Ok(changes) => file.changes.extend(changes),
                Err(PatchError::Changed) => bail!("failed to repair {}: {}", quoted(path), PatchError::Changed),
                Err(error) => planned.refused = Some(error.to_string()),
            }
        }
        for file in self.files.iter_mut().filter(|file| !file.changes.is_empty()) {
            let new = patch::apply(&file.text, &file.changes);
            file.new = Some(new.map_err(|error| anyhow!("failed to repair {}: {error}", quoted(&file.path)))?);
        }
        Ok(())
    }
}

impl Planned {
    /// The target as it is once the plan is carried out.
    fn result(&self) -> &Target {
        if self.refused.is_some() { &self.original } else { &self.repaired.target }
    }

    /// Whether there is a repaired setting and no file to put it into.
    fn is_shown_only(&self) -> bool {
        !self.repaired.rules.is_empty() && env_file(&self.original).is_none()
    }

    fn outcome(&mut self) -> Repair {
        let refused = self.refused.take();
        let rules = if refused.is_some() { Vec::new() } else { std::mem::take(&mut self.repaired.rules) };
        let written_to = env_file(&self.original).filter(|_| !rules.is_empty()).map(str::to_owned);
        Repair { rules, written_to, refused }
    }
}

/// The `.env` file that a target's variable stands in. A line of a list has no variable.
fn env_file(target: &Target) -> Option<&str> {
    let source = &target.source;
    let of_variable = source.kind == SourceKind::File && source.variable.is_some();
    source.path.as_deref().filter(|_| of_variable)
}
