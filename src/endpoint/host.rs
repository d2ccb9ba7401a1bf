//! What a host name is in Supabase's naming scheme. The names are data: `profiles/endpoints.toml`.

use std::cell::RefCell;
use std::net::IpAddr;

use super::placeholder::{is_placeholder, is_placeholder_word};
use crate::knowledge::{self, Environment, Family, HostMatch};

/// What a host is in Supabase's naming scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `<cloud>-<n>-<region>.pooler.supabase.com`. `open` when one of the parts is a placeholder.
    Pooler { cluster: Option<String>, region: Option<String>, open: bool, staging: bool },
    /// `db.<label>.supabase.co`; the label is a ref, a replica's identifier or a placeholder.
    Db { label: String, staging: bool },
    /// `<ref>.supabase.co`: the HTTPS API, which is not Postgres.
    Api { label: String },
    /// Under one of Supabase's domains, in a form that does not exist.
    Unknown { meant: Option<String> },
    /// Looks like one of Supabase's hosts and is under somebody else's domain.
    LookAlike { meant: Option<String> },
    /// This machine.
    Loopback,
    /// A container of the Supabase CLI's stack, or of the self-hosted docker stack.
    Container { family: Family },
    /// The docker stack's name for the database, which is also that of half the world's compose services: `db`.
    WeakDatabase,
    /// An IP address that is not loopback.
    Ip(IpAddr),
    /// A directory with a Unix socket.
    Socket,
    /// A placeholder, so that nothing can be said.
    Placeholder,
    /// Anything else; `single` when it has no dot.
    Foreign { single: bool },
}

/// Lower-cased, without the dot of the root and without a port that was glued to the name.
pub(crate) fn normal(host: &str) -> String {
    let name = glued_port(host).map_or(host, |(name, _)| name);
    name.trim().trim_end_matches('.').to_lowercase()
}

/// A host and a port in one value, as people write them into `DB_HOST`. An IPv6 literal is none.
pub(crate) fn glued_port(host: &str) -> Option<(&str, u16)> {
    let (name, port) = host.trim().rsplit_once(':')?;
    let whole = !name.is_empty() && !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|_| whole).map(|port| (name, port))
}

/// Judges a host name. A host that contains a placeholder is still judged by the rest.
///
/// A dozen rules ask for the same host one after the other, so the last answer is kept. The function stays a pure one.
pub(crate) fn shape(host: &str) -> Shape {
    thread_local! {
        static LAST: RefCell<Option<(String, Shape)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| match last {
        Some((known, shape)) if known == host => shape.clone(),
        _ => {
            let shape = judge(host);
            *last = Some((host.to_owned(), shape.clone()));
            shape
        }
    })
}

fn judge(host: &str) -> Shape {
    // `HOST` is a placeholder, `host` may be a machine: the case is gone after the next line.
    let left_open = is_placeholder(host);
    let host = normal(host);
    if host.starts_with('/') || host.starts_with('@') {
        return Shape::Socket;
    }
    if let Some(found) = knowledge::endpoints().match_host(&host) {
        return of_match(&host, &found);
    }
    address(&host)
        .or_else(|| foreign_copy(&host))
        .unwrap_or_else(|| if left_open { Shape::Placeholder } else { Shape::Foreign { single: !host.contains('.') } })
}

fn of_match(host: &str, found: &HostMatch<'_>) -> Shape {
    let captures = &found.captures;
    let staging = found.pattern.environment == Environment::Staging;
    let label = captures.project_ref.clone().unwrap_or_default();
    match found.pattern.family {
        Family::Pooler => {
            let parts = [&captures.cloud, &captures.cluster, &captures.region];
            let open = parts.iter().any(|part| part.as_deref().is_some_and(is_open));
            let closed = |part: &Option<String>| part.as_deref().is_some_and(|part| !is_open(part));
            let cluster = captures.cluster_label().filter(|_| closed(&captures.cloud) && closed(&captures.cluster));
            Shape::Pooler { cluster, region: captures.region.clone().filter(|part| !is_open(part)), open, staging }
        }
        Family::Project if is_cluster(&label) => Shape::Unknown { meant: meant(&label) },
        Family::Project => Shape::Db { label, staging },
        Family::Api if is_ref(&label) || is_placeholder_word(&label) => Shape::Api { label },
        Family::NearMiss if is_template_of_pooler(host) => {
            Shape::Pooler { cluster: None, region: None, open: true, staging }
        }
        Family::Api | Family::NearMiss => {
            Shape::Unknown { meant: found.meant().filter(|_| found.pattern.family == Family::NearMiss) }
        }
        Family::Loopback => Shape::Loopback,
        _ if found.pattern.weak => Shape::WeakDatabase,
        family => Shape::Container { family },
    }
}

/// Whether a part of a pooler's name was left open.
fn is_open(part: &str) -> bool {
    is_placeholder_word(part) || part.contains("region") || part.starts_with("xx-")
}

/// `[YOUR-POOLER].pooler.supabase.com`: one placeholder in the place of the whole first label.
fn is_template_of_pooler(host: &str) -> bool {
    let Some((label, rest)) = host.split_once('.') else { return false };
    let filled =
        || knowledge::endpoints().match_host(&format!("aws-0-us-east-1.{rest}")).map(|found| found.pattern.family);
    is_placeholder(label) && filled() == Some(Family::Pooler)
}

/// IP literals that are not in the profile.
fn address(host: &str) -> Option<Shape> {
    let literal = host.split('%').next().unwrap_or(host);
    let ip: IpAddr = literal.parse().ok()?;
    let local = match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
    };
    Some(if local { Shape::Loopback } else { Shape::Ip(ip) })
}

/// A copy of Supabase's names under another domain, or one of its own domains that carries no Postgres.
fn foreign_copy(host: &str) -> Option<Shape> {
    let known = knowledge::endpoints();
    let under =
        |domain: &String| host == domain || host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
    let first = host.split('.').next().unwrap_or_default();
    let copies_pooler = host.contains('.') && is_cluster(first);
    let copies_db = host.strip_prefix("db.").and_then(|rest| rest.split('.').next()).is_some_and(is_ref);
    if !copies_pooler && !copies_db && known.domains.own.iter().any(under) {
        return Some(Shape::Unknown { meant: meant(host) });
    }
    // A self-hosted name such as `my-supabase.com` is nobody's copy; one that also has the labels of Supabase's hosts is.
    let mimics = || host.starts_with("db.") || host.split('.').any(|label| label.contains("pooler"));
    let inside = || known.domains.own.iter().any(|domain| format!(".{host}").contains(&format!(".{domain}.")));
    let imitates = known.imitated_domain(host).is_some() && (inside() || mimics());
    (copies_pooler || copies_db || imitates).then(|| Shape::LookAlike { meant: meant(host) })
}

/// The real host that a wrong one was probably meant to be.
fn meant(host: &str) -> Option<String> {
    let template = |family| {
        knowledge::endpoints()
            .hosts
            .iter()
            .find(|pattern| pattern.family == family)
            .map(|pattern| pattern.template.as_str())
    };
    let mut labels = host.split('.');
    let first = labels.next()?;
    let second = labels.next().unwrap_or_default();
    if is_cluster(first) {
        let (_, domain) = template(Family::Pooler)?.split_once('.')?;
        return Some(format!("{first}.{domain}"));
    }
    let label = if first == "db" { second } else { first };
    is_ref(label).then(|| template(Family::Project).map(|template| template.replace("{ref}", label)))?
}

/// Whether a text is a project ref.
pub(crate) fn is_ref(text: &str) -> bool {
    knowledge::endpoints().is_project_ref(text)
}

/// Whether a label reads `<cloud>-<n>-<region>`.
fn is_cluster(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [cloud, cluster, area, middle @ .., number]
        if letters(cloud) && digits(cluster) && letters(area) && !middle.is_empty() && middle.iter().all(|part| letters(part)) && digits(number))
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
            Shape::Pooler {
                cluster: Some("aws-1".into()),
                region: Some("eu-central-2".into()),
                open: false,
                staging: false
            }
        );
        let open = shape("aws-0-[REGION].pooler.supabase.com");
        assert_eq!(open, Shape::Pooler { cluster: Some("aws-0".into()), region: None, open: true, staging: false });
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
        assert_eq!(meant("pooler.supabase.com"), None);
        assert_eq!(meant("www.supabase.com"), None);
    }

    #[test]
    fn copies_under_foreign_domains_are_look_alikes() {
        for host in [
            "aws-0-us-east-1.pooler.supabase.com.evil.example",
            "db.abcdefghijklmnopqrst.supabase.co.evil.example",
            "aws-0-us-east-1.pooler.supabse.com",
            "db.abcdefghijklmnopqrst.supabase.dev",
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
            "my-supabase.com",
            "db.internal",
            "mydb.abc123.us-east-1.rds.amazonaws.com",
            "ep-cool-1.neon.tech",
        ] {
            assert_eq!(shape(host), Shape::Foreign { single: false }, "{host}");
        }
        assert_eq!(shape("db"), Shape::WeakDatabase);
        assert_eq!(shape("postgres"), Shape::Foreign { single: true });
        assert_eq!(shape("supabase_db_app"), Shape::Container { family: Family::CliDatabase });
        assert_eq!(shape("supavisor"), Shape::Container { family: Family::SelfHostedPooler });
        assert_eq!(shape("::1"), Shape::Loopback);
        assert_eq!(shape("/var/run/postgresql"), Shape::Socket);
    }
}
