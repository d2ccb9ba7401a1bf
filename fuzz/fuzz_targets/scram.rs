//! A server's SCRAM messages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::secret::Secret;
use supascope::wire::{Keyring, Scram};

fuzz_target!(|data: (bool, &[u8], &[u8])| {
    let (extends_nonce, first, last) = data;
    let scram = Scram::begin().expect("randomness");
    let mut message = Vec::new();
    if extends_nonce {
        message.extend(b"r=");
        message.extend(scram.client_first().rsplit('=').next().unwrap_or_default().as_bytes());
    }
    message.extend(first);
    // Thousands of rounds of hashing teach the fuzzer nothing; the bound itself has a test.
    let many = message.split(|byte| *byte == b',').any(|part| part.starts_with(b"i=") && part.len() > 4);
    if !many && let Ok(proof) = scram.prove(&message, &Secret::new("pencil"), &Keyring::default()) {
        assert!(proof.client_final().starts_with(b"c=biws,r="));
        assert!(proof.check(last).is_err(), "a proof by chance");
    }
});
