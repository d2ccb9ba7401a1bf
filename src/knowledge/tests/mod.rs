//! What the types of the profiles cannot say.

use std::collections::HashSet;

use super::*;

mod stacks;

/// Calls `check` with the source key and the date of every entry outside the stacks.
fn each_entry(mut check: impl FnMut(&Sources, &str, &str)) {
    let t = tiers();
    let mut tier = |source: &str, as_of: &str| check(&t.sources, source, as_of);
    tier(&t.reserved.source, &t.reserved.as_of);
    tier(&t.services.source, &t.services.as_of);
    tier(&t.budgets.source, &t.budgets.as_of);
    tier(&t.max_connections_note.source, &t.max_connections_note.as_of);
    tier(&t.sizing_guide.source, &t.sizing_guide.as_of);
    t.tiers.iter().for_each(|entry| tier(&entry.source, &entry.as_of));
    let e = endpoints();
    let mut endpoint = |source: &str, as_of: &str| check(&e.sources, source, as_of);
    endpoint(&e.project_ref.source, &e.project_ref.as_of);
    endpoint(&e.domains.source, &e.domains.as_of);
    endpoint(&e.certificates.source, &e.certificates.as_of);
    e.hosts.iter().for_each(|entry| endpoint(&entry.source, &entry.as_of));
    e.doors.iter().for_each(|entry| endpoint(&entry.source, &entry.as_of));
    e.tenants.iter().for_each(|entry| endpoint(&entry.source, &entry.as_of));
    e.regions.iter().for_each(|entry| endpoint(&entry.source, &entry.as_of));
    e.roots.iter().for_each(|entry| endpoint(&entry.source, &entry.as_of));
    let s = services();
    s.services.iter().for_each(|entry| check(&s.sources, &entry.source, &entry.as_of));
    let c = tls_clients();
    c.clients.iter().for_each(|entry| check(&c.sources, &entry.source, &entry.as_of));
}

/// A date of the form 2026-11-21.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() })
}

pub(super) fn unique<'a>(ids: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = HashSet::new();
    ids.into_iter().all(|id| seen.insert(id))
}

#[test]
fn every_entry_has_a_source_that_resolves_and_a_date() {
    let mut entries = 0;
    each_entry(|sources, source, as_of| {
        assert!(sources.contains(source), "unknown source `{source}`");
        assert!(is_date(as_of), "not a date: `{as_of}`");
        entries += 1;
    });
    assert!(entries > 70, "only {entries} entries were looked at");
}

#[test]
fn ids_are_unique() {
    assert!(unique(tiers().ids()));
    assert!(unique(endpoints().hosts.iter().map(|host| host.id.as_str())));
    assert!(unique(endpoints().hosts.iter().map(|host| host.template.as_str())));
    assert!(unique(endpoints().roots.iter().map(|root| root.sha256.as_str())));
    assert!(unique(endpoints().regions()));
    assert!(unique(services().services.iter().map(|service| service.id.as_str())));
}

/// The 40 % and 80 % columns are written out for readers of the file; they must not drift from their definition.
#[test]
fn budgets_are_the_shares_of_max_connections() {
    let budgets = &tiers().budgets;
    for tier in &tiers().tiers {
        let share = |percent| tier.max_connections.map(|max| max * percent / 100);
        assert_eq!(tier.data_api_budget, share(budgets.data_api_percent), "{}", tier.id);
        assert_eq!(tier.max_budget, share(budgets.max_percent), "{}", tier.id);
    }
}

#[test]
fn a_bigger_tier_never_offers_less() {
    for pair in tiers().tiers.windows(2) {
        let grows = |figure: fn(&Tier) -> Option<u32>| match (figure(&pair[0]), figure(&pair[1])) {
            (Some(small), Some(big)) => small <= big,
            _ => true,
        };
        assert!(grows(|tier| tier.cpu_cores) && grows(|tier| tier.ram_mb), "{}", pair[1].id);
        assert!(grows(|tier| tier.max_connections) && grows(|tier| tier.pooler_max_clients), "{}", pair[1].id);
        assert!(grows(|tier| tier.default_pool_size) && grows(|tier| tier.replication_slots), "{}", pair[1].id);
    }
}

#[test]
fn tiers_are_found_by_any_of_their_names() {
    assert_eq!(tiers().find("2XL").map(|tier| tier.max_connections), Some(Some(380)));
    assert_eq!(tiers().find("ci_nano").map(|tier| tier.id.as_str()), Some("nano"));
    assert_eq!(tiers().find("ci_48xlarge_high_memory").map(|tier| tier.max_connections), Some(None));
    assert!(tiers().find("huge").is_none());
}

/// The older table names tiers that exist, and its `max_connections` agree with the documentation as its note claims.
#[test]
fn the_older_sizing_table_differs_only_where_it_says() {
    for row in &tiers().sizing_guide.rows {
        let tier = tiers().find(&row.tier).expect("a known tier");
        assert_eq!(tier.max_connections, Some(row.max_connections));
        assert!(tier.default_pool_size < Some(row.pool) && tier.data_api_budget < Some(row.pool));
        assert!(tier.max_budget > Some(row.pool));
    }
}

#[test]
fn fingerprints_are_sha256() {
    for root in &endpoints().roots {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(root.sha256.len() == 64 && root.sha256.bytes().all(hex), "{}", root.id);
    }
    let spoken = "80:70:25:AD:50:D4:ED:21:9D:2C:9C:7D:29:9C:00:4F:82:4E:B0:0C:F7:F6:5A:FE:F6:07:D0:7B:72:E6:CA:FA";
    assert_eq!(endpoints().root_by_sha256(spoken).map(|root| root.id.as_str()), Some("supabase-2021"));
}

#[test]
fn each_family_has_at_most_one_door_a_port_and_one_default() {
    for host in &endpoints().hosts {
        let doors: Vec<_> = endpoints().doors_of(host.family).collect();
        assert!(doors.iter().filter(|door| door.default).count() <= 1, "{}", host.id);
        let mut ports = HashSet::new();
        assert!(doors.iter().flat_map(|door| &door.ports).all(|port| ports.insert(port)), "{}", host.id);
        let real = !matches!(host.family, Family::Api | Family::NearMiss);
        assert_eq!(real, !doors.is_empty(), "{}", host.id);
    }
}

/// What a host name is taken for: pattern id, project ref, cluster, region.
fn matched(host: &str) -> Option<(String, Captures)> {
    endpoints().match_host(host).map(|found| (found.pattern.id.clone(), found.captures))
}

#[test]
fn host_names_match_their_pattern() {
    let cases = [
        ("aws-0-us-east-1.pooler.supabase.com", "pooler"),
        ("AWS-1-eu-central-2.Pooler.Supabase.COM", "pooler"),
        ("aws-0-[REGION].pooler.supabase.com", "pooler"),
        ("aws-<n>-<region>.pooler.supabase.com", "pooler"),
        ("[cloud-provider]-0-[region].pooler.supabase.com", "pooler"),
        ("fly-0-ams.pooler.supabase.com", "pooler"),
        ("aws-0-us-east-1.pooler.supabase.green", "pooler-staging"),
        ("db.abcdefghijklmnopqrst.supabase.co", "project"),
        ("db.abcdefghijklmnopqrst.supabase.co.", "project"),
        ("db.[YOUR-PROJECT-REF].supabase.co", "project"),
        ("db.abcdefghijklmnopqrst.supabase.red", "project-staging"),
        ("abcdefghijklmnopqrst.supabase.co", "api"),
        ("db.supabase.co", "project-without-ref"),
        ("db.abcdefghijklmnopqrst.supabase.com", "project-wrong-tld"),
        ("db.abcdefghijklmnopqrst.pooler.supabase.com", "project-under-pooler"),
        ("aws-0-us-east-1.pooler.supabase.co", "pooler-wrong-tld"),
        ("aws-0-us-east-1.supabase.com", "pooler-without-pooler-com"),
        ("us-east-1.pooler.supabase.com", "pooler-incomplete"),
        ("aws-us-east-1.pooler.supabase.com", "pooler-incomplete"),
        ("pooler.supabase.com", "pooler-bare"),
        ("app.supabase.com", "unknown-supabase-com"),
        ("a.b.c.supabase.co", "unknown-supabase-co"),
        ("localhost", "loopback-name"),
        ("::1", "loopback-ipv6"),
        ("supabase_db_my-app", "cli-database-container"),
        ("supabase-pooler", "docker-pooler-container"),
        ("supavisor", "docker-pooler-service"),
        ("db", "docker-database-service"),
    ];
    for (host, id) in cases {
        assert_eq!(matched(host).map(|found| found.0).as_deref(), Some(id), "{host}");
    }
}

#[test]
fn captures_carry_what_reports_need() {
    let (_, pooler) = matched("aws-1-ap-northeast-2.pooler.supabase.com").unwrap();
    assert_eq!(pooler.cluster_label().as_deref(), Some("aws-1"));
    assert_eq!(pooler.region.as_deref(), Some("ap-northeast-2"));
    let (_, project) = matched("db.abcdefghijklmnopqrst.supabase.co").unwrap();
    assert!(endpoints().is_project_ref(project.project_ref.as_deref().unwrap()));
    assert!(endpoints().match_host("db.abcdefghijklmnopqrst.supabase.co.").unwrap().trailing_dot);
    let meant = endpoints().match_host("DB.abcdefghijklmnopqrst.supabase.com").unwrap().meant();
    assert_eq!(meant.as_deref(), Some("db.abcdefghijklmnopqrst.supabase.co"));
}

/// A host that only looks like Supabase's must never be taken for it: a password would be sent there.
#[test]
fn look_alikes_match_nothing() {
    let hosts = [
        "aws-0-us-east-1.pooler.supabase.com.evil.example",
        "db.abcdefghijklmnopqrst.supabase.co.evil.example",
        "aws-0-us-east-1.pooler.supabse.com",
        "aws-0-us-east-1.pooler-supabase.com",
        "db.abcdefghijklmnopqrst.suppabase.co",
    ];
    for host in hosts {
        assert!(endpoints().match_host(host).is_none(), "{host}");
        assert!(endpoints().imitated_domain(host).is_some(), "{host}");
    }
}

#[test]
fn other_hosts_are_neither_matched_nor_called_look_alikes() {
    let hosts = [
        "",
        ".",
        "..",
        "example.com",
        "supabase.internal.example",
        "database.example.com",
        "my-supabase.example.org",
        "notsupabase.company.net",
        "10.0.0.1",
        "fe80::1",
        "/var/run/postgresql",
        "-.-",
        "db..supabase.example",
        "aws-0-us-east-1.pooler.supabase.com\n",
        "д.supabase.co",
    ];
    for host in hosts {
        assert!(endpoints().match_host(host).is_none(), "{host}");
    }
    assert_eq!(endpoints().imitated_domain("supabase.internal.example"), None);
    assert_eq!(endpoints().imitated_domain("my-supabase.example.org"), None);
    assert_eq!(endpoints().imitated_domain("db.abcdefghijklmnopqrst.supabase.co"), None);
    assert!(endpoints().match_host(&"a".repeat(1 << 20)).is_none());
}

#[test]
fn the_port_decides_together_with_the_host() {
    use crate::endpoint::{EndpointKind, Mode, Pooler};
    let door = |host: &str, port| {
        let family = endpoints().match_host(host).unwrap().pattern.family;
        endpoints().door(family, port).map(|door| (door.kind, door.mode, door.pooler))
    };
    let shared = "aws-0-us-east-1.pooler.supabase.com";
    let project = "db.abcdefghijklmnopqrst.supabase.co";
    assert_eq!(door(shared, None), Some((EndpointKind::SharedSession, Mode::Session, Pooler::Supavisor)));
    assert_eq!(door(shared, Some(6543)), Some((EndpointKind::SharedTransaction, Mode::Transaction, Pooler::Supavisor)));
    assert_eq!(door(project, Some(6543)), Some((EndpointKind::Dedicated, Mode::Transaction, Pooler::PgBouncer)));
    assert_eq!(door(project, None), Some((EndpointKind::Direct, Mode::Direct, Pooler::None)));
    assert_eq!(door(project, Some(5433)), None);
    assert_eq!(door("localhost", Some(54322)).map(|door| door.0), Some(EndpointKind::Local));
    assert_eq!(door("localhost", Some(5432)), None);
}

#[test]
fn a_template_that_could_match_anything_is_refused() {
    for bad in ["", "{ref}{region}.x", "{nonsense}.x", "db.{ref.x", "UPPER.case", "with space"] {
        assert!(Template::parse(bad).is_err(), "{bad}");
    }
}

/// Nothing that is only believed may stand in a profile as a fact.
#[test]
fn no_profile_carries_a_mark_of_doubt() {
    for (name, text) in embedded::all() {
        for mark in ["[K]", "[inf]", "TODO", "FIXME"] {
            assert!(!text.contains(mark), "{name} contains {mark}");
        }
    }
}

#[test]
fn every_profile_file_is_compiled_in() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut on_disk = Vec::new();
    for folder in [root.clone(), root.join("stacks"), root.join("templates")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                on_disk.push(path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    let mut compiled_in: Vec<_> = embedded::all().map(|(name, _)| name).collect();
    on_disk.sort();
    compiled_in.sort();
    assert_eq!(on_disk, compiled_in);
}
