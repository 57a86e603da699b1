"""The search for the ways of a cargo equals the naive one on small worlds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.slow_custody import slow_cargoes
from watch.geodesy import Ints
from watch.rules.custody import Calls, Custody, Forbidden
from watch.rules.follow import follow_cargoes
from watch.rules.table import RowsByVessel

World = tuple[Custody, list[int], int]


def by_vessel(rows: Ints, vessels: Ints, ships: int) -> RowsByVessel:
    order = np.argsort(vessels[rows], kind="stable")
    return RowsByVessel(rows[order], np.searchsorted(vessels[rows][order], np.arange(ships + 1)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    ships = draw(st.integers(3, 5))
    events = draw(
        st.lists(st.tuples(st.integers(0, 25), st.integers(0, ships - 1), st.booleans()), min_size=2, max_size=7)
    )
    met = draw(
        st.lists(st.tuples(st.integers(0, 25), st.integers(0, ships - 1), st.integers(0, ships - 1)), max_size=10)
    )
    told = [(at, vessel, -1 - number) for number, (at, vessel, _) in enumerate(events)]
    told += [(at, one, number) for number, (at, *both) in enumerate(met) for one in both]
    return world(draw, sorted(told), ships)


def world(draw: st.DrawFn, told: list[tuple[int, int, int]], ships: int) -> World:
    start_us, vessels, number = (np.array(column, dtype=np.int64) for column in zip(*told, strict=True))
    twin = np.full(len(told), -1)
    order = np.argsort(number, kind="stable")
    for one, other in pairwise(order):
        if number[one] == number[other] >= 0:
            twin[one], twin[other] = other, one

    def some(among: Ints) -> RowsByVessel:
        flags = draw(st.lists(st.booleans(), min_size=len(among), max_size=len(among)))
        return by_vessel(among[np.array(flags, dtype=bool)], vessels, ships)

    every, meetings = np.arange(len(told)), np.flatnonzero(twin >= 0)
    count = draw(st.integers(1, 3))
    transfers = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    steps = [some(meetings if transfer else every) for transfer in transfers]
    spans = [(a, b) for a in range(count) for b in range(a + 1, count)]
    forbidden = draw(st.lists(st.sampled_from(spans), max_size=2)) if spans else []
    most = draw(st.integers(1, 5))
    limits = st.lists(st.none() | st.integers(1, 8), min_size=count, max_size=count)
    custody = Custody(
        start_us=start_us,
        vessels=vessels,
        twin=twin,
        steps=steps,
        transfers=transfers,
        meetings=some(meetings),
        within_us=draw(st.integers(3, 25)),
        calls=draw(st.none() | st.just(calls(draw, some(np.flatnonzero(twin < 0))))),
        forbidden=[Forbidden(a, b, some(every)) for a, b in forbidden],
        step_within_us=draw(st.just(()) | limits),
        most=most,
        least=draw(st.integers(1, most)),
        early=draw(st.none() | st.integers(0, count - 1)),
        rank={row: draw(st.integers(0, 1)) for row in steps[0].rows.tolist()},
    )
    return custody, np.sort(steps[0].rows).tolist(), draw(st.integers(int(start_us[-1]), 45))


def calls(draw: st.DrawFn, rows: RowsByVessel) -> Calls:
    place_of = {row: draw(st.integers(0, 1)) for row in rows.rows.tolist()}
    at_place = [np.array(sorted(r for r, p in place_of.items() if p == place), dtype=np.int64) for place in (0, 1)]
    return Calls(rows, place_of, at_place, draw(st.integers(1, 12)))


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_search_equals_naive_walks(case: World) -> None:
    custody, first_rows, as_of_us = case
    found = follow_cargoes(custody, np.array(first_rows, dtype=np.int64), as_of_us)
    assert found == slow_cargoes(custody, first_rows, as_of_us)
