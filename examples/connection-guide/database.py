"""As the guide has it: a large pool, recycled every five minutes."""

import os

from sqlalchemy import URL, create_engine

env = os.environ
url = URL.create(
    "postgresql+psycopg2", env["DB_USER"], env["DB_PASSWORD"], env["DB_HOST"], int(env["DB_PORT"]), env["DB_NAME"],
    query={"sslmode": env["DB_SSL"]},
)
engine = create_engine(url, pool_size=20, max_overflow=10, pool_pre_ping=True, pool_recycle=300)
