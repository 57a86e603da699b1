"""Filling the optional steps of a sequence once its required steps stand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from watch.rules.pattern import Sequence
from watch.rules.search import as_us
from watch.rules.table import EventTable


def fill_optional(
    sequence: Sequence,
    taken: Mapping[str, int],
    optional: Mapping[str, np.ndarray],
    after_us: int,
    table: EventTable,
) -> dict[str, int]:
    """Return the rows of the required steps with those of the optional ones.

    Parameters
    ----------
    sequence
        The steps.
    taken
        The rows of the required steps.
    optional
        For each optional step the rows that fit it, in order.
    after_us
        When the match before ended.
    table
        What the rows belong to.

    Notes
    -----
    Before the first required step the latest fitting event counts, no more than `within` before it and
    after the match before; later the earliest between the steps around it. Of gaps the longest counts. No
    event serves two steps, and nothing is sought after a required step that has not come.
    """
    return _Filling(sequence, taken, optional, after_us, table).filled()


class _Filling:
    """Takes one row after the other, from the first required step backwards and then forwards."""

    def __init__(
        self,
        sequence: Sequence,
        taken: Mapping[str, int],
        optional: Mapping[str, np.ndarray],
        after_us: int,
        table: EventTable,
    ) -> None:
        self.ids = [step.id for step in sequence.steps]
        self.first = self.ids.index(sequence.required[0].id)
        self.optional, self.table = optional, table
        self.rows = dict(taken)
        begun_us, within_us = self._start(sequence.required[0].id), as_us(sequence.within)
        self.from_us, self.until_us = max(after_us, begun_us - within_us - 1), begun_us + within_us

    def filled(self) -> dict[str, int]:
        self._before()
        self._after()
        return self.rows

    def _start(self, step_id: str) -> int:
        return int(self.table.start_us[self.rows[step_id]])

    def _before(self) -> None:
        high = self._start(self.ids[self.first])
        for step_id in reversed(self.ids[: self.first]):
            if self._take(step_id, self.from_us, high, latest=True):
                high = self._start(step_id)

    def _after(self) -> None:
        low = self._start(self.ids[self.first]) - 1
        for i, step_id in enumerate(self.ids[self.first :], self.first):
            if step_id not in self.optional and step_id not in self.rows:
                return
            later = (self._start(s) for s in self.ids[i:] if s in self.rows)
            if step_id in self.rows or self._take(step_id, low, next(later, self.until_us)):
                low = self._start(step_id) - 1

    def _take(self, step_id: str, after_us: int, until_us: int, *, latest: bool = False) -> bool:
        used, rows = set(self.rows.values()), self.optional[step_id]
        start = self.table.start_us[rows]
        inside = [int(r) for r in rows[(start > after_us) & (start <= until_us)] if int(r) not in used]
        if latest:
            inside.reverse()
        if inside:
            self.rows[step_id] = max(inside, key=self.table.gap_h)
        return bool(inside)
