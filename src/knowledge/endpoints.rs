//! Host patterns, doors (what listens on which port), tenants, regions and certificate roots.

use serde::{Deserialize, Deserializer};

use super::kinds::{EndpointKind, Mode, Pooler};
use super::{KnowledgeError, Sources, hosts::Template};

/// The whole of `endpoints.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// The documents behind the entries.
    pub sources: Sources,
    /// What a project ref looks like.
    pub project_ref: ProjectRefShape,
    /// Host patterns; the first that matches counts.
    #[serde(rename = "host")]
    pub hosts: Vec<HostPattern>,
    /// What listens on which port.
    #[serde(rename = "door")]
    pub doors: Vec<Door>,
    /// Tenants that are not project refs.
    #[serde(rename = "tenant")]
    pub tenants: Vec<Tenant>,
    /// Supabase's own domains.
    pub domains: Domains,
    /// Regions.
    pub regions: Vec<RegionGroup>,
    /// Where to get the CA certificate.
    pub certificates: Certificates,
    /// Known roots.
    #[serde(rename = "root")]
    pub roots: Vec<Root>,
}

/// What a project ref looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectRefShape {
    /// Its length.
    pub length: usize,
    /// Its letters, in words.
    pub alphabet: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: String,
}

/// What kind of thing a host is; with the port it decides the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// The shared pooler.
    Pooler,
    /// A project's database host, with the dedicated pooler on another port.
    Project,
    /// The HTTPS API: no Postgres there.
    Api,
    /// A name that cannot exist in Supabase's scheme.
    NearMiss,
    /// This machine: the port decides.
    Loopback,
    /// The CLI's database container.
    CliDatabase,
    /// The CLI's pooler container.
    CliPooler,
    /// The database of the docker stack.
    SelfHostedDatabase,
    /// The pooler of the docker stack.
    SelfHostedPooler,
}

/// Which installation a host belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// Supabase's platform.
    Production,
    /// Supabase's own staging platform.
    Staging,
    /// A partner's cloud.
    Partner,
    /// The CLI's local stack.
    Local,
    /// The docker stack.
    SelfHosted,
}

/// One host pattern.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostPattern {
    /// Stable id.
    pub id: String,
    /// The pattern.
    pub template: Template,
    /// What kind of host it is.
    pub family: Family,
    /// Which installation it belongs to.
    pub environment: Environment,
    /// Whether the name alone is too common to decide anything (`db`).
    #[serde(default)]
    pub weak: bool,
    /// The name that was probably meant, with the same captures.
    pub meant: Option<Template>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// What listens on a port of a family of hosts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// The family.
    pub family: Family,
    /// The ports.
    pub ports: Vec<u16>,
    /// Whether it is also what answers when no port is given.
    #[serde(default)]
    pub default: bool,
    /// The contract's kind.
    #[serde(deserialize_with = "kind")]
    pub kind: EndpointKind,
    /// Its pool mode.
    #[serde(deserialize_with = "mode")]
    pub mode: Mode,
    /// Its software.
    #[serde(deserialize_with = "pooler")]
    pub pooler: Pooler,
    /// Its pool size until someone changes it, where that does not depend on a tier.
    pub default_pool_size: Option<u32>,
    /// Its most clients until someone changes it, where that does not depend on a tier.
    pub max_clients: Option<u32>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// What may stand after the last dot of the user in place of a project ref.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The tenant.
    pub id: String,
    /// Which installation has it by default.
    pub environment: Environment,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// Supabase's own domains.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domains {
    /// The domains, without a leading dot.
    pub own: Vec<String>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// Regions that share a source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionGroup {
    /// The regions.
    pub ids: Vec<String>,
    /// Whether the documentation lists them.
    pub documented: bool,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about them.
    pub note: Option<String>,
}

/// Where to get Supabase's CA certificate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificates {
    /// The way through the dashboard.
    pub download: String,
    /// The address that the dashboard's button leads to.
    pub url: String,
    /// The file's usual name.
    pub file: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: String,
}

/// One certificate root.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Stable id, as in reports.
    pub id: String,
    /// The file that carries it.
    pub file: String,
    /// Its subject (and issuer: it is self-signed).
    pub subject: String,
    /// First moment of validity, RFC 3339 or a date.
    pub not_before: String,
    /// Last day of validity.
    pub not_after: String,
    /// SHA-256 of the DER form, lower-case hex.
    pub sha256: String,
    /// The hosts that it vouches for.
    pub used_for: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

impl Endpoints {
    /// What answers on a port of a family of hosts, or by default when no port is given.
    pub fn door(&self, family: Family, port: Option<u16>) -> Option<&Door> {
        self.doors
            .iter()
            .find(|door| door.family == family && port.map_or(door.default, |port| door.ports.contains(&port)))
    }

    /// The doors of a family, for messages that list what would be right.
    pub fn doors_of(&self, family: Family) -> impl Iterator<Item = &Door> {
        self.doors.iter().filter(move |door| door.family == family)
    }

    /// Whether a region is known, documented or not.
    pub fn is_region(&self, region: &str) -> bool {
        self.regions().any(|known| known == region)
    }

    /// Every known region.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.regions.iter().flat_map(|group| group.ids.iter().map(String::as_str))
    }

    /// The known root with this SHA-256 fingerprint (hex, any case, with or without colons).
    pub fn root_by_sha256(&self, fingerprint: &str) -> Option<&Root> {
        let wanted: String = fingerprint.chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
        self.roots.iter().find(|root| root.sha256 == wanted)
    }

    /// The well-known tenant of this name.
    pub fn tenant(&self, id: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.id == id)
    }

    /// Whether a text has the shape of a project ref (Supabase CLI, `internal/utils/misc.go`: `^[a-z]{20}$`).
    pub fn is_project_ref(&self, text: &str) -> bool {
        text.len() == self.project_ref.length && text.bytes().all(|byte| byte.is_ascii_lowercase())
    }

    /// What the types cannot say: `meant` may only use what the template captures.
    pub(super) fn check(&self, name: &str) -> Result<(), KnowledgeError> {
        for pattern in &self.hosts {
            if let Some(meant) = &pattern.meant
                && let Some(stray) = meant.names().find(|wanted| !pattern.template.names().any(|has| has == *wanted))
            {
                let message =
                    format!("host pattern `{}`: `meant` uses {{{stray}}}, which its template lacks", pattern.id);
                return Err(KnowledgeError::whole(name, message));
            }
        }
        Ok(())
    }
}

/// The value that reports call by this name.
pub(super) fn find_named<T: Copy, E: serde::de::Error>(
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, E> {
    all.iter().copied().find(|value| name(*value) == text).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|value| name(*value)).collect();
        E::custom(format!("unknown value `{text}`, expected one of {}", known.join(", ")))
    })
}

/// Reads an enum by the names that reports use.
fn named<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, D::Error> {
    find_named(&String::deserialize(deserializer)?, all, name)
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EndpointKind, D::Error> {
    use EndpointKind::{Ambiguous, Dedicated, Direct, Local, Other, SelfHosted, SharedSession, SharedTransaction};
    let all = [SharedSession, SharedTransaction, Dedicated, Direct, Local, SelfHosted, Other, Ambiguous];
    named(deserializer, &all, EndpointKind::as_str)
}

fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mode, D::Error> {
    named(deserializer, &[Mode::Session, Mode::Transaction, Mode::Direct, Mode::Unknown], Mode::as_str)
}

fn pooler<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pooler, D::Error> {
    named(deserializer, &[Pooler::Supavisor, Pooler::PgBouncer, Pooler::None, Pooler::Unknown], Pooler::as_str)
}
