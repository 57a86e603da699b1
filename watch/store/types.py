"""Column types that are the same on SQLite and PostgreSQL: moments, texts and JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment in UTC, exact to the microsecond.

    Raises
    ------
    ValueError
        When a moment without a time zone is to be stored.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a moment as it is stored."""
        if value is None or value != value:  # pandas' missing moment is unequal to itself
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; moments are aware and in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a stored moment."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class PlainText(TypeDecorator[str]):
    """Text that every database can hold: what none can, NUL and half a surrogate pair, becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return a text as it is stored."""
        return value if value is None else storable(value)


class JsonText(str):
    """A value that is JSON text already."""

    __slots__ = ()


class Json(TypeDecorator[Any]):
    """Plain values kept as JSON text; the same bytes for the same content."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return a value as it is stored."""
        return value if value is None or isinstance(value, JsonText) else to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return a stored value."""
        return None if value is None else json.loads(value)


def storable(text: str) -> str:
    r"""Return a text without the characters that a database refuses.

    Examples
    --------
    >>> storable("MADE\x00ONE \ud800") == "MADE\ufffdONE \ufffd"
    True
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def to_json(value: Any) -> JsonText:
    """Return a value as JSON with sorted keys; moments as ISO text in UTC, what is not a number as null.

    Examples
    --------
    >>> to_json({"b": float("nan"), "a": datetime(2020, 5, 3, tzinfo=UTC)})
    '{"a":"2020-05-03T00:00:00Z","b":null}'
    """
    try:
        return JsonText(_ENCODER.encode(value))
    except ValueError:
        return JsonText(_ENCODER.encode(_finite(value)))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "item"):  # a numpy scalar
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    item = value.item() if hasattr(value, "item") else value
    return None if isinstance(item, float) and not math.isfinite(item) else value


def iso(at: datetime) -> str:
    """Return a moment as ISO 8601 in UTC with a Z.

    Examples
    --------
    >>> iso(datetime(2020, 5, 3, 4, 5, 6, 7, tzinfo=UTC))
    '2020-05-03T04:05:06.000007Z'
    """
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
