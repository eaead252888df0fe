"""What the check of exercise 7.4 does: ask an app for the last predictions of a small database."""

import sqlite3

from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

BAD_N = {
    "0": "there is nothing to show",
    "-1": "in SQLite a limit below zero means no limit, so one request reads everything",
    "101": "more than 100 is too much for one answer",
    "many": "it is no number",
    "5%20OFFSET%203": "it is no number. Text that is put into a query can become part of it",
    "2.5": "it is no whole number",
}


def fill(path):
    """Write 30 predictions, their ids in no order; return the ids, newest first."""
    from utils.service import predictions

    predictions._connect(path).close()
    rows = [((7 * i) % 31 + 100, i) for i in range(1, 31)]
    # Their order in the file is not their order in time: two processes may have written it.
    insert(path, rows[12:] + rows[:12])
    return [flight_id for flight_id, _ in rows[::-1]]


def insert(path, rows):
    """Add predictions to the file: (flight_id, second) each."""
    connection = sqlite3.connect(path)
    values = [(f"r{i}", 1.4e9 + second, i, i / 1000) for i, second in rows]
    connection.executemany(
        "INSERT INTO predictions (request_id, received, flight_id, probability) "
        "VALUES (?, ?, ?, ?)",
        values,
    )
    connection.commit()
    connection.close()


def latest(running, query, expected, every, function):
    """Ask for the last predictions, and that they are those expected."""
    asked = f"GET /latest{query}"
    answer = running.ask(f"/latest{query}")
    said = running.why(function)
    if answer.status == 404:
        raise NotYet(f"{asked} is answered by 404: the app has no path `/latest`.")
    if "same thread" in said:
        raise NotYet(
            f"{asked} fails: a connection belongs to the thread that opened it, and every request "
            f"may run in another. Open it inside of the handler.{said}"
        )
    if answer.status != 200:
        raise NotYet(f"{asked} is answered by {answer.status}: {answer.text[:150]}.{said}")
    rows = answer.json
    if not isinstance(rows, list):
        raise NotYet(f"{asked} should answer a list; it answered {describe(rows)}.")
    if rows and not (isinstance(rows[0], dict) and {"flight_id", "probability"} <= set(rows[0])):
        raise NotYet(
            f"{asked}: each prediction should be a dictionary with its columns, {{'flight_id': …, "
            f"'probability': …, …}}; the first one is {describe(rows[0])}."
        )
    got = [row["flight_id"] for row in rows]
    if got == expected:
        return
    n, in_file = len(expected), every[:18][::-1] + every[18:][::-1]
    slips = {
        "the right ones, but the oldest first; the newest should come first": expected[::-1],
        "the *first* that were logged, not the last": every[::-1][:n],
        "the first rows of the file. Where no ORDER BY stands, nobody promises an order; sort by "
        "`received`": in_file[:n],
        "the last rows of the file, and these are not the newest; sort by `received`": in_file[-n:],
        "those with the highest `flight_id`; the newest have the latest `received`": sorted(every)[
            ::-1
        ][:n],
    }
    for slip, ids in slips.items():
        if got == ids or (got == ids[::-1] and len(got) > 1):
            raise NotYet(f"{asked} returns {slip}.")
    if len(got) != n:
        raise NotYet(f"{asked} returns {len(got)} predictions; there should be {n}.")
    raise NotYet(f"{asked} does not return the last {n} by `received`, the newest first.")


def refused(running, bad, why):
    """Ask that a bad n is refused."""
    asked = f"GET /latest?n={bad.replace('%20', ' ')}"
    answer = running.ask(f"/latest?n={bad}")
    if answer.status == 422:
        return
    got = (
        f"{len(answer.json)} predictions"
        if answer.status == 200 and isinstance(answer.json, list)
        else f"status {answer.status}"
    )
    raise NotYet(f"{asked} should be refused with a 422, since {why}. It got {got}.")
