//! Which software answers: told from the wire, by marks that a client sees without asking for anything unusual.
//!
//! The marks and what they mean were measured on Supavisor 2.8.8 and 2.9.7, `PgBouncer` 1.18 and 1.24 and PostgreSQL 15
//! (November 2026). The `GET` answer is Supavisor's own (its source, `client_handler.ex`, since 2024-03).

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::budget::Budget;
use super::link::{Greeting, Socket};
use super::{Product, ServerError};

/// What was seen of the server.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// The version in the answer to `GET`.
    pub app_version: Option<String>,
    /// The SASL mechanisms offered on TLS.
    pub mechanisms: Vec<String>,
    /// What the greeting said.
    pub greeting: Option<Greeting>,
    /// The process id of the cancel key is that of the backend.
    pub key_is_backend: Option<bool>,
    /// The name under which a named statement reached the server.
    pub statement_name: Option<String>,
    /// An error of the server before or at the login.
    pub error: Option<ServerError>,
}

/// How long a question is left open that some servers never answer. It costs nothing: the plan waits for it no longer than
/// for the others, except at the one server that always answers.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Longest answer to `GET` that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 1024;

/// Sends `GET / HTTP/1.0`, to which Supavisor answers with its version; anything else closes or says nothing.
pub async fn ask_version(address: SocketAddr, timeout: Duration, budget: &Budget) -> Option<String> {
    let grant = budget.grant().await?;
    let socket = Socket::connect(address, timeout, grant).await.ok()?;
    // PgBouncer from 1.2x waits for the rest of what it takes for a packet.
    let within = ANSWER_WITHIN.max(socket.tcp() * 3).min(timeout);
    let (mut stream, _grant) = socket.into_stream();
    let answer = tokio::time::timeout(within, async move {
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.ok()?;
        let mut answer = Vec::with_capacity(256);
        let mut limited = (&mut stream).take(MAX_ANSWER_BYTES as u64);
        // A reset behind the answer is no matter: what has arrived is kept.
        let _ = limited.read_to_end(&mut answer).await;
        Some(answer)
    });
    version_in(&answer.await.ok()??)
}

/// The value of `x-app-version` in an HTTP answer, if it looks like a version.
fn version_in(answer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let mut lines = text.split("\r\n");
    lines.next().filter(|status| status.starts_with("HTTP/1.1 204"))?;
    let version = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-app-version").then(|| value.trim())
    })?;
    let plausible = !version.is_empty()
        && version.len() <= 40
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
    plausible.then(|| version.to_owned())
}

/// The product, with the marks it was told by. The strongest mark comes first.
pub fn tell(marks: &Marks) -> (Product, Vec<String>) {
    let votes = votes(marks);
    let Some((product, _)) = votes.first() else {
        return (Product::Unknown, vec!["no mark of a known product was seen".to_owned()]);
    };
    let product = *product;
    (product, votes.into_iter().filter(|(voted, _)| *voted == product).map(|(_, why)| why).collect())
}

fn votes(marks: &Marks) -> Vec<(Product, String)> {
    let mut votes = Vec::new();
    if let Some(version) = &marks.app_version {
        votes.push((Product::Supavisor, format!("answers GET with x-app-version {version}")));
    }
    match marks.statement_name.as_deref() {
        Some(name) if is_supavisor_name(name) => {
            votes.push((Product::Supavisor, "a named statement reached the server as sv_...".to_owned()));
        }
        Some(name) if name.starts_with("PGBOUNCER_") => {
            votes.push((Product::PgBouncer, format!("a named statement reached the server as {name}")));
        }
        _ => {}
    }
    if marks.key_is_backend == Some(true) {
        votes.push((Product::Postgres, "the cancel key carries the backend's own process id".to_owned()));
    }
    if marks.mechanisms.iter().any(|mechanism| mechanism == "SCRAM-SHA-256-PLUS") {
        votes.push((Product::Postgres, "offers SCRAM-SHA-256-PLUS, which no pooler does".to_owned()));
    }
    if let Some(vote) = marks.greeting.as_ref().and_then(greeting_vote) {
        votes.push(vote);
    }
    if let Some(vote) = marks.error.as_ref().and_then(error_vote) {
        votes.push(vote);
    }
    votes
}

/// `sv_` and the 43 characters of a SHA-256 in base64.
pub fn is_supavisor_name(name: &str) -> bool {
    name.strip_prefix("sv_").is_some_and(|rest| rest.len() == 43)
}

/// The order of the parameters: Supavisor sends them in byte order (upper case first), PostgreSQL regardless of case,
/// `PgBouncer` the ones it tracks last.
fn greeting_vote(greeting: &Greeting) -> Option<(Product, String)> {
    let keys: Vec<&str> = greeting.parameters.iter().map(|(key, _)| key.as_str()).collect();
    let at = |key: &str| keys.iter().position(|seen| *seen == key);
    let application = greeting.parameters.iter().find(|(key, _)| key == "application_name").map(|(_, value)| value);
    if application.is_some_and(|name| name == "Supavisor") && keys.is_sorted() {
        return Some((
            Product::Supavisor,
            "greets with application_name=Supavisor, parameters in byte order".to_owned(),
        ));
    }
    let (application, date_style) = (at("application_name")?, at("DateStyle")?);
    if application > date_style && !keys.is_sorted() {
        Some((Product::PgBouncer, "greets with the parameters it tracks last".to_owned()))
    } else if application == 0 {
        Some((Product::Postgres, "greets with parameters in PostgreSQL's order".to_owned()))
    } else {
        None
    }
}

fn error_vote(error: &ServerError) -> Option<(Product, String)> {
    let order = error.field_order.as_str();
    let vote = |product, why: &str| Some((product, why.to_owned()));
    match order {
        "CMS" | "CMSV" => vote(Product::Supavisor, "its error has the fields C, M, S, in Supavisor's order"),
        "SVCM" => vote(Product::Supavisor, "its error has the fields S, V, C, M and nothing else, as Supavisor 2.8"),
        "SCM" => vote(Product::PgBouncer, "its error has the fields S, C, M, in PgBouncer's order"),
        _ if order.contains('R') && order.chars().is_sorted() => {
            vote(Product::Supavisor, "it passes on PostgreSQL's error with the fields sorted, as Supavisor does")
        }
        // PgBouncer passes PostgreSQL's errors on untouched, so this order proves only that PostgreSQL is behind it.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(keys: &[&str], application: &str) -> Greeting {
        let value = |key: &&str| if **key == *"application_name" { application.to_owned() } else { "x".to_owned() };
        Greeting { parameters: keys.iter().map(|key| ((*key).to_owned(), value(key))).collect(), key_pid: None }
    }

    #[test]
    fn each_product_is_told_by_its_greeting() {
        let supavisor = greeting(&["DateStyle", "IntervalStyle", "TimeZone", "application_name"], "Supavisor");
        assert_eq!(greeting_vote(&supavisor).unwrap().0, Product::Supavisor);
        let postgres = greeting(&["application_name", "client_encoding", "DateStyle"], "x");
        assert_eq!(greeting_vote(&postgres).unwrap().0, Product::Postgres);
        let pgbouncer =
            greeting(&["integer_datetimes", "server_version", "DateStyle", "TimeZone", "application_name"], "x");
        assert_eq!(greeting_vote(&pgbouncer).unwrap().0, Product::PgBouncer);
    }

    #[test]
    fn one_parameter_alone_proves_nothing() {
        assert!(greeting_vote(&greeting(&["server_version"], "")).is_none());
    }

    #[test]
    fn the_version_is_read_from_supavisors_answer_and_from_nothing_else() {
        assert_eq!(version_in(b"HTTP/1.1 204 OK\r\nx-app-version: 2.9.7\r\n\r\n").as_deref(), Some("2.9.7"));
        assert_eq!(version_in(b"HTTP/1.1 200 OK\r\nx-app-version: 2.9.7\r\n\r\n"), None);
        assert_eq!(version_in(b"HTTP/1.1 204 OK\r\nx-app-version: \x1b[31m\r\n\r\n"), None);
    }

    #[test]
    fn a_version_outweighs_every_other_mark() {
        let marks = Marks { app_version: Some("2.9.7".into()), key_is_backend: Some(true), ..Marks::default() };
        assert_eq!(tell(&marks).0, Product::Supavisor);
        assert_eq!(tell(&Marks::default()).0, Product::Unknown);
    }
}
