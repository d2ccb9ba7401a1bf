//! What the user has chosen to see, and what keys do.

use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::widgets::TableState;

use crate::watch::holder::{self, HolderKey, Holding, SortBy};
use crate::watch::{Picture, SessionLine, Termination, termination};

/// What the table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tab {
    /// Holders.
    #[default]
    Holders,
    /// Each session.
    Sessions,
    /// Events.
    Events,
}

/// What lies over the screen until the next key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    Nothing,
    /// The keys at length.
    Help,
    /// The statement that would end the selected session.
    Statement,
}

/// Where a replay stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Playback {
    /// The observation that is shown, from 0.
    pub at: usize,
    /// How many there are.
    pub of: usize,
    /// Whether it goes on by itself.
    pub playing: bool,
}

/// What the user has chosen to see.
#[derive(Debug, Default)]
pub struct Screen {
    /// What the table shows.
    pub tab: Tab,
    /// What holders are sorted by.
    pub sort: SortBy,
    /// The other way round.
    pub reverse: bool,
    /// Sessions of this holder and state only.
    pub filter: Option<(HolderKey, Option<String>)>,
    /// The selected line.
    pub table: TableState,
    /// How many lines the table has.
    pub rows: usize,
    /// New pictures are not shown.
    pub paused: bool,
    /// What lies over it.
    pub overlay: Overlay,
    /// A replay.
    pub playback: Option<Playback>,
}

/// What a key asks of the loop around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing but to draw again.
    Draw,
    /// To end.
    Quit,
    /// So many observations on, or back.
    Step(i8),
}

impl Screen {
    /// A replay of so many observations.
    pub fn replay(of: usize) -> Self {
        Self { playback: Some(Playback { at: 0, of, playing: of > 1 }), ..Self::default() }
    }

    /// Takes in a key or a resize.
    pub fn react(&mut self, event: &Event, picture: &Picture) -> Reaction {
        let Event::Key(key) = event else { return Reaction::Draw };
        if key.kind == KeyEventKind::Release {
            return Reaction::Draw;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return Reaction::Quit;
        }
        if std::mem::take(&mut self.overlay) != Overlay::Nothing {
            return Reaction::Draw;
        }
        match key.code {
            KeyCode::Char('q') => return Reaction::Quit,
            KeyCode::Char('?' | 'h') => self.overlay = Overlay::Help,
            KeyCode::Char('p' | ' ') => match &mut self.playback {
                Some(playback) => playback.playing = !playback.playing,
                None => self.paused = !self.paused,
            },
            KeyCode::Left => return Reaction::Step(-1),
            KeyCode::Right => return Reaction::Step(1),
            KeyCode::Tab => self.show(match self.tab {
                Tab::Holders => Tab::Sessions,
                Tab::Sessions => Tab::Events,
                Tab::Events => Tab::Holders,
            }),
            KeyCode::Char('s') => self.sort = self.sort.next(),
            KeyCode::Char('r') => self.reverse = !self.reverse,
            KeyCode::Char('k') if self.tab != Tab::Events => self.overlay = Overlay::Statement,
            KeyCode::Enter if self.tab == Tab::Holders => {
                let at = self.table.selected().unwrap_or(0);
                let chosen = self.holdings(picture).into_iter().nth(at).map(|holding| (holding.key, holding.state));
                self.show(Tab::Sessions);
                self.filter = chosen;
            }
            KeyCode::Esc => self.filter = None,
            KeyCode::Up => self.select(-1),
            KeyCode::Down => self.select(1),
            KeyCode::PageUp => self.select(-10),
            KeyCode::PageDown => self.select(10),
            _ => {}
        }
        Reaction::Draw
    }

    fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.filter = None;
        self.table.select(Some(0));
    }

    fn select(&mut self, by: isize) {
        let last = self.rows.saturating_sub(1);
        let at = self.table.selected().unwrap_or(0).saturating_add_signed(by).min(last);
        self.table.select(Some(at));
    }

    /// The holders in the chosen order.
    pub fn holdings(&self, picture: &Picture) -> Vec<Holding> {
        let mut holdings = picture.holdings.clone();
        if self.sort != SortBy::Trouble || self.reverse {
            holder::sort(&mut holdings, self.sort, self.reverse);
        }
        holdings
    }

    /// The sessions that the filter lets through.
    pub fn sessions<'p>(&self, picture: &'p Picture) -> Vec<&'p SessionLine> {
        let passes = |line: &&SessionLine| {
            self.filter
                .as_ref()
                .is_none_or(|(key, state)| HolderKey::of(&line.session) == *key && line.session.state == *state)
        };
        picture.sessions.iter().filter(passes).collect()
    }

    /// The statement for the selected session; for a holder, for the first of its sessions.
    pub fn termination(&self, picture: &Picture) -> Option<Termination> {
        if self.overlay != Overlay::Statement {
            return None;
        }
        let at = self.table.selected().unwrap_or(0);
        let line = if self.tab == Tab::Holders {
            let holding = self.holdings(picture).into_iter().nth(at)?;
            picture
                .sessions
                .iter()
                .find(|line| HolderKey::of(&line.session) == holding.key && line.session.state == holding.state)
        } else {
            self.sessions(picture).into_iter().nth(at)
        };
        termination(&line?.session, picture.now_s)
    }
}
