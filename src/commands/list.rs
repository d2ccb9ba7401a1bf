//! `supascope list`: the knowledge itself, with its sources.

mod errors;
mod regions;
mod rules;
mod services;
mod stacks;
mod tiers;

use anyhow::Result;
use serde_json::Value;

use super::output;
use crate::cli::{ListArgs, Topic};
use crate::report::listing::{Column, Section};
use crate::report::{human, json, markdown, schema};
use crate::{exit, knowledge};

/// Prints one topic.
pub fn run(args: &ListArgs) -> Result<u8> {
    let mut listing = match args.topic {
        Topic::Rules => rules::listing(),
        Topic::Errors => errors::listing(),
        Topic::Stacks => stacks::listing(),
        Topic::Tiers => tiers::listing(),
        Topic::Regions => regions::listing(),
        Topic::Services => services::listing(),
        Topic::Schema => {
            output::raw(schema::DOCUMENT)?;
            return Ok(exit::OK);
        }
        Topic::RehearseSchema => {
            output::raw(schema::REHEARSE)?;
            return Ok(exit::OK);
        }
        Topic::Config => {
            output::raw(crate::policy::SAMPLE)?;
            return Ok(exit::OK);
        }
    };
    for section in &mut listing.sections {
        add_origins(section);
    }
    output::print(
        &args.look,
        &output::Printers {
            human: &|look, out| human::write_listing(&listing, look, out),
            json: &|out| json::write_listing(&listing, out),
            markdown: &|out| markdown::write_listing(&listing, out),
        },
    )?;
    Ok(exit::OK)
}

/// Says where rows come from that are not built in; a table without such rows stays as it is.
fn add_origins(section: &mut Section) {
    let kind = match section.key {
        "stacks" => "stack",
        "errors" => "error",
        "causes" => "cause",
        "tiers" => "tier",
        "services" => "service",
        _ => return,
    };
    let origin = |row: &[Value]| row.first().and_then(Value::as_str).and_then(|id| knowledge::origin(kind, id));
    if !section.rows.iter().any(|row| origin(row).is_some()) {
        return;
    }
    section.columns.push(Column { key: "from", head: Some("from") });
    for row in &mut section.rows {
        let from = origin(row).unwrap_or("built in");
        row.push(from.into());
    }
}
