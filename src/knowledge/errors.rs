//! The catalogue of connection errors (`profiles/errors/*.toml`), and what a refused login means.

use serde::Deserialize;

/// Why a connection could not be made or a login did not succeed, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The name has no address at all.
    NameNotFound,
    /// The resolver itself failed; nothing is known about the name.
    ResolverFailed,
    /// Only IPv6 addresses, and no IPv6 route from here.
    NoIpv6Route,
    /// Refused.
    ConnectionRefused,
    /// No answer in time, before or after the TCP connection.
    Timeout,
    /// Unreachable network or host.
    Unreachable,
    /// The server has no TLS and the setting demands it.
    TlsRefused,
    /// The chain does not end in a root that this sslmode trusts.
    TlsUntrusted,
    /// The certificate is for other names.
    TlsNameMismatch,
    /// The certificate has expired, or is not valid yet.
    TlsExpired,
    /// The TLS handshake broke for another reason.
    TlsFailed,
    /// The server demands TLS and the setting forbids it.
    TlsRequired,
    /// The password is wrong.
    AuthFailed,
    /// No usable password in the setting.
    NoPassword,
    /// The pooler knows no such tenant.
    TenantNotFound,
    /// The user carries no tenant.
    TenantMissing,
    /// The tenant is banned.
    TenantBanned,
    /// The role does not exist, or may not log in.
    RoleNotFound,
    /// The database does not exist, or may not be connected to.
    DatabaseNotFound,
    /// The pooler answers, and the database behind it does not.
    DatabaseUnreachable,
    /// The pooler's own stored credentials are refused by the database.
    PoolerCredentialsStale,
    /// The circuit breaker is open.
    AuthBlocked,
    /// The client's address is not in the allow list.
    AddressNotAllowed,
    /// The pooler has no client slot or server connection free.
    PoolFull,
    /// The database has no connection slot free.
    NoSlots,
    /// Something else than a Postgres server answers.
    NotPostgres,
    /// The server broke the protocol, or the safety rules of the client (for example a cleartext password request).
    Protocol,
    /// Another error of the server.
    Other,
}

/// Who wrote an error, told by its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sender {
    /// A pooler: no file, line or routine.
    Pooler,
    /// PostgreSQL, passed on by Supavisor at login: its fields in alphabetical order.
    Relayed,
    /// PostgreSQL.
    Server,
}

impl Sender {
    /// Tells the sender by the order of the fields (measured, November 2026: PostgreSQL sends `SVCM...FLR`, Supavisor
    /// 2.9 its own errors as `CMS` and relayed ones sorted, 2.8 its own as `SVCM`, `PgBouncer` its own as `SCM`).
    pub fn of(field_order: &str) -> Self {
        if !['F', 'L', 'R'].iter().any(|field| field_order.contains(*field)) {
            Self::Pooler
        } else if field_order.chars().is_sorted() {
            Self::Relayed
        } else {
            Self::Server
        }
    }
}

mod catalogue;

pub use catalogue::{Beside, Cause, Confidence, ErrorFamily, KnownError, beside, cause, causes, families, find};
pub(super) use catalogue::{is_built_in_cause, parse_causes, parse_family};

/// What an error means for the login; [`Refusal::Other`] when nothing is known about it.
pub fn refusal(sqlstate: &str, message: &str, field_order: &str) -> Refusal {
    let sender = Sender::of(field_order);
    catalogue::login_families()
        .flat_map(|family| &family.error)
        .filter_map(|known| Some((known, known.refusal?)))
        .find(|(known, _)| known.matches(sqlstate, message, sender))
        .map_or(Refusal::Other, |(_, refusal)| refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_28p01_is_told_apart_four_ways() {
        let text = "password authentication failed for user \"postgres\"";
        assert_eq!(refusal("28P01", text, "CMS"), Refusal::AuthFailed, "the client's password is wrong at the pooler");
        assert_eq!(refusal("28P01", text, "CFLMRSV"), Refusal::PoolerCredentialsStale, "the pooler's own is refused");
        assert_eq!(
            refusal("28P01", "Authentication credentials are invalid. Please reconnect with fresh credentials", "CMS"),
            Refusal::PoolerCredentialsStale
        );
        assert_eq!(refusal("28P01", text, "SVCMFLR"), Refusal::AuthFailed, "PostgreSQL itself");
    }

    #[test]
    fn both_wordings_of_supavisor_mean_the_same() {
        for (new, old, expected) in [
            ("(ENOTFOUND) tenant/user postgres.x not found", "Tenant or user not found", Refusal::TenantNotFound),
            (
                "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
                "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
                Refusal::PoolFull,
            ),
            (
                "(ECIRCUITBREAKER) too many authentication failures, new connections are temporarily blocked",
                "Circuit breaker open: Too many authentication errors",
                Refusal::AuthBlocked,
            ),
            (
                "(EADDRNOTALLOWED) address not in tenant allow_list: {127, 0, 0, 1}",
                "Address not in tenant allow_list: {127, 0, 0, 1}",
                Refusal::AddressNotAllowed,
            ),
        ] {
            assert_eq!(refusal("XX000", new, "CMS"), expected, "{new}");
            assert_eq!(refusal("XX000", old, "SVCM"), expected, "{old}");
        }
    }

    #[test]
    fn a_server_error_is_known_by_its_sqlstate_whoever_passes_it_on() {
        assert_eq!(refusal("53300", "sorry, too many clients already", "SVCMFLR"), Refusal::NoSlots);
        assert_eq!(refusal("53300", "too many connections for role \"x\"", "CFLMRSV"), Refusal::NoSlots);
        assert_eq!(refusal("3D000", "database \"x\" does not exist", "CFLMRSV"), Refusal::DatabaseNotFound);
        assert_eq!(refusal("0A000", "something new", "SVCMFLR"), Refusal::Other);
    }
}
