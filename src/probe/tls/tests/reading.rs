//! Reading roots, describing certificates, naming the root.

use std::path::Path;

use rcgen::{DnType, SanType};
use rustls::pki_types::CertificateDer;

use super::{chain, file, roots};
use crate::probe::tls::{RootsError, default_root_file, describe, given_roots, load_roots, root_id};
use crate::wire::tls::testing::{authority, family, now, params, self_signed, server};

#[test]
fn a_root_file_is_read_with_text_around_the_certificates() {
    let (root, intermediate, _) = family(&["a.test"]);
    let text = format!("\u{feff}Root\r\n{}\nand another\n{}", root.pem().replace('\n', "\r\n"), intermediate.pem());
    let (_dir, path) = file(text.as_bytes());
    assert_eq!(load_roots(&path).unwrap().len(), 2);
}

#[test]
fn every_unusable_root_file_says_why() {
    let root = self_signed(authority("Test Root"));
    let load = |content: &[u8]| {
        let (_dir, path) = file(content);
        load_roots(&path).unwrap_err()
    };
    assert!(matches!(load(b""), RootsError::NoCertificate(_)));
    assert!(matches!(load(b"just text"), RootsError::NoCertificate(_)));
    assert!(matches!(load(&root.der), RootsError::Der(_)));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(load((root.pem() + broken).as_bytes()), RootsError::Malformed(_, 2)));
    assert!(matches!(load(&vec![b'a'; 1024 * 1024 + 1]), RootsError::TooLarge(_)));
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(load_roots(dir.path()), Err(RootsError::Unreadable(..))));
    let missing = load_roots(&dir.path().join("no\u{1b}[31m\n.crt")).unwrap_err();
    assert!(matches!(missing, RootsError::NotFound(_)));
    assert!(!missing.to_string().chars().any(char::is_control), "{missing}");
}

#[test]
fn the_default_file_and_the_word_system_are_libpqs() {
    assert_eq!(default_root_file(Path::new("/home/u")), Path::new("/home/u/.postgresql/root.crt"));
    let home = tempfile::tempdir().unwrap();
    let default = default_root_file(home.path());
    assert_eq!(given_roots(None, Some(home.path())).unwrap_err(), RootsError::NotFound(default.display().to_string()));
    std::fs::create_dir(home.path().join(".postgresql")).unwrap();
    std::fs::write(&default, self_signed(authority("Test Root")).pem()).unwrap();
    assert!(given_roots(Some(""), Some(home.path())).unwrap().is_file());
    assert_eq!(given_roots(None, None).unwrap_err(), RootsError::NoHome);
    // Whether this machine has a trust store or not, the word is not taken for a file.
    match given_roots(Some("system"), None) {
        Ok(system) => assert!(!system.is_file()),
        Err(error) => assert_eq!(error, RootsError::NoSystemStore),
    }
}

#[test]
fn a_certificate_is_described_in_the_standards_words() {
    let mut params = server(&["db.example.test", "127.0.0.1", "::1"]);
    params.subject_alt_names.push(SanType::Rfc822Name("a@b.test".try_into().unwrap()));
    params.distinguished_name.push(DnType::OrganizationName, " Supabase, Inc ");
    params.distinguished_name.push(DnType::CountryName, "US");
    let root = self_signed(authority("#Root \"1\""));
    let leaf = crate::wire::tls::testing::signed(params, &root);
    let described = describe(&leaf.der, now()).unwrap();
    assert_eq!(described.subject, r"C=US,O=\ Supabase\, Inc\ ,CN=a server");
    assert_eq!(described.issuer, r#"CN=\#Root \"1\""#);
    assert_eq!(described.names, ["db.example.test", "127.0.0.1", "::1"]);
    assert_eq!(
        (described.not_before.as_str(), described.not_after.as_str()),
        ("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z")
    );
    assert_eq!(described.days_left, 4962);
    assert!(described.sha256.len() == 64 && described.sha256 == described.sha256.to_lowercase());
}

#[test]
fn an_expired_certificate_has_days_below_zero_left() {
    let mut params = params("db.example.test");
    params.not_after = rcgen::date_time_ymd(2026, 5, 31);
    let described = describe(&self_signed(params).der, now()).unwrap();
    assert_eq!(described.days_left, -1);
    assert_eq!(described.names, ["db.example.test"]);
}

#[test]
fn a_description_is_bounded_and_rubbish_has_none() {
    let names: Vec<String> = (0..1000).map(|n| format!("n{n}.example.test")).collect();
    let mut params = server(&names.iter().map(String::as_str).collect::<Vec<_>>());
    params.distinguished_name.push(DnType::OrganizationName, "o".repeat(5000));
    let described = describe(&self_signed(params).der, now()).unwrap();
    assert_eq!(described.names.len(), 100);
    assert_eq!(described.subject.chars().count(), 512);
    assert_eq!(describe(&CertificateDer::from(vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), now()), None);
    assert_eq!(describe(&CertificateDer::from(Vec::new()), now()), None);
}

#[test]
fn a_root_is_known_by_its_fingerprint_sent_or_given() {
    let (root, intermediate, leaf) = family(&["a.test"]);
    let namesake = self_signed(authority("Test Root"));
    let (fingerprint, other) =
        (describe(&root.der, now()).unwrap().sha256, describe(&namesake.der, now()).unwrap().sha256);
    let known = [("namesake", other.as_str()), ("root-2021", fingerprint.as_str())];
    let whole = chain(&[&leaf, &intermediate, &root]);
    let without_root = chain(&[&leaf, &intermediate]);
    assert_eq!(root_id(&whole, &known, None, None), "root-2021");
    assert_eq!(root_id(&whole, &[], None, None), "other");
    assert_eq!(root_id(&without_root, &known, None, None), "unknown");
    assert_eq!(root_id(&without_root, &known, Some(&roots(&[&namesake, &root])), None), "root-2021");
    assert_eq!(root_id(&without_root, &known, Some(&roots(&[&namesake])), None), "unknown");
    // The name alone proves nothing: a chain that ends in the namesake's name is not the namesake's.
    assert_eq!(root_id(&chain(&[&leaf, &intermediate, &namesake]), &known, None, None), "unknown");
    // A root that is merely sent along is not the one that the chain ends in.
    let stranger = self_signed(server(&["a.test"]));
    assert_eq!(root_id(&chain(&[&stranger, &root]), &known, None, None), "other");
    // With the system's store (any set of roots will do here).
    assert_eq!(root_id(&without_root, &[], None, Some(&roots(&[&root]))), "public");
    assert_eq!(root_id(&[], &known, None, None), "unknown");
}
