"""What every Python program does with its driver: the same work in several tasks, checked, one JSON line a task.

A program gives `single(k, n)`, one query in autocommit, and `transaction(pairs)`, all of them in one explicit
transaction; each query is the text `select <k> + <placeholder>::int` with `n` as its parameter, so k counts the
distinct texts.
"""

import asyncio
import importlib.util
import json
import os
import sys
import threading
import traceback

TASKS, ROUNDS, HOT, COLD = (int(os.environ[f"DRIVERS_{name}"]) for name in ("TASKS", "ROUNDS", "HOT", "COLD"))

URL = os.environ["DRIVERS_URL"]  # libpq's form with sslmode=verify-full and sslrootcert
BARE_URL = URL.partition("?")[0]
CA = os.environ["DRIVERS_CA"]
POOL = int(os.environ["DRIVERS_POOL"])


def steps(task):
    """(pairs, in a transaction?): the hot texts again and again, every other time in a transaction, then many cold ones."""
    for turn in range(ROUNDS):
        yield [(k, task * 1000 + turn) for k in range(HOT)], turn % 2 == 1
    for k in range(HOT, HOT + COLD, 10):
        yield [(k + i, task) for i in range(10)], False


def check(pairs, values):
    """A statement that another process has prepared under the same name gives a wrong number."""
    expected = [k + n for k, n in pairs]
    if list(values) != expected:
        raise AssertionError(f"wrong result: {list(values)} for {expected}")


def text(error):
    """The driver's own words, as they stand at the end of a traceback; asyncio hides nothing there."""
    return "".join(traceback.format_exception_only(error)).strip()


def report(task, error=None):
    # In one piece: print() writes the end of the line apart, and threads get between.
    sys.stdout.write(json.dumps({"task": task, "ok": error is None, "error": error and text(error)}) + "\n")
    sys.stdout.flush()


def run_sync(connect):
    """`connect()` gives (single, transaction), once for each task."""

    def one(task):
        try:
            single, transaction = connect()
            for pairs, in_transaction in steps(task):
                values = transaction(pairs) if in_transaction else [single(k, n) for k, n in pairs]
                check(pairs, values)
        except Exception as error:  # whatever a driver raises is the result
            return report(task, error)
        report(task)

    threads = [threading.Thread(target=one, args=(task,), daemon=True) for task in range(TASKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def run_async(single, transaction):
    async def one(task):
        try:
            for pairs, in_transaction in steps(task):
                values = await transaction(pairs) if in_transaction else [await single(k, n) for k, n in pairs]
                check(pairs, values)
        except Exception as error:
            return report(task, error)
        report(task)

    await asyncio.gather(*(one(task) for task in range(TASKS)))


def once_sync(execute):
    """The statements of DRIVERS_ONCE one after another; what goes wrong is printed as the driver says it."""
    try:
        for sql in json.loads(os.environ["DRIVERS_ONCE"]):
            execute(sql)
    except Exception as error:
        return report(0, error)
    report(0)


async def once_async(execute):
    try:
        for sql in json.loads(os.environ["DRIVERS_ONCE"]):
            await execute(sql)
    except Exception as error:
        return report(0, error)
    report(0)


def generated(file):
    """The module that `supascope env --code` wrote into this folder."""
    spec = importlib.util.spec_from_file_location("generated", os.path.join(os.environ["DRIVERS_GENERATED"], file))
    module = importlib.util.module_from_spec(spec)
    sys.modules["generated"] = module
    spec.loader.exec_module(module)
    return module


def main(programs):
    """Runs the function that the first argument names: `default`, `advised`, `named` or `once`."""
    try:
        outcome = programs[sys.argv[1]]()
        if asyncio.iscoroutine(outcome):
            asyncio.run(outcome)
    except Exception as error:  # before the first task: nothing could be set up
        for task in range(TASKS):
            report(task, error)
