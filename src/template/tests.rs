//! What is written is right by the program's own rules, in every cell; and a merge loses nothing.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::advice::Fit;
use crate::capacity::{Demand, Given, Limits, Plan, SearchPath, Service};
use crate::commands::stacks::detect;
use crate::conninfo::{self, PasswordState};
use crate::endpoint::classify;
use crate::knowledge::{EndpointClass, Gap, Piece, Text, Versions};
use crate::rules::{self, Subject};
use crate::target::{Target, settings_of_text};

const REF: &str = "abcdefghijklmnopqrst";
const HOST: &str = "aws-0-us-east-1.pooler.supabase.com";
const PASSWORD: &str = "Tr0ub4dor-und-3";

fn project() -> Project {
    Project { pooler_host: Some(HOST.to_owned()), reference: Some(REF.to_owned()), ..Project::default() }
}

fn request(stacks: &[&str], workload: Option<Workload>, endpoint: Option<PlanEndpoint>) -> Request {
    Request {
        stacks: stacks.iter().map(|id| knowledge::stack(id).unwrap()).collect(),
        context: Context { workload, ..Context::default() },
        endpoint,
        instances: None,
        project: project(),
    }
}

fn draft(request: &Request) -> Draft {
    Draft::new(request).unwrap_or_else(|error| panic!("{error}"))
}

/// Every stack at every endpoint under every workload, as far as the profile does not advise against it.
fn each_cell(mut check: impl FnMut(&Request)) {
    let mut cells = 0;
    for id in knowledge::stack_ids() {
        for workload in Workload::ALL {
            for endpoint in PlanEndpoint::ALL {
                let request = request(&[id], Some(workload), Some(endpoint));
                if draft(&request).cells[0].advice.fit != Fit::Avoid {
                    check(&request);
                    cells += 1;
                }
            }
        }
    }
    assert!(cells > 300, "only {cells} cells");
}

/// What `inspect --env-file` says of a text: the rules, in order.
fn findings(text: &str, with: &Context) -> Vec<(String, String)> {
    let targets = settings_of_text(text);
    let known: Vec<_> = targets
        .iter()
        .map(|target| {
            let reading = conninfo::read_target(target);
            let endpoint = reading.conninfo().map(classify).unwrap();
            let stacks = if with.stacks.is_empty() { detect(&reading) } else { with.stacks.clone() };
            (target, reading, endpoint, stacks)
        })
        .collect();
    let subjects: Vec<Subject<'_>> = known
        .iter()
        .map(|(target, reading, endpoint, stacks)| Subject {
            target,
            reading,
            conninfo: reading.conninfo(),
            endpoint,
            stacks,
            context: with,
            probe: None,
        })
        .collect();
    let found = rules::run(&subjects).into_iter().flatten();
    found.map(|finding| (finding.rule.to_owned(), finding.message)).collect()
}

/// That the host has IPv6 only is a fact about the network, not about what was written.
fn is_expected(rule: &str, request: &Request) -> bool {
    let ipv6 = matches!(request.endpoint, Some(PlanEndpoint::Direct | PlanEndpoint::Dedicated));
    rule == "placeholder-password"
        || rule == "direct-needs-ipv6" && ipv6
        || rule == "placeholder-host" && request.project.pooler_host.is_none()
        || rule == "placeholder-ref" && request.project.reference.is_none()
}

#[test]
fn inspect_finds_nothing_but_placeholders_in_what_is_written() {
    each_cell(|request| {
        let mut open = request_like(request);
        open.project = Project::default();
        for request in [request, &open] {
            let text = draft(request).env().unwrap();
            for (rule, message) in findings(text.reveal(), &Context::default()) {
                assert!(is_expected(&rule, request), "{rule}: {message}\n{}", text.reveal());
            }
        }
    });
}

fn request_like(request: &Request) -> Request {
    Request {
        stacks: request.stacks.clone(),
        context: request.context.clone(),
        endpoint: request.endpoint,
        instances: request.instances,
        project: request.project.clone(),
    }
}

/// With the stack said, a key that its driver refuses or ignores would be found.
#[test]
fn the_driver_takes_every_key_that_is_written_for_it() {
    each_cell(|request| {
        let stack = &request.stacks[0].id;
        let with = Context { stacks: vec![stack.clone()], workload: request.context.workload, ..Context::default() };
        let text = draft(request).env().unwrap();
        for (rule, message) in findings(&runtime_only(text.reveal()), &with) {
            let bad = ["rejected-parameter", "foreign-parameter", "vendor-parameter", "sqlalchemy-postgres-scheme"];
            assert!(!bad.contains(&rule.as_str()), "{stack}: {rule}: {message}\n{}", text.reveal());
        }
    });
}

/// The lines of the application itself: migrations may be another driver's.
fn runtime_only(text: &str) -> String {
    let own: Vec<&str> = text.lines().filter(|line| !line.contains("DIRECT") && !line.contains("FLYWAY")).collect();
    own.join("\n")
}

#[test]
fn what_is_written_reads_back_to_the_same_parts() {
    each_cell(|request| {
        let mut request = request_like(request);
        request.project.password = Some(Secret::new(PASSWORD));
        let draft = draft(&request);
        let text = draft.env().unwrap();
        let cell = &draft.cells[0];
        let targets = settings_of_text(text.reveal());
        assert!(!targets.is_empty(), "{}", text.reveal());
        for target in &targets {
            let reading = conninfo::read_target(target);
            let conninfo = reading.conninfo().unwrap();
            assert_eq!(conninfo.password.state, PasswordState::Set);
            assert_eq!(conninfo.password.value.as_ref().unwrap().reveal(), PASSWORD);
            let endpoint = classify(conninfo);
            assert_eq!(endpoint.project_ref.as_deref(), Some(REF), "{}", text.reveal());
            let kinds = [door::kind(cell.endpoint), door::kind(cell.migrations)];
            assert!(kinds.contains(&endpoint.kind), "{:?}: {}", endpoint.kind, text.reveal());
        }
    });
}

/// A template that is missing, or a gap that nobody fills, would leave a user with half a file.
#[test]
fn code_is_written_for_every_cell_and_names_variables_that_the_env_sets() {
    each_cell(|request| {
        let draft = draft(request);
        let code = draft.code().unwrap();
        let stack = &request.stacks[0].id;
        assert!(!code.is_empty(), "{stack}");
        let cell = &draft.cells[0];
        for template in cell.templates.code.iter().filter(|code| cell.holds(&code.when)) {
            for line in template.text.0.iter().filter(|line| cell.holds(&line.when)) {
                for piece in &line.pieces {
                    match piece {
                        Piece::Gap(Gap::Variable(name)) => {
                            let set = draft.variables.iter().any(|variable| variable.template.name == *name);
                            assert!(set, "{stack} {:?}: {} reads {name}", request.context.workload, template.file);
                        }
                        Piece::Gap(Gap::Pool | Gap::Ca) | Piece::Literal(_) => {}
                        Piece::Gap(other) => panic!("{stack}: {other:?} in {}", template.file),
                    }
                }
            }
        }
        for file in code {
            assert!(!file.text.reveal().contains("{{"), "{stack}: {}", file.path);
            assert!(!file.path.starts_with('/') && !file.path.contains(".."), "{stack}: {}", file.path);
        }
    });
}

/// The switch for named statements stands exactly where the pooler needs it.
#[test]
fn statements_are_unnamed_in_transaction_mode_and_nowhere_else() {
    let switches = [
        ("asyncpg", "statement_cache_size=0"),
        ("sqlalchemy-asyncpg", "[\"statement_cache_size\"] = 0"),
        ("psycopg", "\"prepare_threshold\": None"),
        ("sqlalchemy-psycopg", "\"prepare_threshold\": None"),
        ("django", "DISABLE_SERVER_SIDE_CURSORS=True"),
        ("postgres-js", "prepare: false"),
        ("drizzle-postgres-js", "prepare: false"),
        ("bun-sql", "prepare: false"),
        ("prisma-6", "pgbouncer=true"),
        ("pgx", "default_query_exec_mode=exec"),
        ("gorm", "default_query_exec_mode=exec"),
        ("lib-pq", "binary_parameters=yes"),
        ("diesel", "CacheSize::Disabled"),
        ("jdbc", "prepareThreshold=0"),
        ("hikaricp", "prepareThreshold=0"),
        ("spring-boot", "prepareThreshold=0"),
        ("r2dbc", "preparedStatementCacheQueries(0)"),
        ("npgsql", "No Reset On Close=true"),
        ("rails", "prepared_statements: false"),
        ("laravel", "ATTR_EMULATE_PREPARES => true"),
        ("pdo-pgsql", "ATTR_EMULATE_PREPARES => true"),
        ("ecto", "prepare: if("),
        ("postgrex", "prepare: :unnamed"),
    ];
    for (stack, switch) in switches {
        for endpoint in PlanEndpoint::ALL {
            let draft = draft(&request(&[stack], Some(Workload::Persistent), Some(endpoint)));
            let mut all = draft.env().unwrap().reveal().to_owned();
            draft.code().unwrap().iter().for_each(|file| all.push_str(file.text.reveal()));
            let lines: Vec<&str> = all.lines().filter(|line| !line.starts_with("# ")).collect();
            let there = lines.iter().any(|line| line.contains(switch));
            assert_eq!(there, endpoint.is_transaction(), "{stack} {}:\n{all}", endpoint.as_str());
        }
    }
}

#[test]
fn a_version_that_was_said_changes_the_code() {
    let mut request = request(&["sqlalchemy-asyncpg"], Some(Workload::Persistent), Some(PlanEndpoint::Transaction));
    let text = |request: &Request| draft(request).code().unwrap()[0].text.reveal().to_owned();
    assert!(!text(&request).contains("prepared_statement_name_func"));
    let mut versions = Versions::default();
    versions.set("asyncpg", knowledge::Version::parse("0.30").unwrap());
    request.context.versions.insert("sqlalchemy-asyncpg".to_owned(), versions);
    assert!(text(&request).contains("prepared_statement_name_func"));
}

#[test]
fn the_endpoint_is_the_one_that_suits() {
    use PlanEndpoint::{Direct, Session, Transaction};
    for (stack, workload, endpoint) in [
        ("asyncpg", None, Session),
        ("asyncpg", Some(Workload::Serverless), Transaction),
        ("prisma-6", Some(Workload::Serverless), Transaction),
        ("sqlx", Some(Workload::Persistent), Session),
        ("alembic", Some(Workload::Persistent), Session),
        ("cloudflare-hyperdrive", None, Direct),
        ("supabase-edge-functions", None, Transaction),
        ("pg-dump", None, Session),
    ] {
        assert_eq!(draft(&request(&[stack], workload, None)).cells[0].endpoint, endpoint, "{stack}");
    }
}

#[test]
fn what_is_advised_against_is_written_only_when_asked_for_and_with_a_warning() {
    let asked = request(&["asyncpg"], Some(Workload::Serverless), Some(PlanEndpoint::Session));
    let draft = draft(&asked);
    assert!(draft.warnings[0].contains("6543"), "{:?}", draft.warnings);
    assert!(draft.env().unwrap().reveal().contains("# WARNING: Avoid"));
    let nowhere = Draft::new(&request(&["seaorm"], Some(Workload::Serverless), None)).err().unwrap().to_string();
    assert!(nowhere.contains("5432") && nowhere.contains("--endpoint"), "{nowhere}");
}

#[test]
fn more_processes_than_connections_are_refused_with_a_way_out() {
    let mut request = request(&["asyncpg"], Some(Workload::Persistent), Some(PlanEndpoint::Session));
    request.instances = Some(16);
    request.context.pool_size = Some(15);
    let error = Draft::new(&request).err().unwrap().to_string();
    assert!(error.contains("16") && error.contains("15") && error.contains("--endpoint transaction"), "{error}");
    request.endpoint = None;
    assert_eq!(draft(&request).cells[0].endpoint, PlanEndpoint::Transaction);
    request.instances = Some(1_000_000);
    assert!(Draft::new(&request).is_err());
}

/// The pools that are written fit by the arithmetic of `plan`.
#[test]
fn the_pools_fit_the_plan() {
    for tier in ["nano", "micro", "small", "medium", "large", "xl", "2xl", "4xl"] {
        for endpoint in [PlanEndpoint::Session, PlanEndpoint::Direct] {
            for instances in [1, 2, 3, 5, 8, 13, 15] {
                let mut request = request(&["asyncpg"], Some(Workload::Persistent), Some(endpoint));
                request.instances = Some(instances);
                request.context.tier = Some(tier.to_owned());
                let pool = draft(&request).cells[0].pool;
                let service = Service {
                    name: "web".to_owned(),
                    endpoint,
                    demand: Demand { instances, ..Demand::one_process(pool, 0) },
                    traffic: None,
                    user: "postgres".to_owned(),
                    database: "postgres".to_owned(),
                    search_path: SearchPath::Same(None),
                };
                let given = Given { tier: knowledge::tiers().find(tier), ..Given::default() };
                let services = [service];
                let plan = Plan::new(&services, Limits::resolve(&given, &services).unwrap());
                assert!(plan.services[0].fits, "{tier} {} {instances} x {pool}", endpoint.as_str());
            }
        }
    }
}

#[test]
fn two_stacks_have_variables_of_their_own_where_they_differ() {
    let both = draft(&request(&["sqlalchemy-psycopg2", "prisma-6"], Some(Workload::Persistent), None));
    let text = both.env().unwrap();
    assert!(text.reveal().contains("\nDATABASE_URL='postgresql+psycopg2://"), "{}", text.reveal());
    assert!(text.reveal().contains("\nPRISMA_6_DATABASE_URL='postgresql://"), "{}", text.reveal());
    let code = both.code().unwrap();
    let schema = code.iter().find(|file| file.path == "prisma/schema.prisma").unwrap();
    assert!(schema.text.reveal().contains("env(\"PRISMA_6_DATABASE_URL\")"), "{}", schema.text.reveal());
    let same = draft(&request(&["psycopg", "asyncpg"], Some(Workload::Persistent), None));
    assert_eq!(same.env().unwrap().reveal().matches("DATABASE_URL=").count(), 1);
    assert!(same.cells[0].pool < draft(&request(&["psycopg"], None, None)).cells[0].pool);
    let files: Vec<String> = same.code().unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(files, ["db.py", "db_asyncpg.py"]);
}

/// Text that stands under `when` must be reachable: a condition that never holds is a slip.
#[test]
fn every_line_of_a_template_is_written_in_some_cell() {
    let unreached = |stack: &'static Stack, text: &Text| {
        text.0.iter().any(|line| {
            // A range of versions needs a version to be said.
            line.when.ranges().next().is_none()
                && !Workload::ALL.into_iter().any(|workload| {
                    PlanEndpoint::ALL.into_iter().any(|endpoint| {
                        draft(&request(&[&stack.id], Some(workload), Some(endpoint))).cells[0].holds(&line.when)
                    })
                })
        })
    };
    for stack in knowledge::stack_ids().filter_map(knowledge::stack) {
        let templates = knowledge::templates(&stack.id).unwrap();
        for code in &templates.code {
            assert!(!unreached(stack, &code.text), "{}: {}", stack.id, code.file);
        }
        let ranges = templates.code.iter().flat_map(|code| &code.text.0).flat_map(|line| line.when.ranges());
        for range in ranges {
            assert!(stack.packages.contains(&range.package), "{}: {range}", stack.id);
        }
        for source in templates.env.iter().filter_map(|env| env.source.as_ref()) {
            assert!(stack.sources.contains(source), "{}: unknown source `{source}`", stack.id);
        }
        for class in EndpointClass::ALL {
            assert!(stack.advice_for(class, templates.default_workload).is_some());
        }
    }
}

const OLD: &str = "# mine\r\nFOO=bar # keep\r\nDATABASE_URL=\"postgresql://app.abcdefghijklmnopqrst:s3cr%40t@aws-1-eu-west-1.pooler.supabase.com:5432/shop?application_name=web&sslmode=require\"\r\n\r\nexport BAR='x y'\r\n";

fn merged(stack: &str, old: &str) -> Merged {
    let mut request = request(&[stack], Some(Workload::Persistent), None);
    let known = known_of(old);
    request.project = Project { pooler_host: known.pooler_host, reference: known.reference, ..Project::default() };
    draft(&request).merge(old).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_merge_keeps_what_belongs_to_others_and_the_secret() {
    let merged = merged("psycopg", OLD);
    let text = merged.text.reveal();
    assert!(text.starts_with("# mine\r\nFOO=bar # keep\r\nDATABASE_URL=\"postgresql://app.abcdefghijklmnopqrst:s3cr%40t@aws-1-eu-west-1.pooler.supabase.com:5432/shop?sslmode=verify-full&sslrootcert=prod-ca-2021.crt&application_name=web\"\r\n\r\nexport BAR='x y'\r\n"), "{text}");
    assert!(!text.replace("\r\n", "").contains('\n'), "line ends stay");
    let fates: Vec<_> = merged.fates.iter().map(|(name, fate)| (name.as_str(), *fate)).collect();
    assert_eq!(fates, [("DATABASE_URL", Fate::Changed), ("DIRECT_URL", Fate::Added), ("DB_POOL_SIZE", Fate::Added)]);
}

#[test]
fn a_setting_of_another_server_is_pointed_out() {
    for old in [
        "DATABASE_URL=postgresql://me:pw@db.example.com/shop\n",
        "DATABASE_URL=postgresql://postgres:postgres@127.0.0.1:54322/postgres\n",
        "DATABASE_URL=postgresql://postgres.abcdefghijklmnopqrst:${PW}@aws-0-us-east-1.pooler.supabase.com/postgres\n",
        "DATABASE_URL=$OTHER\n",
    ] {
        assert_eq!(merged("psycopg", old).led_elsewhere, [("DATABASE_URL".to_owned(), 1)]);
    }
    assert!(merged("psycopg", OLD).led_elsewhere.is_empty());
    let local = "DB_HOST=127.0.0.1\nDB_PORT=54322\nDB_USER=postgres\nDB_PASSWORD=postgres\n";
    assert!(!merged("django", local).led_elsewhere.is_empty());
}

#[test]
fn what_a_file_tells_of_the_project_is_known() {
    let known = known_of(OLD);
    assert_eq!(known.pooler_host.as_deref(), Some("aws-1-eu-west-1.pooler.supabase.com"));
    assert_eq!((known.reference.as_deref(), known.endpoint), (Some(REF), Some(PlanEndpoint::Session)));
    let known = known_of("A=1\nDATABASE_URL=postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co/postgres\n");
    assert_eq!((known.pooler_host, known.endpoint), (None, Some(PlanEndpoint::Direct)));
}

#[test]
fn a_password_of_parts_is_kept() {
    let old = "DB_PASSWORD='it is #1'\nDB_HOST=aws-1-eu-west-1.pooler.supabase.com\nDB_PORT=6543\nDB_USER=postgres.abcdefghijklmnopqrst\n";
    let merged = merged("django", old);
    let text = merged.text.reveal();
    assert!(text.contains("DB_PASSWORD='it is #1'") && text.contains("DIRECT_DB_PASSWORD='it is #1'"), "{text}");
    assert!(text.contains("DB_PORT=5432"), "{text}");
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z_]{1,8}=[ -~]{0,12}",
        "# [ -~]{0,20}",
        Just(String::new()),
        Just("DATABASE_URL=postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true".to_owned()),
        Just("DIRECT_URL='postgresql://postgres:p%27w@db.abcdefghijklmnopqrst.supabase.co/postgres' # direct".to_owned()),
        Just("  export DB_POOL_SIZE = 7".to_owned()),
    ]
}

proptest! {
    /// A second merge changes nothing, and no line of others is touched by the first.
    #[test]
    fn merging_twice_is_merging_once(
        lines in proptest::collection::vec(line(), 0..8),
        crlf in any::<bool>(),
        stack in prop_oneof![Just("psycopg"), Just("prisma-6"), Just("npgsql"), Just("django"), Just("node-postgres")],
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let old = lines.join(end);
        let known = known_of(&old);
        let mut request = request(&[stack], Some(Workload::Persistent), None);
        request.project = Project { pooler_host: known.pooler_host, reference: known.reference, ..Project::default() };
        let draft = draft(&request);
        if let Ok(once) = draft.merge(&old) {
            let twice = draft.merge(once.text.reveal()).unwrap();
            prop_assert_eq!(once.text.reveal(), twice.text.reveal());
            prop_assert!(twice.fates.iter().all(|(_, fate)| *fate == Fate::Kept));
            let owned = |line: &str| draft.variables.iter().any(|variable| line.contains(&variable.name));
            let foreign = |text: &str| -> Vec<String> {
                let lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
                lines.filter(|line| !owned(line)).map(str::to_owned).collect()
            };
            let (before, after) = (foreign(&old), foreign(once.text.reveal()));
            let before = if before.last().is_some_and(String::is_empty) { &before[..before.len() - 1] } else { &before[..] };
            prop_assert_eq!(&after[..before.len().min(after.len())], before);
        }
    }

    /// Whatever the password, it is read back as it is, or refused.
    #[test]
    fn a_password_reads_back(
        password in "[ -~é]{1,24}",
        stack in prop_oneof![Just("psycopg"), Just("npgsql"), Just("django"), Just("jdbc"), Just("ecto")],
    ) {
        prop_assume!(conninfo::password_state(&password) == PasswordState::Set && password.trim() == password);
        let mut request = request(&[stack], Some(Workload::Persistent), None);
        request.project.password = Some(Secret::new(password.as_str()));
        if let Ok(text) = draft(&request).env() {
            let targets: Vec<Target> = settings_of_text(text.reveal());
            prop_assert!(!targets.is_empty());
            for target in &targets {
                let reading = conninfo::read_target(target);
                let read = reading.conninfo().and_then(|conninfo| conninfo.password.value.clone());
                prop_assert_eq!(read.as_ref().map(Secret::reveal), Some(password.as_str()), "{}", text.reveal());
            }
        }
    }
}

#[test]
fn what_is_written_is_as_reviewed() {
    for (name, stacks, workload, endpoint) in [
        ("prisma-6-serverless", &["prisma-6"][..], Workload::Serverless, None),
        (
            "sqlalchemy-asyncpg-transaction",
            &["sqlalchemy-asyncpg"],
            Workload::Persistent,
            Some(PlanEndpoint::Transaction),
        ),
        ("npgsql-session", &["npgsql"], Workload::Persistent, None),
        ("django-direct", &["django"], Workload::Persistent, Some(PlanEndpoint::Direct)),
        ("two-stacks", &["sqlalchemy-psycopg2", "prisma-6"], Workload::Persistent, None),
    ] {
        let draft = draft(&request(stacks, Some(workload), endpoint));
        let mut text = draft.env().unwrap().reveal().to_owned();
        for file in draft.code().unwrap() {
            let _ = write!(text, "\n===== {} =====\n{}", file.path, file.text.reveal());
        }
        insta::assert_snapshot!(name, text);
    }
}
