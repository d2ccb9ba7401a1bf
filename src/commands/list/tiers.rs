//! Compute sizes with their connection limits, and the older table that is still passed around.

use crate::knowledge::{self, Tiers};
use crate::report::listing::{Listing, Section, cite};

pub(super) fn listing() -> Listing {
    let tiers = knowledge::tiers();
    let mut sources = Vec::new();
    let cited = [&tiers.max_connections_note.source, &tiers.reserved.source, &tiers.budgets.source];
    let sections = vec![sizes(tiers, &mut sources), older(tiers, &mut sources)];
    for key in cited {
        cite(&mut sources, tiers.sources.resolve(key));
    }
    Listing { topic: "tiers", sections, sources, hint: None }
}

fn sizes(tiers: &Tiers, sources: &mut Vec<String>) -> Section {
    let mut section = Section::new(
        "tiers",
        &[
            ("id", "--tier"),
            ("name", ""),
            ("cpu", "CPU"),
            ("ram_mb", "RAM (MiB)"),
            ("max_connections", "max. connections"),
            ("pooler_max_clients", "pooler clients"),
            ("default_pool_size", "default pool"),
            ("data_api_budget", "pools with Data API"),
            ("max_budget", "pools at most"),
            ("api_ids", ""),
            ("recommended_database_gb", ""),
            ("replication_slots", ""),
            ("wal_senders", ""),
            ("source", ""),
            ("as_of", ""),
            ("note", ""),
        ],
    );
    section.note = Some(format!("{} {}", tiers.max_connections_note.text, tiers.budgets.note));
    for tier in &tiers.tiers {
        let document = tiers.sources.resolve(&tier.source);
        cite(sources, document);
        section.rows.push(vec![
            tier.id.as_str().into(),
            tier.name.as_str().into(),
            tier.cpu.as_deref().into(),
            tier.ram_mb.into(),
            tier.max_connections.into(),
            tier.pooler_max_clients.into(),
            tier.default_pool_size.into(),
            tier.data_api_budget.into(),
            tier.max_budget.into(),
            tier.api_ids.as_slice().into(),
            tier.recommended_database_gb.into(),
            tier.replication_slots.into(),
            tier.wal_senders.into(),
            document.into(),
            tier.as_of.as_str().into(),
            tier.note.as_deref().into(),
        ]);
    }
    section
}

fn older(tiers: &Tiers, sources: &mut Vec<String>) -> Section {
    let guide = &tiers.sizing_guide;
    let mut section = Section::new(
        "sizing_guide",
        &[
            ("tier", "tier"),
            ("max_connections", "max. connections"),
            ("pool", "pool it recommends"),
            ("reserved", "left for the rest"),
            ("source", ""),
        ],
    );
    let document = tiers.sources.resolve(&guide.source);
    cite(sources, document);
    section.title.clone_from(&guide.title);
    section.note = Some(guide.note.clone());
    for row in &guide.rows {
        section.rows.push(vec![
            row.tier.as_str().into(),
            row.max_connections.into(),
            row.pool.into(),
            row.reserved.into(),
            document.into(),
        ]);
    }
    section
}
