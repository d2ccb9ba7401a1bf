"""The one pool of the server: made at start-up, closed at shutdown."""

import json
import logging
import os

import asyncpg

log = logging.getLogger(__name__)
_pool: asyncpg.Pool | None = None


async def _register_codecs(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def pool() -> asyncpg.Pool | None:
    """The pool; made on the first use, and again on the next one when that failed."""
    global _pool
    if _pool is None:
        try:
            _pool = await asyncpg.create_pool(
                os.environ["DATABASE_URL"],
                min_size=1,
                max_size=3,
                statement_cache_size=0,
                init=_register_codecs,
            )
        except (OSError, asyncpg.PostgresError):
            log.exception("no pool yet; the next request tries again")
    return _pool


async def close() -> None:
    if _pool is not None:
        await _pool.close()
