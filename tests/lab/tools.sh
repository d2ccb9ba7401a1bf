#!/usr/bin/env bash
# Gets what the laboratory of real servers needs and a fresh Debian machine lacks. Asks nothing, needs no root, installs
# nothing system-wide: packages are fetched with apt into a private directory and unpacked there, so no service starts.
#
#   tests/lab/tools.sh          set up target/lab-tools (idempotent; a second run only looks at a stamp)
#
# Result, in target/lab-tools/bin: postgres initdb psql openssl, pgbouncer-1.18 (no statement tracking), pgbouncer-tracking
# (1.21 or newer: max_prepared_statements). Debian 12 packages 1.18, Debian 13 packages 1.24; the one that is not this
# machine's is built from the other release's source package, taken from the mirror this machine already uses.
#
# Overrides, each a path: LAB_TOOLS_DIR (where to put it all), LAB_PG_BIN (a PostgreSQL bin directory, 15 or newer),
# LAB_PGBOUNCER_OLD (< 1.21), LAB_PGBOUNCER_TRACKING (>= 1.21), CARGO_TARGET_DIR.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/common.sh
. "$here/common.sh"

old_suite=bookworm # PgBouncer 1.18
new_suite=trixie   # PgBouncer 1.24

die() {
  printf 'lab-tools: cannot set up the laboratory: %s\n' "$*" >&2
  exit 1
}
say() { printf 'lab-tools: %s\n' "$*" >&2; }

codename() { (. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-}"); }

stamp_text() { # what the present set-up was made by; any change of it means "again"
  { cat "${BASH_SOURCE[0]}" "$here/common.sh"; codename
    printf '%s\n' "${LAB_PG_BIN:-}" "${LAB_PGBOUNCER_OLD:-}" "${LAB_PGBOUNCER_TRACKING:-}"; } | sha256sum | cut -c1-32
}

ready() {
  local b
  [[ -f $tools/stamp && $(<"$tools/stamp") == "$(stamp_text)" ]] || return 1
  for b in postgres initdb psql openssl pgbouncer-1.18 pgbouncer-tracking; do [[ -x $tools/bin/$b ]] || return 1; done
  [[ -f $tools/versions ]]
}

# ---- apt in a private directory ------------------------------------------------------------------------------------

# The machine's own sources, as deb822 stanzas on stdout. $1 = Types to write, $2 = suite to write ("" keeps the suites
# whose name begins with this release's).
sources() {
  local code f
  code=$(codename)
  for f in /etc/apt/sources.list.d/*.sources; do
    [[ -f $f ]] || continue
    grep -v '^[[:space:]]*#' "$f" | awk -v code="$code" -v types="$1" -v suite="$2" 'BEGIN { RS = ""; FS = "\n"; IGNORECASE = 0 }
      { keep = ""; out = ""
        for (i = 1; i <= NF; i++) {
          line = $i; key = tolower(line); sub(/:.*/, "", key)
          if (key == "enabled" && line ~ /no/) next
          if (key == "types") line = "Types: " types
          if (key == "suites") {
            n = split(substr(line, index(line, ":") + 1), s, /[ \t]+/); mine = ""
            for (j = 1; j <= n; j++) { if (s[j] == code) keep = 1; if (index(s[j], code) == 1) mine = mine " " s[j] }
            if (suite == "" && mine != "") keep = 1
            line = "Suites:" (suite == "" ? mine : " " suite)
          }
          out = out line "\n"
        }
        if (keep) print out }'
  done
  for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f $f ]] || continue
    awk -v code="$code" -v types="$1" -v suite="$2" '$1 == "deb" {
        signed = ""
        if ($2 ~ /^\[/) { opts = ""; while (1) { opts = opts " " $2; last = ($2 ~ /\]$/); for (i = 2; i < NF; i++) $i = $(i + 1); NF--; if (last) break }
          if (match(opts, /signed-by=[^] ]+/)) signed = substr(opts, RSTART + 10, RLENGTH - 10) }
        if (suite == "" ? index($3, code) != 1 : $3 != code) next
        comps = ""; for (i = 4; i <= NF; i++) comps = comps " " $i
        printf "Types: %s\nURIs: %s\nSuites: %s\nComponents:%s\n%s\n", types, $2, suite == "" ? $3 : suite, comps, signed == "" ? "" : "Signed-By: " signed "\n" }' "$f"
  done
}

apt_ready=
apt_setup() {
  [[ -z $apt_ready ]] || return 0
  command -v apt-get >/dev/null || die "no apt-get here; set LAB_PG_BIN, LAB_PGBOUNCER_OLD and LAB_PGBOUNCER_TRACKING to binaries you have"
  apt=$tools/apt
  rm -rf "$apt" # also what an interrupted run left
  mkdir -p "$apt"/{parts,state/lists/partial,cache/archives/partial,src}
  sources deb '' >"$apt/parts/here.sources"
  sources deb-src "$1" >"$apt/parts/other.sources"
  [[ -s $apt/parts/here.sources ]] || die "found no package source of '$(codename)' in /etc/apt"
  apt_opts=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts" -o "Dir::State=$apt/state"
    -o Dir::State::status=/var/lib/dpkg/status -o "Dir::Cache=$apt/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=root
    -o Acquire::Languages=none -o Acquire::Retries=3 -o Acquire::http::Timeout=30)
  say 'reading package lists (into target/lab-tools, not the system)'
  apt-get -q -y "${apt_opts[@]}" update >"$apt/update.log" 2>&1 || { cat "$apt/update.log" >&2; die 'apt-get update failed (no network, or the mirror is down)'; }
  apt_ready=1
}

# Unpacks packages and those of their dependencies that this machine lacks into $tools/root.
fetch_debs() {
  local deb pkgs p
  apt-get -q -y "${apt_opts[@]}" -s install --no-install-recommends "$@" >"$apt/plan.log" 2>&1 || { cat "$apt/plan.log" >&2; die "apt knows no way to get: $*"; }
  # Not needed to run the programs: the JIT compiler, Debian's Perl wrappers and what configures a system service.
  mapfile -t pkgs < <(awk '$1 == "Inst" { print $2 }' "$apt/plan.log" | grep -Ev '^(libllvm|libz3|libgprofng|.*perl|.*-common$|ssl-cert|logrotate|netbase|sysstat|locales)' || true)
  for p in "$@"; do [[ " ${pkgs[*]} " == *" $p "* ]] || pkgs+=("$p"); done # installed, but perhaps not usable: take it anyway
  (cd "$apt/cache/archives" && apt-get -q -y "${apt_opts[@]}" download "${pkgs[@]}" >"$apt/download.log" 2>&1) || { cat "$apt/download.log" >&2; die "could not download: ${pkgs[*]}"; }
  mkdir -p "$tools/root"
  for deb in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$tools/root"; rm -f "$deb"; done
}

library_path() { # directories of unpacked shared libraries, colon-separated
  [[ -d $tools/root ]] || return 0
  find "$tools/root" -name '*.so.*' ! -path '*/postgresql/*' -printf '%h\n' | sort -u | paste -sd: -
}

# bin/NAME starts PROGRAM: a link, or a small script when it needs unpacked libraries.
expose() {
  local name=$1 program=$2 libs
  mkdir -p "$tools/bin"
  rm -f "$tools/bin/$name"
  if ! ldd "$program" 2>/dev/null | grep -q 'not found'; then
    case $program in "$tools"/*) ln -s "../${program#"$tools"/}" "$tools/bin/$name" ;; *) ln -s "$program" "$tools/bin/$name" ;; esac
    return 0
  fi
  libs=$(library_path)
  LD_LIBRARY_PATH=$libs ldd "$program" | grep 'not found' >&2 && die "$program lacks the shared libraries above"
  # Relative to itself, so that a copy of the directory works as well.
  libs=${libs//"$tools"/\$here\/..}
  case $program in "$tools"/*) program="\$here/../${program#"$tools"/}" ;; esac
  # shellcheck disable=SC2016 # the script that is written expands these
  printf '#!/bin/sh\nhere=${0%%/*}\nLD_LIBRARY_PATH="%s${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\nexport LD_LIBRARY_PATH\nexec "%s" "$@"\n' "$libs" "$program" >"$tools/bin/$name"
  chmod 755 "$tools/bin/$name"
}

# ---- the parts -----------------------------------------------------------------------------------------------------

pgbouncer_version() { "$1" --version 2>/dev/null | awk 'tolower($1) == "pgbouncer" { print $2; exit }'; }
tracks() { # is VERSION >= 1.21?
  local major minor rest
  IFS=. read -r major minor rest <<<"$1"
  [[ $major =~ ^[0-9]+$ && $minor =~ ^[0-9]+$ ]] && ((major > 1 || minor >= 21))
}

build_pgbouncer() { # SUITE NAME: from that release's source package
  local suite=$1 name=$2 src t
  for t in cc make pkg-config dpkg-source; do
    command -v "$t" >/dev/null && continue
    ((EUID == 0)) || die "'$t' is missing and installing it needs root: apt-get install build-essential pkg-config"
    say "installing a C toolchain ('$t' is missing)"
    { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends build-essential pkg-config dpkg-dev; } >"$apt/toolchain.log" 2>&1 ||
      { tail -n 20 "$apt/toolchain.log" >&2; die 'apt-get install build-essential pkg-config failed'; }
  done
  say "building PgBouncer from the source package of $suite"
  (cd "$apt/src" && apt-get -q -y "${apt_opts[@]}" --only-source -t "$suite" source --download-only pgbouncer >"$apt/source.log" 2>&1) || { cat "$apt/source.log" >&2; die "no source package of PgBouncer in $suite"; }
  src=$apt/src/$name
  # apt has checked the signature and the checksums; dpkg-source's own check would need the maintainer's key.
  dpkg-source --no-check -x "$apt"/src/pgbouncer_*.dsc "$src" >>"$apt/source.log" 2>&1 || { cat "$apt/source.log" >&2; die 'could not unpack the source package'; }
  rm -f "$apt"/src/pgbouncer_*

  local flags='' libs='' dir
  if ! pkg-config --exists 'libevent >= 2.0' || ! pkg-config --exists openssl; then
    fetch_debs libevent-dev libssl-dev
    for dir in "$tools"/root/usr/include "$tools"/root/usr/include/*-linux-*; do [[ -d $dir ]] && flags+=" -I$dir"; done
    for dir in "$tools"/root/usr/lib/*-linux-*; do [[ -d $dir ]] && libs+=" -L$dir"; done
  fi
  (cd "$src" && { [[ -x configure ]] || ./autogen.sh; } &&
    LIBEVENT_CFLAGS=$flags LIBEVENT_LIBS="$libs -levent" CPPFLAGS=$flags LDFLAGS=$libs \
      ./configure --without-cares --without-pam --without-systemd --disable-debug --with-openssl &&
    make -j"$(nproc)" pgbouncer) >"$apt/build.log" 2>&1 </dev/null || { tail -n 30 "$apt/build.log" >&2; die "PgBouncer of $suite did not build"; }
  mkdir -p "$tools/libexec"
  cp "$src/pgbouncer" "$tools/libexec/$name"
}

setup_postgres() {
  local dir='' d major
  for d in "${LAB_PG_BIN:-}" /usr/lib/postgresql/15/bin "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin; do
    [[ -n $d && -x $d/postgres && -x $d/initdb && -x $d/psql ]] && { dir=$d; break; }
  done
  if [[ -z $dir ]]; then
    say 'fetching PostgreSQL'
    apt_setup "$other_suite"
    major=$(apt-cache "${apt_opts[@]}" depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p')
    [[ -n $major ]] || die 'apt knows no package postgresql'
    fetch_debs "postgresql-$major" "postgresql-client-$major"
    for d in "$tools"/root/usr/lib/postgresql/*/bin; do [[ -x $d/postgres ]] && dir=$d; done
    [[ -n $dir ]] || die 'the PostgreSQL package holds no server programs'
  fi
  for d in postgres initdb psql; do expose "$d" "$dir/$d"; done
}

setup_openssl() {
  local program
  if ! program=$(command -v openssl); then
    apt_setup "$other_suite"
    fetch_debs openssl
    program=$tools/root/usr/bin/openssl
  fi
  expose openssl "$program"
}

setup_pgbouncer() { # NAME OVERRIDE SUITE-THAT-PACKAGES-IT
  local name=$1 override=$2 suite=$3 program
  if [[ -n $override ]]; then
    program=$override
  else
    apt_setup "$other_suite"
    if [[ $(codename) == "$suite" ]]; then
      say "fetching this release's PgBouncer"
      fetch_debs pgbouncer
      mkdir -p "$tools/libexec"
      cp "$tools/root/usr/sbin/pgbouncer" "$tools/libexec/$name"
    else
      build_pgbouncer "$suite" "$name"
    fi
    program=$tools/libexec/$name
  fi
  expose "$name" "$program"
}

main() {
  local v
  mkdir -p "$tools"
  ready && return 0
  exec 9>"$tools/lock"
  flock 9
  ready && return 0 # another process was faster

  case $(codename) in
    "$old_suite") other_suite=$new_suite ;;
    "$new_suite") other_suite=$old_suite ;;
    *) other_suite=none
      [[ -n ${LAB_PGBOUNCER_OLD:-} && -n ${LAB_PGBOUNCER_TRACKING:-} ]] ||
        die "this knows Debian 12 and 13 only; elsewhere set LAB_PG_BIN, LAB_PGBOUNCER_OLD and LAB_PGBOUNCER_TRACKING to binaries you have" ;;
  esac
  rm -rf "${tools:?}"/{stamp,bin,libexec,root,versions}
  setup_postgres
  setup_openssl
  setup_pgbouncer pgbouncer-1.18 "${LAB_PGBOUNCER_OLD:-}" "$old_suite"
  setup_pgbouncer pgbouncer-tracking "${LAB_PGBOUNCER_TRACKING:-}" "$new_suite"

  : >"$tools/versions" # read by lab.sh
  v=$(pgbouncer_version "$tools/bin/pgbouncer-1.18")
  [[ -n $v ]] || die 'the older PgBouncer does not run'
  tracks "$v" && die "need a PgBouncer without statement tracking (< 1.21), got $v"
  say "PgBouncer without tracking: $v"
  echo "pgbouncer_old_version=$v" >>"$tools/versions"
  v=$(pgbouncer_version "$tools/bin/pgbouncer-tracking")
  tracks "$v" || die "need a PgBouncer with statement tracking (>= 1.21), got '$v'"
  say "PgBouncer with tracking: $v"
  echo "pgbouncer_tracking_version=$v" >>"$tools/versions"
  v=$("$tools/bin/postgres" --version | awk '{ print $3 }')
  say "PostgreSQL: $v"
  echo "postgres_version=$v" >>"$tools/versions"
  rm -rf "$tools/apt"
  # What remains of the unpacked packages are programs and libraries; headers and documents are not needed any more.
  rm -rf "$tools"/root/usr/{include,share/doc,share/man,share/locale} "$tools"/root/{etc,var}
  stamp_text >"$tools/stamp"
}

main
