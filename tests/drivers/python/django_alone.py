"""Django's ORM layer without a project: a connection of its own for each thread, as under a server."""

import os
import runpy

import django
from django.conf import settings

import work

DEFAULTS = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["DRIVERS_HOST"],
        "PORT": os.environ["DRIVERS_PORT"],
        "NAME": os.environ["DRIVERS_DATABASE"],
        "USER": os.environ["DRIVERS_USER"],
        "PASSWORD": os.environ["DRIVERS_PASSWORD"],
        "OPTIONS": {"sslmode": "verify-full", "sslrootcert": work.CA, "connect_timeout": 5},
    }
}


def load(databases, cursors=False):
    settings.configure(DATABASES=databases, USE_TZ=True)
    django.setup()
    from django.db import connection, transaction

    def query(k, n):
        # As QuerySet.iterator() decides.
        if cursors and not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            with connection.chunked_cursor() as cursor:
                cursor.execute(f"select {k} + %s::int", (n,))
                return cursor.fetchmany(1)[0][0]
        with connection.cursor() as cursor:
            cursor.execute(f"select {k} + %s::int", (n,))
            return cursor.fetchone()[0]

    def several(pairs):
        with transaction.atomic():
            return [query(k, n) for k, n in pairs]

    work.run_sync(lambda: (query, several))


def generated():
    return runpy.run_path(os.path.join(os.environ["DRIVERS_GENERATED"], "database_settings.py"))["DATABASES"]


def once():
    settings.configure(DATABASES=DEFAULTS, USE_TZ=True)
    django.setup()
    from django.db import connection

    def execute(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    work.once_sync(execute)


def named():
    """What turns psycopg's names on again."""
    DEFAULTS["default"]["OPTIONS"] |= {"prepare_threshold": 5, "server_side_binding": True}
    load(DEFAULTS)


work.main(
    {
        "default": lambda: load(DEFAULTS),
        "named": named,
        "advised": lambda: load(generated()),
        "default-cursors": lambda: load(DEFAULTS, cursors=True),
        "advised-cursors": lambda: load(generated(), cursors=True),
        "once": once,
    }
)
