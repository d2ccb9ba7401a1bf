//! What drivers make of an `sslmode`: the same word means different things to them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Sources;

/// The whole of `tls-clients.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsClients {
    /// The documents behind the entries.
    pub sources: Sources,
    /// The drivers, in the order of reports.
    #[serde(rename = "client")]
    pub clients: Vec<TlsClient>,
}

/// When a driver uses TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsUse {
    /// Never.
    Never,
    /// When the server refuses plaintext.
    IfDemanded,
    /// When the server has it and it succeeds; else plaintext.
    IfOffered,
    /// Always.
    Always,
}

/// What of the certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsVerify {
    /// Nothing.
    None,
    /// The chain when a root file is there, else nothing.
    ChainIfRootFile,
    /// The chain.
    Chain,
    /// The chain; an error when no file is named.
    ChainWithFile,
    /// The chain and the host's name.
    Full,
}

/// Where a driver's roots are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RootSource {
    /// `sslrootcert`, else `~/.postgresql/root.crt`.
    GivenOrDefault,
    /// `sslrootcert`, else the public CAs that its runtime brings along.
    GivenOrPublic,
    /// The public CAs: a setting cannot name a file.
    Public,
}

/// What `sslrootcert=system` is to a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemWord {
    /// The system's store; every sslmode but `verify-full` is refused.
    VerifyFullOnly,
    /// `verify-full`, whatever the sslmode.
    ForcesVerifyFull,
    /// A file of that name.
    FileName,
}

/// What a driver does with one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsBehaviour {
    /// When it uses TLS.
    pub tls: TlsUse,
    /// What it verifies then.
    pub verify: TlsVerify,
}

/// A parameter that changes the meaning of words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSwitch {
    /// Its name.
    pub parameter: String,
    /// The value that turns it on.
    pub value: String,
    /// The words that it changes.
    pub words: BTreeMap<String, TlsBehaviour>,
}

/// One driver.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsClient {
    /// Stable id.
    pub id: String,
    /// The name in reports.
    pub name: String,
    /// The parameters that hold the word; the first one that is there counts.
    pub keys: Vec<String>,
    /// Without a word.
    pub unset: TlsBehaviour,
    /// With a word that is not listed; none: the driver refuses it.
    pub other: Option<TlsBehaviour>,
    /// Where its roots are from.
    pub roots: RootSource,
    /// What `sslrootcert=system` is.
    pub system: SystemWord,
    /// What it makes of each word.
    pub words: BTreeMap<String, TlsBehaviour>,
    /// Parameters that change that.
    #[serde(default, rename = "switch")]
    pub switches: Vec<TlsSwitch>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

impl TlsClient {
    /// What it does under these parameters of a setting, and the word that decided; `None` when it refuses the word.
    pub fn behaviour<'s>(&self, parameters: &'s [(String, String)]) -> (Option<&'s str>, Option<TlsBehaviour>) {
        let value = |key: &str| parameters.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        let Some(word) = self.keys.iter().find_map(|key| value(key)) else { return (None, Some(self.unset)) };
        let mut switched =
            self.switches.iter().filter(|switch| value(&switch.parameter) == Some(switch.value.as_str()));
        let changed = switched.find_map(|switch| switch.words.get(word));
        (Some(word), changed.or_else(|| self.words.get(word)).copied().or(self.other))
    }
}

impl TlsClients {
    /// Whether a parameter of a setting matters to one of the drivers here.
    pub fn reads(&self, parameter: &str) -> bool {
        self.clients.iter().any(|client| {
            client.keys.iter().any(|key| key == parameter)
                || client.switches.iter().any(|switch| switch.parameter == parameter)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tls_clients;

    fn verify(client: &str, parameters: &[(&str, &str)]) -> Option<TlsVerify> {
        let parameters: Vec<_> = parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let client = tls_clients().clients.iter().find(|known| known.id == client).unwrap();
        client.behaviour(&parameters).1.map(|behaviour| behaviour.verify)
    }

    /// The trap that most people fall into: `require` is encryption to one driver and full verification to another.
    #[test]
    fn require_means_what_each_driver_makes_of_it() {
        let require = [("sslmode", "require")];
        assert_eq!(verify("libpq", &require), Some(TlsVerify::ChainIfRootFile));
        assert_eq!(verify("node-postgres", &require), Some(TlsVerify::Full));
        assert_eq!(verify("pgjdbc", &require), Some(TlsVerify::None));
        let compatible = [("sslmode", "require"), ("uselibpqcompat", "true")];
        assert_eq!(verify("node-postgres", &compatible), Some(TlsVerify::ChainIfRootFile));
    }

    #[test]
    fn a_word_of_one_driver_is_refused_by_another() {
        assert_eq!(verify("node-postgres", &[("sslmode", "no-verify")]), Some(TlsVerify::None));
        assert_eq!(verify("libpq", &[("sslmode", "no-verify")]), None);
    }

    #[test]
    fn every_driver_knows_what_to_do_with_each_word_of_libpq() {
        for client in &tls_clients().clients {
            for word in ["disable", "prefer", "require", "verify-ca", "verify-full"] {
                assert!(verify(&client.id, &[("sslmode", word)]).is_some(), "{} {word}", client.id);
            }
        }
    }
}
