//! A probe of the laboratory's endpoints.

#![allow(dead_code, reason = "every test binary compiles this file and uses a part of it")]

use std::time::Duration;

use supascope::endpoint::{EndpointKind, Mode};
use supascope::probe::door::{Door, Limits};
use supascope::probe::tls::Sslmode;
use supascope::probe::{ProbeReport, plan};
use supascope::rules::Context;
use supascope::secret::Secret;

use crate::lab::{Endpoint, Lab};

/// The setting of that endpoint.
pub fn door(lab: &Lab, endpoint: &Endpoint) -> Door {
    let kind = match endpoint.name.as_str() {
        "direct" => EndpointKind::Direct,
        "dedicated" => EndpointKind::Dedicated,
        name if name.contains("session") => EndpointKind::SharedSession,
        _ => EndpointKind::SharedTransaction,
    };
    Door {
        host: endpoint.host.clone(),
        hostaddr: Some(endpoint.hostaddr.clone()),
        port: endpoint.port,
        user: Some(endpoint.user.clone()),
        database: endpoint.database.clone(),
        password: Some(Secret::new(endpoint.password.as_str())),
        no_password: "",
        sslmode: Sslmode::VerifyFull,
        ssl_root_cert: Some(lab.ca().display().to_string()),
        tls_parameters: vec![("sslmode".to_owned(), "verify-full".to_owned())],
        plaintext_login: false,
        kind,
        mode: if endpoint.name.contains("session") { Mode::Session } else { Mode::Unknown },
    }
}

/// Probes it.
pub fn probe_with(door: &Door, context: &Context) -> ProbeReport {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limits = Limits { connect_timeout: Duration::from_secs(5), deadline: Duration::from_secs(25), retries: 0 };
    runtime.block_on(plan::run(door, context, limits))
}
