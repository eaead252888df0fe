"""What Prometheus says of a query that it cannot answer, with what helps then.

The advice goes by Prometheus' own sentence and never by words of the query, which may hold any.
"""

import difflib
import re

from utils.prometheus.places import marked

_SELECTOR = (
    "A selector knows `=`, `!=`, `=~` and `!~`. The value of a label is a text, even of `le`, and "
    "so has no order."
)
_OFFSET = (
    "`offset` belongs right behind a metric's name, labels and range, inside the functions: "
    "`rate(name[1d] offset 1w)`."
)
_PAIRING = (
    "`ignoring(...)` or `on(...)` stands right behind the operator, and `group_left` right behind "
    "that: `a / ignoring(x) group_left b`."
)
_PYTHON = "Is there Python inside the quotes? Only the query itself belongs there."

# Which sentence of Prometheus (a regular expression) calls for which advice; the first counts.
_ADVICE = (
    # Kinds of values.
    (
        r"expected type range vector in call",
        "Functions such as `rate` look back over a range: put one, such as `[5m]`, behind the "
        "metric's name and labels.",
    ),
    (
        r"instant vector in aggregation expression, got range vector",
        "`sum`, `min` and the like take one value of each series, not the samples of a range. "
        "First the rate of each counter, then the sum: `sum(rate(name[5m]))`. A gauge needs a "
        "function such as `avg_over_time`.",
    ),
    (
        r'instant vector in call to function "(\w+)", got range vector',
        "`{}` takes one value of each series, not the samples of a range: put `rate(...)` around "
        "the range.",
    ),
    (
        r'expected type instant vector in call to function "(\w+)", got scalar',
        "A number stands where `{}` takes series. Have the arguments changed places?",
    ),
    (
        r'expected type scalar in call to function "(\w+)", got instant vector',
        "Series stand where `{}` takes a number. Have the arguments changed places?",
    ),
    (r"expected type scalar .*, got string", "A number stands without quotes."),
    (
        r"must contain only scalar and instant vector types",
        "An operation such as `-` takes one value of each series, not the samples of a range: put "
        "a function such as `rate(...)` around each range.",
    ),
    (
        r"ranges only allowed for vector selectors",
        "A range such as `[5m]` belongs right behind a metric's name and labels, not behind a sum. "
        "First the rate of each counter, then the sum of the rates.",
    ),
    (
        r'invalid expression type "range vector" for range query',
        "At each step there is room for one value: put a function such as `rate(...)` around the "
        "range, or ask with `query` for the samples themselves.",
    ),
    # Functions.
    (
        r'expected (\d+) argument\(s\) in call to "(\w+)", got (\d+)',
        "`{1}` takes {0} arguments, separated by commas, and got {2}. A decimal number has a "
        "point: `0.95`.",
    ),
    # Offsets and durations.
    (r"offset modifier must be preceded", _OFFSET),
    (
        r"@ modifier must be preceded",
        "`@` belongs right behind a metric's name, labels and range, inside the functions.",
    ),
    (
        r"no offset modifiers allowed before range",
        "The range comes first, then the offset: `name[1d] offset 1w`.",
    ),
    (r"in offset, expected", "Behind `offset` stands a duration with its unit: `offset 1w`."),
    (
        r"unexpected colon",
        "In the brackets stands a duration alone, `[1d]`; `offset` comes behind them.",
    ),
    (
        r"unexpected duration",
        "A duration stands in brackets, `[5m]`, or behind `offset`. " + _OFFSET,
    ),
    (
        r"missing unit character",
        "Say the unit of the range, without a space or quotes: `[5m]`.",
    ),
    (
        r"not a valid duration|bad (number or )?duration syntax",
        "Durations have whole numbers, and the units ms, s, m, h, d, w and y: `90m` or `1h30m`.",
    ),
    # Pairs.
    (
        r"many-to-one matching must be explicit",
        "The left side has several series for one of the right side: say with `group_left` that "
        "it is the one with more.",
    ),
    (
        r"found duplicate series for the match group .* on the left hand-side",
        "Several series on the left are to be paired with the same one on the right. When the left "
        "side is the one with more, that is said by `group_left` (`group_right` says the "
        "opposite); otherwise sum the left side first.",
    ),
    (
        r"found duplicate series for the match group .* on the right hand-side",
        "Several series on the right fit the same one on the left. Sum the right side to a single "
        "series, or exchange the two sides (`group_right` says that the right is the one with "
        "more).",
    ),
    (r"unexpected <(group_left|group_right|ignoring|on)>", _PAIRING),
    (
        r'in grouping opts, expected "," or "\)"',
        "In the parentheses right behind `group_left`, `by`, `on` and the like stand labels alone. "
        "Before other parentheses write `group_left() (...)`.",
    ),
    (
        r'in grouping opts, expected "\("',
        "Labels stand in parentheses: `by (outcome)`, `ignoring(outcome)`.",
    ),
    (
        r"unexpected <(by|without)>",
        "`{}` stands behind the parentheses or before them: `sum {} (x) (...)`.",
    ),
    # Labels.
    (
        r"in label matching, expected label matching operator",
        'Braces hold labels and their values, `{{job="flightdelay"}}`. If this should be a name of '
        "Python whose text belongs there: is the `f` before the quotes missing?",
    ),
    (r'unexpected "=" in label matching', "One `=` is enough."),
    (r"in label matching, expected string", "The value of a label stands in quotes."),
    (
        r"unexpected string .* in label matching, expected identifier",
        "The name of a label stands without quotes.",
    ),
    (
        r"unexpected character inside braces: '[“”„‟«»‘’‚]'",
        'These are curly quotes. PromQL knows the straight ones alone: `"`.',
    ),
    (r"unexpected character inside braces: ':'", "Between a label and its value stands `=`."),
    (r"unexpected character inside braces: '[\[(]'", "Is the closing brace missing before it?"),
    (r"unexpected character inside braces", _SELECTOR),
    (r"unterminated quoted string", "A quote is opened there, and not closed."),
    (
        r"error parsing regexp",
        "Behind `=~` and `!~` stands a regular expression: `.*` is any text, `ok|error` is either.",
    ),
    (
        r"must contain at least one non-empty matcher",
        "Say the name of a metric, or a label that is not empty.",
    ),
    (
        r'unexpected "\{"',
        "The labels stand right behind the metric's name, and before the range: `name{{...}}[5m]`.",
    ),
    # Operators, and what is no PromQL.
    (r"unexpected character: '[&|]'", "The words are `and`, `or` and `unless`."),
    (
        r'unexpected "="',
        "`=` stands inside braces alone. Values are compared with `==`, and a query is not given a "
        "name inside its text.",
    ),
    (r"unexpected character: '[.$;]'|unexpected string", _PYTHON),
    # What a query costs.
    (
        r"query timed out",
        "It takes too long. Select fewer series, a shorter range, or in a subquery longer steps.",
    ),
    (
        r"would load too many samples",
        "It needs more samples at once than a query may. Select fewer series, or a shorter range.",
    ),
    (
        r"exceeded maximum resolution",
        "Give a longer `step`, or a shorter time from start to end.",
    ),
)

# Words that are taken for functions; nearly all that lessons use, and what people write instead.
_WORDS = (
    *("sum", "avg", "min", "max", "count", "topk", "bottomk", "quantile", "rate", "irate", "delta"),
    *("increase", "deriv", "changes", "resets", "absent", "histogram_quantile", "clamp_min", "ln"),
    *("clamp_max", "avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "scalar"),
    *("last_over_time", "count_over_time", "quantile_over_time", "vector", "round", "abs", "time"),
    *("ignoring", "without", "by", "on", "group_left", "log2", "log10", "sqrt", "exp", "timestamp"),
)
_OTHER_WORDS = {"log": "ln", "mean": "avg", "average": "avg", "ignore": "ignoring"}


def explained(message: str, query: str) -> str:
    """Return Prometheus' message about a query as sentences: what, where, and what helps."""
    said = message.removeprefix('invalid parameter "query": ')
    # This hint is for whoever writes the address of the request.
    said = re.sub(r"\. Try decreasing the query resolution.*", "", said)
    heard = "does not understand" if "parse error" in said else "cannot answer"
    advice = advice_on(message)
    return f"Prometheus {heard} the query: {marked(said, query)}" + (advice and f"\n{advice}")


def advice_on(message: str) -> str:
    """Return what helps when Prometheus says this, or an empty text."""
    said = message.splitlines()[0] if message else ""
    if unknown := re.search(r'unknown function with name "(\w+)"', said):
        return _about_function(unknown[1])
    for sign, advice in _ADVICE:
        if found := re.search(sign, said):
            groups = found.groups() or ("",)
            return advice.format(*groups, *groups)
    return ""


def _about_function(name: str) -> str:
    # Without the underscores they are nearer: clampmin is one of the commonest.
    near = {word.replace("_", ""): word for word in _WORDS}
    close = difflib.get_close_matches(name.lower().replace("_", ""), near, n=1, cutoff=0.75)
    meant = _OTHER_WORDS.get(name.lower()) or (near[close[0]] if close else "")
    return f"There is no function `{name}`. Did you mean `{meant}`?" if meant else ""
