"""The fast search for sequences equals the naive one, and keeps its promises as events are added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.slow_matcher import slow_sequences
from watch.geodesy import Ints
from watch.rules.chains import Timeline
from watch.rules.sequence import find_sequences
from watch.rules.spans import SpanRows

Line = tuple[Timeline, int]


def some_rows(count: int) -> st.SearchStrategy[Ints]:
    flags = st.lists(st.booleans(), min_size=count, max_size=count)
    return flags.map(lambda some: np.flatnonzero(some).astype(np.int64))


@st.composite
def spans(draw: st.DrawFn, start_us: Ints, last: int, kinds: tuple[str, ...]) -> SpanRows:
    kind, rows = draw(st.sampled_from(kinds)), draw(some_rows(len(start_us)))
    rows = rows[:: draw(st.integers(1, 4))]
    least, first = draw(st.sampled_from((0, 0, 0, 1, 2))), draw(st.integers(0, last))
    if kind == "own":
        return SpanRows(start_us, 0, last, rows, min(least, 1), own=True)
    lasts = draw(st.lists(st.integers(0, 6), min_size=len(start_us), max_size=len(start_us)))
    end_us = start_us + np.array(lasts) if draw(st.booleans()) else None
    if kind == "between":
        first = min(first, max(last - 1, 0))
        return SpanRows(start_us, first, draw(st.integers(min(first + 1, last), last)), rows, least, end_us=end_us)
    lasting_us = draw(st.integers(1, 8)) * (-1 if kind == "before" else 1)
    return SpanRows(start_us, first, first, rows, least, lasting_us, end_us=end_us)


@st.composite
def timelines(draw: st.DrawFn, kinds: tuple[str, ...] = ("between", "after", "before", "own")) -> Line:
    moments = st.lists(st.integers(0, 25), min_size=1, max_size=9)
    start_us = np.array(sorted(draw(moments)), dtype=np.int64)
    rows = some_rows(len(start_us))
    steps = draw(st.lists(rows, min_size=1, max_size=4))
    last = len(steps) - 1
    limits = st.lists(st.none() | st.integers(2, 8), min_size=last + 1, max_size=last + 1)
    line = Timeline(
        start_us=start_us,
        steps=steps,
        within_us=draw(st.integers(0, 25)),
        spans=draw(st.lists(spans(start_us, last, kinds), max_size=2)),
        step_within_us=draw(st.just(()) | limits),
        any_of=frozenset(draw(rows).tolist()) if draw(st.integers(0, 3)) == 0 else None,
        early=draw(st.none() | st.integers(0, last)),
        rank={row: draw(st.integers(0, 1)) for row in steps[0].tolist()} if draw(st.booleans()) else {},
        overlapping=draw(st.booleans()),
    )
    return line, draw(st.integers(int(start_us[-1]), 45))


@given(timelines())
@settings(max_examples=600, deadline=None)
def test_fast_search_equals_slow_twin(case: Line) -> None:
    line, as_of_us = case
    assert find_sequences(line, as_of_us) == slow_sequences(line, as_of_us)


@given(timelines())
@settings(max_examples=300, deadline=None)
def test_no_two_alerts_have_one_identity(case: Line) -> None:
    anchors = [found.anchor for found in find_sequences(*case)]
    assert len(anchors) == len(set(anchors))


def seen_by(line: Timeline, keep: int) -> Timeline:
    """Return a timeline as it was when only the first rows had come."""
    cut = [replace(s, start_us=line.start_us[:keep], rows=s.rows[s.rows < keep]) for s in line.spans]
    return replace(line, start_us=line.start_us[:keep], steps=[r[r < keep] for r in line.steps], spans=cut)


@given(timelines(("between", "before", "own")), st.integers(0, 25))
@settings(max_examples=300, deadline=None)
def test_later_events_never_change_who_an_alert_is(case: Line, cut_us: int) -> None:
    line, as_of_us = case
    before = seen_by(line, int(np.searchsorted(line.start_us, cut_us, "right")))
    early_on, at_last = find_sequences(before, cut_us), find_sequences(line, as_of_us)
    if not line.overlapping:
        assert {f.anchor for f in early_on} <= {f.anchor for f in at_last}
    whole = [(f.anchor, f.rows) for f in early_on if f.verdict == "match"]
    assert whole == [(f.anchor, f.rows) for f in at_last if f.verdict == "match"][: len(whole)]
