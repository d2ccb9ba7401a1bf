//! Certificates for tests, made when they run.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, PublicKeyData, SanType,
    SigningKey, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};

/// 1 June 2026, the moment at which tests judge. Certificates made here are valid from 2020 to 2040 unless a test says otherwise.
pub(crate) fn now() -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_272_000))
}

/// A key and its certificate.
pub(crate) struct Made {
    pub(crate) key: KeyPair,
    pub(crate) der: CertificateDer<'static>,
    params: CertificateParams,
}

impl Made {
    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    pub(crate) fn pem(&self) -> String {
        pem(&self.der)
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

pub(crate) fn pem(der: &[u8]) -> String {
    let lines: Vec<String> =
        base64(der).as_bytes().chunks(64).map(|l| String::from_utf8_lossy(l).into_owned()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().chain([0, 0].iter()).take(3).fold(0_usize, |n, b| n << 8 | usize::from(*b));
        for at in 0..4 {
            out.push(if at <= chunk.len() { char::from(DIGITS[n >> (18 - 6 * at) & 63]) } else { '=' });
        }
    }
    out
}

/// Parameters with a common name (none when empty) and no alternative name.
pub(crate) fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    if !common_name.is_empty() {
        params.distinguished_name.push(DnType::CommonName, common_name);
    }
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

/// Parameters of a server's certificate, with these alternative names.
pub(crate) fn server(names: &[&str]) -> CertificateParams {
    let mut params = params("a server");
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName((*name).try_into().unwrap()),
        })
        .collect();
    params
}

/// Parameters of a certificate that may sign others.
pub(crate) fn authority(common_name: &str) -> CertificateParams {
    let mut params = params(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// Signed by itself.
pub(crate) fn self_signed(params: CertificateParams) -> Made {
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().clone();
    Made { key, der, params }
}

/// Signed by another.
pub(crate) fn signed(params: CertificateParams, issuer: &Made) -> Made {
    let key = KeyPair::generate().unwrap();
    let der = params.signed_by(&key, &issuer.issuer()).unwrap().der().clone();
    Made { key, der, params }
}

/// The usual three: root, intermediate, and a server for `names`.
pub(crate) fn family(names: &[&str]) -> (Made, Made, Made) {
    let root = self_signed(authority("Test Root"));
    let intermediate = signed(authority("Test Intermediate"), &root);
    let leaf = signed(server(names), &intermediate);
    (root, intermediate, leaf)
}

/// A certificate of version 1 (which the generator cannot make), valid from 2020 to 2040: RFC 5280, 4.1, written by hand.
pub(crate) fn version_one(common_name: &str, issuer_common_name: &str, issuer: &KeyPair) -> Made {
    let key = KeyPair::generate().unwrap();
    let ecdsa_with_sha256 = tlv(0x30, &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
    let validity = tlv(0x30, &[tlv(0x17, b"200101000000Z"), tlv(0x17, b"400101000000Z")].concat());
    let tbs = tlv(
        0x30,
        &[
            tlv(0x02, &[1]),
            ecdsa_with_sha256.clone(),
            dn(issuer_common_name),
            validity,
            dn(common_name),
            key.subject_public_key_info(),
        ]
        .concat(),
    );
    let signature = [vec![0], issuer.sign(&tbs).unwrap()].concat();
    let der = tlv(0x30, &[tbs, ecdsa_with_sha256, tlv(0x03, &signature)].concat());
    Made { key, der: der.into(), params: params(common_name) }
}

fn dn(common_name: &str) -> Vec<u8> {
    let attribute = tlv(0x30, &[vec![0x06, 3, 0x55, 4, 3], tlv(0x0c, common_name.as_bytes())].concat());
    tlv(0x30, &tlv(0x31, &attribute))
}

/// One DER value of at most 64 KiB.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match content.len() {
        0..=127 => vec![low],
        128..=255 => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, content.to_vec()].concat()
}
