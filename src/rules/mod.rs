//! What is wrong: one rule a file, one registry.
//!
//! A rule is data (id, severity, what, why, how to fix, sources) and one function. String rules look at a
//! [`Subject`] without a probe; probe rules say nothing when their evidence is missing. The ids are those of the
//! contract and never change.

mod anomaly;
#[cfg(test)]
mod contract;
mod demand;
mod edit;
mod family;
mod options;
mod prelude;
mod rehearsed;
mod selection;
mod stack;
mod subject;
#[cfg(test)]
mod testing;

use std::ops::Range;

use crate::conninfo::{Conninfo, Reading};
pub use crate::context::{Context, Workload};
use crate::endpoint::Endpoint;
use crate::probe::ProbeReport;
use crate::secret::SecretText;
use crate::target::Target;
pub use selection::Selection;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Works today and will hurt.
    Warning,
    /// Does not work, or is unsafe.
    Error,
}

impl Severity {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Everything a rule may look at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Where the setting was found, and what stands beside it.
    pub target: &'a Target,
    /// How it reads.
    pub reading: &'a Reading,
    /// The reading to judge; `None` when the setting cannot be read at all.
    pub conninfo: Option<&'a Conninfo>,
    /// Which door it knocks on.
    pub endpoint: &'a Endpoint,
    /// The stacks asked for or detected, by id.
    pub stacks: &'a [String],
    /// What the user said.
    pub context: &'a Context,
    /// What was measured, if anything.
    pub probe: Option<&'a ProbeReport>,
}

/// Something to tell the user about one setting.
#[derive(Clone)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// How bad it is here; may be milder than the rule's usual severity.
    pub severity: Severity,
    /// What is wrong, in one or two plain sentences.
    pub message: String,
    /// What to do, in words.
    pub fix: Option<String>,
    /// The setting as it should be, when the finding can be repaired in the setting itself.
    pub repaired: Option<SecretText>,
    /// Where, in byte offsets of the setting.
    pub span: Option<Range<usize>>,
    /// The document or measurement that the rule rests on.
    pub docs: String,
}

/// Which list of the contract a rule belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// The setting itself.
    Setting,
    /// Several settings together.
    Several,
    /// A stack, a workload or pool numbers.
    Stack,
    /// A measurement.
    Probe,
    /// A rehearsal.
    Rehearse,
}

impl Group {
    /// The name in lists and explanations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Several => "several",
            Self::Stack => "stack",
            Self::Probe => "probe",
            Self::Rehearse => "rehearse",
        }
    }
}

/// Findings over several settings, each with the index of the setting it is about.
pub type Placed = Vec<(usize, Finding)>;

/// What a rule does.
#[derive(Clone, Copy)]
pub enum Check {
    /// Looks at one setting, and finds at most one thing.
    One(fn(&Rule, &Subject<'_>) -> Option<Finding>),
    /// Looks at one setting, and may find the same thing in several places.
    Many(fn(&Rule, &Subject<'_>) -> Vec<Finding>),
    /// Looks at all settings of a run; each finding says which one it is about.
    Several(fn(&Rule, &[Subject<'_>]) -> Placed),
    /// Is a text only: the finding is made elsewhere.
    Elsewhere,
}

/// One rule: its text and its function.
pub struct Rule {
    /// Kebab case, stable.
    pub id: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// Which list it belongs to.
    pub group: Group,
    /// What it finds, in one sentence.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// Where the facts come from: document and date, or the measurement.
    pub sources: &'static [&'static str],
    /// The function.
    pub check: Check,
}

impl Rule {
    /// A finding of this rule with its usual severity, fix text and first source.
    pub fn finding(&self, message: impl Into<String>) -> Finding {
        Finding {
            rule: self.id,
            severity: self.severity,
            message: message.into(),
            fix: Some(self.fix.to_owned()),
            repaired: None,
            span: None,
            docs: self.sources.first().copied().unwrap_or_default().to_owned(),
        }
    }
}

impl Finding {
    /// Says where the spot is.
    #[must_use]
    pub fn at(mut self, span: Option<Range<usize>>) -> Self {
        self.span = span;
        self
    }

    /// Replaces the rule's general fix by the one for this setting.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Offers a corrected setting.
    #[must_use]
    pub fn with_repaired(mut self, repaired: Option<SecretText>) -> Self {
        self.repaired = repaired;
        self
    }

    /// Changes the severity for this setting.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

macro_rules! registry {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// Every rule, in the order of the contract.
        pub static RULES: &[&Rule] = &[$(&$module::RULE),*];
    };
}

registry! {
    invalid_connection_string,
    user_missing_ref,
    ref_mismatch,
    db_host_with_pooler_user,
    missing_user,
    placeholder_password,
    placeholder_ref,
    placeholder_region,
    placeholder_user,
    placeholder_host,
    placeholder_database,
    masked_password,
    truncated,
    brackets_around_password,
    unencoded_password,
    user_password_separator,
    parameter_typo,
    sslmode_disable,
    sslmode_invalid,
    wrong_port,
    double_port,
    api_port,
    unknown_supabase_host,
    host_missing_db_prefix,
    lookalike_host,
    host_override,
    mixed_endpoints,
    bogus_options,
    https_url,
    key_in_value,
    unclosed_quote,
    embedded_whitespace,
    spaces_around_equals,
    double_question_mark,
    query_without_question_mark,
    public_env_prefix,
    jdbc_userinfo,
    sqlalchemy_postgres_scheme,
    alembic_percent,
    api_key_as_password,
    secret_in_repository,
    user_ref_malformed,
    conflicting_user,
    missing_port,
    missing_database,
    double_encoded_password,
    parsers_disagree,
    pgbouncer_param_on_session,
    pgbouncer_param_on_direct,
    foreign_parameter,
    vendor_parameter,
    connection_limit_high,
    pool_timeout_zero,
    tls_not_verified,
    port_in_host,
    unknown_region,
    ip_literal_host,
    ipv6_literal_host,
    multi_host,
    startup_options_ignored,
    quotes_in_value,
    trailing_whitespace,
    crlf,
    byte_order_mark,
    inline_comment,
    unresolved_interpolation,
    dotenv_dollar_expansion,
    dotenv_hash_comment,
    database_name_case,
    missing_password,
    sslmode_missing,
    direct_needs_ipv6,
    connection_limit_one,
    staging_host,
    legacy_options_reference,
    default_password,
    url_fragment,
    unencoded_query_value,
    trailing_dot_host,
    swapped_urls,
    different_poolers_for_one_ref,
    direct_url_is_transaction,
    direct_url_missing,
    prepared_statements_on_transaction,
    migrations_on_transaction,
    pool_exceeds_session_cap,
    pool_exceeds_max_connections,
    rejected_parameter,
    pgbouncer_param_missing,
    asyncpg_unique_names,
    pool_exceeds_budget,
    nullpool_on_persistent,
    no_application_pool,
    serverless_on_session,
    serverless_on_direct,
    transaction_pooler_for_persistent,
    eager_pool,
    unbounded_pool,
    wait_forever,
    session_state_on_transaction,
    server_side_cursors_on_transaction,
    replication_through_pooler,
    stale_connections_unchecked,
    name_not_found,
    no_ipv6_route,
    connection_refused,
    connect_timeout,
    tls_refused,
    tls_untrusted,
    tls_name_mismatch,
    tls_expired,
    auth_failed,
    tenant_not_found,
    tenant_banned,
    role_not_found,
    database_not_found,
    database_unreachable,
    pooler_credentials_stale,
    auth_blocked,
    address_not_allowed,
    pool_full,
    no_slots,
    named_statements_break,
    not_postgres,
    plaintext_accepted,
    tls_expires_soon,
    mode_mismatch,
    headroom_low,
    idle_in_transaction,
    long_transaction,
    read_only,
    startup_option_dropped,
    slow_endpoint,
}

/// Every rule, and then what a rehearsal finds.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(rehearsed::REHEARSED).copied()
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// Runs every rule over every setting. The findings of each setting come worst first, then by place.
pub fn run(subjects: &[Subject<'_>]) -> Vec<Vec<Finding>> {
    let mut found: Vec<Vec<Finding>> = subjects.iter().map(|_| Vec::new()).collect();
    let measured = subjects.iter().any(|subject| subject.probe.is_some());
    for rule in RULES.iter().filter(|rule| measured || rule.group != Group::Probe) {
        match rule.check {
            Check::One(check) => {
                for (index, subject) in subjects.iter().enumerate() {
                    // Most rules have nothing to say about most settings: no more than that is worth asking here.
                    if let Some(finding) = check(rule, subject) {
                        found[index].push(finding);
                    }
                }
            }
            Check::Many(check) => {
                for (index, subject) in subjects.iter().enumerate() {
                    found[index].extend(check(rule, subject));
                }
            }
            Check::Several(check) => {
                for (index, finding) in check(rule, subjects) {
                    found[index].push(finding);
                }
            }
            Check::Elsewhere => {}
        }
    }
    for (subject, findings) in subjects.iter().zip(&mut found) {
        // A correction would take pieces of a password for other parts, and show them.
        if subject.reading.is_doubtful {
            for finding in findings.iter_mut() {
                finding.repaired = None;
            }
        }
        findings.sort_by_key(|finding| {
            (std::cmp::Reverse(finding.severity), finding.span.as_ref().map_or(usize::MAX, |span| span.start))
        });
    }
    found
}
