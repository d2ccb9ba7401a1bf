//! The verdict on a target in plain words, the same in every format for people. Text from outside is not escaped
//! here: each format does that when it writes.

use std::fmt::Write as _;

use super::TargetReport;
use crate::endpoint::{Endpoint, EndpointKind, Mode};
use crate::probe::{Fullness, Headroom, Named, Part, PoolMode, PreparedStatements, ProbeReport, Product, Status};
use crate::rules::Severity;
use crate::target::{Source, SourceKind};

/// A message whose table has a line for each row, on one line.
pub(super) fn on_one_line(message: &str) -> String {
    message.replace(":\n", ": ").replace('\n', "; ")
}

/// What it is: `Shared transaction pooler (Supavisor) of project abcd, us-east-1`.
pub fn subject(target: &TargetReport) -> String {
    if target.reading.conninfo().is_none() {
        return "Not a connection setting that can be read".to_owned();
    }
    let endpoint = &target.endpoint;
    let mut subject = kind_name(endpoint.kind).to_owned();
    if let Some(project_ref) = &endpoint.project_ref {
        let _ = write!(subject, " of project {project_ref}");
    }
    if let Some(region) = &endpoint.region {
        let _ = write!(subject, ", {region}");
    }
    if let (EndpointKind::Other | EndpointKind::Ambiguous, Some(address)) = (endpoint.kind, address(target)) {
        let _ = write!(subject, " ({address})");
    }
    subject
}

/// An endpoint kind in words.
pub const fn kind_name(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::SharedSession => "Shared session pooler (Supavisor)",
        EndpointKind::SharedTransaction => "Shared transaction pooler (Supavisor)",
        EndpointKind::Dedicated => "Dedicated transaction pooler (PgBouncer)",
        EndpointKind::Direct => "Direct connection (no pooler)",
        EndpointKind::Local => "Local Supabase CLI stack",
        EndpointKind::SelfHosted => "Self-hosted Supabase",
        EndpointKind::Other => "Not a Supabase database",
        EndpointKind::Ambiguous => "Cannot tell which endpoint this is",
    }
}

/// Whether it is right, in a few words.
pub fn judgement(target: &TargetReport) -> String {
    let counts = counts(target);
    if target.unchecked {
        let counts = if counts.is_empty() { String::new() } else { format!(", {counts}") };
        return format!("could not be checked{counts}");
    }
    match (counts.is_empty(), &target.probe) {
        (false, _) => counts,
        (true, Some(_)) => "works as its setting says".to_owned(),
        (true, None) => "nothing wrong in the setting".to_owned(),
    }
}

/// `2 errors, 1 warning`; empty when there is nothing.
pub fn counts(target: &TargetReport) -> String {
    [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = target.findings.iter().filter(|finding| finding.severity == severity).count();
            (count > 0).then(|| counted(count, severity.as_str()))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// What the endpoint really does, one sentence each.
pub fn measured(target: &TargetReport) -> Vec<String> {
    let Some(probe) = &target.probe else { return Vec::new() };
    let mut sentences = Vec::new();
    match (&probe.failure, &probe.resolve.reason) {
        (Some(failure), _) => sentences.push(sentence(&failure.message)),
        (None, Some(reason)) if !probe.reached => sentences.push(sentence(reason)),
        (None, _) => {}
    }
    sentences.extend(software(probe, &target.endpoint));
    sentences.extend(named(&probe.prepared_statements));
    sentences.extend(probe.headroom.value.as_ref().map(fullness));
    if !probe.left_behind.is_empty() {
        sentences.push(format!("Left behind, harmless: {}.", probe.left_behind.join("; ")));
    }
    sentences
}

/// A message as a sentence: capital letter, full stop.
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

fn software(probe: &ProbeReport, endpoint: &Endpoint) -> Option<String> {
    let server = probe.server.value.as_ref();
    let version = server.and_then(|server| server.server_version.as_deref()).map(short_version);
    let database = version.map_or_else(|| "PostgreSQL".to_owned(), |version| format!("PostgreSQL {version}"));
    let product = match server.map_or(Product::Unknown, |server| server.product) {
        Product::Unknown => return mode_alone(&probe.mode),
        Product::Postgres => None,
        pooler => Some(product_name(pooler)),
    };
    let product_version = server.and_then(|server| server.product_version.as_deref());
    let product =
        product.map(|product| product_version.map_or_else(|| product.to_owned(), |v| format!("{product} {v}")));
    let mode = mode_of(&probe.mode);
    Some(match (product, mode) {
        (Some(product), Some(mode)) => {
            let surprise = if endpoint.mode != Mode::Unknown && endpoint.mode.as_str() != mode.as_str() {
                format!(" (the setting suggests {} mode)", endpoint.mode.as_str())
            } else {
                String::new()
            };
            format!("It is {database} behind {product} in {} mode{surprise}.", mode.as_str())
        }
        (Some(product), None) => format!("It is {database} behind {product}; the pool mode could not be measured."),
        (None, Some(Mode::Direct)) => format!("It is {database} itself, without a pooler."),
        (None, Some(mode)) => format!("It is {database} behind something in {} mode.", mode.as_str()),
        (None, None) => format!("It is {database}."),
    })
}

/// `15.8` of `15.8 (Debian 15.8-1)`.
pub fn short_version(version: &str) -> &str {
    version.split(' ').next().unwrap_or_default()
}

/// The software's own name.
pub const fn product_name(product: Product) -> &'static str {
    match product {
        Product::Supavisor => "Supavisor",
        Product::PgBouncer => "PgBouncer",
        Product::Postgres => "PostgreSQL",
        Product::Unknown => "not known",
    }
}

fn mode_of(part: &Part<PoolMode>) -> Option<Mode> {
    part.value
        .as_ref()
        .filter(|_| part.status == Status::Measured)
        .map(|value| value.mode)
        .filter(|mode| *mode != Mode::Unknown)
}

fn mode_alone(part: &Part<PoolMode>) -> Option<String> {
    mode_of(part).map(|mode| format!("Measured pool mode: {}.", mode.as_str()))
}

fn named(part: &Part<PreparedStatements>) -> Option<String> {
    let known = part.value.as_ref().map_or(Named::Unknown, |value| value.named);
    match (part.status, known) {
        (Status::Measured, Named::Survive) => Some("Named prepared statements work here.".to_owned()),
        (Status::Measured, Named::Break) => Some(
            "Named prepared statements break here: a statement prepared on one server connection is missing on the next."
                .to_owned(),
        ),
        (Status::Inconclusive, _) | (Status::Measured, Named::Unknown) => {
            let reason = part.reason.as_deref().unwrap_or("no proof either way");
            Some(format!("Whether named prepared statements work here is not proven: {}.", reason.trim_end_matches('.')))
        }
        // The failure that stopped the probe is told already.
        (Status::Skipped | Status::Failed, _) => None,
    }
}

fn fullness(headroom: &Headroom) -> String {
    let usable = headroom.max_connections.saturating_sub(headroom.reserved);
    let used = headroom.in_use.saturating_sub(headroom.own);
    let mut sentence =
        format!("The database has {used} of {usable} usable connections taken ({} %)", headroom.used_percent);
    if let (Some(percent), Some(backends), Some(size)) =
        (headroom.pool.used_percent, headroom.pool.backends, headroom.pool.size)
    {
        let _ = write!(sentence, ", the pool {backends} of {size} ({percent} %)");
    }
    sentence.push_str(match headroom.verdict {
        Fullness::Critical => ": almost full.",
        Fullness::Warning => ": getting full.",
        Fullness::Ok | Fullness::Unknown => ".",
    });
    sentence
}

/// `host:port` of the first host.
pub fn address(target: &TargetReport) -> Option<String> {
    let host = target.reading.conninfo()?.first_host()?;
    let name = host.name().or(host.hostaddr.as_ref().map(|addr| addr.value.as_str()))?;
    Some(match &host.port {
        Some(port) => format!("{name}:{}", port.value),
        None => name.to_owned(),
    })
}

/// Where a setting stands, without the line: `.env, DATABASE_URL`. An argument is what the reader has just typed: `None`.
pub fn place(source: &Source) -> Option<String> {
    match (&source.path, &source.variable, source.kind) {
        (Some(path), _, _) => Some(path.clone()),
        (None, Some(variable), SourceKind::Environment) => Some(format!("environment variable {variable}")),
        (None, _, SourceKind::Stdin) => {
            Some(source.line.map_or_else(|| "standard input".to_owned(), |line| format!("standard input, line {line}")))
        }
        (None, _, _) => None,
    }
}

/// Where a setting stands, with line and variable: `.env:3, DATABASE_URL`.
pub fn place_with_line(source: &Source) -> Option<String> {
    let place = place(source)?;
    let line = source.path.as_ref().and(source.line).map(|line| format!(":{line}")).unwrap_or_default();
    let variable = match (&source.path, &source.variable) {
        (Some(_), Some(variable)) => format!(", {variable}"),
        _ => String::new(),
    };
    Some(format!("{place}{line}{variable}"))
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
