//! What an endpoint is to a driver, from the setting and, where there is one, from the measurement.

use super::Fit;
use crate::endpoint::{Endpoint, EndpointKind, Mode, Pooler};
use crate::knowledge::{EndpointClass, NamedStatements, Stack};
use crate::probe::{Named, Part, ProbeReport, Product, Status, Tracking};

/// How it is known who keeps track of named statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// It was measured.
    Measured,
    /// Nobody is assumed to, which is safe either way.
    Assumed,
}

/// An endpoint as a driver sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriverView {
    /// Its class.
    pub class: EndpointClass,
    /// How the tracking of statements is known.
    pub basis: Basis,
    /// The measured mode and the documented one, where they differ.
    pub unlike_documented: Option<(Mode, Mode)>,
}

/// The value of a part that can be relied on.
fn measured<T>(part: &Part<T>) -> Option<&T> {
    part.value.as_ref().filter(|_| part.status == Status::Measured)
}

/// Classifies an endpoint; `None` when its mode is not known.
pub fn driver_view(endpoint: &Endpoint, probe: Option<&ProbeReport>) -> Option<DriverView> {
    let measured_mode =
        probe.and_then(|probe| measured(&probe.mode)).map(|mode| mode.mode).filter(|mode| *mode != Mode::Unknown);
    let unlike_documented = measured_mode
        .filter(|mode| endpoint.mode != Mode::Unknown && mode.as_str() != endpoint.mode.as_str())
        .map(|mode| (mode, endpoint.mode));
    let (class, basis) = match measured_mode.unwrap_or(endpoint.mode) {
        Mode::Unknown => return None,
        Mode::Session => (EndpointClass::Session, Basis::Measured),
        Mode::Direct => (without_pooler(endpoint.kind), Basis::Measured),
        Mode::Transaction | Mode::Statement => transaction(endpoint, probe),
    };
    Some(DriverView { class, basis, unlike_documented })
}

const fn without_pooler(kind: EndpointKind) -> EndpointClass {
    match kind {
        EndpointKind::Local | EndpointKind::SelfHosted => EndpointClass::Local,
        _ => EndpointClass::Direct,
    }
}

/// Which kind of transaction pooler. Tracking counts only when statements were seen to survive.
fn transaction(endpoint: &Endpoint, probe: Option<&ProbeReport>) -> (EndpointClass, Basis) {
    let untracked =
        if is_pgbouncer(endpoint, probe) { EndpointClass::Dedicated } else { EndpointClass::TransactionUntracked };
    let Some(statements) = probe.and_then(|probe| measured(&probe.prepared_statements)) else {
        return (untracked, Basis::Assumed);
    };
    match (statements.named, statements.tracking) {
        (Named::Survive, Tracking::PgBouncer) => (EndpointClass::TransactionTrackedPgbouncer, Basis::Measured),
        (Named::Survive, Tracking::Supavisor) => (EndpointClass::TransactionTrackedSupavisor, Basis::Measured),
        (Named::Break, _) | (_, Tracking::None) => (untracked, Basis::Measured),
        _ => (untracked, Basis::Assumed),
    }
}

/// The software that was told from the wire, or else the documented one.
fn is_pgbouncer(endpoint: &Endpoint, probe: Option<&ProbeReport>) -> bool {
    match probe.and_then(|probe| measured(&probe.server)).map(|server| server.product) {
        Some(Product::PgBouncer) => true,
        Some(Product::Supavisor) => false,
        _ => endpoint.pooler == Pooler::PgBouncer,
    }
}

impl DriverView {
    /// What the reader must know about the basis of the advice.
    pub(super) fn remark(self, stack: &Stack, fit: Fit) -> Option<String> {
        let mode = self.unlike_documented.map(|(measured, documented)| {
            format!(
                "Measured: {} mode, although this endpoint is documented to be in {} mode; the advice follows the measurement.",
                measured.as_str(),
                documented.as_str()
            )
        });
        // Where the advice is to go elsewhere, it does not matter who tracks what.
        let tracking = self.tracking_remark(stack).filter(|_| fit != Fit::Avoid);
        let parts: Vec<String> = mode.into_iter().chain(tracking.map(str::to_owned)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// Who keeps track of statements, for stacks to which that matters.
    fn tracking_remark(self, stack: &Stack) -> Option<&'static str> {
        if !self.class.is_transaction() || stack.statements.named == NamedStatements::Never {
            return None;
        }
        Some(match (self.basis, self.class) {
            (Basis::Assumed, _) => {
                "Not measured: whether this pooler keeps track of named statements. The advice assumes that it does not, \
                 which is safe either way; `supascope probe` tells."
            }
            (Basis::Measured, EndpointClass::TransactionTrackedPgbouncer) => {
                "Measured: PgBouncer keeps track of named statements here."
            }
            (Basis::Measured, EndpointClass::TransactionTrackedSupavisor) => {
                "Measured: Supavisor keeps track of named statements here."
            }
            (Basis::Measured, _) => "Measured: nobody keeps track of named statements here.",
        })
    }
}
