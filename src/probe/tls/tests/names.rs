//! The name check, case by case as libpq makes it.

use rcgen::{CertificateParams, SanType};

use super::{chain, roots};
use crate::probe::Refusal;
use crate::probe::tls::{ChainFault, Sslmode, check};
use crate::wire::tls::testing::{now, params, self_signed, server};

fn verify_full(params: CertificateParams, host: &str) -> Result<(), ChainFault> {
    let own = self_signed(params);
    check(&chain(&[&own]), host, Sslmode::VerifyFull, Ok(&roots(&[&own])), now())
}

fn is_for(names: &[&str], host: &str) -> bool {
    verify_full(server(names), host).is_ok()
}

#[test]
fn names_match_without_regard_to_case() {
    assert!(is_for(&["a.test", "DB.Example.test"], "db.example.TEST"));
    assert!(!is_for(&["example.test"], "db.example.test"));
    assert!(!is_for(&["db.example.test"], "db.example.test."));
}

#[test]
fn a_star_stands_for_exactly_the_first_label() {
    assert!(is_for(&["*.pooler.supabase.com"], "aws-0-us-east-1.pooler.supabase.com"));
    assert!(!is_for(&["*.supabase.com"], "aws-0-us-east-1.pooler.supabase.com"));
    assert!(!is_for(&["*.supabase.com"], "supabase.com"));
    assert!(!is_for(&["*.supabase.com"], ".supabase.com"));
    for odd in ["a*.example.test", "*b.example.test", "db.*.test", "*", "*."] {
        let mut params = params("");
        params.subject_alt_names = vec![SanType::DnsName(odd.try_into().unwrap())];
        assert!(verify_full(params, "db.example.test").is_err(), "{odd}");
    }
}

#[test]
fn the_common_name_counts_only_without_alternative_names() {
    assert!(verify_full(params("db.example.test"), "db.example.test").is_ok());
    assert!(verify_full(params("*.example.test"), "db.example.test").is_ok());
    let mut both = server(&["other.test"]);
    both.distinguished_name.push(rcgen::DnType::CommonName, "db.example.test");
    let fault = verify_full(both, "db.example.test").unwrap_err();
    assert_eq!(fault.to_string(), "the certificate is for other.test; not for db.example.test");
    assert_eq!(fault.refusal(), Refusal::TlsNameMismatch);
}

#[test]
fn addresses_are_compared_as_addresses() {
    assert!(is_for(&["127.0.0.1"], "127.0.0.1"));
    assert!(is_for(&["::1"], "0:0:0:0:0:0:0:1"));
    assert!(!is_for(&["127.0.0.1"], "127.0.0.2"));
    assert!(!is_for(&["127.0.0.1"], "localhost"));
    // libpq: only alternative names of the host's own kind exclude the common name.
    let mut dns_and_common_name = server(&["db.example.test"]);
    dns_and_common_name.distinguished_name.push(rcgen::DnType::CommonName, "127.0.0.1");
    assert!(verify_full(dns_and_common_name, "127.0.0.1").is_ok());
}

#[test]
fn a_setting_without_a_name_cannot_be_verified() {
    assert_eq!(verify_full(server(&["db.example.test"]), ""), Err(ChainFault::NoHost));
}

#[test]
fn a_thousand_names_are_searched_and_four_are_told() {
    let names: Vec<String> = (0..1000).map(|n| format!("n{n}.example.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(is_for(&names, "n999.example.test"));
    let fault = verify_full(server(&names), "db.example.test").unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the certificate is for n0.example.test, n1.example.test, n2.example.test, n3.example.test and 96 more; \
         not for db.example.test"
    );
}

#[test]
fn a_certificate_without_any_name_says_so() {
    let fault = verify_full(params(""), "db.example.test").unwrap_err();
    assert_eq!(fault.to_string(), "the certificate is for no name at all; not for db.example.test");
}
