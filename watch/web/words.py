"""How templates write moments, places and names: the same words as in mails and on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from watch.wording import age_words, as_utc, clean, lasting_words, moment_words, plural, position_words, sentence


def stamp(value: datetime | str | None) -> str:
    """Return a moment as a table shows it, to the minute, UTC.

    Examples
    --------
    >>> stamp("2020-05-03T04:10:00Z"), stamp(None)
    ('2020-05-03 04:10', '')
    """
    at = as_utc(value)
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


FILTERS: dict[str, Callable[..., Any]] = {
    "clean": clean,
    "moment": moment_words,
    "stamp": stamp,
    "plural": plural,
    "sentence": sentence,
    "lasting": lasting_words,
    "age": age_words,
    "place": lambda at: position_words(*at),
}
