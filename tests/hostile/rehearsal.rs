//! A rehearsal against a Supavisor whose pool is small: it ends at the cap, and the refusal carries its cause.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::certificates;
use super::play::{HOST, PASSWORD};
use super::supavisor::{Lie, Port, Setup, Supavisor, Upstream, Version};
use crate::lab::Lab;

#[test]
fn a_full_session_pool_ends_the_load_at_its_cap_and_is_told_in_both_wordings() {
    let lab = Lab::start(&[]);
    let direct = lab.endpoint("direct");
    for (version, wording) in [(Version::New, "(EMAXCONNSESSION)"), (Version::Old, "MaxClientsInSessionMode")] {
        let setup = Setup { version, port: Port::Session, tracking: false, pool_size: 5, taken: 0, lie: Lie::None };
        let upstream = Upstream {
            address: format!("{}:{}", direct.hostaddr, direct.port).parse().unwrap(),
            role: "postgres".to_owned(),
            password: direct.password.clone(),
        };
        let supavisor = Supavisor::start(&format!("{}.200", lab.block()), setup, upstream);
        let setting = format!(
            "postgresql://postgres.{}:{PASSWORD}@{HOST}:{}/postgres?hostaddr={}&sslmode=verify-full&sslrootcert={}",
            lab.project_ref(),
            supavisor.address.port(),
            supavisor.address.ip(),
            certificates::root_file().display()
        );
        let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
            .args([
                "rehearse",
                "env:TARGET",
                "--format",
                "json",
                "--pool-size",
                "10",
                "--seconds",
                "2",
                "--per-request",
            ])
            .env_clear()
            .env("TARGET", setting)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let seen = supavisor.stop();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{report:#}");
        let failed = &report["yours"]["failed"][0];
        assert_eq!((&report["yours"]["end"], &failed["cause"]), (&"refused".into(), &"max-clients-session".into()));
        assert!(failed["message"].as_str().unwrap().contains(wording), "{failed}");
        assert_eq!(report["findings"][0]["rule"], "pool-refused", "{report:#}");
        let cap = report["yours"]["knee"]["server_connections"].as_i64().unwrap();
        assert!((cap - 5).abs() <= 1, "found {cap}, and there are 5");
        let allowed = report["learnt"]["allowed_connections"].as_u64().unwrap();
        assert!(seen.most_clients as u64 <= allowed, "{} at once, {allowed} allowed", seen.most_clients);
        assert!(report["per_request"]["ratio"].as_f64().unwrap() > 1.0, "{}", report["per_request"]);
        assert_eq!(seen.broken_rules, Vec::<String>::new());
    }
}
