//! The edge: one connection, one query a look; a failure is told, and tried again after a pause.

use std::time::{Duration, Instant};

use tokio_postgres::SimpleQueryMessage;

use super::{Full, Observation, PoolRow, Sample, Seen, Trouble, now_ms, query};
use crate::client::{ConnectError, Dialer, Retry, Session, is_lost, server_error};
use crate::probe::Refusal;

/// How long an answer may take. The server gives up after two seconds of work; the rest is for a pooler's queue.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Pauses between logins, in seconds; the last one goes on.
const PAUSES_S: [u64; 6] = [1, 2, 4, 8, 15, 30];

/// Looks at one database.
pub struct Sampler {
    dialer: Dialer,
    session: Option<Session>,
    console: Option<Console>,
    interval: Duration,
    /// Whether the role may see the system identifier; taken for granted until it is refused.
    with_control: bool,
    failures: usize,
}

impl Sampler {
    /// `console` is the way to a PgBouncer's admin console.
    pub fn new(dialer: Dialer, console: Option<Dialer>, interval: Duration) -> Self {
        let console = console.map(Console::new);
        Self { dialer, session: None, console, interval, with_control: true, failures: 0 }
    }

    /// One look. Opens the session when there is none: one login at most.
    pub async fn look(&mut self) -> Observation {
        let (seen, pools) =
            tokio::join!(look_at_database(&self.dialer, &mut self.session, &mut self.with_control), async {
                match self.console.as_mut() {
                    Some(console) => console.look().await,
                    None => None,
                }
            });
        match seen {
            Ok((seen, round_trip)) => {
                self.failures = 0;
                let round_trip_ms = round_trip.as_secs_f64() * 1000.0;
                Observation::Sample(Box::new(Sample { at_ms: now_ms(), round_trip_ms, seen, pools }))
            }
            Err(failed) => Observation::Failure(self.trouble(failed)),
        }
    }

    fn trouble(&mut self, failed: Failed) -> Trouble {
        let mut trouble = Trouble::new(now_ms(), failed.message, failed.full, failed.lost).or_cause(failed.cause);
        if failed.retry == Retry::Never {
            return trouble;
        }
        let pause = if !failed.lost {
            self.interval
        } else if failed.had_session && self.failures == 0 {
            // A session that broke off is replaced at once; a login that fails waits longer each time.
            self.failures = 1;
            Duration::from_millis(200)
        } else {
            let pause = PAUSES_S[self.failures.min(PAUSES_S.len() - 1)];
            self.failures += 1;
            Duration::from_secs(pause)
        };
        trouble.next_try_ms = u64::try_from(pause.as_millis()).ok();
        trouble
    }

    /// Says goodbye.
    pub async fn leave(self) {
        let console = self.console.and_then(|console| console.session);
        for session in [self.session, console].into_iter().flatten() {
            session.leave().await;
        }
    }
}

struct Failed {
    message: String,
    full: Option<Full>,
    lost: bool,
    had_session: bool,
    retry: Retry,
    /// What is known without a server's words.
    cause: Option<&'static str>,
}

/// The cause, in `explain`'s words, of a failure that no server has told.
const fn cause(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::NameNotFound | Refusal::ResolverFailed => Some("dns-failure"),
        Refusal::NoIpv6Route => Some("direct-ipv6-unreachable"),
        Refusal::ConnectionRefused => Some("connection-refused"),
        Refusal::Timeout => Some("network-timeout"),
        Refusal::Unreachable => Some("host-unreachable"),
        Refusal::TlsUntrusted => Some("tls-untrusted-ca"),
        Refusal::AuthFailed => Some("wrong-password"),
        _ => None,
    }
}

impl From<ConnectError> for Failed {
    fn from(error: ConnectError) -> Self {
        let (full, cause) = (full(error.failure.refusal), cause(error.failure.refusal));
        Self { message: error.to_string(), full, lost: true, had_session: false, retry: error.retry, cause }
    }
}

const fn full(refusal: Refusal) -> Option<Full> {
    match refusal {
        Refusal::NoSlots => Some(Full::Slots),
        Refusal::PoolFull => Some(Full::Pool),
        _ => None,
    }
}

async fn look_at_database(
    dialer: &Dialer,
    place: &mut Option<Session>,
    with_control: &mut bool,
) -> Result<(Seen, Duration), Failed> {
    let session = match place.take() {
        Some(session) => place.insert(session),
        None => place.insert(dialer.connect().await?),
    };
    let answer = match ask(session, *with_control).await {
        Err(Asked::Driver(error)) if *with_control && is_forbidden(&error) => {
            *with_control = false;
            ask(session, false).await
        }
        answer => answer,
    };
    let (problem, lost) = match answer {
        Ok((json, elapsed)) => match Seen::parse(&json) {
            Ok(seen) => return Ok((seen, elapsed)),
            Err(problem) => ((problem.to_owned(), None), false),
        },
        Err(Asked::Late) => {
            let seconds = ANSWER_WITHIN.as_secs();
            let pooled = dialer.door().mode != crate::endpoint::Mode::Direct;
            let message = if pooled {
                format!(
                    "{}: no answer within {seconds} s: no server connection is free, or the database is stuck",
                    session.address
                )
            } else {
                format!("{}: no answer within {seconds} s", session.address)
            };
            ((message, pooled.then_some(Full::Pool)), true)
        }
        Err(Asked::Driver(error)) => (in_words(session, &error).await, is_lost(&error)),
    };
    if lost && let Some(session) = place.take() {
        session.task.abort();
    }
    let (message, full) = problem;
    Err(Failed { message, full, lost, had_session: true, retry: Retry::Later, cause: None })
}

enum Asked {
    /// No answer in time.
    Late,
    Driver(tokio_postgres::Error),
}

async fn ask(session: &Session, with_control: bool) -> Result<(String, Duration), Asked> {
    let started = Instant::now();
    let rows = simple(session, &query::text(with_control)).await?;
    let elapsed = started.elapsed();
    let json = rows.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok((json.unwrap_or_default(), elapsed))
}

async fn simple(session: &Session, text: &str) -> Result<Vec<SimpleQueryMessage>, Asked> {
    match tokio::time::timeout(ANSWER_WITHIN, session.client.simple_query(text)).await {
        Err(_) => Err(Asked::Late),
        Ok(Err(error)) => Err(Asked::Driver(error)),
        Ok(Ok(rows)) => Ok(rows),
    }
}

/// `insufficient_privilege`
fn is_forbidden(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE)
}

/// The error in words. A server that ends an idle session says why to the task that moves the bytes.
async fn in_words(session: &mut Session, error: &tokio_postgres::Error) -> (String, Option<Full>) {
    let address = session.address;
    let farewell = if error.as_db_error().is_none() && is_lost(error) {
        let ended = tokio::time::timeout(Duration::from_millis(200), &mut session.task).await;
        ended.ok().and_then(Result::ok).and_then(Result::err)
    } else {
        None
    };
    if let Some((refusal, server)) = server_error(error).or_else(|| farewell.as_ref().and_then(server_error)) {
        let message = format!("{address}: {}: {} ({})", server.severity, server.message, server.sqlstate);
        return (message, full(refusal));
    }
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    (format!("{address}: server closed the connection unexpectedly{cause}"), None)
}

/// PgBouncer's admin console: it takes no slot of the database.
pub struct Console {
    dialer: Dialer,
    session: Option<Session>,
    /// A login was refused: never again.
    stopped: bool,
}

impl Console {
    /// The way to it; nothing is opened before the first look.
    pub const fn new(dialer: Dialer) -> Self {
        Self { dialer, session: None, stopped: false }
    }

    /// `SHOW POOLS`; nothing when it does not answer.
    pub async fn look(&mut self) -> Option<Vec<PoolRow>> {
        if self.stopped {
            return None;
        }
        if self.session.is_none() {
            match self.dialer.connect().await {
                Ok(session) => self.session = Some(session),
                Err(error) => {
                    self.stopped = error.retry == Retry::Never;
                    return None;
                }
            }
        }
        let session = self.session.as_ref()?;
        match simple(session, "SHOW POOLS").await {
            Ok(rows) => Some(pool_rows(&rows)),
            Err(Asked::Late) => {
                self.session = None;
                None
            }
            Err(Asked::Driver(error)) => {
                if is_lost(&error) {
                    self.session = None;
                }
                None
            }
        }
    }
}

/// Columns by name: versions of PgBouncer have more or fewer of them.
fn pool_rows(rows: &[SimpleQueryMessage]) -> Vec<PoolRow> {
    let read = |row: &tokio_postgres::SimpleQueryRow| {
        let column = |name: &str| row.columns().iter().position(|it| it.name() == name).and_then(|at| row.get(at));
        let number = |name: &str| column(name).and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
        let servers = row.columns().iter().filter(|it| it.name().starts_with("sv_"));
        PoolRow {
            database: column("database").unwrap_or_default().to_owned(),
            user: column("user").unwrap_or_default().to_owned(),
            clients_active: number("cl_active"),
            clients_waiting: number("cl_waiting"),
            servers: servers.map(|it| number(it.name())).fold(0, u32::saturating_add),
            longest_wait_s: f64::from(number("maxwait")) + f64::from(number("maxwait_us")) / 1e6,
            mode: column("pool_mode").unwrap_or_default().to_owned(),
        }
    };
    let rows = rows.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(read(row)),
        _ => None,
    });
    // The console's own "pool" is no pool of a database.
    rows.filter(|row| row.database != "pgbouncer").take(1000).collect()
}
