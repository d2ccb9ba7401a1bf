#!/usr/bin/env python3
"""Runs real drivers against the laboratory's poolers, and writes profiles/VERIFIED.md from what they did.

    tests/drivers/run.py [--only GROUP|STACK,...] [--endpoints NAME,...] [--no-texts] [--quick]

Each cell of the matrix is a stack, an endpoint and a setting: 4 processes with several tasks each do the same checked
work at once. "ok" means that nothing failed in the run; "fail" is proof. What cannot be installed is skipped, loudly.
Needs a supascope binary (SUPASCOPE, else target/debug/supascope), whose `env --code` the "advised" programs run on.
"""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter

sys.dont_write_bytecode = True  # here and in the programs: only target/ is written to
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

import groups  # noqa: E402
import report  # noqa: E402
import texts  # noqa: E402
from laboratory import ROOT, Laboratory, in_namespace  # noqa: E402
from runtimes import TARGET, Unavailable  # noqa: E402
from stacks import GROUPS, VARIANTS  # noqa: E402

PROCESSES, TASKS, POOL = 4, 3, 3
ROUNDS, HOT, COLD = 16, 8, 110
SECONDS = 120  # for one run; a driver that hangs has failed
SUPASCOPE = os.environ.get("SUPASCOPE", str(ROOT / "target/debug/supascope"))

# Name in the report: (endpoint of the laboratory, `supascope env --endpoint`).
ENDPOINTS = {
    "direct": ("direct", "direct"),
    "session": ("session", "session"),
    "transaction-untracked": ("transaction", "transaction"),
    "transaction-tracked-pgbouncer": ("tracked", "transaction"),
}


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help=f"groups ({', '.join(GROUPS)}) or stacks")
    parser.add_argument("--endpoints", default="", help=f"some of {', '.join(ENDPOINTS)}")
    parser.add_argument("--no-texts", action="store_true", help="leave tests/data/driver-texts.jsonl as it is")
    parser.add_argument("--no-matrix", action="store_true", help="only the texts")
    given = parser.parse_args()
    wanted = set(filter(None, given.only.replace(" ", ",").split(",")))
    known = set(GROUPS) | {variant.stack for variant in VARIANTS}
    if unknown := wanted - known:
        parser.error(f"no such group or stack: {', '.join(sorted(unknown))}")
    given.variants = [v for v in VARIANTS if not wanted or {v.group, v.stack} & wanted]
    given.endpoints = given.endpoints.split(",") if given.endpoints else list(ENDPOINTS)
    if unknown := set(given.endpoints) - set(ENDPOINTS):
        parser.error(f"no such endpoint: {', '.join(sorted(unknown))}")
    return given


def spoken_version(variant, version):
    """`--stack ID@VERSION` where the profile knows versions."""
    profile = tomllib.loads((ROOT / f"profiles/stacks/{variant.stack}.toml").read_text())
    return f"{variant.stack}@{version}" if profile.get("packages") else variant.stack


def generate(lab, variant, versions, name):
    """Has `supascope env --code` write into a folder of its own; gives the folder."""
    endpoint, word = ENDPOINTS[name]
    facts = lab.endpoints[endpoint]
    folder = groups.generated_folder(variant, name)
    command = [SUPASCOPE, "env", "--stack", spoken_version(variant, versions[0]), "--endpoint", word, "--workload", "persistent"]
    command += ["--ref", lab.reference, "--host", facts["host"] if word != "direct" else lab.endpoints["session"]["host"]]
    command += ["--sslrootcert", lab.ca, "--tier", "micro", "--instances", str(PROCESSES), "--password-from", "env:DRIVERS_PASSWORD"]
    command += ["--code", "--output", str(folder / ".env"), "--force", "--quiet"]
    done = subprocess.run(command, env=os.environ | {"DRIVERS_PASSWORD": facts["password"]}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"supascope env --stack {variant.stack} --endpoint {word}: {done.stderr.strip()}")
    return folder


def read_env(path):
    """The variables of a .env that `supascope env` wrote: NAME=value, in single or double quotes or none."""
    variables = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            variables[name.strip()] = value[1:-1] if quoted else value
    return variables


def environment(lab, variant, name, folder):
    facts = lab.endpoints[ENDPOINTS[name][0]]
    query = f"sslmode=verify-full&sslrootcert={lab.ca}"
    own = {
        "URL": f"postgresql://{facts['user']}:{facts['password']}@{facts['host']}:{facts['port']}/postgres?{query}",
        "HOST": facts["host"],
        "PORT": facts["port"],
        "USER": facts["user"],
        "PASSWORD": facts["password"],
        "DATABASE": facts["database"],
        "CA": lab.ca,
        "POOL": POOL,
        "TASKS": 1 if variant.alone else TASKS,
        "ROUNDS": ROUNDS,
        "HOT": HOT,
        "COLD": COLD,
        "GENERATED": folder,
        "ENDPOINT": name,
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "DATABASE_", "DRIVERS_"))}
    return kept | read_env(folder / ".env") | {f"DRIVERS_{key}": str(value) for key, value in own.items()} | variant.environment


def finish(processes, deadline):
    """The lines that they print until the deadline; whoever is late is ended, with what it has started."""
    outputs = []
    for process in processes:
        try:
            out, err = process.communicate(timeout=max(0.1, deadline - time.monotonic()))
            late = False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            late = True
        outputs.append((out, err, late))
    return outputs


def outcomes(out, err, late, tasks):
    """One (ok, error) for each task of a process."""
    found = []
    for line in out.splitlines():
        if line.startswith("{") and '"task"' in line:
            one = json.loads(line)
            found.append((one["ok"], one["error"]))
    missing = f"no answer in {SECONDS} s" if late else f"ended early: {err.strip()[-300:]}"
    return found[:tasks] + [(False, missing)] * (tasks - len(found))


def cell(lab, variant, name, setting, folder, hosts):
    tasks = 1 if variant.alone else TASKS
    command = in_namespace(hosts, groups.command(variant, setting, folder))
    variables = environment(lab, variant, name, folder)
    processes = [
        subprocess.Popen(
            command,
            env=variables | {"DRIVERS_PROCESS": str(number)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for number in range(PROCESSES)
    ]
    results = [
        one for output in finish(processes, time.monotonic() + SECONDS) for one in outcomes(*output, tasks)
    ]
    errors = Counter(lab.mask(error or "") for ok, error in results if not ok)
    return {"passed": sum(ok for ok, _ in results), "of": len(results), "errors": [text for text, _ in errors.most_common(3)]}


def prepare(lab, variants):
    """{variant: (versions, runtime, {endpoint: folder})} of those that can be run; why others cannot; what is broken."""
    ready, skipped = {}, {}
    if any(variant.group == "rust" for variant in variants):  # one program holds them all
        variants = dict.fromkeys([*variants, *(variant for variant in VARIANTS if variant.group == "rust")])
    for variant in variants:
        try:
            groups.install(variant)
            versions, runtime = groups.versions(variant)
            folders = {name: generate(lab, variant, versions, name) for name in ENDPOINTS}
            ready[variant] = (versions, runtime, folders)
        except Unavailable as why:
            skipped[f"{variant.stack} ({variant.runtime or variant.group})"] = str(why)
            say(f"SKIPPED {variant.stack} ({variant.runtime or variant.group}): {why}")
    broken = {}  # what was generated and does not build: no reason to skip in peace
    for variant, why in groups.build(ready).items():
        ready.pop(variant)
        broken[variant.stack] = why
    return ready, skipped, broken


def taken(name, wait=False):
    """A lock: runs of different groups go side by side, those of one would write into each other's folders."""
    lock = open(TARGET / f"lock-{name}", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        sys.exit(f"another run uses {TARGET} for {name}")
    return lock


def main():
    given = options()
    # Whoever ends this run ends the laboratory with it, and what was measured is kept.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    TARGET.mkdir(parents=True, exist_ok=True)
    locks = [taken(group) for group in sorted({variant.group for variant in given.variants})]  # until the process ends
    lab = Laboratory([*dict.fromkeys(endpoint for endpoint, _ in ENDPOINTS.values()), *texts.ENDPOINTS], minutes=240)
    rows, captured = [], []
    try:
        lab.tighten()
        ready, skipped, broken = prepare(lab, given.variants)
        lab.start_load()
        hosts = lab.hosts(endpoint for endpoint, _ in ENDPOINTS.values())
        for variant in filter(ready.get, given.variants):
            versions, runtime, folders = ready[variant]
            about = {
                "stack": variant.stack,
                "versions": " ".join(f"{p} {v}" for p, v in zip(variant.packages, versions)),
                "runtime": runtime,
            }
            for name in [] if given.no_matrix else given.endpoints:
                for setting in variant.settings_at(name):
                    result = cell(lab, variant, name, setting, folders[name], hosts)
                    row = about | {"endpoint": name, "setting": setting} | result | {"date": report.today()}
                    rows.append(row)
                    with open(TARGET / "results.jsonl", "a") as file:
                        file.write(json.dumps(row) + "\n")
                    say(report.line(row))
            if not given.no_texts:
                variables = environment(lab, variant, "direct", folders["direct"])
                captured += texts.capture(lab, variant, about, folders["direct"], rows, variables, say)
    finally:
        lab.close()
        with taken("results", wait=True):
            report.write(rows, complete=set(given.endpoints) == set(ENDPOINTS))
            if not given.no_texts:
                texts.write(captured)
        del locks
    for what, why in skipped.items():
        say(f"SKIPPED {what}: {why}")
    for what, why in broken.items():
        say(f"BROKEN {what}: {why}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
