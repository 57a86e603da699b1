"""Zone visits, port visits and encounters against their slow twins, and the cases that must not go wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect import twins
from tests.detect.test_segments_and_gaps import hours, plain, rounded
from tests.tracks import Fix, no_statics, positions, some_fixes
from watch.detect.world import World
from watch.pipeline import see
from watch.zones.geofences import load_zones

SQUARE = shapely.box(-0.05, -0.05, 0.05, 0.05)
FEWER = settings(max_examples=settings().max_examples // 4)  # an example takes five seconds


def make_world(folder: Path, shapes: dict[str, tuple[str, shapely.Geometry]]) -> World:
    """Return a world of a few zones: id → kind and shape."""
    features = []
    for zone_id, (kind, shape) in shapes.items():
        centre = shape.centroid
        facts = {"id": zone_id, "name": zone_id, "country": "XX", "kind": kind, "source": "made"}
        if "port" in kind:
            facts |= {"lat": centre.y, "lon": centre.x, "radius_nm": 1.0}
        features.append({"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(shape)})
    (folder / "made.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return World(load_zones(folder))


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One transfer zone around 0, 0, far from every port."""
    return make_world(tmp_path_factory.mktemp("square"), {"square": ("sts_zone", SQUARE)})


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One port at 0, 0 with a radius of one nautical mile."""
    return make_world(tmp_path_factory.mktemp("harbour"), {"harbour": ("port", shapely.Point(0, 0).buffer(0.0166))})


def found(fixes: list[Fix], world: World, kind: str, status: int | None = None) -> pd.DataFrame:
    events = see(positions(fixes, status), no_statics(), world).events
    return events[events["kind"] == kind].reset_index(drop=True)


def spans(events: pd.DataFrame) -> list[tuple[int, float | None, float | None]]:
    return [
        (int(m), hours(s), hours(e))
        for m, s, e in zip(events["mmsi"], events["start_at"], events["end_at"], strict=True)
    ]


@FEWER
@given(some_fixes(spread_deg=0.2))
def test_zone_visits_equal_their_slow_twin(square: World, fixes: list[Fix]) -> None:
    events = found(fixes, square, "zone_visit")
    want = twins.zone_visits(twins.segments(plain(positions(fixes))), SQUARE)
    got = [(*span, d["crossed"]) for span, d in zip(spans(events), events["details"], strict=True)]
    assert sorted(got, key=repr) == sorted(((m, rounded(s), rounded(e), c) for m, s, e, c in want), key=repr)


@FEWER
@given(some_fixes(spread_deg=0.08))
def test_port_visits_equal_their_slow_twin(harbour: World, fixes: list[Fix]) -> None:
    events = found(fixes, harbour, "port_visit")
    events = events[events["zone_id"] == "harbour"]
    want = twins.port_visits(twins.segments(plain(positions(fixes))), (0.0, 0.0, 1852.0))
    got = [(*span, d["confidence"]) for span, d in zip(spans(events), events["details"], strict=True)]
    assert sorted(got, key=repr) == sorted(((m, rounded(s), rounded(e), c) for m, s, e, c in want), key=repr)


@FEWER
@given(some_fixes(spread_deg=0.01), st.sampled_from((0.0, 179.9995)))
def test_encounters_equal_their_slow_twin(square: World, fixes: list[Fix], lon: float) -> None:
    shifted = [(m, h, la + 0.01, lo + lon, s) for m, h, la, lo, s in fixes]
    events = found(shifted, square, "encounter")
    want = twins.encounters(twins.segments(plain(positions(shifted))))
    got = [
        (int(m), int(o), hours(s), round(d["duration_h"], 3))
        for m, o, s, d in zip(events["mmsi"], events["other_mmsi"], events["start_at"], events["details"], strict=True)
    ]
    assert sorted(got) == sorted((a, b, rounded(s), round(e - s, 3)) for a, b, s, e in want)


def way(points: list[tuple[float, float, float]], mmsi: int = 636000001, sog: float = 9.0) -> list[Fix]:
    """Return fixes at (hours, lat, lon)."""
    return [(mmsi, h, la, lo, sog) for h, la, lo in points]


@pytest.mark.parametrize(
    ("points", "want"),
    [
        pytest.param(
            [(0, 0, -0.2), (1, 0, 0), (2, 0, 0.04), (3, 0, 0.2)], [(1, 2, False)], id="first_to_last_fix_inside"
        ),
        pytest.param([(0, 0, -0.2), (1, 0, 0.2)], [(0, 1, True)], id="crossed_between_two_fixes"),
        pytest.param([(0, 0, -0.2), (6.5, 0, 0.2)], [], id="nobody_knows_the_way_through_a_gap"),
        pytest.param(
            [(0, 0.0499, 0), (0.2, 0.0501, 0), (0.4, 0.0499, 0), (0.6, 0.0501, 0), (2, 0.1, 0)],
            [(0, 0.4, False)],
            id="jitter_at_the_edge_is_one_visit",
        ),
        pytest.param(
            [(0, 0, 0), (1, 0.2, 0), (3, 0, 0), (4, 0.2, 0)],
            [(0, 0, False), (3, 3, False)],
            id="back_after_two_hours_is_another",
        ),
        pytest.param(
            [(0, 0, 0), (25, 0, 0), (26, 0.2, 0)], [(0, 0, False), (25, 25, False)], id="a_day_of_silence_ends_a_visit"
        ),
        pytest.param([(0, 0, 0), (23, 0, 0)], [(0, None, False)], id="still_inside_is_open"),
        pytest.param([(0, 0, -0.2), (1, 0, 0), (2, 0, 0.2)], [(1, 1, False)], id="one_fix_inside_is_a_visit"),
        pytest.param([(0, 0.0505, 0.045), (0.1, 0.045, 0.0505), (1, 0.045, 0.3)], [], id="a_cut_corner_is_none"),
    ],
)
def test_zone_visit(square: World, points: list[tuple[float, float, float]], want: list[tuple[float, ...]]) -> None:
    events = found(way(points), square, "zone_visit")
    assert [(s, e, d["crossed"]) for (_, s, e), d in zip(spans(events), events["details"], strict=True)] == want


@pytest.mark.parametrize(
    ("shape", "fixes", "crossed"),
    [
        pytest.param(
            shapely.box(179, -1, 180, 1), [(0, 0, 178.5), (1, 0, 179.5), (2, 0, -179.5)], False, id="up_to_the_dateline"
        ),
        pytest.param(
            shapely.MultiPolygon([shapely.box(179.8, -1, 180, 1), shapely.box(-180, -1, -179.8, 1)]),
            [(0, 0, 179.7), (1, 0, -179.7)],
            True,
            id="across_the_dateline",
        ),
        pytest.param(
            shapely.MultiPolygon([shapely.box(-180, 89, -1, 90), shapely.box(0, 89, 180, 90)]),
            [(0, 88.9, 10), (1, 89.5, 170), (2, 88.9, -170)],
            False,
            id="at_the_pole",
        ),
    ],
)
def test_zone_visit_at_the_ends_of_the_map(
    tmp_path: Path, shape: shapely.Geometry, fixes: list[tuple[float, float, float]], crossed: bool
) -> None:
    world = make_world(tmp_path, {"edge": ("sts_zone", shape)})
    events = found(way(fixes), world, "zone_visit")
    assert [d["crossed"] for d in events["details"]] == [crossed]


KM = 1 / 111.195  # degrees of latitude


@pytest.mark.parametrize(
    ("steps", "want"),
    [  # hours, km from the centre, sog; the port's circle has a radius of 1.852 km
        pytest.param([(0, 20, 9), (1, 0, 0), (5, 0, 0), (6, 20, 9)], [(1, 5, 4, 4.0)], id="came_stopped_left"),
        pytest.param([(0, 20, 9), (1, 0, 0), (5, 0, 0)], [(1, None, 3, 4.0)], id="still_there"),
        pytest.param([(0, 0, 0), (5, 0, 0)], [(0, None, 2, 5.0)], id="neither_end_seen"),
        pytest.param([(0, 20, 9), (1, 3, 9), (2, 20, 9)], [(1, 1, 1, 0.0)], id="passed_through"),
        pytest.param([(0, 20, 9), (1, 5.5, 9), (2, 20, 9)], [], id="between_three_and_four_km_is_no_entry"),
        pytest.param(
            [(0, 20, 9), (1, 0, 0), (2, 5.5, 9), (3, 0, 0), (4, 20, 9)],
            [(1, 3, 4, 0.0)],
            id="three_to_four_km_is_no_exit",
        ),
        pytest.param(
            [(0, 20, 9), (1, 0, 0), (2, 0, 0.4), (3, 0, 0), (4, 20, 9)],
            [(1, 3, 4, 2.0)],
            id="drifting_at_anchor_is_one_stop",
        ),
        pytest.param(
            [(0, 20, 9), (1, 0, 0), (2, 0, 0.6), (3, 0, 0), (4, 20, 9)], [(1, 3, 4, 0.0)], id="half_a_knot_ends_a_stop"
        ),
    ],
)
def test_port_visit(
    harbour: World, steps: list[tuple[float, float, float]], want: list[tuple[float, float | None, int, float]]
) -> None:
    events = found([(636000001, h, km * KM, 0.0, s) for h, km, s in steps], harbour, "port_visit")
    got = [(s, e, d["confidence"], d["stop_h"]) for (_, s, e), d in zip(spans(events), events["details"], strict=True)]
    assert got == want


def test_a_berth_between_two_ports_is_a_call_at_the_nearer_one(tmp_path: Path) -> None:
    shapes = {
        "near": ("port", shapely.Point(0, 0.01).buffer(0.001)),
        "far": ("port", shapely.Point(0, -0.03).buffer(0.001)),
    }
    world = make_world(tmp_path, shapes)
    events = found(way([(0, 0, 0), (5, 0, 0)], sog=0.0), world, "port_visit")
    assert {z: d["confidence"] for z, d in zip(events["zone_id"], events["details"], strict=True)} == {"near": 2}
    passing = way([(0, 0.1, 0), (1, 0.01, 0), (2, -0.03, 0), (3, -0.2, 0)])
    events = found(passing, world, "port_visit")
    assert {z: d["confidence"] for z, d in zip(events["zone_id"], events["details"], strict=True)} == {
        "near": 1,
        "far": 1,
    }


def side_by_side(
    a: list[float], b: list[float], metres: float = 100.0, lat: float = 0.2, lon: float = 0.0
) -> list[Fix]:
    beside = lat + metres / 111_195
    return [(201000001, h, lat, lon, 0.1) for h in a] + [(201000002, h, beside, lon, 0.1) for h in b]


HALF = [k / 2 for k in range(12)]


@pytest.mark.parametrize(
    ("fixes", "want"),
    [
        pytest.param(side_by_side(HALF, HALF), [(1 / 6, 5.333333)], id="five_hours_alongside"),
        pytest.param(
            side_by_side(HALF, [h + 0.2 for h in HALF]), [(0.333333, 5.166667)], id="heard_at_different_minutes"
        ),
        pytest.param(side_by_side(HALF, HALF, metres=520), [], id="too_far_apart"),
        pytest.param(side_by_side(HALF[:4], HALF[:4]), [], id="too_short"),
        pytest.param(
            side_by_side([22 + h for h in HALF], [22.1 + h for h in HALF]),
            [(22.166667, 5.333333)],
            id="midnight_cuts_nothing",
        ),
        pytest.param(
            side_by_side(HALF + [h + 8 for h in HALF], HALF + [h + 8 for h in HALF]),
            [(1 / 6, 13.333333)],
            id="apart_for_less_than_four_hours_is_one",
        ),
        pytest.param(side_by_side(HALF, HALF, lon=180.0), [(1 / 6, 5.333333)], id="on_the_dateline"),
        pytest.param(side_by_side(HALF, HALF, lat=89.99), [(1 / 6, 5.333333)], id="at_the_pole"),
        pytest.param(
            side_by_side([3 * h for h in HALF], [3 * h for h in HALF]),
            [(1 / 6, 16.333333)],
            id="heard_every_ninety_minutes",
        ),
        pytest.param(
            side_by_side([6 * h for h in HALF], [6 * h for h in HALF]), [], id="heard_every_three_hours_proves_nothing"
        ),
        pytest.param(
            [(m, h, la, lo + h / 20, 3.0) for m, h, la, lo, _ in side_by_side(HALF, HALF)], [], id="sailing_in_company"
        ),
    ],
)
def test_encounter(square: World, fixes: list[Fix], want: list[tuple[float, float]]) -> None:
    events = found(fixes, square, "encounter")
    got = [(hours(s), d["duration_h"]) for s, d in zip(events["start_at"], events["details"], strict=True)]
    assert got == [(rounded(s), pytest.approx(d, abs=1e-3)) for s, d in want]


def test_a_meeting_in_port_is_none_and_in_a_transfer_zone_is_one(tmp_path: Path) -> None:
    shapes = {
        "quay": ("port", shapely.Point(0, 0.2).buffer(0.001)),
        "roads": ("sts_anchorage", shapely.box(-0.1, 0.0, 0.1, 0.1)),
    }
    world = make_world(tmp_path, shapes)
    alongside = side_by_side(HALF, HALF)
    assert found(alongside, world, "encounter").empty
    events = found(side_by_side(HALF, HALF, lat=0.05), world, "encounter")
    assert events["zone_id"].tolist() == ["roads"]


def test_moored_pairs_say_so(square: World) -> None:
    for status, moored in ((5, True), (1, False)):
        events = found(side_by_side(HALF, HALF), square, "encounter", status=status)
        assert [d["moored"] for d in events["details"]] == [moored]


def test_many_ships_on_one_spot_make_every_pair_once(square: World) -> None:
    fixes = [(201000000 + i, h, 0.2 + i * 1e-5, 0.0, 0.0) for i in range(8) for h in HALF]
    events = found(fixes, square, "encounter")
    assert len(events) == 28
    assert (events["mmsi"] < events["other_mmsi"]).all()
    assert events["event_id"].is_unique
    assert np.all([d["min_distance_m"] < 10 for d in events["details"]])
