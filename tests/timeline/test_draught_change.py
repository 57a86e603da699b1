"""Draught changes: the scenarios of the catalogue, what lay between, the weights of known ships, and the slow twin."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline import twin_declared
from tests.timeline.declarations import attributed, call, declared, event, gap, identities, of_kind
from watch.timeline.draught_change import draught_changes, moved

SHIP = {"mmsi": 636990101, "hour": 0.0, "imo": 9999802, "ship_type": 80, "length_m": 180.0, "beam_m": 32.0}
OTHER = 538990120


def changes(*rows: dict[str, Any], events: tuple[pd.DataFrame, ...] = ()) -> pd.DataFrame:
    known = identities(*rows)
    seen = attributed(known, *events)
    return draught_changes(declared(known, seen), seen)


def drawn(*draughts: tuple[float, float | None], **more: Any) -> list[dict[str, Any]]:
    """Return a ship's rows out of hours and draughts."""
    return [SHIP | more | {"hour": hour, "draught_m": draught} for hour, draught in draughts]


def told(found: pd.DataFrame) -> list[tuple[float, float]]:
    return [(d["draught_before_m"], d["draught_after_m"]) for _, _, d in of_kind(found)]


def test_p2b_a_tanker_that_takes_cargo_in_the_dark_is_deeper_and_says_what_lay_between() -> None:
    events = (gap(SHIP["mmsi"], 30.0, 400.0), event("encounter", SHIP["mmsi"], 410.0, 430.0, other_mmsi=OTHER))
    found = changes(*drawn((0.0, 12.0), (450.0, 14.5)), {"mmsi": OTHER, "hour": 0.0}, events=events)
    ((hour, mmsi, details),) = of_kind(found)
    assert (hour, mmsi) == (450.0, SHIP["mmsi"])
    assert (details["draught_before_m"], details["draught_after_m"], details["draught_change_m"]) == (12.0, 14.5, 2.5)
    assert details["since_at"] == "2020-06-01T00:00:00+00:00"
    assert details["between"] == ["encounter", "gap"]
    assert details["between_ids"] == [e["event_id"].iloc[0] for e in events]
    assert details["ballast_possible"] is False
    assert 9_900 < details["tonnes_min"] < 12_000 < details["tonnes_max"] < 15_000
    assert details["barrels_min"] < 85_000 < details["barrels_max"]


def test_p1a_a_tanker_that_discharges_at_a_berth_names_the_call() -> None:
    visit = call(SHIP["mmsi"], 600.0, 640.0, "ve_el_palito")
    passed = call(SHIP["mmsi"], 300.0, 301.0, "cp_gibraltar", confidence=1)
    elsewhere = call(OTHER, 600.0, 640.0, "ve_el_palito")
    found = changes(*drawn((0.0, 10.1), (641.0, 6.5)), {"mmsi": OTHER, "hour": 0.0}, events=(visit, passed, elsewhere))
    ((_, _, details),) = of_kind(found)
    assert details["between_ids"] == [visit["event_id"].iloc[0]]


def test_the_partner_of_a_meeting_has_it_between_too() -> None:
    met = event("encounter", 211990105, 10.0, 20.0, other_mmsi=SHIP["mmsi"])
    found = changes(*drawn((0.0, 8.0), (30.0, 12.0)), {"mmsi": 211990105, "hour": 0.0}, events=(met,))
    assert of_kind(found)[0][2]["between_ids"] == met["event_id"].tolist()


def test_what_ended_before_the_old_draught_was_declared_lay_not_between() -> None:
    early, open_gap = gap(SHIP["mmsi"], -20.0, 0.0), gap(SHIP["mmsi"], 20.0)
    later = gap(SHIP["mmsi"], 31.0, 50.0)
    found = changes(*drawn((0.0, 8.0), (30.0, 12.0)), events=(early, open_gap, later))
    assert of_kind(found)[0][2]["between_ids"] == open_gap["event_id"].tolist()


CASES = {
    "a_metre_and_a_tenth": ([(0, 9.0), (9, 10.0)], [(9.0, 10.0)]),
    "a_metre_exactly_a_tenth": ([(0, 10.0), (9, 9.0)], [(10.0, 9.0)]),
    "a_metre_of_a_deep_ship": ([(0, 20.0), (9, 21.0)], []),
    "less_than_a_metre": ([(0, 3.0), (9, 3.9)], []),
    "typing_error_taken_back": ([(0, 10.1), (20, 1.1), (21, 10.1)], []),
    "typing_errors_one_after_another": ([(0, 10.1), (20, 1.1), (20.5, 10.1), (21, 1.1), (21.5, 10.1)], []),
    "taken_back_after_a_day": ([(0, 10.0), (20, 8.0), (50, 10.0)], [(10.0, 8.0), (8.0, 10.0)]),
    "missing_between": ([(0, 10.0), (5, None), (20, 8.0)], [(10.0, 8.0)]),
    "first_draught": ([(0, None), (5, 8.0)], []),
    "small_steps": ([(0, 8.0), (10, 8.9), (20, 9.8), (30, 10.7)], []),
}


@pytest.mark.parametrize(("draughts", "want"), CASES.values(), ids=CASES)
def test_what_counts_as_a_change(draughts: list[tuple[float, float | None]], want: list[tuple[float, float]]) -> None:
    assert told(changes(*drawn(*draughts))) == want


def test_two_draughts_that_alternate_all_day_are_one_event() -> None:
    found = changes(*drawn(*((h * 5.0, (8.0, 12.0)[h % 2]) for h in range(9))))
    ((hour, _, details),) = of_kind(found)
    assert (hour, details["times"]) == (5.0, 8)


def test_a_hull_that_comes_back_under_another_number_is_compared_with_itself() -> None:
    found = changes(*drawn((0.0, 7.0)), *drawn((90.0, 10.6), mmsi=613990102), events=(gap(SHIP["mmsi"], 10.0),))
    ((hour, mmsi, details),) = of_kind(found)
    assert (hour, mmsi, details["before_mmsi"], details["between"]) == (90.0, 613990102, SHIP["mmsi"], ["gap"])


def test_nothing_declared_gives_no_event() -> None:
    assert len(changes()) == 0
    assert len(changes(SHIP)) == 0


#: Ships of the cases: draughts laden and light, size, type, what was told of the cargo.
KNOWN = {
    "fortune_2020_petrol": (10.1, 6.5, 176.0, 31.0, 270_000, 31_800),
    "vlcc_21_to_10_m_two_million_barrels": (21.0, 10.5, 333.0, 60.0, 2_100_000, 290_000),
    "suezmax_one_million_barrels": (17.0, 8.5, 274.0, 48.0, 1_000_000, 140_000),
}


@pytest.mark.parametrize(("laden_m", "light_m", "length_m", "beam_m", "barrels", "tonnes"), KNOWN.values(), ids=KNOWN)
def test_the_interval_holds_what_is_known(
    laden_m: float, light_m: float, length_m: float, beam_m: float, barrels: int, tonnes: int
) -> None:
    out = moved(laden_m, light_m, length_m, beam_m, "tanker")
    assert out == moved(light_m, laden_m, length_m, beam_m, "tanker")
    assert out["tonnes_min"] <= tonnes <= out["tonnes_max"] < 3.5 * out["tonnes_min"]
    assert out["barrels_min"] <= barrels <= out["barrels_max"] < 4.5 * out["barrels_min"]
    assert out["ballast_possible"] is True


def test_barrels_are_told_of_tankers_and_weights_of_ships_of_known_size() -> None:
    assert set(moved(10.0, 6.0, 180.0, 30.0, "cargo")) == {"tonnes_min", "tonnes_max", "ballast_possible"}
    nan = float("nan")
    for length_m, beam_m in ((nan, 30.0), (180.0, nan), (0.0, 0.0)):
        assert moved(10.0, 6.0, length_m, beam_m, "tanker") == {}


@given(
    st.lists(
        st.tuples(
            st.sampled_from((636990101, 211990102)),
            st.integers(0, 60),
            st.sampled_from((60, 65, 69, 70, 80, 100, 101, 111)),
        ),
        unique_by=lambda r: (r[0], r[1]),
        max_size=25,
    )
)
def test_changes_equal_their_slow_twin(rows: list[tuple[int, int, int]]) -> None:
    rows = sorted(rows, key=lambda r: r[1])
    known = identities(*({"mmsi": m, "hour": float(h), "draught_m": dm / 10} for m, h, dm in rows))
    seen = attributed(known)
    found = draught_changes(declared(known, seen), seen)
    got = [
        (m, h, round(d["draught_before_m"] * 10), round(d["draught_after_m"] * 10), d["times"])
        for h, m, d in of_kind(found)
    ]
    want = twin_declared.draughts(rows)
    assert sum(times for *_, times in got) == len(want)
    assert {change[:4] for change in got} <= set(want)
    runs = {(m, frozenset((b, a))) for m, _, b, a in want}
    assert {(m, frozenset((b, a))) for m, _, b, a, _ in got} == runs
