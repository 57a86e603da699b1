"""What the page of health shows beside the status: refused rows by reason, and positions by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow.compute as pc

from watch.lake import Lake
from watch.store.loads import Load
from watch.store.slices import Slice

_EXAMPLES = 3
_RAW_MAX = 200  # own: as much of a broken row as tells what it was
_DAYS_MAX = 120  # own: a bar has a few pixels then

Row = dict[str, Any]


@dataclass(frozen=True)
class DayBar:
    """A day's positions as a bar: where it lies and how wide and tall it is, in percent."""

    day: date
    positions: int
    x_percent: float
    width_percent: float
    height_percent: float


def rejects_of(lake: Lake, loads: Iterable[Load]) -> list[Row]:
    """Return refused rows by load and reason, each with how many there were and the first few as they stood."""
    return [{"load": load, "reasons": _reasons(lake, load.load_id)} for load in loads]


def _reasons(lake: Lake, load_id: int) -> list[Row]:
    rejects = lake.read_rejects(load_id)
    counted = rejects.group_by("reason").aggregate([("line", "count")]).to_pylist()
    rows = [{"reason": row["reason"] or "", "count": row["line_count"]} for row in counted]
    for row in rows:
        some = rejects.filter(pc.equal(rejects["reason"], row["reason"])).slice(0, _EXAMPLES).to_pylist()
        row["examples"] = [{"line": one["line"], "raw": str(one["raw"] or "")[:_RAW_MAX]} for one in some]
    return sorted(rows, key=lambda row: -int(row["count"]))


def day_bars(slices: Sequence[Slice]) -> list[DayBar]:
    """Return the positions of each of the last days as bars, days without any among them.

    Examples
    --------
    >>> day_bars([])
    []
    """
    by_day: Counter[date] = Counter()
    for one in slices:
        by_day[one.start_at.date()] += one.positions
    known = [day for day, positions in by_day.items() if positions]
    if not known:
        return []
    last = max(known)
    first = max(min(known), last - timedelta(days=_DAYS_MAX - 1))
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    most, step = max(by_day[day] for day in days), 100 / len(days)
    return [
        DayBar(day, by_day[day], round(k * step, 3), round(step * 0.8, 3), round(100 * by_day[day] / max(most, 1), 2))
        for k, day in enumerate(days)
    ]
