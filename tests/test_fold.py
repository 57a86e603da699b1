"""The fold: any cutting of time, any order and batching of the rows give the same (promises 1, 3 and 7)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.test_visits_and_meetings import make_world
from tests.tracks import T0, Fix, positions, some_fixes, statics
from watch.detect.world import World
from watch.fold import from_tables, to_tables
from watch.pipeline import see

T0_US = T0.value // 1000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A port inside a transfer area, at 0, 0, and again on the dateline."""
    folder: Path = tmp_path_factory.mktemp("world")
    shapes = {}
    for name, lon in (("zero", 0.0), ("dateline", 180.0)):
        halves = [shapely.box(-180, -0.1, -179.9, 0.1), shapely.box(179.9, -0.1, 180, 0.1)]
        roads = shapely.MultiPolygon(halves) if lon else shapely.box(-0.1, -0.1, 0.1, 0.1)
        shapes |= {
            f"{name}_port": ("port", shapely.Point(lon - 0.05, 0.15).buffer(0.01)),
            f"{name}_roads": ("sts_zone", roads),
        }
    return make_world(folder, shapes)


def comparable(events: pd.DataFrame) -> pd.DataFrame:
    return events.sort_values("event_id", ignore_index=True).sort_index(axis=1)


def declared(fixes: list[Fix]) -> pa.Table:
    names = ("ALPHA", "BRAVO", None)
    return statics(
        [
            {"mmsi": m, "hour": h, "name": names[int(h) % 3], "imo": 9999802 if int(h) % 2 else None}
            for m, h, *_ in fixes
        ]
    )


@given(
    some_fixes(spread_deg=0.2),
    st.lists(st.floats(0, 200), max_size=6),
    st.sampled_from((0.0, 180.0)),
)
def test_any_cutting_of_time_gives_the_same(world: World, fixes: list[Fix], cuts_h: list[float], lon: float) -> None:
    shifted = [(m, h, la, lo + lon, s) for m, h, la, lo, s in fixes]
    cuts = [T0_US + round(h * 3.6e9) for h in cuts_h]
    whole = see(positions(shifted), declared(fixes), world)
    parts = see(positions(shifted), declared(fixes), world, cuts_us=cuts)
    pd.testing.assert_frame_equal(comparable(parts.events), comparable(whole.events))
    pd.testing.assert_frame_equal(parts.identities, whole.identities)
    assert whole.events["event_id"].is_unique


@given(some_fixes(spread_deg=0.2), st.randoms(use_true_random=False))
def test_order_of_rows_and_repeats_do_not_matter(world: World, fixes: list[Fix], random: object) -> None:
    mixed = fixes + fixes[::3]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(
        comparable(see(positions(mixed), declared(fixes), world).events),
        comparable(see(positions(fixes), declared(fixes), world).events),
    )


@given(some_fixes(spread_deg=0.2))
def test_the_state_survives_storage(world: World, fixes: list[Fix]) -> None:
    if fixes:
        state = see(positions(fixes), declared(fixes), world).state
        again = from_tables(to_tables(state))
        for name, frame in state.items():
            pd.testing.assert_frame_equal(again[name], frame, check_dtype=True)


def test_nothing_gives_nothing(world: World) -> None:
    seen = see(positions([]), statics([]), world)
    assert seen.events.empty
    assert seen.identities.empty


def test_a_late_identity_names_the_events_before_it(world: World) -> None:
    fixes = [(636000001, 0.0, 0.0, 0.0, 0.0), (636000001, 8.0, 0.0, 0.0, 0.0)]
    told = statics([{"mmsi": 636000001, "hour": 8.0, "imo": 9074729, "name": "LATE", "ship_type": 80}])
    events = see(positions(fixes), told, world).events
    assert set(events["vessel_id"]) == {"imo:9074729"}
    assert set(events["flag"]) == {"LR"}
    assert set(events["type"]) == {"tanker"}


def test_a_stay_that_ends_between_entry_and_exit_is_whole_across_a_cut(world: World) -> None:
    """Drawn from a ship at Busan: after midnight she lay 3.7 km off, too far to enter and too near to leave."""
    near, off, away = (0.15, -0.05), (0.15, 0.0), (0.3, 0.3)
    places = [(20.0, away), (21.0, near), (23.5, near), (24.5, off), (30.0, off), (31.0, away)]
    fixes = [(636000001, h, lat, lon, 0.0) for h, (lat, lon) in places]
    whole = see(positions(fixes), statics([]), world).events
    parts = see(positions(fixes), statics([]), world, cuts_us=[T0_US + 24 * 3_600_000_000]).events
    pd.testing.assert_frame_equal(comparable(parts), comparable(whole))
    calls = whole[whole["kind"] == "port_visit"]
    assert (calls["end_at"] == T0 + pd.Timedelta(hours=30)).all()
    assert len(calls) == 1


def test_a_leg_that_cuts_a_zone_joins_the_visit_before_it_across_a_cut(world: World) -> None:
    """Drawn: the ship was outside for less than an hour, then crossed in a leg of six hours with a cut amid it."""
    places = [(10.0, (0.05, 0.0)), (12.0, (0.05, 0.0)), (12.5, (0.5, 0.0)), (18.4, (-0.5, 0.0))]
    fixes = [(636000001, h, lat, lon, 5.0) for h, (lat, lon) in places]
    whole = see(positions(fixes), statics([]), world).events
    parts = see(positions(fixes), statics([]), world, cuts_us=[T0_US + 15 * 3_600_000_000]).events
    pd.testing.assert_frame_equal(comparable(parts), comparable(whole))
    assert (whole["zone_id"] == "zero_roads").sum() == 1
