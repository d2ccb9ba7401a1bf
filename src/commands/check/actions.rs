//! Inside GitHub Actions: annotations without being asked, and a summary of the job ("Default environment variables" and
//! "Adding a job summary", GitHub documentation, 2026).

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;

use anyhow::{Context as _, Result};

use crate::report::{Report, markdown};

/// Whether this run is a step of a workflow.
pub fn inside() -> bool {
    env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true")
}

/// Adds the report to the job's summary, where there is one. Passwords stay masked there even when they were asked for:
/// a summary is read by everybody who may see the repository.
pub fn write_summary(report: &Report) -> Result<()> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    if report.reveal_password {
        return Ok(());
    }
    let mut text = Vec::new();
    markdown::write(report, &mut text)?;
    let mut file = OpenOptions::new().append(true).create(true).open(path).context("failed to open the file")?;
    file.write_all(&text).context("failed to write the file")
}
