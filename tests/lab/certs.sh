#!/usr/bin/env bash
# Makes the laboratory's certificates.
#
#   tests/lab/certs.sh DIR      writes DIR/ca.crt (the lab CA), DIR/foreign-ca.crt and, for each certificate below,
#                               DIR/NAME.key and DIR/NAME.crt (the chain as a server sends it: leaf, then its CA)
#
#   server       the names that Supabase's endpoints have, from the lab CA, valid for a year
#   expired      the same names, from the lab CA, expired in 2021
#   foreign      the same names, from a CA that nobody trusts
#   wrong-name   from the lab CA, for another host
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/common.sh
. "$here/common.sh"
openssl=$tools/bin/openssl
[[ -x $openssl ]] || openssl=openssl

(($# == 1)) || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

cat >openssl.cnf <<CNF
[req]
distinguished_name = dn
prompt = no
[dn]
CN = supascope laboratory
[ca_ext]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf_ext]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:*.pooler.supabase.com, DNS:db.$lab_ref.supabase.co, DNS:localhost, IP:127.0.0.1
[wrong_ext]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:db.zyxwvutsrqponmlkjihg.supabase.co
[ca]
default_ca = lab
[lab]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
serial = serial.txt
[any]
commonName = supplied
CNF

quiet() { "$@" 2>openssl.log || { cat openssl.log >&2; return 1; }; }

authority() { # NAME CN
  quiet "$openssl" req -x509 -config openssl.cnf -extensions ca_ext -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -sha256 -days 365 -subj "/O=supascope laboratory/CN=$2" -keyout "$1.key" -out "$1.crt"
}

leaf() { # NAME CA CN EXTENSIONS [START END]
  quiet "$openssl" req -new -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -subj "/CN=$3" \
    -keyout "$1.key" -out "$1.csr"
  if (($# > 4)); then # only `openssl ca` sets both ends of the validity in every version
    : >index.txt
    "$openssl" rand -hex 8 >serial.txt
    quiet "$openssl" ca -batch -notext -config openssl.cnf -extensions "$4" -startdate "$5" -enddate "$6" \
      -cert "$2.crt" -keyfile "$2.key" -in "$1.csr" -out "$1.leaf"
  else
    quiet "$openssl" x509 -req -sha256 -days 365 -extfile openssl.cnf -extensions "$4" -CA "$2.crt" -CAkey "$2.key" \
      -set_serial "0x$("$openssl" rand -hex 8)" -in "$1.csr" -out "$1.leaf"
  fi
  cat "$1.leaf" "$2.crt" >"$1.crt"
}

authority ca 'supascope laboratory CA'
authority foreign-ca 'CA that nobody trusts'
leaf server ca '*.pooler.supabase.com' leaf_ext
leaf expired ca '*.pooler.supabase.com' leaf_ext 20200101000000Z 20210101000000Z
leaf foreign foreign-ca '*.pooler.supabase.com' leaf_ext
leaf wrong-name ca 'db.zyxwvutsrqponmlkjihg.supabase.co' wrong_ext
rm -f ./*.csr ./*.leaf ./*.pem ./index.txt* ./serial.txt* openssl.cnf openssl.log
chmod 600 ./*.key
