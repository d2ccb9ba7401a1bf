//! `supascope plan`: whether a fleet of pools fits. Never uses the network.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};

use super::{output, stacks, usage};
use crate::capacity::{Demand, Given, Limits, Measured, Plan, PlanEndpoint, SearchPath, Service, parse_service};
use crate::cli::{PlanArgs, PlanFormat};
use crate::knowledge;
use crate::report::human::Detail;
use crate::report::plan::{self as report, PlanReport};
use crate::rules::Severity;

/// Most services of one plan.
const MAX_SERVICES: usize = 100;
/// The largest report that is read, in bytes.
const MAX_REPORT_BYTES: u64 = 64 << 20;
/// The name of what `--direct` counts.
const DIRECT: &str = "direct";

/// Works the plan out and reports it; returns the exit status.
pub fn run(args: &PlanArgs) -> Result<u8> {
    let services = services(args)?;
    let limits = Limits::resolve(&given(args)?, &services)?;
    let plan = Plan::new(&services, limits);
    let fail_on: Option<Severity> = args.fail_on.into();
    let report = PlanReport { plan: &plan, fail_on };
    write(&report, args)?;
    Ok(report.exit_status())
}

fn services(args: &PlanArgs) -> Result<Vec<Service>> {
    let mut services: Vec<Service> =
        args.service.iter().map(|text| parse_service(text).context("--service")).collect::<Result<_>>()?;
    if let Some(connections) = args.direct {
        services.push(Service {
            name: DIRECT.to_owned(),
            endpoint: PlanEndpoint::Direct,
            demand: Demand::one_process(connections, 0),
            traffic: None,
            user: "postgres".to_owned(),
            database: "postgres".to_owned(),
            search_path: SearchPath::Same(None),
        });
    }
    if services.is_empty() {
        bail!(
            "a plan needs a service, for example --service \
             web=replicas:3,workers:2,pool:5,overflow:10,endpoint:session (see supascope plan --help)"
        );
    }
    if services.len() > MAX_SERVICES {
        bail!("a plan holds at most {MAX_SERVICES} services, and {} are given", services.len());
    }
    for (index, service) in services.iter().enumerate() {
        if services[..index].iter().any(|other| other.name == service.name) {
            let whose = if service.name == DIRECT && args.direct.is_some() { " (--direct makes one too)" } else { "" };
            bail!("--service: two services are called '{}'{whose}", service.name);
        }
    }
    Ok(services)
}

fn given(args: &PlanArgs) -> Result<Given> {
    let measured = args.from.as_deref().map(measured).transpose()?;
    let told = measured.as_ref().and_then(|measured| measured.tier.as_deref());
    let tier = match (args.tier.as_deref(), told) {
        (Some(id), _) => Some(stacks::resolve_tier(id).context("--tier")?),
        (None, Some(id)) => Some(stacks::resolve_tier(id).context("--from: the report's tier")?),
        (None, None) => None,
    };
    Ok(Given {
        tier: tier.and_then(|id| knowledge::tiers().find(&id)),
        max_connections: args.max_connections,
        pool_size: args.pool_size,
        pooler_clients: args.pooler_clients,
        internal: args.internal,
        data_api: args.data_api,
        measured,
    })
}

/// Reads the report of a probe.
fn measured(path: &Path) -> Result<Measured> {
    let name = usage::quoted(&path.to_string_lossy());
    let mut bytes = Vec::new();
    let read = |input: &mut dyn io::Read, bytes: &mut Vec<u8>| input.take(MAX_REPORT_BYTES + 1).read_to_end(bytes);
    let result = if path.as_os_str() == "-" {
        read(&mut io::stdin().lock(), &mut bytes)
    } else {
        File::open(path).and_then(|mut file| read(&mut file, &mut bytes))
    };
    result.map_err(|error| anyhow!("failed to read {name} (--from): {error}"))?;
    if bytes.len() as u64 > MAX_REPORT_BYTES {
        bail!("failed to read {name} (--from): it is larger than {MAX_REPORT_BYTES} bytes");
    }
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("failed to read {name} (--from): it is not UTF-8"))?;
    Measured::from_report(&text).map_err(|error| anyhow!("failed to read {name} (--from): {error}"))
}

fn write(plan: &PlanReport<'_>, args: &PlanArgs) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let detail = if args.quiet { Detail::Quiet } else { Detail::Normal };
    let written = match args.format {
        PlanFormat::Human => report::human(plan, &output::look(args.color, detail), &mut out),
        PlanFormat::Json => report::json(plan, &mut out),
        PlanFormat::Markdown => report::markdown(plan, &mut out),
        PlanFormat::Html => report::html(plan, &mut out),
    };
    written.and_then(|()| out.flush()).context("failed to write to standard output")
}
