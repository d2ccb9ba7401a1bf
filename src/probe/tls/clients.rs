//! What each driver would do with this sslmode at this server. The knowledge is `profiles/tls-clients.toml`'s; this applies it.

use rustls::pki_types::{CertificateDer, UnixTime};

use super::{ChainFault, RootsError, Sslmode, Trust, check};
use crate::knowledge::{RootSource, SystemWord, TlsBehaviour, TlsClient, TlsUse, TlsVerify, tls_clients};
use crate::probe::{ClientOutcome, ClientTls, Plaintext};

/// What the drivers meet.
pub struct Sight<'a> {
    /// The setting's parameters that some driver reads for this ([`crate::knowledge::TlsClients::reads`]), as written.
    pub parameters: &'a [(String, String)],
    /// `sslrootcert`, when one is given.
    pub root_file: Option<&'a str>,
    /// The host of the setting.
    pub host: &'a str,
    /// The server has TLS.
    pub offered: bool,
    /// The server takes plaintext.
    pub plaintext: Plaintext,
    /// The certificates as sent.
    pub chain: &'a [CertificateDer<'a>],
    /// libpq's roots: those of `sslrootcert`, else its default file's.
    pub given: Trust<'a>,
    /// The system's trust store.
    pub system: Trust<'a>,
    /// What to add where a chain is not trusted: [`super::remedy`].
    pub remedy: Option<&'a str>,
    /// The moment to judge at.
    pub now: UnixTime,
}

type Outcome = (ClientOutcome, String);

/// What every known driver would do.
pub fn outcomes(sight: &Sight<'_>) -> Vec<ClientTls> {
    tls_clients().clients.iter().map(|client| of(client, sight)).collect()
}

fn of(client: &TlsClient, sight: &Sight<'_>) -> ClientTls {
    let (word, behaviour) = client.behaviour(sight.parameters);
    let (outcome, why) = match behaviour {
        None => (ClientOutcome::Fails, "it does not know this sslmode".to_owned()),
        Some(behaviour) => with_system_word(client, word, behaviour, sight)
            .unwrap_or_else(|behaviour| connect(client, behaviour, sight)),
    };
    ClientTls { id: client.id.clone(), name: client.name.clone(), word: word.map(str::to_owned), outcome, why }
}

/// What `sslrootcert=system` decides by itself; `Err` with the behaviour to go on with.
fn with_system_word(
    client: &TlsClient,
    word: Option<&str>,
    behaviour: TlsBehaviour,
    sight: &Sight<'_>,
) -> Result<Outcome, TlsBehaviour> {
    const FULL: TlsBehaviour = TlsBehaviour { tls: TlsUse::Always, verify: TlsVerify::Full };
    if sight.root_file != Some("system") {
        return Err(behaviour);
    }
    match client.system {
        SystemWord::VerifyFullOnly if word.is_some() && behaviour.verify != TlsVerify::Full => {
            Ok((ClientOutcome::Fails, super::WEAK_WITH_SYSTEM.to_owned()))
        }
        SystemWord::VerifyFullOnly | SystemWord::ForcesVerifyFull => Err(FULL),
        // Who verifies nothing does not look for the file.
        SystemWord::FileName if matches!(behaviour.verify, TlsVerify::None) => Err(behaviour),
        SystemWord::FileName => {
            Ok((ClientOutcome::Fails, "it takes the `system` of sslrootcert for the name of a file".to_owned()))
        }
    }
}

fn connect(client: &TlsClient, behaviour: TlsBehaviour, sight: &Sight<'_>) -> Outcome {
    match behaviour.tls {
        TlsUse::Never => plaintext(sight, "it asks for no TLS"),
        TlsUse::IfDemanded if sight.plaintext != Plaintext::Refused => plaintext(sight, "it tries without TLS first"),
        TlsUse::IfOffered if !sight.offered => plaintext(sight, "the server has no TLS, and it does not insist"),
        _ if !sight.offered => (ClientOutcome::Fails, "the server has no TLS".to_owned()),
        TlsUse::IfOffered => match verify(client, behaviour.verify, sight) {
            (ClientOutcome::Fails, why) => {
                plaintext(sight, &format!("it falls back to plaintext, because TLS fails: {why}"))
            }
            outcome => outcome,
        },
        TlsUse::IfDemanded | TlsUse::Always => verify(client, behaviour.verify, sight),
    }
}

fn plaintext(sight: &Sight<'_>, why: &str) -> Outcome {
    match sight.plaintext {
        Plaintext::Accepted => (ClientOutcome::Plaintext, why.to_owned()),
        Plaintext::Refused => (ClientOutcome::Fails, format!("{why}, and the server takes no plaintext")),
        Plaintext::Unknown => {
            (ClientOutcome::Unknown, format!("{why}; whether the server takes plaintext is not known"))
        }
    }
}

fn verify(client: &TlsClient, verify: TlsVerify, sight: &Sight<'_>) -> Outcome {
    let (trust, reads_file) = match client.roots {
        RootSource::GivenOrDefault => (sight.given, true),
        RootSource::GivenOrPublic if sight.root_file.is_some() => (sight.given, true),
        RootSource::GivenOrPublic | RootSource::Public => (sight.system, false),
    };
    let mode = match verify {
        TlsVerify::None => return unverified(),
        TlsVerify::ChainIfRootFile if !reads_file || trust.is_err_and(RootsError::means_none) => return unverified(),
        TlsVerify::ChainWithFile if !reads_file => {
            return (ClientOutcome::Fails, "it insists on a root file here, and none is named".to_owned());
        }
        TlsVerify::ChainIfRootFile | TlsVerify::Chain | TlsVerify::ChainWithFile => Sslmode::VerifyCa,
        TlsVerify::Full => Sslmode::VerifyFull,
    };
    match check(sight.chain, sight.host, mode, trust, sight.now) {
        Ok(()) if mode == Sslmode::VerifyFull => (ClientOutcome::Verified, "chain and host name".to_owned()),
        Ok(()) => (ClientOutcome::Verified, "the chain, not the host name".to_owned()),
        Err(fault @ ChainFault::NotVerifiable(_)) => (ClientOutcome::Unknown, fault.to_string()),
        Err(fault) => (ClientOutcome::Fails, super::reason(&fault, sight.remedy)),
    }
}

fn unverified() -> Outcome {
    (ClientOutcome::Unverified, "encrypted, and nobody checks who answers".to_owned())
}
