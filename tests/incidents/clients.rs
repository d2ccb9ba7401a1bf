//! Clients, as `psql` processes: some stay, some only ask. All end with the test.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Stdio};
use std::time::Duration;

use super::super::lab::Lab;

/// A group of clients.
pub struct Clients(Vec<Child>, Vec<ChildStdin>);

impl Clients {
    /// So many clients at once that say something and stay.
    pub fn that_stay(lab: &Lab, uri: &str, many: usize, says: &str) -> Self {
        let mut clients = Self(Vec::new(), Vec::new());
        for _ in 0..many {
            clients.add(lab, uri, says);
        }
        clients
    }

    /// The same, one after the other: as requests of an application open them.
    pub fn one_by_one(lab: &Lab, uri: &str, many: usize, says: &str) -> Self {
        let mut clients = Self(Vec::new(), Vec::new());
        for _ in 0..many {
            clients.add(lab, uri, says);
            std::thread::sleep(Duration::from_millis(200));
        }
        clients
    }

    /// So many at once, of which those that are refused come back, one after the other: as after a restart.
    pub fn that_storm(lab: &Lab, uri: &str, many: usize, says: &str) -> Self {
        let mut clients = Self::that_stay(lab, uri, many, says);
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(300));
            clients.add(lab, uri, says);
        }
        clients
    }

    /// Clients that ask one thing, and end with its answer.
    pub fn that_ask(lab: &Lab, uri: &str, many: usize, asks: &str) -> Self {
        let ask = || {
            let mut command = lab.psql_command(uri);
            command
                .args(["-c", asks])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        Self((0..many).map(|_| ask()).collect(), Vec::new())
    }

    fn add(&mut self, lab: &Lab, uri: &str, says: &str) {
        let mut command = lab.psql_command(uri);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A client that was refused is gone.
        let _ = writeln!(stdin, "{says}");
        self.0.push(child);
        self.1.push(stdin);
    }

    /// What they were told in the end, as `psql` prints it.
    pub fn told(mut self) -> String {
        let told = std::mem::take(&mut self.0).into_iter().map(|child| child.wait_with_output().unwrap().stderr);
        told.map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
