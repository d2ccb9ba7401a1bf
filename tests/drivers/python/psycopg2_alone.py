"""psycopg2 without an ORM, one connection a task."""

import psycopg2

import work


def load(make):
    def connect():
        connection = make()
        connection.autocommit = True

        def query(k, n):
            with connection.cursor() as cursor:
                cursor.execute(f"select {k} + %s::int", (n,))
                return cursor.fetchone()[0]

        def transaction(pairs):
            connection.autocommit = False
            with connection:
                values = [query(k, n) for k, n in pairs]
            connection.autocommit = True
            return values

        return query, transaction

    work.run_sync(connect)


def default():
    load(lambda: psycopg2.connect(work.URL))


def advised():
    load(work.generated("database.py").connect)


def once():
    def execute(sql):
        nonlocal connection
        connection = connection or psycopg2.connect(work.URL, connect_timeout=5)
        connection.autocommit = True
        connection.cursor().execute(sql)

    connection = None
    work.once_sync(execute)


work.main({"default": default, "advised": advised, "once": once})
