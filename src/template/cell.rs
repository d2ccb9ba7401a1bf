//! One stack at one endpoint under one workload: what is chosen, and what is advised there.

use super::{Request, TemplateError, default_workload, door};
use crate::advice::{self, Advice, Fit, Limit, Situation, advise};
use crate::capacity::PlanEndpoint;
use crate::context::Workload;
use crate::knowledge::{self, Condition, Stack, Templates, Versions, When};
use crate::target::Neighbours;

/// A stack with everything that its templates need.
pub struct Cell {
    /// The stack.
    pub stack: &'static Stack,
    /// How it runs.
    pub workload: Workload,
    /// Where it connects.
    pub endpoint: PlanEndpoint,
    /// Where its migrations go.
    pub migrations: PlanEndpoint,
    /// What is advised there.
    pub advice: Advice,
    /// Connections of one process.
    pub pool: u32,
    /// What the pool was computed from, in words.
    pub pool_from: String,
    /// The file with the CA.
    pub ca: String,
    pub(super) templates: &'static Templates,
    versions: Versions,
}

impl Cell {
    /// Whether conditions hold here.
    pub(super) fn holds(&self, when: &When) -> bool {
        when.holds(|condition| match condition {
            Condition::Session => self.endpoint == PlanEndpoint::Session,
            Condition::Transaction => self.endpoint == PlanEndpoint::Transaction,
            Condition::Dedicated => self.endpoint == PlanEndpoint::Dedicated,
            Condition::Direct => self.endpoint == PlanEndpoint::Direct,
            Condition::TransactionMode => self.endpoint.is_transaction(),
            Condition::Workload(workload) => self.workload == *workload,
            Condition::Version(range) => self.versions.within(Some(range)) == Some(true),
        })
    }
}

/// The endpoints in the order of preference.
const fn preferred(workload: Workload) -> [PlanEndpoint; 4] {
    use PlanEndpoint::{Dedicated, Direct, Session, Transaction};
    match workload {
        // The session pooler before the database itself: it has IPv4.
        Workload::Persistent | Workload::Migrations => [Session, Transaction, Direct, Dedicated],
        Workload::Serverless => [Transaction, Dedicated, Session, Direct],
    }
}

/// Where migrations go while the application connects to `endpoint`: a connection that stays, on the same host where
/// there is one.
const fn for_migrations(endpoint: PlanEndpoint) -> PlanEndpoint {
    match endpoint {
        PlanEndpoint::Session | PlanEndpoint::Transaction => PlanEndpoint::Session,
        PlanEndpoint::Dedicated | PlanEndpoint::Direct => PlanEndpoint::Direct,
    }
}

/// Chooses the endpoint for a stack, unless one was asked for, and works the numbers out.
pub(super) fn choose(
    stack: &'static Stack,
    request: &Request,
    warnings: &mut Vec<String>,
) -> Result<Cell, TemplateError> {
    let tool = knowledge::templates(&stack.id).is_some_and(Templates::is_migration_tool);
    let workload = match request.context.workload {
        Some(workload) if !tool => workload,
        _ => default_workload(stack),
    };
    let asked = request.endpoint.map(|endpoint| if tool { for_migrations(endpoint) } else { endpoint });
    if let (true, Some(given), Some(taken)) = (tool, request.endpoint, asked)
        && given != taken
    {
        let (given, taken) = (given.noun(), taken.noun());
        warnings.push(format!("{}: migrations do not go through the {given}; the {taken} is used", stack.name));
    }
    if let Some(endpoint) = asked {
        let cell = cell(stack, workload, endpoint, request)?;
        if cell.advice.fit == Fit::Avoid {
            let summary = &cell.advice.summary;
            warnings.push(format!("{} ({}, {}): {summary}", stack.name, endpoint.noun(), workload.as_str()));
        }
        return Ok(cell);
    }
    let cells: Vec<_> =
        preferred(workload).into_iter().map(|endpoint| cell(stack, workload, endpoint, request)).collect();
    let with = |fit: Fit| cells.iter().position(|cell| cell.as_ref().is_ok_and(|cell| cell.advice.fit == fit));
    // Where sessions are too few, the same host in transaction mode comes before the database itself, which has only IPv6
    // and hardly more room.
    let crowded = cells.iter().any(|cell| matches!(cell, Err(TemplateError::DoesNotFit { .. })));
    let any = || cells.iter().position(|cell| cell.as_ref().is_ok_and(|cell| cell.advice.fit != Fit::Avoid));
    let chosen = if crowded { any() } else { with(Fit::Fits).or_else(|| with(Fit::Works)) };
    match chosen.and_then(|index| cells.into_iter().nth(index)) {
        Some(cell) => cell,
        None => Err(nothing_suits(stack, workload, request)),
    }
}

/// Why none of the endpoints suits.
fn nothing_suits(stack: &'static Stack, workload: Workload, request: &Request) -> TemplateError {
    let [first, ..] = preferred(workload);
    match cell(stack, workload, first, request) {
        Err(error) => error,
        Ok(cell) => TemplateError::NoEndpoint {
            stack: stack.id.clone(),
            workload: workload.as_str(),
            why: format!("{} (give --endpoint to have it written all the same)", cell.advice.summary),
        },
    }
}

/// A stack at an endpoint.
fn cell(
    stack: &'static Stack,
    workload: Workload,
    endpoint: PlanEndpoint,
    request: &Request,
) -> Result<Cell, TemplateError> {
    let unknown = || TemplateError::NoEndpoint {
        stack: stack.id.clone(),
        workload: workload.as_str(),
        why: "its profile says nothing about it".to_owned(),
    };
    let known = door::as_endpoint(endpoint, &request.project).ok_or_else(unknown)?;
    let workers = processes(request);
    let neighbours = Neighbours { workers, ..Neighbours::default() };
    let situation = Situation { endpoint: &known, context: &request.context, probe: None, neighbours: &neighbours };
    let view = advice::driver_view(&known, None).ok_or_else(unknown)?;
    let limit = advice::limit(view.class, &situation);
    let advice = advise(stack, workload, &situation).ok_or_else(unknown)?;
    check_fit(stack, workload, endpoint, request.instances.and(workers), &limit)?;
    // Only processes that stay keep pools.
    let pool = if workload == Workload::Persistent { limit.pool(workers) } else { 1 };
    let ca = request.context.ssl_root_cert.clone();
    Ok(Cell {
        stack,
        workload,
        endpoint,
        migrations: for_migrations(endpoint),
        advice,
        pool,
        pool_from: pool_from(&limit, request.instances.and(workers)),
        ca: ca.unwrap_or_else(|| knowledge::endpoints().certificates.file.clone()),
        templates: knowledge::templates(&stack.id).ok_or_else(unknown)?,
        versions: request.context.versions_of(&stack.id),
    })
}

/// Pools that share the limit. Each process has one for each stack; while nobody says how many processes there are, two
/// of the application and one for everything else are assumed, as in the advice on one stack.
fn processes(request: &Request) -> Option<u32> {
    let is_tool = |stack: &&&Stack| knowledge::templates(&stack.id).is_some_and(Templates::is_migration_tool);
    let tools = request.stacks.iter().filter(is_tool).count();
    let pools = u32::try_from(request.stacks.len() - tools).unwrap_or(u32::MAX).max(1);
    match request.instances {
        Some(instances) => Some(instances.saturating_mul(pools)),
        None if pools > 1 => Some(pools.saturating_mul(2).saturating_add(1)),
        None => None,
    }
}

/// Every process needs one connection at least; in transaction mode that is a client of the pooler.
fn check_fit(
    stack: &Stack,
    workload: Workload,
    endpoint: PlanEndpoint,
    instances: Option<u32>,
    limit: &Limit,
) -> Result<(), TemplateError> {
    let most = limit.clients.unwrap_or(limit.connections);
    let Some(instances) = instances.filter(|instances| *instances > most && workload != Workload::Migrations) else {
        return Ok(());
    };
    let instead = if endpoint.is_transaction() {
        "give a larger --tier, or run fewer"
    } else {
        "use --endpoint transaction, or give a larger --tier or --pool-size"
    };
    let from = if limit.clients.is_some() { "its client limit".to_owned() } else { limit.from.clone() };
    let noun = endpoint.noun();
    Err(TemplateError::DoesNotFit {
        stack: stack.id.clone(),
        instances,
        limit: most,
        noun,
        from,
        instead: instead.to_owned(),
    })
}

fn pool_from(limit: &Limit, instances: Option<u32>) -> String {
    let shared = match instances {
        Some(1) => "one pool".to_owned(),
        Some(pools) => format!("{pools} pools"),
        None => "pools whose number was not given (--instances)".to_owned(),
    };
    format!("{} server connections ({}) shared by {shared}", limit.connections, limit.from)
}
