//! How the tests run the binary: in an empty directory, with an environment that holds nothing but what a test sets.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The password of every setting here. No six bytes of it may occur in any output.
pub const PASSWORD: &str = "Tr0ub4dor-und-3";

/// What a run left.
pub struct Outcome {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Fails when a piece of the password stands on either stream.
    pub fn assert_keeps_the_secret(&self) -> &Self {
        for piece in PASSWORD.as_bytes().windows(6) {
            let piece = str::from_utf8(piece).unwrap();
            assert!(!self.stdout.contains(piece), "{piece} on standard output:\n{}", self.stdout);
            assert!(!self.stderr.contains(piece), "{piece} on standard error:\n{}", self.stderr);
        }
        self
    }
}

/// Runs `supascope` with these arguments.
pub fn supascope(arguments: &[&str]) -> Outcome {
    supascope_with(arguments, &[], "")
}

/// The same with environment variables and standard input.
pub fn supascope_with(arguments: &[&str], environment: &[(&str, &str)], stdin: &str) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that reads no input closes the pipe before everything is written: that is in order.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Outcome {
        status: output.status.code().expect("ended by itself"),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// A setting without an error: the shared pooler in session mode.
pub fn good() -> String {
    format!(
        "postgresql://postgres.abcdefghijklmnopqrst:{PASSWORD}@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require"
    )
}

/// A setting with an error: the pooler's user carries no project ref.
pub fn broken() -> String {
    format!("postgresql://postgres:{PASSWORD}@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
}
