"""Label matchers as a person writes them, and as Alertmanager's API has them."""

import re

from utils.errors import CourseError

# Alertmanager takes a value without quotes, too, where it is one word.
_VALUE = r'(?:"((?:[^"\\]|\\.)*)"|([^\s,"\'=~!{}]+))'
_MATCHER = re.compile(rf"\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*{_VALUE}\s*(,|$)")


def parse(text: str) -> list[dict]:
    """Return the matchers of a text, 'alertname="TooSlow", job!="test"', as the v2 API has them.

    Raises CourseError, with the place, when the text cannot be read.
    """
    if not isinstance(text, str):
        raise CourseError(f"Matchers are one text, 'alertname=\"TooSlow\"'; this is {text!r}.")
    rest = text.strip()
    rest = rest[1:-1].strip() if rest.startswith("{") and rest.endswith("}") else rest
    found, place = [], 0
    while place < len(rest):
        match = _MATCHER.match(rest, place)
        if not match:
            raise CourseError(
                f"The matchers cannot be read from here on: {rest[place:].strip()}\nEach is a "
                'label, one of = != =~ !~, and a value in double quotes: job="flightdelay". A '
                "comma stands between two."
            )
        name, sign, value, bare, _ = match.groups()
        value = bare if value is None else value
        value = re.sub(r"\\(.)", r"\1", value) if sign in ("=", "!=") else value.replace(r"\"", '"')
        found.append(
            {"name": name, "value": value, "isRegex": "~" in sign, "isEqual": "!" not in sign}
        )
        place = match.end()
    if not found:
        raise CourseError("There is no matcher: a silence for everything is not to be had.")
    return found


def as_text(matchers: list[dict]) -> str:
    """Return matchers of the API as a person writes them."""
    signs = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
    return ", ".join(
        f'{m["name"]}{signs[m["isRegex"], m.get("isEqual", True)]}"{m["value"]}"' for m in matchers
    )
