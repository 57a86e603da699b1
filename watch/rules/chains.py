"""Chains of one vessel's steps: which there are, and the best one to an event. What a chain is, `sequence` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from watch.geodesy import Bools, Ints
from watch.rules.spans import SpanRows

BEFORE_ALL = int(np.iinfo(np.int64).min)
AFTER_ALL = int(np.iinfo(np.int64).max)

Chain = tuple[int, ...]
Accepts = Callable[[Chain], bool]


@dataclass(frozen=True)
class Timeline:
    """One vessel's candidates for each required step, ascending, and the conditions on a chain.

    Attributes
    ----------
    start_us
        Start of every row of the table, microseconds.
    spans
        What must, or must not, lie in stretches of time that the steps fix.
    step_within_us
        For each step the longest time since the step before it, or None.
    any_of
        Rows of which a whole chain must hold one; None when there is no such condition.
    early
        Number of the required step after which a chain speaks; None when it never speaks early.
    rank
        Which alternative of its step a row fits; a first step of a lower rank is preferred.
    overlapping
        Whether the search goes on after a match's first step, not its last.
    """

    start_us: Ints
    steps: Sequence[Ints]
    within_us: int
    spans: Sequence[SpanRows] = ()
    step_within_us: Sequence[int | None] = ()
    any_of: frozenset[int] | None = None
    early: int | None = None
    rank: Mapping[int, int] = field(default_factory=dict)
    overlapping: bool = False

    @property
    def last(self) -> int:
        """The number of the last step."""
        return len(self.steps) - 1

    @cached_property
    def after_spans(self) -> tuple[SpanRows, ...]:
        """The spans that lie after a step."""
        return tuple(span for span in self.spans if span.is_after)

    @cached_property
    def looks(self) -> tuple[SpanRows, ...]:
        """The spans for a first look, without the rows that may be steps."""
        candidates = np.unique(np.concatenate([*self.steps]))
        return tuple(span.apart_from(candidates) for span in self.spans)

    @cached_property
    def is_plain(self) -> bool:
        """Whether what cannot be gone on with after one chain cannot after any other that begins earlier."""
        rows, crossing = np.concatenate([*self.steps]), [span for span in self.spans if span.last - span.first > 1]
        apart = len(np.unique(rows)) == len(rows) and not any(np.isin(span.rows, rows).any() for span in self.spans)
        alike = not any(span.least or span.first for span in crossing)
        return apart and alike and self.any_of is None and not self.rank

    @cached_property
    def _starts(self) -> list[Ints]:
        return [np.asarray(self.start_us[rows]) for rows in self.steps]

    def between(self, step: int, after_us: int, until_us: int) -> Ints:
        """Return the rows of a step that start after `after_us` and not after `until_us`."""
        begin, end = np.searchsorted(self._starts[step], (after_us, until_us), "right")
        return self.steps[step][begin:end]

    def after(self, chain: Chain, until_us: int) -> list[int]:
        """Return the rows that may be the step after a chain, as far as their time tells."""
        rows = self.between(len(chain), int(self.start_us[chain[-1]]) - 1, min(until_us, self.due_us(chain)))
        return [row for row in rows.tolist() if row not in chain]

    def due_us(self, chain: Chain) -> int:
        """Return until when the step after the last one of a chain may come."""
        due_us = int(self.start_us[chain[0]]) + self.within_us
        limit_us = self.step_within_us[len(chain)] if self.step_within_us and len(chain) <= self.last else None
        return due_us if limit_us is None else min(due_us, int(self.start_us[chain[-1]]) + limit_us)

    def waits_until_us(self, chain: Chain) -> int:
        """Return until when a chain waits: the last step's time, or the end of a span after one of its steps."""
        ends = [span.end_of(chain) for span in self.after_spans if span.first < len(chain)]
        return max([int(self.start_us[chain[0]]) + self.within_us, *ends])

    def is_allowed(self, chain: Chain) -> bool:
        """Return whether the newest row may follow: in time, and with every span that it closes holding."""
        step = len(chain) - 1
        if step and self.start_us[chain[-1]] > self.due_us(chain[:-1]):
            return False
        if step == self.last and self.any_of is not None and self.any_of.isdisjoint(chain):
            return False
        return all(span.holds(chain) for span in self.spans if span.closes_at == step)

    def likely(self, may: Callable[[SpanRows, Ints], Bools]) -> Timeline:
        """Return it without the rows beside which something is at first sight as it may not be."""
        steps = list(self.steps)
        for span in self.looks:
            if span.lasting_us:
                rows = steps[span.first]
                steps[span.first] = rows[may(span, self.start_us[rows])]
        return replace(self, steps=steps)


@dataclass(frozen=True)
class Search:
    """A search among the chains that begin after a moment and not after another."""

    line: Timeline
    after_us: int
    until_us: int = AFTER_ALL

    def best(self, last: int, end: int, accepts: Accepts) -> Chain | None:
        """Return the best chain over the steps 0…last that ends with row `end` and is accepted."""
        line = self.line
        if last == 0:
            begun = self.after_us < line.start_us[end] <= self.until_us
            return (end,) if begun and line.is_allowed((end,)) and accepts((end,)) else None
        lanes = self._lanes(last, end)
        if not all(len(rows) for rows in lanes):
            return None
        return _To(line, lanes, end, accepts).best()

    def _lanes(self, last: int, end: int) -> list[Ints]:
        """Return the rows of each step before the last one that may lead to `end`."""
        line, end_us = self.line, int(self.line.start_us[end])
        from_us = max(self.after_us, end_us - line.within_us - 1)
        lanes = [line.between(step, from_us, min(end_us, AFTER_ALL if step else self.until_us)) for step in range(last)]
        for span in line.looks:
            if span.first < span.last == last:
                rows = lanes[span.first]
                lanes[span.first] = rows[span.may_hold(line.start_us[rows], end_us)]
        return lanes


class _To:
    """The search for the best chain that ends with a row."""

    def __init__(self, line: Timeline, lanes: list[Ints], end: int, accepts: Accepts) -> None:
        self.line, self.lanes, self.end, self.accepts = line, lanes, end, accepts
        self._starts = [line.start_us[rows] for rows in lanes]
        self._dead: set[tuple[int, int]] = set()

    def best(self) -> Chain | None:
        """Return the chain whose first step is preferred, or begins last; then the one with the earliest steps."""
        firsts = (int(row) for row in self.lanes[0][::-1])
        ordered = sorted(firsts, key=lambda row: self.line.rank.get(row, 0)) if self.line.rank else firsts
        return next((chain for first in ordered if first != self.end and (chain := self._filled((first,)))), None)

    def _filled(self, chain: Chain) -> Chain | None:
        here = (len(chain), chain[-1])
        if here in self._dead or not self.line.is_allowed(chain):
            return None
        found = self._ended(chain) if len(chain) == len(self.lanes) else self._longer(chain)
        if found is None and self.line.is_plain:
            self._dead.add(here)
        return found

    def _longer(self, chain: Chain) -> Chain | None:
        return next((found for row in self._next(chain) if (found := self._filled((*chain, row)))), None)

    def _next(self, chain: Chain) -> Iterator[int]:
        step, since_us = len(chain), self.line.start_us[chain[-1]]
        for row in self.lanes[step][np.searchsorted(self._starts[step], since_us) :]:
            if self.line.start_us[row] > self.line.due_us(chain):
                return
            if row != self.end and row not in chain:
                yield int(row)

    def _ended(self, chain: Chain) -> Chain | None:
        whole = (*chain, self.end)
        fits = self.end not in chain and self.line.is_allowed(whole) and self.accepts(whole)
        return whole if fits else None
