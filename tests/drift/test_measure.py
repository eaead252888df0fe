"""Drift measures: Evidently's own numbers, scipy's, and what hand computation gives."""

import datetime
import functools
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from utils.drift import measure, reports
from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, load_flights

from evidently import Report  # isort: skip  (utils.reports comes first: it switches telemetry off)
from evidently.legacy.calculations.stattests import (  # isort: skip
    chi_stat_test,
    jensenshannon_stat_test,
    ks_stat_test,
    psi_stat_test,
    wasserstein_stat_test,
)
from evidently.legacy.core import ColumnType  # isort: skip
from evidently.metrics import ValueDrift  # isort: skip

EXACT = 1e-9
NUMERIC = {
    measure.ks_pvalue: ks_stat_test,
    measure.wasserstein: wasserstein_stat_test,
    measure.psi: psi_stat_test,
    measure.jensen_shannon: jensenshannon_stat_test,
}
CATEGORIC = {
    measure.chi_square_one_sample: chi_stat_test,
    measure.psi: psi_stat_test,
    measure.jensen_shannon: jensenshannon_stat_test,
}

# Ties, whole numbers, both few and many different values, and some that are missing or infinite.
NUMBERS = st.one_of(
    st.lists(st.floats(-1e6, 1e6).map(lambda x: x * 1.0 if abs(x) > 1e-6 else 0.0), min_size=1),
    st.lists(st.integers(-30, 30).map(float), min_size=1, max_size=200),
    st.lists(st.sampled_from([0.0, 0.25, 1.0, np.nan, np.inf, -np.inf, 7.5]), min_size=1),
)
LABELS = st.lists(st.sampled_from(["EV", "UA", "B6", "MQ", "unseen", None]), min_size=1)


def evidently(test, reference, current, kind):
    # What Evidently leaves out before it compares, it leaves out column by column.
    reference, current = (
        sample.replace([np.inf, -np.inf], np.nan).dropna()
        if kind == ColumnType.Numerical
        else sample.dropna()
        for sample in (reference, current)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(test.func(reference, current, kind, 0.1)[0])


@pytest.mark.filterwarnings("ignore:.*Exact calculation")
@pytest.mark.parametrize("method", NUMERIC, ids=lambda m: m.__name__)
@settings(max_examples=150, deadline=None)
@given(reference=NUMBERS, current=NUMBERS)
def test_numbers_as_evidently(method, reference, current):
    reference, current = pd.Series(reference), pd.Series(current)
    if not (np.isfinite(reference).any() and np.isfinite(current).any()):
        with pytest.raises(CourseError):
            method(reference, current)
        return
    try:
        theirs = evidently(NUMERIC[method], reference, current, ColumnType.Numerical)
    except ValueError as error:
        # Numbers so close that no bin fits between them.
        assert "Too many bins" in str(error)
        return
    assert method(reference, current) == pytest.approx(theirs, abs=EXACT, rel=EXACT)


@pytest.mark.parametrize("method", CATEGORIC, ids=lambda m: m.__name__)
@settings(max_examples=150, deadline=None)
@given(reference=LABELS, current=LABELS)
def test_categories_as_evidently(method, reference, current):
    reference, current = pd.Series(reference, dtype="str"), pd.Series(current, dtype="str")
    if reference.isna().all() or current.isna().all():
        with pytest.raises(CourseError):
            method(reference, current)
        return
    theirs = evidently(CATEGORIC[method], reference, current, ColumnType.Categorical)
    if (
        method is measure.chi_square_one_sample
        and len(set(reference.dropna()) | set(current.dropna())) == 1
    ):
        # The one deliberate difference: nothing can drift, so nothing speaks for drift.
        assert np.isnan(theirs)
        theirs = 1.0
    assert method(reference, current) == pytest.approx(theirs, abs=EXACT, rel=EXACT)


def test_real_flights_as_a_report_says():
    reference = load_flights(10, 13).sample(3_000, random_state=5)
    current = load_flights(24, 24).sample(900, random_state=5)
    methods = {"ks": measure.ks_pvalue, "wasserstein": measure.wasserstein}
    both = {"psi": measure.psi, "jensenshannon": measure.jensen_shannon}
    metrics = [ValueDrift(column=c, method=m) for c in NUMERICAL for m in methods | both]
    metrics += [ValueDrift(column=c, method=m) for c in CATEGORICAL for m in both]
    metrics += [ValueDrift(column=c, method="chisquare") for c in CATEGORICAL]
    snapshot = Report(metrics).run(reports.dataset(current), reports.dataset(reference))
    table = reports.drift_table(snapshot)
    assert len(table) == len(metrics) > 40
    ours = methods | both | {"chisquare": measure.chi_square_one_sample}
    for row in table.itertuples():
        score = ours[row.method](reference[row.column], current[row.column])
        assert score == pytest.approx(row.score, abs=EXACT), row


@pytest.mark.filterwarnings("ignore:.*Exact calculation")
@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1), st.lists(st.integers(0, 12), min_size=1))
def test_ks_distance_is_scipys(reference, current):
    ours = measure.ks_distance(np.array(reference), np.array(current))
    assert ours == pytest.approx(stats.ks_2samp(reference, current).statistic, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from("abcde"), min_size=2), st.lists(st.sampled_from("cdefg"), min_size=2)
)
def test_two_sample_chi_square_is_scipys(reference, current):
    table = pd.concat([pd.Series(s).value_counts() for s in (reference, current)], axis=1).fillna(0)
    if len(table) > 1:
        theirs = stats.chi2_contingency(table.to_numpy(), correction=False).pvalue
        ours = measure.chi_square_two_sample(pd.Series(reference), pd.Series(current))
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_jensen_shannon_is_scipys_and_ends_at_the_root_of_ln_2():
    r, c = pd.Series(["a"] * 3 + ["b"]), pd.Series(["a", "c", "c", "b"])
    theirs = distance.jensenshannon([3, 1, 0], [1, 1, 2])
    assert measure.jensen_shannon(r, c) == pytest.approx(theirs)
    apart = measure.jensen_shannon(pd.Series(["a"]), pd.Series(["b"]))
    assert apart == pytest.approx(np.sqrt(np.log(2)))


def test_psi_by_hand():
    # Shares .5 and .5 become .8 and .2: (.5 - .8) ln(.5 / .8) + (.5 - .2) ln(.5 / .2)
    r, c = pd.Series(["EWR", "JFK"] * 5), pd.Series(["EWR"] * 8 + ["JFK"] * 2)
    assert measure.psi(r, c) == pytest.approx(0.3 * np.log(0.8 / 0.5) + 0.3 * np.log(0.5 / 0.2))
    # An empty share counts as 0.0001.
    c = pd.Series(["EWR"] * 10)
    by_hand = (0.5 - 1) * np.log(0.5) + (0.5 - 1e-4) * np.log(0.5 / 1e-4)
    assert measure.psi(r, c) == pytest.approx(by_hand)


def test_psi_quantiles_by_hand():
    reference = np.arange(100)
    assert measure.psi_quantiles(reference, reference) == 0
    # Four bins of 25; the current sample has all in the lowest, far below the reference.
    by_hand = (0.25 - 1) * np.log(0.25) + 3 * (0.25 - 1e-4) * np.log(0.25 / 1e-4)
    assert measure.psi_quantiles(reference, np.full(40, -1e9), bins=4) == pytest.approx(by_hand)


def test_psi_quantiles_with_one_frequent_value():
    reference = np.r_[np.zeros(95), 1, 2, 3, 4, 5]
    assert measure.psi_quantiles(reference, reference) == 0
    for shift in (1, -1):
        assert measure.psi_quantiles(reference, reference + shift) > 1
        assert measure.psi_quantiles(-reference, shift - reference) > 1


@pytest.mark.parametrize("bins", [1, 0, 2.5, "ten", True])
def test_psi_quantiles_refuses_other_bins(bins):
    with pytest.raises(CourseError, match="whole number"):
        measure.psi_quantiles([1, 2, 3], [1, 2, 3], bins=bins)


def test_wasserstein_of_a_shift_is_the_shift_in_standard_deviations():
    reference = np.random.default_rng(4).normal(20, 5, 500)
    ours = measure.wasserstein(reference, reference + 3)
    assert ours == pytest.approx(3 / reference.std())
    assert measure.wasserstein(np.ones(5), np.ones(3) + 0.002) == pytest.approx(2)


@pytest.mark.parametrize("method", {**NUMERIC, measure.ks_distance: 0, measure.psi_quantiles: 0})
def test_equal_samples_do_not_drift(method):
    flights = load_flights(10, 10)
    for column in NUMERICAL:
        score = method(flights[column], flights[column])
        assert score == (1 if method is measure.ks_pvalue else pytest.approx(0, abs=1e-12))


def test_nobody_is_changed():
    reference, current = load_flights(10, 10), load_flights(11, 11)
    before = reference.copy(), current.copy()
    for method in NUMERIC:
        measure.by_column(method, reference, current, NUMERICAL)
    pd.testing.assert_frame_equal(reference, before[0])
    pd.testing.assert_frame_equal(current, before[1])


@pytest.mark.parametrize(
    "dtype", ["Int64", "Float64", "int32", "uint8", "int8", "float32", "int64[pyarrow]"]
)
def test_types_of_numbers_do_not_matter(dtype):
    reference, current = [1, 2, 2, 5] * 20, [1, 3, 2, 2, 9]
    typed = pd.Series(reference, dtype=dtype), pd.Series(current, dtype=dtype)
    for method in [*NUMERIC, measure.ks_distance, measure.psi_quantiles]:
        assert method(*typed) == pytest.approx(method(np.array(reference), np.array(current)))


def test_small_whole_numbers_that_are_far_apart():
    reference, current = np.array([-128, -100, 100, 127] * 5), np.array([-128, 127, 127, 90])
    for method in [*NUMERIC, measure.ks_distance, measure.psi_quantiles]:
        small = method(reference.astype("int8"), current.astype("int8"))
        assert small == pytest.approx(method(reference, current))


def test_categorical_types_do_not_matter():
    reference, current = ["a", "b", "b"] * 9, ["b", "c", "b"]
    for method in [*CATEGORIC, measure.chi_square_two_sample]:
        plain = method(pd.Series(reference), pd.Series(current))
        categories = pd.CategoricalDtype(list("zabc"))
        typed = pd.Series(reference, dtype=categories), pd.Series(current, dtype="category")
        assert method(*typed) == pytest.approx(plain)
        assert method(pd.Series(reference, dtype=object), pd.Series(current)) == plain


def test_integer_codes_are_categories_on_demand():
    # Codes 0 to 40: as numbers they go into a few wide bins, as categories they do not.
    codes = np.arange(41).repeat(20)
    swapped = np.where(codes == 0, 1, np.where(codes == 1, 0, codes))[: 41 * 20 - 10]
    as_numbers = measure.psi(codes, swapped)
    as_categories = measure.psi(codes, swapped, categorical=True)
    assert as_categories == pytest.approx(measure.psi(codes.astype(str), swapped.astype(str)))
    assert as_numbers != pytest.approx(as_categories)


def test_booleans_are_categories():
    flags = pd.Series([True, False, True]), pd.Series([True, True, True])
    assert measure.psi(*flags) == pytest.approx(measure.psi(*[f.astype("str") for f in flags]))
    with pytest.raises(CourseError, match="no numbers"):
        measure.ks_distance(*flags)


NUMERICAL_METHODS = [*NUMERIC, measure.ks_distance, measure.psi_quantiles]
ALL_METHODS = [*NUMERICAL_METHODS, measure.chi_square_one_sample, measure.chi_square_two_sample]


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda m: m.__name__)
def test_nothing_to_compare(method):
    values = pd.Series([1.0, 2.0, 4.0], name="visib")
    for empty in (values.head(0), values * np.nan):
        with pytest.raises(CourseError, match="`visib` has no value in the current sample"):
            method(values, empty)
        with pytest.raises(CourseError, match="`visib` has no value in the reference sample"):
            method(empty, values)


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda m: m.__name__)
def test_a_table_of_one_column_is_that_column(method):
    reference, current = load_flights(10, 10), load_flights(11, 11)
    for dtype in ("float64", "Float64"):
        one, other = (t[["temp"]].astype(dtype) for t in (reference, current))
        assert method(one, other) == method(reference["temp"], current["temp"])
    with pytest.raises(CourseError, match="reference sample is a DataFrame, and should be one"):
        method(reference[["temp", "humid"]], current["temp"])
    for wrong in (current[["temp", "humid"]].to_numpy(), 5.0, None):
        with pytest.raises(CourseError, match=r"current sample is a .*, and should be one column"):
            method(reference["temp"], wrong)


@pytest.mark.parametrize("method", NUMERICAL_METHODS, ids=lambda m: m.__name__)
def test_text_where_numbers_belong(method):
    numbers, text = pd.Series([1.0, 2.0], name="temp"), pd.Series(["1.0", "2.0"], name="temp")
    with pytest.raises(CourseError, match="`temp` holds no numbers in the current sample"):
        method(numbers, text)


def test_numbers_in_one_sample_and_text_in_the_other():
    text = pd.Series(["1", "2"], name="carrier")
    for method in (measure.chi_square_one_sample, measure.chi_square_two_sample, measure.psi):
        with pytest.raises(CourseError, match="`carrier` holds numbers in one sample and text"):
            method(text, pd.Series([1, 2], name="carrier"))


CATEGORICAL_METHODS = [*CATEGORIC, measure.chi_square_two_sample]
draw = np.random.default_rng(3).normal


@pytest.mark.parametrize("method", CATEGORICAL_METHODS, ids=lambda m: m.__name__)
@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (pd.Series([1, 2, np.inf] * 5), pd.Series([1, 2, -np.inf] * 5)),
        (pd.Series([1, 2, np.inf] * 5).astype("category"), pd.Series([1, 2] * 5)),
        (pd.Series([1, 2, np.inf], dtype="Float64"), pd.Series([1.0, 2, np.nan])),
        (pd.Series([np.inf, np.nan, "a"]), pd.Series(["a", "a", None])),
        # Equal labels of two types, as after SQL or parquet on one side only.
        (pd.Series([1, 2], dtype=object), pd.Series([1, 2])),
        (pd.Series([1, 2], dtype="category"), pd.Series([1, 2], dtype="int64[pyarrow]")),
        (pd.Series([1, None, 2], dtype="Int64").astype("category"), pd.Series([1, 2])),
        (pd.Series([True, False], dtype="boolean"), pd.Series([True, False], dtype=object)),
        (pd.cut(pd.Series([1.0, 3.0]), [0, 2, 4]), pd.cut(pd.Series([1.5, 2.5]), [0, 2, 4])),
    ],
)
def test_samples_that_hold_the_same_are_equal_whatever_their_types(method, reference, current):
    counting = {} if "chi" in method.__name__ else {"categorical": True}
    same = 1.0 if "chi" in method.__name__ else 0.0
    assert method(reference, current, **counting) == same
    assert method(reference, current) == same


@pytest.mark.parametrize("method", CATEGORIC, ids=lambda m: m.__name__)
def test_infinite_values_are_left_out_of_categories_as_a_report_does(method):
    # Evidently's own example for Fisher's test, five times; the numbers are those of a Report.
    reference = pd.Series([np.inf, np.nan, np.nan, "a", "b", "a"] * 5)
    current = pd.Series(["a", "a", np.inf, "a", "a", "b"] * 5)
    theirs = {"psi": 0.0924, "jensen_shannon": 0.1070, "chi_square_one_sample": 0.1573}
    assert method(reference, current) == pytest.approx(theirs[method.__name__], abs=5e-5)


DAYS = pd.Series(pd.date_range("2024-01-01", periods=50))


@pytest.mark.parametrize("method", [*CATEGORICAL_METHODS, *NUMERICAL_METHODS])
@pytest.mark.parametrize(
    ("reference", "current", "says"),
    [
        (DAYS, DAYS, "times"),
        (DAYS.dt.tz_localize("UTC"), DAYS.dt.tz_localize("Asia/Tokyo"), "times"),
        (DAYS - DAYS[0], DAYS - DAYS[0], "times"),
        (DAYS.dt.date, DAYS.dt.date, "times"),
        (DAYS.dt.to_period("D"), DAYS.dt.to_period("D"), "times"),
        (DAYS.astype("category"), DAYS.astype("category"), "times"),
        (DAYS.astype("timestamp[ns][pyarrow]"), DAYS, "times"),
        (pd.Series(draw(size=50), dtype=object), pd.Series(draw(size=50)), "`pd.to_numeric`"),
        (pd.Series([Decimal("1.5")] * 3), pd.Series([Decimal("1.5")] * 3), "`pd.to_numeric`"),
        (pd.Series([Decimal("1.5"), "n/a"]), pd.Series([1.5]), "several types"),
        (pd.Series(["a", 2, "c"]), pd.Series([1, 2, 3]), "several types"),
        (pd.Series([[1], [2]]), pd.Series([[1], [2]]), "a list in its cells"),
        (pd.Series([{"a": 1}]), pd.Series([{"a": 1}]), "a dict in its cells"),
        (pd.Series([datetime.time(7)]), pd.Series([datetime.time(7)]), "times"),
        (pd.Series([1j]), pd.Series([1j]), "complex"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(method, reference, current, says):
    with pytest.raises(CourseError, match=says):
        method(reference, current)


@pytest.mark.parametrize("method", CATEGORICAL_METHODS, ids=lambda m: m.__name__)
@pytest.mark.parametrize(
    ("reference", "current", "says"),
    [
        (pd.Series([True, False]), pd.Series([1, 0]), "booleans in the reference .* and numbers"),
        (pd.cut(pd.Series([1.0, 9]), 3), pd.cut(pd.Series([2.0, 8]), 3), "intervals that overlap"),
        (pd.Series(draw(size=50)).astype("str"), pd.Series(["1.5"]), "decimal numbers as text"),
        (DAYS.astype("str"), DAYS.astype("str"), "dates as text"),
        (pd.Series(["a"], dtype="category"), pd.Series([1]), "numbers in one sample and text"),
    ],
)
def test_labels_that_only_look_like_categories(method, reference, current, says):
    with pytest.raises(CourseError, match=says):
        method(reference, current)


@pytest.mark.parametrize(
    ("column", "works"),
    [
        (pd.Series([True, False]), lambda s: s.astype("float64")),
        (pd.Series([1, 2], dtype="category"), lambda s: s.astype("float64")),
        (pd.Series(["1.5", "2"]), pd.to_numeric),
        (pd.Series(["1.5", "n/a"]), lambda s: pd.to_numeric(s, errors="coerce")),
        (pd.Series([Decimal("1.5")]), pd.to_numeric),
    ],
)
def test_the_cure_that_the_sentence_names_is_one(column, works):
    with pytest.raises(CourseError, match="holds no numbers in the reference sample, but") as said:
        measure.ks_distance(column, column)
    cure = str(said.value).split("If it holds")[0]
    assert ("astype" in cure) == (column.dtype in ("bool", "category"))
    assert ("coerce" in cure) == ("n/a" in list(column))
    assert measure.ks_distance(works(column), works(column)) == 0


def test_text_without_numbers_gets_no_cure_for_numbers():
    with pytest.raises(CourseError) as said:
        measure.ks_distance(pd.Series(["yes", "no"]), pd.Series(["no"]))
    assert "to_numeric" not in str(said.value) and "chi_square_two_sample" in str(said.value)


@pytest.mark.parametrize(
    "sample", [[[1], [1, 2]], {"a": 1}, "text", pd.MultiIndex.from_tuples([(1, 2)])]
)
def test_what_is_no_column_is_refused(sample):
    with pytest.raises(CourseError, match="should be one column"):
        measure.psi(sample, [1, 2])


@pytest.mark.parametrize(
    ("method", "columns", "says"),
    [
        (measure.psi, "temp", "give a list of names"),
        (measure.psi, 5, "give a list of names"),
        ("psi", ["temp"], "give a measure itself"),
    ],
)
def test_by_column_reads_nothing_letter_by_letter(method, columns, says):
    flights = load_flights(10, 10)
    with pytest.raises(CourseError, match=says):
        measure.by_column(method, flights, flights, columns)
    with pytest.raises(CourseError, match="should be a table"):
        measure.by_column(measure.psi, flights.to_numpy(), flights, ["temp"])


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda m: m.__name__)
def test_one_row_and_constants(method):
    assert np.isfinite(method(pd.Series([3.0]), pd.Series([3.0])))
    assert np.isfinite(method(pd.Series([3.0] * 50), pd.Series([4.0] * 50)))


def test_by_column_names_what_is_missing():
    flights = load_flights(10, 10)
    scores = measure.by_column(measure.psi, flights, flights, FEATURES)
    assert list(scores.index) == FEATURES
    assert (scores == 0).all()
    with pytest.raises(CourseError, match="current table has no column `visib`"):
        measure.by_column(measure.psi, flights, flights.drop(columns="visib"), FEATURES)
    with pytest.raises(CourseError, match="reference table has no column `temp`"):
        measure.by_column(measure.psi, flights.drop(columns="temp"), flights, FEATURES)


def test_by_column_takes_a_method_with_its_options():
    flights = load_flights(10, 10)
    method = functools.partial(measure.psi_quantiles, bins=20)
    scores = measure.by_column(method, flights, flights, ["temp"])
    assert (scores.name, scores.tolist()) == ("score", [0.0])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.5))
def test_corrections_against_scipy(p, alpha):
    adjusted = stats.false_discovery_control(p)
    rejected = measure.benjamini_hochberg(p, alpha)
    # Rounding decides where the adjusted value is alpha itself.
    clear = np.abs(adjusted - alpha) > 1e-12
    assert (rejected == (adjusted <= alpha))[clear].all()
    bonferroni = measure.bonferroni(p, alpha)
    assert (bonferroni == (np.array(p) <= alpha / len(p))).all()
    assert (rejected | ~bonferroni).all()


def test_corrections_keep_the_index():
    p = pd.Series({"temp": 0.001, "hour": 0.04, "distance": 0.03})
    assert list(measure.bonferroni(p)) == [True, False, False]
    found = measure.benjamini_hochberg(p)
    assert list(found) == [True, True, True]
    assert list(found.index) == list(p.index)
    assert len(measure.benjamini_hochberg([])) == 0


@pytest.mark.parametrize(
    "p",
    [
        [0.5, np.nan],
        [1.2],
        [-0.1],
        [[0.5]],
        ["a"],
        0.5,
        None,
        pd.Series([0.1, None], dtype="Float64"),
    ],
)
def test_corrections_refuse_what_is_no_pvalue(p):
    for correct in (measure.bonferroni, measure.benjamini_hochberg):
        with pytest.raises(CourseError, match="p-values"):
            correct(p)
    with pytest.raises(CourseError, match="alpha"):
        measure.bonferroni([0.5], alpha=5)
    with pytest.raises(CourseError, match="alpha"):
        measure.bonferroni([0.5], alpha="5 %")
