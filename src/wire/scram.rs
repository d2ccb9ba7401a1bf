//! SCRAM-SHA-256 (RFC 5802, RFC 7677), with the guards that a lying server calls for, and with the hashing done once.
//!
//! A login costs thousands of rounds of hashing (4096 by PostgreSQL's default), and those for one role have the same salt:
//! the keys that come out of it are kept, zeroised when dropped, for the further logins of the same probe ([`Keyring`]).
//! The iteration count is bounded before any hashing starts, and the server's proof is demanded.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::WireError;
use crate::secret::Secret;

/// The highest iteration count that is computed. PostgreSQL's default is 4096 (`scram_iterations`); a server that
/// asks for more than this is either mistaken or wants the client's processor.
const MAX_ITERATIONS: u32 = 500_000;
/// Longest server-first-message that is looked at, in bytes.
const MAX_SERVER_FIRST_BYTES: usize = 4096;
/// Random bytes of the client's nonce, as libpq has them (`SCRAM_RAW_NONCE_LEN`, PostgreSQL 15, `scram-common.h`).
const NONCE_BYTES: usize = 18;
/// "This client does not support channel binding", and no other name to act for (RFC 5802, section 7).
const GS2_HEADER: &str = "n,,";

/// The length of a SHA-256.
const KEY_BYTES: usize = digest::SHA256_OUTPUT_LEN;

/// The keys of one password with one salt and one iteration count.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Keys {
    salt: Vec<u8>,
    iterations: u32,
    client: [u8; KEY_BYTES],
    server: [u8; KEY_BYTES],
}

/// The keys of one password that were computed last. It belongs to one password and one probe, and ends with it.
#[derive(Default)]
pub struct Keyring(Mutex<Option<Keys>>);

impl Keyring {
    /// The keys for that salt and count: those that are there, else computed and kept.
    fn keys(&self, password: &Secret, salt: Vec<u8>, iterations: NonZeroU32) -> Keys {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(keys) if keys.salt == salt && keys.iterations == iterations.get() => keys.clone(),
            _ => kept.insert(Keys::compute(password, salt, iterations)).clone(),
        }
    }
}

impl Keys {
    fn compute(password: &Secret, salt: Vec<u8>, iterations: NonZeroU32) -> Self {
        // What SASLprep does not allow is taken as it is (`pg_saslprep`, PostgreSQL 15, `scram-common.c`).
        let prepared = stringprep::saslprep(password.reveal())
            .map_or_else(|_| password.reveal().to_owned(), std::borrow::Cow::into_owned);
        let prepared = Zeroizing::new(prepared);
        let mut salted = Zeroizing::new([0; KEY_BYTES]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, prepared.as_bytes(), &mut *salted);
        let (client, server) = (mac(&*salted, b"Client Key"), mac(&*salted, b"Server Key"));
        Self { salt, iterations: iterations.get(), client, server }
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; KEY_BYTES] {
    let mut bytes = [0; KEY_BYTES];
    bytes.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref());
    bytes
}

/// An exchange that has begun.
pub struct Scram {
    nonce: String,
}

/// The client's proof, and what the server's is held against.
pub struct Proof {
    client_final: String,
    server_key: hmac::Key,
    auth_message: String,
}

impl Scram {
    /// The mechanism's name, as offered by the server.
    pub const MECHANISM: &'static str = "SCRAM-SHA-256";

    /// Begins an exchange without channel binding; fails when the system gives no randomness.
    pub fn begin() -> Result<Self, WireError> {
        let mut random = [0; NONCE_BYTES];
        getrandom::fill(&mut random).map_err(|_| WireError::Scram("this machine gives no randomness"))?;
        Ok(Self { nonce: STANDARD.encode(random) })
    }

    /// The client-first-message. PostgreSQL takes the user's name from the `StartupMessage`.
    pub fn client_first(&self) -> String {
        format!("{GS2_HEADER}n=,r={}", self.nonce)
    }

    /// Takes the server-first-message, and computes the proof of the password that answers it.
    pub fn prove(self, server_first: &[u8], password: &Secret, keyring: &Keyring) -> Result<Proof, WireError> {
        let first = ServerFirst::parse(server_first)?;
        match first.nonce.strip_prefix(&self.nonce) {
            None => return Err(WireError::Scram("the server's nonce does not extend the client's")),
            // Without a part of the server's, its messages could be those of an earlier exchange (RFC 5802, section 5.1).
            Some("") => return Err(WireError::Scram("the server adds nothing to the client's nonce")),
            Some(_) => {}
        }
        let keys = keyring.keys(password, first.salt, first.iterations);
        let without_proof = format!("c={},r={}", STANDARD.encode(GS2_HEADER), first.nonce);
        let auth_message = format!("n=,r={},{},{without_proof}", self.nonce, first.text);
        let stored_key = digest::digest(&digest::SHA256, &keys.client);
        let mut proof = mac(stored_key.as_ref(), auth_message.as_bytes());
        proof.iter_mut().zip(keys.client).for_each(|(byte, key)| *byte ^= key);
        Ok(Proof {
            client_final: format!("{without_proof},p={}", STANDARD.encode(proof)),
            server_key: hmac::Key::new(hmac::HMAC_SHA256, &keys.server),
            auth_message,
        })
    }
}

impl Proof {
    /// The client-final-message.
    pub fn client_final(&self) -> &[u8] {
        self.client_final.as_bytes()
    }

    /// Checks the server's proof that it knows the password's verifier.
    pub fn check(&self, server_final: &[u8]) -> Result<(), WireError> {
        let signature = server_final.strip_prefix(b"v=").and_then(|text| STANDARD.decode(text).ok());
        signature
            .filter(|signature| hmac::verify(&self.server_key, self.auth_message.as_bytes(), signature).is_ok())
            .map(|_| ())
            .ok_or(WireError::Scram("the server could not prove that it knows the password: it may be an impostor"))
    }
}

/// The server-first-message, understood.
struct ServerFirst<'m> {
    text: &'m str,
    nonce: &'m str,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

impl<'m> ServerFirst<'m> {
    /// Nonce, salt and count, in this order and nothing else, as libpq wants them (`read_server_first_message`,
    /// PostgreSQL 15, `fe-auth-scram.c`).
    fn parse(message: &'m [u8]) -> Result<Self, WireError> {
        const MALFORMED: WireError = WireError::Scram("the server's first message is malformed");
        check_server_first(message)?;
        let text = std::str::from_utf8(message).map_err(|_| MALFORMED)?;
        let mut parts = text.split(',');
        let mut part = |name| parts.next().and_then(|part| part.strip_prefix(name)).ok_or(MALFORMED);
        let (nonce, salt, iterations) = (part("r=")?, part("s=")?, part("i=")?);
        if parts.next().is_some() {
            return Err(MALFORMED);
        }
        let salt = STANDARD.decode(salt).map_err(|_| MALFORMED)?;
        let iterations = iterations.parse().map_err(|_| MALFORMED)?;
        Ok(Self { text, nonce, salt, iterations })
    }
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

    fn prove(server_first: &str) -> Result<Proof, WireError> {
        Scram { nonce: "ours".into() }.prove(server_first.as_bytes(), &Secret::new("x"), &Keyring::default())
    }

    /// RFC 7677, section 3, but for the user's name, which the messages of PostgreSQL leave empty: the proofs were computed
    /// with Python's `hashlib` and `hmac`.
    #[test]
    fn proof_and_signature_are_those_of_another_implementation() {
        let scram = Scram { nonce: "rOprNGfwEbeRWgbNEkqO".into() };
        assert_eq!(scram.client_first(), "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
        let first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let proof = scram.prove(first.as_bytes(), &Secret::new("pencil"), &Keyring::default()).unwrap();
        let expected = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=qvT2SWdEH5Q06albL+hjSYuUhCG7VndFyzIb7CK4n9k=";
        assert_eq!(std::str::from_utf8(proof.client_final()).unwrap(), expected);
        assert!(proof.check(b"v=3HO6Qt1M4MKJrmlKaoOqLAI0/0TV0HZe7J9H3MBtSOg=").is_ok());
        for wrong in ["v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "e=invalid-proof", "", "v=?"] {
            assert!(proof.check(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_hashing_is_done_once_for_a_salt_and_a_count() {
        let (keyring, password) = (Keyring::default(), Secret::new("pencil"));
        let count = |iterations| NonZeroU32::new(iterations).unwrap();
        let first = keyring.keys(&password, b"salt".to_vec(), count(4096));
        // Were it computed again, the other password would give other keys.
        let again = keyring.keys(&Secret::new("another"), b"salt".to_vec(), count(4096));
        assert_eq!((first.client, first.server), (again.client, again.server));
        assert_ne!(first.client, keyring.keys(&password, b"salt".to_vec(), count(4097)).client);
        assert_ne!(first.client, keyring.keys(&password, b"tlas".to_vec(), count(4096)).client);
        assert_eq!(first.client, keyring.keys(&password, b"salt".to_vec(), count(4096)).client);
    }

    #[test]
    fn a_password_is_prepared_as_postgres_prepares_it() {
        let client = |password: &str| Keys::compute(&Secret::new(password), b"salt".to_vec(), NonZeroU32::MIN).client;
        assert_eq!(client("\u{2168}"), client("IX"), "RFC 4013, section 3");
        assert_eq!(client("I\u{ad}X"), client("IX"));
        assert_ne!(client("\u{7}"), client(""), "what is prohibited is taken as it is");
    }

    #[test]
    fn an_absurd_iteration_count_is_refused_before_any_hashing() {
        let error = prove("r=oursabc,s=QUFB,i=4000000000").err().unwrap();
        assert!(error.to_string().contains("absurd"), "{error}");
        assert!(check_server_first(b"r=abc,s=QUFB,i=0").is_err());
        assert!(check_server_first(b"r=abc,s=QUFB").is_err());
    }

    #[test]
    fn a_nonce_that_does_not_extend_ours_is_refused() {
        assert!(prove("r=another,s=QUFB,i=4096").is_err());
        assert!(prove("r=ours,s=QUFB,i=4096").is_err());
        assert!(prove("r=oursmore,s=QUFB,i=4096").is_ok());
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for wrong in [
            "",
            "r=oursmore,i=4096,s=QUFB",
            "r=oursmore,s=?,i=4096",
            "m=x,r=oursmore,s=QUFB,i=4096",
            "r=oursmore,s=QUFB,i=4096,x=",
        ] {
            assert!(prove(wrong).is_err(), "{wrong}");
        }
        assert_ne!(Scram::begin().unwrap().nonce, Scram::begin().unwrap().nonce);
    }
}
