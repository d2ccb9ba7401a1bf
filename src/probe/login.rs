//! One login: what is answered to which request, and what never is.
//!
//! The password itself is never sent, over no link. SCRAM and MD5 are answered over TLS; SCRAM also without it on stacks
//! that run on one's own machine, where it shows a listener a proof and not the password.

use super::door::Door;
use super::gate::Turn;
use super::link::{First, Greeting, Link, LinkError};
use crate::wire::{AuthRequest, Keyring, Scram};

/// The contract's name of what the server asks for.
pub fn method(request: &AuthRequest) -> Option<&'static str> {
    match request {
        AuthRequest::Ok => Some("trust"),
        AuthRequest::Cleartext => Some("cleartext"),
        AuthRequest::Md5(_) => Some("md5"),
        AuthRequest::Sasl(mechanisms) if mechanisms.iter().any(|name| name == "SCRAM-SHA-256-PLUS") => {
            Some("scram-sha-256-plus")
        }
        AuthRequest::Sasl(_) => Some("scram-sha-256"),
        _ => None,
    }
}

/// Whether only PostgreSQL itself answers like this: no pooler offers channel binding (measured, November 2026).
pub fn offers_channel_binding(first: &First) -> bool {
    matches!(first, First::Auth(request) if method(request) == Some("scram-sha-256-plus"))
}

/// Logs in. With a `turn` the proof waits until that comes; `Ok(None)` when it never does.
pub async fn run(
    link: &mut Link<'_>,
    door: &Door,
    first: &First,
    keyring: &Keyring,
    turn: Option<&Turn<'_>>,
) -> Result<Option<Greeting>, LinkError> {
    let request = match first {
        First::Refused(fields) => return Err(LinkError::Server(fields.clone())),
        First::Auth(request) => request,
    };
    if *request == AuthRequest::Ok {
        if !comes(turn).await? {
            return Ok(None);
        }
        return link.greeting().await.map(Some);
    }
    let Some(password) = &door.password else { return Err(LinkError::Unsafe(door.no_password)) };
    let encrypted = link.peer.is_some();
    if !encrypted && !door.plaintext_login {
        return Err(LinkError::Unsafe("a login is tried over TLS only"));
    }
    match request {
        AuthRequest::Sasl(mechanisms) if mechanisms.iter().any(|name| name == Scram::MECHANISM) => {
            let proof = link.offer_scram(password, keyring).await?;
            if !comes(turn).await? {
                return Ok(None);
            }
            link.finish_scram(&proof).await.map(Some)
        }
        AuthRequest::Md5(salt) if encrypted => {
            if !comes(turn).await? {
                return Ok(None);
            }
            let user = door.user.as_deref().unwrap_or_default();
            link.answer_md5(user, password, *salt).await.map(Some)
        }
        AuthRequest::Md5(_) => {
            Err(LinkError::Unsafe("the server asks for an MD5 hash without TLS, which is not answered"))
        }
        AuthRequest::Cleartext => Err(LinkError::Unsafe(
            "the server asks for the password itself, which supascope never sends (Supabase asks so for temporary access)",
        )),
        _ => Err(LinkError::Unsafe("the server asks for an authentication method that is not for passwords")),
    }
}

async fn comes(turn: Option<&Turn<'_>>) -> Result<bool, LinkError> {
    match turn {
        Some(turn) => turn.comes().await.map_err(LinkError::Spared),
        None => Ok(true),
    }
}
