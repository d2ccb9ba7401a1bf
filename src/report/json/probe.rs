//! `probe`: every part carries `status`, `reason` and `ms`, spelled out in each struct so that the order of keys is
//! what stands here. Without a value the part's own keys are `null`.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::probe::{self, Failure, Part, ProbeReport, Refusal, SslmodeVerdict, Sslmodes};

#[derive(Serialize)]
pub(super) struct Probe<'a> {
    reached: bool,
    connections_opened: u32,
    connections_at_once: u32,
    wall_ms: u64,
    resolve: Value,
    connect: Value,
    tls: Value,
    auth: Value,
    server: Value,
    mode: Value,
    prepared_statements: Value,
    session_state: Value,
    headroom: Value,
    latency: Value,
    failure: Option<Value>,
    left_behind: &'a [String],
    trace: Vec<Value>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(report: &'a ProbeReport) -> Self {
        Self {
            reached: report.reached,
            connections_opened: report.connections_opened,
            connections_at_once: report.connections_at_once,
            wall_ms: milliseconds(report.wall),
            resolve: part(&report.resolve, &["ipv4", "ipv6"], resolve),
            connect: part(&report.connect, &["address", "family", "tried"], connect),
            tls: part(
                &report.tls,
                &[
                    "offered",
                    "plaintext",
                    "direct",
                    "channel_binding",
                    "versions",
                    "sslmodes",
                    "certificate",
                    "key",
                    "chain",
                    "chain_length",
                    "root",
                    "clients",
                ],
                tls,
            ),
            auth: part(&report.auth, &["method", "ok", "error"], auth),
            server: part(
                &report.server,
                &[
                    "product",
                    "product_version",
                    "server_version",
                    "in_recovery",
                    "read_only",
                    "read_only_source",
                    "key_is_backend",
                    "parameters",
                    "evidence",
                ],
                server,
            ),
            mode: part(&report.mode, &["value", "evidence"], mode),
            prepared_statements: part(
                &report.prepared_statements,
                &["named", "tracking", "evidence"],
                prepared_statements,
            ),
            session_state: part(&report.session_state, &SESSION_STATE, session_state),
            headroom: part(&report.headroom, &HEADROOM, headroom),
            latency: part(&report.latency, &["connect_ms", "tcp_ms", "tls_ms", "auth_ms", "query_ms"], latency),
            failure: report.failure.as_ref().map(failure),
            left_behind: &report.left_behind,
            trace: report.trace.iter().map(step).collect(),
        }
    }
}

const SESSION_STATE: [&str; 9] = [
    "set_local",
    "session_set",
    "startup_options",
    "search_path",
    "listen_notify",
    "advisory_lock",
    "temp_table",
    "with_hold_cursor",
    "sql_prepare",
];

const HEADROOM: [&str; 21] = [
    "max_connections",
    "reserved",
    "in_use",
    "own",
    "free",
    "used_percent",
    "by_service",
    "by_state",
    "oldest_idle_in_transaction_s",
    "oldest_transaction_s",
    "sees_all",
    "holders",
    "blocked",
    "waiting",
    "by_application",
    "role_limit",
    "crowded_roles",
    "timeouts_ms",
    "tier",
    "pool",
    "verdict",
];

/// `status`, `reason` and `ms`, then one value for each key: those of the part, or `null` for all.
fn part<T, const N: usize>(part: &Part<T>, keys: &[&str; N], values: fn(&T) -> [Value; N]) -> Value {
    let mut object = Map::with_capacity(3 + N);
    object.insert("status".to_owned(), part.status.as_str().into());
    object.insert("reason".to_owned(), part.reason.as_deref().into());
    object.insert("ms".to_owned(), part.elapsed.map(milliseconds).into());
    let values = part.value.as_ref().map_or_else(|| [const { Value::Null }; N], values);
    object.extend(keys.iter().map(|key| (*key).to_owned()).zip(values));
    Value::Object(object)
}

/// Whole milliseconds, rounded.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from((duration.as_micros() + 500) / 1000).unwrap_or(u64::MAX)
}

/// Milliseconds with at most two decimals: what a clock of a network measurement can mean.
fn rounded(milliseconds: f64) -> f64 {
    (milliseconds * 100.0).round() / 100.0
}

fn resolve(resolve: &probe::Resolve) -> [Value; 2] {
    [json!(resolve.ipv4), json!(resolve.ipv6)]
}

fn connect(connect: &probe::Connect) -> [Value; 3] {
    let tried: Vec<Value> = connect
        .tried
        .iter()
        .map(|(address, reason)| json!({"address": address.to_string(), "reason": reason}))
        .collect();
    [connect.address.to_string().into(), if connect.address.is_ipv6() { "ipv6" } else { "ipv4" }.into(), tried.into()]
}

fn tls(tls: &probe::Tls) -> [Value; 12] {
    let certificate = tls.certificate.as_ref().map(|certificate| {
        json!({
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "names": certificate.names,
            "not_before": certificate.not_before,
            "not_after": certificate.not_after,
            "days_left": certificate.days_left,
            "sha256": certificate.sha256,
        })
    });
    let mut modes = sslmodes(tls.given_roots.as_ref());
    modes.insert("system".to_owned(), sslmodes(tls.system_roots.as_ref()).into());
    [
        tls.offered.into(),
        tls.plaintext.as_str().into(),
        tls.direct.into(),
        tls.channel_binding.into(),
        json!({"1.2": tls.tls12, "1.3": tls.tls13}),
        modes.into(),
        certificate.into(),
        tls.key.as_ref().map(|key| json!({"name": key.name, "signature_algorithm": key.signature_algorithm})).into(),
        tls.chain.iter().map(sent).collect::<Vec<_>>().into(),
        tls.chain_length.into(),
        tls.root.as_str().into(),
        tls.clients.iter().map(client).collect::<Vec<_>>().into(),
    ]
}

fn sent(certificate: &probe::SentCertificate) -> Value {
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "not_after": certificate.not_after,
        "sha256": certificate.sha256,
    })
}

fn client(client: &probe::ClientTls) -> Value {
    json!({
        "client": client.id,
        "sslmode": client.word,
        "outcome": client.outcome.as_str(),
        "reason": client.why,
    })
}

fn sslmodes(modes: Option<&Sslmodes>) -> Map<String, Value> {
    let verdict = |pick: fn(&Sslmodes) -> &SslmodeVerdict| match modes.map(pick) {
        Some(SslmodeVerdict::Ok) => "ok".into(),
        Some(SslmodeVerdict::No(why)) => why.as_str().into(),
        Some(SslmodeVerdict::Unknown(_)) | None => Value::Null,
    };
    let mut object = Map::new();
    object.insert("require".to_owned(), verdict(|modes| &modes.require));
    object.insert("verify-ca".to_owned(), verdict(|modes| &modes.verify_ca));
    object.insert("verify-full".to_owned(), verdict(|modes| &modes.verify_full));
    object
}

fn auth(auth: &probe::Auth) -> [Value; 3] {
    [auth.method.as_deref().into(), auth.ok.into(), auth.failure.as_ref().map(failure).into()]
}

fn failure(failure: &Failure) -> Value {
    let server = failure.server.as_ref();
    json!({
        "class": class(failure.refusal),
        "message": failure.message,
        "sqlstate": server.map(|error| error.sqlstate.as_str()),
        "severity": server.map(|error| error.severity.as_str()),
        "server_message": server.map(|error| error.message.as_str()),
        "detail": server.and_then(|error| error.detail.as_deref()),
        "hint": server.and_then(|error| error.hint.as_deref()),
    })
}

/// The name of a refusal in this format; where a rule of the contract is about it, the rule's id.
const fn class(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NameNotFound => "name-not-found",
        Refusal::ResolverFailed => "resolver-failed",
        Refusal::NoIpv6Route => "no-ipv6-route",
        Refusal::ConnectionRefused => "connection-refused",
        Refusal::Timeout => "connect-timeout",
        Refusal::Unreachable => "unreachable",
        Refusal::TlsRefused => "tls-refused",
        Refusal::TlsUntrusted => "tls-untrusted",
        Refusal::TlsNameMismatch => "tls-name-mismatch",
        Refusal::TlsExpired => "tls-expired",
        Refusal::TlsFailed => "tls-failed",
        Refusal::TlsRequired => "tls-required",
        Refusal::AuthFailed => "auth-failed",
        Refusal::NoPassword => "no-password",
        Refusal::TenantNotFound => "tenant-not-found",
        Refusal::TenantMissing => "tenant-missing",
        Refusal::TenantBanned => "tenant-banned",
        Refusal::RoleNotFound => "role-not-found",
        Refusal::DatabaseNotFound => "database-not-found",
        Refusal::DatabaseUnreachable => "database-unreachable",
        Refusal::PoolerCredentialsStale => "pooler-credentials-stale",
        Refusal::AuthBlocked => "auth-blocked",
        Refusal::AddressNotAllowed => "address-not-allowed",
        Refusal::PoolFull => "pool-full",
        Refusal::NoSlots => "no-slots",
        Refusal::NotPostgres => "not-postgres",
        Refusal::Protocol => "protocol",
        Refusal::Other => "other",
    }
}

fn server(server: &probe::Server) -> [Value; 9] {
    [
        server.product.as_str().into(),
        server.product_version.as_deref().into(),
        server.server_version.as_deref().into(),
        server.in_recovery.into(),
        server.read_only.into(),
        server.read_only_source.as_deref().into(),
        server.key_is_backend.into(),
        object(server.parameters.iter().map(|(key, value)| (key, value.as_str()))),
        json!(server.evidence),
    ]
}

fn mode(mode: &probe::PoolMode) -> [Value; 2] {
    [mode.mode.as_str().into(), mode.evidence.as_str().into()]
}

fn prepared_statements(prepared: &probe::PreparedStatements) -> [Value; 3] {
    [prepared.named.as_str().into(), prepared.tracking.as_str().into(), prepared.evidence.as_str().into()]
}

fn session_state(state: &probe::SessionState) -> [Value; 9] {
    let probe::SessionState {
        set_local,
        session_set,
        startup_options,
        search_path,
        listen_notify,
        advisory_lock,
        temp_table,
        with_hold_cursor,
        sql_prepare,
    } = state;
    [
        set_local,
        session_set,
        startup_options,
        search_path,
        listen_notify,
        advisory_lock,
        temp_table,
        with_hold_cursor,
        sql_prepare,
    ]
    .map(|state| json!({"verdict": state.verdict.as_str(), "basis": state.basis.as_str(), "evidence": state.evidence}))
}

fn headroom(headroom: &probe::Headroom) -> [Value; 21] {
    let by_service: Vec<Value> = headroom
        .by_service
        .iter()
        .map(|user| json!({"service": user.service, "role": user.role, "connections": user.connections}))
        .collect();
    let by_state: Map<String, Value> =
        headroom.by_state.iter().map(|(state, count)| (state.clone(), Value::from(*count))).collect();
    let pool = &headroom.pool;
    [
        headroom.max_connections.into(),
        headroom.reserved.into(),
        headroom.in_use.into(),
        headroom.own.into(),
        headroom.free.into(),
        headroom.used_percent.into(),
        by_service.into(),
        by_state.into(),
        headroom.oldest_idle_in_transaction_s.into(),
        headroom.oldest_transaction_s.into(),
        headroom.sees_all.into(),
        headroom.trouble.holders.iter().map(holder).collect::<Vec<_>>().into(),
        headroom.trouble.blocked.into(),
        headroom.trouble.waiting.iter().map(waiting).collect::<Vec<_>>().into(),
        object(headroom.trouble.by_application.iter().map(|(name, count)| (name, *count))),
        headroom
            .trouble
            .role_limit
            .map(|(limit, connections)| json!({"limit": limit, "connections": connections}))
            .into(),
        headroom
            .trouble
            .crowded_roles
            .iter()
            .map(|it| json!({"role": it.role, "limit": it.limit, "connections": it.connections}))
            .collect::<Vec<_>>()
            .into(),
        object(headroom.trouble.timeouts_ms.iter().map(|(name, ms)| (name, *ms))),
        json!({"id": headroom.tier, "consistent_with": headroom.consistent_with}),
        json!({
            "size": pool.size,
            "size_from": pool.size_from.as_str(),
            "backends": pool.backends,
            "used_percent": pool.used_percent,
            "data_api_budget": pool.data_api_budget,
            "max_budget": pool.max_budget,
        }),
        headroom.verdict.as_str().into(),
    ]
}

fn holder(holder: &probe::Holder) -> Value {
    json!({
        "pid": holder.pid,
        "role": holder.role,
        "application": holder.application,
        "address": holder.address,
        "state": holder.state,
        "transaction_s": rounded(holder.transaction_s),
        "idle_s": holder.idle_s.map(rounded),
        "blocked": holder.blocked,
    })
}

fn waiting(waiting: &probe::Waiting) -> Value {
    let blocked_by = waiting.blocked_by.iter().map(|blocker| {
        json!({
            "pid": blocker.pid,
            "role": blocker.role,
            "application": blocker.application,
            "state": blocker.state,
            "transaction_s": blocker.transaction_s.map(rounded),
        })
    });
    json!({
        "pid": waiting.pid,
        "role": waiting.role,
        "application": waiting.application,
        "waits_s": waiting.waits_s.map(rounded),
        "blocked_by": blocked_by.collect::<Vec<_>>(),
    })
}

fn object<'a, V: Into<Value>>(entries: impl Iterator<Item = (&'a String, V)>) -> Value {
    Value::Object(entries.map(|(name, value)| (name.clone(), value.into())).collect())
}

fn step(step: &probe::trace::Step) -> Value {
    json!({
        "connection": step.line.to_string(),
        "step": step.name,
        "start_ms": rounded(step.start.as_secs_f64() * 1000.0),
        "ms": rounded(step.took.as_secs_f64() * 1000.0),
    })
}

fn latency(latency: &probe::Latency) -> [Value; 5] {
    [
        rounded(latency.connect_ms).into(),
        rounded(latency.tcp_ms).into(),
        latency.tls_ms.map(rounded).into(),
        rounded(latency.auth_ms).into(),
        json!({"min": latency.query_min_ms.map(rounded), "median": latency.query_median_ms.map(rounded)}),
    ]
}
