"""How a cargo may go on from where it is, and which of the ways to one place are worth to be followed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from watch.geodesy import Ints
from watch.rules.custody import Custody, Link
from watch.rules.table import RowsByVessel

_NEVER, _BEYOND = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_NOBODY = -1


class State(NamedTuple):
    """A chain so far.

    Attributes
    ----------
    time_us, ships, links
        When its last link begins, how many ships it has, and its links, the last one first.
    steps, asked_us
        How many steps it has, and when the last of them began.
    giver
        The ship from which the cargo just came; -1 on the first ship.
    barred_us
        When something forbidden happens next on the ship that holds the cargo.
    fresh
        Whether a time in which something is forbidden begins with the last link: not before the next moment.
    """

    time_us: int
    ships: int
    links: tuple[Link, ...]
    steps: int
    asked_us: int
    giver: int
    barred_us: int
    fresh: bool


class Walks:
    """All ways of the cargoes of a world."""

    def __init__(self, c: Custody) -> None:
        self.c = c
        self._steps = [_Timed(c, rows) for rows in c.steps]
        self._forbidden = [(span.first, span.last, _Timed(c, span.rows)) for span in c.forbidden]
        self._is_free = not c.forbidden and not any(c.step_within_us)
        known = _Takeovers(c)
        self._meetings, self._meetings_before = _Timed(c, c.meetings), known.before(c.meetings.rows)
        self._before = {
            step: known.before(rows.rows) for step, rows in enumerate(c.steps) if c.transfers[step] and step
        }
        self._calls = _Timed(c, c.calls.by_vessel) if c.calls else None
        self._calls_before = [known.calls_before(rows) for rows in c.calls.at_place] if c.calls else []

    def vessel(self, state: State) -> int:
        """Return the number of the ship that holds the cargo."""
        return int(self.c.vessels[state.links[0].holder])

    def first(self, row: int) -> State | None:
        """Return the chain that begins with a row, None when its first step cannot hand the cargo over."""
        c, at_us = self.c, int(self.c.start_us[row])
        if not c.transfers[0]:
            return self._state(at_us, 1, (Link(row, row, 0),), 1, at_us, _NOBODY)
        giver, taker = int(c.vessels[row]), int(c.twin[row])
        if taker < 0 or c.vessels[taker] == giver or c.most < 2:
            return None
        return self._state(at_us, 2, (Link(taker, row, 0),), 1, at_us, giver)

    def following(self, state: State, until_us: int) -> Iterator[State]:
        """Yield the chains that are one link longer; of those that go the same way the ones that come there first."""
        latest_us, vessel = min(until_us, state.barred_us), self.vessel(state)
        limit_us = self.c.limit_us(state.steps)
        by_us = latest_us if limit_us is None else min(latest_us, state.asked_us + limit_us)
        yield from (
            self._with_transfer(state, vessel, by_us)
            if self.c.transfers[state.steps]
            else self._with_step(state, vessel, by_us)
        )
        if state.ships < self.c.most:
            yield from self._with_meeting(state, vessel, latest_us)
            yield from self._with_call(state, vessel, latest_us, until_us)

    def _with_step(self, state: State, vessel: int, by_us: int) -> Iterator[State]:
        rows = self._steps[state.steps].between(vessel, state.time_us, by_us)
        first_us = _BEYOND
        for row in self._steps[state.steps].rows[rows].tolist():
            at_us = int(self.c.start_us[row])
            if self._is_free and at_us > first_us:
                return
            if not _is_used(state, row):
                first_us = at_us
                links = (Link(row, row, state.steps), *state.links)
                yield self._state(at_us, state.ships, links, state.steps + 1, at_us, state.giver)

    def _with_transfer(self, state: State, vessel: int, by_us: int) -> Iterator[State]:
        step, timed = state.steps, self._steps[state.steps]
        inside = timed.between(vessel, state.time_us, by_us)
        rows = timed.rows[inside]
        if self.c.limit_us(step + 1) is None and not any(first == step for first, _, _ in self._forbidden):
            rows = rows[self._before[step][inside] <= state.time_us]
        for row in rows.tolist():
            other, at_us = int(self.c.twin[row]), int(self.c.start_us[row])
            if not _is_used(state, row) and self._takes_over(state, vessel, other):
                links = (Link(other, row, step), *state.links)
                yield self._state(at_us, state.ships + 1, links, step + 1, at_us, vessel)

    def _with_meeting(self, state: State, vessel: int, latest_us: int) -> Iterator[State]:
        inside = self._meetings.between(vessel, state.time_us, latest_us)
        rows = self._meetings.rows[inside]
        for row in rows[self._meetings_before[inside] <= state.time_us].tolist():
            yield from self._handed(state, vessel, row, int(self.c.twin[row]))

    def _with_call(self, state: State, vessel: int, latest_us: int, until_us: int) -> Iterator[State]:
        calls = self.c.calls
        if self._calls is None or calls is None:
            return
        for row in self._calls.rows[self._calls.between(vessel, state.time_us, latest_us)].tolist():
            place, at_us = calls.place_of[row], int(self.c.start_us[row])
            later = calls.at_place[place]
            starts_us = self.c.start_us[later]
            begin, end = np.searchsorted(starts_us, (at_us, min(until_us, at_us + calls.within_us)), "right")
            takers = later[begin:end]
            for other in takers[self._calls_before[place][begin:end] <= at_us].tolist():
                yield from self._handed(state, vessel, row, other)

    def _handed(self, state: State, vessel: int, row: int, other: int) -> Iterator[State]:
        may_pass = row in state.links[0][:2] or not _is_used(state, row)
        if may_pass and not _is_used(state, other) and self._takes_over(state, vessel, other):
            links = (Link(other, row, -1), *state.links)
            at_us = int(self.c.start_us[other])
            yield self._state(at_us, state.ships + 1, links, state.steps, state.asked_us, vessel)

    def _takes_over(self, state: State, vessel: int, other: int) -> bool:
        """Return whether another ship takes the cargo over, not the one from which it just came."""
        return other >= 0 and state.ships < self.c.most and self.c.vessels[other] not in (vessel, state.giver)

    def _state(self, time_us: int, ships: int, links: tuple[Link, ...], steps: int, asked_us: int, giver: int) -> State:
        barred_us, fresh = self._barred(time_us, links, steps) if self._forbidden else (_BEYOND, False)
        return State(time_us, ships, links, steps, asked_us, giver, barred_us, fresh)

    def _barred(self, time_us: int, links: tuple[Link, ...], steps: int) -> tuple[int, bool]:
        vessel = int(self.c.vessels[links[0].holder])
        own = {row for link in links for row in link[:2]}
        barred_us, fresh = _BEYOND, False
        for first, last, timed in self._forbidden:
            if first < steps <= last:
                begun_us = next(int(self.c.start_us[link.row]) for link in links if link.step == first)
                rows = timed.rows[timed.between(vessel, max(time_us, begun_us + 1), barred_us)]
                row = next((row for row in rows if int(row) not in own), None)
                barred_us = barred_us if row is None else int(self.c.start_us[row])
                fresh |= begun_us == time_us
        return barred_us, fresh


def _is_used(state: State, row: int) -> bool:
    return any(row in link[:2] for link in state.links)


class _Timed:
    """Rows by vessel with their starts."""

    def __init__(self, c: Custody, rows: RowsByVessel) -> None:
        self.rows, self._starts, self._start_us = rows.rows, rows.starts, c.start_us[rows.rows]

    def between(self, vessel: int, from_us: int, until_us: int) -> slice:
        """Return where the rows of a vessel stand that start in a time, both ends included."""
        begin, end = int(self._starts[vessel]), int(self._starts[vessel + 1])
        mine = self._start_us[begin:end]
        return slice(begin + int(np.searchsorted(mine, from_us)), begin + int(np.searchsorted(mine, until_us, "right")))


class _Takeovers:
    """When a ship could last take over in the same way before, nothing forbidden since: who waits gains nothing."""

    def __init__(self, c: Custody) -> None:
        self.c = c
        forbidden = np.concatenate([np.empty(0, np.int64), *(span.rows.rows for span in c.forbidden)])
        self._moments = np.cumsum(np.append(0, np.diff(c.start_us) > 0))[: len(c.start_us)]
        self._keys = np.sort(self._key(forbidden))

    def before(self, rows: Ints) -> Ints:
        """Return for each meeting the start of the one before of the same two ships."""
        takers = self.c.twin[rows]
        return self._before(self.c.vessels[rows], takers)

    def calls_before(self, rows: Ints) -> Ints:
        """Return for each call at a place the start of the one before of the same ship."""
        return self._before(np.zeros(len(rows), np.int64), rows)

    def _key(self, rows: Ints) -> Ints:
        return np.asarray(self.c.vessels[rows] * (len(self._moments) + 1) + self._moments[rows])

    def _before(self, givers: Ints, takers: Ints) -> Ints:
        before_us = np.full(len(takers), _NEVER)
        if not len(takers):
            return before_us
        order = np.lexsort((takers, self.c.vessels[takers], givers))
        giver, taker = givers[order], takers[order]
        ship, start_us = self.c.vessels[taker], self.c.start_us[taker]
        is_other = np.append(True, (np.diff(giver) != 0) | (np.diff(ship) != 0))
        run = np.append(True, np.diff(start_us) != 0) | is_other
        previous = np.maximum.accumulate(np.where(run, np.arange(len(order)), 0)) - 1
        group = np.cumsum(is_other)
        known = (previous >= 0) & (group[previous] == group) & (taker >= 0)
        clear = np.searchsorted(self._keys, self._key(taker[previous])) == np.searchsorted(
            self._keys, self._key(taker), "right"
        )
        before_us[order] = np.where(known & clear, start_us[previous], _NEVER)
        return before_us


class Ways:
    """The chains known so far, by where they are; tells whether another one may still be better."""

    def __init__(self, walks: Walks) -> None:
        self._walks, self._known = walks, defaultdict[tuple[int, int, int], list[State]](list)

    def admits(self, state: State) -> bool:
        """Return whether no known chain does all that this one can, and keep it then."""
        if self.beaten(state):
            return False
        self._at(state).append(state)
        return True

    def beaten(self, state: State) -> bool:
        """Return whether known chains do all that this one can, sooner."""
        givers = set()
        for other in self._at(state):
            if other is not state and self._is_alike(other, state) and other.links <= state.links:
                return True
            if self._is_sooner(other, state):
                givers.add(other.giver)
        return len(givers) > 1 or state.giver in givers or _NOBODY in givers

    def _at(self, state: State) -> list[State]:
        return self._known[self._walks.vessel(state), state.ships, state.steps]

    def _is_sooner(self, other: State, state: State) -> bool:
        limited = self._walks.c.limit_us(state.steps) is not None
        may_wait = other.time_us < state.time_us < other.barred_us and not state.fresh
        return may_wait and not (limited and other.asked_us < state.asked_us)

    def _is_alike(self, other: State, state: State) -> bool:
        """Return whether two chains can go on in the same ways, none excepted."""
        same = (other.time_us, other.asked_us, other.giver) == (state.time_us, state.asked_us, state.giver)
        return same and self._now(other) == self._now(state)

    def _now(self, state: State) -> list[Link]:
        return [link for link in state.links if self._walks.c.start_us[link.holder] == state.time_us]
