"""Versions of a list folded into spans of time: since when until when each ship stood on it.

A list is remembered as runs: an entry as it was written in versions one after the other, in the order of the days on
which they were published. That is the same whatever the order in which they were brought in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from operator import attrgetter
from typing import Literal

from watch.watchlists.entry import Entry

#: What `listed_at` of a span rests on: the list says it, a version is the first that has it, or nothing older is known.
Since = Literal["list", "version", "known"]


@dataclass(frozen=True)
class Run:
    """An entry that stands unchanged in the versions `[first, last)`, counted in the order of their days."""

    entry: Entry
    first: int
    last: int


@dataclass(frozen=True)
class Span:
    """A run with its times.

    Attributes
    ----------
    first_at, until_at
        The day of its first version, and of the first version without it (None: it stands in the newest).
    listed_at, delisted_at
        When the ship stood on the list as so written; both the same when that was never so.
    since
        What `listed_at` rests on.
    """

    entry: Entry
    first_at: datetime
    until_at: datetime | None
    listed_at: datetime
    delisted_at: datetime | None
    since: Since


def put_version(runs: Iterable[Run], at: int, entries: Iterable[Entry], *, replaces: bool) -> list[Run]:
    """Return the runs of a list with one more version in its place among the others.

    Parameters
    ----------
    runs
        Of the versions there are.
    at
        How many versions are older.
    entries
        What the version says, one entry for each key.
    replaces
        Whether there is a version of that day already, whose place it takes.

    Examples
    --------
    >>> one = Entry("1")
    >>> runs = put_version([], 0, [one], replaces=False)
    >>> [(run.first, run.last) for run in put_version(runs, 1, [one], replaces=False)]
    [(0, 2)]
    """
    cut = [part for run in runs for part in _without(run, at, replaces)]
    cut += [Run(entry, at, at + 1) for entry in entries]
    ordered = sorted(cut, key=lambda run: (run.entry.key, run.first))
    return [run for _, group in groupby(ordered, key=attrgetter("entry.key")) for run in _joined(group)]


def _without(run: Run, at: int, replaces: bool) -> Iterator[Run]:
    """Yield what is left of a run around a place that is made free for a version."""
    gap = 0 if replaces else 1
    end = at + 1 if replaces else at
    if run.first < at:
        yield Run(run.entry, run.first, min(run.last, at))
    if run.last > end:
        yield Run(run.entry, max(run.first, end) + gap, run.last + gap)


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield runs of one key in order, those that touch and say the same as one."""
    before: Run | None = None
    for run in runs:
        if before is not None and before.last == run.first and before.entry == run.entry:
            before = Run(run.entry, before.first, run.last)
            continue
        if before is not None:
            yield before
        before = run
    if before is not None:
        yield before


def spans_of(runs: Iterable[Run], published: Sequence[datetime]) -> Iterator[Span]:
    """Yield the spans of runs; `published` has the days of all versions in order.

    Notes
    -----
    A ship is listed from the day that the list itself says, in the last of the versions that have it without a break;
    else from the day of the first of them. A ship that came back is not listed in the time between, whatever the
    list says. It is delisted on the day of the first version that lacks it.
    """
    ordered = sorted(runs, key=lambda run: (run.entry.key, run.first))
    for _, group in groupby(ordered, key=attrgetter("entry.key")):
        gone_at: datetime | None = None
        for stretch in _stretches(group):
            yield from _stretch_spans(stretch, published, gone_at)
            gone_at = _moment(published, stretch[-1].last)


def _stretches(runs: Iterable[Run]) -> Iterator[list[Run]]:
    stretch: list[Run] = []
    for run in runs:
        if stretch and stretch[-1].last != run.first:
            yield stretch
            stretch = []
        stretch.append(run)
    yield stretch


def _stretch_spans(stretch: list[Run], published: Sequence[datetime], gone_at: datetime | None) -> Iterator[Span]:
    own = [midnight(run.entry.listed_at) for run in stretch if run.entry.listed_at]
    own = [day for day in own[-1:] if gone_at is None or day >= gone_at]
    since: Since = "list" if own else "version" if stretch[0].first else "known"
    begin = own[0] if own else published[stretch[0].first]
    for run in stretch:
        first_at, until_at = published[run.first], _moment(published, run.last)
        listed_at = begin if run is stretch[0] else max(begin, first_at)
        end = _first_end(until_at, run.entry.delisted_at)
        yield Span(run.entry, first_at, until_at, listed_at if end is None else min(listed_at, end), end, since)


def _first_end(until_at: datetime | None, own: date | None) -> datetime | None:
    if own is None:
        return until_at
    return midnight(own) if until_at is None else min(midnight(own), until_at)


def _moment(published: Sequence[datetime], number: int) -> datetime | None:
    return published[number] if number < len(published) else None


def midnight(day: date) -> datetime:
    """Return the first moment of a day, UTC.

    Examples
    --------
    >>> midnight(date(2026, 11, 20)).isoformat()
    '2026-11-20T00:00:00+00:00'
    """
    return datetime.combine(day, time(), UTC)


def ships_lost(before: Iterable[Entry], after: Iterable[Entry]) -> tuple[int, int]:
    """Return how many ships there were before, and how many of them are gone after.

    Examples
    --------
    >>> ships_lost([Entry("1", imo=9074729), Entry("2")], [Entry("other key", imo=9074729)])
    (2, 1)
    """
    were = {entry.ship for entry in before}
    return len(were), len(were - {entry.ship for entry in after})


def shrinks_too_much(before: Iterable[Entry], after: Iterable[Entry], most: float) -> str:
    """Return why a version may not follow another, as a sentence; "" when it may.

    Parameters
    ----------
    before, after
        The entries of the version before, and of the new one.
    most
        The share of ships that may be gone, from 0 to 1.
    """
    count, lost = ships_lost(before, after)
    if lost <= most * count:
        return ""
    return f"lacks {lost:,} of {count:,} ships of the version before ({lost / count:.0%}; {most:.0%} may be gone)"
