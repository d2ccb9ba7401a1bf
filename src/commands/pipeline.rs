//! What the commands that take targets have in common: find the settings, read them, judge them.

use anyhow::{Result, anyhow, bail};

use super::rule_filter::RuleFilter;
use super::{stacks, usage};
use crate::advice::{Advice, Situation, advise_all};
use crate::cli::SharedArgs;
use crate::conninfo::{self, Reading};
use crate::endpoint::{Endpoint, EndpointKind, Mode, Pooler, classify};
use crate::probe::ProbeReport;
use crate::report::{Report, Summary, Tally, TargetReport};
use crate::rules::{self, Context, Finding, Subject};
use crate::target::{self, List, Target, TargetError};

/// One run of a command over its targets.
pub struct Run<'a> {
    args: &'a SharedArgs,
    context: Context,
    filter: RuleFilter,
}

/// A target as far as it is known without the network.
pub struct Known {
    /// The setting and its place.
    pub target: Target,
    /// How it reads.
    pub reading: Reading,
    /// Which door it knocks on.
    pub endpoint: Endpoint,
    /// The stacks asked for, else those that the setting names.
    pub stacks: Vec<String>,
}

impl Known {
    /// The view of it that rules, advice and probe take.
    pub fn subject<'a>(&'a self, context: &'a Context, probe: Option<&'a ProbeReport>) -> Subject<'a> {
        Subject {
            target: &self.target,
            reading: &self.reading,
            conninfo: self.reading.conninfo(),
            endpoint: &self.endpoint,
            stacks: &self.stacks,
            context,
            probe,
        }
    }
}

impl<'a> Run<'a> {
    /// Checks the options before anything is looked at.
    pub fn new(args: &'a SharedArgs) -> Result<Self> {
        let named = stacks::resolve_all(&args.stack)?;
        let context = Context {
            stacks: named.iter().map(|named| named.id.clone()).collect(),
            versions: named.into_iter().map(|named| (named.id, named.versions)).collect(),
            workload: args.workload.map(Into::into),
            tier: args.tier.as_deref().map(stacks::resolve_tier).transpose()?,
            pool_size: args.pool_size,
            ssl_root_cert: args.sslrootcert.as_ref().map(|path| path.to_string_lossy().into_owned()),
        };
        let filter = RuleFilter::new(&args.only, &args.skip)?;
        Ok(Self { args, context, filter })
    }

    /// What the user said about the application.
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// Finds and reads the settings.
    pub fn read(&self) -> Result<Vec<Known>> {
        Ok(self.find()?.into_iter().map(|target| self.read_one(target)).collect())
    }

    /// Finds the settings.
    pub fn find(&self) -> Result<Vec<Target>> {
        let targets = target::discover(&self.arguments(), &self.args.env_file).map_err(not_found)?;
        if targets.is_empty() {
            bail!("{}", nothing_found(self.args));
        }
        Ok(targets)
    }

    /// The arguments as text. A byte that is no UTF-8 becomes U+FFFD: the reading then says what is wrong, which beats a
    /// refusal to look.
    fn arguments(&self) -> Vec<String> {
        self.args.targets.iter().map(|target| target.to_string_lossy().into_owned()).collect()
    }

    /// Judges the settings of lists one after the other, each in memory alone; `None` when something else than lists
    /// was named. Hands every report to `each`.
    pub fn stream(&self, each: &mut dyn FnMut(&TargetReport) -> Result<()>) -> Result<Option<Summary>> {
        let arguments = self.arguments();
        if arguments.is_empty() || !arguments.iter().all(|argument| argument == "-" || argument.starts_with('@')) {
            return Ok(None);
        }
        let mut tally = Tally::new(self.args.fail_on.into());
        for list in arguments.iter().filter_map(|argument| List::of_argument(argument)) {
            for target in list.map_err(not_found)? {
                let report = self.judge_one(self.read_one(target.map_err(not_found)?));
                tally.add(&report);
                each(&report)?;
            }
        }
        if tally.summary().targets == 0 {
            bail!("{}", nothing_found(self.args));
        }
        Ok(Some(tally.summary()))
    }

    fn judge_one(&self, known: Known) -> TargetReport {
        let subject = known.subject(&self.context, None);
        let advice = advice_for(&subject);
        let findings = rules::run(&[subject]).pop().unwrap_or_default();
        self.target_report(known, None, advice, findings)
    }

    fn target_report(
        &self,
        known: Known,
        probe: Option<ProbeReport>,
        advice: Vec<Advice>,
        mut findings: Vec<Finding>,
    ) -> TargetReport {
        findings.retain(|finding| self.filter.keeps(finding));
        TargetReport {
            unchecked: probe.as_ref().is_some_and(learnt_nothing),
            target: known.target,
            reading: known.reading,
            endpoint: known.endpoint,
            advice,
            findings,
            probe,
            repair: None,
        }
    }

    /// What is wrong with settings, as far as the options let it be reported.
    pub fn findings(&self, targets: &[Target]) -> Vec<Vec<Finding>> {
        let known: Vec<Known> = targets.iter().map(|target| self.read_one(target.clone())).collect();
        let subjects: Vec<Subject<'_>> = known.iter().map(|known| known.subject(&self.context, None)).collect();
        let mut findings = find_faults(&subjects);
        for findings in &mut findings {
            findings.retain(|finding| self.filter.keeps(finding));
        }
        findings
    }

    /// The report on settings that were found, without a probe.
    pub fn report(&self, targets: Vec<Target>) -> Report {
        let known: Vec<Known> = targets.into_iter().map(|target| self.read_one(target)).collect();
        let probes = known.iter().map(|_| None).collect();
        self.judge(known, probes)
    }

    fn read_one(&self, target: Target) -> Known {
        let reading = conninfo::read_target(&target);
        let endpoint = reading.conninfo().map_or_else(unreadable, classify);
        let stacks =
            if self.context.stacks.is_empty() { stacks::detect(&reading) } else { self.context.stacks.clone() };
        Known { target, reading, endpoint, stacks }
    }

    /// Advice and findings for every target, with what was measured.
    pub fn judge(&self, known: Vec<Known>, probes: Vec<Option<ProbeReport>>) -> Report {
        let subjects: Vec<Subject<'_>> =
            known.iter().zip(&probes).map(|(known, probe)| known.subject(&self.context, probe.as_ref())).collect();
        let advice: Vec<_> = subjects.iter().map(advice_for).collect();
        let findings = find_faults(&subjects);
        drop(subjects);
        let targets = known
            .into_iter()
            .zip(probes)
            .zip(advice.into_iter().zip(findings))
            .map(|((known, probe), (advice, findings))| self.target_report(known, probe, advice, findings))
            .collect();
        Report { targets, fail_on: self.args.fail_on.into(), reveal_password: self.args.reveal_password }
    }
}

/// What the rules say: settings that stand together are compared, those of lists are judged one at a time.
fn find_faults(subjects: &[Subject<'_>]) -> Vec<Vec<Finding>> {
    let in_list = |subject: &Subject<'_>| subject.target.source.is_in_list();
    let together: Vec<Subject<'_>> = subjects.iter().copied().filter(|subject| !in_list(subject)).collect();
    let mut of_together = rules::run(&together).into_iter();
    let judge = |subject: &Subject<'_>| {
        let found = if in_list(subject) { rules::run(&[*subject]).pop() } else { of_together.next() };
        found.unwrap_or_default()
    };
    subjects.iter().map(judge).collect()
}

fn not_found(error: TargetError) -> anyhow::Error {
    anyhow!("failed to {}", without_settings(error))
}

/// The settings for the stacks of a target that can be read.
fn advice_for(subject: &Subject<'_>) -> Vec<Advice> {
    if subject.conninfo.is_none() {
        return Vec::new();
    }
    let situation = Situation {
        endpoint: subject.endpoint,
        context: subject.context,
        probe: subject.probe,
        neighbours: &subject.target.neighbours,
    };
    advise_all(subject.stacks, &situation)
}

/// What is known of the endpoint when the setting cannot be read.
fn unreadable() -> Endpoint {
    Endpoint {
        kind: EndpointKind::Ambiguous,
        mode: Mode::Unknown,
        pooler: Pooler::Unknown,
        project_ref: None,
        region: None,
        cluster: None,
        evidence: vec!["the setting cannot be read".to_owned()],
    }
}

/// Whether a probe could not learn anything about the question asked: nothing answered, or what answered refused
/// before the pool mode or the software could be told.
fn learnt_nothing(probe: &ProbeReport) -> bool {
    !probe.reached || (probe.failure.is_some() && probe.mode.value.is_none())
}

/// The error with every name masked that looks like a setting: `env:postgres://...` names no variable, and must not be
/// repeated.
pub(super) fn without_settings(error: TargetError) -> TargetError {
    use TargetError as E;
    let quoted = |name: String| usage::quoted(&name);
    match error {
        E::Unreadable { path, reason } => E::Unreadable { path: quoted(path), reason },
        E::NotAFile { path, what } => E::NotAFile { path: quoted(path), what },
        E::TooLong { path, limit_bytes } => E::TooLong { path: quoted(path), limit_bytes },
        E::NotUtf8 { path, line } => E::NotUtf8 { path: quoted(path), line },
        E::NoSuchVariable { name, places } => {
            let places = places.split(", ").map(usage::quoted).collect::<Vec<_>>().join(", ");
            E::NoSuchVariable { name: quoted(name), places }
        }
        error @ (E::NameMissing { .. } | E::TooMany { .. }) => error,
    }
}

fn nothing_found(args: &SharedArgs) -> String {
    let files = if args.env_file.is_empty() {
        ".env, .env.local, .env.development and .env.production of this directory".to_owned()
    } else {
        args.env_file.iter().map(|path| usage::quoted(&path.to_string_lossy())).collect::<Vec<_>>().join(", ")
    };
    if args.targets.is_empty() {
        format!(
            "no connection setting found in the environment or in {files}; \
             name one: env:NAME, @FILE, - for standard input, or the setting itself"
        )
    } else {
        "no connection setting in what was named: every line is empty or a comment".to_owned()
    }
}
