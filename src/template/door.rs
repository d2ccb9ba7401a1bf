//! Host, port and user of an endpoint, as the profile of endpoints has them.

use super::{HOST_PLACEHOLDER, Project, REF_PLACEHOLDER};
use crate::capacity::PlanEndpoint;
use crate::endpoint::Endpoint;
use crate::knowledge::{self, Door, EndpointKind, Environment, Family};

/// The kind of endpoint in the contract's words.
pub(super) const fn kind(endpoint: PlanEndpoint) -> EndpointKind {
    match endpoint {
        PlanEndpoint::Session => EndpointKind::SharedSession,
        PlanEndpoint::Transaction => EndpointKind::SharedTransaction,
        PlanEndpoint::Dedicated => EndpointKind::Dedicated,
        PlanEndpoint::Direct => EndpointKind::Direct,
    }
}

/// The endpoint of a kind.
pub(super) fn of_kind(wanted: EndpointKind) -> Option<PlanEndpoint> {
    PlanEndpoint::ALL.into_iter().find(|endpoint| kind(*endpoint) == wanted)
}

/// The door's entry in the profile.
fn door(endpoint: PlanEndpoint) -> Option<&'static Door> {
    knowledge::endpoints().doors.iter().find(|door| door.kind == kind(endpoint))
}

/// The endpoint as the rest of the program sees it.
pub(super) fn as_endpoint(endpoint: PlanEndpoint, project: &Project) -> Option<Endpoint> {
    let door = door(endpoint)?;
    Some(Endpoint {
        kind: door.kind,
        mode: door.mode,
        pooler: door.pooler,
        project_ref: project.reference.clone(),
        region: None,
        cluster: None,
        evidence: Vec::new(),
    })
}

/// The port.
pub(super) fn port(endpoint: PlanEndpoint) -> u16 {
    door(endpoint).and_then(|door| door.ports.first().copied()).unwrap_or_default()
}

fn reference(project: &Project) -> &str {
    project.reference.as_deref().unwrap_or(REF_PLACEHOLDER)
}

/// The host. That of the shared pooler cannot be worked out: the number of its cluster is nowhere to be known from.
pub(super) fn host(endpoint: PlanEndpoint, project: &Project) -> String {
    if endpoint.is_shared() {
        return project.pooler_host.clone().unwrap_or_else(|| HOST_PLACEHOLDER.to_owned());
    }
    let mut patterns = knowledge::endpoints().hosts.iter();
    let own = patterns.find(|host| host.family == Family::Project && host.environment == Environment::Production);
    own.map(|host| host.template.as_str().replace("{ref}", reference(project))).unwrap_or_default()
}

/// The user: the shared pooler finds the project by its end.
pub(super) fn user(endpoint: PlanEndpoint, project: &Project) -> String {
    if endpoint.is_shared() { format!("{}.{}", project.role, reference(project)) } else { project.role.clone() }
}
