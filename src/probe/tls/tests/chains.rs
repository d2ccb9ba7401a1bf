//! Chains: what is trusted, and what is said when it is not.

use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, NameConstraints, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::{chain, file, roots};
use crate::probe::tls::{ChainFault, Roots, RootsError, Sslmode, check, judge, load_roots};
use crate::probe::{Refusal, SslmodeVerdict};
use crate::wire::tls::testing::{Made, authority, family, now, params, self_signed, server, signed, version_one};

const HOST: &str = "db.example.test";

fn verify_ca(sent: &[&Made], roots: &Roots) -> Result<(), ChainFault> {
    check(&chain(sent), HOST, Sslmode::VerifyCa, Ok(roots), now())
}

#[test]
fn a_good_chain_passes_every_sslmode_with_and_without_the_root_sent() {
    let (root, intermediate, leaf) = family(&[HOST]);
    let trust = roots(&[&root]);
    for sent in [&[&leaf, &intermediate][..], &[&leaf, &intermediate, &root]] {
        let modes = judge(&chain(sent), HOST, Ok(&trust), None, now());
        assert_eq!(
            [modes.require, modes.verify_ca, modes.verify_full],
            [SslmodeVerdict::Ok, SslmodeVerdict::Ok, SslmodeVerdict::Ok]
        );
    }
}

#[test]
fn a_server_that_forgets_its_intermediate_is_told_where_the_chain_ends() {
    let (root, intermediate, leaf) = family(&[HOST]);
    let trust = roots(&[&root]);
    let fault = verify_ca(&[&leaf], &trust).unwrap_err();
    assert_eq!(
        fault.to_string(),
        format!("not signed by a root in {}: the chain ends in \"CN=Test Intermediate\"", trust.name())
    );
    // OpenSSL builds chains with what lies in the root file, too.
    assert_eq!(verify_ca(&[&leaf], &roots(&[&root, &intermediate])), Ok(()));
}

#[test]
fn an_intermediate_alone_in_the_root_file_is_not_enough_as_for_libpq() {
    let (_, intermediate, leaf) = family(&[HOST]);
    let fault = verify_ca(&[&leaf, &intermediate], &roots(&[&intermediate])).unwrap_err();
    assert!(matches!(&fault, ChainFault::Untrusted { ends_in, .. } if ends_in == "CN=Test Root"), "{fault}");
}

#[test]
fn a_foreign_root_is_refused_and_one_of_the_same_name_is_pointed_out() {
    let (_, intermediate, leaf) = family(&[HOST]);
    let fault = verify_ca(&[&leaf, &intermediate], &roots(&[&self_signed(authority("Another"))])).unwrap_err();
    assert_eq!(fault.refusal(), Refusal::TlsUntrusted);
    assert!(matches!(&fault, ChainFault::Untrusted { same_name: false, .. }), "{fault}");
    // The 2021 and the 2025 root of Supabase carry one name: only the key tells them apart.
    let namesake = self_signed(authority("Test Root"));
    let fault = verify_ca(&[&leaf, &intermediate], &roots(&[&namesake])).unwrap_err();
    assert!(fault.to_string().ends_with("and the root of that name there has another key"), "{fault}");
    assert_eq!(fault.refusal(), Refusal::TlsUntrusted);
}

#[test]
fn an_unrelated_root_in_the_chain_vouches_for_nothing() {
    let (root, _, _) = family(&[HOST]);
    let stranger = self_signed(server(&[HOST]));
    assert!(matches!(
        verify_ca(&[&stranger, &root], &roots(&[&root])),
        Err(ChainFault::Untrusted { same_name: false, .. })
    ));
}

#[test]
fn whatever_expired_is_named_with_its_day() {
    let old = |mut params: rcgen::CertificateParams| {
        params.not_after = date_time_ymd(2026, 5, 31);
        params
    };
    let (root, intermediate, _) = family(&[HOST]);
    let leaf = signed(old(server(&[HOST])), &intermediate);
    let fault = verify_ca(&[&leaf, &intermediate], &roots(&[&root])).unwrap_err();
    assert_eq!(fault.to_string(), "the certificate expired on 2026-05-31");
    assert_eq!(fault.refusal(), Refusal::TlsExpired);

    let old_intermediate = signed(old(authority("Old Intermediate")), &root);
    let leaf = signed(server(&[HOST]), &old_intermediate);
    let fault = verify_ca(&[&leaf, &old_intermediate], &roots(&[&root])).unwrap_err();
    assert_eq!(fault.to_string(), "the certificate of \"CN=Old Intermediate\" expired on 2026-05-31");

    // OpenSSL looks at the dates of a root, too.
    let old_root = self_signed(old(authority("Old Root")));
    let leaf = signed(server(&[HOST]), &old_root);
    let fault = verify_ca(&[&leaf], &roots(&[&old_root])).unwrap_err();
    assert_eq!(fault.to_string(), "the certificate of \"CN=Old Root\" expired on 2026-05-31");

    let own = self_signed(old(server(&[HOST])));
    let fault = verify_ca(&[&own], &roots(&[&own])).unwrap_err();
    assert_eq!(fault.to_string(), "the certificate expired on 2026-05-31");
}

#[test]
fn a_certificate_of_tomorrow_asks_for_the_clock() {
    let (root, intermediate, _) = family(&[HOST]);
    let mut params = server(&[HOST]);
    params.not_before = date_time_ymd(2026, 6, 2);
    let leaf = signed(params, &intermediate);
    let fault = verify_ca(&[&leaf, &intermediate], &roots(&[&root])).unwrap_err();
    assert_eq!(fault.to_string(), "the certificate is valid from 2026-06-02 on; is the clock right?");
}

#[test]
fn a_self_made_certificate_is_trusted_when_it_is_its_own_root_file() {
    let mut marked_as_ca = server(&[HOST]);
    marked_as_ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for params in [server(&[HOST]), marked_as_ca] {
        let own = self_signed(params);
        assert_eq!(verify_ca(&[&own], &roots(&[&own])), Ok(()));
        let other = roots(&[&self_signed(authority("Another"))]);
        assert!(matches!(verify_ca(&[&own], &other), Err(ChainFault::Untrusted { .. })));
    }
}

#[test]
fn a_leaf_of_version_one_or_marked_as_a_ca_is_taken_from_a_root_only() {
    let root = self_signed(authority("Test Root"));
    let leaf = version_one(HOST, "Test Root", &root.key);
    assert_eq!(verify_ca(&[&leaf], &roots(&[&root])), Ok(()));
    let namesake = self_signed(authority("Test Root"));
    assert!(matches!(verify_ca(&[&leaf], &roots(&[&namesake])), Err(ChainFault::Untrusted { same_name: true, .. })));
    let mut params = server(&[HOST]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(verify_ca(&[&signed(params.clone(), &root)], &roots(&[&root])), Ok(()));

    let intermediate = signed(authority("Test Intermediate"), &root);
    let below = signed(params, &intermediate);
    let fault = verify_ca(&[&below, &intermediate], &roots(&[&root])).unwrap_err();
    assert!(matches!(fault, ChainFault::NotVerifiable(_)), "{fault}");
}

#[test]
fn a_self_made_certificate_that_is_no_ca_signs_nothing() {
    let own = self_signed(server(&["a.test"]));
    let leaf = version_one(HOST, "a server", &own.key);
    assert!(verify_ca(&[&leaf], &roots(&[&own])).is_err());
}

#[test]
fn wrong_use_is_refused() {
    let (root, intermediate, leaf) = family(&[HOST]);
    let below_leaf = signed(params(HOST), &leaf);
    let fault = verify_ca(&[&below_leaf, &leaf, &intermediate], &roots(&[&root])).unwrap_err();
    assert_eq!(fault.to_string(), "the chain is not valid: a certificate in it signs others, and is no CA");

    let mut params = server(&[HOST]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    for own_or_signed in [signed(params.clone(), &root), self_signed(params)] {
        let fault = verify_ca(&[&own_or_signed], &roots(&[&root, &own_or_signed])).unwrap_err();
        assert!(matches!(&fault, ChainFault::Invalid(why) if why.contains("not meant for servers")), "{fault}");
    }
}

#[test]
fn a_root_with_limits_on_names_is_obeyed() {
    let mut params = authority("Limited");
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("inside.test".to_owned())],
        excluded_subtrees: vec![],
    });
    let root = self_signed(params);
    assert_eq!(verify_ca(&[&signed(server(&["a.inside.test"]), &root)], &roots(&[&root])), Ok(()));
    let fault = verify_ca(&[&signed(server(&[HOST]), &root)], &roots(&[&root])).unwrap_err();
    assert_eq!(fault.refusal(), Refusal::TlsUntrusted);
    let mut marked_as_ca = server(&[HOST]);
    marked_as_ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert!(verify_ca(&[&signed(marked_as_ca, &root)], &roots(&[&root])).is_err());
}

/// Made with OpenSSL: a root with an RSA key of 1024 bits, and a leaf that it signed; valid until 2126.
const WEAK_ROOT: &str = include_str!("weak-root.pem");
const WEAK_LEAF: &str = include_str!("weak-leaf.pem");

#[test]
fn what_cannot_be_verified_is_unknown_and_not_the_servers_fault() {
    let later = rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_900_000_000));
    let (_dir, path) = file(WEAK_ROOT.as_bytes());
    let trust = load_roots(&path).unwrap();
    let sent = [CertificateDer::from_pem_slice(WEAK_LEAF.as_bytes()).unwrap()];
    let fault = check(&sent, HOST, Sslmode::VerifyFull, Ok(&trust), later).unwrap_err();
    assert_eq!(fault.refusal(), Refusal::TlsFailed);
    let modes = judge(&sent, HOST, Ok(&trust), None, later);
    assert!(
        matches!(&modes.verify_ca, SslmodeVerdict::Unknown(why) if why.contains("size of key")),
        "{:?}",
        modes.verify_ca
    );
}

#[test]
fn nothing_and_rubbish_are_no_chain() {
    let trust = roots(&[&self_signed(authority("Test Root"))]);
    let verify = |sent: &[CertificateDer<'_>]| check(sent, HOST, Sslmode::VerifyFull, Ok(&trust), now());
    assert_eq!(verify(&[]), Err(ChainFault::NoCertificate));
    assert!(matches!(verify(&[CertificateDer::from(vec![0xff; 64])]), Err(ChainFault::NotVerifiable(_))));
    // A good leaf, and rubbish behind it, which is passed over.
    let (root, intermediate, leaf) = family(&[HOST]);
    let sent = [leaf.der, CertificateDer::from(vec![0x30; 64]), intermediate.der];
    assert!(check(&sent[..2], HOST, Sslmode::VerifyFull, Ok(&roots(&[&root])), now()).is_err());
    assert_eq!(check(&sent, HOST, Sslmode::VerifyFull, Ok(&roots(&[&root])), now()), Ok(()));
}

#[test]
fn a_long_chain_ends() {
    let mut made = vec![self_signed(authority("Test Root"))];
    for at in 0..20 {
        made.push(signed(authority(&format!("Intermediate {at}")), &made[at]));
    }
    made.push(signed(server(&[HOST]), &made[20]));
    let sent: Vec<&Made> = made.iter().rev().collect();
    assert!(verify_ca(&sent, &roots(&[&made[0]])).is_err());
}

#[test]
fn require_verifies_when_there_is_a_root_file_as_in_libpq() {
    let (root, intermediate, leaf) = family(&["elsewhere.test"]);
    let sent = chain(&[&leaf, &intermediate]);
    let foreign = roots(&[&self_signed(authority("Another"))]);
    let require = |trust: Result<&Roots, &RootsError>| check(&sent, HOST, Sslmode::Require, trust, now());
    assert!(matches!(require(Ok(&foreign)), Err(ChainFault::Untrusted { .. })));
    // The name is not looked at.
    assert_eq!(require(Ok(&roots(&[&root]))), Ok(()));
    // No file, no verification; a file that cannot be used is an error in every mode.
    assert_eq!(require(Err(&RootsError::NotFound("root.crt".to_owned()))), Ok(()));
    assert_eq!(require(Err(&RootsError::NoHome)), Ok(()));
    assert!(matches!(require(Err(&RootsError::NoCertificate("root.crt".to_owned()))), Err(ChainFault::NoRoots(_))));
}

#[test]
fn verification_without_roots_says_what_is_missing() {
    let (_, intermediate, leaf) = family(&[HOST]);
    let missing = RootsError::NotFound("/home/u/.postgresql/root.crt".to_owned());
    let modes = judge(&chain(&[&leaf, &intermediate]), HOST, Err(&missing), None, now());
    assert_eq!(modes.require, SslmodeVerdict::Ok);
    assert_eq!(
        modes.verify_full,
        SslmodeVerdict::No(
            "there is no root certificate to verify with: the file /home/u/.postgresql/root.crt does not exist"
                .to_owned()
        )
    );
}

#[test]
fn weaker_modes_verify_nothing() {
    for mode in [Sslmode::Disable, Sslmode::Allow, Sslmode::Prefer] {
        assert_eq!(check(&[], HOST, mode, Err(&RootsError::NoHome), now()), Ok(()));
        assert!(!mode.demands_tls());
    }
    assert_eq!(Sslmode::parse("verify_full"), None);
    assert!(Sslmode::parse("require").is_some_and(Sslmode::demands_tls));
}

/// What is remembered of one chain is not said of another, nor of another day.
#[test]
fn one_store_judges_each_chain_by_itself() {
    let ((root, intermediate, leaf), (_, foreign_intermediate, foreign_leaf)) = (family(&[HOST]), family(&[HOST]));
    let trust = roots(&[&root]);
    let (good, foreign) = (chain(&[&leaf, &intermediate]), chain(&[&foreign_leaf, &foreign_intermediate]));
    let judged = |chain: &[CertificateDer<'_>], at| check(chain, HOST, Sslmode::VerifyCa, Ok(&trust), at);
    let epoch = UnixTime::since_unix_epoch(std::time::Duration::ZERO);
    for _ in 0..2 {
        assert_eq!(judged(&good, now()), Ok(()));
        assert!(matches!(judged(&foreign, now()), Err(ChainFault::Untrusted { .. })));
        assert!(matches!(judged(&good[..1], now()), Err(ChainFault::Untrusted { .. })));
        assert!(judged(&good, epoch).is_err());
    }
}
