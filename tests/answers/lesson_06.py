"""Answers to lesson 06."""

import math
import threading
import time

import numpy as np
import pandas as pd
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Info, Summary
from prometheus_client.parser import text_string_to_metric_families

from tests.answers import right, wrong
from utils.exercises.lesson_06.e1_metric_types import CASES

TYPES = {case: kind for case, (kind, _) in CASES.items()}
ANSWERED, NOW, TOOK, VERSION, TRAINED, MISSING, SPREAD, PSI = TYPES

right("6.1", TYPES)
right("6.1", {case: kind.title() for case, kind in reversed(TYPES.items())})
right("6.1", {case: f" {kind} " for case, kind in TYPES.items()})
CLASSES = {"counter": Counter, "gauge": Gauge, "histogram": Histogram, "info": Info}
right("6.1", {case: CLASSES[kind] for case, kind in TYPES.items()})

wrong("6.1", "has no answer yet", TYPES | {PSI: None})
wrong("6.1", "choose one of", TYPES | {NOW: "guage"})
wrong("6.1", "choose one of", TYPES | {NOW: ["gauge", "counter"]})
wrong("6.1", "is none of the 8 cases", TYPES | {"requests": "counter"})
wrong("6.1", "should be the dictionary", list(TYPES.values()))


@right("6.2")
def with_time(predict, registry):
    requests = Counter("predict_requests", "Calls.", ["outcome"], registry=registry)
    seconds = Histogram("predict_seconds", "Time of a call.", registry=registry)
    _ = requests.labels("ok"), requests.labels("error")

    def instrumented(*args, **kwargs):
        try:
            with seconds.time():
                result = predict(*args, **kwargs)
        except Exception:
            requests.labels("error").inc()
            raise
        requests.labels("ok").inc()
        return result

    return instrumented


@right("6.2")
def by_finally(predict, registry):
    counter = Counter("predict_requests_total", "n", labelnames=["outcome"], registry=registry)
    histogram = Histogram("predict_seconds", "s", registry=registry)
    _ = counter.labels("error"), counter.labels(outcome="ok")

    def inner(*a, **k):
        start, outcome = time.perf_counter(), "error"
        try:
            answer = predict(*a, **k)
            outcome = "ok"
            return answer
        finally:
            histogram.observe(time.perf_counter() - start)
            counter.labels(outcome=outcome).inc()

    return inner


@right("6.2")
class AsAnObject:
    """The decorators of the library, on a class."""

    def __init__(self, predict, registry):
        requests = Counter("predict_requests", "n", ["outcome"], registry=registry)
        self.ok, error = requests.labels("ok"), requests.labels("error")
        timer = Histogram("predict_seconds", "s", registry=registry)
        self.call = timer.time()(error.count_exceptions()(predict))

    def __call__(self, *args, **kwargs):
        result = self.call(*args, **kwargs)
        self.ok.inc()
        return result


def _metrics(registry, counter=Counter, timer=Histogram, seconds="predict_seconds"):
    requests = counter("predict_requests_total", "n", ["outcome"], registry=registry)
    for outcome in ("ok", "error"):
        requests.labels(outcome)
    return requests, timer(seconds, "s", registry=registry)


def _instrument(make=_metrics, observe=lambda timer, start, end: timer.observe(end - start)):
    """Return a right `instrument`, but for its metrics or what it observes."""

    def instrument(predict, registry):
        requests, timer = make(registry)

        def inner(*args, **kwargs):
            start, outcome = time.perf_counter(), "error"
            try:
                result = predict(*args, **kwargs)
                outcome = "ok"
                return result
            finally:
                observe(timer, start, time.perf_counter())
                requests.labels(outcome).inc()

        return inner

    return instrument


right("6.2", _instrument())
wrong("6.2", "only of a counter", _instrument(lambda r: _metrics(r, counter=Gauge)))
wrong("6.2", "no buckets", _instrument(lambda r: _metrics(r, timer=Summary)))
wrong(
    "6.2",
    "the last duration only",
    _instrument(lambda r: _metrics(r, timer=Gauge), lambda timer, a, b: timer.set(b - a)),
)
wrong("6.2", "12 of what", _instrument(lambda r: _metrics(r, seconds="predict_duration")))
wrong("6.2", "12 of what", _instrument(lambda r: _metrics(r, seconds="predict_time_ms")))
wrong(
    "6.2", "has no `predict_seconds`", _instrument(lambda r: _metrics(r, seconds="model_seconds"))
)
wrong("6.2", "default registry", _instrument(lambda r: _metrics(REGISTRY)))
wrong("6.2", "is empty", _instrument(lambda r: _metrics(CollectorRegistry())))
wrong("6.2", "observations, and there were", _instrument(observe=lambda t, a, b: None))


@wrong("6.2", "brings all the buckets again")
def durations_by_outcome(predict, registry):
    def metrics(r):
        requests = Counter("predict_requests_total", "n", ["outcome"], registry=r)
        return requests, Histogram("predict_seconds", "s", ["outcome"], registry=r)

    return _instrument(metrics, lambda timer, a, b: timer.labels("ok").observe(b - a))(
        predict, registry
    )


@wrong("6.2", "`predict_requests_total_total`")
def total_twice(predict, registry):
    def metrics(r):
        counter = Counter("predict_requests_total_total", "n", ["outcome"], registry=r)
        return counter, Histogram("predict_seconds", "s", registry=r)

    return _instrument(metrics)(predict, registry)


@wrong("6.2", "gets its `_total`")
def a_gauge(predict, registry):
    def metrics(r):
        gauge = Gauge("predict_requests", "n", ["outcome"], registry=r)
        return gauge, Histogram("predict_seconds", "s", registry=r)

    return _instrument(metrics)(predict, registry)


@wrong("6.2", "has no label")
def without_outcome(predict, registry):
    requests = Counter("predict_requests_total", "n", registry=registry)
    seconds = Histogram("predict_seconds", "s", registry=registry)

    def inner(*args, **kwargs):
        requests.inc()
        with seconds.time():
            return predict(*args, **kwargs)

    return inner


@wrong("6.2", "a label `flight_id`")
def a_label_too_many(predict, registry):
    requests = Counter("predict_requests_total", "n", ["outcome", "flight_id"], registry=registry)
    seconds = Histogram("predict_seconds", "s", registry=registry)

    def inner(*args, **kwargs):
        flight_id, outcome = args[0] if args else "", "error"
        try:
            with seconds.time():
                result = predict(*args, **kwargs)
            outcome = "ok"
            return result
        finally:
            requests.labels(outcome, flight_id).inc()

    return inner


@wrong("6.2", "return float(result)")
def makes_a_number(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        with seconds.time():
            result = predict(*args, **kwargs)
        requests.labels("ok").inc()
        return float(result)

    return inner


@wrong("6.2", "kind of an exception")
def outcome_is_the_exception(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        try:
            with seconds.time():
                result = predict(*args, **kwargs)
        except Exception as error:
            requests.labels(str(error)).inc()
            raise
        requests.labels("ok").inc()
        return result

    return inner


@wrong("6.2", "not anew at every call")
def metrics_inside(predict, registry):
    def inner(*args, **kwargs):
        requests, seconds = _metrics(registry)
        with seconds.time():
            result = predict(*args, **kwargs)
        requests.labels("ok").inc()
        return result

    return inner


@wrong("6.2", "as if all were well")
def swallows(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        try:
            with seconds.time():
                result = predict(*args, **kwargs)
            requests.labels("ok").inc()
            return result
        except Exception:
            requests.labels("error").inc()

    return inner


@wrong("6.2", "as if all were well")
def returns_the_error(predict, registry):
    requests, _ = _metrics(registry)

    def inner(*args, **kwargs):
        try:
            return predict(*args, **kwargs)
        except Exception as error:
            requests.labels("error").inc()
            return f"error: {error}"

    return inner


@wrong("6.2", "the very same exception")
def another_exception(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        try:
            with seconds.time():
                return predict(*args, **kwargs)
        except Exception as error:
            requests.labels("error").inc()
            raise RuntimeError("prediction failed") from error

    return inner


@wrong("6.2", "cannot be taken back")
def takes_it_back(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        requests.labels("ok").inc()
        try:
            with seconds.time():
                return predict(*args, **kwargs)
        except Exception:
            requests.labels("ok").dec()
            requests.labels("error").inc()
            raise

    return inner


@wrong("6.2", "cannot be taken back")
def minus_one(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        requests.labels("ok").inc()
        try:
            with seconds.time():
                return predict(*args, **kwargs)
        except Exception:
            requests.labels("ok").inc(-1)
            raise

    return inner


@wrong("6.2", "forget to return it")
def forgets_the_result(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        with seconds.time():
            predict(*args, **kwargs)
        requests.labels("ok").inc()

    return inner


@wrong("6.2", "*args, **kwargs")
def one_argument(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(flights):
        requests.labels("ok").inc()
        with seconds.time():
            return predict(flights)

    return inner


@wrong("6.2", "calls `predict` 2 times")
def calls_twice(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        with seconds.time():
            predict(*args, **kwargs)
        requests.labels("ok").inc()
        return predict(*args, **kwargs)

    return inner


@wrong("6.2", "calls `predict` at once")
def calls_at_once(predict, registry):
    requests, seconds = _metrics(registry)
    with seconds.time():
        result = predict("JFK")
    requests.labels("ok").inc()
    return result


@wrong("6.2", "has no `predict_seconds`; it has `predict_requests_total`")
def counts_only(predict, registry):
    requests = Counter("predict_requests_total", "n", ["outcome"], registry=registry)

    def inner(*args, **kwargs):
        outcome = "error"
        try:
            result = predict(*args, **kwargs)
            outcome = "ok"
            return result
        finally:
            requests.labels(outcome).inc()

    return inner


@wrong("6.2", "made with their names")
def values_as_label_names(predict, registry):
    requests = Counter("predict_requests_total", "n", registry=registry)
    requests.labels("ok").inc()
    return predict


@wrong("6.2", "made with their names")
def forgets_a_label(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        with seconds.time():
            result = predict(*args, **kwargs)
        requests.inc()
        return result

    return inner


@wrong("6.2", "is there a lock")
def one_at_a_time(predict, registry):
    one, lock = with_time(predict, registry), threading.Lock()

    def inner(*args, **kwargs):
        with lock:
            return one(*args, **kwargs)

    return inner


@wrong("6.2", "whatever it raised")
def one_kind_of_error(predict, registry):
    requests, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        try:
            with seconds.time():
                result = predict(*args, **kwargs)
        except ValueError:
            requests.labels("error").inc()
            raise
        requests.labels("ok").inc()
        return result

    return inner


@wrong("6.2", "which it made itself")
def raises_a_copy(predict, registry):
    _, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        try:
            with seconds.time():
                return predict(*args, **kwargs)
        except Exception as error:
            raise type(error)(*error.args) from None

    return inner


@wrong("6.2", "called `predict(('JFK',), {})`")
def forgets_the_stars(predict, registry):
    _metrics(registry)
    return lambda *args, **kwargs: predict(args, kwargs)


@wrong("6.2", "no `yield`")
def yields(predict, registry):
    _, seconds = _metrics(registry)

    def inner(*args, **kwargs):
        with seconds.time():
            yield predict(*args, **kwargs)

    return inner


wrong("6.2", "nothing will be counted", lambda predict, registry: predict)
wrong("6.2", "should return a function", lambda predict, registry: _metrics(registry)[0])
wrong("6.2", "by its name", lambda predict, registry: _metrics(registry) and None)


@wrong("6.2", "calls `predict` at once")
def calls_at_once_and_returns_nothing(predict, registry):
    requests, seconds = _metrics(registry)
    with seconds.time():
        predict()
    requests.labels("ok").inc()


right("6.3", sorted([*np.geomspace(0.02, 0.2, 14), 0.05]))
right("6.3", np.array([*(0.05 * 1.19**k for k in range(-6, 9)), math.inf]))
right("6.3", tuple(sorted([*np.geomspace(0.02, 0.2, 15), 0.05])))

wrong("6.3", "Are these milliseconds", [1_000 * e for e in (0.02, 0.05, 0.1, 0.2)])
wrong("6.3", "exact only at its edges", np.geomspace(0.02, 0.2, 14))
wrong(
    "6.3", "Equally wide", [*np.linspace(0.02, 0.2, 15)[:2], 0.05, *np.linspace(0.02, 0.2, 15)[3:]]
)
wrong("6.3", "Equally wide", sorted([*np.linspace(0.02, 0.2, 15), 0.05]))
wrong("6.3", "% off", [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25])
wrong("6.3", "% off", sorted([*np.geomspace(0.02, 0.2, 11), 0.05]))
wrong("6.3", "21 % off", sorted([*np.geomspace(0.02, 0.2, 13), 0.05]))
wrong("6.3", "highest edge", sorted([*np.geomspace(0.02, 0.15, 14), 0.05]))
wrong("6.3", "rising order", [*np.geomspace(0.02, 0.2, 14), 0.05])
wrong("6.3", "16 are allowed", sorted([*np.geomspace(0.02, 0.2, 40), 0.05]))
wrong("6.3", "comes twice", [0.02, 0.05, 0.05, 0.1])
wrong("6.3", "to the last digit", sorted([*np.geomspace(0.02, 0.2, 14), 0.05 + 1e-17 * 5]))
wrong("6.3", "should be a list", 16)
wrong("6.3", "should be a list", "0.02, 0.05")
wrong("6.3", "should be one number", ["0.02", "0.05"])
wrong("6.3", "finite edges", [math.inf])
wrong("6.3", "is empty", [])
wrong("6.3", "below zero", [-0.1, *np.geomspace(0.02, 0.05, 7), *np.geomspace(0.06, 0.2, 7)])
wrong("6.3", "% off", sorted([0.0241, *np.geomspace(0.0285, 0.2, 12), 0.05]))
wrong("6.3", "% off", sorted([0.0168, 0.024, *np.geomspace(0.0285, 0.2, 12), 0.05]))
wrong("6.3", "20.3 % off", sorted([*np.geomspace(0.02, 0.2, 12), 0.05]))
right("6.3", [0.01, *sorted([*np.geomspace(0.02, 0.2, 14), 0.05])])
wrong("6.3", "should be a list", Histogram("x_seconds", "x", registry=None))


def _samples(page):
    lines = [line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#")]
    return pd.Series({series: float(value) for series, value in lines})


@right("6.4")
def with_pandas(before, after):
    new = _samples(after).sub(_samples(before), fill_value=0)
    new = new.where(new >= 0, _samples(after))
    counter = new[new.index.str.startswith("flightdelay_requests_total")]
    count = new["flightdelay_request_seconds_count"]
    return {
        "requests": counter.sum(),
        "error_share": counter[counter.index.str.contains('outcome="error"')].sum() / counter.sum(),
        "mean_seconds": new["flightdelay_request_seconds_sum"] / count,
        "share_within_50ms": new['flightdelay_request_seconds_bucket{le="0.05"}'] / count,
    }


@right("6.4")
def with_the_parser(before, after):
    def read(page):
        families = text_string_to_metric_families(page)
        return {(s.name, *sorted(s.labels.items())): s.value for f in families for s in f.samples}

    old, now = read(before), read(after)
    again = any(now.get(key, 0) < value for key, value in old.items() if "_total" in key[0])

    def new(name, *label):
        return sum(
            value - (0 if again else old.get(key, 0))
            for key, value in now.items()
            if key[0] == name and set(label) <= set(key)
        )

    n, timed = new("flightdelay_requests_total"), new("flightdelay_request_seconds_count")
    return {
        "share_within_50ms": new("flightdelay_request_seconds_bucket", ("le", "0.05")) / timed
        if timed
        else math.nan,
        "mean_seconds": new("flightdelay_request_seconds_sum") / timed if timed else float("nan"),
        "error_share": new("flightdelay_requests_total", ("outcome", "error")) / n if n else np.nan,
        "requests": int(n),
    }


@wrong("6.4", "Then there is no mean: NaN")
def divides_by_nothing(before, after):
    found = with_pandas(before, after)
    count = int(found["requests"])
    return found | {"mean_seconds": float(found["mean_seconds"]) * count / count}


@wrong("6.4", "NaN says so")
def nothing_is_no_error(before, after):
    found = with_pandas(before, after)
    return {key: np.nan_to_num(value) for key, value in found.items()}


@wrong("6.4", "A gauge, `flightdelay_requests_in_progress`, is in it")
def by_the_beginning_of_the_name(before, after):
    new = _samples(after).sub(_samples(before), fill_value=0)
    new = new.where(new >= 0, _samples(after))
    counter = new[new.index.str.startswith("flightdelay_requests")]
    return with_pandas(before, after) | {"requests": counter.sum()}


@wrong("6.4", "Another counter's name ends like this one's")
def by_the_end_of_the_name(before, after):
    new = _samples(after).sub(_samples(before), fill_value=0)
    new = new.where(new >= 0, _samples(after))
    return with_pandas(before, after) | {
        "requests": new[new.index.str.contains("requests_total")].sum()
    }


def _differences(before, after, new):
    """Compute from differences, however these were made."""
    counter = new[new.index.str.startswith("flightdelay_requests_total{")]
    count = new["flightdelay_request_seconds_count"]
    return {
        "requests": counter.sum(),
        "error_share": counter[counter.index.str.contains('outcome="error"')].sum() / counter.sum(),
        "mean_seconds": new["flightdelay_request_seconds_sum"] / count,
        "share_within_50ms": new['flightdelay_request_seconds_bucket{le="0.05"}'] / count,
    }


@wrong("6.4", "on the second page only are lost")
def as_in_the_lesson(before, after):
    return _differences(before, after, _samples(after) - _samples(before))


@wrong("6.4", "After a restart every counter has begun at 0")
def without_restarts(before, after):
    return _differences(before, after, _samples(after).sub(_samples(before), fill_value=0))


@wrong("6.4", "After a restart every counter has begun at 0")
def falls_are_nothing(before, after):
    new = _samples(after).sub(_samples(before), fill_value=0)
    return _differences(before, after, new.clip(lower=0))


right("6.4", lambda a, b: {k: np.array(v) for k, v in with_pandas(a, b).items()})
right("6.4", lambda a, b: {k: pd.NA if v != v else v for k, v in with_pandas(a, b).items()})
wrong(
    "6.4",
    "it should be NaN",
    lambda a, b: {k: None if v != v else v for k, v in with_pandas(a, b).items()},
)
wrong("6.4", "does not fit the pages", lambda a, b: with_pandas(a, b) | {"share_within_50ms": 0.9})
wrong("6.4", "should be one number", lambda a, b: with_pandas(a, b) | {"requests": _samples(a)})
wrong("6.4", "should return a dictionary", lambda before, after: (600, 0.02, 0.03, 0.9))
wrong("6.4", "has no 'error_share'", lambda before, after: {"requests": 600})
wrong("6.4", "stopped with an error", lambda before, after: before - after)


COUNTER = "flightdelay_requests_total"


@wrong("6.4", "has the label `origin`, too")
def one_series_only(before, after):
    a, b = _samples(before), _samples(after)
    return {"requests": b[COUNTER + '{outcome="ok"}'] - a[COUNTER + '{outcome="ok"}']}


def _keep(flights, labels, fits):
    kept = []
    for label in labels:
        if fits(flights, [*kept, label]):
            kept.append(label)
    return kept


@right("6.5")
def by_drop_duplicates(flights, labels, edges, budget):
    def fits(table, names):
        return len(table[names].drop_duplicates()) * (len(edges) + 3) <= budget

    return _keep(flights, labels, fits)


@right("6.5")
def by_groups(flights, labels, edges, budget):
    kept = ()
    for label in labels:
        if flights.groupby([*kept, label]).ngroups * (len(edges) + 1 + 2) <= budget:
            kept += (label,)
    return kept


right(
    "6.5",
    lambda f, labels, edges, budget: _keep(
        f,
        labels,
        lambda t, names: len(set(map(tuple, t[names].values))) <= budget // (len(edges) + 3),
    ),
)


@wrong("6.5", "look like 11 and 1")
def joined_to_one_text(flights, labels, edges, budget):
    def fits(table, names):
        texts = {"".join(map(str, row)) for row in table[names].itertuples(index=False)}
        return len(texts) * (len(edges) + 3) <= budget

    return _keep(flights, labels, fits)


@wrong("6.5", "you leave out")
def never_more_than_one(flights, labels, edges, budget):
    return by_drop_duplicates(flights, labels, edges, budget)[:1]


@wrong("6.5", "you keep `flight_id`")
def all_of_them(flights, labels, edges, budget):
    return labels


@wrong("6.5", "Keep the order")
def smallest_first(flights, labels, edges, budget):
    return sorted(by_drop_duplicates(flights, labels, edges, budget), key=len, reverse=False)[::-1]


wrong("6.5", "list of labels", lambda flights, labels, edges, budget: 3)
wrong("6.5", "the text", lambda flights, labels, edges, budget: "origin")
wrong("6.5", "list of labels", lambda flights, labels, edges, budget: set(labels[:1]))
wrong("6.5", "none of them", lambda flights, labels, edges, budget: ["airport"])
wrong("6.5", "stopped with an error", lambda flights, labels, edges, budget: flights["label"])


@wrong("6.5", "go on counting with it")
def counts_what_was_left_out(flights, labels, edges, budget):
    return [
        label
        for i, label in enumerate(labels)
        if len(flights[labels[: i + 1]].drop_duplicates()) * (len(edges) + 3) <= budget
    ]


right("6.5", lambda *case: pd.Index(by_drop_duplicates(*case)))
right("6.5", lambda *case: dict.fromkeys(by_drop_duplicates(*case)).keys())
