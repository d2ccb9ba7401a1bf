//! The profiles in `profiles/*.toml`, as typed data: tiers, endpoints, services and stacks, each fact with its source.
//!
//! A profile is checked twice: its types refuse unknown and missing keys, and the tests of this module check what types
//! cannot say (sources resolve, ids are unique, budgets are what they claim to be, every cell of advice is filled).
//! Each file is parsed when it is first asked for, and only then, so that `inspect` pays for what it uses.

mod calls;
mod detect;
mod embedded;
mod endpoints;
mod error;
pub mod errors;
mod extra;
mod hosts;
mod kinds;
mod packages;
mod services;
mod source;
mod stack_lookup;
mod stacks;
mod templates;
mod tiers;
mod tls_clients;
mod versions;

use std::sync::OnceLock;

pub use calls::{
    ArgumentProfile, CALL_LANGUAGES, CallFile, CallFiles, CallProfile, Calls, EnvironmentReads, Means,
    SessionStatement, SessionStatements, WorkloadMark, call_files, calls, parse_calls, session_statements,
};
pub(crate) use detect::distance;
pub use detect::{Alias, Detection, DriverHint, KeyHint, Traces};
pub use endpoints::{
    Certificates, Domains, Door, Endpoints, Environment, Family, HostPattern, ProjectRefShape, RegionGroup, Root,
    Tenant,
};
pub(crate) use error::place as line_and_column;
pub use error::{KnowledgeError, UnknownName};
pub use extra::{ProfilesError, load as load_profiles, origin};
pub use hosts::{Captures, HostMatch, Template};
pub use kinds::{EndpointKind, Mode, Pooler};
pub use packages::{Manifest, ManifestFormat, Packages, packages};
pub use services::{Owner, Service, Services};
pub use source::Sources;
pub use stacks::{
    AdviceEntry, EndpointClass, Failure, KeyFate, NamedStatements, PoolProfile, Remark, Setting, Stack,
    StatementProfile, UrlKey, UrlProfile, UrlSwitch, VersionNote,
};
pub use templates::{
    CodeTemplate, Condition, Connection, EnvTemplate, Gap, Line, Piece, Templates, Text, ValueSyntax, When,
};
pub use tiers::{Budgets, Note, Reserved, ServiceConnections, SizingGuide, SizingRow, Tier, Tiers};
pub use tls_clients::{RootSource, SystemWord, TlsBehaviour, TlsClient, TlsClients, TlsSwitch, TlsUse, TlsVerify};
pub use versions::{Version, VersionRange, Versions};

/// The compute sizes.
pub fn tiers() -> &'static Tiers {
    static CELL: OnceLock<Tiers> = OnceLock::new();
    if let Some(tiers) = extra::get().and_then(|extra| extra.tiers.as_ref()) {
        return tiers;
    }
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
    if let Some(services) = extra::get().and_then(|extra| extra.services.as_ref()) {
        return services;
    }
    CELL.get_or_init(|| embedded::must(parse_services("services.toml", embedded::SERVICES)))
}

/// What drivers make of an `sslmode`.
pub fn tls_clients() -> &'static TlsClients {
    static CELL: OnceLock<TlsClients> = OnceLock::new();
    CELL.get_or_init(|| embedded::must(parse_tls_clients("tls-clients.toml", embedded::TLS_CLIENTS)))
}

/// The stacks that detection and aliases know.
pub fn detection() -> &'static Detection {
    static CELL: OnceLock<Detection> = OnceLock::new();
    CELL.get_or_init(|| embedded::must(parse_detection("detection.toml", embedded::DETECTION)))
}

/// The stack with this id or alias; in any case.
pub fn stack(id: &str) -> Option<&'static Stack> {
    let wanted = id.trim().to_ascii_lowercase();
    embedded::stack(&wanted).or_else(|| embedded::stack(detection().alias(&wanted)?))
}

/// How the stack with this id or alias is told its settings.
pub fn templates(id: &str) -> Option<&'static Templates> {
    embedded::templates(&stack(id)?.id)
}

/// What each stack says of URLs, for questions about all of them: the rest of the profiles is not read for it.
pub fn url_profiles() -> impl Iterator<Item = &'static UrlProfile> {
    embedded::url_profiles()
}

/// The ids of all stacks, in alphabetical order; parses nothing.
pub fn stack_ids() -> impl Iterator<Item = &'static str> {
    embedded::stack_ids()
}

/// The known ids and other names nearest to one that is not known, best first, at most three.
pub fn nearest_stacks(id: &str) -> Vec<&'static str> {
    let others = detection().aliases.iter().flat_map(|alias| &alias.names).map(String::as_str);
    detect::nearest(&id.trim().to_ascii_lowercase(), stack_ids().chain(others))
}

/// The stack with this id or alias, or an error that offers the nearest ones.
pub fn require_stack(id: &str) -> Result<&'static Stack, UnknownName> {
    stack(id).ok_or_else(|| UnknownName {
        kind: "stack",
        name: id.to_owned(),
        nearest: nearest_stacks(id).into_iter().map(str::to_owned).collect(),
        known: stack_ids().map(str::to_owned).collect(),
    })
}

/// The tier with this id or Management API id, or an error that offers the nearest ones.
pub fn require_tier(id: &str) -> Result<&'static Tier, UnknownName> {
    tiers().find(id).ok_or_else(|| UnknownName {
        kind: "tier",
        name: id.to_owned(),
        nearest: detect::nearest(&id.trim().to_ascii_lowercase(), tiers().ids())
            .into_iter()
            .map(str::to_owned)
            .collect(),
        known: tiers().ids().map(str::to_owned).collect(),
    })
}

/// Which stacks a setting was written for: its scheme (`ecto`), the driver in it (`postgresql+asyncpg`) or its syntax
/// name one for certain, keys that only one stack understands hint at it. Ids in the order of certainty, without
/// repetition.
pub fn detect<'a>(traces: Traces<'_>, keys: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    detection().detect(traces, keys)
}

/// Reads the table of aliases and hints; `name` goes into the error.
pub fn parse_detection(name: &str, text: &str) -> Result<Detection, KnowledgeError> {
    error::parse(name, text)
}

/// Reads a stack; `name` goes into the error.
pub fn parse_stack(name: &str, text: &str) -> Result<Stack, KnowledgeError> {
    let stack: Stack = error::parse(name, text)?;
    stack.check(name)?;
    Ok(stack)
}

/// Reads the templates of a stack; `name` goes into the error.
pub fn parse_templates(name: &str, text: &str) -> Result<Templates, KnowledgeError> {
    let templates: Templates = error::parse(name, text)?;
    templates.check(name)?;
    Ok(templates)
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

/// Reads a file of drivers' TLS behaviour; `name` goes into the error.
pub fn parse_tls_clients(name: &str, text: &str) -> Result<TlsClients, KnowledgeError> {
    error::parse(name, text)
}

#[cfg(test)]
mod tests;
