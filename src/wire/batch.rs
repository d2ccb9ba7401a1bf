//! A batch: extended-protocol messages that end in the one `Sync`, sent in one write; and the reply to it.

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;

use super::{ErrorFields, Message, WireError};

/// A row as text.
pub type Row = Vec<Option<String>>;

/// Messages to send in one write. Every text in it is written by supascope; builder errors (a NUL in a text) cannot
/// happen and are kept as a flag that fails the send.
#[derive(Default)]
pub struct Batch {
    bytes: BytesMut,
    statements: usize,
    broken: bool,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Unnamed Parse, Bind and Execute of one SQL statement. Its rows are the next entry of [`Reply::rows`].
    #[must_use]
    pub fn query(mut self, sql: &str) -> Self {
        self.parse("", sql);
        self.bind("");
        self.execute();
        self
    }

    /// Parse of a named statement, with Describe, Bind and Execute: one entry of [`Reply::rows`].
    #[must_use]
    pub fn prepare_and_run(mut self, name: &str, sql: &str) -> Self {
        self.parse(name, sql);
        let described = frontend::describe(b'S', name, &mut self.bytes);
        self.broken |= described.is_err();
        self.bind(name);
        self.execute();
        self
    }

    /// Bind and Execute of a statement that was prepared before; never with Describe, which a tracking Supavisor does
    /// not replay on another backend (measured, 2.8.8 and 2.9.7).
    #[must_use]
    pub fn run_prepared(mut self, name: &str) -> Self {
        self.bind(name);
        self.execute();
        self
    }

    /// Close of a named statement; closing an unknown one is no error.
    #[must_use]
    pub fn close(mut self, name: &str) -> Self {
        let closed = frontend::close(b'S', name, &mut self.bytes);
        self.broken |= closed.is_err();
        self
    }

    /// How many entries the reply has when everything succeeds.
    pub const fn statements(&self) -> usize {
        self.statements
    }

    /// The bytes of the one write, `Sync` included.
    pub fn into_bytes(mut self) -> Result<BytesMut, WireError> {
        if self.broken {
            return Err(WireError::Protocol { operation: "build a batch", what: "a text that cannot be sent" });
        }
        frontend::sync(&mut self.bytes);
        Ok(self.bytes)
    }

    fn parse(&mut self, name: &str, sql: &str) {
        let parsed = frontend::parse(name, sql, [], &mut self.bytes);
        self.broken |= parsed.is_err();
    }

    fn bind(&mut self, name: &str) {
        let bound =
            frontend::bind("", name, [], std::iter::empty::<()>(), |(), _| Ok(IsNull::Yes), [0], &mut self.bytes);
        self.broken |= bound.is_err();
    }

    fn execute(&mut self) {
        let executed = frontend::execute("", 0, &mut self.bytes);
        self.broken |= executed.is_err();
        self.statements += 1;
    }
}

/// The answer to a batch.
#[derive(Debug, Default)]
pub struct Reply {
    /// The rows of each statement that completed, in order.
    pub rows: Vec<Vec<Row>>,
    /// The error that stopped the batch.
    pub error: Option<ErrorFields>,
    /// Notices, at most 16.
    pub notices: Vec<ErrorFields>,
    /// The channels of notifications, at most 16.
    pub notifications: Vec<String>,
    /// The transaction status at the end; `None` when the connection ended with the error.
    pub status: Option<u8>,
    pending: Vec<Row>,
}

/// Most rows of one statement that are kept. supascope's own queries return fewer.
const MAX_ROWS: usize = 1000;
/// Most messages in a reply that are read at all.
pub(super) const MAX_MESSAGES: usize = 10_000;
/// Most bytes of a reply, in all its messages: as many rows as may be kept, each as long as one message may be, would be
/// a gigabyte.
pub(super) const MAX_REPLY_BYTES: usize = 2 << 20;

impl Reply {
    /// The single value of a statement's first row.
    pub fn value(&self, statement: usize, column: usize) -> Option<&str> {
        self.rows.get(statement)?.first()?.get(column)?.as_deref()
    }

    /// Takes in one message; says whether the reply is complete.
    pub(super) fn take(&mut self, message: Message, operation: &'static str) -> Result<bool, WireError> {
        match message {
            Message::Row(row) => {
                if self.pending.len() >= MAX_ROWS {
                    return Err(WireError::Protocol { operation, what: "more rows than were asked for" });
                }
                self.pending.push(row);
            }
            Message::Complete => self.rows.push(std::mem::take(&mut self.pending)),
            Message::Error(fields) => {
                let fatal = fields.is_fatal();
                // 2.8.8 sends a second error behind a relayed one; the first says more.
                self.error.get_or_insert(fields);
                return Ok(fatal);
            }
            Message::Notice(fields) if self.notices.len() < 16 => self.notices.push(fields),
            Message::Notification(channel) if self.notifications.len() < 16 => self.notifications.push(channel),
            Message::Ready(status) => {
                self.status = Some(status);
                return Ok(true);
            }
            Message::Auth(_) => {
                return Err(WireError::Protocol { operation, what: "an authentication message after the login" });
            }
            _ => {}
        }
        Ok(false)
    }
}
