"""The groups whose drivers are the distribution's own packages: Java, PHP, Go and the tools of libpq."""

import os
import shutil
from pathlib import Path

from runtimes import HERE, TARGET, Unavailable, need, run

JARS = Path("/usr/share/java")


def version_of(package):
    """Upstream's part of a Debian version: 2:8.2+93 is 8.2, 42.5.5-0+deb12u1 is 42.5.5."""
    full = run(["dpkg-query", "--show", "--showformat", "${Version}", package])
    return full.split(":")[-1].split("-")[0].split("+")[0]


def libpq():
    return version_of("libpq5")


# ---- Java ----------------------------------------------------------------------------------------------------------


def install_java():
    need("javac", packages=["default-jdk-headless"])
    if not (JARS / "HikariCP.jar").exists() or not (JARS / "postgresql.jar").exists():
        need("no-such-program", packages=["libpostgresql-jdbc-java", "libhikaricp-java"])


def class_path(folder):
    return ":".join([str(folder / "classes"), *(str(jar) for jar in sorted(JARS.glob("*.jar")))])


def build_java(variant, folder):
    sources = [folder / "Db.java", HERE / "java/Work.java", HERE / f"java/{variant.program}.java"]
    run(["javac", "-nowarn", "-d", folder / "classes", "-cp", class_path(folder), *sources])


def java_versions(variant):
    debian = {"postgresql": "libpostgresql-jdbc-java", "HikariCP": "libhikaricp-java"}
    runtime = run(["javac", "--version"]).split()[1]
    return [version_of(debian[package]) for package in variant.packages], f"Java {runtime}"


# ---- PHP -----------------------------------------------------------------------------------------------------------


def install_php():
    need("php", packages=["php-cli", "php-pgsql"])
    if "pdo_pgsql" not in run(["php", "-m"]):
        need("no-such-program", packages=["php-pgsql"])


def php_versions(_variant):
    php = run(["php", "-r", "echo PHP_VERSION;"])
    return [php, libpq()], f"PHP {php}"


# ---- Ruby ----------------------------------------------------------------------------------------------------------


def install_ruby():
    need("ruby", packages=["ruby", "ruby-pg", "ruby-activerecord"])
    try:
        run(["ruby", "-e", "require 'active_record'; require 'pg'"])
    except Unavailable:
        need("no-such-program", packages=["ruby-pg", "ruby-activerecord"])


def ruby_versions(_variant):
    code = "require 'active_record'; require 'pg'; puts ActiveRecord::VERSION::STRING, PG::VERSION, RUBY_VERSION"
    rails, pg, ruby = run(["ruby", "-e", code]).split()
    return [rails, pg], f"Ruby {ruby}"


# ---- Go ------------------------------------------------------------------------------------------------------------

GO_PATH = Path("/usr/share/gocode")


def install_go():
    need("go", packages=["golang-go", "golang-github-lib-pq-dev"])
    if not (GO_PATH / "src/github.com/lib/pq").is_dir():
        need("no-such-program", packages=["golang-github-lib-pq-dev"])


def build_go(variant, folder):
    """In the old way, with GOPATH, since the distribution's libraries are no modules."""
    work = folder / "gopath/src/drivers"
    shutil.copytree(HERE / "go" / variant.program, work)
    shutil.copytree(folder / "db", work / "db")
    go = {"GO111MODULE": "off", "GOPATH": f"{folder / 'gopath'}:{GO_PATH}", "GOCACHE": str(TARGET / "go-cache"), "GOFLAGS": ""}
    run(["go", "build", "-o", folder / "program", "drivers"], env=os.environ | go, cwd=work)


def go_versions(_variant):
    runtime = run(["go", "version"]).split()[2].removeprefix("go")
    return [version_of("golang-github-lib-pq-dev")], f"Go {runtime}"


# ---- psql ----------------------------------------------------------------------------------------------------------


def install_psql():
    need("psql", packages=["postgresql-client"])


def psql_versions(_variant):
    version = run(["psql", "--version"]).split()[2]
    return [version], f"libpq {libpq()}"


INSTALL = {"java": install_java, "php": install_php, "ruby": install_ruby, "go": install_go, "psql": install_psql}
VERSIONS = {"java": java_versions, "php": php_versions, "ruby": ruby_versions, "go": go_versions, "psql": psql_versions}
BUILD = {"java": build_java, "go": build_go}


def command(variant, setting, folder):
    if variant.group == "java":
        return ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", class_path(folder), variant.program, setting]
    if variant.group == "go":
        return [folder / "program", setting]
    if variant.group == "php":
        return ["php", HERE / f"php/{variant.program}.php", setting]
    if variant.group == "ruby":
        return ["ruby", HERE / f"ruby/{variant.program}.rb", setting]
    if variant.group == "psql":
        return ["python3", HERE / f"psql/{variant.program}.py", setting]
    raise Unavailable(f"no command for {variant.group}")
