"""Which stacks are run, with which program, in which runtime. A variant is a stack at one set of versions."""

from dataclasses import dataclass, field

PYTHON_CURRENT, PYTHON_SA20, PYTHON_ASYNCPG030 = "current", "sqlalchemy-2.0", "asyncpg-0.30"


@dataclass(frozen=True, eq=False)
class Variant:
    stack: str  # profiles/stacks/<stack>.toml
    group: str  # what ONLY= chooses, and the folder of the program
    program: str  # file of the program without its suffix
    packages: tuple  # whose versions stand in the report; the first is the one that `--stack ID@VERSION` names
    runtime: str = ""  # python: which set of requirements; node: which runtime
    settings: tuple = ("default", "advised")
    environment: dict = field(default_factory=dict)
    advised_at: tuple = ()  # the endpoints whose advice is run, when the others' leads elsewhere
    alone: bool = False  # one task a process: the driver has no pool and is not made for threads
    texts: bool = True  # whether its words in other situations are kept as well

    def settings_at(self, endpoint):
        left_out = self.advised_at and endpoint not in self.advised_at
        return [setting for setting in self.settings if not (left_out and setting == "advised")]


def python(stack, program, packages, runtime=PYTHON_CURRENT, **more):
    return Variant(stack, "python", program, packages, runtime, **more)


def node(stack, packages, program=None, runtime="node", **more):
    return Variant(stack, "node", program or stack, packages, runtime, **more)


def rust(stack, *packages, **more):
    return Variant(stack, "rust", stack, packages, "rustc", **more)


WITH_NAMED = ("default", "named", "advised")
PSYCOPG, PSYCOPG2 = {"DRIVERS_DIALECT": "psycopg"}, {"DRIVERS_DIALECT": "psycopg2"}

VARIANTS = (
    python("asyncpg", "asyncpg_alone", ("asyncpg",)),
    python("asyncpg", "asyncpg_alone", ("asyncpg",), PYTHON_ASYNCPG030),
    python("psycopg2", "psycopg2_alone", ("psycopg2-binary",)),
    python("psycopg", "psycopg_alone", ("psycopg", "psycopg-pool")),
    python("sqlalchemy-asyncpg", "sqlalchemy_async", ("asyncpg", "SQLAlchemy")),
    python("sqlalchemy-asyncpg", "sqlalchemy_async", ("asyncpg", "SQLAlchemy"), PYTHON_SA20, texts=False),
    python("sqlalchemy-asyncpg", "sqlalchemy_async", ("asyncpg", "SQLAlchemy"), PYTHON_ASYNCPG030, texts=False),
    python("sqlalchemy-psycopg", "sqlalchemy_sync", ("SQLAlchemy", "psycopg"), environment=PSYCOPG),
    python("sqlalchemy-psycopg", "sqlalchemy_sync", ("SQLAlchemy", "psycopg"), PYTHON_SA20, environment=PSYCOPG, texts=False),
    python("sqlalchemy-psycopg2", "sqlalchemy_sync", ("SQLAlchemy", "psycopg2-binary"), environment=PSYCOPG2),
    python("sqlalchemy-psycopg2", "sqlalchemy_sync", ("SQLAlchemy", "psycopg2-binary"), PYTHON_SA20, environment=PSYCOPG2, texts=False),
    python("django", "django_alone", ("Django", "psycopg"), settings=(*WITH_NAMED, "default-cursors", "advised-cursors")),
    python(
        "alembic",
        "alembic_alone",
        ("alembic", "SQLAlchemy", "psycopg", "asyncpg"),
        settings=WITH_NAMED,
        advised_at=("direct", "session"),  # on a transaction pooler the .env has another endpoint for migrations
        alone=True,
        texts=False,
    ),
    node("node-postgres", ("pg",), settings=WITH_NAMED),
    node("postgres-js", ("postgres",)),
    node("drizzle-node-postgres", ("drizzle-orm", "pg"), settings=WITH_NAMED),
    node("drizzle-postgres-js", ("drizzle-orm", "postgres"), settings=WITH_NAMED),
    node("kysely", ("kysely", "pg")),
    node("knex", ("knex", "pg")),
    node("sequelize", ("sequelize", "pg")),
    node("typeorm", ("typeorm", "pg")),
    node("prisma-7", ("prisma", "@prisma/adapter-pg", "pg"), settings=WITH_NAMED),
    node("bun-sql", ("bun",), runtime="bun"),
    node("postgres-js", ("postgres", "deno"), runtime="deno", texts=False),
    node("supabase-edge-functions", ("postgres", "deno"), runtime="deno", texts=False),
    node("vercel", ("pg",), program="node-postgres", settings=WITH_NAMED, texts=False),
    rust("tokio-postgres", "tokio-postgres"),
    rust("deadpool-postgres", "deadpool-postgres", "tokio-postgres"),
    rust("sqlx", "sqlx"),
    rust("diesel", "diesel"),
    rust("diesel-async", "diesel-async", "tokio-postgres"),
    rust("seaorm", "sea-orm", "sqlx"),
    Variant("psql", "psql", "psql", ("psql",), settings=WITH_NAMED, alone=True),
    Variant("jdbc", "java", "Jdbc", ("postgresql",)),
    Variant("hikaricp", "java", "Hikari", ("HikariCP", "postgresql")),
    Variant("pdo-pgsql", "php", "pdo-pgsql", ("php", "libpq"), alone=True),
    Variant("rails", "ruby", "rails", ("rails", "pg")),
    Variant("lib-pq", "go", "lib-pq", ("lib/pq",)),
)
GROUPS = tuple(dict.fromkeys(variant.group for variant in VARIANTS))

# Stacks that have a profile and no program: why.
NOT_RUN = {
    "prisma-6": "its query engine is no part of an npm package",
    "deno-postgres": "it is not in the npm registry",
    "pgx": "Debian 12 has version 4 only, which the code for version 5 does not fit",
    "gorm": "it needs pgx 5",
    "golang-migrate": "it needs Go modules from outside Debian",
    "spring-boot": "not packaged; pgjdbc and HikariCP below it were run",
    "r2dbc": "not packaged",
    "laravel": "not packaged; PDO below it was run",
    "npgsql": ".NET is not packaged",
    "efcore": ".NET is not packaged",
    "postgrex": "not packaged",
    "ecto": "not packaged",
    "cloudflare-hyperdrive": "it is a service",
    "pg-dump": "it is for a database at rest; the work of a run is no work for it",
}
