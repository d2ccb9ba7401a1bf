"""The laboratory of tests/lab, made tight: small pools that hand their server connections round, and other load."""

import itertools
import json
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests/lab/lab.sh"

# Server connections of either transaction pooler: fewer than the clients of a run, so that they change hands.
BACKENDS = 4
TRANSACTION_POOLERS = ("transaction", "tracked")


class Laboratory:
    def __init__(self, names, minutes):
        self.directory = Path(tempfile.mkdtemp(prefix="drivers-lab."))
        self._load = []
        self._numbers = itertools.count(1)
        subprocess.run(
            [SCRIPT, "up", self.directory, "--only", ",".join(names), "--minutes", str(minutes), "--owner", str(os.getpid())],
            check=True,
        )
        facts = json.loads((self.directory / "lab.json").read_text())
        self.ca, self.foreign_ca = facts["ca"], facts["foreign_ca"]
        self.psql, self.reference, self.block = facts["psql"], facts["project_ref"], facts["block"]
        self.console_user = facts["admin_console"]
        self.passwords = {role["name"]: role["password"] for role in facts["roles"]}
        self.endpoints = {endpoint["name"]: endpoint for endpoint in facts["endpoints"]}

    def tighten(self):
        for name in TRANSACTION_POOLERS:
            self.console(name, f"SET default_pool_size = {BACKENDS}")
            self.console(name, "SET server_round_robin = 1")

    def console(self, name, command):
        """One command of PgBouncer's console."""
        user = self.console_user
        self.sql(name, command, user=user["user"], password=user["password"], database="pgbouncer")

    def sql(self, name, command, user="supabase_admin", password=None, database="postgres"):
        environment = self.libpq(name, user, password or self.passwords[user], database)
        subprocess.run([self.psql, "-qAtX", "-c", command], env=environment, check=True, capture_output=True, timeout=20)

    def libpq(self, name, user, password, database="postgres"):
        endpoint = self.endpoints[name]
        return os.environ | {
            "PGHOST": endpoint["host"],
            "PGHOSTADDR": endpoint["hostaddr"],
            "PGPORT": str(endpoint["port"]),
            "PGUSER": user,
            "PGPASSWORD": password,
            "PGDATABASE": database,
            "PGSSLMODE": "prefer",
            "PGCONNECT_TIMEOUT": "10",
        }

    def start_load(self):
        """Short transactions of somebody else through either pooler, all the time."""
        for name in TRANSACTION_POOLERS:
            endpoint = self.endpoints[name]
            environment = self.libpq(name, endpoint["user"], endpoint["password"])
            for _ in range(2):
                process = subprocess.Popen(
                    [self.psql, "-qAtX"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                process.stdin.write(b"select pg_sleep(0.004) \\watch 0.02\n")
                process.stdin.flush()
                self._load.append(process)

    def hosts(self, names):
        """A hosts file that gives the real names the laboratory's addresses."""
        path = self.directory / f"hosts.{next(self._numbers)}"
        lines = ["127.0.0.1 localhost"] + [f"{self.endpoints[name]['hostaddr']} {self.endpoints[name]['host']}" for name in names]
        path.write_text("\n".join(dict.fromkeys(lines)) + "\n")
        path.chmod(0o644)
        return path

    def mask(self, text):
        for secret in [*self.passwords.values(), self.console_user["password"]]:
            text = text.replace(secret, "****")
        return text

    def close(self):
        for process in self._load:
            process.kill()
            process.wait()
        subprocess.run([SCRIPT, "down", self.directory, "--remove"], check=False)


def in_namespace(hosts, command):
    """The command with this file as its /etc/hosts, and no name service beside it; nobody else sees that."""
    script = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"'
    nsswitch = hosts.with_name("nsswitch.conf")
    if not nsswitch.exists():
        nsswitch.write_text("passwd: files\ngroup: files\nhosts: files\n")
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    return [*unshare, "sh", "-c", script, "sh", str(hosts), str(nsswitch), *map(str, command)]
