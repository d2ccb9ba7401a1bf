//! The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), with lies to choose from.

use sha2::{Digest, Sha256};

/// The salt of every verifier here.
const SALT: &[u8] = b"a salt of tests";
const ITERATIONS: u32 = 4096;

/// One exchange on the server's side.
pub struct Exchange {
    server_first: String,
    client_first_bare: String,
    salted: [u8; 32],
}

impl Exchange {
    /// Takes the client-first-message.
    pub fn new(client_first: &str, password: &str) -> Self {
        let bare = client_first.splitn(3, ',').nth(2).expect("a GS2 header and a message").to_owned();
        let nonce = bare.split(',').find_map(|part| part.strip_prefix("r=")).expect("a nonce");
        let server_first = format!("r={nonce}fromtheserver,s={},i={ITERATIONS}", base64(SALT));
        Self { server_first, client_first_bare: bare, salted: salted(password) }
    }

    /// The server-first-message.
    pub fn server_first(&self) -> &str {
        &self.server_first
    }

    /// Checks the client-final-message; the server-final-message when the proof is right.
    pub fn finish(&self, client_final: &str) -> Option<String> {
        let (without_proof, proof) = client_final.rsplit_once(",p=")?;
        let message = format!("{},{},{without_proof}", self.client_first_bare, self.server_first);
        let client_key = hmac(&self.salted, b"Client Key");
        let stored_key: [u8; 32] = Sha256::digest(client_key).into();
        let signature = hmac(&stored_key, message.as_bytes());
        let expected: Vec<u8> = client_key.iter().zip(signature).map(|(key, byte)| key ^ byte).collect();
        let server_key = hmac(&self.salted, b"Server Key");
        let verifier = base64(&hmac(&server_key, message.as_bytes()));
        (base64(&expected) == proof).then(|| format!("v={verifier}"))
    }
}

fn salted(password: &str) -> [u8; 32] {
    let mut block = hmac(password.as_bytes(), &[SALT, &[0, 0, 0, 1]].concat());
    let mut sum = block;
    for _ in 1..ITERATIONS {
        block = hmac(password.as_bytes(), &block);
        for (total, byte) in sum.iter_mut().zip(block) {
            *total ^= byte;
        }
    }
    sum
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut padded = [0_u8; 64];
    if key.len() > padded.len() {
        padded[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let keyed = |pad: u8, message: &[u8]| {
        let mut hash = Sha256::new();
        hash.update(padded.map(|byte| byte ^ pad));
        hash.update(message);
        <[u8; 32]>::from(hash.finalize())
    };
    keyed(0x5c, &keyed(0x36, message))
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().chain(&[0, 0]).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for at in 0..4 {
            text.push(if at <= chunk.len() { char::from(DIGITS[bits >> (18 - 6 * at) & 63]) } else { '=' });
        }
    }
    text
}
