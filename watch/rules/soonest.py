"""When a cargo may come to its goal at best, so that the search leaves out all ways that lead nowhere.

A lower bound: of all that decides which chains there are it asks only for the order of steps and hand-overs in
time, and for the number of ships.
"""

from __future__ import annotations

import numpy as np

from watch.geodesy import Bools, Ints
from watch.rules.custody import Custody

_SHIPS = 16  # more than there are ships in a chain


class Soonest:
    """The best that can become of a cargo: when it ends, and how many ships had it then.

    Parameters
    ----------
    c
        What decides which chains there are.
    steps
        How many steps make the goal.
    least
        With how many ships at least.
    """

    def __init__(self, c: Custody, steps: int, least: int) -> None:
        self.c, self.steps, self.least = c, steps, least
        self.moment = np.cumsum(np.append(0, np.diff(c.start_us) > 0))[: len(c.start_us)]
        self.never = int(self.moment[-1]) + 1 if len(self.moment) else 0
        self._counts = np.append(0, self.moment + 1)
        self._rows = self._sorted_rows()
        self._block = c.vessels[self._rows] if len(self._rows) else self._rows
        self._at = np.full(len(c.start_us), -1)
        self._at[self._rows] = np.arange(len(self._rows))
        keys = self._block * (self.never + 1) + self.moment[self._rows]
        self._begin = np.searchsorted(keys, keys)  # the first row of the same ship and moment
        self._ends = self._levels()
        self._bounds = {(k, ships): self._bound(k, ships) for k in range(1, steps) for ships in range(1, c.most + 1)}

    def bound(self, steps: int, ships: int, holder: int) -> int:
        """Return the least (end, ships) that may come of a cargo, as one number that grows with both."""
        if steps == self.steps:
            return int(self.moment[holder]) * _SHIPS + ships if ships >= self.least else self.never * _SHIPS
        return int(self._bounds[steps, ships][self._begin[self._at[holder]]])

    def limit(self, until_us: int) -> int:
        """Return the number above which a bound means an end after a moment."""
        return int(self._moments_until(until_us)) * _SHIPS - 1

    def may_come(self, first_rows: Ints) -> Bools:
        """Return which first steps may lead to the goal in time."""
        c = self.c
        holders = c.twin[first_rows] if c.transfers[0] else first_rows
        ships = 2 if c.transfers[0] else 1
        if ships > c.most or (self.steps == 1 and ships < self.least):
            return np.zeros(len(first_rows), dtype=bool)
        if self.steps == 1:
            return np.asarray(holders >= 0)
        ends = self._bounds[1, ships][self._begin[self._at[holders]]] // _SHIPS
        return np.asarray((holders >= 0) & (ends < self._moments_until(c.start_us[first_rows] + c.within_us)))

    def _moments_until(self, until_us: Ints | int) -> Ints:
        """Return how many moments there are until others."""
        return np.asarray(self._counts[np.searchsorted(self.c.start_us, until_us, "right")])

    def _sorted_rows(self) -> Ints:
        c = self.c
        groups = [rows.rows for rows in c.steps[: self.steps]] + [c.meetings.rows]
        groups += [c.calls.by_vessel.rows] if c.calls else []
        rows = np.unique(np.concatenate(groups))
        rows = np.unique(np.append(rows, c.twin[rows][c.twin[rows] >= 0]))
        return rows[np.argsort(c.vessels[rows], kind="stable")]

    def _levels(self) -> dict[tuple[int, int], Ints]:
        """Return for each number of steps done and of hand-overs to come the first end after each row."""
        ends: dict[tuple[int, int], Ints] = {}
        for h in range(self.c.most):
            ends[self.steps, h] = self.moment[self._rows] if h == 0 else np.full(len(self._rows), self.never)
        for k in range(self.steps - 1, 0, -1):
            for h in range(self.c.most):
                best = np.full(len(self._rows), self.never)
                self._with_step(best, ends, k, h)
                if h:
                    self._with_hand_over(best, ends[k, h - 1])
                ends[k, h] = self._soonest_later(best)
        return ends

    def _with_step(self, best: Ints, ends: dict[tuple[int, int], Ints], k: int, h: int) -> None:
        rows = self.c.steps[k].rows
        if not self.c.transfers[k]:
            self._lower(best, rows, ends[k + 1, h], rows)
        elif h:
            self._lower(best, rows, ends[k + 1, h - 1], self.c.twin[rows])

    def _with_hand_over(self, best: Ints, after: Ints) -> None:
        c = self.c
        self._lower(best, c.meetings.rows, after, c.twin[c.meetings.rows])
        for rows in c.calls.at_place if c.calls else ():
            taken = np.append(after[self._begin[self._at[rows]]], self.never)
            soonest = np.minimum.accumulate(taken[::-1])[::-1]
            later = np.searchsorted(c.start_us[rows], c.start_us[rows], "right")
            at = self._at[rows]
            best[at] = np.minimum(best[at], soonest[later])

    def _lower(self, best: Ints, rows: Ints, after: Ints, holders: Ints) -> None:
        rows, holders = rows[holders >= 0], holders[holders >= 0]
        at = self._at[rows]
        best[at] = np.minimum(best[at], after[self._begin[self._at[holders]]])

    def _soonest_later(self, best: Ints) -> Ints:
        """Return the least of each row and the later ones of its ship."""
        blocks = np.cumsum(np.append(0, np.diff(self._block[::-1]) != 0))[: len(best)] * (self.never + 1)
        return np.asarray((np.minimum.accumulate(best[::-1] - blocks) + blocks)[::-1])

    def _bound(self, k: int, ships: int) -> Ints:
        more = range(max(self.least - ships, 0), self.c.most - ships + 1)
        never = np.full(len(self._rows), self.never * _SHIPS)
        return np.asarray(np.minimum.reduce([never, *(self._ends[k, h] * _SHIPS + ships + h for h in more)]))
