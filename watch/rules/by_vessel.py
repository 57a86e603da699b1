"""Sequences of one vessel: its candidates for each step, and what is made of the chains found in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from watch.geodesy import Bools, Ints
from watch.rules.chains import Timeline
from watch.rules.match import Match
from watch.rules.model import Verdict
from watch.rules.optional import fill_optional
from watch.rules.pattern import Having, Sequence, Span
from watch.rules.search import Search, as_us
from watch.rules.sequence import Found, find_sequences
from watch.rules.spans import SpanRows
from watch.rules.table import RowsByVessel
from watch.rules.vessels import asked_at, flag_changes, vessel_rows


def vessel_matches(search: Search, sequence: Sequence) -> Iterator[Match]:
    """Yield the matches of a sequence, vessel by vessel."""
    steps, vessels = step_rows(search, sequence)
    if not vessels.any():
        return
    candidates = _Candidates(search, sequence, steps, vessels)
    for vessel in np.flatnonzero(vessels):
        yield from candidates.matches(int(vessel))


def step_rows(search: Search, sequence: Sequence) -> tuple[list[Ints], Bools]:
    """Return the rows that fit each required step, and which vessels have all that the rule needs to speak."""
    table, needed = search.table, sequence.required
    speaks = early_step(sequence)
    vessels = np.ones(len(table.vessel_ids), dtype=bool)
    rows = []
    for i, step in enumerate(needed):
        fitting = table.rows(step)
        fitting = vessel_rows(table, search.rule.vessel, fitting, asked_at(i, len(needed)))
        rows.append(fitting)
        if i <= speaks:
            vessels &= np.bincount(table.vessels[fitting], minlength=len(vessels)) > 0
    return rows, vessels


def waiting_us(search: Search, sequence: Sequence) -> dict[int, int]:
    """Return by vessel number when the clock next closes a span that lies after one of its steps."""
    table, order = search.table, {step.id: step for step in sequence.required}
    due: dict[int, int] = {}
    for _, span in sequence.spans:
        rows = table.rows(order[span.after]) if span.after else np.empty(0, np.int64)
        ends_us = table.start_us[rows] + as_us(span.lasting) + 1
        for vessel, end_us in zip(table.vessels[rows].tolist(), ends_us.tolist(), strict=True):
            if end_us > search.as_of_us:
                due[vessel] = min(end_us, due.get(vessel, end_us))
    return due


def early_step(sequence: Sequence) -> int:
    """Return the number of the required step with which a rule begins to speak."""
    required = [step.id for step in sequence.required]
    return required.index(sequence.early.after) if sequence.early else len(required) - 1


class _Candidates:
    """The rows of all vessels that may be steps, lie in spans or end a sequence."""

    def __init__(self, search: Search, sequence: Sequence, steps: list[Ints], vessels: Bools) -> None:
        self.search, self.sequence = search, sequence
        table = search.table

        def split(rows: Ints) -> RowsByVessel:
            return table.by_vessel(rows[vessels[table.vessels[rows]]])

        self.rank = search.ranks(sequence.required[0], steps[0])
        self.required = [split(rows) for rows in steps]
        self.optional = {s.id: split(table.rows(s)) for s in sequence.steps if s.optional}
        self.spans = [(span, split(table.rows(span))) for _, span in sequence.spans]
        self.until = split(table.rows(sequence.until)) if sequence.until else None
        flag = search.rule.vessel.flag
        asks_change = flag is not None and flag.changed is not None and flag.at == "any_step"
        self.reflagged = split(flag_changes(table)) if asks_change else None
        self.order = {step.id: i for i, step in enumerate(sequence.required)}

    def matches(self, vessel: int) -> Iterator[Match]:
        steps = [rows.of(vessel) for rows in self.required]
        extras = {k: rows.of(vessel) for k, rows in self.optional.items()}
        wanted = [rows.of(vessel) for span, rows in self.spans if isinstance(span, Having)]
        line, as_of_us = self._timeline(steps, vessel), self.search.as_of_us
        doubtful = self.search.doubtful(np.unique(np.concatenate([*steps, *extras.values(), *wanted])))
        if not len(doubtful):
            for found in find_sequences(line, as_of_us):
                yield self._match(found, extras, found.verdict)
            return
        certain = self._timeline([np.setdiff1d(s, doubtful) for s in steps], vessel, doubtful)
        sure = find_sequences(certain, as_of_us)
        sure_extras = {k: np.setdiff1d(rows, doubtful) for k, rows in extras.items()}
        for found in sure:
            yield self._match(found, sure_extras, found.verdict)
        for found in find_sequences(line, as_of_us):
            if _leans(found, doubtful, certain) and not any(self._meets(found, other) for other in sure):
                yield self._match(found, extras, "unknown")

    def _meets(self, one: Found, other: Found) -> bool:
        start = self.search.table.start_us
        return bool(start[one.rows[0]] <= start[other.rows[-1]] and start[other.rows[0]] <= start[one.rows[-1]])

    def _timeline(self, steps: list[Ints], vessel: int, doubtful: Ints | None = None) -> Timeline:
        sequence, table = self.sequence, self.search.table
        return Timeline(
            start_us=table.start_us,
            steps=steps,
            within_us=as_us(sequence.within),
            spans=self._span_rows(vessel, doubtful),
            step_within_us=[as_us(step.within) or None for step in sequence.required],
            any_of=self._flagged(steps),
            early=early_step(sequence) if sequence.early else None,
            rank=self.rank,
            overlapping=sequence.after_match == "past_first_step",
        )

    def _span_rows(self, vessel: int, doubtful: Ints | None) -> list[SpanRows]:
        last, start_us = len(self.sequence.required) - 1, self.search.table.start_us
        spans = [self._span(span, rows.of(vessel), doubtful) for span, rows in self.spans]
        if self.until:
            spans.append(SpanRows(start_us, 0, last, self.until.of(vessel)))
        if self.reflagged and self.search.rule.vessel.flag:
            least = 1 if self.search.rule.vessel.flag.changed else 0
            spans.append(SpanRows(start_us, 0, last, self.reflagged.of(vessel), least, own=True))
        return spans

    def _span(self, span: Span, rows: Ints, doubtful: Ints | None) -> SpanRows:
        least = span.min if isinstance(span, Having) else 0
        rows = rows if doubtful is None or not least else np.setdiff1d(rows, doubtful)
        start_us = self.search.table.start_us
        end_us = self.search.table.end_us if span.overlap else None
        if span.between:
            first, last = (self.order[step_id] for step_id in span.between)
            return SpanRows(start_us, first, last, rows, least, end_us=end_us)
        at, sign = (self.order[span.after], 1) if span.after else (self.order[span.before or ""], -1)
        return SpanRows(start_us, at, at, rows, least, sign * as_us(span.lasting), end_us=end_us)

    def _flagged(self, steps: list[Ints]) -> frozenset[int] | None:
        flag = self.search.rule.vessel.flag
        if not flag or flag.at != "any_step" or not (flag.any_of or flag.none_of):
            return None
        every = np.unique(np.concatenate(steps))
        return frozenset(vessel_rows(self.search.table, self.search.rule.vessel, every, "flag").tolist())

    def _match(self, found: Found, optional: dict[str, Ints], verdict: Verdict) -> Match:
        sequence, search = self.sequence, self.search
        taken = {step.id: row for step, row in zip(sequence.required, found.rows, strict=False)}
        taken = fill_optional(sequence, taken, optional, found.after_us, search.table)
        steps = tuple(search.step(step.id, step, taken[step.id]) for step in sequence.steps if step.id in taken)
        missing = tuple(step.id for step in sequence.required[len(found.rows) :])
        unfilled = tuple(step.id for step in sequence.steps if step.optional and step.id not in taken)
        return search.match(verdict, found.anchor, steps, missing, unfilled, found.until_us)


def _leans(found: Found, doubtful: Ints, certain: Timeline) -> bool:
    """Return whether a chain needs doubtful events: as its steps, or as what it must have besides."""
    asked = (span for span in certain.spans if span.least and max(span.first, span.last) < len(found.rows))
    return bool(np.isin(found.rows, doubtful).any()) or not all(span.holds(found.rows) for span in asked)
