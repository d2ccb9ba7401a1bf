import asyncio

from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.config import settings


async def run() -> None:
    engine = create_async_engine(settings.database.url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: context.configure(connection=sync))
        await connection.run_sync(lambda _sync: context.run_migrations())
    await engine.dispose()


asyncio.run(run())
