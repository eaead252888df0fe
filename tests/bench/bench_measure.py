"""Time and memory of `utils.drift.measure` against plain scipy and numpy, and Evidently's preset.

Run by hand: `python tests/bench/bench_measure.py [rows]`. Ten columns, a million rows in each
frame. Every cell runs in a process of its own: CPU seconds (the best of three; once for
Evidently), and by how much the peak memory is above that before the measurement.
"""

import json
import subprocess
import sys
from time import process_time

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial import distance

METHODS = {"ks": "ks_pvalue", "wasserstein": "wasserstein"}
METHODS |= {"psi": "psi", "jensenshannon": "jensen_shannon"}
WAYS = ["plain", "utils.drift.measure", "evidently"]
LIMIT = 1.2
FASTER = {"ks": 5, "wasserstein": 5, "psi": 50, "jensenshannon": 50}
COLUMNS = 10


def main() -> int:
    """Print the table; return 1 when a limit is missed."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{COLUMNS} columns × {rows:,} rows in each frame")
    print(f"{'':14}" + "".join(f"{way:>26}" for way in WAYS) + "    to plain   Evidently to it")
    missed = []
    for method in METHODS:
        runs = {way: in_a_process(way, method, rows) for way in WAYS}
        seconds = {way: run["seconds"] for way, run in runs.items()}
        cells = [f"{run['seconds']:9.3f} s {run['megabytes']:7.0f} MB" for run in runs.values()]
        row = f"{method:14}" + "".join(f"{text:>26}" for text in cells)
        to_plain = seconds["utils.drift.measure"] / seconds["plain"]
        faster = seconds["evidently"] / seconds["utils.drift.measure"]
        print(f"{row}{to_plain:12.2f}{faster:18.1f}")
        scores = [run["scores"] for run in runs.values()]
        assert np.allclose(scores, scores[0], rtol=0, atol=1e-9), method
        if to_plain > LIMIT or faster < FASTER[method]:
            missed.append(method)
    print(f"Missed a limit: {', '.join(missed) or 'none'}")
    return int(bool(missed))


def in_a_process(way: str, method: str, rows: int) -> dict:
    """Measure one cell of the table in a fresh process."""
    command = [sys.executable, __file__, "--cell", way, method, str(rows)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def cell(way: str, method: str, rows: int) -> dict:
    """Measure in this process; memory is the peak above what the frames and imports take."""
    import resource

    run = ready(way, method, *frames(rows))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(1 if way == "evidently" else 3):
        start = process_time()
        scores = run()
        seconds.append(process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": min(seconds), "megabytes": (peak - before) / 1024, "scores": list(scores)}


def frames(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two frames of normal numbers, the current one shifted a little more by column."""
    rng = np.random.default_rng(8)
    names = [f"column_{i}" for i in range(COLUMNS)]
    reference, current = (rng.standard_normal((COLUMNS, rows)) for _ in range(2))
    current += np.linspace(0, 0.3, COLUMNS)[:, None]
    # Without copies, which would raise the peak before the measurement.
    reference, current = (
        pd.DataFrame(x.T, columns=names, copy=False) for x in (reference, current)
    )
    return reference, current


def ready(way: str, method: str, reference: pd.DataFrame, current: pd.DataFrame):
    """Return a call that gives the scores of all columns; everything is imported before."""
    if way == "plain":
        plain = PLAIN[method]
        return lambda: [plain(reference[c].to_numpy(), current[c].to_numpy()) for c in reference]
    if way == "utils.drift.measure":
        from utils.drift import measure

        function = getattr(measure, METHODS[method])
        return lambda: measure.by_column(function, reference, current, reference.columns)
    from utils.drift import reports  # first: it switches Evidently's telemetry off

    from evidently import DataDefinition, Dataset, Report  # isort: skip
    from evidently.presets import DataDriftPreset  # isort: skip

    definition = DataDefinition(numerical_columns=list(reference.columns))

    def report():
        data = [Dataset.from_pandas(f, data_definition=definition) for f in (current, reference)]
        return reports.drift_table(Report([DataDriftPreset(num_method=method)]).run(*data))["score"]

    return report


def _psi(reference, current):
    r, c = _shares(reference, current)
    floor = [s[s > 0].min() for s in (r, c)]
    r, c = (
        np.where(s == 0, f / 1e6 if f <= 1e-4 else 1e-4, s)
        for s, f in zip((r, c), floor, strict=True)
    )
    return np.sum((r - c) * np.log(r / c))


def _shares(reference, current):
    edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
    bins, limits = len(edges) - 1, (edges[0], edges[-1])
    return [np.histogram(x, bins, limits)[0] / len(x) for x in (reference, current)]


PLAIN = {
    "ks": lambda r, c: stats.ks_2samp(r, c).pvalue,
    "wasserstein": lambda r, c: stats.wasserstein_distance(r, c) / r.std(),
    "psi": _psi,
    "jensenshannon": lambda r, c: distance.jensenshannon(*_shares(r, c)),
}

if __name__ == "__main__":
    if "--cell" in sys.argv:
        way, method, rows = sys.argv[2:]
        print(json.dumps(cell(way, method, int(rows))))
    else:
        sys.exit(main())
