//! `supascope watch`: who holds the connections.

mod live;
mod replay;
mod screen;
mod writer;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::stacks;
use crate::cli::{WatchArgs, WatchFormat};
use crate::conninfo::{self, Conninfo};
use crate::endpoint::{self, Endpoint};
use crate::probe::door::Door;
use crate::target::{self, Source};
use crate::watch::{Admin, Model, Setup, alert};
use crate::{client, exit};

/// The shortest time between two looks: faster ones would load what they look at.
const MIN_INTERVAL_S: f64 = 0.2;
/// The longest.
const MAX_INTERVAL_S: f64 = 3600.0;
/// For each step of connecting, where neither the option nor the setting says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Watches, or shows a recording; returns the exit status.
pub fn run(args: &WatchArgs) -> Result<u8> {
    let alerts = alerts(args)?;
    match &args.replay {
        Some(path) => replay::run(path, args, alerts),
        None => live::run(args, alerts),
    }
}

fn alerts(args: &WatchArgs) -> Result<Vec<alert::Alert>> {
    let mut alerts = Vec::new();
    for text in &args.alert {
        alerts.extend(alert::parse(text).context("--alert")?);
    }
    Ok(alerts)
}

/// What goes to which door.
struct Plan {
    door: Door,
    console: Option<Door>,
    setup: Setup,
    connect_timeout: Duration,
    interval: Duration,
    run_for: Option<Duration>,
}

impl Plan {
    fn new(args: &WatchArgs) -> Result<Self> {
        let interval = seconds("--interval", &args.interval)?;
        if !(MIN_INTERVAL_S..=MAX_INTERVAL_S).contains(&interval.as_secs_f64()) {
            bail!("--interval: from 200ms to 1h");
        }
        let leak_after = seconds("--leak-after", &args.leak_after)?;
        let run_for = args.duration.as_deref().map(|text| seconds("--for", text)).transpose()?;
        let tier = args.tier.as_deref().map(stacks::resolve_tier).transpose().context("--tier")?;
        let (door, endpoint, said) = enter(args.target.as_ref(), &args.env_file, "TARGET")?;
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let label = format!("{}:{}/{}", door.host, door.port, door.database);
        let mut setup = Setup::new(label, &endpoint, millis(interval)).with_pool(args.pool_size, tier.as_deref());
        setup.leak_after_ms = millis(leak_after);
        let console = args.admin.as_ref().map(|admin| console(admin, &args.env_file)).transpose()?;
        if console.is_some() {
            setup.admin = Admin::Asked;
        }
        let connect_timeout = args.connect_timeout.map(Duration::from_secs).or(said).unwrap_or(CONNECT_TIMEOUT);
        Ok(Self { door, console, setup, connect_timeout, interval, run_for })
    }
}

fn seconds(option: &str, text: &str) -> Result<Duration> {
    let seconds = alert::seconds(text).ok_or_else(|| anyhow!("{option}: a time such as 500ms, 1s or 10m is needed"))?;
    Ok(Duration::from_secs_f64(seconds))
}

/// The way to a PgBouncer's admin console.
pub(super) fn console(admin: &OsString, env_file: &[PathBuf]) -> Result<Door> {
    let (mut door, ..) = enter(Some(admin), env_file, "--admin")?;
    // The console is a database of this name (PgBouncer documentation, "Admin console").
    "pgbouncer".clone_into(&mut door.database);
    Ok(door)
}

/// The one setting that is meant, as a door.
fn enter(
    argument: Option<&OsString>,
    env_file: &[PathBuf],
    option: &str,
) -> Result<(Door, Endpoint, Option<Duration>)> {
    let arguments: Vec<String> = argument.map(|argument| argument.to_string_lossy().into_owned()).into_iter().collect();
    let found = target::discover(&arguments, env_file);
    let targets = found.map_err(|error| anyhow!("{option}: failed to {}", super::pipeline::without_settings(error)))?;
    let readable = |target: &target::Target| -> Option<(Conninfo, String)> {
        let reading = conninfo::read_target(target);
        Some((reading.conninfo()?.clone(), name(&target.source)))
    };
    let mut settings: Vec<(Conninfo, String)> = targets.iter().filter_map(readable).collect();
    if settings.is_empty() {
        if targets.is_empty() {
            bail!("{option}: no setting found; name one, for example env:DATABASE_URL");
        }
        bail!("{option}: this setting cannot be read; 'supascope inspect' says why");
    }
    if settings.len() > 1 {
        let names: Vec<&str> = settings.iter().map(|(_, name)| name.as_str()).collect();
        bail!(
            "{option}: several settings found ({}); watch looks at one: name it, for example env:DATABASE_URL",
            names.join(", ")
        );
    }
    let (conninfo, _) = settings.remove(0);
    let endpoint = endpoint::classify(&conninfo);
    let door = Door::new(&conninfo, &endpoint).map_err(|why| anyhow!("{option}: {why}"))?;
    Ok((door, endpoint, client::connect_timeout(&conninfo)))
}

/// A setting's place, in a few words.
fn name(source: &Source) -> String {
    source.variable.clone().unwrap_or_else(|| match source.line {
        Some(line) => format!("line {line}"),
        None => "an argument".to_owned(),
    })
}

/// Whether lines or pages are written; else a screen is drawn.
fn draws(args: &WatchArgs) -> bool {
    use std::io::IsTerminal as _;
    args.format == WatchFormat::Human && !args.once && !args.plain && std::io::stdout().is_terminal()
}

/// One look is enough.
fn only_once(args: &WatchArgs) -> bool {
    args.once || args.format == WatchFormat::Prometheus
}

/// An alert wins over nothing learnt: what raised it was learnt.
const fn status(model: &Model, gave_up: bool) -> u8 {
    if model.was_alerted() {
        exit::FINDINGS
    } else if gave_up || !model.has_seen() {
        exit::UNCHECKED
    } else {
        exit::OK
    }
}
