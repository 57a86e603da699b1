"""A match laid back on the table it came from: its rows, who held the cargo when, and what lies in its spans."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np

from watch.geodesy import Bools, Ints
from watch.rules.figures import choice_words, hours, length_words, told_apart
from watch.rules.match import Hand, Match
from watch.rules.pattern import Choice, Having, Sequence, Span
from watch.rules.search import as_us
from watch.rules.table import EventTable

_NO_ROWS = np.empty(0, dtype=np.int64)
_HOUR_US = 3_600_000_000
_ALWAYS = (np.iinfo(np.int64).min, np.iinfo(np.int64).max)


class Rows:
    """Finds events on the timelines of a table; what it has looked for once it keeps."""

    def __init__(self, table: EventTable) -> None:
        self.table = table
        self._numbers = {vessel_id: number for number, vessel_id in enumerate(table.vessel_ids)}
        self._split = table.by_vessel(np.arange(len(table)))
        self._fitting: dict[int, tuple[Choice, Ints]] = {}

    def of_vessel(self, vessel_id: str) -> Ints:
        """Return all rows of a vessel, in order."""
        return self._split.of(self._numbers[vessel_id]) if vessel_id in self._numbers else _NO_ROWS

    def row(self, event: Mapping[str, Any]) -> int:
        """Return the row of an event as it stands on the timeline of its own vessel."""
        rows = self.of_vessel(str(event["vessel_id"]))
        ids = self.table.layout.column("event_id")[rows]
        return int(rows[ids == event["event_id"]][0])

    def fitting(self, choice: Choice, rows: Ints) -> Ints:
        """Return those of `rows` that fit a choice."""
        if id(choice) not in self._fitting:
            self._fitting[id(choice)] = choice, self.table.rows(choice)  # kept with it, so that the id stays its own
        every = self._fitting[id(choice)][1]
        at = np.searchsorted(every, rows)
        inside = rows[at < len(every)]
        fits: Bools = every[at[at < len(every)]] == inside
        return inside[fits]


class Chain:
    """The steps of a sequence that a match took, as rows.

    Attributes
    ----------
    taken
        The row of each step by its id; hand-overs are among them.
    """

    def __init__(self, rows: Rows, sequence: Sequence, match: Match) -> None:
        self.rows, self.table, self.sequence = rows, rows.table, sequence
        self.taken = {step.step_id: rows.row(step.event) for step in match.steps}
        self._held = _held(rows, match.hands) if match.hands else [(rows.of_vessel(match.vessel_id), *_ALWAYS)]

    @property
    def required(self) -> list[str]:
        """The required steps that were taken, in order."""
        return [step.id for step in self.sequence.required if step.id in self.taken]

    def with_step(self, step_id: str, row: int) -> Chain:
        """Return the chain as it would be with another event in a step."""
        other = copy(self)
        other.taken = {**self.taken, step_id: row}
        return other

    def start_us(self, step_id: str) -> int:
        """Return when the event of a step began."""
        return int(self.table.start_us[self.taken[step_id]])

    def apart_h(self, first: str, last: str) -> float:
        """Return the time from one step's start to another's."""
        return (self.start_us(last) - self.start_us(first)) / _HOUR_US

    def knows(self, span: Span) -> bool:
        """Return whether the steps that fix a span have been taken."""
        return all(step in self.taken for step in span.between or (span.after or span.before or "",))

    def stretch(self, span: Span) -> tuple[int, int]:
        """Return the moments after which, and until which, the events of a span begin."""
        if span.between:
            return self.start_us(span.between[0]), self.start_us(span.between[1]) - 1
        begin = self.start_us(span.after or span.before or "")
        length = as_us(span.lasting)
        return (begin, begin + length) if span.after else (begin - length - 1, begin - 1)

    def inside(self, choice: Choice, after_us: int, until_us: int, reaches_us: int | None = None) -> Ints:
        """Return the rows that fit, begin in that time on whichever ship held the cargo, and are no steps.

        Parameters
        ----------
        choice
            What is looked for.
        after_us, until_us
            It begins after the one and not after the other.
        reaches_us
            What ends after this moment counts even where it began before.
        """
        optional = {step.id for step in self.sequence.steps if step.optional}
        own = [row for step_id, row in self.taken.items() if step_id not in optional]
        found, start_us, end_us = [], self.table.start_us, self.table.end_us
        for rows, from_us, to_us in self._held:
            mine = self.rows.fitting(choice, rows[start_us[rows] <= min(until_us, to_us)])
            mine = mine[~np.isin(mine, own)]
            begun = start_us[mine] > max(after_us, from_us)
            if reaches_us is not None:
                begun |= np.maximum(end_us[mine], start_us[mine]) > max(reaches_us, from_us)
            found.append(mine[begun])
        return np.unique(np.concatenate(found))

    def of_span(self, span: Span) -> Ints:
        """Return the rows that lie in a span."""
        after_us, until_us = self.stretch(span)
        reaches_us = after_us + 1 if span.before else after_us
        return self.inside(span, after_us, until_us, reaches_us if span.overlap else None)


def _held(rows: Rows, hands: tuple[Hand, ...]) -> list[tuple[Ints, int, int]]:
    """Return the rows of each ship of a cargo, and from and until when it held it."""
    begun = [int(rows.table.start_us[rows.row(hand.event)]) for hand in hands]
    begin, end = [_ALWAYS[0], *begun[1:]], [*begun[1:], _ALWAYS[1]]
    ships = [rows.of_vessel(str(hand.event["vessel_id"])) for hand in hands]
    return list(zip(ships, begin, end, strict=True))


def span_words(span: Span) -> str:
    """Return what a span asks for, and when.

    Examples
    --------
    >>> span_words(Span(event="gap", between=["load", "arrive"]))
    'gap between load and arrive'
    >>> span_words(Having(event="port_visit", before="load", lasting="30d", min=2))
    '2 or more port_visit in the 30 d before load'
    """
    least = f"{span.min} or more " if isinstance(span, Having) and span.min > 1 else ""
    return f"{least}{choice_words(span)} {when_words(span)}"


def when_words(span: Span) -> str:
    """Return the time in which a span looks."""
    if span.between:
        return f"between {span.between[0]} and {span.between[1]}"
    length = length_words(hours(span.lasting)) if span.lasting else ""
    return f"in the {length} {'after' if span.after else 'before'} {span.after or span.before}"


def apart_words(chain: Chain, first: str, last: str, limit_h: float) -> tuple[str, str, float]:
    """Return how long after one step another came, the longest allowed, and by which share it is over that."""
    took_h = chain.apart_h(first, last)
    limit = f"<= {length_words(limit_h)}"
    return told_apart(length_words(took_h), length_words(took_h, exact=True), limit), limit, took_h / limit_h - 1
