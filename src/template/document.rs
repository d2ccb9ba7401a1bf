//! The `.env` as a whole: what it is for, what has to be put in, and each variable with its reason.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::cell::Cell;
use super::variable::Variable;
use super::{Draft, HOST_PLACEHOLDER, PASSWORD_PLACEHOLDER, Project, REF_PLACEHOLDER, TemplateError, door, dotenv};
use crate::advice::Fit;
use crate::capacity::PlanEndpoint;
use crate::context::Workload;
use crate::knowledge::{self, Connection};
use crate::secret::Secret;

/// The whole file.
pub(super) fn env(draft: &Draft) -> Result<Secret, TemplateError> {
    let mut out = Zeroizing::new(String::new());
    head(draft, &mut out);
    for (index, cell) in draft.cells.iter().enumerate() {
        let own: Vec<&Variable> = draft.variables.iter().filter(|variable| variable.cells[0] == index).collect();
        stack_head(draft, cell, &mut out);
        for variable in own {
            assignment(draft, variable, &draft.project, "\n", &mut out)?;
        }
    }
    Ok(Secret::new(out.as_str()))
}

/// The reason of a variable, and the assignment.
pub(super) fn assignment(
    draft: &Draft,
    variable: &Variable,
    project: &Project,
    line_end: &str,
    out: &mut String,
) -> Result<(), TemplateError> {
    for reason in reasons(draft, variable) {
        let _ = write!(out, "# {reason}{line_end}");
    }
    let value = variable.value(&draft.cells, project);
    let written = dotenv::quoted(&variable.name, &value)?;
    let _ = write!(out, "{}={}{line_end}", variable.name, *written);
    Ok(())
}

/// Why a variable is there, a line each.
fn reasons(draft: &Draft, variable: &Variable) -> Vec<String> {
    let mut reasons = Vec::new();
    let endpoint = variable.endpoint(&draft.cells);
    let whole = variable.names_host();
    match variable.template.connection {
        Connection::Runtime if whole => {
            reasons.push(format!("What the application runs on: {}.", where_it_leads(endpoint)));
        }
        Connection::Migrations if whole => {
            reasons.push(format!("Migrations, pg_dump, LISTEN: {}.", where_it_leads(endpoint)));
            if endpoint == PlanEndpoint::Session {
                reasons.push(format!(
                    "The database itself ({}, port {}, user {}) does as well where there is IPv6 or the IPv4 add-on.",
                    door::host(PlanEndpoint::Direct, &draft.project),
                    door::port(PlanEndpoint::Direct),
                    door::user(PlanEndpoint::Direct, &draft.project),
                ));
            }
        }
        _ => {}
    }
    let template = variable.template;
    let sources = &draft.cells[variable.cells[0]].stack.sources;
    reasons.extend(template.why.as_ref().map(|why| match &template.source {
        Some(source) => format!("{why} ({})", sources.resolve(source)),
        None => why.clone(),
    }));
    reasons
}

fn where_it_leads(endpoint: PlanEndpoint) -> String {
    let port = door::port(endpoint);
    match endpoint {
        PlanEndpoint::Session => format!("the shared pooler in session mode (port {port})"),
        PlanEndpoint::Transaction => format!("the shared pooler in transaction mode (port {port})"),
        PlanEndpoint::Dedicated => format!("the dedicated pooler, in transaction mode (port {port}; IPv6 only)"),
        PlanEndpoint::Direct => format!("the database itself (port {port}; IPv6 only)"),
    }
}

fn head(draft: &Draft, out: &mut String) {
    let names: Vec<&str> = draft.cells.iter().map(|cell| cell.stack.name.as_str()).collect();
    let _ = writeln!(out, "# Supabase Postgres for {}.", names.join(", "));
    let _ = writeln!(out, "# Keep this file out of version control: it holds the password.");
    if draft.project.password.is_none() {
        let _ = writeln!(
            out,
            "# {PASSWORD_PLACEHOLDER}: the database password (Dashboard > Database settings); in a URL percent-encoded."
        );
    }
    let shared = draft.variables.iter().any(|variable| variable.endpoint(&draft.cells).is_shared());
    if draft.project.pooler_host.is_none() && shared {
        let _ = writeln!(
            out,
            "# {HOST_PLACEHOLDER}: copy it from Dashboard > Connect; its number cannot be known from the region."
        );
    }
    if draft.project.reference.is_none() {
        let _ = writeln!(out, "# {REF_PLACEHOLDER}: the 20 letters in the dashboard's address, /project/<ref>.");
    }
    if !draft.cells.iter().all(|cell| cell.templates.env.iter().all(|env| env.name != "SUPABASE_CA_FILE")) {
        let certificates = &knowledge::endpoints().certificates;
        let _ = writeln!(out, "# The CA file is Supabase's own: {}.", certificates.download);
    }
}

fn stack_head(draft: &Draft, cell: &Cell, out: &mut String) {
    let _ = writeln!(out, "\n# --- {}: {}, {} ---", cell.stack.name, workload(cell.workload), cell.endpoint.noun());
    if cell.advice.fit == Fit::Avoid {
        let _ = writeln!(out, "# WARNING: {}", cell.advice.summary);
    }
    if cell.workload == Workload::Persistent && cell.stack.pool.is_some() && cell.advice.fit != Fit::Avoid {
        let _ = writeln!(out, "# Pool: {} a process, from {}.", cell.pool, cell.pool_from);
    }
    for setting in &cell.advice.settings {
        // What stands in the variables below needs no telling.
        if draft.variables.iter().any(|variable| is_said_by(variable, &setting.name, draft)) {
            continue;
        }
        let (name, value, place) = (&setting.name, &setting.value, &setting.place);
        let _ = writeln!(out, "# {name}: {value} ({place}). {}", in_short(&setting.why));
    }
}

/// Whether a variable's own text says a setting.
fn is_said_by(variable: &Variable, setting: &str, draft: &Draft) -> bool {
    let value = variable.value(&draft.cells, &Project::default());
    setting.split(", ").all(|name| value.contains(&format!("{name}=")))
}

const fn workload(workload: Workload) -> &'static str {
    match workload {
        Workload::Persistent => "processes that stay",
        Workload::Serverless => "many short processes",
        Workload::Migrations => "migrations",
    }
}

/// The first sentence of a reason, and for which versions it holds. An abbreviation is followed by a small letter, a
/// sentence is not.
fn in_short(why: &str) -> String {
    let (text, versions) = why.rfind(" (For ").map_or((why, ""), |at| why.split_at(at));
    let end = text.match_indices(". ").find(|(at, _)| text[at + 2..].starts_with(|c: char| c.is_uppercase()));
    format!("{}{versions}", end.map_or(text, |(at, _)| &text[..=at]))
}

/// The name of a file with the stack's id in it: `db.py` is `db_asyncpg.py`.
pub(super) fn with_stack(path: &str, stack: &str) -> String {
    let stack = stack.replace('-', "_");
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[name..].find('.') {
        Some(dot) => format!("{}_{stack}{}", &path[..name + dot], &path[name + dot..]),
        None => format!("{path}_{stack}"),
    }
}
