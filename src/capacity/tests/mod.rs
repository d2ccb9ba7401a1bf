//! What a plan must never get wrong.

mod arithmetic;
mod examples;
mod input;
mod properties;

use super::*;
use crate::knowledge::tiers;

/// A service as it is written on the command line.
fn service(text: &str) -> Service {
    parse_service(text).unwrap()
}

/// The limits of a compute size.
fn on(tier: &str) -> Given {
    Given { tier: tiers().find(tier), ..Given::default() }
}

/// A plan of these services.
fn plan(given: &Given, services: &[&str]) -> Plan {
    let services: Vec<Service> = services.iter().map(|text| service(text)).collect();
    let limits = Limits::resolve(given, &services).unwrap();
    Plan::new(&services, limits)
}

/// The rules that found something.
fn rules(plan: &Plan) -> Vec<&'static str> {
    plan.findings.iter().map(|finding| finding.rule).collect()
}
