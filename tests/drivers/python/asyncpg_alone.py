"""asyncpg without an ORM."""

import asyncpg

import work


async def load(pool):
    async def single(k, n):
        return await pool.fetchval(f"select {k} + $1::int", n)

    async def transaction(pairs):
        async with pool.acquire() as connection, connection.transaction():
            return [await connection.fetchval(f"select {k} + $1::int", n) for k, n in pairs]

    async with pool:
        await work.run_async(single, transaction)


async def default():
    await load(asyncpg.create_pool(work.URL, min_size=1, max_size=work.POOL))


async def advised():
    await load(await work.generated("db.py").create_pool())


async def once():
    async def execute(sql):
        nonlocal connection
        connection = connection or await asyncpg.connect(work.URL, timeout=5)
        await connection.fetch(sql)

    connection = None
    await work.once_async(execute)


work.main({"default": default, "advised": advised, "once": once})
