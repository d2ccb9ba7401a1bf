//! Where a report goes: standard output, in the format and the look that were asked for.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, Result};

use super::pipeline::Run;
use crate::cli::{Color, Format, LookArgs, SharedArgs, TextFormat};
use crate::report::checkout::Checkout;
use crate::report::human::{Detail, Look};
use crate::report::{Report, Summary, github, gitlab, html, human, json, junit, markdown, ndjson, prometheus, sarif};

/// Writes the report to standard output.
pub fn write(report: &Report, args: &SharedArgs) -> Result<()> {
    write_as(report, args.format(), args)
}

/// Writes the report to standard output in a format of the caller's choice.
pub fn write_as(report: &Report, format: Format, args: &SharedArgs) -> Result<()> {
    let look = look(args.color, detail(args));
    let mut out = io::BufWriter::new(io::stdout().lock());
    render(report, format, &look, &mut out).and_then(|()| out.flush()).context("failed to write to standard output")
}

/// Writes the report in a format.
pub fn render(report: &Report, format: Format, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, look, out),
        Format::Json => json::write(report, out),
        Format::Ndjson => ndjson::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Sarif => sarif::write(report, &checkout(), out),
        Format::Junit => junit::write(report, out),
        Format::Github => github::write(report, &checkout(), out),
        Format::Gitlab => gitlab::write(report, &checkout(), out),
        Format::Prometheus => prometheus::write(report, out),
        Format::Html => html::write(report, out),
    }
}

/// Writes the findings for people, in the form that a job's log takes.
pub fn write_findings(report: &Report, args: &SharedArgs) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = human::write_findings(report, &look(args.color, detail(args)), &mut out);
    written.and_then(|()| out.flush()).context("failed to write to standard output")
}

/// Where this run stands in its repository: the nearest directory upwards that has a `.git`.
pub fn checkout() -> Checkout {
    let directory = std::env::current_dir().unwrap_or_default();
    let root = directory.ancestors().find(|ancestor| ancestor.join(".git").exists()).map(Into::into);
    Checkout { root, directory }
}

/// Writes `ndjson` while lists are read; `None` when something else than lists was named, and nothing was written.
pub fn stream(run: &Run<'_>, args: &SharedArgs) -> Result<Option<Summary>> {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let summary = run.stream(&mut |target| {
        ndjson::write_target(target, args.reveal_password, &mut out).context("failed to write to standard output")
    });
    // What was judged before a line that cannot be read is told too.
    out.flush().context("failed to write to standard output")?;
    summary
}

/// Writes a report for people.
type ForPeople<'a> = &'a dyn Fn(&Look, &mut dyn io::Write) -> io::Result<()>;
/// Writes a report in a format that has no look.
type Plain<'a> = &'a dyn Fn(&mut dyn io::Write) -> io::Result<()>;

/// How something is printed in each format of [`TextFormat`].
pub struct Printers<'a> {
    /// `human`
    pub human: ForPeople<'a>,
    /// `json`
    pub json: Plain<'a>,
    /// `markdown`
    pub markdown: Plain<'a>,
}

/// Prints to standard output in the format that was asked for.
pub fn print(args: &LookArgs, printers: &Printers<'_>) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match args.format {
        TextFormat::Human => (printers.human)(&look(args.color, Detail::Normal), &mut out),
        TextFormat::Json => (printers.json)(&mut out),
        TextFormat::Markdown => (printers.markdown)(&mut out),
    };
    written.and_then(|()| out.flush()).context("failed to write to standard output")
}

/// Prints a text as it is.
pub fn raw(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("failed to write to standard output")
}

/// How much is said.
const fn detail(args: &SharedArgs) -> Detail {
    match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Normal,
    }
}

/// The look that suits standard output.
pub fn look(color: Color, detail: Detail) -> Look {
    let stdout = io::stdout();
    let terminal = stdout.is_terminal();
    let color = match color.into() {
        ColorChoice::Auto => AutoStream::choice(&stdout) != ColorChoice::Never,
        choice => choice != ColorChoice::Never,
    };
    let width = terminal.then(terminal_size::terminal_size).flatten();
    Look {
        width: width.map_or(Look::PIPED_WIDTH, |(width, _)| usize::from(width.0).min(Look::MAX_WIDTH)),
        color,
        unicode: terminal && is_utf8_locale(),
        detail,
    }
}

/// Whether the terminal's locale is UTF-8, by POSIX' order of variables; without any, a terminal of today is taken to be.
fn is_utf8_locale() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
}
