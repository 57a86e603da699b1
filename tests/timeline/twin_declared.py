"""Slow twins of what is told from declarations: plain loops over one radio's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

Row = tuple[int, float, Any]  # radio, hour, value or None
Change = tuple[int, float, Any, Any, int]  # radio, hour, before, after, times


def changes(rows: Iterable[Row], key: Callable[[Any], Any], within_h: float) -> list[Change]:
    """Return each radio's changes of a known value, those to and fro between two within some hours as one."""
    last: dict[int, Any] = {}
    runs: dict[tuple[int, frozenset[Any]], list[Any]] = {}
    told: list[list[Any]] = []
    for mmsi, hour, value in rows:
        if value is None or key(value) is None:
            continue
        before = last.get(mmsi)
        last[mmsi] = value
        if before is None or key(before) == key(value):
            continue
        run = (mmsi, frozenset((key(before), key(value))))
        if run in runs and hour - runs[run][-1] <= within_h:
            runs[run][4] += 1
            runs[run][-1] = hour
        else:
            runs[run] = [mmsi, hour, before, value, 1, hour]
            told.append(runs[run])
    return [(mmsi, hour, before, after, times) for mmsi, hour, before, after, times, _ in told]


def flags(rows: Iterable[tuple[int, float, int]]) -> list[tuple[int, float, int]]:
    """Return radio, hour and the radio before, where a radio takes up an IMO number that another declared last."""
    holder: dict[int, int] = {}
    declared: dict[int, int] = {}
    found = []
    for mmsi, hour, imo in rows:
        before = holder.get(imo)
        if declared.get(mmsi) != imo and before is not None and before != mmsi:
            found.append((mmsi, hour, before))
        declared[mmsi], holder[imo] = imo, mmsi
    return found


def draughts(rows: Iterable[tuple[int, float, int]]) -> list[tuple[int, float, int, int]]:
    """Return radio, hour and draughts in decimetres of changes by a metre and a tenth, typing errors left out."""
    found = []
    by_radio: dict[int, list[tuple[float, int]]] = {}
    for mmsi, hour, dm in rows:
        if not by_radio.get(mmsi) or by_radio[mmsi][-1][1] != dm:
            by_radio.setdefault(mmsi, []).append((hour, dm))
    for mmsi, told in by_radio.items():
        typos = {
            i
            for i in range(1, len(told) - 1)
            if abs(told[i][1] - told[i - 1][1]) >= 10
            and abs(told[i + 1][1] - told[i - 1][1]) < 5
            and told[i + 1][0] - told[i][0] <= 2
        }
        kept = [t for i, t in enumerate(told) if i not in typos]
        for (_, before), (hour, after) in pairwise(kept):
            if abs(after - before) >= 10 and abs(after - before) * 10 >= before:
                found.append((mmsi, hour, before, after))
    return found
