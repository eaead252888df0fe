"""The bank of lesson 10: many incidents, each found by the solver; answers scored; truth kept."""

import pandas as pd
import pytest

from tests.desk import solver
from utils import __main__ as commands
from utils import desk, model
from utils.desk import incidents
from utils.desk.incident_bank import BANK, GUIDED, draw
from utils.errors import CourseError
from utils.flights import FEATURES, load_flights

# These show in the service's metrics, and so only live.
SYSTEM = ("slow model", "failing model", "refused requests")


class Tables:
    """What a desk shows of an incident a day and a half after its onset, without any server."""

    def __init__(self, incident, champion):
        self.first = incident.first
        days = 2.25 if incident.kind == "other outcomes" else 1.5
        start = incident.onset or incident.first + pd.Timedelta("1D")
        self._clock = start + pd.Timedelta(days=days)
        flights = incident.played(incident.flights())
        if incident.kind == "silent feed":
            flights = flights[flights["sched_dep"] < incident.onset]
        flights = flights[flights["sched_dep"] < self._clock]
        self._flights = flights.assign(probability=model.predict(champion, flights))

    def clock(self):
        return self._clock

    def window(self):
        return self._flights[["flight_id", "sched_dep", *FEATURES, "probability"]].reset_index()

    def labels(self):
        known = self._flights["sched_dep"] <= self._clock - pd.Timedelta("1D")
        return self._flights.loc[known, ["flight_id", "late"]]

    def history(self, expression):
        return pd.DataFrame(columns=["at", "value"])


@pytest.fixture(autouse=True)
def first_tries():
    """Each test begins as a new kernel does."""
    incidents._tried.clear()


@pytest.fixture(scope="module")
def champion():
    return model.train()


@pytest.mark.parametrize("incident", [*BANK, GUIDED], ids=lambda incident: incident.name)
def test_the_solver_finds_it(incident, champion):
    if incident.kind in SYSTEM:
        pytest.skip("shows in the service's metrics: played live")
    answer = solver.solve(Tables(incident, champion))
    assert answer["kind"] == incident.kind
    columns = answer["column"]
    columns = [columns] if isinstance(columns, str) else list(columns or [])
    assert set(columns) <= set(incident.columns)
    assert bool(columns) == bool(incident.columns)
    assert answer["start"] == incident.onset
    assert answer["action"] in incident.actions


def test_there_are_many_of_many_kinds():
    assert len(BANK) >= 24
    assert len({i.name for i in BANK}) == len(BANK)
    kinds = [i.kind for i in BANK]
    assert set(kinds) == set(incidents.KINDS)
    assert kinds.count("nothing") >= 2
    assert set(SYSTEM) | {"silent feed"} <= set(kinds)


@pytest.mark.parametrize("incident", [*BANK, GUIDED], ids=lambda incident: incident.name)
def test_nothing_is_wrong_before_its_onset(incident):
    flights = incident.flights()
    played = incident.played(flights)
    assert played["flight_id"].is_unique
    onset = incident.onset or incident.last
    columns = ["flight_id", "sched_dep", *FEATURES, "late"]
    before = [f.loc[f["sched_dep"] < onset, columns] for f in (flights, played)]
    pd.testing.assert_frame_equal(*before, check_dtype=False)
    assert incident.first <= onset <= incident.last
    if incident.onset is not None:
        # The start is asked to the half day; there are calm days to compare with.
        assert onset.hour in (0, 12)
        assert onset - incident.first >= pd.Timedelta("1D")


def test_a_class_gets_different_incidents():
    n = len(BANK)
    for block in (range(n), range(n, 2 * n)):
        assert len({draw(seed).name for seed in block}) == n
    orders = [[draw(b * n + i).name for i in range(n)] for b in range(2)]
    assert orders[0] != orders[1]
    assert draw(5) is draw(5)


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(CourseError, match="whole number"):
        draw(seed)


def seed_of(kind):
    return next(s for s in range(len(BANK)) if draw(s).kind == kind)


def right(seed):
    truth = draw(seed)
    columns = list(truth.columns) or None
    return {
        "column": columns,
        "kind": truth.kind,
        "start": truth.onset,
        "action": truth.actions[0],
    }


@pytest.mark.parametrize("seed", range(len(BANK)))
def test_the_truth_scores_a_hundred(seed):
    assert incidents.score(seed, **right(seed)).total == 100


def test_parts_are_scored_each_by_itself():
    seed = seed_of("biased sensor")
    answer = right(seed)
    start = answer["start"]

    def points(**changed):
        incidents._tried.clear()
        return incidents.score(seed, **(answer | changed)).points

    assert points(kind="changed unit")["kind"] == 0
    assert points(column=[*answer["column"], "hour"])["column"] == 15
    assert points(column=None)["column"] == 0
    assert points(start=start + pd.Timedelta("6h"))["start"] == 20
    assert points(start=start - pd.Timedelta("12h"))["start"] == 10
    assert points(start=start + pd.Timedelta("1D"))["start"] == 0
    assert points(start=None)["start"] == 0
    assert points(action="retrain")["action"] == 0
    incidents._tried.clear()
    card = incidents.score(seed, **answer, hints=2)
    assert card.total == 80
    assert list(card.table()["part"]) == ["column", "kind", "start", "action", "hints", "tries"]


def test_a_false_alarm_is_scored():
    calm = seed_of("nothing")
    assert incidents.score(calm, None, "nothing", None, "leave it").total == 100
    wrong = incidents.score(calm, "temp", "changed unit", "2013-05-14", "fix the source")
    assert wrong.total == 0
    ill = seed_of("missing values")
    assert incidents.score(ill, None, "nothing", None, "leave it").total == 0


def test_one_of_several_columns_is_enough():
    seed = seed_of("wrong join")
    answer = right(seed) | {"column": "humid"}
    assert incidents.score(seed, **answer).total == 100


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"column": "wind"}, "'wind'"),
        ({"kind": "broken"}, "choose one of 'nothing'"),
        ({"action": "panic"}, "'fix the source'"),
        ({"start": "half past"}, "replayed time"),
        ({"start": 5}, "replayed time"),
        ({"start": "2013-05-15 12:00+00:00"}, "replayed time"),
        ({"start": "15 May 5:00"}, "Give the year, too"),
        ({"hints": 4}, "0 to 3"),
    ],
)
def test_a_wrong_word_is_named(changed, message):
    with pytest.raises(CourseError, match=message):
        incidents.score(7, **(right(7) | changed))


def test_what_shows_counts_as_what_is_wrong():
    closed = draw(17)
    assert (closed.name, closed.columns) == ("LGA closed", ("origin",))
    for column in ("distance", ["origin", "distance", "carrier"], "Origin "):
        assert incidents.score(17, **(right(17) | {"column": column})).points["column"] == 30
    assert incidents.score(17, **(right(17) | {"column": None})).points["column"] == 0
    assert incidents.score(17, **(right(17) | {"column": "temp"})).points["column"] == 0
    refused = draw(0)
    assert refused.columns == ()
    for column in (None, "weekday"):
        assert incidents.score(0, **(right(0) | {"column": column})).points["column"] == 30


def test_each_other_answer_about_a_seed_costs_and_the_same_one_does_not():
    seed = seed_of("biased sensor")
    guesses = [right(seed) | {"kind": kind} for kind in ("stuck values", "wrong join")]
    costs = [incidents.score(seed, **a).points["tries"] for a in (*guesses, *guesses, right(seed))]
    assert costs == [0, -10, 0, -10, -20]
    assert incidents.score(seed, **right(seed)).total == 80
    assert incidents.score(seed + len(BANK), **right(seed + len(BANK))).total == 100


def test_neither_the_module_nor_the_file_of_flights_tells_the_truth():
    for module in (incidents, desk):
        offered = [name for name in dir(module) if not name.startswith("_")]
        assert not {"draw", "stage", "BANK", "incident_bank"} & set(offered)
    known = load_flights()[["flight_id", "sched_dep", "carrier", "origin", "distance"]]
    for incident in BANK:
        flights = incident.played(incident.flights())
        assert not set(flights["flight_id"]) & set(known["flight_id"])
        keys = ["sched_dep", "carrier", "origin", "distance"]
        flights = flights.astype({"distance": "float64"})
        found = flights[keys].merge(known[keys].astype({"distance": "float64"}), on=keys)
        assert len(found) < 0.25 * len(flights)
        # In the same hour, so that the flights of an hour still share their weather.
        assert (flights["sched_dep"].dt.floor("h").isin(known["sched_dep"].dt.floor("h"))).all()


def test_a_card_does_not_give_the_truth_away():
    seed = seed_of("shifted clock")
    card = incidents.score(seed, "temp", "changed unit", draw(seed).first, "retrain")
    said = repr(card) + card.table().to_string()
    assert "shifted" not in said
    assert "hour" not in said.replace("hours", "")
    assert card.draw().axes[0].get_title(loc="left").startswith("Report card")


def test_three_hints_say_more_and_more():
    for seed in range(len(BANK)):
        assert len({incidents.hint(seed, n) for n in (1, 2, 3)}) == 3
    with pytest.raises(CourseError, match="1 to 3"):
        incidents.hint(1, 4)


def test_an_incident_shows_nothing_by_accident():
    incident = draw(4)
    assert repr(incident).startswith("<utils.desk.incident.Incident object")
    assert incident.kind not in repr(incident)


def test_teachers_can_ask_for_the_truth(capsys):
    truth = draw(4).truth()
    assert commands.main(["incident", "--seed", "4"]) == 0
    said = capsys.readouterr().out
    assert truth["kind"] not in said
    assert truth["incident"] not in said
    assert commands.main(["incident", "--seed", "4", "--truth"]) == 0
    said = capsys.readouterr().out
    assert all(value in said for value in truth.values())
