"""Installing what the programs need, once, and saying which versions were got. Everything of ours is in target/drivers."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from laboratory import ROOT

HERE = Path(__file__).resolve().parent
TARGET = ROOT / "target/drivers"
MINUTES = 25  # for one install or build at the most


class Unavailable(Exception):
    """This group or variant cannot be run here; the text says why."""


def run(command, **more):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MINUTES * 60, **more)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} took more than {MINUTES} minutes") from None
    if done.returncode:
        raise Unavailable(f"`{' '.join(map(str, command))[:120]}` failed: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


def stamped(folder, *inputs):
    """Whether the folder was made from these very files; `stamp` says that it now is."""
    wanted = "".join(path.read_text() for path in inputs)
    stamp = folder / ".made-from"
    return stamp.is_file() and stamp.read_text() == wanted, lambda: stamp.write_text(wanted)


def generate_prisma(_variant, folder):
    """`prisma generate`, with a model added as in any application. The schema engine is a download that only migrations
    need: naming a file for it leaves that out."""
    schema = folder / "prisma/schema.prisma"
    schema.write_text(schema.read_text() + "\nmodel One {\n  id Int @id\n}\n")
    run([NODE / "node_modules/.bin/prisma", "generate"], cwd=folder, env=os.environ | {"DIRECT_URL": "postgresql://unused", "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true"})


def copy_programs(group, folder):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / group, folder, dirs_exist_ok=True)


def need(*programs, packages):
    """Programs that the distribution has; installed when we may."""
    if all(map(shutil.which, programs)):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable(f"{', '.join(programs)} not installed (Debian: {' '.join(packages)})")
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])


# ---- Python --------------------------------------------------------------------------------------------------------


def python_home(name):
    return TARGET / f"py-{name}"


def install_python(name):
    home, requirements = python_home(name), HERE / "python/requirements" / f"{name}.txt"
    done, stamp = stamped(home, requirements)
    if not done:
        run([sys.executable, "-m", "venv", "--clear", home])
        run([home / "bin/pip", "install", "-q", "-r", requirements])
        stamp()
    return home / "bin/python"


def python_versions(variant):
    code = "import json, sys; from importlib.metadata import version; print(json.dumps([version(p) for p in sys.argv[1:]]))"
    python = python_home(variant.runtime) / "bin/python"
    return json.loads(run([python, "-c", code, *variant.packages])), "Python " + run([python, "-V"]).split()[1]


# ---- Node, Bun, Deno -----------------------------------------------------------------------------------------------

NODE = TARGET / "node"


def install_node():
    if not shutil.which("npm"):
        raise Unavailable("npm is not installed")
    copy_programs("node", NODE)
    done, stamp = stamped(NODE / "node_modules", HERE / "node/package-lock.json")
    if not done:
        # Scripts of packages download engines that nothing here needs, except those of the two runtimes.
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE)
        for package, script in (("bun", "install.js"), ("deno", "install.cjs")):
            run(["node", script], cwd=NODE / "node_modules" / package)
        stamp()


def node_versions(variant):
    versions = [json.loads((NODE / "node_modules" / p / "package.json").read_text())["version"] for p in variant.packages]
    if variant.runtime == "node":
        return versions, "Node " + run(["node", "--version"]).strip().lstrip("v")
    binary = NODE / "node_modules/.bin" / variant.runtime
    return versions, f"{variant.runtime.capitalize()} " + re.search(r"\d+\.\d+\.\d+", run([binary, "--version"]))[0]


# ---- Rust ----------------------------------------------------------------------------------------------------------

RUST = TARGET / "rust"
RUST_BUILD = TARGET / "rust-target"


def build_rust(generated):
    """`generated`: (stack, endpoint) -> the folder that `supascope env` wrote; its src/db.rs becomes a module."""
    copy_programs("rust", RUST)
    modules = RUST / "src/generated"
    shutil.rmtree(modules, ignore_errors=True)
    by_endpoint = {}
    for (stack, endpoint), folder in generated.items():
        name, stack = endpoint.replace("-", "_"), stack.replace("-", "_")
        (modules / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "src/db.rs", modules / name / f"{stack}.rs")
        by_endpoint.setdefault(name, []).append(stack)
    for name, stacks in by_endpoint.items():
        (modules / f"{name}.rs").write_text("".join(f"pub mod {stack};\n" for stack in stacks))
    (RUST / "src/generated.rs").write_text("".join(f"pub mod {name};\n" for name in by_endpoint))
    cargo = ["cargo", "build", "--quiet", "--locked", "--manifest-path", RUST / "Cargo.toml"]
    run(["nice", *cargo], env=os.environ | {"CARGO_TARGET_DIR": str(RUST_BUILD)})


def rust_versions(variant):
    lock = (HERE / "rust/Cargo.lock").read_text()
    versions = [re.search(rf'name = "{package}"\nversion = "([^"]+)"', lock)[1] for package in variant.packages]
    return versions, "Rust " + run(["rustc", "--version"]).split()[1]
