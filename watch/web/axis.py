"""The time axis of a drawing: where a moment lies, and which moments are written beneath."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_TICKS_MAX = 9  # own: more words than that run into one another on a narrow screen
_HOURS = (1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_MONDAY = datetime(2001, 1, 1, tzinfo=UTC)  # weeks are counted from one
_LEAST = timedelta(hours=1)


@dataclass(frozen=True)
class Tick:
    """A moment that is written at the axis: where it lies in percent of the width, and its words."""

    x_percent: float
    words: str


@dataclass(frozen=True)
class Axis:
    """A stretch of time `[from_at, to_at]` over the whole width."""

    from_at: datetime
    to_at: datetime

    def percent(self, at: datetime) -> float:
        """Return where a moment lies in percent of the width; what lies outside is at the edge.

        Examples
        --------
        >>> axis = make_axis(datetime(2020, 5, 1, tzinfo=UTC), datetime(2020, 5, 5, tzinfo=UTC), 0)
        >>> axis.percent(datetime(2020, 5, 2, tzinfo=UTC)), axis.percent(datetime(2021, 1, 1, tzinfo=UTC))
        (25.0, 100.0)
        """
        share = (at - self.from_at) / (self.to_at - self.from_at)
        return round(100 * min(max(share, 0.0), 1.0), 3)

    def ticks(self) -> list[Tick]:
        """Return at most nine moments at even steps."""
        for hours in _HOURS:
            if (self.to_at - self.from_at) / timedelta(hours=hours) > _TICKS_MAX + 1:
                continue
            found = list(_by_hours(self.from_at, self.to_at, hours))
            if len(found) <= _TICKS_MAX:
                return [Tick(self.percent(at), _words(at, hours, k == 0)) for k, at in enumerate(found)]
        for months in _MONTHS:
            found = list(_by_months(self.from_at, self.to_at, months))
            if len(found) <= _TICKS_MAX:
                return [Tick(self.percent(at), f"{at:%b %Y}") for at in found]
        return []


def make_axis(from_at: datetime, to_at: datetime, margin: float = 0.015) -> Axis:
    """Return an axis over a stretch of time with a margin on both sides, a share of its length."""
    to_at = max(to_at, from_at + _LEAST)
    more = (to_at - from_at) * margin
    return Axis(from_at - more, to_at + more)


def _by_hours(from_at: datetime, to_at: datetime, hours: int) -> Iterator[datetime]:
    step = timedelta(hours=hours)
    at = _MONDAY - (_MONDAY - from_at) // step * step
    while at <= to_at:
        if at >= from_at:
            yield at
        at += step


def _by_months(from_at: datetime, to_at: datetime, months: int) -> Iterator[datetime]:
    number = from_at.year * 12 // months * months
    while (at := datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)) <= to_at:
        if at >= from_at:
            yield at
        number += months


def _words(at: datetime, hours: int, first: bool) -> str:
    day = f"{at.day} {at:%b}"
    if hours < 24:
        return f"{day} {at:%H:%M}" if first or at.hour == 0 else f"{at:%H:%M}"
    return f"{day} {at.year}" if first or (at.month == 1 and at.day * 24 <= hours) else day
