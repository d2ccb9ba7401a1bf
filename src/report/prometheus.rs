//! `prometheus`: the text exposition format, version 0.0.4 (Prometheus documentation, "Exposition formats"), for a
//! textfile collector or a push gateway. What is not known has no sample.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::escape::escape;
use super::{Report, TargetReport, spot, words};
use crate::probe::ProbeReport;
use crate::rules::Severity;

/// One metric: its samples, each with labels.
struct Metric {
    name: &'static str,
    help: &'static str,
    samples: Vec<(String, f64)>,
}

/// Writes the report as metrics.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let names = names(report);
    let mut metrics = vec![Metric::new("supascope_target_info", "A target and the endpoint its setting names.")];
    metrics.push(Metric::new("supascope_findings", "Findings by severity."));
    metrics.push(Metric::new("supascope_finding_info", "A rule that has found something in a target."));
    metrics.push(Metric::new("supascope_target_checked", "Whether the target could be checked."));
    for (target, name) in report.targets.iter().zip(&names) {
        let target_label = label("target", name);
        metrics[0].push(&[target_label.clone(), endpoint_labels(target)], 1.0);
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            let count = target.findings.iter().filter(|finding| finding.severity == severity).count();
            metrics[1].push(&[target_label.clone(), label("severity", severity.as_str())], count_value(count));
        }
        let mut rules: Vec<(&str, &str)> =
            target.findings.iter().map(|finding| (finding.rule, finding.severity.as_str())).collect();
        rules.sort_unstable();
        rules.dedup();
        for (rule, severity) in rules {
            metrics[2].push(&[target_label.clone(), label("rule", rule), label("severity", severity)], 1.0);
        }
        metrics[3].push(std::slice::from_ref(&target_label), f64::from(u8::from(!target.unchecked)));
    }
    metrics.extend(measured(report, &names));
    let mut text = String::new();
    for metric in metrics.iter().filter(|metric| !metric.samples.is_empty()) {
        metric.push_to(&mut text);
    }
    out.write_all(text.as_bytes())
}

/// A probe's numbers, one metric each: name, help, and where it stands.
type Reading = (&'static str, &'static str, fn(&ProbeReport) -> Option<f64>);

const READINGS: &[Reading] = &[
    ("supascope_probe_reached", "Whether anything answered.", |probe| Some(f64::from(u8::from(probe.reached)))),
    ("supascope_probe_duration_seconds", "How long the probe took.", |probe| Some(probe.wall.as_secs_f64())),
    ("supascope_connections_max", "max_connections.", |probe| {
        probe.headroom.value.as_ref().map(|headroom| headroom.max_connections.into())
    }),
    ("supascope_connections_reserved", "Slots kept for superusers and reserved roles.", |probe| {
        probe.headroom.value.as_ref().map(|headroom| headroom.reserved.into())
    }),
    ("supascope_connections_in_use", "Client backends, without the probe's own.", |probe| {
        probe.headroom.value.as_ref().map(|headroom| headroom.in_use.saturating_sub(headroom.own).into())
    }),
    ("supascope_connections_free", "Slots that an ordinary role can still take.", |probe| {
        probe.headroom.value.as_ref().map(|headroom| headroom.free.into())
    }),
    ("supascope_connections_used_ratio", "Share of the usable slots that is taken.", |probe| {
        probe.headroom.value.as_ref().map(|headroom| f64::from(headroom.used_percent) / 100.0)
    }),
    ("supascope_pool_size", "The pooler's pool size.", |probe| {
        probe.headroom.value.as_ref().and_then(|headroom| headroom.pool.size).map(f64::from)
    }),
    ("supascope_pool_backends", "Server connections that the pooler holds for this role and database.", |probe| {
        probe.headroom.value.as_ref().and_then(|headroom| headroom.pool.backends).map(f64::from)
    }),
    ("supascope_oldest_idle_in_transaction_seconds", "Age of the oldest idle transaction.", |probe| {
        probe.headroom.value.as_ref().and_then(|headroom| headroom.oldest_idle_in_transaction_s)
    }),
    ("supascope_oldest_transaction_seconds", "Age of the oldest transaction.", |probe| {
        probe.headroom.value.as_ref().and_then(|headroom| headroom.oldest_transaction_s)
    }),
    ("supascope_sessions_blocked", "Sessions that wait for a lock.", |probe| {
        probe.headroom.value.as_ref().map(|headroom| headroom.trouble.blocked.into())
    }),
    ("supascope_connect_seconds", "From the first packet to the first ready-for-query.", |probe| {
        probe.latency.value.as_ref().map(|latency| latency.connect_ms / 1000.0)
    }),
    ("supascope_query_seconds", "Median of the trivial queries.", |probe| {
        probe.latency.value.as_ref().and_then(|latency| latency.query_median_ms).map(|ms| ms / 1000.0)
    }),
    ("supascope_certificate_left_seconds", "Time until the server's certificate expires, in whole days.", |probe| {
        let certificate = probe.tls.value.as_ref()?.certificate.as_ref()?;
        i32::try_from(certificate.days_left).ok().map(|days| f64::from(days) * 86_400.0)
    }),
];

fn measured(report: &Report, names: &[String]) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = READINGS.iter().map(|(name, help, _)| Metric::new(name, help)).collect();
    let mut services = Metric::new("supascope_connections_by_service", "Client backends by service and role.");
    for (target, name) in report.targets.iter().zip(names) {
        let Some(probe) = &target.probe else { continue };
        let target_label = label("target", name);
        for (metric, (_, _, read)) in metrics.iter_mut().zip(READINGS) {
            if let Some(value) = read(probe) {
                metric.push(std::slice::from_ref(&target_label), value);
            }
        }
        for service in probe.headroom.value.iter().flat_map(|headroom| &headroom.by_service) {
            let labels = [target_label.clone(), label("service", &service.service), label("role", &service.role)];
            services.push(&labels, service.connections.into());
        }
    }
    metrics.push(services);
    metrics
}

impl Metric {
    const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, samples: Vec::new() }
    }

    fn push(&mut self, labels: &[String], value: f64) {
        self.samples.push((labels.join(","), value));
    }

    fn push_to(&self, text: &mut String) {
        let _ = writeln!(text, "# HELP {} {}\n# TYPE {} gauge", self.name, self.help, self.name);
        for (labels, value) in &self.samples {
            let _ = writeln!(text, "{}{{{labels}}} {value}", self.name);
        }
    }
}

/// What the targets are called: where they were found, so that they keep their names from run to run. A second one at
/// the same place gets a number, since a series must not occur twice.
fn names(report: &Report) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let place = |(index, target): (usize, &TargetReport)| {
        words::place_with_line(&target.target.source).unwrap_or_else(|| spot::pseudo_path(target, index))
    };
    let mut name = |place: String| {
        let times = seen.entry(place.clone()).or_default();
        *times += 1;
        if *times == 1 { place } else { format!("{place} #{times}") }
    };
    report.targets.iter().enumerate().map(|target| name(place(target))).collect()
}

fn endpoint_labels(target: &TargetReport) -> String {
    let endpoint = &target.endpoint;
    let labels = [
        label("kind", endpoint.kind.as_str()),
        label("mode", endpoint.mode.as_str()),
        label("pooler", endpoint.pooler.as_str()),
        label("project_ref", endpoint.project_ref.as_deref().unwrap_or_default()),
        label("region", endpoint.region.as_deref().unwrap_or_default()),
    ];
    labels.join(",")
}

/// `name="value"`, with the value escaped: control characters first, then what the format itself reserves.
fn label(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", escape(value).replace('\\', "\\\\").replace('"', "\\\""))
}

fn count_value(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_early() {
        assert_eq!(label("a", "x\"} 1\n\\"), "a=\"x\\\"} 1\\\\n\\\\\"");
    }
}
