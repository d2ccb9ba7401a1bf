//! `--resume FILE`: which targets of a list are done, so that a run that was killed goes on where it was.
//!
//! Each line is the hash of a target (its place in the list and its masked setting) and what it counted. A line that a
//! kill cut short does not count.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::commands::pipeline::Known;
use crate::commands::usage;
use crate::report::Tally;

const HEADER: &str = "supascope.resume/v1";

/// The targets that are done, by their keys, and what they counted.
pub type Done = HashMap<u64, Tally>;

/// The file, open for more.
pub struct Journal(File);

/// Opens the file, or makes it.
pub fn open(path: &Path, empty: Tally) -> Result<(Done, Journal)> {
    let shown = usage::quoted(&path.to_string_lossy());
    let file = OpenOptions::new().read(true).append(true).create(true).open(path);
    let mut file = file.with_context(|| format!("failed to open {shown}"))?;
    let mut lines = BufReader::new(&file).lines();
    let mut done = Done::new();
    let mut begin = HEADER;
    match lines.next().transpose().with_context(|| format!("failed to read {shown}"))? {
        None => {}
        Some(header) if header == HEADER => {
            for line in lines {
                done.extend(parse(&line.with_context(|| format!("failed to read {shown}"))?, empty));
            }
            // The last line may have been cut: what comes next begins on one of its own.
            begin = "";
        }
        Some(_) => bail!("failed to read {shown}: it is not a file that --resume has written"),
    }
    writeln!(file, "{begin}").with_context(|| format!("failed to write {shown}"))?;
    Ok((done, Journal(file)))
}

impl Journal {
    /// Notes a target as done.
    pub fn note(&mut self, key: u64, counted: &Tally) -> Result<()> {
        let summary = counted.summary();
        let failing = u8::from(counted.is_failing());
        // One write a line: a kill leaves whole lines, or a last one that is cut.
        let line = format!(
            "{key:016x} {} {} {} {} {failing}.\n",
            summary.errors, summary.warnings, summary.notes, summary.unchecked
        );
        self.0.write_all(line.as_bytes()).context("failed to write what is done")
    }
}

/// What a target is known by. The hash is of the masked setting: nothing of a secret goes into a file.
pub fn key(known: &Known) -> u64 {
    let source = &known.target.source;
    let mut hash = Sha256::new();
    hash.update(source.path.as_deref().unwrap_or_default());
    hash.update(source.line.unwrap_or_default().to_le_bytes());
    hash.update(known.reading.text.masked());
    let digest = hash.finalize();
    digest[..8].iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

fn parse(line: &str, empty: Tally) -> Option<(u64, Tally)> {
    let fields: Vec<&str> = line.strip_suffix('.')?.split(' ').collect();
    let [key, errors, warnings, notes, unchecked, failing] = fields.try_into().ok()?;
    let number = |text: &str| text.parse::<usize>().ok();
    let counts = [number(errors)?, number(warnings)?, number(notes)?, number(unchecked)?];
    Some((u64::from_str_radix(key, 16).ok()?, empty.of_one(counts, failing == "1")))
}
