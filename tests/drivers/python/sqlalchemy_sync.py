"""SQLAlchemy's engine on psycopg2 or psycopg 3: DRIVERS_DIALECT says which."""

import os

from sqlalchemy import create_engine, text

import work

URL = work.URL.replace("postgresql://", f"postgresql+{os.environ['DRIVERS_DIALECT']}://")


def load(engine):
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    def query(connection, k, n):
        return connection.execute(text(f"select {k} + cast(:n as int)"), {"n": n}).scalar_one()

    def single(k, n):
        with autocommit.connect() as connection:
            return query(connection, k, n)

    def transaction(pairs):
        with engine.begin() as connection:
            return [query(connection, k, n) for k, n in pairs]

    work.run_sync(lambda: (single, transaction))


def default():
    load(create_engine(URL, pool_size=work.POOL, max_overflow=0))


def advised():
    load(work.generated("db.py").engine)


def once():
    def execute(sql):
        nonlocal connection
        if connection is None:
            engine = create_engine(URL, connect_args={"connect_timeout": 5})
            connection = engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        connection.execute(text(sql))

    connection = None
    work.once_sync(execute)


work.main({"default": default, "advised": advised, "once": once})
