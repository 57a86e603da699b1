"""Possible visits against their slow twin, a brute-force prism, and the cases that must not go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.test_visits_and_meetings import make_world
from tests.timeline.twin_reach import Place, circle_bound_nm, moment, prism, silent, timeline, told, visits
from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.world import World
from watch.geodesy import NM_M, distance_m
from watch.params import DEFAULT, Params
from watch.pipeline import bundled_world
from watch.seaway import open_seaway
from watch.timeline.possible_visit import possible_visits

AS_OF = moment(24 * 90)


def round_spot(lat: float, lon: float, radius_nm: float = 5.0) -> shapely.Polygon:
    return shapely.Point(lon, lat).buffer(radius_nm / 60)


ZONES = {
    "fujairah": ("sts_anchorage", round_spot(25.3, 56.6, 10)),
    "kharg": ("load_terminal", round_spot(29.2, 50.3)),
    "kuantan": ("port", round_spot(4.0, 103.6)),
    "colon": ("port", round_spot(9.4, -79.9)),
    "baku": ("port", round_spot(40.3, 50.0)),
    "tehran": ("port", round_spot(35.7, 51.4)),
    "dateline": ("sts_zone", round_spot(40.0, 180.0 - 0.2)),
    "gulf_waters": ("waters_12nm", round_spot(26.0, 53.0, 60)),
    "hormuz": ("chokepoint", round_spot(26.5, 56.5)),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A few zones to call at, one inland, one in a lake, and two only passed through."""
    return make_world(tmp_path_factory.mktemp("world"), ZONES)


def zones_of(found: pd.DataFrame) -> list[str]:
    return [d["zone_ids"][0] for d in sorted(found["details"], key=lambda d: d["rank"])]


OMAN, WEST_COAST = (24.9, 57.6), (2.95, 101.2)

CASES: dict[str, tuple[pd.DataFrame, list[str]]] = {
    "a_day_off_oman_reaches_fujairah_alone": (silent(1, 0, OMAN, 24, OMAN), ["fujairah"]),
    "five_days_reach_kharg_too": (silent(1, 0, OMAN, 120, OMAN), ["fujairah", "kharg"]),
    "shorter_than_12_h": (silent(1, 0, OMAN, 11.9, OMAN), []),
    "just_12_h": (silent(1, 0, OMAN, 12, OMAN), ["fujairah"]),
    "no_time_beside_the_way": (silent(1, 0, (22.5, 62.0), 26, OMAN), []),
    "behind_the_malay_peninsula_in_a_day": (silent(1, 0, WEST_COAST, 24, WEST_COAST), []),
    "round_the_malay_peninsula_in_three": (silent(1, 0, WEST_COAST, 72, WEST_COAST), ["kuantan"]),
    "in_the_caspian": (silent(1, 0, (42.0, 50.5), 1000, (42.0, 50.5)), ["baku"]),
    "no_gap": (silent(1, 0, OMAN, 120, OMAN, kind="loitering"), []),
    "tug": (silent(1, 0, OMAN, 120, OMAN, type="tug"), []),
    "fishing": (silent(1, 0, OMAN, 120, OMAN, type="fishing"), []),
    "passenger": (silent(1, 0, OMAN, 120, OMAN, type="passenger"), []),
    "unknown_type": (silent(1, 0, OMAN, 24, OMAN, type="unknown"), ["fujairah"]),
    "across_180": (silent(1, 0, (40.0, -179.0), 24, (40.2, 178.0)), ["dateline"]),
    "still_open": (silent(1, 24 * 89, OMAN), ["fujairah"]),
    "open_and_shorter_than_12_h": (silent(1, 24 * 90 - 11, OMAN), []),
    "panama_by_the_canal": (silent(1, 0, (8.5, -79.5), 24, (8.5, -79.5)), ["colon"]),
}


@pytest.mark.parametrize(("events", "zones"), CASES.values(), ids=CASES)
def test_zones_within_reach_are_named_and_no_others(world: World, events: pd.DataFrame, zones: list[str]) -> None:
    assert zones_of(possible_visits(events, world, DEFAULT, AS_OF)) == zones


def test_a_faster_class_reaches_further(world: World) -> None:
    near_kharg = (26.3, 55.0)
    hours = 2 * float(open_seaway().to_shapes_nm(*near_kharg, np.array([ZONES["kharg"][1]]), np.array([0]))[0]) / 16 + 2
    found = {t: zones_of(possible_visits(silent(1, 0, near_kharg, hours, near_kharg, type=t), world, DEFAULT, AS_OF))
             for t in ("tanker", "cargo")}  # fmt: skip
    assert "kharg" not in found["tanker"]
    assert "kharg" in found["cargo"]


@pytest.mark.parametrize(("beyond_s", "zones"), [(0, ["fujairah"]), (-1, [])], ids=["exactly_equal", "a_second_short"])
def test_the_stay_may_be_exactly_the_least(world: World, beyond_s: int, zones: list[str]) -> None:
    way_s = round(
        float(open_seaway().to_shapes_nm(*OMAN, np.array([ZONES["fujairah"][1]]), np.array([0]))[0]) / 14 * 3600
    )
    params = Params(possible_visit_min_h=1.0)
    hours = (2 * way_s + beyond_s) / 3600 + params.possible_visit_stay_h
    assert zones_of(possible_visits(silent(1, 0, OMAN, hours, OMAN), world, params, AS_OF)) == zones


def test_what_an_event_says(world: World) -> None:
    gap = silent(636990001, 10, OMAN, 58, (24.5, 59.0), coverage="lost", segment=2)
    (found,) = possible_visits(gap, world, DEFAULT, AS_OF).to_dict("records")
    zone = np.array([ZONES["fujairah"][1]])
    out, back = open_seaway().to_shapes_nm([24.9, 24.5], [57.6, 59.0], zone, np.array([0, 0]))
    assert (found["kind"], found["zone_id"], found["mmsi"]) == ("possible_visit", "fujairah", 636990001)
    assert (found["flag"], found["type"], found["vessel_id"]) == ("LR", "tanker", "mmsi:636990001")
    assert (found["start_lat"], found["start_lon"]) == pytest.approx((25.3, 56.6))
    assert (found["end_lat"], found["end_lon"]) == (found["start_lat"], found["start_lon"])
    assert abs(found["start_at"] - moment(10 + out / 14)) <= pd.Timedelta(seconds=1)
    assert abs(found["end_at"] - moment(58 - back / 14)) <= pd.Timedelta(seconds=1)
    direct = float(distance_m(*OMAN, 24.5, 59.0) / NM_M)
    details = found["details"]
    assert details == {
        "zone_ids": ["fujairah"],
        "gap_id": gap["event_id"][0],
        "open": False,
        "coverage": "lost",
        "gap_h": 48.0,
        "out_nm": pytest.approx(out, abs=0.06),
        "way_nm": pytest.approx(out + back, abs=0.06),
        "detour_nm": pytest.approx(out + back - direct, abs=0.06),
        "stay_h": pytest.approx(48 - (out + back) / 14, abs=0.01),
        "speed_kn": 14.0,
        "needed_kn": pytest.approx((out + back) / 46, abs=0.01),
        "rank": 1,
        "reachable": 1,
        "specificity": 1.0,
        "was_there": False,
        "segment": 2,
    }
    assert all(type(v) in (bool, int, float, str, list) for v in details.values())


def test_an_open_gap_says_by_when_and_keeps_its_id_when_it_ends(world: World) -> None:
    (still,) = possible_visits(silent(1, 0, OMAN), world, DEFAULT, moment(30)).to_dict("records")
    closed = possible_visits(silent(1, 0, OMAN, 40, OMAN), world, DEFAULT, moment(60)).to_dict("records")
    assert pd.isna(still["end_at"])
    assert np.isnan(still["end_lat"])
    assert still["details"]["by_at"] == still["start_at"].isoformat()
    assert still["details"]["detour_nm"] is None
    assert still["details"]["out_nm"] == still["details"]["way_nm"]
    assert still["details"]["needed_kn"] == pytest.approx(still["details"]["out_nm"] / 30, abs=0.01)
    assert [e["event_id"] for e in closed] == [still["event_id"]]
    assert "by_at" not in closed[0]["details"]


def test_a_ship_that_was_in_the_zone_is_told_so(world: World) -> None:
    inside = (25.3, 56.6)
    (left,) = possible_visits(silent(1, 0, inside, 24, OMAN), world, DEFAULT, AS_OF).to_dict("records")
    (stayed,) = possible_visits(silent(1, 0, inside, 24, inside), world, DEFAULT, AS_OF).to_dict("records")
    assert left["details"]["was_there"]
    assert stayed["details"]["was_there"]
    assert left["start_at"] == moment(0)
    assert (stayed["details"]["stay_h"], stayed["details"]["way_nm"], stayed["details"]["detour_nm"]) == (
        24.0,
        0.0,
        0.0,
    )


def test_a_zone_counts_while_it_is_in_force(tmp_path: Path) -> None:
    world = make_world(tmp_path, {"fujairah": ZONES["fujairah"]})
    table = world.zones.table
    for begin, end, hours in ((None, 60, 60.0), (90, None, 30.0), (None, 1, None), (130, None, None)):
        table["valid_from"] = pd.to_datetime([None if begin is None else moment(begin)], utc=True)
        table["valid_to"] = pd.to_datetime([None if end is None else moment(end)], utc=True)
        inside = (25.3, 56.6)
        found = possible_visits(silent(1, 0, inside, 120, inside), world, DEFAULT, AS_OF)
        assert [d["stay_h"] for d in found["details"]] == ([] if hours is None else [hours])


def test_nothing_gives_nothing_with_all_columns(world: World) -> None:
    found = possible_visits(timeline(), world, DEFAULT, AS_OF)
    assert (len(found), list(found.columns)) == (0, list(ATTRIBUTED_COLUMNS))


def test_two_months_off_oman_reach_every_zone_and_say_little() -> None:
    gap = silent(636990001, 0, OMAN, 1419, (15.0, -25.6))
    found = possible_visits(gap, bundled_world(), DEFAULT, AS_OF)
    details = found["details"].tolist()
    assert {d["reachable"] for d in details} == {len(found)}
    assert len(found) > 50
    assert {d["specificity"] for d in details} == {round(1 / len(found), 4)}
    by_id = {d["zone_ids"][0]: d for d in details}
    assert by_id["ve_el_palito"]["needed_kn"] == pytest.approx(7.7, abs=0.3)
    assert sorted(d["rank"] for d in details) == list(range(1, len(found) + 1))
    assert min(d["detour_nm"] for d in details) >= 0


PLACES = [OMAN, (25.3, 56.6), (26.3, 52.5), (22.0, 62.0), WEST_COAST, (3.5, 105.0), (42.0, 50.5), (40.0, -179.0)]
some_places = st.sampled_from([*PLACES, (9.6, -80.0), (8.5, -79.5), (33.0, 52.0)])
some_gaps = st.lists(
    st.tuples(
        st.sampled_from((201000001, 636000002)),
        st.sampled_from((0.0, 5.0, 200.0)),
        some_places,
        st.sampled_from((None, 6.0, 12.0, 24.0, 40.0, 90.0, 700.0)),
        some_places,
        st.sampled_from(("tanker", "cargo", "unknown", "other", "tug")),
    ),
    max_size=5,
)


def made(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    gaps = [
        silent(m, off_h, off, None if h is None else off_h + h, None if h is None else on, type=t)
        for m, off_h, off, h, on, t in rows
    ]
    events = timeline(*gaps)
    return events[~events["event_id"].duplicated()].reset_index(drop=True)


@given(some_gaps)
def test_it_equals_its_slow_twin(world: World, rows: list[tuple[Any, ...]]) -> None:
    events = made(rows)
    found = possible_visits(events, world, DEFAULT, AS_OF)
    ids = [(d["gap_id"], z) for d, z in zip(found["details"], found["zone_id"], strict=True)]
    assert {(*i, *t[1:]) for i, t in zip(ids, _times(found), strict=True)} == visits(events, world, AS_OF)
    assert found["event_id"].is_unique


def _times(found: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [next(iter(told(found.iloc[[k]], ["gap_id"]))) for k in range(len(found))]


@given(some_gaps)
def test_each_gap_speaks_for_itself(world: World, rows: list[tuple[Any, ...]]) -> None:
    events = made(rows)
    together = possible_visits(events, world, DEFAULT, AS_OF)
    alone = [possible_visits(events.iloc[[k]], world, DEFAULT, AS_OF) for k in range(len(events))]
    expected = {e["event_id"]: e["details"] for part in alone for e in part.to_dict("records")}
    assert dict(zip(together["event_id"], together["details"], strict=True)) == expected


mid_pacific = st.tuples(st.floats(33.0, 45.0), st.floats(-15.0, 15.0))


@given(mid_pacific, mid_pacific, st.floats(12.0, 60.0))
def test_at_open_sea_it_is_the_space_time_prism(world: World, off: Place, on: Place, hours: float) -> None:
    shape = ZONES["dateline"][1]
    moved = [(lat, (lon + 359.9) % 360 - 180) for lat, lon in (off, on)]
    turned = [(lat, lon if lon > 0 else lon + 360) for lat, lon in moved]  # the zone's own plane, past 180°
    left_h = prism(shape, turned[0], turned[1], hours, DEFAULT.reach_tanker_kn)
    found = possible_visits(silent(1, 0, moved[0], hours, moved[1]), world, DEFAULT, AS_OF)
    if abs(left_h - DEFAULT.possible_visit_stay_h) > 0.05:  # a zone's border is points in both, of different number
        assert bool(len(found)) == (left_h >= DEFAULT.possible_visit_stay_h)
    if len(found):
        assert found["details"][0]["stay_h"] == pytest.approx(left_h, abs=0.06)


@given(st.tuples(st.floats(-60, 65), st.floats(-180, 179.9)))
def test_the_bound_that_rules_out_is_never_longer_than_the_way(at: Place) -> None:
    shapes = [shape for _, shape in ZONES.values()]
    ways = open_seaway().to_shapes_nm(
        [at[0]] * len(shapes), [at[1]] * len(shapes), np.array(shapes), np.arange(len(shapes))
    )
    assert all(circle_bound_nm(at, s) <= nm + 1e-9 for s, nm in zip(shapes, ways, strict=True))
