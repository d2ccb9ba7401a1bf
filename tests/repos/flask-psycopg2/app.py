import os

import psycopg2
from flask import Flask, g
from psycopg2.extras import execute_values
from werkzeug.local import LocalProxy

app = Flask(__name__)


def _connection():
    if "db" not in g:
        g.db = psycopg2.connect(os.environ["DATABASE_URL"])
    return g.db


db = LocalProxy(_connection)


@app.teardown_appcontext
def close(_error):
    connection = g.pop("db", None)
    if connection is not None:
        connection.close()


@app.post("/readings")
def readings():
    with db.cursor() as cursor:
        execute_values(cursor, "INSERT INTO readings (at, value) VALUES %s", [(1, 2), (3, 4)])
    db.commit()
    return "", 204
