"""One engine a schema."""

import os

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SCHEMAS = {
    "main": os.environ["MAIN_DB_URL"],
    "garmin": os.environ["GARMIN_DB_URL"],
    "blood": os.environ["BLOOD_DB_URL"],
    "ufc": os.environ["UFC_DB_URL"],
}


def engine(schema: str) -> AsyncEngine:
    return create_async_engine(
        SCHEMAS[schema],
        pool_size=int(os.environ.get("DB_POOL_SIZE", "5")),
        max_overflow=int(os.environ.get("DB_MAX_OVERFLOW", "10")),
        pool_recycle=int(os.environ.get("DB_POOL_RECYCLE", "1800")),
    )


ENGINES = {schema: engine(schema) for schema in SCHEMAS}
