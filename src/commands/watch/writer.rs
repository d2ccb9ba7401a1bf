//! Where observations go that are not drawn: standard output, and the recording.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};

use anyhow::{Context as _, Result, anyhow};

use super::{draws, only_once};
use crate::cli::{WatchArgs, WatchFormat};
use crate::commands::{output, usage};
use crate::report::human::{Detail, Look};
use crate::report::watch;
use crate::watch::{Model, Observation, Picture, Setup, record};

/// What standard output gets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Nothing: a screen is drawn.
    Nothing,
    /// One page at the end.
    Page,
    Lines,
    Ndjson,
    Prometheus,
    Html,
}

/// See the module.
pub(super) struct Writer {
    form: Form,
    look: Look,
    record: Option<BufWriter<File>>,
    /// How many events have been written.
    told: usize,
    last: Option<Picture>,
    film: watch::Film,
}

impl Writer {
    pub(super) fn new(args: &WatchArgs, setup: &Setup) -> Result<Self> {
        let form = match args.format {
            WatchFormat::Ndjson => Form::Ndjson,
            WatchFormat::Prometheus => Form::Prometheus,
            WatchFormat::Html => Form::Html,
            WatchFormat::Human if draws(args) => Form::Nothing,
            WatchFormat::Human if only_once(args) => Form::Page,
            WatchFormat::Human => Form::Lines,
        };
        let detail = match (args.quiet, args.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        };
        let mut record = args.record.as_deref().map(create).transpose()?;
        if let Some(file) = &mut record {
            record::write_head(setup, file).context("failed to write the recording")?;
        }
        if form == Form::Ndjson {
            record::write_head(setup, &mut io::stdout().lock()).context("failed to write to standard output")?;
        }
        Ok(Self {
            form,
            look: output::look(args.color, detail),
            record,
            told: 0,
            last: None,
            film: watch::Film::default(),
        })
    }

    /// Writes an observation and the events that it brought.
    pub(super) fn observe(&mut self, observation: &Observation, picture: Picture, model: &Model) -> Result<()> {
        if let Some(file) = &mut self.record {
            record::write_observation(observation, &picture, file).context("failed to write the recording")?;
            for event in model.events_since(self.told) {
                record::write_event(event, file).context("failed to write the recording")?;
            }
            // A recording that is cut off must not miss its last lines.
            file.flush().context("failed to write the recording")?;
        }
        self.print(observation, &picture, model).context("failed to write to standard output")?;
        self.told = model.events_count();
        if self.form == Form::Html {
            self.film.add(picture);
        } else {
            self.last = Some(picture);
        }
        Ok(())
    }

    fn print(&self, observation: &Observation, picture: &Picture, model: &Model) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        match self.form {
            Form::Nothing | Form::Page | Form::Prometheus | Form::Html => return Ok(()),
            Form::Lines => {
                watch::write_line(picture, &mut out)?;
                for event in model.events_since(self.told) {
                    watch::write_event(event, &mut out)?;
                }
            }
            Form::Ndjson => {
                record::write_observation(observation, picture, &mut out)?;
                for event in model.events_since(self.told) {
                    record::write_event(event, &mut out)?;
                }
            }
        }
        out.flush()
    }

    /// Writes what comes once, at the end.
    pub(super) fn finish(self) -> Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        let written = match (self.form, &self.last) {
            (Form::Page, Some(picture)) => watch::write_page(picture, &self.look, &mut out),
            (Form::Prometheus, Some(picture)) => watch::write_prometheus(picture, &mut out),
            (Form::Html, _) => self.film.write(&mut out),
            (Form::Page | Form::Prometheus, None) | (Form::Nothing | Form::Lines | Form::Ndjson, _) => Ok(()),
        };
        written.and_then(|()| out.flush()).context("failed to write to standard output")
    }
}

/// A new file, for its owner alone; never over an existing one.
fn create(path: &std::path::Path) -> Result<BufWriter<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path).map_err(|error| {
        let name = usage::quoted(&path.to_string_lossy());
        anyhow!("--record: failed to create {name}: {error}")
    })?;
    Ok(BufWriter::new(file))
}
