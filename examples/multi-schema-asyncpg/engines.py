"""One engine for each schema, so one pool for each schema and process."""

import os

from sqlalchemy.ext.asyncio import create_async_engine

POOL = {
    "pool_size": int(os.environ.get("DB_POOL_SIZE", "5")),
    "max_overflow": int(os.environ.get("DB_MAX_OVERFLOW", "10")),
    "pool_recycle": int(os.environ.get("DB_POOL_RECYCLE", "300")),
    "echo": os.environ.get("DB_ECHO") == "true",
}
engines = {name: create_async_engine(os.environ[f"{name}_DB_URL"], **POOL) for name in ("MAIN", "GARMIN", "BLOOD", "UFC")}
