"""The fast search for sequences equals the naive one, and keeps its promises as events are added."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.slow_matcher import slow_sequences
from watch.rules.sequence import Absent, Timeline, find_sequences


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Timeline, int]:
    starts = np.array(sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=9))), dtype=np.int64)
    rows = st.sets(st.integers(0, len(starts) - 1)).map(lambda s: np.array(sorted(s), dtype=np.int64))
    steps = draw(st.lists(rows, min_size=2, max_size=4))
    spans = st.tuples(st.integers(0, len(steps) - 2), st.integers(1, len(steps) - 1), rows)
    absent = [Absent(a, b, r) for a, b, r in draw(st.lists(spans, max_size=2)) if a < b]
    any_of = draw(st.none() | rows.map(lambda r: frozenset(r.tolist())))
    early = draw(st.none() | st.integers(0, len(steps) - 2))
    rank = {row: draw(st.integers(0, 1)) for row in steps[0].tolist()}
    line = Timeline(starts, steps, draw(st.integers(0, 20)), absent, any_of, early, rank)
    return line, draw(st.integers(int(starts[-1]), 60))


@given(timelines())
@settings(max_examples=300, deadline=None)
def test_fast_search_equals_slow_twin(case: tuple[Timeline, int]) -> None:
    line, as_of_us = case
    assert find_sequences(line, as_of_us) == slow_sequences(line, as_of_us)


@given(timelines(), st.integers(0, 30))
@settings(max_examples=200, deadline=None)
def test_later_events_never_change_who_an_alert_is(case: tuple[Timeline, int], cut_us: int) -> None:
    line, as_of_us = case
    keep = int(np.searchsorted(line.start_us, cut_us, "right"))
    before = Timeline(
        line.start_us[:keep],
        [rows[rows < keep] for rows in line.steps],
        line.within_us,
        [Absent(a.first, a.last, a.rows[a.rows < keep]) for a in line.absent],
        line.any_of,
        line.early,
        line.rank,
    )
    early_on = find_sequences(before, cut_us)
    at_last = find_sequences(line, as_of_us)
    assert {f.anchor for f in early_on} <= {f.anchor for f in at_last}
    whole = [(f.anchor, f.rows) for f in early_on if f.verdict == "match"]
    assert whole == [(f.anchor, f.rows) for f in at_last if f.verdict == "match"][: len(whole)]
