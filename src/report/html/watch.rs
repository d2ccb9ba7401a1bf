//! A watch, or its recording, as a page: the worst moment first, then headroom and connections over time, who holds
//! them, what happened.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::chart;
use super::page::{Page, Tone};
use super::timeline::{Moment, Timeline};
use crate::explain::show_time;
use crate::watch::view::{duration, trend_words};
use crate::watch::{Event, Level, Link, Picture, Verdict};

/// Most moments that are drawn: more than a screen has columns for.
const MAX_MOMENTS: usize = 600;
/// Most series of a chart; the smaller ones are summed up.
const MAX_SERIES: usize = 6;
/// Most holders of one moment that are kept apart.
const MAX_HOLDERS: usize = 24;
/// Most rows of a table.
const MAX_ROWS: usize = 100;
/// The series of all that have none of their own.
const OTHERS: &str = "others";

/// What is kept of a watch of any length. Pure; its size is bounded: where it grows too long, neighbours become one, and
/// the fuller one stays.
#[derive(Default)]
pub struct Film {
    frames: Vec<Frame>,
    worst: Option<Worst>,
    last: Option<Picture>,
}

/// The worst moment: the highest level, and of these the one with most connections.
struct Worst {
    at_ms: i64,
    used: u32,
    verdict: Verdict,
}

struct Frame {
    at_ms: i64,
    seen: Option<Seen>,
}

struct Seen {
    used: u32,
    free: u32,
    usable: u32,
    states: BTreeMap<String, u32>,
    holders: BTreeMap<String, u32>,
}

impl Frame {
    fn of(picture: &Picture) -> Self {
        let up = picture.link == Link::Up;
        let seen = picture.slots.as_ref().filter(|_| up).map(|slots| {
            let mut holders: BTreeMap<String, u32> = BTreeMap::new();
            for held in picture.holdings.iter().filter(|held| !held.own) {
                *holders.entry(held.service.map_or_else(|| held.key.words(), str::to_owned)).or_default() += held.count;
            }
            if holders.len() > MAX_HOLDERS {
                let mut largest: Vec<(String, u32)> = holders.into_iter().collect();
                largest.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
                largest.truncate(MAX_HOLDERS);
                holders = largest.into_iter().collect();
            }
            Seen {
                used: slots.used,
                free: slots.free,
                usable: slots.usable,
                states: picture.states.iter().cloned().collect(),
                holders,
            }
        });
        Self { at_ms: picture.at_ms, seen }
    }

    /// What a moment without an answer says is never lost; of two answers the fuller one stays.
    fn merged(self, other: Self) -> Self {
        let fullness = |frame: &Self| frame.seen.as_ref().map_or(u32::MAX, |seen| seen.used);
        if fullness(&other) > fullness(&self) { other } else { self }
    }
}

impl Film {
    /// Adds what was seen.
    pub fn add(&mut self, picture: Picture) {
        self.frames.push(Frame::of(&picture));
        if self.frames.len() >= 2 * MAX_MOMENTS {
            let mut frames = std::mem::take(&mut self.frames).into_iter();
            while let Some(frame) = frames.next() {
                self.frames.push(match frames.next() {
                    Some(next) => frame.merged(next),
                    None => frame,
                });
            }
        }
        let used = picture.slots.as_ref().filter(|_| picture.link == Link::Up).map_or(0, |slots| slots.used);
        let rank = (picture.verdict.level, used);
        if self.worst.as_ref().is_none_or(|worst| rank > (worst.verdict.level, worst.used)) {
            self.worst = Some(Worst { at_ms: picture.at_ms, used, verdict: picture.verdict.clone() });
        }
        self.last = Some(picture);
    }

    /// Writes the page; nothing when nothing was added.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (Some(picture), Some(worst)) = (&self.last, &self.worst) else { return Ok(()) };
        let mut page = Page::new(&format!("supascope: connections of {}", picture.label));
        page.element("p", "faint", &self.period(picture));
        if worst.verdict.level > picture.verdict.level {
            let level = worst.verdict.level;
            page.heading(&format!("Worst, at {}", time(worst.at_ms)), tone(level), level.as_str());
            push_words(&mut page, &worst.verdict);
        }
        push_verdict(&mut page, picture);
        self.push_charts(&mut page);
        push_holders(&mut page, picture);
        push_facts(&mut page, picture);
        push_events(&mut page, &picture.events);
        out.write_all(page.finish().as_bytes())
    }

    fn period(&self, picture: &Picture) -> String {
        let lasted = duration(crate::watch::seconds(picture.since_ms, picture.at_ms));
        let looks = picture.cost.looks;
        match self.frames.len() {
            0 | 1 => format!("One look, {}.", time(picture.at_ms)),
            _ => format!("{} to {}: {lasted}, {looks} looks.", time(picture.since_ms), time(picture.at_ms)),
        }
    }

    fn push_charts(&self, page: &mut Page) {
        let Some(usable) = self.frames.iter().filter_map(|frame| Some(frame.seen.as_ref()?.usable)).next_back() else {
            page.element("p", "", "The database never answered: there is nothing to draw.");
            return;
        };
        if self.frames.len() < 2 {
            return;
        }
        let limit = f64::from(usable);
        page.element("h3", "", "Headroom: connections that ordinary roles can still take");
        let free = |seen: &Seen| vec![f64::from(seen.free)];
        let lines = [(limit, "all".to_owned()), (limit * 0.1, "10 %".to_owned())];
        self.draw(page, "free connections over time", &["free".to_owned()], &lines, &free);
        let lines = [(limit, "limit".to_owned()), (limit * 0.7, "70 %".to_owned())];
        page.element("h3", "", "Connections by state");
        self.push_stacked(page, "connections by state over time", &lines, |seen| &seen.states);
        page.element("h3", "", "Connections by holder");
        self.push_stacked(page, "connections by holder over time", &lines, |seen| &seen.holders);
    }

    /// The largest series, and one of all others.
    fn push_stacked(
        &self,
        page: &mut Page,
        title: &str,
        lines: &[(f64, String)],
        pick: fn(&Seen) -> &BTreeMap<String, u32>,
    ) {
        let mut most: BTreeMap<&str, u32> = BTreeMap::new();
        for seen in self.frames.iter().filter_map(|frame| frame.seen.as_ref()) {
            for (name, count) in pick(seen) {
                let highest = most.entry(name).or_default();
                *highest = (*highest).max(*count);
            }
        }
        let mut names: Vec<(&str, u32)> = most.into_iter().collect();
        names.sort_by_key(|(name, most)| (std::cmp::Reverse(*most), *name));
        let mut names: Vec<String> = names.into_iter().take(MAX_SERIES).map(|(name, _)| name.to_owned()).collect();
        let series = names.clone();
        let amounts = move |seen: &Seen| {
            let of = pick(seen);
            let mut amounts: Vec<f64> =
                series.iter().map(|name| f64::from(of.get(name).copied().unwrap_or_default())).collect();
            amounts.push((f64::from(seen.used) - amounts.iter().sum::<f64>()).max(0.0));
            amounts
        };
        names.push(OTHERS.to_owned());
        self.draw(page, title, &names, lines, &amounts);
    }

    fn draw(
        &self,
        page: &mut Page,
        title: &str,
        names: &[String],
        lines: &[(f64, String)],
        amounts: &dyn Fn(&Seen) -> Vec<f64>,
    ) {
        let mut moments: Vec<Moment> = self
            .frames
            .iter()
            .map(|frame| Moment { at_ms: frame.at_ms, amounts: frame.seen.as_ref().map(amounts) })
            .collect();
        // A series that never has anything is not worth a place in the legend.
        let last = names.len() - 1;
        let mut names = names;
        if last > 0 && moments.iter().flat_map(|moment| &moment.amounts).all(|amounts| amounts[last] == 0.0) {
            names = &names[..last];
            for amounts in moments.iter_mut().filter_map(|moment| moment.amounts.as_mut()) {
                amounts.truncate(last);
            }
        }
        page.markup(&Timeline { title, names, moments: &moments, lines }.draw());
    }
}

const fn tone(level: Level) -> Tone {
    match level {
        Level::Ok => Tone::Good,
        Level::Unknown => Tone::Note,
        Level::Warning => Tone::Doubt,
        Level::Critical => Tone::Bad,
    }
}

fn time(at_ms: i64) -> String {
    format!("{} UTC", show_time(at_ms.div_euclid(1000)).replace('T', " "))
}

fn push_verdict(page: &mut Page, picture: &Picture) {
    page.heading("At the end", tone(picture.verdict.level), picture.verdict.level.as_str());
    push_words(page, &picture.verdict);
    if let Link::Down { trouble, .. } = &picture.link {
        page.element("p", "", &format!("Why: {}", trouble.message));
    }
    if let Some(slots) = &picture.slots {
        let parts: Vec<chart::Part> = picture
            .states
            .iter()
            .map(|(state, count)| chart::Part { name: state.clone(), amount: (*count).into() })
            .chain((slots.own > 0).then(|| chart::Part { name: "this watch".to_owned(), amount: slots.own.into() }))
            .collect();
        page.markup(&chart::bar(
            &parts,
            slots.usable.into(),
            Some((f64::from(slots.usable) * 0.7, "70 %")),
            "connections",
        ));
        page.element("p", "", &format!("Trend: {}.", trend_words(picture.trend)));
    }
    for alert in &picture.alerts {
        page.element("p", "bad", &format!("Alert: {alert}"));
    }
}

fn push_words(page: &mut Page, verdict: &Verdict) {
    page.element("p", "", &verdict.headline);
    if let Some(culprit) = &verdict.culprit {
        page.element("p", "", &format!("Who: {culprit}"));
    }
    if let Some(first) = &verdict.first {
        page.element("p", "", &format!("First: {first}"));
    }
}

fn push_holders(page: &mut Page, picture: &Picture) {
    for suspect in &picture.suspects {
        page.element("p", "doubt", &format!("Suspected leak: {}: {}", suspect.key.words(), suspect.evidence()));
    }
    if picture.holdings.is_empty() {
        return;
    }
    page.element("h3", "", "Who held them at the end");
    let age = |seconds: Option<f64>| seconds.map_or_else(|| "-".to_owned(), duration);
    let rows = picture.holdings.iter().take(MAX_ROWS).map(|held| {
        let service = held.service.map(|service| format!(" ({service})")).unwrap_or_default();
        vec![
            held.count.to_string(),
            held.state.clone().unwrap_or_else(|| "not visible".to_owned()),
            age(held.age_s),
            age(held.transaction_s),
            format!("{}{service}", held.key.words()),
        ]
    });
    page.table(&["connections#", "state", "in state", "transaction", "holder"], rows);
    push_rest(page, picture.holdings.len());
}

fn push_facts(page: &mut Page, picture: &Picture) {
    page.element("h3", "", "Evidence");
    let mut facts: Vec<Vec<String>> = Vec::new();
    let mut push = |what: &str, value: String| facts.push(vec![what.to_owned(), value]);
    if let Some(server) = &picture.server {
        let kind = if server.in_recovery { ", a replica" } else { "" };
        push("server", format!("PostgreSQL {}{kind}", server.version));
    }
    if let Some(slots) = &picture.slots {
        let limits = format!("max_connections {}, {} reserved", slots.max_connections, slots.reserved);
        push(
            "slots",
            format!("{} used, {} own, {} free of {} ({limits})", slots.used, slots.own, slots.free, slots.usable),
        );
    }
    for pool in &picture.pools {
        let size = pool.size.map_or_else(|| "unknown".to_owned(), |size| size.to_string());
        let what = format!("pool {}/{}", pool.role, pool.database);
        push(&what, format!("{} server connections, {} busy, size {size}", pool.backends, pool.busy));
    }
    for role in &picture.roles {
        push(&format!("role {}", role.role), format!("{} of the {} of its own limit", role.used, role.limit));
    }
    push("waiting clients", picture.waiting.words());
    push("waiting for a lock", picture.blocked.to_string());
    push("what watching cost", format!("{} looks, the last {:.1} ms", picture.cost.looks, picture.cost.round_trip_ms));
    page.table(&["what", "value"], facts);
    for note in &picture.notes {
        page.element("p", "faint small", &format!("Note: {note}"));
    }
}

fn push_events(page: &mut Page, events: &[Event]) {
    if events.is_empty() {
        return;
    }
    page.element("h3", "", "What happened");
    let latest = events.iter().rev().take(MAX_ROWS).rev();
    let row = |event: &Event| vec![time(event.at_ms), event.kind.as_str().to_owned(), event.text.clone()];
    page.table(&["when", "what", ""], latest.map(row));
    push_rest(page, events.len());
}

fn push_rest(page: &mut Page, length: usize) {
    if length > MAX_ROWS {
        page.element("p", "faint small", &format!("{} more are not listed.", length - MAX_ROWS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::escape::is_unsafe;
    use crate::watch::testing::{at, idle, look, own, session, setup};
    use crate::watch::{Model, Observation, Setup, Trouble};

    fn page(setup: Setup, observations: Vec<Observation>) -> String {
        let start = observations.first().map_or(0, Observation::at_ms);
        let mut model = Model::new(setup, start);
        let mut film = Film::default();
        for observation in observations {
            film.add(model.take(observation));
        }
        let mut out = Vec::new();
        film.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn refused(second: i64) -> Observation {
        let at_ms = 1_700_000_000_000 + second * 1000;
        Observation::Failure(Trouble::new(at_ms, "127.0.0.1:5432: refused <b>\u{1b}[2J".to_owned(), None, true))
    }

    /// Connections rise, the database goes away, and few are left when it is back.
    fn incident() -> Vec<Observation> {
        let sessions = |second: i64, count: i32| {
            let mut sessions = vec![own(second)];
            sessions.extend((0..count).map(|pid| idle(100 + pid, "web", at(-60), at(second - 1))));
            sessions.push(session(50, "authenticator", "postgrest", "active", at(second)));
            sessions.push(session(51, "etl", "<script>alert(1)</script>\u{202e}", "idle in transaction", at(-90)));
            sessions
        };
        let mut seen: Vec<Observation> =
            (0..30).map(|step| look(step * 10, sessions(step * 10, i32::try_from(step).unwrap() * 2))).collect();
        seen.extend([refused(300), refused(310)]);
        seen.extend((32..40).map(|step| look(step * 10, sessions(step * 10, 4))));
        seen
    }

    #[test]
    fn the_pages_look_as_before() {
        let setup = || Setup { label: "a<b>&c:5432/postgres".to_owned(), ..setup() };
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("watch-html-incident", page(setup(), incident()));
            insta::assert_snapshot!("watch-html-once", page(setup(), vec![look(0, vec![own(0), idle(7, "web", at(-9), at(-3))])]));
            insta::assert_snapshot!("watch-html-unreachable", page(setup(), vec![refused(0), refused(1)]));
            insta::assert_snapshot!("watch-html-empty", page(setup(), Vec::new()));
        });
    }

    #[test]
    fn what_servers_say_is_text_and_nothing_is_loaded_from_elsewhere() {
        let page = page(setup(), incident());
        assert!(!page.contains(|c| c != '\n' && is_unsafe(c)));
        for forbidden in ["<script", "<b>", "src=", "href=", "url(", "@import", "http://", "https://"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    /// The end may be calm: whoever reads the page of an incident asks how bad it was.
    #[test]
    fn the_worst_moment_is_told_when_the_end_is_better() {
        let page = page(setup(), incident());
        assert!(page.contains("Worst, at 2023-11-14 "), "{page}");
        assert!(page.contains("no answer"), "the gap is in the legend");
    }

    #[test]
    fn a_long_watch_takes_no_more_room_and_keeps_the_peak_and_the_gap() {
        let mut film = Film::default();
        let mut model = Model::new(setup(), 0);
        for second in 0..5000 {
            let count = if second == 2500 { 40 } else { 3 };
            let observation = match second {
                1234 => refused(second),
                _ => look(second, (0..count).map(|pid| idle(pid, "web", at(-9), at(second))).collect()),
            };
            film.add(model.take(observation));
        }
        assert!(film.frames.len() < 2 * MAX_MOMENTS, "{}", film.frames.len());
        assert_eq!(film.frames.iter().filter_map(|frame| Some(frame.seen.as_ref()?.used)).max(), Some(40));
        assert_eq!(film.frames.iter().filter(|frame| frame.seen.is_none()).count(), 1);
    }
}
