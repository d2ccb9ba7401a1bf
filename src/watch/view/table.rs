//! Who holds the slots: holders, or each session.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Row, StatefulWidget as _, Table};

use super::{Screen, Tab, Theme, short};
use crate::watch::holder::Holding;
use crate::watch::{IDLE_IN_TRANSACTION_S, LONG_TRANSACTION_S, Level, Picture, SessionLine};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture, screen: &mut Screen, theme: Theme, tab: Tab) {
    let (first, rows): (&str, Vec<Row<'static>>) = if tab == Tab::Holders {
        ("N", screen.holdings(picture).iter().map(|holding| of_holding(holding, theme)).collect())
    } else {
        ("PID", screen.sessions(picture).iter().map(|line| of_session(line, picture.now_s, theme)).collect())
    };
    screen.rows = rows.len();
    if rows.is_empty() {
        screen.table.select(None);
    } else if screen.table.selected().is_none_or(|selected| selected >= rows.len()) {
        screen.table.select(Some(0));
    }
    let widths = [
        Constraint::Length(if tab == Tab::Holders { 4 } else { 8 }),
        Constraint::Length(12),
        Constraint::Length(5),
        Constraint::Length(5),
        Constraint::Fill(5),
        Constraint::Fill(5),
        Constraint::Fill(5),
        Constraint::Fill(5),
    ];
    let header =
        Row::new([first, "STATE", "AGE", "TRANS", "SERVICE", "ROLE", "APPLICATION", "CLIENT"]).style(theme.faint());
    let table = Table::new(rows, widths).header(header).column_spacing(1).row_highlight_style(Theme::selected());
    table.render(area, buffer, &mut screen.table);
}

fn of_holding(it: &Holding, theme: Theme) -> Row<'static> {
    let style = style(it.state.as_deref(), it.age_s, it.transaction_s, it.own, theme);
    let cells = [
        it.count.to_string(),
        state(it.state.as_deref(), it.blocked > 0),
        age(it.age_s),
        age(it.transaction_s),
        it.service.unwrap_or("-").to_owned(),
        Theme::text(&it.key.role).into_owned(),
        Theme::text(&it.key.application).into_owned(),
        Theme::text(&it.key.address).into_owned(),
    ];
    Row::new(cells).style(style)
}

fn of_session(line: &SessionLine, now_s: f64, theme: Theme) -> Row<'static> {
    let it = &line.session;
    let (in_state, transaction) = (it.age_s(now_s), it.transaction_age_s(now_s));
    let cells = [
        if it.pid > 0 { it.pid.to_string() } else { "-".to_owned() },
        state(it.state.as_deref(), it.blocked),
        age(in_state),
        age(transaction),
        line.service.unwrap_or("-").to_owned(),
        Theme::text(&it.role).into_owned(),
        Theme::text(&it.application).into_owned(),
        Theme::text(it.address.as_deref().unwrap_or("-")).into_owned(),
    ];
    Row::new(cells).style(style(it.state.as_deref(), in_state, transaction, it.own, theme))
}

fn style(state: Option<&str>, age: Option<f64>, transaction: Option<f64>, own: bool, theme: Theme) -> Style {
    let idle = state.is_some_and(|state| state.starts_with("idle in transaction"));
    if own {
        theme.faint()
    } else if idle && age.is_some_and(|age| age >= IDLE_IN_TRANSACTION_S) {
        theme.level(Level::Critical)
    } else if idle || transaction.is_some_and(|age| age >= LONG_TRANSACTION_S) {
        theme.level(Level::Warning)
    } else {
        Style::new()
    }
}

/// The state in twelve characters.
fn state(state: Option<&str>, blocked: bool) -> String {
    let short = match state {
        None => "not visible",
        Some(_) if blocked => "waits (lock)",
        Some("idle in transaction") => "idle in tx",
        Some("idle in transaction (aborted)") => "aborted tx",
        Some("fastpath function call") => "fastpath",
        Some(state) => state,
    };
    crate::report::escape::escape(short).into_owned()
}

fn age(seconds: Option<f64>) -> String {
    seconds.map(short).unwrap_or_default()
}
