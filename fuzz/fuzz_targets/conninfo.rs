//! One setting in any syntax: nothing panics, every span is on a character boundary, and what was read is read again
//! from what is printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::conninfo::{Conninfo, Syntax, looks_like_setting, print_keyword, print_uri, read_text};
use supascope::secret::MASK;

/// What a printed setting must keep.
fn essence(conninfo: &Conninfo) -> impl PartialEq + use<> {
    let text = |field: &Option<supascope::conninfo::Field>| field.as_ref().map(|field| field.value.clone());
    let hosts: Vec<_> =
        conninfo.hosts.iter().map(|host| (text(&host.host), text(&host.hostaddr), text(&host.port))).collect();
    let password = conninfo.password.value.as_ref().map(|value| value.reveal().to_owned());
    (hosts, text(&conninfo.user), password, text(&conninfo.database))
}

fn hides_something(conninfo: &Conninfo) -> bool {
    format!("{conninfo:?}").contains(MASK)
}

fuzz_target!(|text: &str| {
    let _ = looks_like_setting(text);
    let reading = read_text(text);
    let _ = reading.text.masked();
    for anomaly in &reading.anomalies {
        let span = anomaly.span.clone().unwrap_or(0..0);
        assert!(text.get(span).is_some(), "an anomaly between characters: {:?}", anomaly.kind);
    }
    let Ok(literal) = &reading.literal else { return };
    // What is hidden cannot be printed; other readers' keys are none of libpq's; what says nothing prints nothing.
    let libpqs = match &literal.scheme {
        Some(scheme) => matches!(scheme.text.as_str(), "postgres" | "postgresql"),
        None => literal.syntax == Syntax::Keyword,
    };
    if !libpqs || hides_something(literal) || print_keyword(literal).is_empty() {
        return;
    }
    for printed in [print_uri(literal), print_keyword(literal)] {
        let again = read_text(printed.reveal());
        let Ok(again) = &again.literal else { panic!("what was printed cannot be read: {}", printed.reveal()) };
        if !hides_something(again) {
            assert!(essence(again) == essence(literal), "printing changes the setting: {}", printed.reveal());
        }
    }
});
