//! What people point a Postgres client at by mistake, and servers that break the protocol.

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
fn texts_and_numbers_that_attack_the_report_are_taken_as_data() {
    play::all(include_str!("cases/texts.toml"));
}
