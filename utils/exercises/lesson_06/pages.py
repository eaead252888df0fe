"""How the check of exercise 6.4 judges a reader of scrapes: on pages of a real registry."""

import math

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from utils.exercises.expect import a_number, close, result_of
from utils.exercises.lesson_06.scraping import scrape
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

KEYS = ("requests", "error_share", "mean_seconds", "share_within_50ms")
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
SECONDS, REQUESTS = "flightdelay_request_seconds", "flightdelay_requests_total"


class _Service:
    """Metrics like those of the lesson, and others whose lines look alike."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.registry = r = CollectorRegistry()
        self.model = Histogram("flightdelay_model_seconds", "Model.", buckets=EDGES, registry=r)
        self.requests = Counter(REQUESTS, "Requests.", ["origin", "outcome"], registry=r)
        self.seconds = Histogram(SECONDS, "Time of a request.", buckets=EDGES, registry=r)
        self.rows = Counter("flightdelay_rows_total", "Rows.", ["outcome"], registry=r)
        self.waiting = Gauge("flightdelay_log_waiting", "Rows not yet on disk.", registry=r)

    def answer(self, number, errors, origins, slow):
        """Answer so many requests, at some airports, some of them slow and some with an error."""
        for i in range(number):
            outcome = "error" if i < errors else "invalid" if i % 9 == 0 else "ok"
            self.requests.labels(origins[i % len(origins)], outcome).inc()
            took = self.rng.lognormal(np.log(0.015), 0.5) + 0.08 * (self.rng.random() < slow)
            self.seconds.observe(took)
            self.model.observe(0.3 * took)
            self.rows.labels(outcome).inc(3)
        self.waiting.set(number % 7)

    def text(self):
        return generate_latest(self.registry).decode()


def judge(between):
    """Compare with what happened between two pages, three times; raise NotYet for a difference."""
    first, later = _Service(1), _Service(2)
    first.answer(240, 6, ["EWR", "JFK"], 0.05)
    later.answer(90, 0, ["EWR"], 0.3)  # no error yet, and one airport only
    trials = [(first, (150, 30, ["EWR", "JFK"], 0.4)), (later, (400, 8, ["EWR", "LGA"], 0.0))]
    trials.append((first, (1, 0, ["JFK"], 1.0)))
    for service, traffic in trials:
        before, pages_before = service.text(), scrape(service.registry)
        service.answer(*traffic)
        after, pages_after = service.text(), scrape(service.registry)
        found = _found(_called(between, before, after))
        _compare(found, pages_before, pages_after, traffic)


def _called(between, before, after):
    try:
        return result_of(between, before, after)
    except NotYet as problem:
        if "KeyError" in str(problem) and REQUESTS in str(problem):
            raise NotYet(
                f"{problem}\nOn the pages of the check the counter has the label `origin`, too, so "
                f"its series have longer names. Take all that begin with `{REQUESTS}`."
            ) from None
        raise


def _found(result):
    if not isinstance(result, dict):
        raise NotYet(
            f"`between` should return a dictionary with {', '.join(map(repr, KEYS))}; it returned "
            f"{describe(result)}."
        )
    if lacking := [key for key in KEYS if key not in result]:
        raise NotYet(
            f"The dictionary has no {lacking[0]!r}. It should have the four keys of the exercise; "
            f"yours has {', '.join(map(repr, list(result)[:3])) or 'none'}"
            f"{', …' if len(result) > 3 else ''}."
        )
    found = {}
    for key in KEYS:
        number = result[key]
        if isinstance(number, (float, np.floating)) and math.isnan(number):
            raise NotYet(
                f'"{key}" is NaN. A series that is on the second page only (the first error at an '
                "airport) counts as 0 on the first: `a.sub(b, fill_value=0)`."
            )
        found[key] = a_number(number, f'"{key}"')
    return found


def _readings(page):
    """Return what every slip is made of: the sums of one page."""
    within = {float(labels["le"]): v for labels, v in page.of(f"{SECONDS}_bucket")}
    by_outcome = {
        outcome: sum(v for labels, v in page.of(REQUESTS) if labels["outcome"] == outcome)
        for outcome in ("ok", "invalid", "error")
    }
    model = {float(labels["le"]): v for labels, v in page.of("flightdelay_model_seconds_bucket")}
    return {
        "n": sum(by_outcome.values()),
        **by_outcome,
        "sum": page.total(f"{SECONDS}_sum"),
        "series": {tuple(labels.items()): v for labels, v in page.of(REQUESTS)},
        "rows": page.total("flightdelay_rows_total"),
        "row_errors": sum(
            v for labels, v in page.of("flightdelay_rows_total") if labels["outcome"] == "error"
        ),
        "within": within[0.05],
        "below": within[0.025],
        "over": within[0.1],
        "all_below": sum(v for edge, v in within.items() if edge <= 0.05),
        "every_bucket": sum(within.values()),
        "edges": sum(edge * v for edge, v in within.items() if edge < math.inf),
        "model_within": model[0.05],
        "model_sum": page.total("flightdelay_model_seconds_sum"),
    }


def _ratio(a, b):
    return a / b if b else math.nan


def _compare(found, before, after, traffic):
    a, b = _readings(before), _readings(after)
    d = {key: b[key] - a[key] for key in a if key != "series"}
    known = {labels: b["series"][labels] - value for labels, value in a["series"].items()}
    d["known"] = sum(known.values())
    d["known_errors"] = sum(v for labels, v in known.items() if ("outcome", "error") in labels)
    right = {
        "requests": d["n"],
        "error_share": d["error"] / d["n"],
        "mean_seconds": d["sum"] / d["n"],
        "share_within_50ms": d["within"] / d["n"],
    }
    story = f"Between two pages with {traffic[0]} requests, {traffic[1]} of them errors,"
    for key in KEYS:
        if close(found[key], right[key]):
            continue
        for says, wrong in _slips(key, a, b, d, right):
            if close(found[key], wrong) and not close(wrong, right[key]):
                raise NotYet(f'{story} "{key}" is {found[key]:.6g}: {says}')
        raise NotYet(
            f'{story} "{key}" is {found[key]:.6g}, and that does not fit the pages. Print the '
            "lines that go into it, of both pages."
        )


_TOTALS = (
    "these are all since the start, as the second page has them. Take off what the first page had."
)

_LOST = (
    "the series that are on the second page only are lost. On the first page they count as 0: "
    "`b.sub(a, fill_value=0)`, and not `b - a`."
)


def _slips(key, a, b, d, right):
    one_hundred = "that is in per cent; a share lies between 0 and 1."
    return {
        "requests": [
            (_TOTALS, b["n"]),
            ("that is what the first page has.", a["n"]),
            ("the first page minus the second is the wrong way round.", -d["n"]),
            ("that is the requests with the outcome ok; of any outcome were asked.", d["ok"]),
            ("the invalid ones are missing; of any outcome were asked.", d["n"] - d["invalid"]),
            ("all buckets added up. They are cumulative: a request is in many.", d["every_bucket"]),
            ("other counters have the label `outcome`, too; look at the name.", d["n"] + d["rows"]),
            ("that is another counter, of rows; look at the name.", d["rows"]),
            (_LOST, d["known"]),
        ],
        "error_share": [
            (_TOTALS, _ratio(b["error"], b["n"])),
            (one_hundred, 100 * right["error_share"]),
            ("that is a number, not a share: divide by all requests.", d["error"]),
            ("invalid requests are no errors: the asker is at fault.", 1 - d["ok"] / d["n"]),
            ("you divide by the ok ones; divide by all.", _ratio(d["error"], d["ok"])),
            (
                "you divide by ok and error; divide by all, the invalid ones too.",
                _ratio(d["error"], d["ok"] + d["error"]),
            ),
            ("you divide by all since the start.", d["error"] / b["n"]),
            (_LOST, d["known_errors"] / d["n"]),
            (
                "shares of the two pages were subtracted. Subtract the counts first, then divide.",
                b["error"] / b["n"] - a["error"] / a["n"],
            ),
            (
                "other counters have the label `outcome`, too; look at the name.",
                (d["error"] + d["row_errors"]) / d["n"],
            ),
        ],
        "mean_seconds": [
            (_TOTALS, b["sum"] / b["n"]),
            ("these are milliseconds.", 1_000 * right["mean_seconds"]),
            ("that is the sum of the seconds, not yet their mean.", d["sum"]),
            (
                "means of the two pages were subtracted. Subtract the sums and the counts first.",
                b["sum"] / b["n"] - a["sum"] / a["n"],
            ),
            (
                "that is the mean of the two pages' means. Subtract the sums and the counts first.",
                (b["sum"] / b["n"] + a["sum"] / a["n"]) / 2,
            ),
            ("you divide by the ok ones only.", _ratio(d["sum"], d["ok"])),
            ("you divide by all since the start.", d["sum"] / b["n"]),
            ("that is computed from edges, and `_sum` knows better.", d["edges"] / d["n"]),
            (
                "that is computed from edges, and the buckets are cumulative. Use `_sum`.",
                _ratio(d["edges"], d["every_bucket"]),
            ),
            ("that is another histogram, of the model; look at the name.", d["model_sum"] / d["n"]),
        ],
        "share_within_50ms": [
            (_TOTALS, b["within"] / b["n"]),
            (one_hundred, 100 * right["share_within_50ms"]),
            ("that is a number, not a share: divide by all.", d["within"]),
            (
                "the buckets up to 0.05 were added up. They are cumulative: the last of them holds "
                "the others already.",
                d["all_below"] / d["n"],
            ),
            (
                "that is the share between 0.025 and 0.05 s. The bucket is cumulative: it holds "
                "all that took at most 0.05 s, so take nothing off.",
                (d["within"] - d["below"]) / d["n"],
            ),
            ("that is the share that took longer.", 1 - d["within"] / d["n"]),
            (
                "you divide by the sum of all buckets; they are cumulative.",
                _ratio(d["within"], d["every_bucket"]),
            ),
            ("you divide by all since the start.", d["within"] / b["n"]),
            (
                "shares of the two pages were subtracted. Subtract the counts first, then divide.",
                b["within"] / b["n"] - a["within"] / a["n"],
            ),
            ("that is the bucket below.", d["below"] / d["n"]),
            ("that is the bucket above.", d["over"] / d["n"]),
            (
                "that is another histogram, of the model; look at the name.",
                d["model_within"] / d["n"],
            ),
            (
                "two histograms have a bucket of 0.05, and you added both; look at the name.",
                (d["within"] + d["model_within"]) / d["n"],
            ),
        ],
    }[key]
