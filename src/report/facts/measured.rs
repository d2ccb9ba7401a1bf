//! Facts that were measured. A part that has no answer says why, in the place where its answer would stand.

use std::time::Duration;

use super::tls::push as push_tls;
use super::{Facts, NO_ANSWER};
use crate::endpoint::Mode;
use crate::probe::{Part, ProbeReport, Product, Server, Status};
use crate::report::words::product_name;

pub(super) fn push(facts: &mut Facts, probe: &ProbeReport, verbose: bool) {
    push_part(facts, "addresses", &probe.resolve, |resolve| {
        (format!("{} IPv4, {} IPv6", list(&resolve.ipv4), list(&resolve.ipv6)), "name lookup".to_owned())
    });
    push_part(facts, "TCP", &probe.connect, |connect| {
        let tried: Vec<String> =
            connect.tried.iter().map(|(address, reason)| format!("{address} before: {reason}")).collect();
        let how = if tried.is_empty() { "connected".to_owned() } else { format!("connected; {}", tried.join("; ")) };
        (connect.address.to_string(), how)
    });
    push_tls(facts, &probe.tls, verbose);
    push_part(facts, "login", &probe.auth, |auth| {
        let method = auth.method.as_deref().unwrap_or("no method asked");
        let result = match auth.ok {
            Some(true) => "accepted",
            Some(false) => "refused",
            None => "not tried",
        };
        (
            format!("{result} ({method})"),
            auth.failure.as_ref().map_or_else(String::new, |failure| failure.message.clone()),
        )
    });
    push_part(facts, "software", &told(&probe.server), |server| {
        let product =
            format!("{} {}", product_name(server.product), server.product_version.as_deref().unwrap_or_default());
        let database = match (server.product, &server.server_version) {
            (_, None) => None,
            (Product::Postgres, Some(version)) => Some(format!(" {version}")),
            (_, Some(version)) => Some(format!(", PostgreSQL {version}")),
        };
        let read_only = if server.read_only == Some(true) { ", read-only" } else { "" };
        let standby = if server.in_recovery == Some(true) { ", a replica" } else { "" };
        let value = format!("{}{}{read_only}{standby}", product.trim_end(), database.unwrap_or_default());
        (value, server.evidence.join("; "))
    });
    push_part(facts, "pool mode", &probe.mode, |mode| {
        let name = match mode.mode {
            Mode::Unknown => "not determined",
            Mode::Statement => "statement",
            mode => mode.as_str(),
        };
        (name.to_owned(), mode.evidence.clone())
    });
    push_part(facts, "named statements", &probe.prepared_statements, |prepared| {
        let tracking = format!("{} (tracked by: {})", prepared.named.as_str(), prepared.tracking.as_str());
        (tracking, prepared.evidence.clone())
    });
    push_part(facts, "latency", &probe.latency, |latency| {
        let query = latency.query_median_ms.map(|ms| format!(", query {ms:.1} ms (median)")).unwrap_or_default();
        let tls = latency.tls_ms.map(|ms| format!(", TLS {ms:.1}")).unwrap_or_default();
        (
            format!("connect {:.1} ms{query}", latency.connect_ms),
            format!("of the connect time: TCP {:.1}{tls}, login {:.1} ms", latency.tcp_ms, latency.auth_ms),
        )
    });
    if verbose {
        let cost = format!("{} opened, {} at once", probe.connections_opened, probe.connections_at_once);
        facts.push("this probe", cost, format!("{} ms in all", milliseconds(probe.wall)));
    }
}

/// One part as a row: its value and how it was measured, or its status and the reason.
pub(super) fn push_part<T>(facts: &mut Facts, name: &str, part: &Part<T>, show: impl Fn(&T) -> (String, String)) {
    let reason = part.reason.as_deref().unwrap_or_default();
    match (&part.value, part.status) {
        (Some(value), Status::Measured) => {
            let (value, how) = show(value);
            facts.push(name, value, joined("measured", &[&how, reason]));
        }
        (Some(value), Status::Skipped) => facts.push(name, show(value).0, joined("skipped", &[reason])),
        (Some(value), status) => {
            let (value, how) = show(value);
            facts.push(name, value, joined(status.as_str(), &[reason, &how]));
        }
        (None, status) => facts.push(name, NO_ANSWER, joined(status.as_str(), &[reason])),
    }
}

/// Without the value when it says nothing.
fn told(part: &Part<Server>) -> Part<Server> {
    let unknown =
        part.value.as_ref().is_some_and(|server| server.product == Product::Unknown && server.server_version.is_none());
    if unknown { Part { value: None, ..part.clone() } } else { part.clone() }
}

pub(super) fn joined(status: &str, remarks: &[&str]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for remark in remarks {
        if !remark.is_empty() && !told.contains(remark) {
            told.push(remark);
        }
    }
    if told.is_empty() { status.to_owned() } else { format!("{status}: {}", told.join("; ")) }
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "no".to_owned() } else { items.join(", ") }
}

fn milliseconds(duration: Duration) -> u128 {
    duration.as_millis()
}
