//! What the command line says, checked.

use anyhow::{Context as _, Result, anyhow, bail};

use crate::capacity::PlanEndpoint;
use crate::cli::EnvArgs;
use crate::commands::{stacks, usage};
use crate::conninfo::looks_like_setting;
use crate::context::Context;
use crate::endpoint::{Shape, is_ref, shape};
use crate::knowledge;
use crate::secret::Secret;
use crate::template::{Project, Request, known_of};

/// The longest password that is taken: PostgreSQL's own limit for SCRAM is far above what anybody types.
const MAX_PASSWORD_BYTES: usize = 1024;

/// The request that the options make.
pub(super) fn request(args: &EnvArgs) -> Result<Request> {
    let named = stacks::resolve_all(&args.stack).context("--stack")?;
    let known = named.iter().filter_map(|named| knowledge::stack(&named.id)).collect();
    let context = Context {
        stacks: named.iter().map(|named| named.id.clone()).collect(),
        versions: named.into_iter().map(|named| (named.id, named.versions)).collect(),
        workload: args.workload.map(Into::into),
        tier: args.tier.as_deref().map(stacks::resolve_tier).transpose().context("--tier")?,
        pool_size: args.pool_size,
        ssl_root_cert: args.sslrootcert.as_ref().map(|path| path.to_string_lossy().into_owned()),
    };
    if context.ssl_root_cert.as_deref().is_some_and(|path| path.chars().any(char::is_control)) {
        bail!("--sslrootcert: the name of the file holds control characters");
    }
    let project = Project {
        reference: args.reference.as_deref().map(reference).transpose()?,
        pooler_host: args.host.as_deref().map(|given| host(given, args.reference.as_deref())).transpose()?,
        password: args.password_from.as_deref().map(password).transpose()?,
        ..Project::default()
    };
    let endpoint = args.endpoint.map(PlanEndpoint::from);
    Ok(Request { stacks: known, context, endpoint, instances: args.instances, project })
}

/// Fills in what a file tells that is merged into.
pub(super) fn complete(request: &mut Request, text: &str) {
    let known = known_of(text);
    let project = &mut request.project;
    project.pooler_host = project.pooler_host.take().or(known.pooler_host);
    project.reference = project.reference.take().or(known.reference);
    // A host that nobody knows would take the place of one that works.
    if request.endpoint.is_none() && project.pooler_host.is_none() {
        request.endpoint = known.endpoint;
    }
    request.context.ssl_root_cert = request.context.ssl_root_cert.take().or(known.ca);
}

fn reference(given: &str) -> Result<String> {
    let shown = usage::plain_or_mask(given);
    let shape = &knowledge::endpoints().project_ref;
    if !is_ref(given) {
        bail!("--ref: '{shown}' is no project ref; it has {} characters of {}", shape.length, shape.alphabet);
    }
    Ok(given.to_owned())
}

/// The shared pooler's host. Everything else that people paste there is told from it.
fn host(given: &str, reference: Option<&str>) -> Result<String> {
    const WHERE: &str = "copy the pooler's host from the dashboard (Connect), for example \
                         aws-0-us-east-1.pooler.supabase.com";
    if given.contains("://") || given.contains(['@', '/', '=', ';']) || given.contains(char::is_whitespace) {
        bail!("--host takes the host alone, not a connection setting; {WHERE}");
    }
    if given.contains(':') {
        bail!("--host takes the host without a port; {WHERE}");
    }
    match shape(given) {
        Shape::Pooler { open: false, .. } => Ok(given.trim_end_matches('.').to_ascii_lowercase()),
        Shape::Pooler { .. } | Shape::Placeholder => {
            bail!("--host is a placeholder still; {WHERE}, or leave it out")
        }
        Shape::Db { label, .. } if reference.is_some_and(|reference| reference != label) => {
            bail!("--host is the database host of another project than --ref; {WHERE}")
        }
        Shape::Db { .. } => bail!(
            "--host is the database itself, which needs no --host (--ref with --endpoint direct or dedicated); {WHERE}"
        ),
        Shape::Api { .. } => bail!("--host is the project's API, where no Postgres answers; {WHERE}"),
        Shape::Unknown { meant: Some(meant) } | Shape::LookAlike { meant: Some(meant) } => {
            bail!("--host is none of Supabase's hosts; did you mean {meant}?")
        }
        _ => bail!("--host is no host of Supabase's shared pooler; {WHERE}"),
    }
}

/// The password in a variable of the environment.
fn password(from: &str) -> Result<Secret> {
    let name = from.strip_prefix("env:").filter(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| anyhow!("--password-from takes env:NAME, the name of a variable with the password"))?;
    let shown = usage::plain_or_mask(name);
    let value = std::env::var_os(name).ok_or_else(|| anyhow!("--password-from: the variable {shown} is not set"))?;
    let value = value.into_string().map_err(|_| anyhow!("--password-from: {shown} is not UTF-8"))?;
    let value = Secret::new(value);
    let text = value.reveal();
    if text.is_empty() {
        bail!("--password-from: {shown} is empty");
    }
    if looks_like_setting(text) {
        bail!("--password-from: {shown} holds a connection setting, not a password");
    }
    if text.len() > MAX_PASSWORD_BYTES || text.chars().any(char::is_control) {
        bail!("--password-from: {shown} holds control characters, or more than {MAX_PASSWORD_BYTES} bytes");
    }
    Ok(value)
}
