//! Host, port, user and options, whatever they are: the endpoint is decided, and its parts agree with each other.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::conninfo::{Conninfo, Field, Host, Parameter, Password, PasswordState, Syntax};
use supascope::endpoint::{EndpointKind, Mode, Pooler, classify};

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let mut field = || lines.next().filter(|line| !line.is_empty()).map(Field::unplaced);
    let user = field();
    let options = field();
    let mut hosts = Vec::new();
    while let Some(host) = field() {
        hosts.push(Host { host: Some(host), hostaddr: None, port: field() });
    }
    let parameter = |value: Field| Parameter {
        key: "options".to_owned(),
        value: value.value,
        key_span: None,
        value_span: None,
    };
    let conninfo = Conninfo {
        syntax: Syntax::Keyword,
        scheme: None,
        hosts,
        user,
        password: Password { state: PasswordState::Missing, value: None, span: None },
        database: None,
        parameters: options.map(parameter).into_iter().collect(),
    };
    let endpoint = classify(&conninfo);
    let expected = match endpoint.kind {
        EndpointKind::SharedSession => (Mode::Session, Pooler::Supavisor),
        EndpointKind::SharedTransaction => (Mode::Transaction, Pooler::Supavisor),
        EndpointKind::Dedicated => (Mode::Transaction, Pooler::PgBouncer),
        EndpointKind::Direct => (Mode::Direct, Pooler::None),
        _ => (endpoint.mode, endpoint.pooler),
    };
    assert_eq!((endpoint.mode, endpoint.pooler), expected);
    assert!(!endpoint.evidence.is_empty(), "a verdict without evidence");
});
