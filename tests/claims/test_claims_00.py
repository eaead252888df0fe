"""What lesson 00 says in words, compared with the data."""

from utils.flights import REFERENCE, TRAINING, load_flights


def test_00_evening_flights_are_late_more_often_than_morning_flights():
    flights = load_flights(*REFERENCE)
    hour = flights["hour"].astype(int)
    late = flights.groupby(hour)["late"].mean()
    # Any evening hour against any morning hour, at both ends of the plot.
    assert late.loc[17:].min() > late.loc[:9].max()
    assert flights.loc[hour >= 17, "late"].mean() > 2 * flights.loc[hour < 9, "late"].mean()
    # "Few flights leave so late."
    counts = flights.groupby(hour).size()
    assert counts.loc[22:].max() < counts.loc[6:21].min() / 2


def test_00_july_is_beyond_the_training_weeks():
    winter, july = load_flights(*TRAINING)["temp"], load_flights(29, 29)["temp"]
    assert july.min() > winter.max()


def test_00_a_thousand_miles_an_hour_for_a_handful_of_rows():
    wind = load_flights(*TRAINING)["wind_speed"]
    impossible = wind > 1000
    assert 1 <= impossible.sum() <= 3
    # "The mean of all flights hardly moves."
    assert abs(wind.mean() - wind[~impossible].mean()) < 0.01 * wind.mean()
