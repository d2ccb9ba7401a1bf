//! A scene for one rule: a setting, what stands beside it, what the user said and what was measured.

use super::{Check, Context, Finding, Subject, Workload, find};
use crate::conninfo::{self, Anomaly, AnomalyKind, Reading};
use crate::endpoint::{Endpoint, classify};
use crate::probe::{
    Basis, Certificate, Failure, Fullness, Headroom, Latency, Part, Plaintext, PoolSizeFrom, PoolUse, ProbeReport,
    Product, Refusal, Safety, Server, SessionState, StateVerdict, Tls,
};
use crate::secret::SecretText;
use crate::target::{LineNote, Neighbours, Setting, Source, Target};

/// Everything that a [`Subject`] borrows.
pub(super) struct Scene {
    pub(super) target: Target,
    pub(super) reading: Reading,
    pub(super) endpoint: Endpoint,
    pub(super) stacks: Vec<String>,
    pub(super) context: Context,
    pub(super) probe: Option<ProbeReport>,
}

/// The setting as an argument, with nothing else known.
pub(super) fn scene(text: &str) -> Scene {
    let setting = Setting::Text(SecretText::opaque(text));
    let reading = conninfo::read(&setting);
    let endpoint = reading.conninfo().map_or_else(unknown, classify);
    let target = Target { source: Source::argument(), setting, neighbours: Neighbours::default() };
    Scene { target, reading, endpoint, stacks: Vec::new(), context: Context::default(), probe: None }
}

fn unknown() -> Endpoint {
    use crate::endpoint::{EndpointKind, Mode, Pooler};
    Endpoint {
        kind: EndpointKind::Ambiguous,
        mode: Mode::Unknown,
        pooler: Pooler::Unknown,
        project_ref: None,
        region: None,
        cluster: None,
        evidence: Vec::new(),
    }
}

impl Scene {
    pub(super) fn stack(mut self, id: &str) -> Self {
        self.stacks.push(id.to_owned());
        self
    }

    pub(super) fn workload(mut self, workload: Workload) -> Self {
        self.context.workload = Some(workload);
        self
    }

    pub(super) fn pool_size(mut self, size: u32) -> Self {
        self.context.pool_size = Some(size);
        self
    }

    pub(super) fn tier(mut self, id: &str) -> Self {
        self.context.tier = Some(id.to_owned());
        self
    }

    pub(super) fn beside(mut self, neighbours: Neighbours) -> Self {
        self.target.neighbours = neighbours;
        self
    }

    pub(super) fn named(mut self, variable: &str, path: &str) -> Self {
        self.target.source.variable = Some(variable.to_owned());
        self.target.source.path = Some(path.to_owned());
        self
    }

    /// As if the reader had noted something at bytes 5 to 6.
    pub(super) fn noted(mut self, kind: AnomalyKind) -> Self {
        self.reading.anomalies.push(Anomaly { kind, span: Some(5..6) });
        self
    }

    /// As if a probe had run, with this in its report.
    pub(super) fn probed(mut self, change: impl FnOnce(&mut ProbeReport)) -> Self {
        let mut report = self.probe.take().unwrap_or_else(probe_report);
        change(&mut report);
        self.probe = Some(report);
        self
    }

    /// As if a probe had been stopped by this.
    pub(super) fn refused(self, refusal: Refusal) -> Self {
        self.probed(|probe| {
            probe.failure = Some(Failure { refusal, message: "what happened".to_owned(), server: None });
        })
    }

    /// As if the reader of a `.env` file had noted something on the line.
    pub(super) fn line_note(mut self, note: LineNote) -> Self {
        self.target.neighbours.notes.push(note);
        self
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            target: &self.target,
            reading: &self.reading,
            conninfo: self.reading.conninfo(),
            endpoint: &self.endpoint,
            stacks: &self.stacks,
            context: &self.context,
            probe: self.probe.as_ref(),
        }
    }

    /// What one rule finds.
    pub(super) fn findings(&self, rule: &str) -> Vec<Finding> {
        several(&[self], rule).into_iter().map(|(_, finding)| finding).collect()
    }

    /// The one finding of a rule.
    pub(super) fn fires(&self, rule: &str) -> Finding {
        let mut found = self.findings(rule);
        assert_eq!(found.len(), 1, "{rule} on {}", self.reading.text.masked());
        found.remove(0)
    }

    /// The repaired setting of the one finding of a rule, in clear.
    pub(super) fn repaired(&self, rule: &str) -> String {
        self.fires(rule).repaired.expect("a repair").reveal().to_owned()
    }

    /// Asserts that a rule has nothing to say.
    pub(super) fn silent(&self, rule: &str) {
        let found: Vec<String> = self.findings(rule).into_iter().map(|finding| finding.message).collect();
        assert!(found.is_empty(), "{rule} on {}: {found:?}", self.reading.text.masked());
    }
}

/// What one rule finds in several settings of a run.
pub(super) fn several(scenes: &[&Scene], rule: &str) -> Vec<(usize, Finding)> {
    let rule = find(rule).unwrap_or_else(|| panic!("no rule {rule}"));
    let subjects: Vec<Subject<'_>> = scenes.iter().map(|scene| scene.subject()).collect();
    match rule.check {
        Check::One(check) => subjects.iter().enumerate().filter_map(|(at, s)| Some((at, check(rule, s)?))).collect(),
        Check::Many(check) => {
            subjects.iter().enumerate().flat_map(|(at, s)| check(rule, s).into_iter().map(move |f| (at, f))).collect()
        }
        Check::Several(check) => check(rule, &subjects),
        Check::Elsewhere => Vec::new(),
    }
}

/// A probe that learnt nothing.
fn probe_report() -> ProbeReport {
    let none = "not asked";
    ProbeReport {
        reached: true,
        connections_opened: 1,
        connections_at_once: 1,
        wall: std::time::Duration::ZERO,
        resolve: Part::skipped(none),
        connect: Part::skipped(none),
        tls: Part::skipped(none),
        auth: Part::skipped(none),
        server: Part::skipped(none),
        mode: Part::skipped(none),
        prepared_statements: Part::skipped(none),
        session_state: Part::skipped(none),
        headroom: Part::skipped(none),
        latency: Part::skipped(none),
        failure: None,
        left_behind: Vec::new(),
        trace: Vec::new(),
    }
}

pub(super) fn tls(plaintext: Plaintext, days_left: i64) -> Tls {
    let certificate = Certificate {
        subject: "CN=pooler".into(),
        issuer: "CN=lab".into(),
        names: Vec::new(),
        not_before: "2026-01-01T00:00:00Z".into(),
        not_after: "2027-01-01T00:00:00Z".into(),
        days_left,
        sha256: String::new(),
    };
    Tls {
        offered: true,
        plaintext,
        tls12: None,
        tls13: None,
        given_roots: None,
        system_roots: None,
        certificate: Some(certificate),
        chain_length: 1,
        root: "unknown".into(),
        ..Tls::none(plaintext)
    }
}

pub(super) fn headroom(used_percent: u32, pool_used_percent: Option<u32>) -> Headroom {
    let pool = PoolUse {
        size: Some(15),
        size_from: PoolSizeFrom::TierDefault,
        backends: None,
        used_percent: pool_used_percent,
        data_api_budget: None,
        max_budget: None,
    };
    Headroom {
        max_connections: 60,
        reserved: 3,
        in_use: 10,
        own: 1,
        free: 47,
        used_percent,
        by_service: Vec::new(),
        by_state: Vec::new(),
        oldest_idle_in_transaction_s: None,
        oldest_transaction_s: None,
        sees_all: true,
        tier: None,
        consistent_with: Vec::new(),
        trouble: crate::probe::Trouble::default(),
        pool,
        verdict: Fullness::Unknown,
    }
}

pub(super) fn server(in_recovery: bool, read_only: bool) -> Server {
    Server {
        product: Product::Postgres,
        product_version: None,
        server_version: None,
        in_recovery: Some(in_recovery),
        read_only: Some(read_only),
        read_only_source: None,
        key_is_backend: None,
        parameters: Vec::new(),
        evidence: Vec::new(),
    }
}

pub(super) fn latency(query_median_ms: f64) -> Latency {
    Latency {
        connect_ms: 100.0,
        tcp_ms: 10.0,
        tls_ms: None,
        auth_ms: 50.0,
        query_min_ms: Some(query_median_ms),
        query_median_ms: Some(query_median_ms),
    }
}

/// Every piece of session state with the same measured verdict.
pub(super) fn session_state(verdict: Safety) -> SessionState {
    let one = || StateVerdict { verdict, basis: Basis::Measured, evidence: "asked for it and did not get it".into() };
    SessionState {
        set_local: one(),
        session_set: one(),
        startup_options: one(),
        search_path: one(),
        listen_notify: one(),
        advisory_lock: one(),
        temp_table: one(),
        with_hold_cursor: one(),
        sql_prepare: one(),
    }
}
