"""psql: the script that `supascope env` writes, with the work as its standard input. One task a process."""

import json
import os
import subprocess
import sys

ROUNDS, HOT, COLD = (int(os.environ[f"DRIVERS_{name}"]) for name in ("ROUNDS", "HOT", "COLD"))
PLAIN = ["psql", os.environ["DRIVERS_URL"].replace(":" + os.environ["DRIVERS_PASSWORD"] + "@", "@")]


def script(named):
    lines, expected = [], []
    for turn in range(ROUNDS):
        pairs = [(k, turn) for k in range(HOT)]
        queries = [f"select {k} + {n}::int;" for k, n in pairs]
        if named:  # the SQL statements, which no pooler translates
            prepare = [f"prepare s{k}(int) as select {k} + $1;" for k in range(HOT)] if turn == 0 else []
            queries = prepare + [f"execute s{k}({n});" for k, n in pairs]
        lines += ["begin;", *queries, "commit;"] if turn % 2 else queries
        expected += [k + n for k, n in pairs]
    lines += [f"select {k} + 1;" for k in range(COLD)]
    return "\n".join(lines) + "\n", expected + [k + 1 for k in range(COLD)]


def run(command, named=False):
    text, expected = script(named)
    environment = os.environ | {"PGPASSWORD": os.environ["DRIVERS_PASSWORD"]}
    done = subprocess.run([*command, "-qAtX", "-v", "ON_ERROR_STOP=1"], input=text, env=environment, capture_output=True, text=True)
    error = done.stderr.strip() or None
    if not error and [int(line) for line in done.stdout.split()] != expected:
        error = "wrong result"
    print(json.dumps({"task": 0, "ok": not error and done.returncode == 0, "error": error}))


def once():
    statements = json.loads(os.environ["DRIVERS_ONCE"])
    commands = [part for sql in statements for part in ("-c", sql)]
    environment = os.environ | {"PGPASSWORD": os.environ["DRIVERS_PASSWORD"], "PGCONNECT_TIMEOUT": "5"}
    done = subprocess.run([*PLAIN, "-qAtX", "-v", "ON_ERROR_STOP=1", *commands], env=environment, capture_output=True, text=True)
    print(json.dumps({"task": 0, "ok": done.returncode == 0, "error": done.stderr.strip() or None}))


SETTINGS = {
    "default": lambda: run(PLAIN),
    "named": lambda: run(PLAIN, named=True),
    "advised": lambda: run(["sh", os.path.join(os.environ["DRIVERS_GENERATED"], "psql.sh")]),
    "once": once,
}
SETTINGS[sys.argv[1]]()
