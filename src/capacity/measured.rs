//! What a probe measured, read back from its JSON report. The report is a file that may have been edited: every number
//! is checked, and an error names its place in the document.

use serde_json::Value;

use crate::knowledge::{self, Owner};

/// The largest `max_connections` that `PostgreSQL` takes (`MAX_BACKENDS`, 2^18 - 1).
const MAX_BACKENDS: u32 = 262_143;

/// The layout that is read.
const SCHEMA: &str = "supascope.report/v1";

/// The numbers of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// `max_connections`.
    pub max_connections: u32,
    /// Slots that an ordinary role cannot have.
    pub reserved: u32,
    /// Connections that Supabase's own services held.
    pub services: u32,
    /// Connections that others held. They are taken to be those of the fleet that is planned.
    pub others: u32,
    /// The pool size, where the report knows it.
    pub pool_size: Option<u32>,
    /// The compute size that the probe was told.
    pub tier: Option<String>,
    /// Compute sizes with this `max_connections`.
    pub consistent_with: Vec<String>,
}

/// A report that cannot be used. It begins with the place in the document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct MeasuredError {
    /// Where: `line 3, column 7`, `targets[0].probe.headroom.max_connections`.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

fn problem(place: impl Into<String>, problem: impl Into<String>) -> MeasuredError {
    MeasuredError { place: place.into(), problem: problem.into() }
}

impl Measured {
    /// Reads a report. Several targets count as one when they show the same database from different doors.
    pub fn from_report(text: &str) -> Result<Self, MeasuredError> {
        let document: Value = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            problem(place, "this is not one JSON document; the output of `supascope probe --format json` is wanted")
        })?;
        match document.get("schema") {
            Some(Value::String(schema)) if schema == SCHEMA => {}
            Some(_) => return Err(problem("schema", format!("{SCHEMA} is wanted"))),
            None => return Err(problem("schema", "missing; the output of `supascope probe --format json` is wanted")),
        }
        let targets = document.get("targets").and_then(Value::as_array);
        let targets = targets.ok_or_else(|| problem("targets", "a list is wanted"))?;
        let mut merged: Option<(usize, Self)> = None;
        let mut project: Option<&str> = None;
        let mut nothing = problem("targets", "the list is empty");
        for (index, target) in targets.iter().enumerate() {
            match of_target(index, target)? {
                Ok(measured) => {
                    let this = target.pointer("/endpoint/project_ref").and_then(Value::as_str);
                    if let (Some(before), Some(this)) = (project, this)
                        && before != this
                    {
                        let place = format!("targets[{index}].endpoint.project_ref");
                        return Err(problem(
                            place,
                            "another project than that of the targets before; keep one project",
                        ));
                    }
                    project = project.or(this);
                    merged = Some(merge(merged, index, measured)?);
                }
                Err(why) => nothing = why,
            }
        }
        merged.map(|(_, measured)| measured).ok_or(nothing)
    }
}

/// What one target tells; the inner error says why it tells nothing, which is no fault while another target does.
fn of_target(index: usize, target: &Value) -> Result<Result<Measured, MeasuredError>, MeasuredError> {
    let probe = format!("targets[{index}].probe");
    let path = format!("{probe}.headroom");
    let Some(found) = target.get("probe").filter(|probe| !probe.is_null()) else {
        return Ok(Err(problem(probe, "nothing was measured; `supascope probe` measures, `inspect` does not")));
    };
    let part = Part { path: &path, value: found.get("headroom").unwrap_or(&Value::Null) };
    if part.value.get("status").and_then(Value::as_str) != Some("measured") {
        let reason = part.value.get("reason").and_then(Value::as_str).unwrap_or("the probe did not get that far");
        return Ok(Err(problem(path.as_str(), format!("the connections were not counted: {reason}"))));
    }
    let max_connections = part.number("max_connections", 1, MAX_BACKENDS)?;
    let (services, others) = part.by_service()?;
    let pool = Part { path: &format!("{path}.pool"), value: part.value.get("pool").unwrap_or(&Value::Null) };
    // A tier's default is no measurement: the tier is taken over instead.
    let said = matches!(pool.value.get("size_from").and_then(Value::as_str), Some("flag" | "error-text"));
    let tier = part.value.get("tier").unwrap_or(&Value::Null);
    Ok(Ok(Measured {
        max_connections,
        reserved: part.number("reserved", 0, max_connections)?,
        services,
        others,
        pool_size: if said { Some(pool.number("size", 1, super::MAX_NUMBER)?) } else { None },
        tier: tier.get("id").and_then(Value::as_str).map(str::to_owned),
        consistent_with: tier
            .get("consistent_with")
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default(),
    }))
}

/// Two views of one database: the fuller one counts.
fn merge(
    before: Option<(usize, Measured)>,
    index: usize,
    measured: Measured,
) -> Result<(usize, Measured), MeasuredError> {
    let Some((first, before)) = before else { return Ok((index, measured)) };
    let same = before.max_connections == measured.max_connections && before.reserved == measured.reserved;
    if !same {
        return Err(problem(
            format!("targets[{index}].probe.headroom.max_connections"),
            format!("this is another database than that of targets[{first}]; keep the targets of one project"),
        ));
    }
    let merged = Measured {
        services: before.services.max(measured.services),
        others: before.others.max(measured.others),
        pool_size: before.pool_size.or(measured.pool_size),
        tier: before.tier.or(measured.tier),
        ..before
    };
    Ok((first, merged))
}

/// An object and its place in the document.
struct Part<'a> {
    path: &'a str,
    value: &'a Value,
}

impl Part<'_> {
    fn number(&self, key: &str, least: u32, most: u32) -> Result<u32, MeasuredError> {
        let found = self.value.get(key).unwrap_or(&Value::Null);
        let number = found.as_u64().and_then(|number| u32::try_from(number).ok());
        number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            let found = match found {
                Value::Null => "nothing".to_owned(),
                Value::Number(number) => number.to_string(),
                Value::Bool(_) => "a truth value".to_owned(),
                Value::String(_) => "a text".to_owned(),
                Value::Array(_) => "a list".to_owned(),
                Value::Object(_) => "an object".to_owned(),
            };
            let wanted = format!("a whole number from {least} to {most} is wanted, and {found} stands there");
            problem(format!("{}.{key}", self.path), wanted)
        })
    }

    /// Connections of Supabase's services, and of everybody else.
    fn by_service(&self) -> Result<(u32, u32), MeasuredError> {
        let list = self.value.get("by_service").and_then(Value::as_array);
        let list = list.ok_or_else(|| problem(format!("{}.by_service", self.path), "a list is wanted"))?;
        let (mut services, mut others) = (0_u32, 0_u32);
        for (index, row) in list.iter().enumerate() {
            let path = format!("{}.by_service[{index}]", self.path);
            let connections = Part { path: &path, value: row }.number("connections", 0, MAX_BACKENDS)?;
            let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
            let side = if is_supabases(text("service"), text("role")) { &mut services } else { &mut others };
            *side = side.saturating_add(connections);
        }
        Ok((services, others))
    }
}

/// Whether a row of the report belongs to one of Supabase's own services, by its name or, where that is not known, by
/// its role.
fn is_supabases(service: &str, role: &str) -> bool {
    let known = knowledge::services();
    let by_name = known.services.iter().find(|entry| entry.name == service);
    by_name.or_else(|| known.classify(role, "")).is_some_and(|entry| entry.owner == Owner::Supabase)
}
