"""Incidents played live and found by the scripted solver; all of them with `make test-incidents`.

Each row says after how many replayed hours the desk was paged, and how right the answer is.
"""

import os

import pandas as pd
import pytest

from tests.desk import solver
from utils import desk
from utils.desk import incidents
from utils.desk.incident_bank import BANK, draw
from utils.servers import find_program

pytestmark = pytest.mark.skipif(
    not all(map(find_program.find, find_program.PROGRAMS)), reason="not installed: make prometheus"
)

EVERY = bool(os.environ.get("EVERY_INCIDENT"))
SEEDS = {draw(seed).name: seed for seed in range(len(BANK))}
# The clock waits for the drift job, so a page comes as early at any speed.
DAY_SECONDS = 2
# The suite plays one fault of the data and one of the system.
NAMES = [i.name for i in BANK] if EVERY else ["temp missing", "failing release"]


@pytest.mark.parametrize("name", NAMES)
def test_an_incident_is_paged_and_found(name):
    seed = SEEDS[name]
    truth = draw(seed)
    with desk.start(seed, day_seconds=DAY_SECONDS) as stack:
        calm = 2.0 if truth.onset is None else (truth.onset - truth.first) / pd.Timedelta("1D")
        stack.play(calm)
        early = stack.pages()
        if truth.onset is not None:
            # Outcomes are known a day late.
            late = truth.kind == "other outcomes"
            stack.play(2.25 if late else 1.5 if EVERY else 1)
        pages, answer = stack.pages(), solver.solve(stack)
        runs = stack.query("drift_runs_total").set_index("outcome")["value"].astype(int)
    card = incidents.score(seed, **answer)
    firing = pages[len(early) :].query("status == 'firing'")
    hours = None
    if len(firing):
        hours = round((firing["at"].iloc[0] - truth.onset) / pd.Timedelta("1h"), 1)
    about = " ".join(firing.iloc[0][["alert", "column", "origin"]]).strip() if len(firing) else ""
    false = ", ".join(sorted(set(early["alert"]))) or "none"
    how = ", ".join(f"{runs[o]} {o}" for o in runs.index if runs[o])
    row = [name, false, about, hours, answer["kind"], f"{card.total:g}", how]
    print("\n| " + " | ".join(map(str, row)) + " |", flush=True)
    assert early.empty, f"paged on calm days: {early}"
    assert card.total == 100, f"{answer} scored {card.points}"
    if truth.strong:
        assert hours is not None
        assert hours <= 36
    if truth.kind == "nothing":
        assert firing.empty
    assert runs["failed"] == runs["locked"] == 0
