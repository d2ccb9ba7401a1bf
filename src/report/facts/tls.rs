//! What was measured of TLS, and what it means to the drivers.

use super::Facts;
use super::measured::{joined, push_part};
use crate::probe::{Certificate, ClientOutcome, ClientTls, Part, SslmodeVerdict, Sslmodes, Tls};

pub(super) fn push(facts: &mut Facts, part: &Part<Tls>, verbose: bool) {
    push_part(facts, "TLS", part, |tls| {
        let versions: Vec<&str> = [(tls.tls12, "1.2"), (tls.tls13, "1.3")]
            .into_iter()
            .filter_map(|(works, version)| (works == Some(true)).then_some(version))
            .collect();
        let offered =
            if tls.offered { format!("offered {}", versions.join(" and ")) } else { "not offered".to_owned() };
        let features = [(tls.direct, "direct TLS"), (tls.channel_binding, "channel binding")]
            .into_iter()
            .filter_map(|(offered, name)| Some(format!("; {}{name}", if offered? { "" } else { "no " })));
        let how = format!("plaintext connections: {}{}", tls.plaintext.as_str(), features.collect::<String>());
        (offered.trim_end().to_owned(), how)
    });
    let Some(tls) = &part.value else { return };
    if verbose {
        push_features(facts, tls);
    }
    for (name, modes) in [("sslmode, given roots", &tls.given_roots), ("sslmode, system roots", &tls.system_roots)] {
        if let Some(modes) = modes {
            let (works, why_not) = sslmodes(modes);
            facts.push(name, works, why_not);
        }
    }
    if let Some(certificate) = &tls.certificate {
        push_certificate(facts, certificate, tls, verbose);
    }
    push_clients(facts, &tls.clients, verbose);
}

/// What two parameters come to here that a setting may have.
fn push_features(facts: &mut Facts, tls: &Tls) {
    let value = |parameter: &str, works: bool| format!("{parameter} {}", if works { "works" } else { "fails" });
    if let Some(direct) = tls.direct {
        let why = if direct { "a handshake without SSLRequest is taken" } else { "no handshake without SSLRequest" };
        facts.push("direct TLS", value("sslnegotiation=direct", direct), format!("measured: {why}"));
    }
    if let Some(offered) = tls.channel_binding {
        let why = if offered { "offers" } else { "does not offer" };
        let how = format!("derived: the server {why} SCRAM-SHA-256-PLUS; the default, prefer, works");
        facts.push("channel binding", value("channel_binding=require", offered), how);
    }
}

/// What drivers would make of this sslmode: worth a row when they differ, or when one fails.
fn push_clients(facts: &mut Facts, clients: &[ClientTls], verbose: bool) {
    let Some(first) = clients.first() else { return };
    let agree = clients.iter().all(|client| client.outcome == first.outcome);
    if agree && first.outcome != ClientOutcome::Fails && !verbose {
        return;
    }
    let mut groups: Vec<(ClientOutcome, Vec<&str>)> = Vec::new();
    for client in clients {
        match groups.iter_mut().find(|(outcome, _)| *outcome == client.outcome) {
            Some((_, names)) => names.push(&client.name),
            None => groups.push((client.outcome, vec![&client.name])),
        }
    }
    let told: Vec<String> =
        groups.iter().map(|(outcome, names)| format!("{}: {}", outcome.as_str(), names.join(", "))).collect();
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for client in clients.iter().filter(|client| verbose || client.outcome == ClientOutcome::Fails) {
        match reasons.iter_mut().find(|(why, _)| *why == client.why) {
            Some((_, ids)) => ids.push(&client.id),
            None => reasons.push((&client.why, vec![&client.id])),
        }
    }
    let reasons: Vec<String> = reasons.iter().map(|(why, ids)| format!("{}: {why}", ids.join(", "))).collect();
    facts.push("drivers, this sslmode", told.join("; "), joined("derived", &[&reasons.join("; ")]));
}

/// The modes that work, and why the others do not.
fn sslmodes(modes: &Sslmodes) -> (String, String) {
    let all = [("require", &modes.require), ("verify-ca", &modes.verify_ca), ("verify-full", &modes.verify_full)];
    let works: Vec<&str> =
        all.iter().filter(|(_, verdict)| **verdict == SslmodeVerdict::Ok).map(|(name, _)| *name).collect();
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, verdict) in all {
        let (SslmodeVerdict::No(why) | SslmodeVerdict::Unknown(why)) = verdict else { continue };
        match reasons.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let why_not: Vec<String> = reasons.iter().map(|(why, names)| format!("not {}: {why}", names.join(", "))).collect();
    let works = match works.as_slice() {
        [] => "none works".to_owned(),
        [only] => format!("{only} works"),
        several => format!("{} work", several.join(", ")),
    };
    (works, joined("measured", &[&why_not.join("; ")]))
}

fn push_certificate(facts: &mut Facts, certificate: &Certificate, tls: &Tls, verbose: bool) {
    let days = certificate.days_left;
    let left = if days < 0 { format!("expired {} days ago", -days) } else { format!("{days} days left") };
    let names = certificate.names.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = certificate.names.len().saturating_sub(3);
    let names = if more > 0 { format!("{names} and {more} more") } else { names };
    facts.push("certificate", names, format!("{left}, until {}; root: {}", certificate.not_after, tls.root));
    if verbose {
        facts.push("certificate subject", certificate.subject.as_str(), "measured");
        facts.push(
            "certificate issuer",
            certificate.issuer.as_str(),
            format!("{} sent in the chain", tls.chain_length),
        );
        facts.push("certificate SHA-256", certificate.sha256.as_str(), "measured");
        if let Some(key) = &tls.key {
            facts.push("certificate key", key.name.as_str(), format!("signed with {}", key.signature_algorithm));
        }
        for (at, sent) in tls.chain.iter().enumerate().skip(1) {
            let how = format!("until {}; SHA-256 {}", sent.not_after, sent.sha256);
            facts.push(&format!("chain, {}", at + 1), sent.subject.as_str(), how);
        }
    }
}
