#!/usr/bin/env bash
# `make demo`: builds supascope, starts a throwaway PostgreSQL with PgBouncers in front, runs the whole diagnosis of four
# endpoints, shows it, and stops everything, however it ends. Exit status 0 when the tool said what it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

lab=''
# shellcheck disable=SC2317,SC2329 # called by the trap
finish() {
  local status=$?
  trap - EXIT INT TERM
  [[ -z $lab ]] || tests/lab/lab.sh down "$lab" --remove || status=1
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[[ -t 1 && -z ${NO_COLOR:-} ]] || say() { printf '\n== %s\n' "$*"; }

tests/lab/tools.sh
say 'Building supascope'
cargo build --quiet
supascope=${CARGO_TARGET_DIR:-target}/debug/supascope

say 'Starting PostgreSQL and three PgBouncers on loopback, with TLS, SCRAM and the host names Supabase uses'
lab=$(mktemp -d "${TMPDIR:-/tmp}/supascope-demo-XXXXXX")
tests/lab/lab.sh up "$lab" --only direct,session,transaction,tracked --owner $$
# shellcheck disable=SC1091
. "$lab/lab.env"

# Passwords travel in the environment: a process list shows arguments to everyone.
export DEMO_SESSION=$LAB_SESSION_URI DEMO_TRANSACTION=$LAB_TRANSACTION_URI DEMO_TRACKED=$LAB_TRACKED_URI DEMO_DIRECT=$LAB_DIRECT_URI

failures=0
# NAME, TITLE, then words that the report must contain.
diagnose() {
  local variable=$1 title=$2 status=0 word report=$lab/report
  shift 2
  say "$title"
  printf '$ supascope probe env:%s\n\n' "$variable"
  "$supascope" probe "env:$variable" --color "$([[ -t 1 && -z ${NO_COLOR:-} ]] && echo always || echo never)" >"$report" || status=$?
  cat "$report"
  printf '\n(exit status %s)\n' "$status"
  # 1 says that there is something to mend, which is true of some of these endpoints; anything above says it could not check.
  ((status <= 1)) || failures=$((failures + 1))
  for word in "$@"; do
    grep -qi -- "$word" "$report" || {
      printf 'demo: expected the report to say "%s"\n' "$word" >&2
      failures=$((failures + 1))
    }
  done
}

diagnose DEMO_SESSION 'The session pooler (port 5432 of the shared pooler)' 'in session mode' 'prepared statements work'
diagnose DEMO_TRANSACTION 'The transaction pooler, which does not track prepared statements (port 6543)' \
  'in transaction mode' 'prepared statements break'
diagnose DEMO_TRACKED 'A transaction pooler that tracks prepared statements' 'in transaction mode' 'prepared statements work'
diagnose DEMO_DIRECT 'The database itself' 'no pooler' 'prepared statements work'

if ((failures)); then
  say "Demo: $failures expectation(s) not met"
  exit 1
fi
say 'Demo: every endpoint was diagnosed as what it is; the servers are stopped now'
