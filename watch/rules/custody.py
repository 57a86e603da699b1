"""Following a cargo from ship to ship: numbers in, numbers out.

The definitions:

- A *hand-over* is a meeting of the ship that holds the cargo with another, or, where custody is lost, a call of it
  at a place where another ship calls later. The other ship then holds the cargo.
- A *chain* takes one row for each required step, each on the timeline of the ship that holds the cargo then, and
  any number of hand-overs between them; each starts no earlier than the one before, the last step no later than
  `within_us` after the first. A cargo never goes straight back to the ship it came from.
- Of each first step's row the chain that *ends first* counts; among those the one with the fewest ships, then
  the one whose rows come first. Of rows that go on with the same chain the preferred alternative counts, then
  the last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Literal, NamedTuple

import numpy as np

from watch.geodesy import Ints
from watch.rules.table import RowsByVessel

_NEVER, _BEYOND = np.iinfo(np.int64).min, np.iinfo(np.int64).max


class Link(NamedTuple):
    """One element of a chain.

    Attributes
    ----------
    row
        The event on the timeline of the ship that holds the cargo when it begins.
    holder
        The event by which the ship that holds the cargo afterwards came by it, on that ship's timeline.
    step
        The number of the required step; -1 for a hand-over that is no step.
    """

    row: int
    holder: int
    step: int


@dataclass(frozen=True)
class Forbidden:
    """Rows that must not start between two required steps, on whichever ship holds the cargo."""

    first: int
    last: int
    rows: RowsByVessel


@dataclass(frozen=True)
class Calls:
    """Calls at which custody may be lost, and where and for how long a later one may take over."""

    by_vessel: RowsByVessel
    place_of: Mapping[int, int]
    at_place: Sequence[Ints]
    within_us: int


@dataclass(frozen=True)
class Custody:
    """All that decides which chains there are.

    Attributes
    ----------
    start_us, vessels
        Start and vessel number of every row of the table.
    twin
        For the row of a meeting that of the other ship.
    steps
        Rows of each required step, by vessel.
    transfers
        For each required step whether it hands the cargo to the other ship.
    meetings, calls
        Rows by which a cargo may pass.
    most, least
        Ships in a chain.
    early
        Number of the required step after which a chain speaks; None when it never speaks early.
    rank
        Which alternative of the first step a row fits.
    """

    start_us: Ints
    vessels: Ints
    twin: Ints
    steps: Sequence[RowsByVessel]
    transfers: Sequence[bool]
    meetings: RowsByVessel
    within_us: int
    calls: Calls | None = None
    forbidden: Sequence[Forbidden] = ()
    step_within_us: Sequence[int | None] = ()
    most: int = 5
    least: int = 1
    early: int | None = None
    rank: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Followed:
    """One cargo's chain."""

    links: tuple[Link, ...]
    verdict: Literal["match", "early", "lapsed"]
    until_us: int


def follow_cargoes(c: Custody, first_rows: Ints, as_of_us: int) -> list[Followed]:
    """Return the chain of every cargo that is whole or speaks, by its first row."""
    chances = _last_chances(c)
    found = [chain for row in first_rows.tolist() if (chain := _follow(c, row, as_of_us, chances))]
    best: dict[tuple[Link, ...], Followed] = {}
    for chain in sorted(found, key=lambda f: (c.rank.get(f.links[0].row, 0), -f.links[0].row)):
        best.setdefault(chain.links[1:], chain)
    whole = [chain.links[1:] for chain in best.values() if chain.verdict == "match"]
    kept = [
        chain
        for rest, chain in best.items()
        if chain.verdict == "match" or not any(other[: len(rest)] == rest for other in whole)
    ]
    return sorted(kept, key=lambda f: f.links[0].row)


class _State(NamedTuple):
    """A chain so far, in the order in which chains are looked at: by time, ships and rows."""

    time_us: int
    ships: int
    links: tuple[Link, ...]
    steps: int
    asked_us: int

    @property
    def key(self) -> tuple[int, int, Link, int]:
        return self.steps, self.ships, self.links[-1], self.asked_us


def _follow(c: Custody, row: int, as_of_us: int, chances: Sequence[Ints]) -> Followed | None:
    """Return the chain of the cargo that begins with a row, None when there is none that speaks."""
    begun_us = int(c.start_us[row])
    until_us = begun_us + c.within_us
    taker = int(c.twin[row]) if c.transfers[0] else row
    if taker < 0:
        return None
    queue = [_State(begun_us, 2 if c.transfers[0] else 1, (Link(row, taker, 0),), 1, begun_us)]
    seen: set[tuple[int, int, Link, int]] = set()
    spoke: _State | None = None
    while queue:
        state = heappop(queue)
        if state.key in seen:
            continue
        seen.add(state.key)
        if c.early is not None and spoke is None and state.steps > c.early:
            spoke = state
        if state.steps == len(c.steps):
            if state.ships >= c.least:
                return Followed(state.links, "match", until_us)
            continue
        for following in _next_states(c, state, until_us):
            if following.time_us <= chances[c.most - following.ships][c.vessels[following.links[-1].holder]]:
                heappush(queue, following)
    if spoke is None:
        return None
    waits = as_of_us <= until_us and not _is_stuck(c, spoke, as_of_us)
    return Followed(spoke.links, "early" if waits else "lapsed", until_us)


def _next_states(c: Custody, state: _State, until_us: int) -> Iterator[_State]:
    vessel = int(c.vessels[state.links[-1].holder])
    latest_us = min(until_us, _barred_us(c, state, vessel))
    limit_us = c.step_within_us[state.steps] if c.step_within_us else None
    by_us = latest_us if limit_us is None else min(latest_us, state.asked_us + limit_us)
    for row in _between(c, c.steps[state.steps].of(vessel), state.time_us - 1, by_us):
        if not any(row in link[:2] for link in state.links):
            yield from _with_step(c, state, row)
    if state.ships < c.most:
        yield from _with_hand_over(c, state, vessel, latest_us, until_us)


def _with_step(c: Custody, state: _State, row: int) -> Iterator[_State]:
    number, at_us = state.steps, int(c.start_us[row])
    if not c.transfers[number]:
        link = Link(row, state.links[-1].holder, number)
        yield _State(at_us, state.ships, (*state.links, link), number + 1, at_us)
    elif state.ships < c.most and _goes_on(c, state, int(c.twin[row])):
        link = Link(row, int(c.twin[row]), number)
        yield _State(at_us, state.ships + 1, (*state.links, link), number + 1, at_us)


def _with_hand_over(c: Custody, state: _State, vessel: int, latest_us: int, until_us: int) -> Iterator[_State]:
    used = {link.row for link in state.links} | {link.holder for link in state.links}
    passed = [(row, int(c.twin[row])) for row in _between(c, c.meetings.of(vessel), state.time_us - 1, latest_us)]
    if c.calls:
        for row in _between(c, c.calls.by_vessel.of(vessel), state.time_us - 1, latest_us):
            end_us = min(until_us, int(c.start_us[row]) + c.calls.within_us)
            later = _between(c, c.calls.at_place[c.calls.place_of[row]], int(c.start_us[row]), end_us)
            passed += [(row, other) for other in later]
    for row, other in passed:
        is_new = other not in used and (row not in used or row == state.links[-1].holder or row == state.links[-1].row)
        if is_new and c.vessels[other] != vessel and _goes_on(c, state, other):
            links = (*state.links, Link(row, other, -1))
            yield _State(int(c.start_us[other]), state.ships + 1, links, state.steps, state.asked_us)


def _goes_on(c: Custody, state: _State, receiver: int) -> bool:
    """Return whether a ship may take over: there is one, and the cargo did not just come from it."""
    if receiver < 0:
        return False
    came = next((link for link in reversed(state.links) if link.row != link.holder and _passes(c, link)), None)
    return came is None or c.vessels[came.row] != c.vessels[receiver]


def _passes(c: Custody, link: Link) -> bool:
    return bool(link.step < 0 or c.transfers[link.step])


def _barred_us(c: Custody, state: _State, vessel: int) -> int:
    """Return when something forbidden next happens on the ship that holds the cargo."""
    own = {link.row for link in state.links} | {link.holder for link in state.links}
    barred_us = _BEYOND
    for span in c.forbidden:
        if span.first < state.steps <= span.last:
            later = _between(c, span.rows.of(vessel), state.time_us, _BEYOND)
            barred_us = min(barred_us, next((int(c.start_us[r]) for r in later if r not in own), _BEYOND))
    return barred_us


def _is_stuck(c: Custody, state: _State, as_of_us: int) -> bool:
    """Return whether something forbidden has happened, and the cargo could not be passed on before it."""
    vessel = int(c.vessels[state.links[-1].holder])
    barred_us = _barred_us(c, state, vessel)
    if barred_us > as_of_us:
        return False
    return next(_with_hand_over(c, state, vessel, barred_us, as_of_us), None) is None


def _last_chances(c: Custody) -> list[Ints]:
    """Return by number of hand-overs left when each vessel last may hold a cargo that still comes to speak."""
    chances = np.full(len(c.meetings.starts) - 1, _NEVER)
    for target in [c.steps[-1]] if c.early is None else [c.steps[-1], c.steps[c.early]]:
        others = c.twin[target.rows]
        rows = np.append(target.rows, others[others >= 0])
        np.maximum.at(chances, c.vessels[rows], c.start_us[rows])
    levels = [chances]
    for _ in range(c.most):
        levels.append(_one_hand_more(c, levels[0], levels[-1]))
    return levels


def _one_hand_more(c: Custody, own: Ints, chances: Ints) -> Ints:
    wider = own.copy()
    givers, takers = c.meetings.rows, c.vessels[c.twin[c.meetings.rows]]
    _raise(c, wider, givers[c.start_us[givers] <= chances[takers]])
    for rows in c.calls.at_place if c.calls else ():
        later = rows[c.start_us[rows] <= chances[c.vessels[rows]]]
        following = np.append(c.start_us[later], _BEYOND)[np.searchsorted(c.start_us[later], c.start_us[rows], "right")]
        _raise(c, wider, rows[following - c.start_us[rows] <= (c.calls.within_us if c.calls else 0)])
    return wider


def _raise(c: Custody, chances: Ints, rows: Ints) -> None:
    np.maximum.at(chances, c.vessels[rows], c.start_us[rows])


def _between(c: Custody, rows: Ints, after_us: int, until_us: int) -> list[int]:
    """Return the rows that start after `after_us` and not after `until_us`."""
    starts = c.start_us[rows]
    inside = rows[np.searchsorted(starts, after_us, "right") : np.searchsorted(starts, until_us, "right")]
    return [int(row) for row in inside]
