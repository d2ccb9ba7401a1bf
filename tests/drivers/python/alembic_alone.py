"""Alembic: upgrades and downgrades of a few revisions, in a schema of each process."""

import os
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

import work

REVISIONS = 5
PROCESS = os.environ.get("DRIVERS_PROCESS", "0")
REVISION = """
revision, down_revision = "{this}", {before!r}
from alembic import op
def upgrade(): op.execute("create table drivers_{process}_{this} (id int primary key)")
def downgrade(): op.execute("drop table drivers_{process}_{this}")
"""


def migrate(env_py, url):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "versions").mkdir()
        (Path(folder) / "env.py").write_text(env_py)
        before = None
        for number in range(REVISIONS):
            this = f"r{number}"
            text = REVISION.format(this=this, before=before, process=PROCESS)
            (Path(folder) / "versions" / f"{this}.py").write_text(text)
            before = this
        config = Config()
        config.set_main_option("script_location", folder)
        config.attributes["url"] = url
        command.upgrade(config, "head")
        command.downgrade(config, "base")
    work.report(0)


# The version table is one of each process, so that the processes do not wait for each other.
CONFIGURE = f"""
    context.configure(connection=connection, target_metadata=None, version_table="alembic_{PROCESS}")
    with context.begin_transaction():
        context.run_migrations()
"""
DEFAULT_ENV = f"""
from alembic import context
from sqlalchemy import create_engine
with create_engine(context.config.attributes["url"]).connect() as connection:
{CONFIGURE}
"""
# Alembic's async template.
ASYNC_ENV = f"""
import asyncio, os, ssl
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
def run(connection):
{CONFIGURE}
async def online():
    tls = ssl.create_default_context(cafile=os.environ["DRIVERS_CA"])
    engine = create_async_engine(context.config.attributes["url"], connect_args={{"ssl": tls}})
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()
asyncio.run(online())
"""


def default():
    migrate(DEFAULT_ENV, work.URL.replace("postgresql://", "postgresql+psycopg://"))


def named():
    """With the driver that names all its statements."""
    migrate(ASYNC_ENV, work.BARE_URL.replace("postgresql://", "postgresql+asyncpg://"))


def advised():
    text = (Path(os.environ["DRIVERS_GENERATED"]) / "migrations/env.py").read_text()
    for place in ("target_metadata=target_metadata,", "target_metadata=target_metadata)"):
        text = text.replace(place, f"version_table='alembic_{PROCESS}', {place}")
    migrate(text, None)


work.main({"default": default, "named": named, "advised": advised})
