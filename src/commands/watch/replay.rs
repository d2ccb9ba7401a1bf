//! A recording, or the report of a probe, shown as if it happened now.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};

use super::writer::Writer;
use super::{draws, screen, status};
use crate::cli::WatchArgs;
use crate::commands::usage;
use crate::watch::alert::Alert;
use crate::watch::{Model, record};

pub(super) fn run(path: &Path, args: &WatchArgs, alerts: Vec<Alert>) -> Result<u8> {
    let name = usage::quoted(&path.to_string_lossy());
    let failed = |error: &dyn std::fmt::Display| anyhow!("failed to read {name} (--replay): {error}");
    let mut reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).map_err(|error| failed(&error))?))
    };
    let mut recording = record::read(&mut *reader).map_err(|error| failed(&error))?;
    recording.setup.alerts = alerts;
    for note in &recording.notes {
        let _ = writeln!(anstream::stderr(), "note: {name}: {note}");
    }
    let start = recording.observations.first().map_or(0, crate::watch::Observation::at_ms);
    let mut model = Model::new(recording.setup.clone(), start);
    if draws(args) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start")?;
        let over = super::live::over(None);
        let replayed = runtime.block_on(screen::replay(&recording, &mut model, screen::theme(args), over));
        runtime.shutdown_background();
        replayed?;
    } else {
        let mut writer = Writer::new(args, &recording.setup)?;
        for observation in recording.observations {
            let picture = model.take(observation.clone());
            writer.observe(&observation, picture, &model)?;
        }
        writer.finish()?;
    }
    Ok(status(&model, false))
}
