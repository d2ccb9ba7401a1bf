//! Shorthands for what rules ask a subject again and again.

use std::ops::Range;

use super::{Context, Subject, edit};
use crate::conninfo::{Field, Host, Parameter, PasswordState, Syntax};
use crate::endpoint::placeholder::is_placeholder_word;
use crate::endpoint::{EndpointKind, Shape, Tenant, is_ref, options_reference, shape, split_user};
use crate::knowledge;
use crate::probe::{Failure, Refusal};
use crate::secret::{MASK, SecretText};
use crate::target;

impl<'a> Subject<'a> {
    /// Which door.
    pub(super) fn kind(&self) -> EndpointKind {
        self.endpoint.kind
    }

    /// The first host.
    pub(super) fn host(&self) -> Option<&'a Host> {
        self.conninfo?.first_host()
    }

    /// The first host's name, with its place.
    pub(super) fn host_field(&self) -> Option<&'a Field> {
        self.host()?.host.as_ref()
    }

    /// The first host's name; empty when there is none.
    pub(super) fn host_name(&self) -> &'a str {
        self.host_field().map_or("", |field| field.value.as_str())
    }

    /// The port that the first host is reached on: as given, or 5432.
    pub(super) fn port(&self) -> Option<u16> {
        match self.host()? {
            Host { port: None, .. } => Some(5432),
            host => host.port_number(),
        }
    }

    /// The user.
    pub(super) fn user(&self) -> Option<&'a Field> {
        self.conninfo?.user.as_ref()
    }

    /// Role and tenant of the user, when it has a dot.
    pub(super) fn tenant(&self) -> Option<Tenant<'a>> {
        split_user(&self.user()?.value)
    }

    /// The tenant in `options`.
    pub(super) fn options_reference(&self) -> Option<&'a str> {
        options_reference(self.conninfo?)
    }

    /// A parameter, by its exact key.
    pub(super) fn parameter(&self, key: &str) -> Option<&'a Parameter> {
        self.conninfo?.parameter(key)
    }

    /// What is known of the password.
    pub(super) fn password(&self) -> Option<PasswordState> {
        Some(self.conninfo?.password.state)
    }

    /// The syntax that the judged reading is in.
    pub(super) fn syntax(&self) -> Option<Syntax> {
        self.conninfo.map(|conninfo| conninfo.syntax)
    }

    /// The parameters in the order written.
    pub(super) fn parameters(&self) -> &'a [Parameter] {
        self.conninfo.map_or(&[], |conninfo| conninfo.parameters.as_slice())
    }

    /// What the user said.
    pub(super) fn said(&self) -> &'a Context {
        self.context
    }

    /// The setting with `span` replaced; `None` when the part has no place in one text.
    pub(super) fn replaced(&self, span: Option<&Range<usize>>, new: &str) -> Option<SecretText> {
        (self.syntax()? != Syntax::Components).then_some(())?;
        Some(edit::replace(&self.reading.text, span?.clone(), new))
    }

    /// The setting without this parameter.
    pub(super) fn without(&self, key: &str) -> Option<SecretText> {
        edit::without_parameter(&self.reading.text, self.conninfo?, key)
    }

    /// The setting with one more parameter.
    pub(super) fn with(&self, key: &str, value: &str) -> Option<SecretText> {
        edit::with_parameter(&self.reading.text, self.syntax()?, key, value)
    }

    /// The project ref, from the setting or from `SUPABASE_URL` beside it.
    pub(super) fn known_ref(&self) -> Option<&'a str> {
        self.endpoint.project_ref.as_deref().or(self.target.neighbours.supabase_url_ref.as_deref())
    }

    /// Whether the setting is a web address.
    pub(super) fn is_http(&self) -> bool {
        let text = self.reading.text.reveal().trim_start().as_bytes();
        ["http://", "https://"]
            .iter()
            .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes())))
    }

    /// Whether the whole setting is a reference to a variable.
    pub(super) fn is_reference(&self) -> bool {
        let text = self.reading.text.reveal().trim();
        text.starts_with("${") && text.ends_with('}') || text.starts_with("{{") && text.ends_with("}}")
    }

    /// Whether a probe got through to the endpoint.
    pub(super) fn was_reached(&self) -> bool {
        self.probe.is_some_and(|probe| probe.reached)
    }

    /// A part of the user, as far as it may be shown. Where no password was read, the separator may be missing and the
    /// password be part of the user; then only what is certainly none is shown.
    pub(super) fn shown(&self, part: &'a str) -> &'a str {
        let template = [('[', ']'), ('<', '>'), ('{', '}')]
            .iter()
            .any(|(open, close)| part.starts_with(*open) && part.ends_with(*close));
        let certain = part == "postgres" || is_ref(part) || template;
        let apart = self.password().is_some_and(|state| state != PasswordState::Missing);
        if apart || certain { part } else { MASK }
    }

    /// What stands before `@` in a URI; may hold the password, so never show it.
    pub(super) fn userinfo(&self) -> Option<&'a str> {
        let (authority, _) = self.authority_range()?;
        Some(authority.rsplit_once('@').map_or("", |(userinfo, _)| userinfo))
    }

    /// What stands between `@` and the path in a URI: hosts and ports.
    pub(super) fn authority(&self) -> Option<&'a str> {
        let (authority, _) = self.authority_range()?;
        Some(authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts))
    }

    fn authority_range(&self) -> Option<(&'a str, usize)> {
        let start = self.conninfo?.scheme.as_ref()?.span.end + "://".len();
        let rest = self.reading.text.reveal().get(start..)?;
        Some((&rest[..rest.find(['/', '?']).unwrap_or(rest.len())], start))
    }

    /// The root certificate that stands ready, in the setting, beside it or on the command line.
    pub(super) fn root_certificate(&self) -> Option<&'a str> {
        let given = self.parameter("sslrootcert").map(|parameter| parameter.value.as_str());
        given.or(self.target.neighbours.ssl_root_cert.as_deref()).or(self.context.ssl_root_cert.as_deref())
    }

    /// The pooler's pool size: what the user said, the tier's default, or the smallest default there is.
    pub(super) fn pool_size(&self) -> PoolSize {
        if let Some(size) = self.context.pool_size {
            return PoolSize { size, from: "given with --pool-size" };
        }
        if let Some(size) = self.target.neighbours.pooler_pool_size.filter(|_| !self.kind().is_hosted()) {
            return PoolSize { size, from: "that POOLER_DEFAULT_POOL_SIZE gives" };
        }
        let tiers = knowledge::tiers();
        let of_tier =
            self.context.tier.as_deref().and_then(|id| tiers.find(id)).and_then(|tier| tier.default_pool_size);
        if let Some(size) = of_tier {
            return PoolSize { size, from: "that are this tier's default" };
        }
        let size = tiers.tiers.iter().filter_map(|tier| tier.default_pool_size).min().unwrap_or(15);
        PoolSize { size, from: "that small projects have by default" }
    }

    /// What stopped the probe, when it is one of these.
    pub(super) fn refused(&self, refusals: &[Refusal]) -> Option<&'a Failure> {
        self.probe?.failure.as_ref().filter(|failure| refusals.contains(&failure.refusal))
    }

    /// Whether a rule on the string itself has already said what is wrong with the host.
    pub(super) fn host_is_told(&self) -> bool {
        match shape(self.host_name()) {
            Shape::Pooler { open, .. } => open,
            Shape::Db { label, .. } => is_placeholder_word(&label),
            Shape::Api { .. } | Shape::Unknown { .. } | Shape::LookAlike { .. } | Shape::Placeholder => true,
            _ => false,
        }
    }

    /// Whether a rule on the string itself has already said what is wrong with the password or the user.
    pub(super) fn password_is_told(&self) -> bool {
        let state = self.password().unwrap_or(PasswordState::Missing);
        let pooler_user_on_database =
            self.kind().is_db_host() && self.tenant().is_some_and(|split| is_ref(split.tenant));
        state != PasswordState::Set || pooler_user_on_database || self.reading.intended.is_some()
    }

    /// The file and the name that a person sees, for settings that are about each other.
    pub(super) fn label(&self) -> String {
        self.target.source.variable.clone().unwrap_or_else(|| "this setting".to_owned())
    }

    /// Whether two settings were found in the same place: one file, the environment, one list.
    pub(super) fn stands_beside(&self, other: &Subject<'_>) -> bool {
        let (mine, theirs) = (&self.target.source, &other.target.source);
        mine.kind == theirs.kind && mine.path == theirs.path
    }

    /// Whether two settings were found in one place, or in files that an application reads together.
    pub(super) fn stands_near(&self, other: &Subject<'_>) -> bool {
        let paths = (self.target.source.path.as_deref(), other.target.source.path.as_deref());
        self.stands_beside(other)
            || matches!(paths, (Some(mine), Some(theirs)) if target::layers::are_read_together(mine, theirs))
    }
}

/// A pool size with where it is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PoolSize {
    /// Server connections for one user, database and mode.
    pub(super) size: u32,
    /// A clause that continues "server connections".
    pub(super) from: &'static str,
}

/// The whole span of a parameter, key and value.
pub(super) fn span_of(parameter: &Parameter) -> Option<Range<usize>> {
    Some(parameter.key_span.as_ref()?.start..parameter.value_span.as_ref().or(parameter.key_span.as_ref())?.end)
}
