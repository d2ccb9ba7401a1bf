//! `supascope rehearse`: the application's pools, run against the endpoint before they are deployed.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::output;
use super::pipeline::{Known, Run};
use crate::cli::{RehearseArgs, RehearseFormat, SharedArgs};
use crate::exit;
use crate::knowledge;
use crate::policy::Policy;
use crate::probe::door::Door;
use crate::rehearse::conduct::{self, Order};
use crate::rehearse::{Application, DryRun, Finding, Given, MAX_COUNT, Offered, Rehearsal};
use crate::report::human::{Detail, Look};
use crate::report::rehearse::{self as report, RehearseReport};
use crate::rules;

/// Rehearses and reports; returns the exit status.
pub fn run(args: &RehearseArgs) -> Result<u8> {
    let shared = shared(args);
    let policy = Policy::default();
    let run = Run::new(&shared, &policy)?;
    let known = the_only_one(run.read()?)?;
    let application = application(args, &known)?;
    let order = order(args, &known, application);
    let console = args.admin.as_ref().map(|admin| super::watch::console(admin, &args.env_file)).transpose()?;
    let Some(conninfo) = known.reading.conninfo() else {
        bail!("this setting cannot be read; 'supascope inspect' says why");
    };
    let door =
        Door::new(conninfo, &known.endpoint).map_err(|why| anyhow!("this setting cannot be rehearsed: {why}"))?;
    if args.dry_run {
        write_dry(&DryRun::new(&order), args)?;
        return Ok(exit::OK);
    }
    let rehearsal = conduct(&order, door, console)?;
    let report = RehearseReport { rehearsal: &rehearsal, fail_on: args.fail_on.into() };
    write(&report, args)?;
    Ok(report.exit_status())
}

fn conduct(order: &Order<'_>, door: Door, console: Option<Door>) -> Result<Rehearsal> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start the network")?;
    let rehearsal = runtime.block_on(async { conduct::run(order, door, console, interrupted(), &progress).await });
    // A name lookup that hangs must not hold the exit.
    runtime.shutdown_background();
    Ok(rehearsal)
}

/// Waits for the signals that end a program.
async fn interrupted() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What is being done, for who watches.
fn progress(what: &str) {
    if io::stderr().is_terminal() {
        // Standard error may be closed.
        let _ = writeln!(anstream::stderr(), "{what} ...");
    }
}

/// The options that other commands take too. There `--pool-size` is the pooler's.
fn shared(args: &RehearseArgs) -> SharedArgs {
    SharedArgs {
        targets: args.target.iter().cloned().collect(),
        env_file: args.env_file.clone(),
        stack: args.stack.iter().cloned().collect(),
        workload: args.workload,
        tier: args.tier.clone(),
        pool_size: args.pooler_pool_size,
        sslrootcert: args.sslrootcert.clone(),
        format: None,
        fail_on: None,
        only: Vec::new(),
        skip: Vec::new(),
        reveal_password: false,
        color: args.color,
        quiet: args.quiet,
        verbose: false,
    }
}

/// One endpoint is rehearsed at a time.
fn the_only_one(mut known: Vec<Known>) -> Result<Known> {
    if known.len() > 1 {
        let names: Vec<String> = known
            .iter()
            .filter_map(|known| known.target.source.variable.as_deref())
            .filter(|name| !name.contains('*'))
            .map(|name| format!("env:{name}"))
            .collect();
        let which = if names.is_empty() { "name one".to_owned() } else { format!("name one: {}", names.join(", ")) };
        bail!("{} settings were found, and one is rehearsed at a time; {which}", known.len());
    }
    known.pop().context("no setting was found")
}

fn application(args: &RehearseArgs, known: &Known) -> Result<Application> {
    let offered = args.clients.map(Offered::Clients).or(args.qps.map(Offered::PerSecond));
    let given = Given {
        pool_size: args.pool_size,
        overflow: args.overflow,
        replicas: args.replicas,
        workers: args.workers,
        query_ms: args.query_ms,
        offered,
    };
    let limit = known.reading.conninfo().and_then(|conninfo| conninfo.parameter("connection_limit"));
    let limit = limit.and_then(|parameter| parameter.value.trim().parse().ok()).filter(|limit| *limit <= MAX_COUNT);
    let stack = known.stacks.first().and_then(|id| knowledge::stack(id));
    Ok(Application::resolve(&given, &known.target.neighbours, limit, stack)?)
}

fn order<'a>(args: &RehearseArgs, known: &'a Known, application: Application) -> Order<'a> {
    let loads = 2 + u64::from(args.per_request);
    let needed = args.seconds * loads + 30;
    Order {
        setting: known.reading.text.masked(),
        endpoint: &known.endpoint,
        neighbours: &known.target.neighbours,
        stacks: &known.stacks,
        context: &known.context,
        application,
        share: args.max_share,
        lasts: Duration::from_secs(args.seconds),
        pool_timeout: Duration::from_secs(args.pool_timeout),
        connect_timeout: Duration::from_secs(args.connect_timeout),
        deadline: Duration::from_secs(args.deadline.unwrap_or(needed)),
        per_request: args.per_request,
        of_settings: of_settings(known),
    }
}

/// The rules about what the load leaves out: its statements have no names, so that they harm on no pooler, and the
/// application's may have.
const OF_SETTINGS: [&str; 2] = ["prepared-statements-on-transaction", "asyncpg-unique-names"];

fn of_settings(known: &Known) -> Vec<Finding> {
    let found = rules::run(&[known.subject(None)]).into_iter().flatten();
    let found = found.filter(|finding| OF_SETTINGS.contains(&finding.rule));
    let to_finding = |finding: rules::Finding| Finding {
        rule: finding.rule,
        severity: finding.severity,
        message: finding.message,
        fix: finding.fix.unwrap_or_default(),
    };
    found.map(to_finding).collect()
}

fn look(args: &RehearseArgs) -> Look {
    output::look(args.color, if args.quiet { Detail::Quiet } else { Detail::Normal })
}

fn write(rehearsal: &RehearseReport<'_>, args: &RehearseArgs) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match args.format {
        RehearseFormat::Human => report::human(rehearsal, &look(args), &mut out),
        RehearseFormat::Json => report::json(rehearsal, &mut out),
        RehearseFormat::Markdown => report::markdown(rehearsal, &mut out),
        RehearseFormat::Html => report::html(rehearsal, &mut out),
    };
    written.and_then(|()| out.flush()).context("failed to write to standard output")
}

fn write_dry(plan: &DryRun, args: &RehearseArgs) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match args.format {
        RehearseFormat::Human => report::human_dry(plan, &output::look(args.color, Detail::Normal), &mut out),
        RehearseFormat::Json => report::json_dry(plan, &mut out),
        RehearseFormat::Markdown => report::markdown_dry(plan, &mut out),
        RehearseFormat::Html => report::html_dry(plan, &mut out),
    };
    written.and_then(|()| out.flush()).context("failed to write to standard output")
}
