"""What the page of health shows beside the status: refused rows by reason, and positions by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow.compute as pc

from watch.lake import Lake
from watch.service.status import Status
from watch.store.loads import Load
from watch.store.slices import Slice
from watch.wording import age_words, plural

_EXAMPLES = 3
_RAW_MAX = 200  # own: as much of a broken row as tells what it was
_DAYS_MAX = 120  # own: a bar has a few pixels then

_NOW_DAYS, _BEFORE_DAYS_MIN = 7, 14  # own: a week against all that the chart shows before it
_FALL_SHARE = 0.5  # own: half of what was usual is no week of holidays
_OLD_H = 48.0  # own: files of a day come a day late

Row = dict[str, Any]


@dataclass(frozen=True)
class DayBar:
    """A day's positions as a bar: where it lies and how wide and tall it is, in percent."""

    day: date
    positions: int
    x_percent: float
    width_percent: float
    height_percent: float


def to_say(status: Status, runs: Sequence[Row], warnings: Sequence[Row]) -> list[str]:
    """Return what somebody should know though nothing is wrong: old data, and warnings that were told already."""
    age_s = status.age_s
    told = []
    if age_s is not None and age_s > _OLD_H * 3600:
        none = "" if status.sources else ", and no source is set that would bring newer ones"
        told.append(f"The newest fix is {age_words(age_s / 3600)} old{none}.")
    if warnings:
        were = "was" if len(warnings) == 1 else "were"
        told.append(f"{plural(len(warnings), 'warning')} about the data {were} told in digests before; see below.")
    failed = any(run["status"] in ("failed", "cut off") for run in runs)
    first = "No job failed lately." if not failed else "A job failed, and a later one of its kind went well."
    return [first, *told] if told or failed else []


def lasting_fall(slices: Sequence[Slice]) -> str:
    """Return that far fewer positions come of late than before; nothing while that is not so.

    Examples
    --------
    >>> lasting_fall([])
    ''
    """
    back = [bar.positions for bar in day_bars(slices)][::-1]
    before_days = len(back) - _NOW_DAYS
    if before_days < _BEFORE_DAYS_MIN:
        return ""
    now, before = sum(back[:_NOW_DAYS]) / _NOW_DAYS, sum(back[_NOW_DAYS:]) / before_days
    if now >= _FALL_SHARE * before:
        return ""
    late = f"{now:,.0f} positions a day in the last {_NOW_DAYS} days of data"
    return f"Fewer of late: {late}, {before:,.0f} in the {before_days} before."


def _by_day(slices: Sequence[Slice]) -> Counter[date]:
    by_day: Counter[date] = Counter()
    for one in slices:
        by_day[one.start_at.date()] += one.positions
    return by_day


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
    by_day = _by_day(slices)
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
