"""profiles/VERIFIED.md: what was measured, made from the results and from the rows of stacks that were not run."""

import datetime
import re

from laboratory import BACKENDS, ROOT
from stacks import NOT_RUN

VERIFIED = ROOT / "profiles/VERIFIED.md"
COLUMNS = ("stack", "versions", "runtime", "endpoint", "setting", "result", "error", "date")

HEADER = f"""\
# Verified: what the drivers did

Written by `make drivers` (tests/drivers/); do not edit. `make drivers ONLY=python` (or node, rust, java, php, ruby, go, psql, or a
stack's id) repeats a part and leaves the other rows as they are; `cargo test --test verified` holds the profiles against it:
a profile calls what it says of statements measured only when its stack has rows here.

How it was measured: PostgreSQL 15 behind PgBouncer on loopback, under Supabase's host names and with TLS verified (verify-full
against the laboratory's CA). *transaction-untracked* is PgBouncer 1.18, which does not track statements; it stands for the
dedicated pooler without tracking as well, which is the same program. *transaction-tracked-pgbouncer* is PgBouncer 1.24 with
max_prepared_statements=200. Both hand {BACKENDS} server connections round (server_round_robin=1) among the run's clients and two
others that are busy all the time. *session* is PgBouncer 1.18 in session mode, *direct* PostgreSQL itself. PgBouncer is not
Supavisor: nothing here says how a Supavisor that tracks statements behaves.

A run is 4 processes of several tasks at once (one task where the driver has no pool). Each task sends 8 query texts 16 times,
every other time inside an explicit transaction and else in autocommit, then 110 more texts once, and checks every number it gets
back. Settings: *default* is the driver as it comes, but for TLS and the size of its pool; *advised* is the .env and the code that
`supascope env --code` writes for that endpoint, unchanged; *named* is the driver as it comes, with an application that asks for
named statements; *-cursors* is the same with server-side cursors. Result: tasks that passed, of all. **ok is weaker than "cannot fail"; fail is proof.**

"""


def today():
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def plain(text, limit=240):
    """On one line of a table; numbers that differ from run to run are left as they are."""
    text = re.sub(r"\s+", " ", text).strip().replace("|", "\\|").replace("`", "'")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def line(row):
    word = "ok" if row["passed"] == row["of"] else "FAIL"
    return f"{word:5}{row['passed']:3}/{row['of']:<3} {row['stack']:24} {row['endpoint']:30} {row['setting']:8} {row['versions']}  {plain(''.join(row['errors'][:1]), 100)}"


def cells(row):
    passed, total = row["passed"], row["of"]
    result = f"ok {passed}/{total}" if passed == total else f"fail {passed}/{total}"
    # The one that tells most: a pool's time-out often hides it.
    errors = sorted(row["errors"], key=lambda error: "prepared statement" not in error)
    error = f"`{plain(errors[0])}`" if errors else ""
    return (row["stack"], row["versions"], row["runtime"], row["endpoint"], row["setting"], result, error, row["date"])


def read():
    """The rows that stand there."""
    if not VERIFIED.is_file():
        return []
    lines = [line for line in VERIFIED.read_text().splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]) for line in lines[2:]]


def write(rows, complete):
    """New rows take the place of those of the same stack and runtime; when only some endpoints were run, of the same cell."""
    if not rows:
        return
    new = [cells(row) for row in rows]
    same = (lambda row: (row[0], row[2].split()[0])) if complete else (lambda row: (row[0], *row[1:5]))
    replaced = {same(row) for row in new}
    kept = [row for row in read() if same(row) not in replaced]
    order = sorted(kept + new, key=lambda row: (row[0], row[2], row[1]))
    table = [COLUMNS, ("---",) * len(COLUMNS), *order]
    text = HEADER + "\n".join("| " + " | ".join(row) + " |" for row in table) + "\n"
    missing = "".join(f"- {stack}: {why}\n" for stack, why in NOT_RUN.items())
    VERIFIED.write_text(f"{text}\nWith a profile, but not run:\n\n{missing}")
