"""SQLAlchemy's async engine on asyncpg."""

import ssl

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

import work


async def load(engine):
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def query(connection, k, n):
        return (await connection.execute(text(f"select {k} + cast(:n as int)"), {"n": n})).scalar_one()

    async def single(k, n):
        async with autocommit.connect() as connection:
            return await query(connection, k, n)

    async def transaction(pairs):
        async with engine.begin() as connection:
            return [await query(connection, k, n) for k, n in pairs]

    try:
        await work.run_async(single, transaction)
    finally:
        await engine.dispose()


def engine(**more):
    url = work.BARE_URL.replace("postgresql://", "postgresql+asyncpg://")
    return create_async_engine(
        url, pool_size=work.POOL, max_overflow=0, connect_args={"ssl": ssl.create_default_context(cafile=work.CA), **more}
    )


async def default():
    await load(engine())


async def advised():
    await load(work.generated("db.py").engine)


async def once():
    async def execute(sql):
        nonlocal connection
        connection = connection or await engine(timeout=5).execution_options(isolation_level="AUTOCOMMIT").connect()
        await connection.execute(text(sql))

    connection = None
    await work.once_async(execute)


work.main({"default": default, "advised": advised, "once": once})
