//! Which door a setting knocks on: decided by host and port together, never by the port alone.
//!
//! 6543 is Supavisor on `*.pooler.supabase.com` and `PgBouncer` on `db.<ref>.supabase.co` (Supabase documentation,
//! "Connect to your database", September 2026), and the two differ in nearly everything a client can notice.

mod classify;
mod host;
pub(crate) mod placeholder;

pub use classify::classify;
pub(crate) use classify::{Tenant, options_reference, split_user};
pub(crate) use host::{Shape, is_ref, shape};

pub use crate::knowledge::{EndpointKind, Mode, Pooler};

use crate::conninfo::Conninfo;

/// The verdict on one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Which door.
    pub kind: EndpointKind,
    /// The pool mode that door is documented to have.
    pub mode: Mode,
    /// The software behind it, as documented.
    pub pooler: Pooler,
    /// The project ref, from the host or the user.
    pub project_ref: Option<String>,
    /// The region in the host name.
    pub region: Option<String>,
    /// The pooler cluster in the host name, for example `aws-0`.
    pub cluster: Option<String>,
    /// What the verdict rests on, in plain words.
    pub evidence: Vec<String>,
}

impl Endpoint {
    /// Settles what `db` is where variables of the self-hosted docker stack stand beside the setting.
    pub fn settle_docker_stack(&mut self, conninfo: Option<&Conninfo>) {
        let host = conninfo.and_then(Conninfo::first_host).and_then(|host| host.name());
        if self.kind == EndpointKind::Ambiguous && host.is_some_and(|name| shape(name) == Shape::WeakDatabase) {
            self.kind = EndpointKind::SelfHosted;
            self.mode = Mode::Direct;
            self.pooler = Pooler::None;
            self.evidence.push("POOLER_* variables beside it are those of the self-hosted docker stack".to_owned());
        }
    }
}
