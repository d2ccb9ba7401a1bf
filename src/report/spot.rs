//! Where a finding stands, and what it is known by over time: what the formats of code review tools have in common.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::TargetReport;
use super::checkout::Checkout;
use crate::rules::Finding;
use crate::target::SourceKind;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot<'a> {
    /// The file, as the user named it.
    pub path: &'a str,
    /// The line, counted from 1.
    pub line: usize,
    /// The columns in characters, counted from 1, the second one past the end; `None` when only the line is known.
    pub columns: Option<(usize, usize)>,
}

/// The place of a finding; `None` when its setting stands in no file.
pub fn of<'a>(target: &'a TargetReport, finding: &Finding) -> Option<Spot<'a>> {
    let source = &target.target.source;
    let path = source.path.as_deref()?;
    let text = target.reading.text.reveal();
    let columns = source.column.zip(finding.span.as_ref()).and_then(|(column, span)| {
        let (before, marked) = (text.get(..span.start)?, text.get(span.clone())?);
        // A value of several lines has its later columns elsewhere.
        if before.contains('\n') || marked.contains('\n') {
            return None;
        }
        let start = column + before.chars().count();
        Some((start, start + marked.chars().count().max(1)))
    });
    Some(Spot { path, line: source.line.unwrap_or(1), columns })
}

/// The path of a target from the root of the repository; of a setting that stands in no file, what it is called instead.
pub fn path(target: &TargetReport, index: usize, checkout: &Checkout) -> String {
    target.target.source.path.as_deref().map_or_else(|| pseudo_path(target, index), |path| checkout.relative(path))
}

/// What a setting that stands in no file is called, in the shape of a path.
pub fn pseudo_path(target: &TargetReport, index: usize) -> String {
    let source = &target.target.source;
    match (source.kind, &source.variable) {
        (SourceKind::Environment, Some(variable)) => format!("environment/{variable}"),
        (SourceKind::Environment, None) => "environment".to_owned(),
        (SourceKind::Stdin, _) => format!("stdin/{}", source.line.unwrap_or(index + 1)),
        (SourceKind::Argument | SourceKind::File, _) => format!("argument/{}", index + 1),
    }
}

/// Fingerprints that stay when lines move: of the rule, the file and the variable, never of a secret. Of findings that
/// are alike in all of that, the second and later are told apart by their number.
#[derive(Default)]
pub struct Fingerprints(HashMap<[u8; 32], u32>);

impl Fingerprints {
    /// The fingerprint of the next finding of a run, 32 hexadecimal digits.
    pub fn next(&mut self, target: &TargetReport, path: &str, finding: &Finding) -> String {
        let source = &target.target.source;
        // The line of a list has no name; its setting, masked, stands in for one.
        let name = source.variable.clone().unwrap_or_else(|| target.reading.text.masked());
        let mut hash = Sha256::new();
        for part in [finding.rule, path, &name] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let alike = self.0.entry(hash.clone().finalize().into()).or_default();
        hash.update(alike.to_le_bytes());
        *alike += 1;
        let digest = hash.finalize();
        digest[..16].iter().fold(String::with_capacity(32), |mut hex, byte| {
            use std::fmt::Write as _;
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
