"""Finding sequences in one vessel's timeline: numbers in, numbers out.

Rows are numbered in the order in which the timeline is read, so a smaller row is never later. The
definitions:

- A *chain* takes one row for each required step: different rows, each starting no earlier than the one
  before, the last no later than `within_us` after the first, each no later than its own `within` after the
  one before; and every *span* holds.
- A *span* is a stretch of time fixed by one or two steps, and how many of some rows may or must lie in it.
  Where it lies after a step, that nothing came is known only when the clock has passed its end.
- The next match is the chain that *ends first*; among those the one that *begins last* (the last call
  before leaving), with the first step's alternatives in order of preference; among those the one with the
  earliest steps between. After a match the search restarts after its last (or first) step's start.
- With `early`, every chain up to that step speaks: of those that end with the same row the one that begins
  last, as above. It waits until `within_us` after its first step, and to the end of spans after its steps.
  Chains whose last step lies in the time another one still waits in are one *group* with one identity, that
  of the group's first chain; a match takes over the group it grew from. Where the search goes on after the
  first step of a match, the chains that begin after it speak in the next round.
- A group shows its latest chain that may still become whole: nothing forbidden has come, and the next step
  can still come in time, or all have come and only the clock must tell. Without one it has lapsed, and shows
  its latest chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal

import numpy as np

from watch.geodesy import Ints
from watch.rules.spans import SpanRows

_BEFORE_ALL = np.iinfo(np.int64).min
_AFTER_ALL = np.iinfo(np.int64).max

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
    def whole_spans(self) -> tuple[SpanRows, ...]:
        """The spans that lie between the first step and the last."""
        return tuple(s for s in self.spans if (s.first, s.last) == (0, self.last) and self.last and not s.own)

    @cached_property
    def _starts(self) -> list[Ints]:
        return [np.asarray(self.start_us[rows]) for rows in self.steps]

    def between(self, step: int, after_us: int, until_us: int) -> Ints:
        """Return the rows of a step that start after `after_us` and not after `until_us`."""
        begin, end = np.searchsorted(self._starts[step], (after_us, until_us), "right")
        return self.steps[step][begin:end]

    def due_us(self, chain: Chain) -> int:
        """Return until when the step after the last one of a chain may come."""
        due_us = int(self.start_us[chain[0]]) + self.within_us
        limit_us = self.step_within_us[len(chain)] if self.step_within_us and len(chain) <= self.last else None
        return due_us if limit_us is None else min(due_us, int(self.start_us[chain[-1]]) + limit_us)

    def waits_until_us(self, chain: Chain) -> int:
        """Return until when a chain waits: the last step's time, or the end of a span after one of its steps."""
        ends = [span.end_of(chain) for span in self.after_spans if span.first < len(chain)]
        return max([int(self.start_us[chain[0]]) + self.within_us, *ends])


@dataclass(frozen=True)
class Found:
    """One alert's worth: its rows by required step, its identity, and until when more may come."""

    rows: Chain
    verdict: Literal["match", "early", "lapsed"]
    anchor: int
    until_us: int
    after_us: int


@dataclass(frozen=True)
class _Search:
    """A search among the chains that begin after a moment and not after another."""

    line: Timeline
    after_us: int
    until_us: int = _AFTER_ALL

    def best(self, last: int, end: int, accepts: Accepts) -> Chain | None:
        """Return the best chain over the steps 0…last that ends with row `end` and is accepted."""
        if last == 0:
            return (end,) if self._is_allowed((end,), accepts) else None
        firsts = (first for first in self._firsts(last, end) if first != end)
        ordered = sorted(firsts, key=lambda row: self.line.rank.get(row, 0)) if self.line.rank else firsts
        return next((whole for first in ordered if (whole := self._filled((first,), last, end, accepts))), None)

    def _is_allowed(self, chain: Chain, accepts: Accepts) -> bool:
        begun = self.after_us < self.line.start_us[chain[0]] <= self.until_us
        return begun and is_allowed(self.line, chain) and accepts(chain)

    def _firsts(self, last: int, end: int) -> list[int]:
        """Return the rows with which a chain to `end` may begin, the latest first."""
        line, end_us = self.line, int(self.line.start_us[end])
        rows = line.between(0, max(self.after_us, end_us - line.within_us - 1), min(self.until_us, end_us))
        for span in line.whole_spans if last == line.last else ():
            rows = rows[span.may_hold(line.start_us[rows], end_us, len(line.steps))]
        return [int(row) for row in rows[::-1]]

    def _filled(self, chain: Chain, last: int, end: int, accepts: Accepts) -> Chain | None:
        if not is_allowed(self.line, chain):
            return None
        if len(chain) == last:
            whole = (*chain, end)
            return whole if end not in chain and self._is_allowed(whole, accepts) else None
        until_us = int(self.line.start_us[end])
        longer = ((*chain, row) for row in following(self.line, chain, until_us) if row != end)
        return next((filled for one in longer if (filled := self._filled(one, last, end, accepts))), None)


def find_sequences(line: Timeline, as_of_us: int) -> list[Found]:
    """Return every match of a vessel and, with `early`, every group that is not whole (yet)."""
    found: list[Found] = []
    after_us = _BEFORE_ALL
    while True:
        whole = _next_chain(_Search(line, after_us), as_of_us)
        found += _speaking(line, whole, after_us, as_of_us)
        if whole is None:
            return found
        after_us = int(line.start_us[whole[0] if line.overlapping else whole[-1]])


def _next_chain(search: _Search, as_of_us: int) -> Chain | None:
    last = search.line.last
    ends = search.line.between(last, search.after_us, _AFTER_ALL)
    is_known = partial(_is_known, search.line, as_of_us=as_of_us)
    return next((chain for end in ends if (chain := search.best(last, int(end), is_known))), None)


def _is_known(line: Timeline, chain: Chain, as_of_us: int) -> bool:
    """Return whether nothing can come any more that a whole chain must not have after its steps."""
    return all(span.holds(chain, as_of_us) for span in line.after_spans)


def _speaking(line: Timeline, whole: Chain | None, after_us: int, as_of_us: int) -> Iterator[Found]:
    if line.early is None:
        if whole:
            yield Found(whole, "match", whole[0], line.waits_until_us(whole), after_us)
        return
    begun_us = int(line.start_us[whole[0]]) if whole and line.overlapping else _AFTER_ALL
    for group in _groups(_Search(line, after_us, begun_us), int(line.start_us[whole[-1]]) if whole else _AFTER_ALL):
        if whole and any(chain[-1] == whole[line.early] for chain in group):
            yield Found(whole, "match", group[0][0], line.waits_until_us(whole), after_us)
        else:
            yield _waiting(line, group, after_us, as_of_us)


def _groups(search: _Search, until_us: int) -> list[list[Chain]]:
    """Return the chains up to the early step, those that wait at the same time together."""
    line, early = search.line, search.line.early or 0
    groups: list[list[Chain]] = []
    waits_until_us = _BEFORE_ALL
    for end in line.between(early, search.after_us, until_us).tolist():
        chain = search.best(early, end, lambda _: True)
        if chain is None:
            continue
        if not groups or line.start_us[end] > waits_until_us:
            groups.append([])
        groups[-1].append(chain)
        waits_until_us = max(waits_until_us, line.waits_until_us(chain))
    return groups


def _waiting(line: Timeline, group: list[Chain], after_us: int, as_of_us: int) -> Found:
    for chain in reversed(group):
        hope_us = _hope_us(line, chain, as_of_us)
        if hope_us is not None:
            return Found(chain, "early", group[0][0], hope_us, after_us)
    return Found(group[-1], "lapsed", group[0][0], line.due_us(group[-1]), after_us)


def _hope_us(line: Timeline, chain: Chain, as_of_us: int) -> int | None:
    """Return until when a chain may become whole, None when it no longer can."""
    is_broken = any(span.is_broken(chain, as_of_us) for span in line.spans)
    if len(chain) > line.last:
        is_open = not is_broken and not _is_known(line, chain, as_of_us)
        return line.waits_until_us(chain) if is_open else None
    due_us = line.due_us(chain)
    hopes = [due_us] if as_of_us <= due_us and not is_broken else []
    is_limited = any(line.step_within_us)
    if line.after_spans or (len(chain) < line.last and (is_limited or not hopes)):
        longer = ((*chain, row) for row in following(line, chain, due_us))
        found = (_hope_us(line, one, as_of_us) for one in longer if is_allowed(line, one))
        hopes += [hope_us for hope_us in found if hope_us is not None]
    return max(hopes, default=None)


def following(line: Timeline, chain: Chain, until_us: int) -> list[int]:
    """Return the rows that may be the step after a chain, as far as their time tells."""
    rows = line.between(len(chain), int(line.start_us[chain[-1]]) - 1, min(until_us, line.due_us(chain)))
    return [row for row in rows.tolist() if row not in chain]


def is_allowed(line: Timeline, chain: Chain) -> bool:
    """Return whether the newest row may follow: in time, and with every span that it closes holding."""
    step = len(chain) - 1
    if step and line.start_us[chain[-1]] > line.due_us(chain[:-1]):
        return False
    if step == line.last and line.any_of is not None and line.any_of.isdisjoint(chain):
        return False
    return all(span.holds(chain) for span in line.spans if span.closes_at == step)
