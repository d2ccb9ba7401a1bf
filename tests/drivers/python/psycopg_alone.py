"""psycopg 3 with its pool."""

import psycopg
from psycopg_pool import ConnectionPool

import work


def load(pool):
    def query(connection, k, n):
        return connection.execute(f"select {k} + %s::int", (n,)).fetchone()[0]

    def single(k, n):
        with pool.connection() as connection:
            connection.autocommit = True
            try:
                return query(connection, k, n)
            finally:
                if not connection.broken:
                    connection.autocommit = False

    def transaction(pairs):
        with pool.connection() as connection:
            return [query(connection, k, n) for k, n in pairs]

    with pool:
        work.run_sync(lambda: (single, transaction))


def default():
    load(ConnectionPool(work.URL, min_size=1, max_size=work.POOL, open=False))


def advised():
    load(work.generated("db.py").pool)


def once():
    def execute(sql):
        nonlocal connection
        connection = connection or psycopg.connect(work.URL, autocommit=True, connect_timeout=5)
        connection.execute(sql)

    connection = None
    work.once_sync(execute)


work.main({"default": default, "advised": advised, "once": once})
