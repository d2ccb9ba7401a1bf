"""One pool for the process: made at start-up, and once more on a request when that failed."""

import json
import logging
import os
from contextlib import asynccontextmanager

import asyncpg
from fastmcp import FastMCP

log = logging.getLogger(__name__)
pool: asyncpg.Pool | None = None


async def init_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def get_pool() -> asyncpg.Pool:
    global pool
    if pool is None:
        pool = await asyncpg.create_pool(
            os.environ["DATABASE_URL"],
            min_size=1,
            max_size=3,
            statement_cache_size=0,  # the transaction pooler does not keep named statements
            init=init_connection,
        )
    return pool


@asynccontextmanager
async def lifespan(_server: FastMCP):
    try:
        await get_pool()
    except (OSError, asyncpg.PostgresError) as error:
        log.warning("no database yet, will try again on the next request: %s", type(error).__name__)
    yield
    if pool is not None:
        await pool.close()


mcp = FastMCP("notes", lifespan=lifespan)


@mcp.tool()
async def notes_of(user_id: str) -> list[dict]:
    """Row-level security holds: role and user last for this transaction only."""
    async with (await get_pool()).acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE app_user")
        await connection.execute("SELECT set_config('app.current_user_id', $1, true)", user_id)
        return [dict(row) for row in await connection.fetch("SELECT id, body FROM notes")]


@mcp.tool()
async def note_count() -> int:
    """As `postgres`, which bypasses row-level security."""
    return await (await get_pool()).fetchval("SELECT count(*) FROM notes")
