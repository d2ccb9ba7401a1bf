//! What the commands that take targets have in common: find the settings, read them, judge them.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};

use super::{rule_filter, stacks, usage};
use crate::advice::{Advice, Situation, advise_all};
use crate::cli::SharedArgs;
use crate::conninfo::{self, Reading};
use crate::endpoint::{Endpoint, EndpointKind, Mode, Pooler, classify};
use crate::policy::{Application, Policy};
use crate::probe::ProbeReport;
use crate::report::{Report, Summary, Tally, TargetReport};
use crate::rules::{self, Context, Finding, Selection, Severity, Subject};
use crate::target::{self, List, Source, Target, TargetError};

/// One run of a command over its targets.
pub struct Run<'a> {
    args: &'a SharedArgs,
    policy: &'a Policy,
    /// What is said of all targets.
    context: Arc<Context>,
    /// What is said of the targets of each section of the policy.
    sections: Vec<Arc<Context>>,
    rules: Selection,
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
    /// What is said of its application.
    pub context: Arc<Context>,
}

impl Known {
    /// The view of it that rules, advice and probe take.
    pub fn subject<'a>(&'a self, probe: Option<&'a ProbeReport>) -> Subject<'a> {
        Subject {
            target: &self.target,
            reading: &self.reading,
            conninfo: self.reading.conninfo(),
            endpoint: &self.endpoint,
            stacks: &self.stacks,
            context: &self.context,
            probe,
        }
    }
}

impl<'a> Run<'a> {
    /// Checks the options before anything is looked at. Without a policy of its own a command takes the default one.
    pub fn new(args: &'a SharedArgs, policy: &'a Policy) -> Result<Self> {
        let rules = rule_filter::select(&args.only, &args.skip)?;
        let context = Arc::new(said(args, policy, None)?);
        let sections =
            policy.targets.iter().map(|section| said(args, policy, Some(&section.application)).map(Arc::new));
        let sections = sections.collect::<Result<_>>()?;
        Ok(Self { args, policy, context, sections, rules })
    }

    /// Where the line is drawn: by the option, else by the policy.
    pub fn fail_on(&self) -> Option<Severity> {
        self.args.fail_on.map_or(self.policy.fail_on, Into::into)
    }

    /// What is said of the application behind a target.
    fn context_of(&self, source: &Source) -> Arc<Context> {
        let section = self.policy.targets.iter().position(|section| section.matches.is_of(source));
        Arc::clone(section.map_or(&self.context, |index| &self.sections[index]))
    }

    /// Finds and reads the settings.
    pub fn read(&self) -> Result<Vec<Known>> {
        Ok(self.find()?.into_iter().map(|target| self.read_one(target)).collect())
    }

    /// Finds and reads the settings of every place that can be read, and tells on standard error which cannot: one of
    /// them must not hide the others.
    pub fn read_all(&self) -> Result<(Vec<Known>, Vec<TargetError>)> {
        let (targets, errors) = target::discover_all(&self.arguments(), &self.args.env_file);
        let errors: Vec<TargetError> = errors.into_iter().map(without_settings).collect();
        for error in &errors {
            usage::error(&format!("failed to {error}"));
        }
        if targets.is_empty() && errors.is_empty() {
            bail!("{}", nothing_found(self.args));
        }
        Ok((targets.into_iter().map(|target| self.read_one(target)).collect(), errors))
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
        let Some(targets) = self.lists() else { return Ok(None) };
        let mut tally = Tally::new(self.fail_on());
        for known in targets? {
            let report = self.judge_one(known?, None);
            tally.add(&report);
            each(&report)?;
        }
        self.require_some(tally.summary().targets)?;
        Ok(Some(tally.summary()))
    }

    /// An error when lists held no setting at all.
    pub fn require_some(&self, targets: usize) -> Result<()> {
        if targets == 0 {
            bail!("{}", nothing_found(self.args));
        }
        Ok(())
    }

    /// The settings of lists, read one after the other; `None` when something else than lists was named. Every list is
    /// opened first: a name that is wrong should not be told after an hour.
    pub fn lists(&self) -> Option<Result<impl Iterator<Item = Result<Known>>>> {
        let arguments = self.arguments();
        if arguments.is_empty() || !arguments.iter().all(|argument| argument == "-" || argument.starts_with('@')) {
            return None;
        }
        let lists: Result<Vec<List>, TargetError> =
            arguments.iter().filter_map(|argument| List::of_argument(argument)).collect();
        let read = |target: Result<Target, TargetError>| Ok(self.read_one(target.map_err(not_found)?));
        Some(lists.map(|lists| lists.into_iter().flatten().map(read)).map_err(not_found))
    }

    /// Judges one setting by itself.
    pub fn judge_one(&self, known: Known, probe: Option<ProbeReport>) -> TargetReport {
        let subject = known.subject(probe.as_ref());
        let advice = advice_for(&subject);
        let findings = rules::run(&[subject]).pop().unwrap_or_default();
        self.target_report(known, probe, advice, findings)
    }

    fn target_report(
        &self,
        known: Known,
        probe: Option<ProbeReport>,
        advice: Vec<Advice>,
        mut findings: Vec<Finding>,
    ) -> TargetReport {
        findings.retain(|finding| self.rules.keeps(finding.rule));
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
        let subjects: Vec<Subject<'_>> = known.iter().map(|known| known.subject(None)).collect();
        let mut findings = find_faults(&subjects);
        for findings in &mut findings {
            findings.retain(|finding| self.rules.keeps(finding.rule));
        }
        findings
    }

    /// The report on settings that were found, without a probe.
    pub fn report(&self, targets: Vec<Target>) -> Report {
        let known: Vec<Known> = targets.into_iter().map(|target| self.read_one(target)).collect();
        let probes = known.iter().map(|_| None).collect();
        self.judge(known, probes)
    }

    /// Reads one setting.
    pub fn read_one(&self, target: Target) -> Known {
        let reading = conninfo::read_target(&target);
        let mut endpoint = reading.conninfo().map_or_else(unreadable, classify);
        if target.neighbours.has_docker_stack {
            endpoint.settle_docker_stack(reading.conninfo());
        }
        let context = self.context_of(&target.source);
        let stacks = if context.stacks.is_empty() { stacks::detect(&reading) } else { context.stacks.clone() };
        Known { target, reading, endpoint, stacks, context }
    }

    /// Advice and findings for every target, with what was measured.
    pub fn judge(&self, known: Vec<Known>, probes: Vec<Option<ProbeReport>>) -> Report {
        let subjects: Vec<Subject<'_>> =
            known.iter().zip(&probes).map(|(known, probe)| known.subject(probe.as_ref())).collect();
        let advice: Vec<_> = subjects.iter().map(advice_for).collect();
        let findings = find_faults(&subjects);
        drop(subjects);
        let targets = known
            .into_iter()
            .zip(probes)
            .zip(advice.into_iter().zip(findings))
            .map(|((known, probe), (advice, findings))| self.target_report(known, probe, advice, findings))
            .collect();
        Report {
            targets,
            fail_on: self.fail_on(),
            reveal_password: self.args.reveal_password,
            rules: self.rules.clone(),
        }
    }
}

/// What is said of an application: on the command line, else in a section of the policy, else in the policy.
fn said(args: &SharedArgs, policy: &Policy, section: Option<&Application>) -> Result<Context> {
    let layers = || section.into_iter().chain(std::iter::once(&policy.application));
    let stacks = if args.stack.is_empty() {
        layers().map(|layer| layer.stacks.as_slice()).find(|stacks| !stacks.is_empty()).unwrap_or_default()
    } else {
        &args.stack
    };
    let named = stacks::resolve_all(stacks)?;
    let tier = args.tier.as_deref().or_else(|| layers().find_map(|layer| layer.tier.as_deref()));
    let given_roots = args.sslrootcert.as_ref().map(|path| path.to_string_lossy().into_owned());
    Ok(Context {
        stacks: named.iter().map(|named| named.id.clone()).collect(),
        versions: named.into_iter().map(|named| (named.id, named.versions)).collect(),
        workload: args.workload.map(Into::into).or_else(|| layers().find_map(|layer| layer.workload)),
        tier: tier.map(stacks::resolve_tier).transpose()?,
        pool_size: args.pool_size.or_else(|| layers().find_map(|layer| layer.pool_size)),
        ssl_root_cert: given_roots.or_else(|| layers().find_map(|layer| layer.ssl_root_cert.clone())),
        thresholds: policy.thresholds,
    })
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
