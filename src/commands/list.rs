//! `supascope list`: the knowledge itself, with its sources.

mod errors;
mod regions;
mod rules;
mod services;
mod stacks;
mod tiers;

use anyhow::Result;

use super::output;
use crate::cli::{ListArgs, Topic};
use crate::exit;
use crate::report::{human, json, markdown, schema};

/// Prints one topic.
pub fn run(args: &ListArgs) -> Result<u8> {
    let listing = match args.topic {
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
