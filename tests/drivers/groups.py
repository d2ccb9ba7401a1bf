"""What differs between the groups of stacks: how they are installed, built and started."""

import shutil

import debian
import runtimes
from runtimes import HERE, NODE, RUST_BUILD, TARGET, Unavailable

_installed = {}


def once(key, action):
    """Installs a thing the first time; a failure is remembered too."""
    if key not in _installed:
        try:
            action()
            _installed[key] = None
        except Unavailable as why:
            _installed[key] = why
    if _installed[key]:
        raise _installed[key]


def install(variant):
    group = variant.group
    if group == "python":
        once(variant.runtime, lambda: runtimes.install_python(variant.runtime))
    elif group == "node":
        once(group, runtimes.install_node)
    elif group == "rust":
        once(group, lambda: runtimes.need("cargo", "pg_config", packages=["libpq-dev"]))
    else:
        once(group, debian.INSTALL[group])


def versions(variant):
    """([version of each package], the runtime with its version)"""
    if variant.group == "python":
        return runtimes.python_versions(variant)
    if variant.group == "node":
        return runtimes.node_versions(variant)
    if variant.group == "rust":
        return runtimes.rust_versions(variant)
    return debian.VERSIONS[variant.group](variant)


def generated_folder(variant, endpoint):
    """Fresh, and where the runtime finds packages from: Node looks in the folders above."""
    home = NODE if variant.group == "node" else TARGET
    folder = home / "generated" / f"{variant.stack}-{variant.runtime or variant.group}" / endpoint
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def build(ready):
    """Compiles what needs it; gives {variant: why not}."""
    failed = {}
    rust = [variant for variant in ready if variant.group == "rust"]
    try:
        if rust:
            runtimes.build_rust({(v.stack, name): folder for v in rust for name, folder in ready[v][2].items()})
    except Unavailable as why:
        failed |= dict.fromkeys(rust, str(why))
    for variant in ready:
        step = debian.BUILD.get(variant.group) or {"prisma-7": runtimes.generate_prisma}.get(variant.stack)
        try:
            for folder in ready[variant][2].values() if step else ():
                step(variant, folder)
        except Unavailable as why:
            failed[variant] = str(why)
    return failed


def command(variant, setting, folder):
    if variant.group == "python":
        return [runtimes.python_home(variant.runtime) / "bin/python", HERE / "python" / f"{variant.program}.py", setting]
    if variant.group == "node":
        program = NODE / f"{variant.program}.mjs"
        start = {
            "node": ["node", *(["--import", NODE / "node_modules/tsx/dist/loader.mjs"] if variant.stack == "prisma-7" else [])],
            "bun": [NODE / "node_modules/.bin/bun"],
            "deno": [NODE / "node_modules/.bin/deno", "run", "--allow-all", "--quiet", "--node-modules-dir=manual"],
        }[variant.runtime]
        return [*start, program, setting]
    if variant.group == "rust":
        return [RUST_BUILD / "debug/supascope-drivers", variant.stack, setting]
    return debian.command(variant, setting, folder)
