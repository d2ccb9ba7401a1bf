"""What drivers print when a connection fails: each situation is made with real servers, and the driver's own words go to
tests/data/driver-texts.jsonl, where the catalogue of errors is held against them."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import groups
from laboratory import ROOT, in_namespace

DATA = ROOT / "tests/data/driver-texts.jsonl"
ENDPOINTS = ("no-tls", "expired", "wrong-name")  # beside those of the matrix
SECONDS = 45  # some wait for a pool of their own before they say why
SELECT = ("select 1",)
ALONE = ("one_client", "one_backend", "limited_taken")  # what they change others would meet


@dataclass(frozen=True)
class Situation:
    name: str
    endpoint: str = "direct"
    statements: tuple = SELECT
    change: dict = field(default_factory=dict)  # of user, password, host, port, database, ca
    query: str = ""  # more of the URL
    during: str = ""  # a context manager of this module


SITUATIONS = (
    Situation("wrong-password", change={"password": "not-the-password"}),
    Situation("wrong-password-pooler", "transaction", change={"password": "not-the-password"}),
    Situation("database-not-found", change={"database": "nosuch"}),
    Situation("tls-untrusted", "transaction", change={"ca": "foreign"}),
    Situation("tls-expired", "expired"),
    Situation("tls-name-mismatch", "wrong-name"),
    Situation("tls-not-offered", "no-tls"),
    Situation("ca-file-missing", "transaction", change={"ca": "/nonexistent/prod-ca-2021.crt"}),
    Situation("name-not-found", "transaction", change={"host": "aws-0-us-east-9.pooler.supabase.com"}),
    Situation("refused", "transaction", during="nobody"),
    Situation("timeout", "transaction", during="silence"),
    Situation("server-gone", statements=("select pg_terminate_backend(pg_backend_pid())", "select 1")),
    Situation(
        "server-gone-pooler",
        "transaction",
        statements=("select pg_terminate_backend(pg_backend_pid())", "select 1"),
    ),
    Situation("max-clients", "session", during="one_client"),
    Situation("pool-busy", "session", during="one_backend"),
    Situation("role-limit", change={"user": "limited"}, during="limited_taken"),
    Situation("statement-timeout", statements=("set statement_timeout = '50ms'", "select pg_sleep(5)")),
    Situation("startup-option", "transaction", query="&options=-c%20search_path%3Dapp"),
    Situation("unknown-key", "transaction", query="&pgbouncer=true"),
    Situation("read-only", statements=("set default_transaction_read_only = on", "create table t (id int)")),
)


@contextlib.contextmanager
def _holding(lab, name, user, password):
    """Somebody else's connection, idle."""
    process = subprocess.Popen(
        [lab.psql, "-qAtX"], env=lab.libpq(name, user, password), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        process.stdin.write("select 1;\n")
        process.stdin.flush()
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def _console(lab, name, changed, before):
    for command in changed:
        lab.console(name, command)
    try:
        yield
    finally:
        for command in before:
            lab.console(name, command)


@contextlib.contextmanager
def one_client(lab):
    session = lab.endpoints["session"]
    with _holding(lab, "session", session["user"], session["password"]):
        with _console(lab, "session", ["SET max_client_conn = 1"], ["SET max_client_conn = 100"]):
            yield {}


@contextlib.contextmanager
def one_backend(lab):
    session = lab.endpoints["session"]
    changed = ["SET default_pool_size = 1", "SET query_wait_timeout = 2"]
    with _holding(lab, "session", session["user"], session["password"]):
        with _console(lab, "session", changed, ["SET default_pool_size = 15", "SET query_wait_timeout = 120"]):
            yield {}


@contextlib.contextmanager
def limited_taken(lab):
    with _holding(lab, "direct", "limited", lab.passwords["limited"]):
        yield {"password": lab.passwords["limited"]}


@contextlib.contextmanager
def silence(lab):
    """A port that takes connections and never says a word."""
    with socket.create_server((f"{lab.block}.200", 6543)) as server:
        server.listen(64)
        yield {"address": f"{lab.block}.200"}


@contextlib.contextmanager
def nobody(lab):
    """An address where nothing listens."""
    yield {"address": f"{lab.block}.201"}


def _variables(lab, situation, more):
    facts = lab.endpoints[situation.endpoint]
    values = {key: facts[key] for key in ("user", "password", "host", "port", "database")} | {"ca": lab.ca}
    values |= situation.change | {key: value for key, value in more.items() if key in values}
    if values["ca"] == "foreign":
        values["ca"] = lab.foreign_ca
    url = "postgresql://{user}:{password}@{host}:{port}/{database}?sslmode=verify-full&sslrootcert={ca}".format(**values)
    return {
        **{f"DRIVERS_{key.upper()}": str(value) for key, value in values.items()},
        "DRIVERS_URL": url + situation.query,
        "DRIVERS_ONCE": json.dumps(situation.statements),
        "DRIVERS_TASKS": "1",
        "DRIVERS_POOL": "1",
    }


def _hosts(lab, situation, more):
    path = lab.hosts([situation.endpoint])
    if "address" in more:
        endpoint = lab.endpoints[situation.endpoint]
        path.write_text(path.read_text().replace(endpoint["hostaddr"], more["address"]))
    return path


def _clean(lab, text):
    """Without what differs from run to run, and without secrets."""
    text = lab.mask(text).replace("not-the-password", "****")
    text = text.replace(str(lab.directory), "/lab").replace(lab.block + ".", "127.0.0.")
    text = re.sub(r"/(?:tmp|work|root|home)/\S*/target/drivers/", "/app/", text)
    return text.strip()[:2000]


def ask(lab, variant, folder, situation, environment):
    """What the driver printed, or None when nothing failed."""
    during = globals()[situation.during](lab) if situation.during else contextlib.nullcontext({})
    with during as more:
        process = subprocess.Popen(
            in_namespace(_hosts(lab, situation, more), groups.command(variant, "once", folder)),
            env=environment | _variables(lab, situation, more),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{") and '"task"' in line]
    return _clean(lab, lines[0]["error"]) if lines and lines[0]["error"] else None


def capture(lab, variant, about, folder, rows, environment, say):
    """All situations of one variant, and the failures that its rows of the matrix show."""
    found = {}
    for row in rows:
        same = row["stack"] == about["stack"] and row["versions"] == about["versions"] and row["runtime"] == about["runtime"]
        if same and row["endpoint"] == "transaction-untracked" and row["setting"] in ("default", "named"):
            found |= {("prepared-statement", _clean(lab, text)): None for text in row["errors"] if "prepared" in text}
    def one(situation):
        return situation, ask(lab, variant, folder, situation, environment)

    # Those that change nothing for others go side by side.
    alone = [situation for situation in SITUATIONS if situation.during in ALONE and variant.texts]
    together = [situation for situation in SITUATIONS if situation.during not in ALONE and variant.texts]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(one, together))
    for situation, text in [*answers, *map(one, alone)]:
        # A driver that names statements may meet that first, where a situation leaves it on the untracked pooler.
        name = "prepared-statement" if text and "prepared statement" in text else situation.name
        if text:
            found[(name, text)] = None
        say(f"      {variant.stack:24} {situation.name:24} {(text or '-').splitlines()[0][:110]}")
    return [
        {"driver": about["stack"], "version": about["versions"], "situation": name, "text": text} for name, text in found
    ]


def write(captured):
    """New texts take the place of all of the same driver at the same versions."""
    if not captured:
        return
    kept = [json.loads(line) for line in DATA.read_text().splitlines()] if DATA.is_file() else []
    new = {one["driver"] for one in captured}
    lines = sorted([one for one in kept if one["driver"] not in new] + captured, key=lambda one: tuple(one.values()))
    DATA.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines))
