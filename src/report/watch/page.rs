//! One look as a page of plain text: the verdict first, then the evidence, then what can be done.

use std::io::{self, Write};

use crate::report::escape::escape;
use crate::report::human::{Detail, Look};
use crate::watch::view::{duration, sparkline, trend_words};
use crate::watch::{Link, Picture, Termination, termination};

/// Most holders that are listed.
const MAX_HOLDERS: usize = 20;
/// Most statements that are offered.
const MAX_STATEMENTS: usize = 10;

/// Writes the page.
pub fn write(picture: &Picture, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let verdict = &picture.verdict;
    writeln!(out, "{}: {}", verdict.level.as_str(), escape(&verdict.headline))?;
    if let Some(culprit) = &verdict.culprit {
        writeln!(out, "who: {}", escape(culprit))?;
    }
    if let Link::Down { trouble, .. } = &picture.link {
        writeln!(out, "why: {}", escape(&trouble.message))?;
    }
    if let Some(first) = &verdict.first {
        writeln!(out, "first: {}", escape(first))?;
    }
    if look.detail == Detail::Quiet {
        return Ok(());
    }
    facts(picture, look, out)?;
    holders(picture, out)?;
    for suspect in &picture.suspects {
        writeln!(out, "suspected leak: {}: {}", escape(&suspect.key.words()), escape(&suspect.evidence()))?;
    }
    for note in &picture.notes {
        writeln!(out, "note: {}", escape(note))?;
    }
    if look.detail == Detail::Verbose {
        statements(picture, out)?;
    }
    Ok(())
}

fn facts(picture: &Picture, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let Some(slots) = &picture.slots else { return Ok(()) };
    writeln!(out, "\n{}", escape(&picture.label))?;
    if let Some(server) = &picture.server {
        let kind = if server.in_recovery { ", a replica" } else { "" };
        writeln!(out, "PostgreSQL {}{kind}", escape(&server.version))?;
    }
    writeln!(
        out,
        "slots: {} used, {} own, {} free of {} (max_connections {}, {} reserved)",
        slots.used, slots.own, slots.free, slots.usable, slots.max_connections, slots.reserved
    )?;
    if picture.history.len() > 1 {
        let chart = sparkline(&picture.history, slots.usable, 60, look.unicode);
        writeln!(out, "trend: {chart} {}", trend_words(picture.trend))?;
    }
    for pool in &picture.pools {
        let size = match (pool.size, &picture.pool_size_from) {
            (Some(size), Some(from)) => format!("of {size} ({from})"),
            (Some(size), None) => format!("of {size}"),
            (None, _) => "(size unknown: --pool-size)".to_owned(),
        };
        let who = format!("{}/{}", pool.role, pool.database);
        writeln!(out, "pool {}: {} server connections {size}, {} busy", escape(&who), pool.backends, pool.busy)?;
    }
    for role in &picture.roles {
        writeln!(out, "role {}: {} of the {} connections of its own limit", escape(&role.role), role.used, role.limit)?;
    }
    writeln!(out, "waiting clients: {}", escape(&picture.waiting.words()))?;
    if picture.blocked > 0 {
        writeln!(out, "waiting for a lock: {}", picture.blocked)?;
    }
    let server = picture.cost.server_ms.map(|ms| format!(", {ms:.1} ms of it in the server")).unwrap_or_default();
    writeln!(out, "own cost: {:.1} ms{server}", picture.cost.round_trip_ms)
}

fn holders(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    if picture.holdings.is_empty() {
        return Ok(());
    }
    let age = |seconds: Option<f64>| seconds.map_or_else(|| "-".to_owned(), duration);
    writeln!(out, "\n{:>4}  {:<22} {:<11} {:<11} holder", "n", "state", "in state", "transaction")?;
    for it in picture.holdings.iter().take(MAX_HOLDERS) {
        let service = it.service.map(|service| format!(" ({service})")).unwrap_or_default();
        let state = it.state.as_deref().unwrap_or("not visible");
        let who = format!("{}{service}", it.key.words());
        let (age, transaction) = (age(it.age_s), age(it.transaction_s));
        writeln!(out, "{:>4}  {:<22} {age:<11} {transaction:<11} {}", it.count, escape(state), escape(&who))?;
    }
    if picture.holdings.len() > MAX_HOLDERS {
        writeln!(out, "      and {} more", picture.holdings.len() - MAX_HOLDERS)?;
    }
    writeln!(out)
}

/// The statements for the sessions that are first in line: idle in a transaction, then the oldest transactions.
fn statements(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let others = picture.sessions.iter().filter(|line| !line.session.own);
    let offered: Vec<Termination> =
        others.filter_map(|line| termination(&line.session, picture.now_s)).take(MAX_STATEMENTS).collect();
    if offered.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nTo end one of these sessions (supascope never does):")?;
    for it in offered {
        writeln!(out, "  {}\n      -- {}", it.statement, escape(&it.hits))?;
    }
    Ok(())
}
