//! What supascope brings along for other tools: the GitHub action, the pre-commit hook, the examples of CI, Kubernetes,
//! Prometheus and Docker, and the script that makes skeletons. Their commands are run as those tools would run them, with
//! the built program; checkers that are not installed are skipped, and the output says so.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod common;
mod github;
mod kubernetes;
#[path = "../lab/mod.rs"]
mod lab;
mod others;
mod skeletons;
