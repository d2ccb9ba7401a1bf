//! `--follow`: a log that grows. Each error is explained when it is first met, and counted from then on.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::input::Input;
use super::print;
use crate::cli::ExplainArgs;
use crate::exit;
use crate::explain::{AboutTarget, Explanation, Scanner};

/// How often a file is looked at.
const POLL: Duration = Duration::from_millis(250);
/// How often the count of an error is told again.
const AGAIN: Duration = Duration::from_secs(10);

/// What was told of an error, and when.
struct Told {
    count: u64,
    at: Instant,
}

struct Follower<'a> {
    args: &'a ExplainArgs,
    about: Option<AboutTarget>,
    told: BTreeMap<&'static str, Told>,
}

/// Follows until the input ends (a pipe) or the user stops it (a file).
pub(super) fn run(input: &Input<'_>, args: &ExplainArgs, about: Option<AboutTarget>) -> Result<u8> {
    let mut follower = Follower { args, about, told: BTreeMap::new() };
    match input {
        Input::Stdin => follower.pipe(input)?,
        Input::File(_) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(follower.file(input))?;
        }
    }
    Ok(if follower.told.is_empty() { exit::FINDINGS } else { exit::OK })
}

impl Follower<'_> {
    fn pipe(&mut self, input: &Input<'_>) -> Result<()> {
        let mut reader = input.open(true)?;
        let mut scanner = Scanner::new();
        while scanner.read(&mut reader).map_err(|error| input.failed(&error))? > 0 {
            scanner.catch_up();
            self.tell(scanner.explanation())?;
        }
        scanner.flush();
        self.tell(scanner.explanation())
    }

    async fn file(&mut self, input: &Input<'_>) -> Result<()> {
        let mut scanner = Scanner::new();
        let mut reader = input.open(true)?;
        let mut position = 0;
        loop {
            let read = scanner.read(&mut reader).map_err(|error| input.failed(&error))?;
            position += read as u64;
            if read > 0 {
                continue;
            }
            scanner.catch_up();
            self.tell(scanner.explanation())?;
            tokio::select! {
                _ = tokio::signal::ctrl_c() => break,
                () = tokio::time::sleep(POLL) => {}
            }
            // A log that was rotated or emptied is shorter than what was read of it.
            let Input::File(path) = input else { break };
            if fs::metadata(path).is_ok_and(|metadata| metadata.len() < position) {
                reader = input.open(true)?;
                position = 0;
            }
        }
        scanner.flush();
        self.tell(scanner.explanation())
    }

    /// Explains what is new, and tells the counts of what goes on, now and then.
    fn tell(&mut self, mut explanation: Explanation) -> Result<()> {
        let mut again = Vec::new();
        let told = &mut self.told;
        explanation.unmatched_errors = 0;
        explanation.matches.retain(|found| {
            let now = Told { count: found.count, at: Instant::now() };
            match told.get_mut(found.known.id.as_str()) {
                None => {
                    told.insert(found.known.id.as_str(), now);
                    return true;
                }
                Some(last) if last.count < found.count && last.at.elapsed() >= AGAIN => {
                    again.push(format!("{}: {} times by line {}", found.known.id, found.count, found.last_line));
                    *last = now;
                }
                Some(_) => {}
            }
            false
        });
        if !explanation.matches.is_empty() {
            if let Some(about) = &self.about {
                explanation.set_target(about.clone());
            }
            print(&explanation, true, self.args)?;
        }
        for line in again {
            writeln!(io::stderr(), "{line}")?;
        }
        Ok(())
    }
}
