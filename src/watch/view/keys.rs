//! The keys, in one line.

use ratatui::text::{Line, Span};

use super::{Screen, Tab, Theme};

pub(super) fn line(screen: &Screen, theme: Theme, width: u16) -> Line<'static> {
    let sort = format!("sort: {}{}", screen.sort.as_str(), if screen.reverse { " (reversed)" } else { "" });
    let mut keys: Vec<(&str, String)> = vec![("q", "quit".to_owned())];
    if let Some(playback) = &screen.playback {
        let state = if playback.playing { "stop" } else { "play" };
        keys.push(("space", format!("{state} {}/{}", playback.at + 1, playback.of)));
        keys.push(("left/right", "step".to_owned()));
    } else {
        keys.push(("p", if screen.paused { "PAUSED, go on" } else { "pause" }.to_owned()));
    }
    let tab = match screen.tab {
        Tab::Holders => "sessions",
        Tab::Sessions => "events",
        Tab::Events => "holders",
    };
    keys.push(("tab", tab.to_owned()));
    if screen.tab == Tab::Holders {
        keys.push(("s", sort));
        keys.push(("r", "reverse".to_owned()));
        keys.push(("enter", "its sessions".to_owned()));
    } else if screen.filter.is_some() {
        keys.push(("esc", "all sessions".to_owned()));
    }
    if screen.tab != Tab::Events {
        keys.push(("k", "how to end it".to_owned()));
    }
    keys.push(("?", "help".to_owned()));
    let mut spans = Vec::new();
    let mut taken = 0;
    for (key, what) in keys {
        taken += key.len() + what.len() + 3;
        if taken > usize::from(width) {
            break;
        }
        spans.push(Span::styled(key.to_owned(), Theme::strong()));
        spans.push(Span::styled(format!(" {what}  "), theme.faint()));
    }
    Line::from(spans)
}
