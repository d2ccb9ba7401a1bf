#!/usr/bin/env bash
# Runs every fuzz target for SECONDS_EACH seconds (default 60), one after the other; `fuzz/run.sh wire scram` only those.
# Starts from the project's own test data. What was found stays in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}
seeds=fuzz/corpus
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cd fuzz/fuzz_targets && ls ./*.rs | sed 's|^\./||; s|\.rs$||')
fi
mkdir -p fuzz/artifacts
for target in "${targets[@]}"; do mkdir -p "$seeds/$target"; done

# One file a line of the lists, and whole files where a target takes them.
seed_lines() { # target file
    local number=0 line
    while IFS= read -r line; do
        number=$((number + 1))
        printf '%s' "${line//\{\}/Secret@pw}" >"$seeds/$1/$(basename "$2")-$number"
    done < <(grep -v '^#' "$2")
}
seed_files() { # target files
    local target=$1 file
    shift
    for file in "$@"; do cp "$file" "$seeds/$target/$(basename "$(dirname "$file")")-$(basename "$file")"; done
}
seed_hex() { # target file: the last column of a table, in hexadecimal
    local number=0 hex
    while read -r hex; do
        number=$((number + 1))
        xxd -r -p <<<"$hex" >"$seeds/$1/$(basename "$2")-$number"
    done < <(grep -v '^#' "$2" | sed 's/.*\t//')
}
for target in "${targets[@]}"; do
    case $target in
    wire) seed_hex wire tests/hostile/transcripts.tsv ;;
    conninfo | inspect) seed_lines "$target" tests/data/broken-settings.txt ;;
    env_file) seed_files env_file examples/*/*.env ;;
    certificate) for pem in /etc/ssl/certs/*.pem; do openssl x509 -in "$pem" -outform der -out "$seeds/certificate/$(basename "$pem").der"; done ;;
    profiles) seed_files profiles profiles/*.toml profiles/stacks/prisma-6.toml ;;
    explain) grep -hE '^(example|pattern)' profiles/errors/*.toml >"$seeds/explain/examples" ;;
    esac
done

for target in "${targets[@]}"; do
    echo "== $target: $seconds s"
    dictionary=()
    if [ -f "fuzz/dictionaries/$target.dict" ]; then dictionary=("-dict=fuzz/dictionaries/$target.dict"); fi
    ${CARGO:-cargo} +nightly fuzz run "$target" -- \
        "-max_total_time=$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 "${dictionary[@]}" \
        2>"fuzz/artifacts/$target.log" || { tail -n 40 "fuzz/artifacts/$target.log" >&2; exit 1; }
    grep -E '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "fuzz/artifacts/$target.log"
done
