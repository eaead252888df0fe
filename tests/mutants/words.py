"""Neighbours: what stands beside a name of Python's libraries, a word of the course, a moment."""

import datetime
import re
from collections.abc import Iterator

# Functions and methods, each with what it is mistaken for.
NAMES = {
    "mean": ("median",),
    "median": ("mean",),
    "nanmean": ("nanmedian",),
    "sum": ("mean",),
    "min": ("max",),
    "max": ("min",),
    "nanmin": ("nanmax",),
    "nanmax": ("nanmin",),
    "idxmin": ("idxmax",),
    "idxmax": ("idxmin",),
    "argmin": ("argmax",),
    "argmax": ("argmin",),
    "nlargest": ("nsmallest",),
    "nsmallest": ("nlargest",),
    "any": ("all",),
    "all": ("any",),
    "isna": ("notna",),
    "isnull": ("notnull",),
    "notna": ("isna",),
    "notnull": ("isnull",),
    "head": ("tail",),
    "tail": ("head",),
    "first": ("last",),
    "last": ("first",),
    "floor": ("ceil",),
    "ceil": ("floor",),
    "log": ("log10", "log1p"),
    "std": ("var",),
    "var": ("std",),
    "count": ("size",),
    "size": ("count",),
    "lt": ("le", "gt"),
    "le": ("lt", "ge"),
    "gt": ("ge", "lt"),
    "ge": ("gt", "le"),
    "lte": ("lt", "gte"),
    "gte": ("gt", "lte"),
    "add": ("sub",),
    "sub": ("add",),
    "mul": ("div",),
    "div": ("mul",),
    "startswith": ("endswith",),
    "endswith": ("startswith",),
    "ffill": ("bfill",),
    "bfill": ("ffill",),
    "sf": ("cdf",),
    "cdf": ("sf",),
    "intersection": ("union",),
    "union": ("intersection",),
    "where": ("mask",),
    "mask": ("where",),
    "cummax": ("cummin",),
    "cumsum": ("cumprod",),
    "geomspace": ("linspace",),
    "linspace": ("geomspace",),
    "inc": ("dec",),
    "wasserstein": ("psi",),
    "psi": ("wasserstein", "jensen_shannon"),
    "unique": ("nunique",),
    "nunique": ("count",),
    "put_nowait": ("put",),
    "put": ("put_nowait",),
}

# Texts of one word that steer a function, or name a column or an outcome.
WORDS = {
    "mean": ("median",),
    "median": ("mean",),
    "size": ("count",),
    "count": ("size",),
    "sum": ("mean",),
    "left": ("right", "both"),
    "right": ("left", "both"),
    "both": ("left", "right"),
    "neither": ("both",),
    "inner": ("outer",),
    "outer": ("inner",),
    "D": ("h",),
    "h": ("D",),
    "above": ("below",),
    "below": ("above",),
    "week": ("day",),
    "day": ("week",),
    "ok": ("error",),
    "error": ("invalid",),
    "invalid": ("error",),
    "late": ("arr_delay",),
    "arr_delay": ("late",),
    "temp": ("dewp",),
    "wind_speed": ("wind_gust",),
    "hour": ("week",),
    "origin": ("dest",),
    "carrier": ("origin",),
    "probability": ("late",),
    "flights": ("late",),
    "EWR": ("JFK",),
    "JFK": ("LGA",),
    "LGA": ("EWR",),
    "page": ("ticket",),
    "ticket": ("page",),
    "SUCCESS": ("FAIL",),
    "/predict": ("/health",),
    "challenger": ("champion",),
    "champion": ("challenger",),
    "wait": ("champion",),
}


def texts_nearby(text: str) -> Iterator[str]:
    """Return a moment an hour and a day away, where the text is one."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", text):
        return
    moment = datetime.datetime.fromisoformat(text)
    form = "%Y-%m-%d" if len(text) == 10 else "%Y-%m-%d %H:%M"
    steps = [datetime.timedelta(days=1), datetime.timedelta(days=-1)]
    if len(text) > 10:
        steps += [datetime.timedelta(hours=1), datetime.timedelta(hours=-1)]
    for step in steps:
        yield (moment + step).strftime(form)
