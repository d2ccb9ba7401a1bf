from contextlib import asynccontextmanager

from fastmcp import FastMCP

from app import database


@asynccontextmanager
async def lifespan(_server):
    await database.pool()
    yield
    await database.close()


mcp = FastMCP("notes", lifespan=lifespan)


@mcp.tool()
async def count_notes() -> int:
    pool = await database.pool()
    return await pool.fetchval("SELECT count(*) FROM notes")


@mcp.tool()
async def my_notes(user_id: str) -> list[dict]:
    """Reads as the user: role and user last as long as the transaction, so the next borrower sees neither."""
    pool = await database.pool()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE app_user")
        await connection.execute("SELECT set_config('app.current_user_id', $1, true)", user_id)
        return [dict(row) for row in await connection.fetch("SELECT id, body FROM notes")]
