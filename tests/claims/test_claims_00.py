"""What lesson 00 says in words, compared with the data."""

import numpy as np

from utils.flights import REFERENCE, TRAINING, load_flights


def test_00_later_flights_are_late_more_often():
    flights = load_flights(*REFERENCE)
    late = flights.groupby(flights["hour"].astype(int))["late"].mean().loc[6:21]
    assert np.corrcoef(late.index, late)[0, 1] > 0.8
    assert late.idxmax() > 13


def test_00_july_is_beyond_the_training_weeks():
    winter, july = load_flights(*TRAINING)["temp"], load_flights(29, 29)["temp"]
    assert (july > winter.max()).mean() > 0.99


def test_00_a_thousand_miles_an_hour_for_a_handful_of_rows():
    wind = load_flights(*TRAINING)["wind_speed"]
    impossible = wind > 1000
    assert 1 <= impossible.sum() <= 3
    # "The mean of all flights hardly moves."
    assert abs(wind.mean() - wind[~impossible].mean()) < 0.01 * wind.mean()
