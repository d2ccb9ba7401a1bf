//! SCRAM-SHA-256 (RFC 5802, RFC 7677), with the guards that a lying server calls for.
//!
//! The computation is `postgres-protocol`'s; the guards are ours: the iteration count is bounded before any hashing
//! starts, and the server's proof is demanded.

use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};

use super::WireError;
use crate::secret::Secret;

/// The highest iteration count that is computed. PostgreSQL's default is 4096 (`scram_iterations`); a server that
/// asks for more than this is either mistaken or wants the client's processor.
const MAX_ITERATIONS: u32 = 500_000;
/// Longest server-first-message that is looked at, in bytes.
const MAX_SERVER_FIRST_BYTES: usize = 4096;

/// One exchange. The secret it holds is zeroised with the rest of the exchange when dropped.
pub struct Scram {
    inner: ScramSha256,
}

impl Scram {
    /// The mechanism's name, as offered by the server.
    pub const MECHANISM: &'static str = SCRAM_SHA_256;

    /// Starts an exchange without channel binding. `mechanisms` are those that the server offered: RFC 5802 wants the
    /// client to say `y` when it could bind and believes that the server cannot, `n` when it does not support it; this
    /// client does not bind, so it says `n`.
    pub fn new(password: &Secret) -> Self {
        Self { inner: ScramSha256::new(password.reveal().as_bytes(), ChannelBinding::unsupported()) }
    }

    /// The client-first-message.
    pub fn client_first(&self) -> &[u8] {
        self.inner.message()
    }

    /// Takes the server-first-message; the client-final-message is ready afterwards.
    pub fn take_server_first(&mut self, server_first: &[u8]) -> Result<&[u8], WireError> {
        check_server_first(server_first)?;
        // The computation takes the client's own nonce for an answer to it; without a part of the server's, its messages
        // could be those of an earlier exchange (RFC 5802, section 5.1).
        if nonce(server_first) == nonce(self.inner.message()) {
            return Err(WireError::Scram("the server adds nothing to the client's nonce"));
        }
        self.inner.update(server_first).map_err(|_| {
            WireError::Scram("the server's first message is malformed, or its nonce does not extend the client's")
        })?;
        Ok(self.inner.message())
    }

    /// Checks the server's proof that it knows the password's verifier.
    pub fn take_server_final(&mut self, server_final: &[u8]) -> Result<(), WireError> {
        self.inner.finish(server_final).map_err(|_| {
            WireError::Scram("the server could not prove that it knows the password: it may be an impostor")
        })
    }
}

/// The nonce in a message of SCRAM.
fn nonce(message: &[u8]) -> Option<&[u8]> {
    message.split(|byte| *byte == b',').find_map(|part| part.strip_prefix(b"r="))
}

/// Refuses a server-first-message that is malformed, or asks for an absurd amount of hashing.
pub(crate) fn check_server_first(message: &[u8]) -> Result<(), WireError> {
    if message.len() > MAX_SERVER_FIRST_BYTES {
        return Err(WireError::Scram("the server's first message is too long"));
    }
    let text = std::str::from_utf8(message).map_err(|_| WireError::Scram("the server's first message is not text"))?;
    let iterations = text
        .split(',')
        .find_map(|part| part.strip_prefix("i="))
        .and_then(|count| count.parse::<u32>().ok())
        .ok_or(WireError::Scram("the server names no valid iteration count"))?;
    if iterations == 0 || iterations > MAX_ITERATIONS {
        return Err(WireError::Scram("the server asks for an absurd number of hash iterations"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absurd_iteration_count_is_refused_before_any_hashing() {
        let mut scram = Scram::new(&Secret::new("x"));
        let error = scram.take_server_first(b"r=abc,s=QUFB,i=4000000000").unwrap_err();
        assert!(error.to_string().contains("absurd"), "{error}");
        assert!(check_server_first(b"r=abc,s=QUFB,i=0").is_err());
        assert!(check_server_first(b"r=abc,s=QUFB").is_err());
    }

    #[test]
    fn a_nonce_that_does_not_extend_ours_is_refused() {
        let mut scram = Scram::new(&Secret::new("x"));
        assert!(scram.take_server_first(b"r=another,s=QUFB,i=4096").is_err());
        let mut scram = Scram::new(&Secret::new("x"));
        let ours = String::from_utf8(nonce(scram.client_first()).unwrap().to_vec()).unwrap();
        assert!(scram.take_server_first(format!("r={ours},s=QUFB,i=4096").as_bytes()).is_err());
        assert!(scram.take_server_first(format!("r={ours}more,s=QUFB,i=4096").as_bytes()).is_ok());
    }
}
