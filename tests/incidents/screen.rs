//! The screen of `supascope watch`, drawn in a terminal of 80 columns and 24 lines by a `tmux` of the test's own.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A terminal in which the watch runs.
pub struct Screen {
    home: tempfile::TempDir,
}

impl Screen {
    /// Starts it; nothing where there is no `tmux`.
    pub fn start(uri: &str, console: Option<&str>) -> Option<Self> {
        let screen = Self { home: tempfile::tempdir().unwrap() };
        let admin = if console.is_some() { " --admin env:CONSOLE" } else { "" };
        let watch = format!("{} watch env:WATCHED --interval 500ms{admin}", env!("CARGO_BIN_EXE_supascope"));
        let mut command = screen.tmux();
        command.args(["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", &watch]);
        command.env("WATCHED", uri).env("CONSOLE", console.unwrap_or_default()).env("TERM", "xterm-256color");
        if !command.status().is_ok_and(|status| status.success()) {
            return None;
        }
        // It has its one connection before the trouble begins.
        screen.until(|shown| shown.contains("slots used"));
        Some(screen)
    }

    /// A client of this terminal's own server.
    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command.env("LC_ALL", "C.UTF-8").arg("-S").arg(self.home.path().join("tmux"));
        command
    }

    fn shown(&self) -> String {
        let read = |output: Output| String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        read(self.tmux().args(["capture-pane", "-p"]).output().unwrap())
    }

    /// What it shows, once that is as wanted; the last that it showed when it never is.
    pub fn until(&self, wanted: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let shown = self.shown();
            if wanted(&shown) || started.elapsed() > Duration::from_secs(20) {
                return shown;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.tmux().arg("kill-server").output();
    }
}
