"""Rules on single events, and on how many of them come within a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from watch.geodesy import Ints
from watch.rules.match import Match
from watch.rules.pattern import Choice, Count
from watch.rules.search import Search, as_us
from watch.rules.table import EventTable
from watch.rules.vessels import vessel_rows

_DAY_US = 86_400_000_000


def single_matches(search: Search) -> Iterator[Match]:
    """Yield the matches of a rule on single events.

    Notes
    -----
    A meeting in which both ships fit is one match, that of the ship with the lower MMSI.
    """
    table, choice = search.table, search.rule.match
    rows = vessel_rows(table, search.rule.vessel, table.rows(choice), "any")
    rows = rows[np.sort(np.unique(table.layout.source[rows], return_index=True)[1])]
    apart_us = as_us(search.rule.alert.group_within)
    groups = _runs(table, rows, apart_us) if apart_us else np.split(rows, np.arange(1, len(rows)))
    doubtful = set(search.doubtful(rows).tolist())
    for group in groups:
        if len(group):
            yield _grouped(search, choice.id, choice, group.tolist(), doubtful)


def _runs(table: EventTable, rows: Ints, apart_us: int) -> Iterator[Ints]:
    """Yield the rows of each vessel that follow one another within a time."""
    by_vessel = table.by_vessel(rows).rows
    new_vessel = np.diff(table.vessels[by_vessel]) != 0
    late = np.diff(table.start_us[by_vessel]) > apart_us
    yield from np.split(by_vessel, np.flatnonzero(new_vessel | late) + 1)


def _grouped(search: Search, step_id: str, choice: Choice, group: list[int], doubtful: set[int]) -> Match:
    known = [row for row in group if row not in doubtful]
    steps = tuple(search.step(step_id, choice, row) for row in known or group)
    return search.match("match" if known else "unknown", group[0], steps)


def count_matches(search: Search, count: Count) -> Iterator[Match]:
    """Yield the matches of a rule that counts.

    Notes
    -----
    A window of events of one vessel fits when it holds enough of them (or enough different zones, partners or
    days) and its first and last begin no further apart than `within`. Windows that share an event are one
    match, whose identity is that of its first event.
    """
    table = search.table
    rows = vessel_rows(table, search.rule.vessel, table.rows(count), "any")
    doubtful = set(search.doubtful(rows).tolist())
    sure = np.array([row for row in rows.tolist() if row not in doubtful], dtype=np.int64) if doubtful else rows
    certain = list(_crowds(search, sure, count))
    for crowd in certain:
        yield search.match("match", crowd[0], tuple(search.step(count.id, count, row) for row in crowd))
    taken = {row for crowd in certain for row in crowd}
    for crowd in _crowds(search, rows, count) if doubtful else ():
        if taken.isdisjoint(crowd):
            yield search.match("unknown", crowd[0], tuple(search.step(count.id, count, row) for row in crowd))


def _crowds(search: Search, rows: Ints, count: Count) -> Iterator[list[int]]:
    """Yield the rows of each vessel that lie in windows with enough in them, windows that touch together."""
    split = search.table.by_vessel(rows)
    enough = np.flatnonzero(np.diff(split.starts) >= count.min)
    for vessel in enough:
        mine = split.of(int(vessel))
        last = _window_ends(search, mine, count)
        begin, end = -1, -1
        for first in np.flatnonzero(last >= 0):
            if first > end:
                if begin >= 0:
                    yield mine[begin : end + 1].tolist()
                begin = int(first)
            end = max(end, int(last[first]))
        if begin >= 0:
            yield mine[begin : end + 1].tolist()


def _window_ends(search: Search, rows: Ints, count: Count) -> Ints:
    """Return for each row the last one of the window that it begins; -1 where the window holds too few."""
    start_us = search.table.start_us[rows]
    last = np.searchsorted(start_us, start_us + as_us(count.within), "right") - 1
    found = last - np.arange(len(rows)) + 1 if count.distinct is None else _different(_marks(search, rows, count), last)
    return np.where(found >= count.min, last, -1)


def _different(marks: list[object], last: Ints) -> Ints:
    """Return how many different marks there are from each place until its last one; None is no mark."""
    inside: Counter[object] = Counter()
    found, end = np.zeros(len(marks), dtype=np.int64), 0
    for begin, until in enumerate(last.tolist()):
        inside.update(marks[end : until + 1])
        end = until + 1
        found[begin] = len(inside) - (None in inside)
        inside[marks[begin]] -= 1
        if not inside[marks[begin]]:
            del inside[marks[begin]]
    return found


def _marks(search: Search, rows: Ints, count: Count) -> list[object]:
    """Return what tells events apart: the zone that each is counted for, its partner, or its day."""
    table = search.table
    if count.distinct == "day":
        return [int(us) // _DAY_US for us in table.start_us[rows]]
    if count.distinct == "zone":
        return [search.zone_id(count, row) for row in rows.tolist()]
    ids, radios = (table.layout.column(name)[rows] for name in ("other_vessel_id", "other_mmsi"))
    known = (f"mmsi:{mmsi:.0f}" if not np.isnan(mmsi) else None for mmsi in radios)
    return [mark or radio for mark, radio in zip(ids, known, strict=True)]
