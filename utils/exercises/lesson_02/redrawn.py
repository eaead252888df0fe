"""Judge flights that were drawn anew, so that one of two groups has a given share (2.3 and 2.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from utils.exercises.expect import a_table
from utils.exercises.lesson_02.draws import (
    MANY,
    NOT_CHANCE,
    SEEDS,
    Drawing,
    note_seeds,
    too_far,
    uneven,
)
from utils.exercises.lesson_02.kept import same
from utils.exercises.verdicts import NotYet


@dataclass(eq=False)
class Redrawn(Drawing):
    """Flights drawn anew.

    `split` takes a table and returns, for each group by its name, which rows are in it: the group
    that has the share, the other one, and perhaps a third whose rows stay. `mistaken` has other
    groups that somebody may give the share to, as a function of the table.
    """

    split: Callable[[pd.DataFrame], Mapping[str, np.ndarray]] = None
    mistaken: Mapping[str, Callable[[pd.DataFrame], np.ndarray]] = field(default_factory=dict)

    def watch(self, seen, tables, flights, share, called, seeds):
        """Note what is wrong with the tables, one for each seed."""
        masks = self.split(flights)
        first, second, *third = masks
        rest = masks[third[0]] if third else np.zeros(len(flights), dtype=bool)
        places = [_places(table, flights, called) for table in tables]
        numbers = [masks[first][at].sum() for at in places]
        for table, at in zip(tables, places, strict=True):
            _note_values(seen, table.reset_index(drop=True), flights.iloc[at], called)
        fits = abs(numbers[0] - share * len(places[0])) < _chance(share, len(flights))
        _note_rows(seen, {len(at) for at in places}, len(flights), fits, called)
        for at in places:
            _note_rest(seen, np.flatnonzero(rest), np.sort(at[rest[at]]), called)
        self._note_share(seen, places, flights, share, called)
        drawn = {who: [np.sort(at[masks[who][at]]) for at in places] for who in (first, second)}
        for who, found in drawn.items():
            anew = found[1:] if seeds == SEEDS else found
            _note_even(seen, anew, np.flatnonzero(masks[who]), flights, who, called)
        note_seeds(seen, drawn, seeds)

    def _note_share(self, seen, places, flights, share, called):
        masks = self.split(flights)
        first, second, *_ = masks
        number = (masks[first] | masks[second]).sum()
        got = [masks[first][at].sum() for at in places]
        shown = got[0] / max((masks[first] | masks[second])[places[0]].sum(), 1)
        after = f"After {called} the share is {shown:.3f} ({got[0]:,} of {number:,} flights)."

        def all_near(wanted, by=1.0):
            return all(abs(n - wanted) <= by for n in got)

        # Half a flight may be rounded either way.
        if all_near(share * number, 0.5 + 1e-6):
            return seen.note("share", "", "")
        for kind, group in self.mistaken.items():
            if all(abs(group(flights)[at].sum() - share * number) <= 1 for at in places):
                return seen.note("share", kind, after)
        kinds = {
            "near": all_near(share * number),
            "before": all_near(masks[first].sum(), 0),
            "swapped": all_near((1 - share) * number),
            "of all": all_near(share * len(flights)),
            "by chance": all_near(share * number, _chance(share, number)),
        }
        return seen.note("share", next((k for k, so in kinds.items() if so), "other"), after)


def _places(drawn, flights, called):
    table = a_table(drawn, f"What {called} returns", flights.columns)
    place = pd.Series(np.arange(len(flights)), flights["flight_id"].to_numpy())
    if strangers := set(table["flight_id"]) - set(place.index):
        raise NotYet(f"{called} has flights that were not in `flights`: {strangers.pop()}.")
    return place.loc[table["flight_id"]].to_numpy()


def _chance(share, number):
    return NOT_CHANCE * np.sqrt(share * (1 - share) * number)


def _note_values(seen, table, source, called):
    changed = [c for c in source if not same(table[c].to_numpy(), source[c].to_numpy()).all()]
    outcome = next((c for c in changed if c in ("late", "arr_delay")), "")
    seen.note("outcome", outcome, f"In {called} a flight has another outcome than in `flights`.")
    other = changed[0] if changed else ""
    seen.note("values", other, f"{called} changed `{other}` of some flights.")


def _note_rows(seen, got, wanted, fits, called):
    fault = "" if got == {wanted} else "fewer" if max(got) < wanted else "other"
    reason = "The share fits, but the" if fits else "The"
    seen.note(
        "rows",
        fault,
        f"{reason} table that {called} returns has {max(got):,} rows, and `flights` has "
        f"{wanted:,}.",
    )


def _note_rest(seen, before, after, called):
    fault = "" if np.array_equal(before, after) else "others" if len(after) else "lost"
    said = {
        "lost": f"{called} lost the {len(before):,} flights without an outcome.",
        "others": f"In {called} the flights without an outcome are others than before, or some "
        "come twice.",
    }
    seen.note("rest", fault, said.get(fault, ""))


def _note_even(seen, drawn, given, flights, who, called):
    """Note whether each row of a group has the same chance; `drawn` and `given` are places."""
    seen.note("even", "", "")
    everything = np.concatenate(drawn)
    if not len(everything):
        return
    different = len(np.unique(everything))
    if too_far(everything, given, different):
        seen.note("even", "end", f"Of the {who}, {called} prefers those at one end of the table.")
    used = len(np.unique(drawn[0]))
    if len(drawn[0]) > 30 and used < 0.75 * len(given) * (1 - np.exp(-len(drawn[0]) / len(given))):
        seen.note(
            "even", "few", f"Of {len(given):,} {who} {called} uses only {used:,}, again and again."
        )
    values = flights[["hour", "distance", "temp", "late"]].assign(
        sched_dep=flights["sched_dep"].astype("int64"), unknown=flights["late"].isna()
    )
    for column in values:
        one, other = (
            values[column].iloc[at].dropna().to_numpy(float) for at in (everything, given)
        )
        if len(one) and other.std() > 0 and too_far(one, other, different):
            mean = "share without an outcome" if column == "unknown" else f"mean of `{column}`"
            seen.note(
                "even",
                column,
                f"In {called} the {who} have another {mean} than before, further off than chance "
                "would bring it.",
            )
    if len(drawn) == len(MANY):
        counts = np.bincount(everything, minlength=len(flights))[given]
        mean = len(everything) / len(given)
        fault = uneven(counts, mean, mean)
        said = {
            "last": f"never draws the last of the {len(given)} {who}",
            "never": f"never draws some of the {len(given)} {who}",
            "uneven": f"draws some of the {len(given)} {who} far more often than others",
        }
        if fault:
            seen.note("even", fault, f"Called {len(drawn)} times, {called} {said[fault]}.")


def redrawn_cases(name, flights, few, shares):
    """Return the cases: two tables, and shares of which one is just rounded down, and one up."""
    usual, down, up = shares
    rows = [("flights", flights, usual, SEEDS), ("few_flights", few, down, (3, 4))]
    rows += [("few_flights", few, up, MANY), ("few_flights", few, 0, (5,))]
    rows += [("few_flights", few, 1, (5,))]
    return {f"`{name}({t}, {share:g}, rng)`": (data, share, s) for t, data, share, s in rows}
