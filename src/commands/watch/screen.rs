//! The loops around the screen: new pictures, keys, signals.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::live::Looks;
use super::writer::Writer;
use crate::cli::WatchArgs;
use crate::commands::output;
use crate::report::human::Detail;
use crate::watch::record::Recording;
use crate::watch::view::{self, Reaction, Theme};
use crate::watch::{Model, Picture, now_ms, terminal};

/// How often ages are drawn anew when nothing happens.
const REDRAW: Duration = Duration::from_secs(1);
/// From one observation of a replay to the next.
const REPLAY_STEP: Duration = Duration::from_millis(200);

/// What the terminal can show.
pub(super) fn theme(args: &WatchArgs) -> Theme {
    let look = output::look(args.color, Detail::Normal);
    Theme { color: look.color, unicode: look.unicode }
}

/// Draws what happens until it is over; whether the sampler gave up.
pub(super) async fn live(
    looks: &mut Looks,
    model: &mut Model,
    writer: &mut Writer,
    theme: Theme,
    over: impl Future<Output = ()>,
) -> Result<bool> {
    let mut terminal = terminal::Screen::take().context("failed to take over the terminal")?;
    let mut keys = terminal::events();
    let mut screen = view::Screen::default();
    let mut shown = model.picture();
    let mut more = true;
    let mut over = std::pin::pin!(over);
    loop {
        draw(&mut terminal, &shown, &mut screen, theme, now_ms())?;
        tokio::select! {
            biased;
            () = &mut over => return Ok(false),
            key = keys.recv() => match key {
                None => return Ok(false),
                Some(event) => if screen.react(&event, &shown) == Reaction::Quit {
                    return Ok(looks.gave_up);
                },
            },
            next = looks.next(), if more => if let Some(observation) = next {
                let picture = model.take(observation.clone());
                if !screen.paused {
                    shown = picture.clone();
                }
                writer.observe(&observation, picture, model)?;
            } else {
                more = false;
                if looks.is_broken().await {
                    return Ok(true);
                }
            },
            () = tokio::time::sleep(REDRAW) => {}
        }
    }
}

/// Shows a recording from its first observation on.
pub(super) async fn replay(
    recording: &Recording,
    model: &mut Model,
    theme: Theme,
    over: impl Future<Output = ()>,
) -> Result<()> {
    let observations = &recording.observations;
    let Some(first) = observations.first() else { return Ok(()) };
    let mut terminal = terminal::Screen::take().context("failed to take over the terminal")?;
    let mut keys = terminal::events();
    let mut screen = view::Screen::replay(observations.len());
    let mut shown = model.take(first.clone());
    let mut over = std::pin::pin!(over);
    loop {
        draw(&mut terminal, &shown, &mut screen, theme, shown.at_ms)?;
        let (at, playing) = screen.playback.map_or((0, false), |playback| (playback.at, playback.playing));
        let reaction = tokio::select! {
            biased;
            () = &mut over => Reaction::Quit,
            key = keys.recv() => key.map_or(Reaction::Quit, |event| screen.react(&event, &shown)),
            () = tokio::time::sleep(REPLAY_STEP), if playing => Reaction::Step(1),
        };
        let to = match reaction {
            Reaction::Quit => return Ok(()),
            Reaction::Draw => continue,
            Reaction::Step(by) => at.saturating_add_signed(by.into()).min(observations.len() - 1),
        };
        if to < at {
            *model = Model::new(recording.setup.clone(), first.at_ms());
            for observation in &observations[..=to] {
                shown = model.take(observation.clone());
            }
        } else if to > at {
            shown = model.take(observations[to].clone());
        }
        if let Some(playback) = &mut screen.playback {
            playback.at = to;
            playback.playing &= to + 1 < observations.len();
        }
    }
}

fn draw(
    terminal: &mut terminal::Screen,
    picture: &Picture,
    screen: &mut view::Screen,
    theme: Theme,
    now_ms: i64,
) -> Result<()> {
    let drawn = terminal.terminal.draw(|frame| view::draw(frame, picture, screen, theme, now_ms));
    drawn.map(|_| ()).context("failed to draw")
}
