//! Every error that a real Supavisor was made to say, byte for byte, and what a probe has to make of it.
//!
//! `transcripts.tsv`: the version; the port; when it was said (`start`: in answer to the `StartupMessage`; `role`: to the
//! client's first SCRAM message; `proof`: to its proof; `login`: behind `AuthenticationOk`; `query`: to the first query;
//! `statement`: an error that does not end the connection); the verdict; the situation; the `ErrorResponse` in hexadecimal.

use supascope::knowledge::errors::{Sender, refusal};

use super::case::{Case, Step};
use super::play;

struct Transcript {
    version: &'static str,
    phase: &'static str,
    verdict: &'static str,
    about: String,
    hex: &'static str,
}

fn transcripts() -> Vec<Transcript> {
    let lines = include_str!("transcripts.tsv").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let [version, port, phase, verdict, situation, hex] =
                line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("six columns: {line}"));
            Transcript { version, phase, verdict, about: format!("{version} {port}: {situation}"), hex }
        })
        .collect()
}

/// The name of a verdict in the case files.
fn named(refusal: supascope::probe::Refusal) -> String {
    let words = format!("{refusal:?}");
    words.char_indices().fold(String::new(), |mut name, (at, letter)| {
        if letter.is_ascii_uppercase() && at > 0 {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
        name
    })
}

fn fields(hex: &str) -> Vec<(char, String)> {
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let texts = bytes[5..].split(|byte| *byte == 0).filter(|text| !text.is_empty());
    texts.map(|text| (text[0] as char, String::from_utf8(text[1..].to_vec()).unwrap())).collect()
}

#[test]
fn every_error_of_a_supavisor_has_its_verdict_and_its_sender() {
    let all = transcripts();
    assert!(all.len() > 100, "{}", all.len());
    let mut wrong = Vec::new();
    for transcript in &all {
        let fields = fields(transcript.hex);
        let get = |code| fields.iter().find(|(field, _)| *field == code).map_or("", |(_, text)| text.as_str());
        let order: String = fields.iter().map(|(code, _)| *code).collect();
        let verdict = named(refusal(get('C'), get('M'), &order));
        if verdict != transcript.verdict {
            wrong.push(format!("{}: {verdict}, not {} ({})", transcript.about, transcript.verdict, get('M')));
        }
        let relayed = order.contains('R');
        assert_eq!(Sender::of(&order) == Sender::Pooler, !relayed, "{}: {order}", transcript.about);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_error_that_ends_a_connection_is_understood_by_the_whole_probe() {
    let cases: Vec<Case> = transcripts().iter().filter_map(case).collect();
    assert!(cases.len() > 80, "{}", cases.len());
    let failed = play::each(&cases, play::play);
    assert!(failed.is_empty(), "{} fail:\n\n{}", failed.len(), failed.join("\n\n"));
}

/// A server that says so at that moment, and to every connection.
fn case(transcript: &Transcript) -> Option<Case> {
    const SASL: &str = r#"{ sasl = ["SCRAM-SHA-256"] },"#;
    const IN: &str = r#"{ scram = "none" },"#;
    let before = match transcript.phase {
        "start" => String::new(),
        "role" => format!(r#"{SASL} {{ expect = "password" }},"#),
        "proof" => format!(r#"{SASL} {{ scram = "until-proof" }},"#),
        "login" => format!("{SASL} {IN}"),
        "query" => format!(r#"{SASL} {IN} {{ greeting = "supavisor" }}, {{ expect = "batch" }},"#),
        "statement" => return None,
        other => panic!("an unknown phase: {other}"),
    };
    let login = match transcript.phase {
        "query" => "login = true",
        _ => "login = false",
    };
    // After a login that succeeded the second connection and the one for startup options log in, too.
    let proofs = match transcript.phase {
        "start" | "role" => 0,
        "query" => 3,
        _ => 1,
    };
    let template = format!(
        r#"
        [[case]]
        about = "x"
        on = [
          {{ first = "ssl", steps = ["secure", {before} {{ hex = "{}" }}, "close"] }},
          {{ first = "get", steps = [{{ send = "HTTP/1.1 204 OK\r\nx-app-version: {}\r\n\r\n" }}] }},
        ]
        expect = {{ refusal = ["{}"], product = "supavisor", version = "{}", {login}, proofs = {proofs} }}
        "#,
        transcript.hex, transcript.version, transcript.verdict, transcript.version
    );
    let mut case = play::cases(&template).pop()?;
    transcript.about.clone_into(&mut case.about);
    assert!(matches!(case.on[0].steps[0], Step::Secure));
    Some(case)
}
