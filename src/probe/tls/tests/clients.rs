//! What the drivers do with one sslmode at one server.

use super::{chain, roots};
use crate::probe::ClientOutcome::{self, Fails, Plaintext as Clear, Unverified, Verified};
use crate::probe::Plaintext;
use crate::probe::tls::{Roots, RootsError, Sight, outcomes};
use crate::wire::tls::testing::{family, now};

const HOST: &str = "db.example.test";
const NO_FILE: RootsError = RootsError::NoHome;
const NO_STORE: RootsError = RootsError::NoSystemStore;

/// A setting, and the server that it meets.
struct Scene<'a> {
    parameters: &'a [(&'a str, &'a str)],
    root_file: Option<&'a str>,
    given: Option<&'a Roots>,
    offered: bool,
    plaintext: Plaintext,
}

impl Scene<'_> {
    /// What libpq, node-postgres, pgjdbc, asyncpg and postgres.js do, with the reasons.
    fn play(&self) -> Vec<(ClientOutcome, String)> {
        let (_, intermediate, leaf) = family(&[HOST]);
        self.play_with(&chain(&[&leaf, &intermediate]))
    }

    fn play_with(&self, chain: &[rustls::pki_types::CertificateDer<'_>]) -> Vec<(ClientOutcome, String)> {
        let parameters: Vec<_> = self.parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let sight = Sight {
            parameters: &parameters,
            root_file: self.root_file,
            host: HOST,
            offered: self.offered,
            plaintext: self.plaintext,
            chain,
            given: self.given.ok_or(&NO_FILE),
            system: Err(&NO_STORE),
            remedy: Some("REMEDY"),
            now: now(),
        };
        outcomes(&sight).into_iter().map(|client| (client.outcome, client.why)).collect()
    }
}

const SCENE: Scene<'_> =
    Scene { parameters: &[], root_file: None, given: None, offered: true, plaintext: Plaintext::Accepted };

fn outcomes_of(played: &[(ClientOutcome, String)]) -> Vec<ClientOutcome> {
    played.iter().map(|(outcome, _)| *outcome).collect()
}

#[test]
fn require_without_a_root_connects_with_all_but_node_postgres() {
    let played = Scene { parameters: &[("sslmode", "require")], ..SCENE }.play();
    assert_eq!(outcomes_of(&played), [Unverified, Fails, Unverified, Unverified, Unverified]);
    assert!(played[1].1.ends_with("REMEDY"), "the reason says what to give: {}", played[1].1);
    let compatible = Scene { parameters: &[("sslmode", "require"), ("uselibpqcompat", "true")], ..SCENE }.play();
    assert_eq!(compatible[1].0, Unverified);
}

#[test]
fn verify_full_with_the_root_passes_where_the_setting_can_name_it() {
    let (root, intermediate, leaf) = family(&[HOST]);
    let trust = roots(&[&root]);
    let scene =
        Scene { parameters: &[("sslmode", "verify-full")], root_file: Some("ca.crt"), given: Some(&trust), ..SCENE };
    let played = scene.play_with(&chain(&[&leaf, &intermediate]));
    assert_eq!(outcomes_of(&played), [Verified, Verified, Verified, Verified, Fails]);
}

/// node-postgres and postgres.js use no TLS unless told to; who enforces TLS shuts them out.
#[test]
fn without_an_sslmode_some_send_everything_in_clear() {
    assert_eq!(outcomes_of(&SCENE.play()), [Unverified, Clear, Unverified, Unverified, Clear]);
    let enforced = Scene { plaintext: Plaintext::Refused, ..SCENE }.play();
    assert_eq!(outcomes_of(&enforced), [Unverified, Fails, Unverified, Unverified, Fails]);
    let without_tls = Scene { offered: false, ..SCENE }.play();
    assert_eq!(outcomes_of(&without_tls), [Clear, Clear, Clear, Clear, Clear]);
}

/// libpq's `prefer` verifies when a root file is there, and falls back to plaintext when that fails.
#[test]
fn prefer_with_a_wrong_root_file_ends_in_plaintext() {
    let (root, ..) = family(&["other.test"]);
    let trust = roots(&[&root]);
    let played = Scene { given: Some(&trust), ..SCENE }.play();
    assert_eq!(played[0].0, Clear);
    assert!(played[0].1.contains("falls back to plaintext"), "{}", played[0].1);
    let enforced = Scene { given: Some(&trust), plaintext: Plaintext::Refused, ..SCENE }.play();
    assert_eq!(enforced[0].0, Fails);
}

#[test]
fn the_word_system_is_refused_taken_for_a_file_or_understood() {
    let played = Scene { parameters: &[("sslmode", "require")], root_file: Some("system"), ..SCENE }.play();
    assert!(played[0].0 == Fails && played[0].1.contains("weaker than verify-full"), "{}", played[0].1);
    assert!(played[1].0 == Fails && played[1].1.contains("name of a file"), "{}", played[1].1);
    assert_eq!(played[2].0, Unverified, "pgjdbc verifies nothing under require, and looks for no file");
    assert_eq!(played[4].0, Fails, "postgres.js verifies fully, and this root is not public");
}
