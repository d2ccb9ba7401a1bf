//! What happened, on a line of time.

use std::collections::VecDeque;

/// Most events that are kept.
const MAX_EVENTS: usize = 500;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The watch began.
    Started,
    /// The session was lost, or a query failed.
    Lost,
    /// It stands again.
    Recovered,
    /// No slot is free.
    Full,
    /// The server was restarted.
    Restart,
    /// Another server answers, or its role has changed.
    Failover,
    /// A setting of the server has changed.
    Changed,
    /// The line of 70 or 90 % was crossed, up or down.
    Threshold,
    /// A holder looks like a leak.
    Leak,
    /// A session is idle in its transaction, or its transaction is long.
    Transaction,
    /// An alert was raised.
    Alert,
    /// It is over.
    AlertOver,
}

impl EventKind {
    /// The name in lines and recordings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Lost => "lost",
            Self::Recovered => "recovered",
            Self::Full => "full",
            Self::Restart => "restart",
            Self::Failover => "failover",
            Self::Changed => "changed",
            Self::Threshold => "threshold",
            Self::Leak => "leak",
            Self::Transaction => "transaction",
            Self::Alert => "alert",
            Self::AlertOver => "alert-over",
        }
    }

    /// Whether somebody should look.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Lost | Self::Full | Self::Restart | Self::Failover | Self::Leak | Self::Alert)
    }
}

/// One thing that happened. Its text may hold names from the server: untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What kind.
    pub kind: EventKind,
    /// In words.
    pub text: String,
}

/// The events, oldest first; the number of all that ever were.
#[derive(Debug, Default)]
pub(super) struct Events {
    list: VecDeque<Event>,
    count: usize,
}

impl Events {
    pub(super) fn push(&mut self, at_ms: i64, kind: EventKind, text: impl Into<String>) {
        if self.list.len() == MAX_EVENTS {
            self.list.pop_front();
        }
        self.list.push_back(Event { at_ms, kind, text: text.into() });
        self.count += 1;
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.list.iter()
    }

    /// How many there have been.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Those from number `from` on, as far as they are still kept.
    pub(super) fn since(&self, from: usize) -> impl Iterator<Item = &Event> {
        let gone = self.count - self.list.len();
        self.list.iter().skip(from.saturating_sub(gone))
    }
}
