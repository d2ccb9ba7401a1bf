//! What each `sslmode` comes to, against certificates made for the case.

mod chains;
mod clients;
mod known;
mod names;
mod reading;

use std::path::PathBuf;

use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use super::{Roots, load_roots};
use crate::wire::tls::testing::Made;

/// Write a root file and load it.
fn roots(of: &[&Made]) -> Roots {
    let (_dir, path) = file(of.iter().map(|made| made.pem()).collect::<String>().as_bytes());
    load_roots(&path).unwrap()
}

fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("root.crt");
    std::fs::write(&path, content).unwrap();
    (dir, path)
}

fn chain(of: &[&Made]) -> Vec<CertificateDer<'static>> {
    of.iter().map(|made| made.der.clone()).collect()
}
