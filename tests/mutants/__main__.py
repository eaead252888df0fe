"""Change every right answer by one step, and hold that the check of its exercise refuses it.

    python -m tests.mutants             all exercises (about half an hour on two idle cores)
    python -m tests.mutants 3.1 3.2     these
    python -m tests.mutants 03          those of a lesson
    python -m tests.mutants --all-keys 3.1    also list what was refused, and what is the same
    python -m tests.mutants --kept      only the table of the report, of when each was last tried

Right answers are the lesson's solution and those in `tests/answers/`. A mutant is one step away:
another operator or constant, a call or a statement dropped, arguments swapped, a neighbour of a
function. In a text that is PromQL, rules or SQL: another window, threshold, matcher, label.

What became of a mutant:

    refused      the check says "not yet", or the code does not run (`ended`: of these, what had to
                 be ended because it never came back)
    accepted     it passes, rightly, and accepted/lesson_NN.yml says why
    same         its value is that of a right answer
    unexplained  it passes, and nobody has said why: sharpen the check, or note it

Each that passes is printed with a key, for instance

    by_histogram: 11 -> 12 in `edges = np.quantile(reference, np.linspace(0, 1, 11))`

If it is rightly accepted, note the key as printed, with one true sentence, in
`tests/mutants/accepted/lesson_03.yml` (quote it with single quotes; a ' in it is written twice):

    "3.1":
      - mutant: 'by_histogram: 11 -> 12 in `edges = np.quantile(reference, np.linspace(0, 1, 11))`'
        because: One true sentence.

A note about a mutant that is refused now, or is made no more, is stale, and told as such.
The counts are kept in `report.json`, for each exercise with a digest of its check, its answers and
the operators; `make test` holds that they are of today's. Exit code 1: something is unexplained,
stale, or could not be tried.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.mutants import report, source
from utils import paths
from utils.exercises import registry

AT_ONCE = 2
# These take longest, and so begin.
LONG = ("07", "05", "10")


def chosen(words: list[str]) -> list[str]:
    """Return the exercises that are asked for: by number, by lesson, or all."""
    known = {lesson: source.exercise_ids(lesson) for lesson in registry.lessons()}
    every = [name for names in known.values() for name in names]
    found = []
    for word in words or list(known):
        if word not in known and word not in every:
            raise SystemExit(f"There is no {word}: there are {', '.join([*known, *every])}.")
        found += known.get(word, [word])
    return list(dict.fromkeys(found))


def batches(exercise_ids: list[str]) -> list[list[str]]:
    """Return the exercises by lesson, for what the lesson says before is run once."""
    found: dict[str, list[str]] = {}
    for exercise_id in exercise_ids:
        found.setdefault(registry.lesson_of(exercise_id), []).append(exercise_id)
    if len(found) == 1 and len(exercise_ids) > 1:
        # One lesson alone: half of it on each core.
        return [exercise_ids[::2], exercise_ids[1::2]]
    return [found[lesson] for lesson in sorted(found, key=lambda lesson: lesson not in LONG)]


def work(exercise_ids: list[str], all_keys: bool) -> list[report.Row | str]:
    """Judge the mutants of some exercises of a lesson in a process of its own."""
    # One thread each: a fork of a process with threads of OpenMP hangs, and two cores are two.
    alone = {n: "1" for n in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    environment = os.environ | alone | {"PYTHONPATH": str(paths.ROOT), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "tests.mutants.worker", *exercise_ids]
    rows: list[report.Row | str] = []
    # Digests first: what is edited meanwhile makes the report stale, as it should.
    digests = {name: report.digest(name) for name in exercise_ids}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        for line in worker.stdout:
            became = json.loads(line)
            name = became["exercise"]
            if "problem" in became:
                rows.append(f"{name}: {became['problem']}")
                print(f"{name:>5}  could not be tried: {became['problem']}", flush=True)
                continue
            rows.append(report.row(became, report.notes(name)))
            tell(rows[-1], became, all_keys)
            if became["wrong"]:
                # Counts without some of the answers are not those of the exercise.
                rows += [f"{name}: {problem}" for problem in became["wrong"]]
            else:
                report.keep(rows[-1], digests[name])
    told = {r.exercise if isinstance(r, report.Row) else r.split(":")[0] for r in rows}
    return rows + [f"{name}: the process ended early" for name in exercise_ids if name not in told]


def tell(row: report.Row, became: dict, all_keys: bool) -> None:
    """Print what became of an exercise's mutants."""
    lines = [f"{row.exercise:>5}  {row.mutants} mutants, {became['seconds']} s"]
    lines += [f"       unexplained  {key}" for key in row.unexplained]
    lines += [f"       stale note   {key}" for key in row.stale]
    if all_keys:
        for kind in ("refused", "ended", "same"):
            lines += [f"       {kind:<11}  {key}" for key in became[kind]]
    print("\n".join(lines), flush=True)


def table(counts: dict[str, dict[str, int]]) -> str:
    """Return the counts of exercises as a table."""
    columns = ("mutants", "refused", "accepted", "same", "unexplained", "stale")
    lines = ["exercise" + "".join(f"{column:>13}" for column in columns)]
    for name in sorted(counts, key=lambda name: [int(part) for part in name.split(".")]):
        lines.append(f"{name:>8}" + "".join(f"{counts[name][c]:13,}" for c in columns))
    sums = (sum(count[column] for count in counts.values()) for column in columns)
    return "\n".join([*lines, "     all" + "".join(f"{number:13,}" for number in sums)])


def main(arguments: list[str] | None = None) -> int:
    """Run the mutants of the exercises that are asked for; return the exit code."""
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser("mutants", description=__doc__, formatter_class=plain)
    parser.add_argument("exercises", nargs="*")
    parser.add_argument("--all-keys", action="store_true")
    parser.add_argument("--kept", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.kept:
        print(table(report.kept()))
        return 0
    rows: list[report.Row | str] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        working = [pool.submit(work, b, asked.all_keys) for b in batches(chosen(asked.exercises))]
        for done in as_completed(working):
            rows += done.result()
    problems = [row for row in rows if isinstance(row, str)]
    tried = [row for row in rows if isinstance(row, report.Row)]
    print("\n" + table({row.exercise: row.counts() for row in tried}))
    for problem in problems:
        print(f"not tried  {problem}")
    return int(bool(problems) or any(row.unexplained or row.stale for row in tried))


if __name__ == "__main__":
    sys.exit(main())
