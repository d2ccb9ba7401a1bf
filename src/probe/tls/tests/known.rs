//! Known roots: told by the SHA-256 of what the server sent, and by nothing else.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::chain;
use crate::knowledge::{Root, endpoints};
use crate::probe::tls::{describe, judge, key, known_root, remedy, root_of, sent};
use crate::probe::{SentCertificate, SslmodeVerdict};
use crate::wire::tls::testing::{Made, authority, family, now, self_signed};

const HOST: &str = "db.example.test";

/// A list of known roots with this one in it, under the entry of another.
fn knowing(made: &Made) -> Vec<Root> {
    let sha256 = describe(&made.der, now()).unwrap().sha256;
    vec![Root { id: "fake".into(), file: "fake-ca.crt".into(), sha256, ..endpoints().roots[0].clone() }]
}

fn sent_chain(of: &[&Made]) -> Vec<SentCertificate> {
    chain(of).iter().filter_map(sent).collect()
}

#[test]
fn a_known_root_is_matched_by_its_fingerprint_and_stored_as_it_was_sent() {
    let (root, intermediate, leaf) = family(&[HOST]);
    let known = knowing(&root);
    let (found, pem) = known_root(&sent_chain(&[&leaf, &intermediate, &root]), &known).unwrap();
    assert_eq!(found.id, "fake");
    assert_eq!(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap(), root.der);
}

#[test]
fn a_root_of_the_same_name_with_another_key_is_not_stored() {
    let (root, intermediate, leaf) = family(&[HOST]);
    let namesake = self_signed(authority("Test Root"));
    let refused = known_root(&sent_chain(&[&leaf, &intermediate, &namesake]), &knowing(&root)).unwrap_err();
    assert!(refused.contains("none of Supabase's"), "{refused}");
    let refused = known_root(&sent_chain(&[&leaf, &intermediate]), &knowing(&root)).unwrap_err();
    assert!(refused.contains("does not send its root"), "{refused}");
    assert!(known_root(&sent_chain(&[&leaf, &intermediate, &root]), &endpoints().roots).is_err());
    assert!(known_root(&[], &knowing(&root)).is_err());
}

#[test]
fn the_reason_names_the_file_to_give_when_the_root_is_known() {
    let (root, intermediate, leaf) = family(&[HOST]);
    let (known, sent) = (knowing(&root), chain(&[&leaf, &intermediate, &root]));
    let id = root_of(&sent, &known, None, None);
    assert_eq!(id, "fake");
    let other = super::roots(&[&self_signed(authority("Other"))]);
    let modes = judge(&sent, HOST, Ok(&other), remedy(&id, &known).as_deref(), now());
    let SslmodeVerdict::No(why) = modes.verify_full else { panic!("{:?}", modes.verify_full) };
    assert!(why.contains("fake-ca.crt") && why.contains(&known[0].sha256), "{why}");
    assert_eq!(remedy("public", &known), None);
}

#[test]
fn keys_are_named_as_people_know_them() {
    let (root, ..) = family(&[HOST]);
    let key = key(&root.der).unwrap();
    assert_eq!((key.name.as_str(), key.signature_algorithm.as_str()), ("EC P-256", "ecdsa-with-SHA256"));
}
