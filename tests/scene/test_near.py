"""Who was near: the box about a moment, read out of the lake as a slow look at every fix tells it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scene.conftest import BEGIN, PACIFIC, sea_rows
from watch.scene.asked import ask_for_vessel
from watch.scene.neighbours import Moment, moments_of, read_near
from watch.workspace import Workspace

START_S = int(BEGIN.timestamp())

BOXES = {
    "across_180": (179.0, -1.0, -178.0, 1.0),
    "west_of_180": (170.0, -1.0, 179.99, 1.0),
    "all_round": (-180.0, 0.0, 180.0, 90.0),
    "nothing": (0.0, 80.0, 1.0, 81.0),
}


def inside(box: tuple[float, float, float, float], lat: float, lon: float) -> bool:
    west, south, east, north = box
    between = west <= lon <= east if west <= east else lon >= west or lon <= east
    return south <= lat <= north and between


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_a_box_of_the_lake_holds_what_lies_in_it(sea: Workspace, box: tuple[float, float, float, float]) -> None:
    until = BEGIN + timedelta(days=9)
    read = sea.lake.read_positions(BEGIN, until, None, ("mmsi", "lat", "lon"), box).to_pylist()
    slow = [(r["mmsi"], r["lat"], r["lon"]) for r in sea_rows() if inside(box, r["lat"], r["lon"])]
    assert sorted(tuple(row.values()) for row in read) == sorted(slow)


def test_a_box_and_a_ship_go_together(sea: Workspace) -> None:
    until, box = BEGIN + timedelta(days=9), BOXES["across_180"]
    read = sea.lake.read_positions(BEGIN, until, [PACIFIC], ("mmsi", "lon"), box).to_pylist()
    assert {row["mmsi"] for row in read} == {PACIFIC}
    assert all(row["lon"] >= 179 or row["lon"] <= -178 for row in read)


def event(event_id: str, kind: str, hours: float, lon: float, **more: object) -> dict[str, object]:
    t = START_S + int(hours * 3600)
    ends = {"t": t, "end_t": None, "start_lat": 0.0, "start_lon": lon, "end_lat": None, "end_lon": None}
    return {"event_id": event_id, "kind": kind, "vessel_id": "imo:1", "other_vessel_id": None, **ends, **more}


def test_moments_are_those_of_the_ship_the_weightiest_first_and_each_place_once() -> None:
    events = [
        event("a", "gap", 0, 0.0),
        event("b", "encounter", 1, 0.1),  # near to the gap in time and place, and weighs more
        event("c", "zone_visit", 50, 20.0),
        event("d", "zone_visit", 60, 30.0),
        event("e", "gap", 70, 40.0, vessel_id="imo:2"),
    ]
    found = moments_of("imo:1", events, ["c"])
    assert [(m.rank, m.lon) for m in found] == [(0, 20.0), (1, 0.1)]


@pytest.mark.parametrize(("lat", "lon"), [(89.9, 0.0), (-89.9, 179.0), (0.5, -179.9)])
def test_a_moment_by_a_pole_or_180_can_be_looked_around(sea: Workspace, lat: float, lon: float) -> None:
    asked = ask_for_vessel(sea, "imo:9999967", None, None)
    near = read_near(sea, asked, [Moment(0, START_S + 36 * 3600, lat, lon)], [])
    assert (len(near.mmsi) > 0) == (abs(lat) < 1)
    assert near.skipped == 0
