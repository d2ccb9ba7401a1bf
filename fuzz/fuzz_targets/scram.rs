//! A server's SCRAM messages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::secret::Secret;
use supascope::wire::Scram;

fuzz_target!(|data: (bool, &[u8], &[u8])| {
    let (extends_nonce, first, last) = data;
    let mut scram = Scram::new(&Secret::new("pencil"));
    let mut message = Vec::new();
    if extends_nonce {
        let ours = scram.client_first().split(|byte| *byte == b',').find_map(|part| part.strip_prefix(b"r="));
        message.extend(b"r=");
        message.extend(ours.unwrap_or_default());
    }
    message.extend(first);
    // Thousands of rounds of hashing teach the fuzzer nothing; the bound itself has a test.
    let many = message.split(|byte| *byte == b',').any(|part| part.starts_with(b"i=") && part.len() > 4);
    if !many && scram.take_server_first(&message).is_ok() {
        assert!(scram.take_server_final(last).is_err(), "a proof by chance");
    }
});
