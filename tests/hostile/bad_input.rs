//! What people point a Postgres client at by mistake, and servers that break the protocol.

use super::case::{Case, Step};
use super::play;

#[test]
fn what_is_no_postgres_server_is_named() {
    play::all(include_str!("cases/not-postgres.toml"));
}

#[test]
fn a_handshake_that_breaks_the_rules_is_refused() {
    play::all(include_str!("cases/handshake.toml"));
}

#[test]
fn no_login_gives_the_password_away() {
    play::all(include_str!("cases/login.toml"));
}

#[test]
fn floods_silence_and_lies_about_lengths_end_in_time() {
    play::all(include_str!("cases/unbreakable.toml"));
}

#[test]
fn supavisors_refusals_are_understood_in_both_families_of_texts() {
    play::all(include_str!("cases/supavisor.toml"));
}

#[test]
fn a_handshake_without_a_request_is_taken_refused_or_unknown() {
    play::all(include_str!("cases/direct-tls.toml"));
}

#[test]
fn texts_and_numbers_that_attack_the_report_are_taken_as_data() {
    play::all(include_str!("cases/texts.toml"));
}

#[test]
fn a_handshake_may_be_cut_anywhere() {
    let [template] = play::cases(
        r#"
        [[case]]
        about = "a handshake that is cut"
        door = { deadline-s = 10 }
        on = [{ first = "ssl", steps = [{ expect = "ssl-request" }, { send = "S" }, { tls-cut = 0 }, "close"] }]
        expect = { refusal = ["tls-failed", "protocol"] }
        "#,
    )
    .try_into()
    .unwrap();
    let cuts: Vec<Case> = [0, 1, 4, 5, 6, 43, 44, 90, 127, 128, 133, 200, 400, 600]
        .into_iter()
        .map(|after| {
            let mut case = template.clone();
            case.about = format!("a handshake that is cut after {after} bytes");
            case.on[0].steps[2] = Step::TlsCut(after);
            case
        })
        .collect();
    let failed = play::each(&cuts, play::play);
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
