"""A connection for each request that asks for one, on the belief that the pooler pools."""

import os

import psycopg2
from flask import Flask, g
from psycopg2.extras import execute_values

app = Flask(__name__)


def db():
    if "db" not in g:
        g.db = psycopg2.connect(os.environ["DATABASE_URL"])
    return g.db


@app.teardown_appcontext
def close(_error):
    connection = g.pop("db", None)
    if connection is not None:
        connection.close()


@app.post("/readings")
def readings():
    with db() as connection, connection.cursor() as cursor:
        execute_values(cursor, "INSERT INTO readings (sensor, value) VALUES %s", [("a", 1), ("b", 2)])
    return "", 204
