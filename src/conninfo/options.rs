//! What both of libpq's grammars yield: keyword/value options, or a refusal in libpq's words.

use zeroize::Zeroizing;

use super::compose::overlaps;
use super::{ConninfoError, Span};
use crate::secret::{MASK, SecretText};

/// libpq's connection keywords, PostgreSQL 15 (the `PQconninfoOptions` table of `fe-connect.c`) and those added up to
/// PostgreSQL 18 (documentation of each release, section "Parameter Key Words"). A newer libpq accepts more than an
/// older one; a setting is not called wrong for being newer.
pub(crate) const KEYWORDS: &[&str] = &[
    "service",
    "user",
    "password",
    "passfile",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "client_encoding",
    "options",
    "application_name",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "sslmode",
    "sslcompression",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslrootcert",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requirepeer",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "gssencmode",
    "krbsrvname",
    "gsslib",
    "replication",
    "target_session_attrs",
    // PostgreSQL 16.
    "require_auth",
    "sslcertmode",
    "load_balance_hosts",
    "gssdelegation",
    // PostgreSQL 17.
    "sslnegotiation",
    // PostgreSQL 18.
    "min_protocol_version",
    "max_protocol_version",
    "sslkeylogfile",
    "scram_client_key",
    "scram_server_key",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scope",
];

/// Every keyword that libpq knows, in the order of its table.
pub fn keywords() -> &'static [&'static str] {
    KEYWORDS
}

/// Whether libpq knows this keyword. Keywords are case-sensitive.
pub fn is_keyword(keyword: &str) -> bool {
    KEYWORDS.contains(&keyword)
}

/// One option as a grammar found it, in the order written. Of a repeated keyword the last one counts.
///
/// It has no `Debug`: the value may be the password.
pub(crate) struct RawOption {
    /// The keyword, decoded; after libpq's translations (`ssl=true`, `requiressl`).
    pub(crate) keyword: String,
    /// Where the keyword stands; `None` for the parts of a URI that have no keyword.
    pub(crate) key_span: Option<Span>,
    /// The value, decoded. Percent-encoding can make bytes that are no UTF-8.
    pub(crate) value: Zeroizing<Vec<u8>>,
    /// Where the value stands, before decoding. Of a list of hosts or ports the whole stretch.
    pub(crate) span: Span,
    /// For hosts and ports of a URI: where each entry of the list stands.
    pub(crate) pieces: Vec<Span>,
}

/// Why libpq refuses a setting, with what its message would quote.
pub(crate) struct Refusal {
    /// libpq's text before the quotation.
    what: &'static str,
    /// What libpq quotes, if anything.
    quoted: Option<Zeroizing<String>>,
    /// libpq's text after the quotation.
    after: String,
    /// Where the trouble is; the quotation lies within.
    pub(crate) span: Span,
    /// Whether libpq's message also quotes the whole URI.
    quotes_uri: bool,
    /// Whether the syntax itself is sound and only a key is foreign to libpq.
    pub(crate) only_unknown_key: bool,
}

impl Refusal {
    pub(crate) fn new(what: &'static str, span: Span) -> Self {
        Self { what, quoted: None, after: String::new(), span, quotes_uri: false, only_unknown_key: false }
    }

    pub(crate) fn quoting(mut self, quoted: impl Into<String>) -> Self {
        self.quoted = Some(Zeroizing::new(quoted.into()));
        self
    }

    pub(crate) fn followed_by(mut self, after: impl Into<String>) -> Self {
        self.after = after.into();
        self
    }

    pub(crate) fn and_the_uri(mut self) -> Self {
        self.quotes_uri = true;
        self
    }

    pub(crate) fn unknown_key(mut self) -> Self {
        self.only_unknown_key = true;
        self
    }

    /// The message without anything quoted.
    pub(crate) fn summary(&self) -> &'static str {
        self.what.trim_end_matches([' ', ':', ','])
    }

    /// libpq's message to the letter, secrets and all: for comparing with libpq in tests.
    #[cfg(test)]
    pub(crate) fn libpq_message(&self, uri: &str) -> String {
        let quoted = self.quoted.as_ref().map(|quoted| format!("\"{}\"", quoted.as_str())).unwrap_or_default();
        let tail = if self.quotes_uri { format!(": \"{uri}\"") } else { String::new() };
        format!("{}{quoted}{}{tail}", self.what, self.after)
    }

    /// The message for people: what libpq quotes is shown only where it touches no secret.
    pub(crate) fn to_error(&self, text: &SecretText) -> ConninfoError {
        let secret = overlaps(&self.span, text.secrets());
        let quoted = match &self.quoted {
            Some(_) if secret => format!("\"{MASK}\""),
            Some(quoted) => format!("\"{}\"", quoted.as_str()),
            None => String::new(),
        };
        ConninfoError { message: format!("{}{quoted}{}", self.what, self.after), span: Some(self.span.clone()) }
    }
}
