"""Gates as rules, the right one and those with a slip: they decide without files and reports."""

from collections.abc import Callable
from dataclasses import dataclass

from utils.exercises.judges import Slip
from utils.flights import FEATURES


@dataclass(frozen=True)
class Ended:
    """How a gate ended: its exit code, how it came to that, and what is wrong with its words."""

    code: int
    how: str
    printed: str
    complaint: str


def _drifted(old, new, limit):
    from utils.drift.measure import wasserstein

    return wasserstein(old, new) > limit


def _drifted_by_default(old, new, limit):
    """Tell what Evidently does that chooses the method: up to 1,000 rows it is a p-value."""
    from utils.drift.measure import ks_pvalue

    return ks_pvalue(old, new) <= limit if old.count() <= 1_000 else _drifted(old, new, limit)


def _emptier(old, new):
    return new.isna().mean() - old.isna().mean() > 0.1


@dataclass(frozen=True)
class Rule:
    """A gate as a rule, which decides on a trial without files and reports: those take long."""

    drifted: Callable = _drifted
    emptier: Callable = _emptier
    unknown: bool = True
    nothing: int = 1
    on_error: int = 1
    code: Callable = bool

    def ended(self, trial):
        """Return how it ends."""
        old, new, limits = trial.reference, trial.batch, trial.limits
        if set(FEATURES) - set(new) or new.empty:
            code = self.on_error
        elif not limits:
            code = self.nothing
        else:
            code = self.code(
                (self.unknown and set(limits) - set(FEATURES))
                or any(
                    self.drifted(old[c], new[c], limits[c]) or self.emptier(old[c], new[c])
                    for c in set(limits) & set(FEATURES)
                )
            )
        how = f"ends with the exit code {int(code)}"
        return Ended(int(code), how, "stopped" if code else "passed", "")


_NO_TESTS = (
    "It lets drifted batches pass. Are there any tests of drift? Without `include_tests=True` a "
    "metric has only the conditions that you gave it, and where nothing was tested, nothing "
    "failed: `all([])` is True, `any([])` is False."
)


def _never(*columns):
    return False


SLIPS = [
    Slip(
        "It stops whatever it gets. Are there any tests? A report has some only with "
        "`include_tests=True`.",
        Rule(drifted=lambda old, new, limit: True),
    ),
    Slip(
        "Is the comparison the right way round? 0 lets a batch pass, 1 stops it.",
        Rule(code=lambda stopped: not stopped, nothing=0, on_error=0),
    ),
    Slip(
        "Is the comparison the right way round? 0 lets a batch pass, 1 stops it.",
        Rule(code=lambda stopped: not stopped),
    ),
    Slip(
        "Do you hand the limit to the metric, `ValueDrift(..., threshold=limit)`? Without it "
        "Evidently takes 0.1.",
        Rule(lambda old, new, limit: _drifted(old, new, 0.1)),
    ),
    Slip(
        "Did you swap reference and batch? `Report.run(current, reference)`: the batch comes "
        "first. (The score is divided by the reference's standard deviation, so the order "
        "matters.)",
        Rule(lambda old, new, limit: _drifted(new, old, limit)),
    ),
    Slip(
        "With up to 1,000 rows in the reference, Evidently's default is a p-value, which no limit "
        'for a distance fits. Name the method: `method="wasserstein"`.',
        Rule(_drifted_by_default),
    ),
    Slip(
        "Where nothing was tested, nothing failed: `all([])` is True and `any([])` is False. Stop "
        "when the list of tests is empty.",
        Rule(nothing=0),
    ),
    Slip(
        "A gate that catches an error and goes on says that all is well.",
        Rule(on_error=0, unknown=False),
    ),
    Slip("A gate that catches an error and goes on says that all is well.", Rule(on_error=0)),
    Slip(
        "Missing values are dropped before the comparison, so no score sees them. Test their share "
        "as well: `MissingValueCount(column=..., share_tests=[...])`.",
        Rule(emptier=_never),
    ),
    Slip(
        "A few values are missing on every day. Broken is more than 0.1 above the share in the "
        "reference: `lte(Reference(absolute=0.1))`.",
        Rule(emptier=lambda old, new: new.isna().any()),
    ),
    Slip(
        "More than 0.1 may be missing where it is so in the reference, too: "
        "`lte(Reference(absolute=0.1))`.",
        Rule(emptier=lambda old, new: new.isna().mean() > 0.1),
    ),
    Slip(
        "`Reference(relative=0.1)` is a tenth of the reference's own share, and where that is 0, "
        "nothing. `Reference(absolute=0.1)` adds 0.1.",
        Rule(emptier=lambda old, new: new.isna().mean() > 1.1 * old.isna().mean()),
    ),
    Slip(
        "A limit for a column that is none of the features tests nothing: somebody has misspelt "
        "it. Stop, and name it.",
        Rule(unknown=False),
    ),
    *(
        Slip(_NO_TESTS, Rule(_never, emptier, unknown, nothing))
        for emptier in (_never, _emptier)
        for unknown in (True, False)
        for nothing in (0, 1)
    ),
]
