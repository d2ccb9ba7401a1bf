"""The engine: pool_size 5 and max_overflow 10 are SQLAlchemy's defaults."""

from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine


class Database(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ERYAO_DATABASE__", env_file=".env")
    host: str
    port: int = 5432
    name: str = "postgres"
    user: str
    password: str

    def url(self) -> URL:
        return URL.create("postgresql+asyncpg", self.user, self.password, self.host, self.port, self.name)


engine = create_async_engine(Database().url(), pool_pre_ping=True)
session = async_sessionmaker(engine, expire_on_commit=False)
