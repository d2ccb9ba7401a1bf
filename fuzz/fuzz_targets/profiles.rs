//! A profile of knowledge that somebody else wrote: refused with a place, or read; never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::knowledge;

fuzz_target!(|data: (u8, &str)| {
    let (kind, text) = data;
    let error = match kind % 6 {
        0 => knowledge::parse_stack("x.toml", text).err(),
        1 => knowledge::parse_tiers("x.toml", text).err(),
        2 => knowledge::parse_endpoints("x.toml", text).err(),
        3 => knowledge::parse_services("x.toml", text).err(),
        4 => knowledge::parse_tls_clients("x.toml", text).err(),
        _ => knowledge::parse_detection("x.toml", text).err(),
    };
    if let Some(error) = error {
        assert!(error.to_string().contains("x.toml"), "{error}");
    }
});
