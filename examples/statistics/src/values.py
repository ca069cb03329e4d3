"""What a field means: a number, a day, yes or no, nothing, or a text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Decimal = Literal[".", ","]
Kind = Literal["number", "date", "boolean", "text", "empty"]

MISSING = frozenset({"", "-", "--", "na", "n/a", "#n/a", "nan", "nil", "null", "none", "?"})
_YES = frozenset({"true", "yes", "ja", "oui", "sí", "si", "wahr", "vrai"})
_NO = frozenset({"false", "no", "nein", "non", "falsch", "faux"})

_EXPONENT = r"(?:[eE][+-]?\d+)?"
_NUMBERS = {
    ".": re.compile(rf"[+-]?(?:\d+(?:\.\d*)?|\.\d+|\d{{1,3}}(?:[,' \u00a0\u202f]\d{{3}})+(?:\.\d+)?){_EXPONENT}"),
    ",": re.compile(rf"[+-]?(?:\d+(?:,\d*)?|,\d+|\d{{1,3}}(?:[.' \u00a0\u202f]\d{{3}})+(?:,\d+)?){_EXPONENT}"),
}
_AROUND = " \t\u00a0\u202f€$£¥%"
_DROP = {".": str.maketrans("", "", ",' \u00a0\u202f"), ",": str.maketrans(",", ".", ".' \u00a0\u202f")}

_CLOCK = r"(?:[T ](?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.\d+)?)?Z?)?"
_DATES = {
    form: re.compile(pattern + _CLOCK)
    for form, pattern in {
        "year-month-day": r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        "year/month/day": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
        "day.month.year": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4}|\d{2})",
        "day/month/year": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4}|\d{2})",
        "month/day/year": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4}|\d{2})",
        "day-month-year": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
        "yearmonthday": r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
    }.items()
}
"""`strptime` makes its patterns anew after every fifth form, which took most of the time here."""


def is_missing(field: str) -> bool:
    """Whether it stands for nothing."""
    return field.strip().lower() in MISSING


def number_of(field: str, decimal: Decimal) -> float | None:
    """The number that it is, with thousands set apart, a currency or a percent sign around it; None: it is none."""
    bare = field.strip(_AROUND)
    if not _NUMBERS[decimal].fullmatch(bare):
        return None
    number = float(bare.translate(_DROP[decimal]))
    return number if number - number == 0 else None


def boolean_of(field: str) -> bool | None:
    """Yes or no in a few languages; None: neither."""
    word = field.strip().lower()
    return True if word in _YES else False if word in _NO else None


def _date(pattern: re.Pattern[str]) -> Callable[[str], datetime | None]:
    def date_of(field: str) -> datetime | None:
        match = pattern.fullmatch(field.strip())
        if match is None:
            return None
        part = {name: int(digits) for name, digits in match.groupdict("0").items()}
        # Two digits: 1970 to 2069.
        year = part["y"] + (0 if part["y"] > 99 else 1900 if part["y"] >= 70 else 2000)
        try:
            return datetime(year, part["m"], part["d"], part["H"], part["M"], part["S"])
        except ValueError:
            return None

    return date_of


@dataclass(frozen=True)
class Reader:
    """How the fields of one column are read. `parse` gives None for a field that does not fit."""

    kind: Kind
    parse: Callable[[str], Any]


_TEXT = Reader("text", str.strip)


def decimal_of(columns: Sequence[Sequence[str]], delimiter: str) -> Decimal:
    """The sign that makes more numbers; where both do, a semicolon between fields speaks for the comma."""

    def numbers(decimal: Decimal) -> int:
        return sum(number_of(field, decimal) is not None for column in columns for field in column)

    point, comma = numbers("."), numbers(",")
    if point == comma:
        return "," if delimiter == ";" else "."
    return "." if point > comma else ","


ENOUGH = 0.95
"""Of the fields of a column so many must fit: a table that people keep has a few that do not."""


def reader_of(fields: Sequence[str], decimal: Decimal) -> Reader:
    """How a column of which these fields were seen is read."""
    present = [field for field in fields if not is_missing(field)]
    if not present:
        return Reader("empty", str.strip)
    codes = all(field.strip().startswith("0") and field.strip().isdecimal() and len(field.strip()) > 1 for field in present)
    candidates = [Reader("boolean", boolean_of)]
    candidates += [Reader("date", _date(pattern)) for form, pattern in _DATES.items() if form != "yearmonthday"]
    # Codes such as 00123 lose what they say when they become numbers.
    if not codes:
        eight = Reader("date", _date(_DATES["yearmonthday"]))
        # Eight digits are a number as well, unless every one of them is a day of this time.
        if all(eight.parse(field) is not None for field in present):
            return eight
        candidates.append(Reader("number", lambda field: number_of(field, decimal)))
    fits = [sum(one.parse(field) is not None for field in present) for one in candidates]
    best = max(range(len(candidates)), key=fits.__getitem__)
    return candidates[best] if fits[best] >= ENOUGH * len(present) else _TEXT
