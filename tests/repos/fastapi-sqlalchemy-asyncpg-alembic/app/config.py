from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL


class Database(BaseModel):
    host: str
    port: int = 5432
    name: str
    user: str
    password: SecretStr

    @property
    def url(self) -> URL:
        return URL.create(
            "postgresql+asyncpg",
            username=self.user,
            password=self.password.get_secret_value(),
            host=self.host,
            port=self.port,
            database=self.name,
        )


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ERYAO_", env_nested_delimiter="__", env_file=".env")
    database: Database


settings = Settings()
