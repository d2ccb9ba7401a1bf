//! A watch that is driven look by look, and logs that are read until they say something.

use std::time::{Duration, Instant};

use supascope::client::Dialer;
use supascope::probe::door::Door;
use supascope::watch::sampler::Sampler;
use supascope::watch::{Admin, Model, Picture, Setup};
use supascope::{conninfo, endpoint};

use super::super::lab::Lab;
use super::causes;

/// The longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(40);

fn door(uri: &str) -> Door {
    let reading = conninfo::read_text(uri);
    let conninfo = reading.conninfo().unwrap();
    Door::new(conninfo, &endpoint::classify(conninfo)).unwrap()
}

/// The watch.
pub struct Watch {
    runtime: tokio::runtime::Runtime,
    sampler: Sampler,
    model: Model,
}

impl Watch {
    /// Of an endpoint, and of a pooler's console beside it.
    pub fn new(uri: &str, console: Option<&str>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let dial = |uri: &str| runtime.block_on(Dialer::new(door(uri), None, Duration::from_secs(5))).unwrap();
        let sampler = Sampler::new(dial(uri), console.map(dial), Duration::from_millis(200));
        let reading = conninfo::read_text(uri);
        let mut setup = Setup::new("lab".to_owned(), &endpoint::classify(reading.conninfo().unwrap()), 200);
        if console.is_some() {
            setup.admin = Admin::Asked;
        }
        Self { sampler, model: Model::new(setup, 0), runtime }
    }

    /// Looks once.
    pub fn look(&mut self) -> Picture {
        let observation = self.runtime.block_on(self.sampler.look());
        self.model.take(observation)
    }

    /// Goes on looking while something is done.
    pub fn through<T: Send>(&mut self, done: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let doing = scope.spawn(done);
            while !doing.is_finished() {
                self.look();
                std::thread::sleep(Duration::from_millis(100));
            }
            doing.join().unwrap()
        })
    }

    /// Looks until a picture is as wanted; the last one when none is in time.
    pub fn until(&mut self, wanted: impl Fn(&Picture) -> bool) -> Picture {
        let started = Instant::now();
        loop {
            let picture = self.look();
            if wanted(&picture) || started.elapsed() > PATIENCE {
                return picture;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Reads a server's log until `explain` names these causes of it.
#[track_caller]
pub fn wait_for_causes(lab: &Lab, endpoint: &str, wanted: &[&str]) {
    let started = Instant::now();
    loop {
        let log = lab.log(endpoint);
        let found = causes(&log);
        if wanted.iter().all(|cause| found.contains(cause)) {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{wanted:?} is not among {found:?} of {endpoint}'s log:\n{log}");
        std::thread::sleep(Duration::from_millis(250));
    }
}
