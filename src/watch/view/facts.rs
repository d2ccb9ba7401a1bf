//! Single lines of facts: where, states, pools, notes.

use ratatui::text::{Line, Span};

use super::theme::wrap;
use super::{Theme, duration};
use crate::watch::{IDLE_IN_TRANSACTION_S, Level, Picture};

/// Where, which server, how old, at what cost.
pub(super) fn place(picture: &Picture, theme: Theme, now_ms: i64) -> Line<'static> {
    let mut spans = Vec::new();
    if let Some(age) = picture.age_s(now_ms).filter(|age| *age > STALE_S) {
        let words = format!("picture is {} old{}", duration(age), theme.dot());
        spans.push(Span::styled(words, theme.level(Level::Warning)));
    }
    spans.push(Span::styled(Theme::text(&picture.label).into_owned(), theme.faint()));
    if let Some(server) = &picture.server {
        // "15.8 (Debian ...)": the number is enough.
        let version = server.version.split(' ').next().unwrap_or_default();
        let replica = if server.in_recovery { " replica" } else { "" };
        spans.push(Span::styled(format!("{}PG {}{replica}", theme.dot(), Theme::text(version)), theme.faint()));
    }
    let cost = picture.cost;
    let server = cost.server_ms.map(|ms| format!(" ({ms:.0} in the server)")).unwrap_or_default();
    spans.push(Span::styled(format!("{}cost {:.0} ms{server}", theme.dot(), cost.round_trip_ms), theme.faint()));
    Line::from(spans)
}

/// From this age on a picture says so.
const STALE_S: f64 = 5.0;

/// How many are in which state.
pub(super) fn states(picture: &Picture, theme: Theme) -> Line<'static> {
    let mut spans = vec![Span::styled("state ", Theme::strong())];
    for (at, (state, count)) in picture.states.iter().enumerate() {
        let idle = state.starts_with("idle in transaction");
        let bad = idle && picture.longest_idle_s.is_some_and(|age| age >= IDLE_IN_TRANSACTION_S);
        let style = if bad { theme.level(Level::Warning) } else { ratatui::style::Style::new() };
        let separator = if at == 0 { "" } else { ", " };
        spans.push(Span::raw(separator));
        spans.push(Span::styled(format!("{count} {}", Theme::text(state)), style));
        if idle && let Some(age) = picture.longest_idle_s {
            spans.push(Span::styled(format!(" (longest {})", duration(age)), style));
        }
    }
    if picture.blocked > 0 {
        let words = format!("{}{} wait for a lock", theme.dot(), picture.blocked);
        spans.push(Span::styled(words, theme.level(Level::Warning)));
    }
    if let Some(age) = picture.oldest_transaction_s {
        spans.push(Span::raw(format!("{}oldest transaction {}", theme.dot(), duration(age))));
    }
    Line::from(spans)
}

/// The poolers and the clients that wait.
pub(super) fn pools(picture: &Picture, theme: Theme) -> Line<'static> {
    let mut spans = vec![Span::styled("pool  ", Theme::strong())];
    for pool in picture.pools.iter().take(2) {
        let who = format!("{}/{}", Theme::text(&pool.role), Theme::text(&pool.database));
        let words = match (pool.size, pool.used_percent()) {
            (Some(size), Some(percent)) => {
                format!("{who} {} of {size} ({percent} %), {} busy", pool.backends, pool.busy)
            }
            _ => format!("{who} {} connections, {} busy, size unknown (--pool-size)", pool.backends, pool.busy),
        };
        let style = if pool.full { theme.level(Level::Critical) } else { ratatui::style::Style::new() };
        spans.push(Span::styled(words, style));
        spans.push(Span::raw(theme.dot()));
    }
    if picture.pools.len() > 2 {
        spans.push(Span::raw(format!("and {} more{}", picture.pools.len() - 2, theme.dot())));
    }
    let waiting = picture.waiting.clients().unwrap_or_default() > 0;
    let style = if waiting { theme.level(Level::Critical) } else { theme.faint() };
    spans.push(Span::styled(format!("waiting clients: {}", Theme::text(&picture.waiting.words())), style));
    Line::from(spans)
}

/// Limits of roles, alerts, and what to know about the picture.
pub(super) fn notes(picture: &Picture, theme: Theme, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width).saturating_sub(7);
    let mut lines = Vec::new();
    let mut push = |label: &str, text: &str, style, most| {
        for (at, line) in wrap(&Theme::text(text), width, most).into_iter().enumerate() {
            let label = if at == 0 { format!("{label:6}") } else { "      ".to_owned() };
            lines.push(Line::from(vec![Span::styled(label, Theme::strong()), Span::styled(line, style)]));
        }
    };
    if !picture.alerts.is_empty() {
        push("alert", &picture.alerts.join(", "), theme.level(Level::Critical), 1);
    }
    for role in picture.roles.iter().filter(|role| role.used * 10 >= role.limit * 7).take(1) {
        let words = format!("{} has {} of the {} connections of its own limit", role.role, role.used, role.limit);
        push("role", &words, theme.level(Level::Warning), 1);
    }
    let changes: Vec<String> = picture
        .changes
        .iter()
        .take(3)
        .map(|change| {
            let name = if change.key.application.is_empty() { &change.key.role } else { &change.key.application };
            format!("{name} {} -> {}", change.before, change.now)
        })
        .collect();
    if !changes.is_empty() {
        push("since", &format!("start: {}", changes.join(", ")), ratatui::style::Style::new(), 1);
    }
    for note in picture.notes.iter().take(1) {
        push("note", note, theme.faint(), 2);
    }
    lines
}
