//! The profiles in `profiles/*.toml`, as typed data: tiers, endpoints, services and stacks, each fact with its source.
//!
//! A profile is checked twice: its types refuse unknown and missing keys, and the tests of this module check what types
//! cannot say (sources resolve, ids are unique, budgets are what they claim to be, every cell of advice is filled).
//! Each file is parsed when it is first asked for, and only then, so that `inspect` pays for what it uses.

mod detect;
mod embedded;
mod endpoints;
mod error;
mod hosts;
mod services;
mod source;
mod tiers;

use std::sync::OnceLock;

pub use endpoints::{
    Certificates, Domains, Door, Endpoints, Environment, Family, HostPattern, ProjectRefShape, RegionGroup, Root,
    Tenant,
};
pub use error::KnowledgeError;
pub use hosts::{Captures, HostMatch, Template};
pub use services::{Owner, Service, Services};
pub use source::Sources;
pub use tiers::{Budgets, Note, Reserved, ServiceConnections, SizingGuide, SizingRow, Tier, Tiers};

/// The compute sizes.
pub fn tiers() -> &'static Tiers {
    static CELL: OnceLock<Tiers> = OnceLock::new();
    CELL.get_or_init(|| embedded::must(parse_tiers("tiers.toml", embedded::TIERS)))
}

/// Host patterns, ports, regions and certificate roots.
pub fn endpoints() -> &'static Endpoints {
    static CELL: OnceLock<Endpoints> = OnceLock::new();
    CELL.get_or_init(|| embedded::must(parse_endpoints("endpoints.toml", embedded::ENDPOINTS)))
}

/// Supabase's own roles and application names.
pub fn services() -> &'static Services {
    static CELL: OnceLock<Services> = OnceLock::new();
    CELL.get_or_init(|| embedded::must(parse_services("services.toml", embedded::SERVICES)))
}

/// Reads a tiers file; `name` goes into the error.
pub fn parse_tiers(name: &str, text: &str) -> Result<Tiers, KnowledgeError> {
    error::parse(name, text)
}

/// Reads an endpoints file; `name` goes into the error.
pub fn parse_endpoints(name: &str, text: &str) -> Result<Endpoints, KnowledgeError> {
    let endpoints: Endpoints = error::parse(name, text)?;
    endpoints.check(name)?;
    Ok(endpoints)
}

/// Reads a services file; `name` goes into the error.
pub fn parse_services(name: &str, text: &str) -> Result<Services, KnowledgeError> {
    error::parse(name, text)
}

#[cfg(test)]
mod tests;
