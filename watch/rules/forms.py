"""The forms of values in a rule file: lists of words, lengths of time, moments, days; and what a part of a rule is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

Level = Literal["informational", "low", "medium", "high", "critical"]

STEP_ID = r"^[a-z][a-z0-9_]*$"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3650)
FIRST_YEAR, LAST_YEAR = 1970, 2199


def as_tuple(value: object) -> object:
    """Return a value or a list as a tuple."""
    return tuple(value) if isinstance(value, list) else value if isinstance(value, tuple) else (value,)


def as_tuple_or_none(value: object) -> object:
    """Return a value or a list as a tuple, and nothing as nothing."""
    return value if value is None else as_tuple(value)


def _as_duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"a length of time is a number and a unit (90min, 24h, 120d, 2w), not {value!r}")
    length = timedelta(**{_UNITS[found[2]]: float(found[1])}) if float(found[1]) <= 1e7 else LONGEST * 2
    if not timedelta(0) < length <= LONGEST:
        raise ValueError(f"{value!r} is not between 0 and 3650 days")
    return length


def _as_moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"a moment is written 2020-05-05T06:00Z, not {value!r}") from None
    _check_year(moment.year)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _as_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"a date is written 2027-01-31, not {value!r}") from None
    _check_year(day.year)
    return day


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")


Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(as_tuple)]
Duration = Annotated[timedelta, BeforeValidator(_as_duration)]
Moment = Annotated[datetime, BeforeValidator(_as_moment)]
Day = Annotated[date, BeforeValidator(_as_date)]
#: Field name to condition as written; `conditions.parse_condition` reads it.
Where = dict[str, Any]


class Part(BaseModel):
    """A part of a rule: frozen, no other keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def midnight(day: date) -> datetime:
    """Return the UTC moment at which `day` begins."""
    return datetime.combine(day, time(), UTC)
