//! What a case file says. `tests/hostile/cases/README.md` explains the words.

use serde::Deserialize;
use supascope::probe::Refusal;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// The cases.
    pub case: Vec<Case>,
}

/// One server, and what a probe must say of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    /// What the server does.
    pub about: String,
    /// The probe's side.
    #[serde(default)]
    pub door: DoorOptions,
    /// The certificate for `tls`.
    #[serde(default)]
    pub certificate: Certificate,
    /// What to do on which connection; the first that matches. Without one the connection is closed.
    #[serde(default)]
    pub on: Vec<On>,
    /// What the probe must say.
    pub expect: Expect,
}

/// The setting that the probe has.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DoorOptions {
    /// The sslmode.
    pub sslmode: String,
    /// Whether the setting is one of a stack on one's own machine.
    pub plaintext_login: bool,
    /// The deadline in seconds: short where the server stalls.
    pub deadline_s: u64,
}

impl Default for DoorOptions {
    fn default() -> Self {
        Self { sslmode: "verify-full".to_owned(), plaintext_login: false, deadline_s: 25 }
    }
}

/// The connections that a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum First {
    /// Any, before the client has said a word.
    Connect,
    /// One that begins with `SSLRequest`.
    Ssl,
    /// One that begins with a `StartupMessage`.
    Plain,
    /// One that begins with `GET`.
    Get,
    /// One that begins with a TLS handshake.
    Direct,
}

/// A script for some connections.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct On {
    /// How the connection begins.
    pub first: First,
    /// Only from the n-th connection of the case on, counted from 1.
    #[serde(default)]
    pub from: usize,
    /// What to do.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Wait for this from the client.
    Expect(Kind),
    /// Send this text.
    Send(String),
    /// Send these bytes.
    Hex(String),
    /// Send a message: its tag, and its body as text or bytes.
    Frame(FrameStep),
    /// Send an `ErrorResponse` with these fields, each with its code in front.
    Error(Vec<String>),
    /// Send a `NoticeResponse`.
    Notice(Vec<String>),
    /// Send a `ParameterStatus`: key and value.
    Parameter(String, String),
    /// Send one row with these columns, and the end of its statement.
    Row(Vec<String>),
    /// Send the end of a statement without rows.
    Complete,
    /// Send the parameters, the cancel key and `ReadyForQuery` of that product.
    Greeting(Product),
    /// Send these steps' bytes again and again: so often, or until the client goes away.
    Flood(Flood),
    /// Send these steps' bytes one at a time.
    Slowly(Slowly),
    /// Shake hands.
    Tls,
    /// Shake hands, and close after so many bytes have been sent.
    TlsCut(usize),
    /// The usual beginning: expect `SSLRequest`, send `S`, shake hands, expect the `StartupMessage`.
    Secure,
    /// Ask for one of these SASL mechanisms.
    Sasl(Vec<String>),
    /// The server's side of SCRAM, from the client-first-message on.
    Scram(Lie),
    /// Pause.
    WaitMs(u64),
    /// Say nothing more, and read on until the client goes away.
    Silence,
    /// Close.
    Close,
}

/// What a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `SSLRequest`.
    SslRequest,
    /// A `StartupMessage`.
    Startup,
    /// `SASLInitialResponse`, `SASLResponse` or `PasswordMessage`.
    Password,
    /// Messages up to `Sync`.
    Batch,
    /// `GET`.
    Get,
}

/// See [`Step::Frame`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameStep {
    /// One character.
    pub tag: char,
    /// The body as text.
    #[serde(default)]
    pub text: String,
    /// The body as bytes, before the text.
    #[serde(default)]
    pub hex: String,
    /// How often the text; once without it.
    pub times: Option<usize>,
    /// So many bytes `x` behind both.
    #[serde(default)]
    pub fill: usize,
    /// A length field that lies.
    pub length: Option<i64>,
}

/// See [`Step::Flood`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// How often; without it until the client goes away.
    pub times: Option<usize>,
    /// What.
    pub of: Vec<Step>,
}

/// See [`Step::Slowly`].
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Slowly {
    /// Between two bytes.
    pub every_ms: u64,
    /// What.
    pub of: Vec<Step>,
}

/// A product's greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// Supavisor with a backend.
    Supavisor,
    /// Supavisor that could not open a backend: `server_version` alone.
    SupavisorWithoutBackend,
}

/// How the server's side of SCRAM lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lie {
    /// It does not: checks the proof, proves itself, sends `AuthenticationOk`.
    None,
    /// Stops when the client's proof is there; the next steps answer it.
    UntilProof,
    /// Its own proof is wrong.
    WrongProof,
    /// `AuthenticationOk` straight after the client's proof.
    NoProof,
    /// `AuthenticationOk` straight after the client-first-message.
    NoExchange,
    /// An iteration count of four billion.
    Iterations,
    /// A nonce that is not the client's.
    ForeignNonce,
    /// The client's nonce and nothing added.
    BareNonce,
    /// `e=other-error` in place of a proof.
    ErrorInFinal,
}

/// What must come out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expect {
    /// One of these classes of failure; empty when nothing stops the probe.
    pub refusal: Vec<Refusal>,
    /// The product.
    pub product: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The mode.
    pub mode: Option<String>,
    /// The program's exit status; 1 or 3 when something stops the probe, 0 otherwise, unless given.
    pub exit: Option<i32>,
    /// The words in the failure, or in the reason why there was no login.
    #[serde(default)]
    pub says: Vec<String>,
    /// Whether plaintext is taken.
    pub plaintext: Option<String>,
    /// Whether TLS is taken without `SSLRequest`; not looked at when absent.
    pub direct: Option<bool>,
    /// The login: true, false; not tried when absent.
    pub login: Option<bool>,
    /// Most proofs of the password that may be sent.
    #[serde(default)]
    pub proofs: usize,
}

/// What is in the certificate that the server shows.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// The host's name, signed by the CA that the probe is given.
    #[default]
    Good,
    /// As many names beside it.
    Names(usize),
    /// Escape sequences, line ends and overrides in every text.
    ControlCharacters,
}
