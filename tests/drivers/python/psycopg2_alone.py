"""psycopg2 with its own pool, which refuses where others wait: the tasks take turns."""

import threading

import psycopg2
import psycopg2.pool

import work


def load(pool):
    turns = threading.Semaphore(work.POOL)

    def query(connection, k, n):
        with connection.cursor() as cursor:
            cursor.execute(f"select {k} + %s::int", (n,))
            return cursor.fetchone()[0]

    def with_connection(action, autocommit):
        with turns:
            connection = pool.getconn()
            try:
                connection.autocommit = autocommit
                with connection:
                    return action(connection)
            finally:
                pool.putconn(connection)

    def single(k, n):
        return with_connection(lambda connection: query(connection, k, n), True)

    def transaction(pairs):
        return with_connection(lambda connection: [query(connection, k, n) for k, n in pairs], False)

    work.run_sync(lambda: (single, transaction))


def default():
    load(psycopg2.pool.ThreadedConnectionPool(1, work.POOL, work.URL))


def advised():
    load(work.generated("db.py").pool())


def once():
    def execute(sql):
        nonlocal connection
        connection = connection or psycopg2.connect(work.URL, connect_timeout=5)
        connection.autocommit = True
        connection.cursor().execute(sql)

    connection = None
    work.once_sync(execute)


work.main({"default": default, "advised": advised, "once": once})
