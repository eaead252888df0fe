"""Exercise 8.6: a gauge that fell."""

from utils.exercises.judges.queries import Query, slips
from utils.exercises.lesson_08.selectors import of_staging
from utils.exercises.registry import exercise

TEMP = 'flightdelay_feature_mean{job="flightdelay",feature="temp"}'
BEFORE = " offset 1d"


def _fall(function: str = "min_over_time", window: str = "1d", of: str = TEMP) -> str:
    return f"{function}({of}[{window}]{BEFORE}) - {function}({of}[{window}])"


RIGHT = _fall()

SLIPS = [
    *slips(
        "The sign is the other way round: where it has become colder the fall is above 0.",
        f"min_over_time({TEMP}[1d]) - min_over_time({TEMP}[1d]{BEFORE})",
    ),
    *slips(
        "Both sides are the same: the first needs `offset 1d`, and the feature is `temp`.",
        f"min_over_time({TEMP}[1d]) - min_over_time({TEMP}[1d])",
    ),
    *slips(
        "This is the lowest value itself. The exercise asks by how much it lies below that of the "
        "day before.",
        f"min_over_time({TEMP}[1d])",
        f"min_over_time({TEMP}[1d]{BEFORE})",
    ),
    *slips(
        "This compares two moments, now and a day ago, and misses what was in between. "
        "`min_over_time(...[1d])` looks at all samples of a day.",
        f"{TEMP}{BEFORE} - {TEMP}",
        f"-delta({TEMP}[1d])",
        f"delta({TEMP}[1d])",
    ),
    *slips(
        "`rate` and `increase` are for counters: they take each fall for a restart. A gauge may "
        "fall, so take its values as they are.",
        *(f"{f}({TEMP}[1d])" for f in ("rate", "increase")),
        *(_fall(f) for f in ("rate", "increase")),
    ),
    *slips(
        "These are the means of the two days; the exercise asks for the lowest values.",
        _fall("avg_over_time"),
    ),
    *slips(
        "These are the highest values of the two days; the exercise asks for the lowest.",
        _fall("max_over_time"),
    ),
    *slips(
        "This is the spread within one day, from the lowest to the highest value.",
        f"max_over_time({TEMP}[1d]) - min_over_time({TEMP}[1d])",
    ),
    *slips(
        "This compares with a week before; the exercise asks for the day before.",
        RIGHT.replace("offset 1d", "offset 1w"),
    ),
    *slips(
        "These are degrees Celsius; the gauge is in Fahrenheit, and so should the answer be.",
        f"({RIGHT}) / 1.8",
        f"({RIGHT}) * 5 / 9",
    ),
    *slips(
        "This is a share. The exercise asks for degrees, a difference.",
        f"min_over_time({TEMP}[1d]{BEFORE}) / min_over_time({TEMP}[1d])",
        f"min_over_time({TEMP}[1d]) / min_over_time({TEMP}[1d]{BEFORE})",
    ),
    *of_staging(f"min({RIGHT})"),
    *slips(
        "The range is another one: both are whole days.",
        *(_fall(window=w) for w in ("1h", "5m", "2d", "12h", "6h")),
    ),
    *slips(
        "This is another feature; the exercise asks for `temp`.",
        *(
            _fall(of=TEMP.replace('"temp"', f'"{feature}"'))
            for feature in ("humid", "visib", "wind_speed", "pressure")
        ),
    ),
]

exercise(
    "8.6",
    "A gauge that fell",
    stars=2,
    minutes=7,
    hints=[
        "A gauge needs no `rate`. Which function gives the lowest of all samples of a range?",
        "`min_over_time(...[1d])` is the lowest value of the last day; `offset 1d` behind the "
        "range moves it to the day before.",
        "The day before minus the last day, so that a fall is above 0.",
    ],
    learned="A fault of an input shows in the input itself, within minutes, whatever the scores "
    "make of it.",
    check=Query(
        "fall",
        RIGHT,
        asks="how many degrees the lowest value fell, from the day before to the last day",
        spare=("feature",),
        # The Celsius, the morning and the day after their end, an ordinary fall, and a noon.
        cases=(
            "2013-05-14 00:00",
            "2013-05-18 05:00",
            "2013-05-19 00:00",
            "2013-04-22 00:00",
            "2013-05-09 12:00",
        ),
        slips=SLIPS,
    ),
)
