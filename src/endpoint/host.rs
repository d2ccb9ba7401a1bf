//! What a host name is in Supabase's naming scheme. The names themselves are data: see [`Names`].

use std::net::{IpAddr, Ipv6Addr};

use super::placeholder::{is_placeholder, is_placeholder_word};

/// The naming scheme of Supabase's hosts.
struct Names {
    /// Domains under which `db.<ref>` and the API live.
    project_domains: &'static [&'static str],
    /// Domains under which the shared pooler's clusters live.
    pooler_domains: &'static [&'static str],
    /// Those of both that belong to Supabase's own staging platform.
    staging_domains: &'static [&'static str],
    /// Prefixes of the CLI's container names for the database.
    cli_database: &'static [&'static str],
    /// Prefixes of the CLI's container names for the pooler.
    cli_pooler: &'static [&'static str],
    /// Names of the pooler in the docker stack.
    docker_pooler: &'static [&'static str],
    /// Names of the database in the docker stack.
    docker_database: &'static [&'static str],
}

const NAMES: Names = Names {
    project_domains: &["supabase.co", "supabase.red"],
    pooler_domains: &["pooler.supabase.com", "pooler.supabase.green"],
    staging_domains: &["supabase.red", "pooler.supabase.green"],
    cli_database: &["supabase_db_"],
    cli_pooler: &["supabase_pooler_"],
    docker_pooler: &["supavisor", "supabase-pooler"],
    docker_database: &["supabase-db"],
};

/// What a host is in Supabase's naming scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `<cloud>-<n>-<region>.pooler.supabase.com`. Parts that are placeholders are `None`.
    Pooler { cluster: Option<String>, region: Option<String>, staging: bool },
    /// `db.<label>.supabase.co`; the label is a ref, a replica's identifier or a placeholder.
    Db { label: String, staging: bool },
    /// `<ref>.supabase.co`: the HTTPS API, which is not Postgres.
    Api { label: String },
    /// Under one of Supabase's domains, in a form that does not exist.
    Unknown { meant: Option<String> },
    /// Looks like one of Supabase's hosts and is under somebody else's domain.
    LookAlike { meant: String },
    /// This machine.
    Loopback,
    /// A container of the Supabase CLI's stack; `pooler` or the database.
    CliContainer { pooler: bool },
    /// A container of the self-hosted docker stack; `pooler` or the database.
    DockerContainer { pooler: bool },
    /// An IP address that is not loopback.
    Ip(IpAddr),
    /// A directory with a Unix socket.
    Socket,
    /// A placeholder, so that nothing can be said.
    Placeholder,
    /// Anything else; `single` when it has no dot.
    Foreign { single: bool },
}

/// Lower-cased, without the dot of the root.
pub(crate) fn normal(host: &str) -> String {
    host.trim().trim_end_matches('.').to_lowercase()
}

/// Judges a host name. A host that contains a placeholder is still judged by the rest.
pub(crate) fn shape(host: &str) -> Shape {
    let host = normal(host);
    if host.starts_with('/') || host.starts_with('@') {
        return Shape::Socket;
    }
    if let Some(shape) = address(&host) {
        return shape;
    }
    let under = |domains: &'static [&'static str]| {
        domains.iter().find_map(|domain| {
            let rest = host.strip_suffix(domain)?;
            rest.strip_suffix('.').or_else(|| rest.is_empty().then_some("")).map(|label| (label.to_owned(), *domain))
        })
    };
    if let Some((label, domain)) = under(NAMES.pooler_domains) {
        return pooler(&label, domain);
    }
    if let Some((label, domain)) = under(NAMES.project_domains) {
        return project(&label, domain);
    }
    named(&host).unwrap_or_else(|| near(&host))
}

/// Loopback and IP literals.
fn address(host: &str) -> Option<Shape> {
    if matches!(host, "localhost" | "host.docker.internal" | "docker.for.mac.localhost") || host.ends_with(".localhost")
    {
        return Some(Shape::Loopback);
    }
    let literal = host.split('%').next().unwrap_or(host);
    let ip: IpAddr = literal.parse().ok()?;
    let local = match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6 == Ipv6Addr::LOCALHOST || v6.is_unspecified() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
    };
    Some(if local { Shape::Loopback } else { Shape::Ip(ip) })
}

fn pooler(label: &str, domain: &str) -> Shape {
    let staging = NAMES.staging_domains.contains(&domain);
    match split_cluster(label) {
        Some((cluster, region)) => Shape::Pooler { cluster, region, staging },
        None if !label.is_empty() && !label.contains('.') && is_placeholder(label) => {
            Shape::Pooler { cluster: None, region: None, staging }
        }
        None => Shape::Unknown { meant: Some(format!("<cloud>-<n>-<region>.{domain}")) },
    }
}

fn project(label: &str, domain: &str) -> Shape {
    let staging = NAMES.staging_domains.contains(&domain);
    match label.split_once('.') {
        Some(("db", rest)) if !rest.is_empty() && (!rest.contains('.') || is_placeholder(rest)) => {
            Shape::Db { label: rest.to_owned(), staging }
        }
        None if is_ref(label) || is_placeholder_word(label) => Shape::Api { label: label.to_owned() },
        None if label.strip_prefix("db-").is_some_and(is_ref) => {
            Shape::Unknown { meant: Some(format!("db.{}.{domain}", &label[3..])) }
        }
        Some((front, "pooler")) if split_cluster(front).is_some() => {
            Shape::Unknown { meant: Some(format!("{front}.{}", NAMES.pooler_domains[0])) }
        }
        Some((_, rest)) if is_ref(rest) => Shape::Unknown { meant: Some(format!("db.{rest}.{domain}")) },
        _ => Shape::Unknown { meant: None },
    }
}

/// The names of containers. `db` alone is the commonest service name there is, so it is left to the caller.
fn named(host: &str) -> Option<Shape> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| host.starts_with(prefix));
    if starts(NAMES.cli_database) || starts(NAMES.cli_pooler) {
        return Some(Shape::CliContainer { pooler: starts(NAMES.cli_pooler) });
    }
    let pooler = NAMES.docker_pooler.contains(&host);
    (pooler || NAMES.docker_database.contains(&host)).then_some(Shape::DockerContainer { pooler })
}

/// Hosts under other domains: copies of Supabase's names, Supabase's domains in a wrong form, and strangers.
fn near(host: &str) -> Shape {
    let known = || NAMES.pooler_domains.iter().chain(NAMES.project_domains);
    // `supabase.co` and `supabase.com` inside a name that goes on.
    if known().any(|domain| {
        host.contains(&format!("{domain}.")) && (host.starts_with(domain) || host.contains(&format!(".{domain}.")))
    }) {
        return Shape::LookAlike { meant: meant(host) };
    }
    let bases = || known().map(|domain| base(domain));
    if bases().any(|owned| host == owned || host.ends_with(&format!(".{owned}"))) {
        return Shape::Unknown { meant: Some(meant(host)).filter(|name| !name.is_empty()) };
    }
    let first = host.split('.').next().unwrap_or_default();
    let copies_pooler = host.contains('.') && split_cluster(first).is_some_and(|(_, region)| region.is_some());
    let copies_db = host.strip_prefix("db.").and_then(|rest| rest.split('.').next()).is_some_and(is_ref);
    if copies_pooler || copies_db {
        return Shape::LookAlike { meant: meant(host) };
    }
    if is_placeholder(host) { Shape::Placeholder } else { Shape::Foreign { single: !host.contains('.') } }
}

/// The real host that a wrong one was probably meant to be; empty when nothing can be said.
fn meant(host: &str) -> String {
    let mut labels = host.split('.');
    let first = labels.next().unwrap_or_default();
    let second = labels.next().unwrap_or_default();
    if split_cluster(first).is_some() {
        format!("{first}.{}", NAMES.pooler_domains[0])
    } else if first == "db" && (is_ref(second) || is_placeholder(second)) {
        format!("db.{second}.{}", NAMES.project_domains[0])
    } else if is_ref(first) {
        format!("db.{first}.{}", NAMES.project_domains[0])
    } else {
        String::new()
    }
}

/// The last two labels of a domain.
fn base(domain: &str) -> &str {
    let cut = domain.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
    &domain[cut..]
}

/// Whether a text is a project ref: exactly 20 lower-case letters (Supabase CLI, `internal/utils/misc.go`, June 2026).
pub(crate) fn is_ref(text: &str) -> bool {
    text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Cluster and region of a pooler's first label, `<cloud>-<n>-<region>`; a part that is a placeholder is `None`.
fn split_cluster(label: &str) -> Option<(Option<String>, Option<String>)> {
    let (cloud, rest) = label.split_once('-')?;
    let (index, region) = match rest.strip_prefix(['[', '<', '{']) {
        Some(_) => rest.split_once(['-']).filter(|(index, _)| is_placeholder(index))?,
        None => rest.split_once('-')?,
    };
    let cloud_known = !cloud.is_empty() && cloud.bytes().all(|byte| byte.is_ascii_lowercase());
    let index_known = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    let open = |part: &str| is_placeholder(part) || matches!(part, "x" | "n");
    if !(cloud_known || is_placeholder(cloud)) || !(index_known || open(index)) {
        return None;
    }
    let region = if is_region(region) {
        Some(region.to_owned())
    } else if is_placeholder_word(region) || region.contains("region") || region.starts_with("xx-") {
        None
    } else {
        return None;
    };
    Some(((cloud_known && index_known).then(|| format!("{cloud}-{index}")), region))
}

/// The form of a region's name, whether it is known or not: `us-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    matches!(parts.as_slice(), [area, middle @ .., number] if area.len() == 2 && letters(area) && !middle.is_empty()
        && middle.iter().all(|part| letters(part)) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REF: &str = "abcdefghijklmnopqrst";

    #[test]
    fn poolers_are_told_with_cluster_and_region() {
        let real = shape("AWS-1-eu-Central-2.pooler.supabase.com.");
        assert_eq!(
            real,
            Shape::Pooler { cluster: Some("aws-1".into()), region: Some("eu-central-2".into()), staging: false }
        );
        let open = shape("aws-0-[REGION].pooler.supabase.com");
        assert_eq!(open, Shape::Pooler { cluster: Some("aws-0".into()), region: None, staging: false });
        assert!(matches!(shape("[CLOUD]-0-us-east-1.pooler.supabase.com"), Shape::Pooler { cluster: None, .. }));
        assert!(matches!(
            shape("aws-[N]-us-east-1.pooler.supabase.com"),
            Shape::Pooler { cluster: None, region: Some(_), .. }
        ));
        assert!(matches!(shape("[YOUR-POOLER].pooler.supabase.com"), Shape::Pooler { .. }));
        assert!(matches!(shape("aws-0-us-gov-west-1.pooler.supabase.green"), Shape::Pooler { staging: true, .. }));
    }

    #[test]
    fn impossible_names_under_supabase_domains_are_unknown_with_what_was_meant() {
        let meant = |host: &str| match shape(host) {
            Shape::Unknown { meant } => meant,
            other => panic!("{host}: {other:?}"),
        };
        assert_eq!(meant("aws-0-us-east-1.pooler.supabase.co").as_deref(), Some("aws-0-us-east-1.pooler.supabase.com"));
        assert_eq!(meant("aws-0-us-east-1.supabase.com").as_deref(), Some("aws-0-us-east-1.pooler.supabase.com"));
        assert_eq!(meant(&format!("db.{REF}.supabase.com")).unwrap(), format!("db.{REF}.supabase.co"));
        assert_eq!(meant(&format!("postgres.{REF}.supabase.co")).unwrap(), format!("db.{REF}.supabase.co"));
        assert!(meant("pooler.supabase.com").is_some());
        assert_eq!(meant("www.supabase.com"), None);
    }

    #[test]
    fn copies_under_foreign_domains_are_look_alikes() {
        for host in [
            "aws-0-us-east-1.pooler.supabase.com.evil.example",
            "db.abcdefghijklmnopqrst.supabase.co.evil.example",
            "aws-0-us-east-1.pooler.supabse.com",
            "db.abcdefghijklmnopqrst.supabase.io",
            "aws-0-us-east-1.pooler-supabase.com",
        ] {
            assert!(matches!(shape(host), Shape::LookAlike { .. }), "{host}: {:?}", shape(host));
        }
    }

    #[test]
    fn strangers_and_self_hosted_names_are_left_alone() {
        for host in [
            "db.example.com",
            "supabase.mycorp.example",
            "mydb.abc123.us-east-1.rds.amazonaws.com",
            "ep-cool-1.neon.tech",
        ] {
            assert_eq!(shape(host), Shape::Foreign { single: false }, "{host}");
        }
        assert_eq!(shape("db"), Shape::Foreign { single: true });
        assert_eq!(shape("supabase_db_app"), Shape::CliContainer { pooler: false });
        assert_eq!(shape("supavisor"), Shape::DockerContainer { pooler: true });
        assert_eq!(shape("::1"), Shape::Loopback);
        assert_eq!(shape("/var/run/postgresql"), Shape::Socket);
    }
}
