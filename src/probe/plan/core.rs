//! A and B, the core: the login, the first batch, the pair.

use std::time::Duration;

use super::Run;
use crate::endpoint::Mode;
use crate::probe::draft::{Core, Roots, chain_fault};
use crate::probe::first_batch::{self, FirstBatch, FirstBatchError};
use crate::probe::gate::{Stage, Turn};
use crate::probe::headroom::{Activity, PoolFacts};
use crate::probe::link::{First, Greeting, Link, LinkError, Socket};
use crate::probe::names::{APPLICATION_NAME, Names};
use crate::probe::pair::{self, End, Prelude};
use crate::probe::room::Room;
use crate::probe::tls::Sslmode;
use crate::probe::{Failure, Refusal, login, refusal};
use crate::wire::WireError;
use crate::wire::tls::Versions;

/// How long the first query may take. The validated bound for a query that is expected at once is 1 s; a pool that is
/// full makes it wait, and 5 s tell that apart from a slow one.
pub(super) const FIRST_QUERY_WITHIN: Duration = Duration::from_secs(5);
/// With fewer free slots than this no second backend is asked for.
const MIN_FREE_SLOTS: u32 = 3;

impl Run<'_> {
    /// A and B: the login, the first batch, the pair.
    pub(super) async fn core(&self, socket: Socket<'_>, roots: Roots, out: &mut Core) {
        let Some(names) = Names::fresh() else {
            out.remark = Some("this machine gives no randomness, so nothing may be created".to_owned());
            self.gate.set(Stage::Stopped);
            return;
        };
        let (first, second) = tokio::join!(self.first_line(socket, roots, &names, out), self.second_line());
        let (Some(mut a), second) = (first, second) else { return };
        match second {
            Ok(Some(mut b)) => {
                if may_hold(out) {
                    self.pair(&mut a, &mut b, &names, out).await;
                } else {
                    out.remark = Some("fewer than 3 slots are free: no second backend was taken".to_owned());
                }
                tokio::join!(a.link.leave(), b.link.leave());
            }
            Ok(None) => a.link.leave().await,
            Err(LinkError::Spared(why)) => {
                out.second_spared = Some(why);
                a.link.leave().await;
            }
            Err(error) => {
                out.second_refused = Some(refusal::from_link(&error, self.address));
                a.link.leave().await;
            }
        }
    }

    async fn pair(&self, a: &mut LoggedIn<'_>, b: &mut LoggedIn<'_>, names: &Names, out: &mut Core) {
        let Some(first) = &out.first_batch else { return };
        let start = pair::Start {
            first,
            prelude: a.prelude,
            names,
            documented: self.door.mode,
            round_trip: a.link.times.tcp,
            in_recovery: activity(first).is_none_or(|activity| activity.in_recovery),
            budget: self.budget,
            trace: self.trace,
        };
        let end_a = End { wire: &mut a.link.wire, key_pid: a.greeting.key_pid };
        let end_b = End { wire: &mut b.link.wire, key_pid: b.greeting.key_pid };
        out.pair = Some(pair::run(end_a, end_b, start).await);
    }

    /// A, from `SSLRequest` to the first batch. Whatever stops it closes the gate for the others.
    async fn first_line<'a>(
        &'a self,
        socket: Socket<'a>,
        roots: Roots,
        names: &Names,
        out: &mut Core,
    ) -> Option<LoggedIn<'a>> {
        let logged_in = self.first_login(socket, roots, out).await;
        let mut a = match logged_in {
            Ok(a) => a,
            Err(failure) => {
                self.gate.set(Stage::Stopped);
                out.failure = failure;
                return None;
            }
        };
        out.greeting = Some(a.greeting.clone());
        out.times = Some(a.link.times);
        let first_batch = first_batch::run(&mut a.link.wire, names, FIRST_QUERY_WITHIN);
        match self.trace.step('A', "first batch", first_batch).await {
            Ok(batch) => self.counted(&mut a, batch, names, out).await,
            Err(FirstBatchError::Refused(fields)) => out.failure = Some(refusal::from_server(&fields, self.address)),
            Err(FirstBatchError::Wire(error)) => out.failure = Some(self.first_query_failed(&error)),
        }
        // Without the first batch there is nothing to build on, but the login stands, and what needs no slot may finish.
        if out.first_batch.is_none() {
            self.gate.set(Stage::Counted { direct: false, room: Room::UNKNOWN });
        }
        out.first_batch.is_some().then_some(a)
    }

    /// The slots are counted, and B may log in or not; beside that A is not idle.
    async fn counted(&self, a: &mut LoggedIn<'_>, batch: FirstBatch, names: &Names, out: &mut Core) {
        let is_backend = batch.backend_pid.is_some() && batch.backend_pid == a.greeting.key_pid;
        let activity = activity(&batch);
        out.first_batch = Some(batch);
        let room = activity.as_ref().map_or(Room::UNKNOWN, |activity| activity.room(!is_backend, &self.pool_facts()));
        self.gate.set(Stage::Counted { direct: is_backend, room });
        // A pooler sends the key of its own, and where session mode is documented A's backend is looked at once more.
        let has_something_to_do = is_backend || self.door.mode == Mode::Session;
        if has_something_to_do && room.admits(1).is_ok() {
            let in_recovery = activity.is_none_or(|activity| activity.in_recovery);
            let asking = pair::prelude(&mut a.link.wire, names, is_backend, in_recovery);
            a.prelude = self.trace.step('A', "ask beside B's login", asking).await;
        }
    }

    fn pool_facts(&self) -> PoolFacts<'_> {
        PoolFacts {
            mode: self.door.mode,
            pool_size: self.context.pool_size,
            size_in_error: None,
            tier: self.context.tier.as_deref(),
        }
    }

    fn first_query_failed(&self, error: &WireError) -> Failure {
        let mut failure = refusal::from_wire(error, self.address);
        if error.is_timeout() {
            failure.refusal = Refusal::PoolFull;
            failure.message = format!(
                "{}: the login succeeded, but the first query got no server connection within {} s",
                self.address,
                FIRST_QUERY_WITHIN.as_secs()
            );
        } else if error.is_closed() {
            failure.refusal = Refusal::DatabaseUnreachable;
            failure.message = format!(
                "{}: the login succeeded, and the connection was closed at the first query, as a pooler does that \
                 cannot reach its database",
                self.address
            );
        }
        failure
    }

    /// A up to the greeting. `Err(None)`: no login, and nothing is wrong.
    async fn first_login<'a>(
        &'a self,
        socket: Socket<'a>,
        roots: Roots,
        out: &mut Core,
    ) -> Result<LoggedIn<'a>, Option<Failure>> {
        let door = self.door;
        let securing = socket.secure(&door.host, Versions::Any, self.timeout);
        let secured = self.trace.step('A', "SSLRequest, TLS", securing).await;
        let trusted = self.trusted.get_or_init(|| roots.ready()).await.clone();
        out.trusted = trusted;
        let mut link = match secured {
            Ok(link) => link,
            Err(LinkError::NoTls) => self.without_tls(out).await?,
            Err(error) => return Err(Some(refusal::from_link(&error, self.address))),
        };
        out.peer.clone_from(&link.peer);
        let untrusted = out.chain_fault(door).map(|(refusal, message)| Failure {
            refusal,
            message: format!("{}: {message}", self.address),
            server: None,
        });
        let Some(user) = &door.user else {
            out.remark = Some("the setting names no user, so no session was started".to_owned());
            return Err(untrusted);
        };
        let starting = link.start(&[("application_name", APPLICATION_NAME)], user, &door.database);
        let first = self.trace.step('A', "first answer", starting).await;
        out.times = Some(link.times);
        let first = first.map_err(|error| Some(refusal::from_wire(&error, self.address)))?;
        out.note_first(&first);
        if let First::Refused(fields) = &first {
            return Err(Some(refusal::from_server(fields, self.address)));
        }
        if untrusted.is_some() {
            out.remark = Some("no login: the certificate does not pass the setting's sslmode".to_owned());
            return Err(untrusted);
        }
        if door.password.is_none() && out.method != Some("trust") {
            out.remark = Some(format!("no login: {}", door.no_password));
            return Err(None);
        }
        let direct = login::offers_channel_binding(&first);
        self.gate.set(Stage::Asked { direct });
        self.first_proof(link, &first, direct, out).await
    }

    /// The one proof of the password that may fail.
    async fn first_proof<'a>(
        &'a self,
        mut link: Link<'a>,
        first: &First,
        direct: bool,
        out: &mut Core,
    ) -> Result<LoggedIn<'a>, Option<Failure>> {
        match self.trace.step('A', "log in", login::run(&mut link, self.door, first, &self.keyring, None)).await {
            Ok(Some(greeting)) => {
                self.gate.set(Stage::LoggedIn { direct });
                Ok(LoggedIn { link, greeting, prelude: Prelude::default() })
            }
            Ok(None) => Err(None),
            Err(error @ LinkError::Unsafe(why)) => {
                out.remark = Some(format!("no login: {why}"));
                Err(Some(refusal::from_link(&error, self.address)))
            }
            Err(error) => {
                let failure = refusal::from_link(&error, self.address);
                out.login_failed = true;
                Err(Some(failure))
            }
        }
    }

    /// The server has no TLS: only a stack on one's own machine is logged in to.
    async fn without_tls<'a>(&'a self, out: &mut Core) -> Result<Link<'a>, Option<Failure>> {
        out.no_tls = true;
        let refused = refusal::from_link(&LinkError::NoTls, self.address);
        if self.door.sslmode >= Sslmode::Require {
            return Err(Some(refused));
        }
        if !self.door.plaintext_login {
            // A failure for `prefer`, too: that is how somebody on the way who takes TLS away would look.
            out.remark = Some("no login: the server has no TLS, and a login is tried over TLS only".to_owned());
            return Err(Some(refused));
        }
        let grant = self.budget.grant().await.ok_or(None)?;
        let socket = Socket::connect(self.address, self.timeout, grant).await;
        let socket = socket.map_err(|error| Some(refusal::from_wire(&error, self.address)))?;
        Ok(socket.plaintext(self.timeout))
    }

    /// B: as far as the server's first SCRAM message on its own, the rest when A is in.
    async fn second_line(&self) -> Result<Option<LoggedIn<'_>>, LinkError> {
        let Some(mut link) = self.trace.step('B', "connect, TLS", self.open()).await? else { return Ok(None) };
        if self.gate.asked().await.is_none() {
            return Ok(None);
        }
        let user = self.door.user.as_deref().unwrap_or_default();
        let starting = link.start(&[("application_name", APPLICATION_NAME)], user, &self.door.database);
        let first = self.trace.step('B', "first answer", starting).await?;
        let logging_in = self.log_in_behind_the_gate(&mut link, &first, 1);
        let greeting = self.trace.step('B', "wait for A, log in", logging_in).await?;
        Ok(greeting.map(|greeting| LoggedIn { link, greeting, prelude: Prelude::default() }))
    }

    /// A further login. Its own certificate is judged as the first one's was: another server may answer behind the same
    /// address.
    pub(super) async fn log_in_behind_the_gate(
        &self,
        link: &mut Link<'_>,
        first: &First,
        more: u32,
    ) -> Result<Option<Greeting>, LinkError> {
        let trusted = self.trusted.get().and_then(Option::as_deref);
        if link.peer.as_ref().is_some_and(|peer| chain_fault(peer, trusted, self.door).is_some()) {
            return Err(LinkError::Unsafe("a further connection met a certificate that does not pass the sslmode"));
        }
        let turn = Turn { gate: &self.gate, takes_slot: self.door.mode != Mode::Transaction, more };
        login::run(link, self.door, first, &self.keyring, Some(&turn)).await
    }

    /// A further connection of the same kind as A's; `None` when the budget is spent.
    pub(super) async fn open(&self) -> Result<Option<Link<'_>>, LinkError> {
        let Some(grant) = self.budget.grant().await else { return Ok(None) };
        let socket = Socket::connect(self.address, self.timeout, grant).await?;
        match socket.secure(&self.door.host, Versions::Any, self.timeout).await {
            Err(LinkError::NoTls) if self.door.plaintext_login => {
                let Some(grant) = self.budget.grant().await else { return Ok(None) };
                let socket = Socket::connect(self.address, self.timeout, grant).await?;
                Ok(Some(socket.plaintext(self.timeout)))
            }
            secured => secured.map(Some),
        }
    }
}

/// What the first batch tells of the database's sessions.
fn activity(batch: &FirstBatch) -> Option<Activity> {
    batch.activity.as_deref().and_then(Activity::parse)
}

/// Whether enough slots are free to take a second backend for a moment.
fn may_hold(out: &Core) -> bool {
    out.first_batch.as_ref().and_then(activity).is_none_or(|activity| activity.free() >= MIN_FREE_SLOTS)
}

/// A connection that has logged in.
struct LoggedIn<'a> {
    link: Link<'a>,
    greeting: Greeting,
    /// What it did while B logged in.
    prelude: Prelude,
}
