//! Lists of any length, streamed: judged and measured as they are read, told as they are done.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

use super::resume::{self, Journal};
use super::{baseline, note};
use crate::cli::CheckArgs;
use crate::commands::measure;
use crate::commands::pipeline::{Known, Run};
use crate::policy::baseline::Baseline;
use crate::policy::{Date, Policy};
use crate::probe::ProbeReport;
use crate::probe::door::Limits;
use crate::report::checkout::Checkout;
use crate::report::spot::Fingerprints;
use crate::report::{Tally, ndjson};

/// A run over lists.
pub struct Fleet<'a> {
    pub args: &'a CheckArgs,
    pub run: &'a Run<'a>,
    pub policy: &'a Policy,
    pub known: Option<&'a Baseline>,
    pub today: Date,
    pub checkout: Checkout,
}

/// What a run has told so far.
struct Told {
    tally: Tally,
    causes: BTreeMap<&'static str, usize>,
    journal: Option<Journal>,
    out: io::BufWriter<io::StdoutLock<'static>>,
}

impl Fleet<'_> {
    /// Streams the targets; returns the exit status.
    pub fn run(&self, targets: impl Iterator<Item = Result<Known>>) -> Result<u8> {
        let empty = Tally::new(self.run.fail_on());
        let opened = self.args.resume.as_deref().map(|path| resume::open(path, empty)).transpose()?;
        let (mut done, journal) = opened.unzip();
        let mut told = Told {
            tally: empty,
            causes: BTreeMap::new(),
            journal,
            out: io::BufWriter::with_capacity(1 << 16, io::stdout().lock()),
        };
        // Counted before it is known which are done, so that the shards stay what they are.
        let shard = self.args.shard;
        let own = targets.enumerate().filter(|(place, _)| shard.is_none_or(|shard| shard.holds(*place)));
        // What an earlier run has done counts, and is not told again.
        let mut earlier = empty;
        let mut rest = own.map(|(_, known)| known).filter(|known| {
            let known = known.as_ref().ok().zip(done.as_mut());
            let counted = known.and_then(|(known, done)| done.remove(&resume::key(known)));
            if let Some(counted) = &counted {
                earlier.add_all(counted);
            }
            counted.is_none()
        });
        let outcome = self.work(&mut rest, &mut told);
        told.out.flush().context("failed to write to standard output")?;
        outcome?;
        told.tally.add_all(&earlier);
        told.summarise();
        Ok(told.tally.summary().exit_status)
    }

    fn work(&self, targets: &mut dyn Iterator<Item = Result<Known>>, told: &mut Told) -> Result<()> {
        if self.args.probe {
            let concurrency = self.args.many.concurrency.into();
            return measure::run(targets, concurrency, Limits::from(&self.args.network), &mut |_, known, probe| {
                self.tell(known, probe, told)
            });
        }
        for known in targets {
            self.tell(known?, None, told)?;
        }
        Ok(())
    }

    fn tell(&self, known: Known, probe: Option<ProbeReport>, told: &mut Told) -> Result<()> {
        let key = told.journal.is_some().then(|| resume::key(&known));
        let mut target = self.run.judge_one(known, probe);
        self.policy.apply(&target.target.source.clone(), &mut target.findings, &[], self.today);
        if let Some(known) = self.known {
            // Each line of a list is known by its own setting.
            baseline::keep_new(known, &mut target, 0, &self.checkout, &mut Fingerprints::default());
        }
        let mut counted = Tally::new(self.run.fail_on());
        counted.add(&target);
        told.tally.add_all(&counted);
        for finding in &target.findings {
            *told.causes.entry(finding.rule).or_default() += 1;
        }
        let reveal = self.args.shared.reveal_password;
        ndjson::write_target(&target, reveal, &mut told.out).context("failed to write to standard output")?;
        if self.args.probe || told.journal.is_some() {
            // A measurement took longer than a write does, and what is noted as done has been told.
            told.out.flush().context("failed to write to standard output")?;
        }
        if let (Some(journal), Some(key)) = (&mut told.journal, key) {
            journal.note(key, &counted)?;
        }
        Ok(())
    }
}

impl Told {
    /// What was found, by cause, most first, on standard error.
    fn summarise(&self) {
        let summary = self.tally.summary();
        note(&format!(
            "{} targets: {} errors, {} warnings, {} notes, {} could not be checked",
            summary.targets, summary.errors, summary.warnings, summary.notes, summary.unchecked
        ));
        let mut causes: Vec<_> = self.causes.iter().collect();
        causes.sort_by_key(|(rule, count)| (std::cmp::Reverse(**count), **rule));
        for (rule, count) in causes {
            note(&format!("{count:>7}  {rule}"));
        }
    }
}
