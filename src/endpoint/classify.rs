//! The verdict: a pure function of host, port and user.

use super::host::{glued_port, is_ref, normal};
use super::placeholder::{is_placeholder, is_printed_example};
use super::{Endpoint, EndpointKind as Kind, Mode, Pooler, Shape, shape};
use crate::conninfo::{Conninfo, Host};
use crate::knowledge::{self, Door, Family, Owner};

/// HTTP ports of the CLI's stack (API and Studio), where no Postgres answers (`config.toml` of the CLI, June 2026).
const CLI_HTTP: [u16; 2] = [54321, 54323];

/// How a user name addresses a tenant of Supavisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenant<'a> {
    /// The database role.
    pub(crate) role: &'a str,
    /// The tenant: the project ref on the hosted platform. Empty when the user ends in a dot.
    pub(crate) tenant: &'a str,
}

/// Splits `role.tenant` as Supavisor does: at `.cluster.` first, otherwise at the last dot (`handler_helpers.ex`, August 2026).
pub(crate) fn split_user(user: &str) -> Option<Tenant<'_>> {
    let (role, tenant) = user.split_once(".cluster.").or_else(|| user.rsplit_once('.'))?;
    Some(Tenant { role, tenant })
}

/// The tenant in `options`: `reference=x`, `-c reference=x` or `--reference=x`. It wins over the user's suffix.
pub(crate) fn options_reference(conninfo: &Conninfo) -> Option<&str> {
    let options = conninfo.parameter("options")?;
    options.value.split([' ', '&']).find_map(|token| {
        let token = token.strip_prefix("--").or_else(|| token.strip_prefix("-c")).unwrap_or(token);
        token.strip_prefix("reference=").filter(|tenant| !tenant.is_empty())
    })
}

/// Decides which door a setting knocks on, by host and port together.
///
/// * `hostaddr` does not count: libpq connects there and still verifies `host`.
/// * Of several hosts the first decides, unless they are of different kinds: then the setting is ambiguous.
/// * Without a host libpq takes `PGHOST` or the local Unix socket: `other`, or `ambiguous` when the user names a tenant,
///   because then a Supabase host was meant.
/// * A host that has nothing to do with Supabase is `self-hosted` when the user names a tenant (`postgres.tenant`), as only
///   Supavisor has such users; `ambiguous` when the port is 6543 or the name is the docker stack's `db`; else `other`.
/// * A host that imitates Supabase's scheme or cannot exist in it is `ambiguous`, and the evidence says what was meant.
pub fn classify(conninfo: &Conninfo) -> Endpoint {
    let none = Host::default();
    let mut endpoint = judge(conninfo.hosts.first().unwrap_or(&none), conninfo);
    for host in conninfo.hosts.iter().skip(1) {
        let other = judge(host, conninfo);
        if other.kind != endpoint.kind {
            endpoint.evidence.push(format!(
                "the setting names several hosts of different kinds: {} and {}",
                endpoint.kind.as_str(),
                other.kind.as_str()
            ));
            endpoint.kind = Kind::Ambiguous;
            endpoint.mode = Mode::Unknown;
            endpoint.pooler = Pooler::Unknown;
            break;
        }
    }
    endpoint.project_ref = project_ref(conninfo, endpoint.project_ref.take(), &mut endpoint.evidence);
    endpoint
}

/// The ref of the host; else that in `options`, else the user's suffix. Placeholders and tenants of other forms are no refs.
fn project_ref(conninfo: &Conninfo, of_host: Option<String>, evidence: &mut Vec<String>) -> Option<String> {
    if let Some(found) = of_host {
        evidence.push(format!("the host names project {found}"));
        return Some(found);
    }
    if let Some(found) = options_reference(conninfo).filter(|tenant| is_ref(tenant)) {
        evidence.push(format!("options names project {found}"));
        return Some(found.to_owned());
    }
    let tenant = conninfo.user.as_ref().and_then(|user| split_user(&user.value)).map(|split| split.tenant)?;
    if !is_ref(tenant) {
        return None;
    }
    evidence.push(format!("the user names project {tenant}"));
    Some(tenant.to_owned())
}

/// A verdict under construction.
struct Verdict {
    kind: Kind,
    mode: Mode,
    pooler: Pooler,
    evidence: Vec<String>,
}

impl Verdict {
    fn new(kind: Kind, mode: Mode, pooler: Pooler, evidence: Vec<String>) -> Self {
        Self { kind, mode, pooler, evidence }
    }

    fn ambiguous(evidence: Vec<String>) -> Self {
        Self::new(Kind::Ambiguous, Mode::Unknown, Pooler::Unknown, evidence)
    }

    fn other(evidence: Vec<String>) -> Self {
        Self::new(Kind::Other, Mode::Unknown, Pooler::Unknown, evidence)
    }

    fn endpoint(self) -> Endpoint {
        Endpoint {
            kind: self.kind,
            mode: self.mode,
            pooler: self.pooler,
            project_ref: None,
            region: None,
            cluster: None,
            evidence: self.evidence,
        }
    }
}

/// The port as a number, `None` when none is given, and an error when what is given is not one.
fn port(host: &Host) -> Result<Option<u16>, String> {
    match &host.port {
        None => Ok(host.name().and_then(glued_port).map(|(_, port)| port)),
        Some(field) => host.port_number().map(Some).ok_or_else(|| format!("port {} is not a port number", field.value)),
    }
}

fn judge(host: &Host, conninfo: &Conninfo) -> Endpoint {
    let Some(name) = host.name().filter(|name| !name.is_empty()) else {
        return without_host(host, conninfo).endpoint();
    };
    if is_printed_example(conninfo) {
        let evidence = "user, password and host are the words of a template".to_owned();
        return Verdict::ambiguous(vec![evidence]).endpoint();
    }
    let port = port(host);
    match shape(name) {
        Shape::Pooler { cluster, region, .. } => {
            let verdict = behind(Family::Pooler, format!("{name} is a shared pooler (Supavisor)"), port);
            Endpoint { region, cluster, ..verdict.endpoint() }
        }
        Shape::Db { label, .. } => {
            let verdict = behind(Family::Project, format!("{name} is a project's own database host"), port);
            Endpoint { project_ref: is_ref(&label).then_some(label), ..verdict.endpoint() }
        }
        Shape::Api { label } => {
            let evidence =
                format!("{name} is the project's HTTPS API, not Postgres; db.{} was probably meant", normal(name));
            Endpoint { project_ref: is_ref(&label).then_some(label), ..Verdict::ambiguous(vec![evidence]).endpoint() }
        }
        Shape::Unknown { meant } => {
            impossible(format!("{name} is under a domain of Supabase, in a form that Supabase does not use"), meant)
        }
        Shape::LookAlike { meant } => {
            impossible(format!("{name} looks like a host of Supabase and is under somebody else's domain"), meant)
        }
        Shape::Placeholder => Verdict::ambiguous(vec!["the host is a placeholder".to_owned()]).endpoint(),
        Shape::Container { family } => container(name, family, port).endpoint(),
        Shape::Socket => Verdict::other(vec![format!("{name} is a Unix socket")]).endpoint(),
        Shape::Loopback => loopback(name, port, conninfo).endpoint(),
        Shape::WeakDatabase | Shape::Ip(_) | Shape::Foreign { .. } => stranger(name, port, conninfo).endpoint(),
    }
}

fn impossible(evidence: String, meant: Option<String>) -> Endpoint {
    let mut evidence = vec![evidence];
    evidence.extend(meant.map(|meant| format!("{meant} was probably meant")));
    Verdict::ambiguous(evidence).endpoint()
}

fn without_host(host: &Host, conninfo: &Conninfo) -> Verdict {
    let place = match &host.hostaddr {
        Some(address) => format!("only an address ({}) is given, no host name", address.value),
        None => "no host is given, so libpq takes PGHOST or the local Unix socket".to_owned(),
    };
    if tenant(conninfo).is_some() || host.hostaddr.is_some() {
        Verdict::ambiguous(vec![place])
    } else {
        Verdict::other(vec![place])
    }
}

/// What listens behind this port of this family of hosts; ambiguous where nothing does.
fn behind(family: Family, host: String, port: Result<Option<u16>, String>) -> Verdict {
    let known = knowledge::endpoints();
    let ports = || {
        let listed: Vec<String> =
            known.doors_of(family).map(|door| format!("{} is {}", list(&door.ports), describe(door))).collect();
        listed.join(", ")
    };
    let refused = |reason: String| {
        let pooler = if family == Family::Pooler { Pooler::Supavisor } else { Pooler::Unknown };
        Verdict { pooler, ..Verdict::ambiguous(vec![host.clone(), reason]) }
    };
    match port {
        Err(reason) => refused(reason),
        Ok(port) => match known.door(family, port) {
            None => refused(format!("nothing listens on port {} there; {}", port.unwrap_or_default(), ports())),
            Some(door) => {
                let why = match port {
                    Some(port) => format!("port {port} there is {}", describe(door)),
                    None => {
                        format!("no port is given; {} is taken, which is {} there", list(&door.ports), describe(door))
                    }
                };
                Verdict::new(door.kind, door.mode, door.pooler, vec![host, why])
            }
        },
    }
}

fn list(ports: &[u16]) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

/// A door in words.
fn describe(door: &Door) -> String {
    let software = match door.pooler {
        Pooler::Supavisor => "Supavisor",
        Pooler::PgBouncer => "the dedicated pooler (PgBouncer)",
        Pooler::None => return "Postgres itself".to_owned(),
        Pooler::Unknown => "a pooler",
    };
    format!("{software} in {} mode", door.mode.as_str())
}

fn container(name: &str, family: Family, port: Result<Option<u16>, String>) -> Verdict {
    let stack = match family {
        Family::CliDatabase | Family::CliPooler => "the Supabase CLI's local stack",
        _ => "the self-hosted docker stack",
    };
    let evidence = format!("{name} is a container of {stack}");
    let kind = knowledge::endpoints().door(family, None).map_or(Kind::SelfHosted, |door| door.kind);
    match port.map(|port| knowledge::endpoints().door(family, port)) {
        Ok(Some(door)) => Verdict::new(
            door.kind,
            door.mode,
            door.pooler,
            vec![evidence, format!("this port there is {}", describe(door))],
        ),
        Ok(None) => Verdict::new(
            kind,
            Mode::Unknown,
            Pooler::Unknown,
            vec![evidence, "the port does not tell the mode".to_owned()],
        ),
        Err(reason) => Verdict::new(kind, Mode::Unknown, Pooler::Unknown, vec![evidence, reason]),
    }
}

/// A self-hosted Supavisor by its ports.
fn supavisor(evidence: String, port: Result<Option<u16>, String>) -> Verdict {
    let (mode, why) = match port {
        Err(reason) => (Mode::Unknown, reason),
        Ok(port) => match knowledge::endpoints().door(Family::SelfHostedPooler, port) {
            Some(door) => (
                door.mode,
                format!(
                    "{} is {} there",
                    port.map_or("no port".to_owned(), |port| format!("port {port}")),
                    describe(door)
                ),
            ),
            None => (Mode::Unknown, "the port does not tell the mode".to_owned()),
        },
    };
    Verdict::new(Kind::SelfHosted, mode, Pooler::Supavisor, vec![evidence, why])
}

/// Whether only Supabase's own services use this role.
fn is_service_role(role: &str) -> bool {
    knowledge::services()
        .services
        .iter()
        .any(|service| service.owner == Owner::Supabase && service.roles.iter().any(|known| known == role))
}

/// The tenant that the user or `options` names, placeholders included.
fn tenant(conninfo: &Conninfo) -> Option<&str> {
    options_reference(conninfo).or_else(|| {
        let split = split_user(&conninfo.user.as_ref()?.value)?;
        (!split.tenant.is_empty()).then_some(split.tenant)
    })
}

fn loopback(name: &str, port: Result<Option<u16>, String>, conninfo: &Conninfo) -> Verdict {
    let Ok(Some(number)) = port else { return stranger(name, port, conninfo) };
    if let Some(door) = knowledge::endpoints().door(Family::Loopback, Some(number)) {
        let evidence = format!("port {number} on {name} is the Supabase CLI's local stack: {}", describe(door));
        return Verdict::new(door.kind, door.mode, door.pooler, vec![evidence]);
    }
    if CLI_HTTP.contains(&number) {
        let evidence = format!(
            "port {number} on {name} is an HTTP port of the Supabase CLI's local stack; its database is on 54322"
        );
        return Verdict::new(Kind::Local, Mode::Unknown, Pooler::Unknown, vec![evidence]);
    }
    stranger(name, port, conninfo)
}

/// A host that says nothing of Supabase: user and port are what is left.
fn stranger(name: &str, port: Result<Option<u16>, String>, conninfo: &Conninfo) -> Verdict {
    let host = format!("{name} is not a host name of Supabase's platform");
    let user = conninfo.user.as_ref().map_or("", |user| user.value.as_str());
    let split = split_user(user);
    let is_local = matches!(shape(name), Shape::Loopback | Shape::WeakDatabase);
    if let Some(tenant) = tenant(conninfo) {
        if is_ref(tenant) && !is_local {
            let doubt = format!(
                "yet the user addresses project {tenant} as at a shared pooler: either the host is wrong, or this is a self-hosted Supavisor"
            );
            return Verdict::ambiguous(vec![host, doubt]);
        }
        if split.is_none_or(|split| split.role == "postgres" || is_service_role(split.role)) || is_placeholder(tenant) {
            return supavisor(format!("{host}, and only Supavisor has users of the form role.tenant"), port);
        }
    }
    if shape(name) == Shape::WeakDatabase {
        let evidence =
            format!("{name} is the database's name in the self-hosted docker stack, and in many other compose files");
        return if is_service_role(user) {
            let role = format!("{user} is a role of Supabase's own services");
            Verdict::new(Kind::SelfHosted, Mode::Direct, Pooler::None, vec![evidence, role])
        } else {
            Verdict::ambiguous(vec![evidence])
        };
    }
    match port {
        // The port of every transaction pooler of Supabase, and of hardly anything else.
        Ok(Some(port))
            if knowledge::endpoints()
                .door(Family::SelfHostedPooler, Some(port))
                .is_some_and(|door| door.mode == Mode::Transaction) =>
        {
            Verdict::ambiguous(vec![
                host,
                format!("yet {port} is the port of Supabase's poolers: a tunnel, or a self-hosted pooler"),
            ])
        }
        Err(reason) => Verdict::ambiguous(vec![host, reason]),
        Ok(_) => Verdict::other(vec![host]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conninfo::{Field, Parameter, Password, PasswordState, Syntax};

    fn setting(user: &str, hosts: &[(&str, &str)]) -> Conninfo {
        let field = |text: &str| (!text.is_empty()).then(|| Field::unplaced(text));
        Conninfo {
            syntax: Syntax::Uri,
            scheme: None,
            hosts: hosts
                .iter()
                .map(|(host, port)| Host { host: field(host), hostaddr: None, port: field(port) })
                .collect(),
            user: field(user),
            password: Password { state: PasswordState::Missing, value: None, span: None },
            database: field("postgres"),
            parameters: Vec::new(),
        }
    }

    fn kind(user: &str, host: &str, port: &str) -> Kind {
        classify(&setting(user, &[(host, port)])).kind
    }

    const POOLER: &str = "aws-0-us-east-1.pooler.supabase.com";
    const DB: &str = "db.abcdefghijklmnopqrst.supabase.co";
    const USER: &str = "postgres.abcdefghijklmnopqrst";

    #[test]
    fn host_and_port_decide_together() {
        assert_eq!(kind(USER, POOLER, "5432"), Kind::SharedSession);
        assert_eq!(kind(USER, POOLER, ""), Kind::SharedSession);
        assert_eq!(kind(USER, POOLER, "6543"), Kind::SharedTransaction);
        assert_eq!(kind("postgres", DB, "5432"), Kind::Direct);
        assert_eq!(kind("postgres", DB, ""), Kind::Direct);
        assert_eq!(kind("postgres", DB, "6543"), Kind::Dedicated);
    }

    #[test]
    fn an_impossible_port_leaves_it_open() {
        assert_eq!(kind(USER, POOLER, "5433"), Kind::Ambiguous);
        assert_eq!(kind(USER, POOLER, "[PORT]"), Kind::Ambiguous);
        assert_eq!(kind("postgres", DB, "443"), Kind::Ambiguous);
    }

    #[test]
    fn placeholders_do_not_change_the_kind_when_the_rest_decides() {
        let endpoint =
            classify(&setting("postgres.[YOUR-PROJECT-REF]", &[("aws-0-[REGION].pooler.supabase.com", "6543")]));
        assert_eq!((endpoint.kind, endpoint.project_ref, endpoint.region), (Kind::SharedTransaction, None, None));
        assert_eq!(kind("postgres", "db.[YOUR-PROJECT-REF].supabase.co", "5432"), Kind::Direct);
        assert_eq!(kind("postgres", "db.<project-ref>.supabase.co", "6543"), Kind::Dedicated);
    }

    #[test]
    fn the_ref_comes_from_the_host_or_the_user_or_options() {
        let of = |conninfo: &Conninfo| classify(conninfo).project_ref;
        assert_eq!(of(&setting("postgres", &[(DB, "")])).as_deref(), Some("abcdefghijklmnopqrst"));
        assert_eq!(
            of(&setting("my.role.abcdefghijklmnopqrst", &[(POOLER, "")])).as_deref(),
            Some("abcdefghijklmnopqrst")
        );
        let mut options = setting("postgres", &[(POOLER, "")]);
        options.parameters.push(Parameter {
            key: "options".into(),
            value: "-c reference=bbbbbbbbbbbbbbbbbbbb".into(),
            key_span: None,
            value_span: None,
        });
        assert_eq!(of(&options).as_deref(), Some("bbbbbbbbbbbbbbbbbbbb"));
        options.parameters[0].value = "reference=bbbbbbbbbbbbbbbbbbbb".into();
        assert_eq!(of(&options).as_deref(), Some("bbbbbbbbbbbbbbbbbbbb"));
        assert_eq!(of(&setting("postgres.short", &[(POOLER, "")])), None);
    }

    #[test]
    fn local_and_self_hosted() {
        assert_eq!(kind("postgres", "127.0.0.1", "54322"), Kind::Local);
        assert_eq!(kind("postgres.pooler-dev", "localhost", "54329"), Kind::Local);
        assert_eq!(kind("postgres", "supabase_db_app", "5432"), Kind::Local);
        assert_eq!(kind("postgres.your-tenant-id", "localhost", "6543"), Kind::SelfHosted);
        assert_eq!(kind("postgres.dev", "10.0.0.4", "5432"), Kind::SelfHosted);
        assert_eq!(kind("postgres", "supabase-db", "5432"), Kind::SelfHosted);
        assert_eq!(kind("supabase_admin", "db", "5432"), Kind::SelfHosted);
        assert_eq!(kind("postgres", "db", "5432"), Kind::Ambiguous);
    }

    #[test]
    fn strangers_are_other_and_doubtful_ones_ambiguous() {
        assert_eq!(kind("postgres", "localhost", "5432"), Kind::Other);
        assert_eq!(kind("me", "mydb.abc.us-east-1.rds.amazonaws.com", "5432"), Kind::Other);
        assert_eq!(kind("first.last", "db.example.com", "5432"), Kind::Other);
        assert_eq!(kind("postgres", "localhost", "6543"), Kind::Ambiguous);
        assert_eq!(kind(USER, "52.1.2.3", "6543"), Kind::Ambiguous);
        assert_eq!(classify(&setting("me", &[])).kind, Kind::Other);
        assert_eq!(classify(&setting(USER, &[])).kind, Kind::Ambiguous);
    }

    #[test]
    fn impossible_hosts_are_ambiguous_and_say_what_was_meant() {
        let endpoint = classify(&setting("postgres", &[("abcdefghijklmnopqrst.supabase.co", "5432")]));
        assert_eq!(endpoint.kind, Kind::Ambiguous);
        assert!(endpoint.evidence[0].contains("db.abcdefghijklmnopqrst.supabase.co"), "{:?}", endpoint.evidence);
        assert_eq!(kind(USER, "aws-0-us-east-1.pooler.supabase.com.evil.example", "6543"), Kind::Ambiguous);
        assert_eq!(kind(USER, "aws-0-us-east-1.pooler.supabase.co", "6543"), Kind::Ambiguous);
    }

    #[test]
    fn several_hosts_of_one_kind_are_that_kind_and_mixed_ones_ambiguous() {
        assert_eq!(classify(&setting(USER, &[(POOLER, "6543"), (POOLER, "6543")])).kind, Kind::SharedTransaction);
        assert_eq!(classify(&setting(USER, &[(POOLER, "5432"), (POOLER, "6543")])).kind, Kind::Ambiguous);
    }

    #[test]
    fn a_port_glued_to_the_host_counts() {
        let of = |host: &str, port: &str| classify(&setting(USER, &[(host, port)])).kind;
        assert_eq!(of("aws-0-us-east-1.pooler.supabase.com:6543", ""), Kind::SharedTransaction);
        assert_eq!(of("aws-0-us-east-1.pooler.supabase.com:6543", "5432"), Kind::SharedSession);
    }

    #[test]
    fn hostaddr_does_not_count() {
        let mut conninfo = setting(USER, &[(POOLER, "6543")]);
        conninfo.hosts[0].hostaddr = Some(Field::unplaced("127.0.0.1"));
        assert_eq!(classify(&conninfo).kind, Kind::SharedTransaction);
    }
}
