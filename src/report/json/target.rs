//! One element of `targets`.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::{Map, Value};

use super::probe::Probe;
use crate::advice::{Advice, AdvisedSetting};
use crate::conninfo::{Conninfo, Host, Parameter};
use crate::endpoint::Endpoint;
use crate::report::{TargetReport, fix_text, shown};
use crate::rules::Finding;
use crate::secret::Secret;

#[derive(Serialize)]
pub(in crate::report) struct Target<'a> {
    source: Source<'a>,
    connection: Option<Connection<'a>>,
    endpoint: EndpointJson<'a>,
    advice: Vec<AdviceJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    probe: Option<Probe<'a>>,
    /// With `--fix` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<RepairJson<'a>>,
}

#[derive(Serialize)]
struct RepairJson<'a> {
    rules: &'a [&'static str],
    setting: Option<String>,
    written_to: Option<&'a str>,
    refused: Option<&'a str>,
}

#[derive(Serialize)]
struct Source<'a> {
    kind: &'static str,
    variable: Option<&'a str>,
    path: Option<&'a str>,
    line: Option<usize>,
}

#[derive(Serialize)]
struct Connection<'a> {
    syntax: &'static str,
    scheme: Option<&'a str>,
    user: Option<&'a str>,
    database: Option<&'a str>,
    password: PasswordJson,
    hosts: Vec<HostJson<'a>>,
    parameters: Parameters<'a>,
}

/// One key each: of a repeated one the last value counts, as in libpq.
struct Parameters<'a>(&'a [Parameter]);

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Comparing each with each is quickest for the handful that real settings have.
        const HANDFUL: usize = 16;
        if self.0.len() > HANDFUL {
            let all = self.0.iter().map(|parameter| (parameter.key.clone(), Value::from(parameter.value.as_str())));
            return all.collect::<Map<String, Value>>().serialize(serializer);
        }
        let repeats = |at: usize| self.0[..at].iter().any(|earlier| earlier.key == self.0[at].key);
        let mut object = serializer.serialize_map(None)?;
        for (_, first) in self.0.iter().enumerate().filter(|(at, _)| !repeats(*at)) {
            let last = self.0.iter().rev().find(|parameter| parameter.key == first.key).unwrap_or(first);
            object.serialize_entry(&first.key, &last.value)?;
        }
        object.end()
    }
}

#[derive(Serialize)]
struct PasswordJson {
    state: &'static str,
    /// The key is there only under `--reveal-password`; its value is then the password, or `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

#[derive(Serialize)]
struct HostJson<'a> {
    host: Option<&'a str>,
    hostaddr: Option<&'a str>,
    port: Option<u16>,
}

#[derive(Serialize)]
struct EndpointJson<'a> {
    kind: &'static str,
    mode: &'static str,
    pooler: &'static str,
    project_ref: Option<&'a str>,
    region: Option<&'a str>,
    cluster: Option<&'a str>,
    evidence: &'a [String],
}

#[derive(Serialize)]
struct AdviceJson<'a> {
    stack: &'a str,
    workload: &'static str,
    verdict: &'static str,
    summary: &'a str,
    settings: Vec<SettingJson<'a>>,
}

#[derive(Serialize)]
struct SettingJson<'a> {
    name: &'a str,
    value: &'a str,
    #[serde(rename = "where")]
    place: &'a str,
    why: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'static str,
    severity: &'static str,
    message: &'a str,
    fix: Option<String>,
    docs: &'a str,
    span: Option<SpanJson>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
struct SpanJson {
    start: usize,
    end: usize,
}

impl<'a> Target<'a> {
    pub(in crate::report) fn new(report: &'a TargetReport, reveal: bool) -> Self {
        let source = &report.target.source;
        Self {
            source: Source {
                kind: source.kind.as_str(),
                variable: source.variable.as_deref(),
                path: source.path.as_deref(),
                line: source.line,
            },
            connection: report.reading.conninfo().map(|conninfo| Connection::new(conninfo, reveal)),
            endpoint: EndpointJson::new(&report.endpoint),
            advice: report.advice.iter().map(AdviceJson::new).collect(),
            findings: report.findings.iter().map(|finding| FindingJson::new(finding, report, reveal)).collect(),
            probe: report.probe.as_ref().map(Probe::new),
            repair: report.repair.as_ref().map(|repair| RepairJson {
                rules: &repair.rules,
                setting: (!repair.rules.is_empty()).then(|| shown(&report.reading.text, reveal)),
                written_to: repair.written_to.as_deref(),
                refused: repair.refused.as_deref(),
            }),
        }
    }
}

impl<'a> Connection<'a> {
    fn new(conninfo: &'a Conninfo, reveal: bool) -> Self {
        let field = |field: &'a Option<crate::conninfo::Field>| field.as_ref().map(|field| field.value.as_str());
        Self {
            syntax: conninfo.syntax.as_str(),
            scheme: conninfo.scheme.as_ref().map(|scheme| scheme.text.as_str()),
            user: field(&conninfo.user),
            database: field(&conninfo.database),
            password: PasswordJson {
                state: conninfo.password.state.as_str(),
                value: reveal.then(|| conninfo.password.value.as_ref().map(Secret::reveal).into()),
            },
            hosts: conninfo.hosts.iter().map(HostJson::new).collect(),
            parameters: Parameters(&conninfo.parameters),
        }
    }
}

impl<'a> HostJson<'a> {
    fn new(host: &'a Host) -> Self {
        Self {
            host: host.name(),
            hostaddr: host.hostaddr.as_ref().map(|addr| addr.value.as_str()),
            port: host.port_number(),
        }
    }
}

impl<'a> EndpointJson<'a> {
    fn new(endpoint: &'a Endpoint) -> Self {
        Self {
            kind: endpoint.kind.as_str(),
            mode: endpoint.mode.as_str(),
            pooler: endpoint.pooler.as_str(),
            project_ref: endpoint.project_ref.as_deref(),
            region: endpoint.region.as_deref(),
            cluster: endpoint.cluster.as_deref(),
            evidence: &endpoint.evidence,
        }
    }
}

impl<'a> AdviceJson<'a> {
    fn new(advice: &'a Advice) -> Self {
        Self {
            stack: &advice.stack,
            workload: advice.workload.as_str(),
            verdict: advice.fit.as_str(),
            summary: &advice.summary,
            settings: advice.settings.iter().map(SettingJson::new).collect(),
        }
    }
}

impl<'a> SettingJson<'a> {
    fn new(setting: &'a AdvisedSetting) -> Self {
        let AdvisedSetting { name, value, place, why, source } = setting;
        Self { name, value, place, why, source }
    }
}

impl<'a> FindingJson<'a> {
    fn new(finding: &'a Finding, report: &TargetReport, reveal: bool) -> Self {
        let (line, column) = report.place_of(finding);
        Self {
            rule: finding.rule,
            severity: finding.severity.as_str(),
            message: &finding.message,
            fix: fix_text(finding, report, reveal),
            docs: &finding.docs,
            span: finding.span.as_ref().map(|span| SpanJson { start: span.start, end: span.end }),
            line,
            column,
        }
    }
}
