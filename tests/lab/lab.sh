#!/usr/bin/env bash
# A laboratory of real servers on loopback: PostgreSQL with PgBouncers in front, dressed as Supabase's endpoints.
#
#   tests/lab/lab.sh up DIR [--only NAME,NAME...] [--minutes N] [--owner PID]
#   tests/lab/lab.sh down DIR [--remove]
#   tests/lab/lab.sh restart DIR
#   tests/lab/lab.sh names
#
# DIR is a new or empty directory; everything lives in it, and DIR/lab.json and DIR/lab.env say where everything is.
# Every lab takes a block 127.A.B.0/24 of its own, so the real ports can be used and many labs run side by side.
# It is taken down after N minutes (15) at the latest, and within seconds once the process PID has ended or DIR is gone.
# PostgreSQL always runs, since every pooler needs it; --only chooses among the others. No root needed; root runs the servers
# as LAB_USER (postgres, else nobody).
set -euo pipefail
export LC_ALL=C
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/common.sh
. "$here/common.sh"

shared_us=aws-0-us-east-1.pooler.supabase.com
shared_eu=aws-1-eu-central-1.pooler.supabase.com
own=db.$lab_ref.supabase.co

# name, program, pool mode, last byte of the address, port, host name, certificate, client_tls_sslmode, pool size, more settings.
# 1.18 has no statement tracking; the others track in transaction mode unless max_prepared_statements is 0.
endpoints="
dedicated            pgbouncer-tracking  transaction   1  6543  $own        server      allow    15  max_prepared_statements=200
session              pgbouncer-1.18      session       2  5432  $shared_us  server      allow    15
transaction          pgbouncer-1.18      transaction   2  6543  $shared_us  server      allow    15
tracked-session      pgbouncer-tracking  session       3  5432  $shared_eu  server      allow    2   max_prepared_statements=200
tracked              pgbouncer-tracking  transaction   3  6543  $shared_eu  server      allow    15  max_prepared_statements=200
pool-of-one          pgbouncer-1.18      transaction   4  6543  $shared_us  server      allow    1
no-tls               pgbouncer-1.18      transaction   5  6543  $shared_us  server      disable  15
tls-required         pgbouncer-1.18      transaction   6  6543  $shared_us  server      require  15
pool-of-one-tracked  pgbouncer-tracking  transaction   7  6543  $shared_eu  server      allow    1   max_prepared_statements=200
round-robin          pgbouncer-tracking  transaction   8  6543  $shared_eu  server      allow    15  max_prepared_statements=0 server_round_robin=1
reset-always         pgbouncer-1.18      transaction   9  6543  $shared_us  server      allow    15  server_reset_query_always=1
statement            pgbouncer-1.18      statement     10 6543  $shared_us  server      allow    15
expired              pgbouncer-1.18      transaction   11 6543  $shared_us  expired     allow    15
foreign              pgbouncer-1.18      transaction   12 6543  $shared_us  foreign     allow    15
wrong-name           pgbouncer-1.18      transaction   13 6543  $shared_us  wrong-name  allow    15
"

die() {
  printf 'lab: %s\n' "$*" >&2
  exit 1
}

start_time() { # of a process, in clock ticks since boot; tells a process from a later one with its id
  local line
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  line=${line##*) }
  # shellcheck disable=SC2086 # split on purpose
  set -- $line
  [[ $1 != Z ]] || return 1
  printf '%s' "${20}"
}

alive() { [[ $(start_time "$1" || true) == "$2" ]]; } # PID START

listening() { # ADDRESS PORT, without connecting, so that nothing is logged
  local a b c d needle tcp
  IFS=. read -r a b c d <<<"$1"
  printf -v needle ' %02X%02X%02X%02X:%04X 00000000:0000 0A ' "$d" "$c" "$b" "$a" "$2"
  tcp=$(</proc/net/tcp)
  [[ $tcp == *"$needle"* ]]
}

as_server() { # COMMAND...: as the user that runs the servers
  if ((EUID == 0)); then
    exec setpriv --reuid="$lab_user" --regid="$(id -g "$lab_user")" --clear-groups -- "$@"
  fi
  exec "$@"
}

spawn() { # NAME COMMAND...: in the background, in a session of its own, its output in logs/NAME.log
  local name=$1 pid
  shift
  (
    exec </dev/null >>"$dir/logs/$name.log" 2>&1 9>&- || exit 1
    cd /
    if ((EUID == 0)); then
      exec setsid setpriv --reuid="$lab_user" --regid="$lab_group" --clear-groups -- "$@"
    fi
    exec setsid "$@"
  ) &
  pid=$!
  printf '%s %s %s\n' "$name" "$pid" "$(start_time "$pid" || echo 0)" >>"$dir/pids"
}

# ---- up ------------------------------------------------------------------------------------------------------------

choose_user() {
  lab_user=$(id -un) lab_group=$(id -g)
  ((EUID == 0)) || return 0
  lab_user=${LAB_USER:-}
  [[ -n $lab_user ]] || { lab_user=postgres && id postgres >/dev/null 2>&1; } || lab_user=nobody
  lab_group=$(id -g "$lab_user") || die "no such user: $lab_user"
  chown "$lab_user:$lab_group" "$dir"
  (as_server test -w "$dir" -a -x "$dir") || die "user '$lab_user', who runs the servers, cannot enter $dir; choose a directory such as /tmp/lab"
  # A checkout under a closed home directory: the servers then run from a copy.
  if ! (as_server test -x "$tools/bin/pgbouncer-tracking" && as_server test -x "$tools/bin/postgres"); then
    mkdir "$dir/tools"
    cp -a "$tools"/{bin,libexec,versions} "$dir/tools/"
    [[ ! -d $tools/root ]] || cp -a "$tools/root" "$dir/tools/"
    tools=$dir/tools
  fi
}

choose_block() {
  local tcp a b hex tries=0
  tcp=$(</proc/net/tcp)
  for hex in 1538 198F; do
    [[ $tcp != *" 00000000:$hex 00000000:0000 0A "* ]] || die "something on this machine listens on port $((16#$hex)) of every address; the lab needs that port of its own loopback addresses"
  done
  while ((tries++ < 50)); do
    a=$((RANDOM % 253 + 1)) b=$((RANDOM % 256))
    printf -v hex '%02X%02X7F:' "$b" "$a"
    [[ $tcp == *"$hex"* ]] || { block=127.$a.$b; return 0; }
  done
  die 'found no free block of loopback addresses'
}

# A data directory with the roles in it. Making one takes seconds, so the first is kept as a template.
make_data() {
  local template
  template=$template_home/template-$(cat "$tools/bin/../versions" "$here/roles.sql" "$here/lab.sh" 2>/dev/null | sha256sum | cut -c1-16)
  if [[ -r $template/PG_VERSION && -r $template/global/pg_control ]]; then
    cp -a "$template" "$dir/data"
    chown -R "$lab_user:$lab_group" "$dir/data" 2>/dev/null || true
  else
    (as_server "$tools/bin/initdb" -D "$dir/data" -U supabase_admin --no-sync --locale=C --encoding=UTF8 --wal-segsize=1 \
      --auth=trust) >"$dir/logs/initdb.log" 2>&1 </dev/null || { cat "$dir/logs/initdb.log" >&2; die 'initdb failed'; }
    (cd "$dir" && as_server "$tools/bin/postgres" --single -j -F -D "$dir/data" postgres) >>"$dir/logs/initdb.log" 2>&1 <"$here/roles.sql"
    ! grep -E 'ERROR|FATAL|PANIC' "$dir/logs/initdb.log" >&2 || die 'could not make the roles'
    if [[ -w $template_home ]]; then
      local new=$template_home/new.$$
      find "$template_home" -maxdepth 1 -name 'template-*' -mtime +0 -exec rm -rf {} + 2>/dev/null || true # of older versions
      { cp -a "$dir/data" "$new" && mv -T "$new" "$template"; } 2>/dev/null || rm -rf "$new"
    fi
  fi
  cat >"$dir/data/postgresql.auto.conf" <<CONF
listen_addresses = '$block.1'
port = 5432
unix_socket_directories = ''
max_connections = 60
superuser_reserved_connections = 3
password_encryption = 'scram-sha-256'
ssl = on
ssl_cert_file = '$dir/certs/server.crt'
ssl_key_file = '$dir/certs/server.key'
statement_timeout = '2min'
wal_level = logical
shared_buffers = 16MB
huge_pages = off
jit = off
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
timezone = 'UTC'
log_timezone = 'UTC'
log_connections = on
log_disconnections = on
log_statement = 'all'
log_line_prefix = '%m [%p] user=%u db=%d app=%a '
CONF
  printf '%s\n' 'hostssl all,replication all 127.0.0.0/8 scram-sha-256' 'host all,replication all 127.0.0.0/8 scram-sha-256' >"$dir/data/pg_hba.conf"
}

pooler_config() { # every column of the table
  local name=$1 mode=$3 octet=$4 port=$5 host=$6 cert=$7 tls=$8 size=$9 lookup=get_tenant_auth
  shift 9
  [[ $host != "$own" ]] || lookup=get_auth
  {
    printf '[databases]\npostgres = host=%s.1 port=5432 auth_user=pgbouncer\n[pgbouncer]\n' "$block"
    printf 'listen_addr = %s.%s\nlisten_port = %s\nunix_socket_dir =\n' "$block" "$octet" "$port"
    # shellcheck disable=SC2016 # $1 is PgBouncer's
    printf 'auth_type = scram-sha-256\nauth_file = %s/conf/users\nauth_query = SELECT username, password FROM pgbouncer.%s($1)\n' "$dir" "$lookup"
    printf 'admin_users = lab_admin\npool_mode = %s\ndefault_pool_size = %s\nmax_client_conn = 100\n' "$mode" "$size"
    printf 'client_tls_sslmode = %s\n' "$tls"
    [[ $tls == disable ]] || printf 'client_tls_cert_file = %s/certs/%s.crt\nclient_tls_key_file = %s/certs/%s.key\n' "$dir" "$cert" "$dir" "$cert"
    # Drivers send extra_float_digits. Idle backends leave soon, since all poolers share 57 slots; a failed login is retried soon.
    printf 'server_tls_sslmode = disable\nignore_startup_parameters = extra_float_digits\nserver_idle_timeout = 30\nserver_login_retry = 1\n'
    (($# == 0)) || printf '%s\n' "$@"
  } >"$dir/conf/$name.ini"
}

describe() { # NAME MODE OCTET PORT HOST USER TLS SIZE TRACKING VERSION KIND
  local upper sslmode=verify-full
  [[ $7 != disable ]] || sslmode=disable
  printf '%s\n    {"name": "%s", "product": "%s", "version": "%s", "pool_mode": "%s", "pool_size": %s, "tracks_statements": %s,' \
    "$comma" "$1" "${11}" "${10}" "$2" "$8" "$9" >>"$dir/lab.json.new"
  printf ' "host": "%s", "hostaddr": "%s", "port": %s, "user": "%s", "database": "postgres", "password": "lab-secret-postgres", "tls": "%s", "sslrootcert": "%s/certs/ca.crt", "log": "%s/logs/%s.log"}' \
    "$5" "$block.$3" "$4" "$6" "$7" "$dir" "$dir" "$1" >>"$dir/lab.json.new"
  comma=,
  upper=${1^^}
  upper=LAB_${upper//-/_}
  {
    printf '%s_HOST=%s\n%s_HOSTADDR=%s\n%s_PORT=%s\n%s_USER=%s\n%s_LOG=%s\n' "$upper" "$5" "$upper" "$block.$3" "$upper" "$4" "$upper" "$6" "$upper" "$dir/logs/$1.log"
    printf "%s_URI='postgresql://%s:lab-secret-postgres@%s:%s/postgres?hostaddr=%s&sslmode=%s&sslrootcert=%s'\n" \
      "$upper" "$6" "$5" "$4" "$block.$3" "$sslmode" "$dir/certs/ca.crt"
  } >>"$dir/lab.env.new"
}

role_json() { printf '\n    {"name": "%s", "password": "%s"}%s' "$1" "$2" "${3:-}"; }

describe_all() {
  local row name program mode octet port host cert tls size extra user tracking version
  local postgres_version='' pgbouncer_old_version='' pgbouncer_tracking_version=''
  # shellcheck disable=SC1091
  . "$tools/bin/../versions"
  : >"$dir/lab.json.new"
  : >"$dir/lab.env.new"
  chmod 600 "$dir/lab.json.new" "$dir/lab.env.new"
  printf '{\n  "dir": "%s", "block": "%s", "project_ref": "%s", "ca": "%s/certs/ca.crt", "foreign_ca": "%s/certs/foreign-ca.crt", "psql": "%s/bin/psql",\n  "admin_console": {"user": "lab_admin", "password": "lab-secret-console"},\n  "roles": [' \
    "$dir" "$block" "$lab_ref" "$dir" "$dir" "$tools" >>"$dir/lab.json.new"
  {
    role_json supabase_admin lab-secret-admin , && role_json postgres lab-secret-postgres , && role_json authenticator lab-secret-authenticator ,
    role_json supabase_auth_admin lab-secret-auth-admin , && role_json supabase_storage_admin lab-secret-storage-admin , && role_json pgbouncer lab-secret-pgbouncer ,
    role_json app_user lab-secret-app-user , && role_json limited lab-secret-limited , && role_json odd_user 'p@ss/w#rd?1%'
    printf '\n  ],\n  "endpoints": ['
  } >>"$dir/lab.json.new"
  printf 'LAB_DIR=%s\nLAB_CA=%s/certs/ca.crt\nLAB_PSQL=%s/bin/psql\n' "$dir" "$dir" "$tools" >>"$dir/lab.env.new"
  comma=''
  describe direct session 1 5432 "$own" postgres allow 60 false "$postgres_version" postgresql
  for row in "${rows[@]}"; do
    read -r name program mode octet port host cert tls size extra <<<"$row"
    user=postgres.$lab_ref version=$pgbouncer_old_version tracking=false
    [[ $host != "$own" ]] || user=postgres
    [[ $program != pgbouncer-tracking ]] || version=$pgbouncer_tracking_version
    [[ $mode != transaction || $extra != *max_prepared_statements=200* ]] || tracking=true
    describe "$name" "$mode" "$octet" "$port" "$host" "$user" "$tls" "$size" "$tracking" "$version" pgbouncer
  done
  printf '\n  ]\n}\n' >>"$dir/lab.json.new"
  mv "$dir/lab.env.new" "$dir/lab.env"
  mv "$dir/lab.json.new" "$dir/lab.json" # last: whoever sees it sees a lab that is up
}

choose_rows() { # the wanted lines of the table, in rows
  local only=$1 row name wanted known=,direct,
  rows=()
  while read -r row; do
    [[ -n $row ]] || continue
    name=${row%% *}
    known+=$name,
    [[ -n $only && ",$only," != *",$name,"* ]] || rows+=("$row")
  done <<<"$endpoints"
  for wanted in ${only//,/ }; do
    [[ $known == *",$wanted,"* ]] || die "no endpoint is called '$wanted'; there are: $(tr , ' ' <<<"${known//,,/,}")"
  done
}

wait_ready() { # until every server answers, at most 20 s
  local row octet port name pid start waited=0 left=1 status=''
  while ((left)); do
    ((waited++ < 1000)) || die 'the servers did not get ready in 20 s'
    while read -r name pid start; do alive "$pid" "$start" || die "$name ended at once"; done < <(grep -v '^watchdog ' "$dir/pids")
    left=0
    status=$(sed -n 8p "$dir/data/postmaster.pid" 2>/dev/null || true)
    [[ $status == ready* ]] || left=1
    for row in "${rows[@]}"; do
      read -r _ _ _ octet port _ <<<"$row"
      listening "$block.$octet" "$port" || left=1
    done
    ((left == 0)) || sleep 0.02
  done
}

failed() {
  local status=$? log
  trap - EXIT
  ((status == 0)) && return
  for log in "$dir"/logs/*.log; do
    [[ -s $log ]] && { printf -- '--- %s\n' "$log"; tail -n 8 "$log"; }
  done >&2
  stop_all
  [[ -z $owner ]] || alive "$owner" "$owner_start" || rm -rf "$dir"
  printf 'lab: did not come up\n' >&2
  exit "$status"
}

up() {
  local only='' minutes=15 row name program certs
  owner='' owner_start=''
  dir=$1
  shift
  while (($#)); do
    case $1 in
      --only) only=$2 ;;
      --minutes) minutes=$2 ;;
      --owner) owner=$2 ;;
      *) die "unknown option: $1" ;;
    esac
    shift 2
  done
  choose_rows "$only"
  [[ $minutes =~ ^[1-9][0-9]*$ && $owner =~ ^[0-9]*$ ]] || die '--minutes and --owner take a number'
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  [[ $dir =~ ^[A-Za-z0-9/._+-]+$ ]] || die "the directory's path may have only letters, digits and /._+-: $dir"
  [[ -z $(ls -A "$dir") ]] || die "$dir is not empty"

  "$here/tools.sh"
  template_home=$tools
  chmod 755 "$dir"
  mkdir "$dir"/{logs,conf,certs}
  : >"$dir/pids"
  trap failed EXIT
  trap 'exit 130' INT TERM
  choose_user
  choose_block
  "$here/certs.sh" "$dir/certs" &
  certs=$!

  # The watchdog first: from here on nothing can be left running.
  owner_start=$([[ -z $owner ]] || start_time "$owner" || echo 0)
  setsid "$here/lab.sh" watch "$dir" "$minutes" $$ "$(start_time $$)" "$owner" "$owner_start" </dev/null >"$dir/logs/watchdog.log" 2>&1 &
  printf 'watchdog %s %s\n' "$!" "$(start_time "$!" || echo 0)" >>"$dir/pids"

  make_data
  printf '"pgbouncer" "lab-secret-pgbouncer"\n"lab_admin" "lab-secret-console"\n' >"$dir/conf/users"
  for row in "${rows[@]}"; do
    # shellcheck disable=SC2086 # columns
    pooler_config $row
  done
  wait "$certs" || die 'could not make the certificates'
  ((EUID != 0)) || chown -R "$lab_user:$lab_group" "$dir"/{certs,conf,logs,data}

  spawn direct "$tools/bin/postgres" -D "$dir/data"
  for row in "${rows[@]}"; do
    read -r name program _ <<<"$row"
    spawn "$name" "$tools/bin/$program" "$dir/conf/$name.ini"
  done
  wait_ready
  describe_all
  trap - EXIT INT TERM
}

# ---- down ----------------------------------------------------------------------------------------------------------

# Stops every process in DIR/pids by its own id, the poolers first. The data is thrown away: nothing is asked to finish.
stop_all() {
  local name pid start waited=0 left
  [[ -z ${1:-} && -f $dir/pids ]] && servers=$(<"$dir/pids")
  while read -r name pid start; do
    [[ -n $name && $name != watchdog ]] || continue
    alive "$pid" "$start" || continue
    # PostgreSQL ends its own children on SIGQUIT; PgBouncer has none, and newer ones would wait for their clients on SIGTERM.
    if [[ $name == direct ]]; then kill -QUIT "$pid"; else kill -KILL "$pid"; fi 2>/dev/null || true
  done <<<"$servers"
  while :; do
    left=''
    while read -r name pid start; do
      [[ -n $name && $name != watchdog ]] && alive "$pid" "$start" && left+=" $pid"
    done <<<"$servers"
    [[ -n $left ]] || break
    ((waited++ < 400)) || {
      # shellcheck disable=SC2086
      kill -KILL $left 2>/dev/null || true
      break
    }
    sleep 0.02
  done
  while read -r name pid start; do
    [[ $name == watchdog && $pid != "$$" ]] && alive "$pid" "$start" && kill "$pid" 2>/dev/null
  done <<<"$servers"
  return 0
}

down() {
  dir=$1
  [[ -d $dir ]] || exit 0
  dir=$(cd "$dir" && pwd)
  if [[ ! -f $dir/pids ]]; then # interrupted before it began
    [[ ${2:-} == --remove ]] && rmdir "$dir" 2>/dev/null && exit 0
    die "$dir is not a laboratory"
  fi
  stop_all
  rm -f "$dir/lab.json" "$dir/lab.env"
  [[ ${2:-} != --remove ]] || rm -rf "$dir"
}

# Stops PostgreSQL as an administrator would, and starts it again on the same data: as a standby, where those say so.
restart() {
  local name pid start rows=()
  dir=$(cd "$1" && pwd)
  [[ ! -d $dir/tools ]] || tools=$dir/tools
  lab_user=$(stat -c %U "$dir/data") lab_group=$(stat -c %G "$dir/data")
  while read -r name pid start; do
    [[ $name == direct ]] || continue
    alive "$pid" "$start" && kill -INT "$pid"
    while alive "$pid" "$start"; do sleep 0.02; done
  done <"$dir/pids"
  grep -v '^direct ' "$dir/pids" >"$dir/pids.new" && mv "$dir/pids.new" "$dir/pids"
  spawn direct "$tools/bin/postgres" -D "$dir/data"
  wait_ready
}

watch() { # DIR MINUTES UP UP-START OWNER OWNER-START
  local deadline=$((SECONDS + $2 * 60)) starter=$3 starter_start=$4 owner=$5 owner_start=$6 pipe over=''
  dir=$1
  cd /
  pipe=$dir/watchdog.pipe
  mkfifo "$pipe"
  exec 8<>"$pipe" # never written: `read` on it is a sleep that starts no process
  rm -f "$pipe"
  while [[ -z $over ]]; do
    [[ -f $dir/pids ]] || { stop_all kept; exit 0; }
    servers=$(<"$dir/pids")
    ((SECONDS < deadline)) || over='time is up'
    [[ -z $owner ]] || alive "$owner" "$owner_start" || over='the owner has ended'
    [[ -n $over ]] || read -r -t 1 -u 8 || true
  done
  echo "$over: taking the lab down"
  # An `up` that still runs takes down what it has started, and this process too.
  if alive "$starter" "$starter_start"; then
    kill "$starter" 2>/dev/null || true
    while alive "$starter" "$starter_start"; do read -r -t 0.1 -u 8 || true; done
  fi
  stop_all
  rm -f "$dir/lab.json" "$dir/lab.env"
  [[ $over == time* ]] || rm -rf "$dir" # nobody is left to read it
}

servers=''
case ${1:-} in
  up) (($# >= 2)) && up "${@:2}" ;;
  down) (($# >= 2)) && down "${@:2}" ;;
  restart) (($# == 2)) && restart "$2" ;;
  watch) watch "${@:2}" ;;
  names) echo direct; awk 'NF { print $1 }' <<<"$endpoints" ;;
  *) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;;
esac
