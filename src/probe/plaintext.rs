//! Whether the server takes a client without TLS: a `StartupMessage` in clear, one answer read, closed. No password, and
//! nothing that counts as a failed login on any server measured (20 in a row on Supavisor 2.8.8 and 2.9.7).

use std::net::SocketAddr;
use std::time::Duration;

use super::budget::Budget;
use super::link::{First, Socket};
use super::{Plaintext, Refusal, refusal};

/// Asks. The user, the database and with them the project ref travel in clear.
pub async fn ask(address: SocketAddr, user: &str, database: &str, timeout: Duration, budget: &Budget) -> Plaintext {
    let Some(grant) = budget.grant().await else { return Plaintext::Unknown };
    let Ok(socket) = Socket::connect(address, timeout, grant).await else { return Plaintext::Unknown };
    let mut link = socket.plaintext(timeout);
    let first = link.start(&[], user, database).await;
    // Closed without an answer to it: an unanswered request counts as a failed login only after 15 s.
    drop(link);
    first.map_or(Plaintext::Unknown, |first| judge(&first))
}

/// What the first answer says. Supavisor checks the tenant and a ban before TLS, the address, the client limit and the
/// breaker after it (its source, `client_handler.ex`; ESSLREQUIRED measured on a blocked address).
fn judge(first: &First) -> Plaintext {
    match first {
        First::Auth(_) => Plaintext::Accepted,
        First::Refused(fields) => match refusal::classify(fields) {
            Refusal::TlsRequired => Plaintext::Refused,
            Refusal::AddressNotAllowed if fields.message().contains("allow_list") => Plaintext::Accepted,
            Refusal::PoolFull | Refusal::AuthBlocked => Plaintext::Accepted,
            _ => Plaintext::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{AuthRequest, ErrorFields};

    fn refused(sqlstate: &str, message: &str) -> Plaintext {
        let fields = vec![(b'C', sqlstate.to_owned()), (b'M', message.to_owned()), (b'S', "FATAL".to_owned())];
        judge(&First::Refused(ErrorFields { fields }))
    }

    #[test]
    fn an_authentication_request_means_accepted() {
        assert_eq!(judge(&First::Auth(AuthRequest::Ok)), Plaintext::Accepted);
    }

    #[test]
    fn enforcement_is_known_in_every_wording() {
        assert_eq!(refused("XX000", "(ESSLREQUIRED) SSL connection is required for user: x"), Plaintext::Refused);
        assert_eq!(refused("08P01", "SSL required"), Plaintext::Refused);
        assert_eq!(refused("28000", "no pg_hba.conf entry for host \"x\", no encryption"), Plaintext::Refused);
    }

    #[test]
    fn what_supavisor_checks_after_tls_proves_that_tls_is_not_enforced() {
        assert_eq!(refused("XX000", "(EMAXCONN) max client connections reached, limit: 20"), Plaintext::Accepted);
        assert_eq!(refused("XX000", "(EADDRNOTALLOWED) address not in tenant allow_list: {1}"), Plaintext::Accepted);
    }

    #[test]
    fn what_it_checks_before_tls_proves_nothing() {
        assert_eq!(refused("XX000", "(ENOTFOUND) tenant/user x not found"), Plaintext::Unknown);
        assert_eq!(refused("XX000", "(EBANNED) tenant is banned: x"), Plaintext::Unknown);
    }
}
