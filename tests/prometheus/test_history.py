"""The time machine: the same numbers for everyone, the truth laid in, a cache that mends itself."""

import ast
import errno
import hashlib
import json
import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from utils import model
from utils.errors import CourseError
from utils.flights import NUMERICAL
from utils.prometheus import history
from utils.prometheus.history import blocks, requests, series, weeks
from utils.prometheus.history.dice import Dice, lognormal_table
from utils.servers import find_program
from utils.service import metrics

needs_prometheus = pytest.mark.skipif(
    find_program.find("prometheus") is None or find_program.find("promtool") is None,
    reason="Prometheus is not installed: make prometheus",
)


@pytest.fixture(scope="module")
def asked():
    return requests.simulate()


@pytest.fixture(scope="module")
def everything(asked):
    return {(s.name, *s.labels.values()): s for s in series.scraped(asked)}


@pytest.fixture(scope="module")
def machine():
    with history.start(name="the history under test") as running:
        yield running


def one(everything, name, *labels):
    return everything[f"flightdelay_{name}", "flightdelay", "desk:8000", *labels]


# --- what the numbers are drawn from -----------------------------------------------------------


def test_dice_are_the_same_everywhere():
    # By hand: the generator's raw bits are promised by numpy, the rest is arithmetic.
    raw = np.random.PCG64(5).random_raw(3)
    assert list(Dice(5).uniform(3)) == [(int(r) >> 11) / 2**53 for r in raw]
    assert list(Dice(5).whole(3, 10)) == [((int(r) >> 32) * 10) >> 32 for r in raw]
    assert int(raw[0]) == 14849682912918955432


def test_dice_are_fair():
    counts = Dice(1).poisson(200_000, 45)
    assert counts.mean() == pytest.approx(45, abs=0.1)
    assert counts.var() == pytest.approx(45, rel=0.02)
    assert np.bincount(Dice(2).whole(60_000, 6)) == pytest.approx(10_000, rel=0.05)
    table = lognormal_table(3_600, 0.35, 4096)
    assert (np.diff(table) >= 0).all()
    assert np.median(table) == pytest.approx(3_600, abs=1)


# --- the truth ---------------------------------------------------------------------------------


def test_incidents_lie_in_the_weeks_and_in_order():
    table = history.incidents()
    assert list(table) == ["what", "kind", "size", "since", "until", "metric"]
    assert table["since"].is_monotonic_increasing
    assert (table["since"] < table["until"]).all()
    assert table["since"].min() >= history.START and table["until"].max() <= history.END
    assert (history.END - history.START).days == 35
    # No two of one kind at the same time: the truth would be ambiguous.
    for _, kind in table.groupby("kind"):
        assert (kind["until"].iloc[:-1].to_numpy() <= kind["since"].iloc[1:].to_numpy()).all()


def test_blips_stay_away_from_incidents_and_from_one_another():
    blips, incidents = history.blips(), history.incidents()
    assert list(blips["kind"].value_counts()[["errors", "slow"]]) == [28, 24]
    assert (blips["until"] - blips["since"]).max() <= pd.Timedelta(3, "min")
    shown = incidents[incidents["kind"].isin(["errors", "release", "slow", "down", "gap"])]
    hour = pd.Timedelta(1, "h")
    for blip in blips.itertuples():
        assert not (
            (blip.since < shown["until"] + hour) & (blip.until > shown["since"] - hour)
        ).any()
    between = blips["since"].iloc[1:].to_numpy() - blips["until"].iloc[:-1].to_numpy()
    assert between.min() >= pd.Timedelta(30, "min")


def test_the_metrics_are_those_of_the_service(everything):
    class Log:
        waiting = dropped = 0

    known = {"carrier": {"AA"}, "origin": {"EWR"}, "weekday": {"Mon"}}
    from prometheus_client import generate_latest

    served = metrics.Metrics(known, "1", Log())
    pages = text_string_to_metric_families(generate_latest(served.registry).decode())
    live = {
        (s.name, tuple(sorted(s.labels.items())))
        for family in pages
        for s in family.samples
        # What a process tells of itself, its memory and open files, the history leaves out.
        if s.name.startswith("flightdelay_")
    }
    for job, more in (
        ("flightdelay", {("flightdelay_model_info", (("version", "2"),))}),
        ("staging", set()),
    ):
        told = {
            (s.name, tuple(sorted((k, v) for k, v in s.labels.items() if k not in series.LABELS)))
            for s in everything.values()
            if s.labels["job"] == job and s.name != "up"
        }
        assert told - live == more
        assert live - told == set()


def digest(found):
    total = hashlib.sha256()
    for one in sorted(found, key=lambda s: (s.name, *s.labels.values())):
        total.update(repr((one.name, one.labels)).encode())
        for array in (one.at.astype("<i8"), one.readings.astype("<f8")):
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()[:16]


def test_everybody_gets_the_same_requests(everything):
    """Whatever the versions: nothing of this depends on how a model was trained."""
    others = [s for s in everything.values() if not s.family.startswith("flightdelay_score")]
    assert digest(others) == "d2f0d3948135dda1"


@pytest.mark.lock
def test_with_the_locked_versions_everybody_gets_the_same_scores(everything):
    assert digest(everything.values()) == "272baccbcc0a4aa7"


# --- counters ----------------------------------------------------------------------------------


def moments(found):
    return history.START + pd.to_timedelta(found.at * 60 + 30, unit="s")


def test_counters_fall_only_when_the_process_restarts(everything):
    restarts = {pd.Timestamp("2013-" + t) for t in RESTARTS}
    for found in everything.values():
        if not found.name.endswith(("_total", "_count", "_bucket", "_sum")):
            continue
        assert found.readings.min() >= 0
        fallen = np.flatnonzero(np.diff(found.readings) < 0)
        for at in fallen:
            before, after = moments(found)[at : at + 2]
            assert any(before < restart < after for restart in restarts), found.name
    fell = np.flatnonzero(np.diff(one(everything, "requests_total", "ok").readings) < 0)
    assert len(fell) == len(RESTARTS)


RESTARTS = ("04-29 10:00", "04-29 10:25", "05-02 03:01", "05-11 11:20")


def test_every_request_is_counted_once(asked, everything):
    """In bins, buckets and outcomes alike, at every scrape."""
    by_outcome = [one(everything, "requests_total", o).readings for o in metrics.REQUEST_OUTCOMES]
    ok, total = by_outcome[0], sum(by_outcome)
    bins = sum(one(everything, "score_bin_total", edge).readings for edge in metrics.SCORE_BINS)
    for same in (bins, one(everything, "score_count").readings):
        assert (same == ok).all()
    for name in ("score", "request_seconds", "model_seconds"):
        # As in the service: a request is timed however it ends.
        all_ = total if name == "request_seconds" else ok
        assert (one(everything, f"{name}_bucket", "+Inf").readings == all_).all()
        assert (one(everything, f"{name}_count").readings == all_).all()
        edges = metrics.SCORE_EDGES if name == "score" else metrics.LATENCY_EDGES
        buckets = [one(everything, f"{name}_bucket", str(float(e))).readings for e in edges]
        assert all(
            (low <= high).all() for low, high in zip(buckets, [*buckets[1:], all_], strict=True)
        )
    # The last restart is at 11:20 on 11 May; what came after it is what is counted.
    since = (weeks.seconds(pd.Timestamp("2013-05-11 11:20")) - 30) // 60
    assert ok[-1] == (asked.answered > since).sum()
    assert (asked.request_us["ok"] > asked.model_us).all()


def test_staging_has_the_same_metrics_of_requests_of_its_own(everything):
    def of(name, *labels):
        return everything[f"flightdelay_{name}", "staging", "staging:8000", *labels].readings

    ok, invalid, error = (of("requests_total", outcome) for outcome in metrics.REQUEST_OUTCOMES)
    assert (ok + error == 6 * (everything["up", "staging", "staging:8000"].at + 1)).all()
    assert not invalid.any()
    assert (of("request_seconds_count") == ok + error).all()
    for same in (
        of("score_count"),
        of("model_seconds_count"),
        sum(of("score_bin_total", b) for b in metrics.SCORE_BINS),
    ):
        assert (same == ok).all()
    assert np.nanstd(of("feature_mean", "temp")) < 1


def test_sums_are_exact(asked, everything):
    first_day = {outcome: at < 1440 for outcome, at in asked.sample.items()}
    score = sum(int(p) for p in asked.score[first_day["ok"]])
    spent = sum(int(asked.request_us[o][inside].sum()) for o, inside in first_day.items())
    for name, total in (("score", score), ("request_seconds", spent)):
        assert one(everything, f"{name}_sum").readings[1439] == total / 1e6


def test_what_is_refused_is_quick_and_what_fails_is_not(asked):
    medians = {outcome: np.median(took) for outcome, took in asked.request_us.items()}
    assert medians["invalid"] == pytest.approx(1_800, rel=0.05)
    assert medians["error"] == pytest.approx(medians["ok"], rel=0.05)


def test_scores_are_those_of_the_model(asked):
    """A quiet hour of the first day: what is counted is what the model says of these flights."""
    from utils.flights import load_flights

    flights = load_flights(16, 16)
    said = np.rint(model.predict(model.train(), flights) * 1e6)
    early = asked.score[asked.answered < 600]
    assert np.isin(early, said).all()


def test_means_are_of_the_last_500_values(asked, everything):
    sample = 20_000
    for feature in NUMERICAL:
        values = asked.inputs[feature][asked.answered <= sample]
        expected = np.rint(values[~np.isnan(values)][-500:] * 1e4).sum() / 500
        found = one(everything, "feature_mean", feature)
        assert found.readings[np.searchsorted(found.at, sample)] == pytest.approx(
            expected / 1e4, abs=1e-4
        )


def test_where_nobody_scrapes_there_is_no_sample(everything):
    def there(name, *labels):
        return set(moments(everything[name, *labels]).strftime("%m-%d %H:%M:%S"))

    up = there("up", "flightdelay", "desk:8000")
    staging = there("up", "staging", "staging:8000")
    ok = there("flightdelay_requests_total", "flightdelay", "desk:8000", "ok")
    for moment in ("04-23 09:00:30", "04-23 09:59:30"):
        assert moment not in up | staging | ok
    for moment in ("05-11 11:00:30", "05-11 11:19:30"):
        assert moment in up and moment not in ok
    for moment in ("04-23 10:00:30", "05-11 11:20:30"):
        assert moment in up & staging & ok
    down = everything["up", "flightdelay", "desk:8000"]
    assert set(moments(down)[down.readings == 0].strftime("%m-%d %H")) == {"05-02 03", "05-11 11"}


# --- the database ------------------------------------------------------------------------------


@needs_prometheus
def test_the_database_has_every_sample(everything):
    content = json.loads((history.database().parent / "content.json").read_text())
    assert content["samples"] == sum(len(s.at) for s in everything.values())
    assert content["series"] == len(everything)


@needs_prometheus
def test_from_the_cache_it_takes_less_than_a_second(machine):
    start = time.perf_counter()
    with history.start(name="once more"):
        seconds = time.perf_counter() - start
    assert seconds < 1


@needs_prometheus
def test_prometheus_says_what_was_simulated(machine, asked):
    noon = machine.query(
        'sum(increase(flightdelay_requests_total{job="flightdelay",outcome="ok"}[1h]))',
        at="2013-04-17 12:00",
    )["value"].item()
    first, last = (weeks.seconds(pd.Timestamp(f"2013-04-17 {h}:00")) // 60 for h in (11, 12))
    inside = ((asked.answered > first) & (asked.answered < last)).sum()
    # Over 59 of 60 minutes, extrapolated to the hour.
    assert noon == pytest.approx(inside * 60 / 59, rel=1e-9)


@needs_prometheus
@pytest.mark.parametrize(
    ("query", "at", "low", "high"),
    [
        ("sum(rate(flightdelay_requests_total{job='flightdelay'}[5m]))", "04-17 15:00", 0.5, 1.5),
        ("sum(rate(flightdelay_requests_total{job='flightdelay'}[5m]))", "04-17 00:30", 0, 0.1),
        # The incidents, each where the table says.
        (
            "sum(rate(flightdelay_requests_total{outcome='error',job='flightdelay'}[10m]))"
            " / sum(rate(flightdelay_requests_total{job='flightdelay'}[10m]))",
            "04-29 10:20",
            0.15,
            0.35,
        ),
        (
            "histogram_quantile(0.95, sum by (le)"
            " (rate(flightdelay_request_seconds_bucket{job='flightdelay'}[1h])))",
            "04-30 15:00",
            0.025,
            0.05,
        ),
        (
            "histogram_quantile(0.95, sum by (le)"
            " (rate(flightdelay_request_seconds_bucket{job='flightdelay'}[1h])))",
            "04-17 15:00",
            0.005,
            0.0101,
        ),
        (
            "sum(rate(flightdelay_missing_values_total{feature='visib',job='flightdelay'}[1h]))"
            " / sum(rate(flightdelay_score_count{job='flightdelay'}[1h]))",
            "05-04 12:00",
            0.25,
            0.35,
        ),
        (
            "sum(increase(flightdelay_unseen_values_total{feature='carrier',job='flightdelay'}[1d]))",
            "05-09",
            2e3,
            1e4,
        ),
        ("flightdelay_feature_mean{feature='temp',job='flightdelay'}", "05-14 12:00", 5, 25),
        ("flightdelay_feature_mean{feature='temp',job='flightdelay'}", "05-12 12:00", 50, 75),
        ("flightdelay_log_waiting{job='flightdelay'}", "05-09 15:40", 500, 5000),
        ("sum(up{job='flightdelay'})", "05-11 11:10", 0, 0),
        ("absent(flightdelay_score_count{job='flightdelay'})", "05-11 11:10", 1, 1),
        ("absent(flightdelay_score_count{job='flightdelay'})", "04-23 09:30", 1, 1),
        ("sum(flightdelay_model_info{version='2'})", "04-29 10:10", 1, 1),
    ],
)
def test_what_the_metrics_show(machine, query, at, low, high):
    assert low <= machine.query(query, at=f"2013-{at}")["value"].item() <= high


# --- writing -----------------------------------------------------------------------------------


def small(n=300, value=1, **labels):
    at = np.arange(n)
    return series.Series("work", "counter", "work_total", labels or {"job": "x"}, at, at * value)


def test_text_as_promtool_wants_it(tmp_path):
    gauge = series.Series(
        "odd", "gauge", "odd", {"le": "1.0"}, np.arange(2), np.array([0.5, np.nan])
    )
    path = tmp_path / "text"
    assert blocks.write_openmetrics([small(2, job="a"), small(2, job="b"), gauge], path) == 6
    assert path.read_bytes().decode().split("\n") == [
        "# TYPE work counter",
        'work_total{job="a"} 0 1365984030',
        'work_total{job="a"} 1 1365984090',
        'work_total{job="b"} 0 1365984030',
        'work_total{job="b"} 1 1365984090',
        "# TYPE odd gauge",
        'odd{le="1.0"} 0.5 1365984030',
        'odd{le="1.0"} nan 1365984090',
        "# EOF",
        "",
    ]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ([replace(small(), at=np.arange(300)[::-1])], "backwards"),
        ([replace(small(), at=np.zeros(300, dtype=int))], "come twice"),
        ([replace(small(), at=np.arange(299))], "300 readings at 299 times"),
        ([small(), replace(small(), family="other"), small()], "two places"),
    ],
)
def test_what_an_import_would_lose_is_refused(tmp_path, wrong, says):
    with pytest.raises(ValueError, match=says):
        blocks.write_openmetrics(wrong, tmp_path / "text")


@needs_prometheus
def test_a_sample_that_promtool_loses_is_missed(tmp_path, monkeypatch):
    def twice(everything, path):
        path.write_text("# TYPE work counter\n" + "work_total 1 1365984030\n" * 2 + "# EOF\n")
        return 2

    monkeypatch.setattr(blocks, "write_openmetrics", twice)
    with pytest.raises(CourseError, match=r"Of 8 samples .* stored 4"):
        blocks.write_blocks([small()], tmp_path)


# --- the cache ---------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and a history that is made in no time."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    made = []
    monkeypatch.setattr(requests, "simulate", lambda: made.append(1))
    monkeypatch.setattr(series, "scraped", lambda _: iter([small(job="a"), small(job="b")]))
    yield tmp_path / "cache", made


@needs_prometheus
def test_it_is_made_once(cache):
    folder, made = cache
    first = history.database()
    assert history.database() == first
    assert len(made) == 1
    assert [p.parent for p in folder.glob("*/*")] == [first.parent] * 2
    # The text is gone, and nothing else was left.
    assert {p.name for p in first.parent.iterdir()} == {"blocks", "content.json"}


def damage_a_byte(entry):
    path = next(entry.glob("blocks/*/chunks/*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "a byte": damage_a_byte,
    "cut short": lambda e: next(e.glob("blocks/*/index")).write_bytes(b""),
    "a file is gone": lambda e: next(e.glob("blocks/*/index")).unlink(),
    "a file too many": lambda e: (e / "blocks" / "wal").write_text("x"),
    "no list": lambda e: (e / "content.json").unlink(),
    "a broken list": lambda e: (e / "content.json").write_text("[1"),
    "another list": lambda e: (e / "content.json").write_text("[]"),
}


@needs_prometheus
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_made_anew(cache, damage):
    folder, made = cache
    entry = history.database().parent
    DAMAGES[damage](entry)
    assert history.database().parent == entry
    assert len(made) == 2
    assert list(folder.iterdir()) == [entry]
    assert blocks._is_whole(entry)


@needs_prometheus
def test_whoever_comes_second_uses_what_is_there(cache):
    folder, _ = cache
    entry = history.database().parent
    again = folder / "making-again"
    again.mkdir()
    blocks.write_blocks([small()], again)
    before = (entry / "content.json").read_bytes()
    blocks._publish(again, entry)
    assert (entry / "content.json").read_bytes() == before


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_gets_a_sentence_and_nothing_stays(cache, monkeypatch):
    folder, _ = cache
    monkeypatch.setattr(blocks.find_program, "require", lambda program: program)
    monkeypatch.setattr(blocks, "_lines", full)
    with pytest.raises(CourseError, match=r"(?s)the disk is full.*Set COURSE_CACHE"):
        history.database()
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
@pytest.mark.parametrize(
    ("says", "told"),
    [("write block: no space left on device", "the disk is full"), ("panic", "panic")],
)
def test_promtool_without_room_gets_a_sentence(cache, monkeypatch, tmp_path, says, told):
    folder, _ = cache
    script = tmp_path / "promtool"
    script.write_text(f"#!/bin/sh\necho {says} >&2\nexit 1\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(blocks.find_program, "find", lambda *_: script)
    with pytest.raises(CourseError, match=told):
        history.database()
    assert list(folder.iterdir()) == []


def test_an_interrupt_leaves_nothing(cache, monkeypatch):
    folder, _ = cache

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(blocks.find_program, "require", lambda program: program)
    monkeypatch.setattr(blocks, "_import", stop)
    with pytest.raises(KeyboardInterrupt):
        history.database()
    assert list(folder.iterdir()) == []


def test_a_cache_that_cannot_be_written(cache, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(blocks.find_program, "require", lambda program: program)
    with pytest.raises(CourseError, match=r"cannot be kept in .*Set COURSE_CACHE"):
        history.database()


def test_without_promtool_it_is_named(cache, monkeypatch):
    folder, _ = cache
    monkeypatch.setattr(find_program, "find", lambda *_: None)
    with pytest.raises(CourseError, match="promtool is not installed"):
        history.database()
    with pytest.raises(CourseError, match="prometheus is not installed"):
        history.start()
    assert not folder.exists()


def test_another_state_of_the_code_is_another_entry(monkeypatch):
    before = blocks._digest()
    assert blocks._digest() == before
    monkeypatch.setattr(blocks, "version", lambda package: "99")
    assert blocks._digest() != before


def test_the_digest_is_of_all_that_the_history_is_made_from():
    """What these modules import from the course is in it, and nothing else."""
    folder, imported = Path(blocks.__file__).parent, set()
    for path in folder.glob("*.py"):
        if path.name in ("__init__.py", "blocks.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "utils":
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                imported |= {node.module} if node.module != "utils" else set(names)
    outside = {name for name in imported if not name.startswith("utils.prometheus.history")}
    files = {name.removeprefix("utils.").replace(".", "/") + ".py" for name in outside}
    assert files == set(blocks.MADE_FROM)
