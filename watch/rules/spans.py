"""Spans: stretches of time that the steps of a chain fix, and what may or must lie in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from watch.geodesy import Bools, Ints

Moment = TypeVar("Moment", int, Ints)


@dataclass(frozen=True)
class SpanRows:
    """Some rows, and how many of them may or must lie in a stretch of time.

    Attributes
    ----------
    start_us
        Start of every row of the table.
    first, last
        Numbers of the required steps between which it lies, their starts left out. Where they are the same the
        stretch lies beside that step: from its start, which is left out, until `lasting_us` later, or, where that is
        negative, from so much earlier until its start, which is left out.
    rows
        The rows in question, ascending; those of the chain itself do not count.
    least
        How many must lie in it; 0: none may.
    end_us
        End of every row of the table: then what began earlier and only reaches into the stretch counts too. None:
        only starts count.
    own
        Whether the chain's own rows count too, and those that start with the last step.
    """

    start_us: Ints
    first: int
    last: int
    rows: Ints
    least: int = 0
    lasting_us: int = 0
    end_us: Ints | None = None
    own: bool = False

    @property
    def is_after(self) -> bool:
        """Whether it lies after a step, so that only the clock can close it."""
        return self.lasting_us > 0

    @property
    def closes_at(self) -> int | None:
        """The step with which it is known whether it holds; None when the clock must tell."""
        return None if self.is_after else self.last

    def end_of(self, chain: tuple[int, ...]) -> int:
        """Return the last moment of the stretch that a chain with the steps that fix it gives."""
        return self._of_chain(chain)[1]

    def holds(self, chain: tuple[int, ...], as_of_us: int | None = None) -> bool:
        """Return whether a chain with the steps that fix it has what it asks.

        With a clock, nothing forbidden has come only when the clock has passed the end of the stretch.
        """
        after_us, until_us = self._of_chain(chain)
        found = self._count(chain, after_us, until_us)
        if self.least:
            return found >= self.least
        return not found and (as_of_us is None or as_of_us > until_us)

    def is_broken(self, chain: tuple[int, ...], as_of_us: int) -> bool:
        """Return whether a chain of the first steps can no longer get what it asks, whatever comes."""
        if self.first >= len(chain):
            return False
        if self.is_after:
            after_us, until_us = self._of_chain(chain)
            found = self._count(chain, after_us, min(until_us, as_of_us))
            return as_of_us > until_us and found < self.least if self.least else found > 0
        is_open = len(chain) <= self.last and not self.least
        return is_open and self._count(chain, int(self.start_us[chain[self.first]]), as_of_us) > 0

    def apart_from(self, rows: Ints) -> SpanRows:
        """Return it for a first look: where a chain's own rows do not count, those that may be its own are left out."""
        return self if self.least or self.own else replace(self, rows=np.setdiff1d(self.rows, rows))

    def may_hold(self, first_us: Ints, last_us: Ints | int, as_of_us: int | None = None) -> Bools:
        """Return of chains with steps at these moments which may have what it asks; a first look."""
        after_us, until_us = self._stretch(first_us, np.asarray(last_us))
        found = self._near_count(after_us, until_us)
        is_over = as_of_us is None or as_of_us > until_us
        return np.asarray(found >= self.least if self.least else (found == 0) & is_over)

    def may_come(self, first_us: Ints, as_of_us: int) -> Bools:
        """Return of steps at these moments after which it lies which may still get what it asks; a first look."""
        after_us, until_us = self._stretch(first_us, first_us)
        found = self._near_count(after_us, np.minimum(until_us, as_of_us))
        return np.asarray((found >= self.least) | (as_of_us <= until_us) if self.least else found == 0)

    @cached_property
    def _starts(self) -> Ints:
        return np.asarray(self.start_us[self.rows])

    @cached_property
    def _ends(self) -> Ints | None:
        return None if self.end_us is None else np.maximum(self.end_us[self.rows], self._starts)

    @cached_property
    def _ended(self) -> Ints:
        return self._starts if self._ends is None else np.sort(self._ends)

    def _of_chain(self, chain: tuple[int, ...]) -> tuple[int, int]:
        return self._stretch(int(self.start_us[chain[self.first]]), int(self.start_us[chain[self.last]]))

    def _stretch(self, first_us: Moment, last_us: Moment) -> tuple[Moment, Moment]:
        """Return the moments after which, and until which (that one included), a row must start."""
        if self.is_after:
            return first_us, first_us + self.lasting_us
        if self.lasting_us:
            return first_us + self.lasting_us - 1, first_us - 1
        return first_us, last_us if self.own else last_us - 1

    def _begun(self, after_us: Moment) -> Moment:
        """Return after which moment that began earlier must end to reach into the stretch."""
        return after_us + 1 if self.lasting_us < 0 else after_us

    def _count(self, chain: tuple[int, ...], after_us: int, until_us: int) -> int:
        begins, ends = np.searchsorted(self._starts, (after_us, until_us), "right")
        rows = self.rows[begins:ends]
        if self._ends is not None:
            early = min(begins, ends)
            rows = np.append(self.rows[:early][self._ends[:early] > self._begun(after_us)], rows)
        return len(rows) if self.own else sum(row not in chain for row in rows.tolist())

    def _near_count(self, after_us: Ints, until_us: Ints) -> Ints:
        """Return for each stretch a number of rows: of forbidden ones not too many, of wanted ones not too few."""
        if self._ends is not None and self.least:
            return np.full(len(after_us), self.least)
        begun = np.searchsorted(self._starts, until_us, "right")
        over = np.searchsorted(self._ended, after_us if self._ends is None else self._begun(after_us), "right")
        return np.asarray(np.maximum(begun - over, 0))
