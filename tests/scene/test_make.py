"""A scene says what is stored: whose fixes, where lines are torn, who was near, what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.scene.conftest import (
    BEGIN,
    FAR,
    FIRST_RADIO,
    HOSTILE,
    HULL,
    NEAR,
    PACIFIC,
    SECOND_RADIO,
    SHARED,
    TWIN_HULL,
    TWIN_ONE,
    TWIN_TWO,
    sea_rows,
)
from tests.scene.scenes import decoded, ship_of
from watch.errors import ConfigError
from watch.scene.asked import ask_for_alert, ask_for_vessel, ask_for_window
from watch.scene.make import make_scene
from watch.workspace import Workspace


def scene_of(sea: Workspace, vessel_id: str, *hours: float) -> dict[str, Any]:
    ends = [BEGIN + timedelta(hours=h) for h in hours] or [None, None]
    return make_scene(sea, ask_for_vessel(sea, vessel_id, *ends))


def stored(*radios: int, lat: float | None = None) -> list[tuple[int, float, float]]:
    """Return the fixes that these radios sent, at one latitude when it is given."""
    rows = [r for r in sea_rows() if r["mmsi"] in radios and lat in (None, r["lat"])]
    told = [(int(datetime.fromisoformat(r["fix_at"]).timestamp()), r["lat"], r["lon"]) for r in rows]
    return sorted(told)


def near(one: list[tuple[int, float, float]], other: list[tuple[int, float, float]]) -> bool:
    """Return whether two tracks are the same but for the rounding of a scene."""
    same_place = (abs(a[1] - b[1]) < 1e-5 and abs(a[2] - b[2]) < 1e-5 for a, b in zip(one, other, strict=True))
    return [t for t, *_ in one] == [t for t, *_ in other] and all(same_place)


def test_a_track_across_180_has_every_stored_fix_with_its_raw_longitude(sea: Workspace) -> None:
    track = scene_of(sea, "imo:9999967")["ships"][0]["track"]
    assert near(decoded(track), stored(PACIFIC))
    assert {lon > 0 for _, _, lon in decoded(track)} == {True, False}
    assert (track["cut"], track["thinned_m"], track["radio"]) == ([0], 0, None)
    assert (set(track["sog"]), set(track["cog"])) == ({85}, {90})


def test_a_vessel_with_two_radios_is_one_track_cut_where_the_radio_changes(sea: Workspace) -> None:
    ship = scene_of(sea, f"imo:{HULL}")["ships"][0]
    assert near(decoded(ship["track"]), stored(FIRST_RADIO, SECOND_RADIO))
    assert ship["radios"] == [FIRST_RADIO, SECOND_RADIO]
    assert ship["track"]["radio"] == [0] * 40 + [1] * 40
    assert ship["track"]["cut"] == [0, 40]
    assert ship["label"] == "NEW NAME"


def test_the_name_is_that_of_the_time_shown(sea: Workspace) -> None:
    assert scene_of(sea, f"imo:{HULL}", 0, 30)["ships"][0]["label"] == "OLD NAME"


@pytest.mark.parametrize(("vessel", "lat"), [("", 10.0), ("/1", 30.0)], ids=["first_hull", "second_hull"])
def test_of_a_shared_radio_each_hull_has_its_own_fixes(sea: Workspace, vessel: str, lat: float) -> None:
    scene = scene_of(sea, f"mmsi:{SHARED}{vessel}")
    assert near(decoded(scene["ships"][0]["track"]), stored(SHARED, lat=lat))
    assert {ship["vessel_id"]: ship["role"] for ship in scene["ships"]} == {
        f"mmsi:{SHARED}{vessel}": "focus",
        f"mmsi:{SHARED}{'' if vessel else '/1'}": "partner",
    }


def test_a_shared_radio_is_told_apart_in_a_part_of_its_time_too(sea: Workspace) -> None:
    ship = scene_of(sea, f"mmsi:{SHARED}/1", 40, 60)["ships"][0]
    assert {lat for _, lat, _ in decoded(ship["track"])} == {30.0}


def test_two_radios_that_declare_one_hull_at_once_are_two_tracks(sea: Workspace) -> None:
    ships = [ship for ship in scene_of(sea, f"imo:{TWIN_HULL}")["ships"] if ship["vessel_id"] == f"imo:{TWIN_HULL}"]
    assert [ship["radios"] for ship in ships] == [[TWIN_ONE], [TWIN_TWO]]
    assert [near(decoded(s["track"]), stored(m)) for s, m in zip(ships, (TWIN_ONE, TWIN_TWO), strict=True)] == [
        True
    ] * 2
    assert [len(ship["gaps"]) for ship in ships] == [1, 1]


def test_an_open_gap_reaches_as_far_as_the_data_goes(sea: Workspace) -> None:
    (gap,) = scene_of(sea, "imo:9999967")["ships"][0]["gaps"]
    assert (gap["end_t"], gap["end_lat"], gap["coverage"]) == (None, None, "heard")
    assert gap["hours"] == 71.0  # the last fix of the sea is that of the ship far away
    assert gap["reach"]["note"] == "14 kn for 71 h so far: 994 nm"
    assert len(gap["reach"]["ring"]) > 60


def test_a_ship_that_passed_near_the_last_fix_is_a_neighbour_and_one_far_away_is_not(sea: Workspace) -> None:
    scene = scene_of(sea, "imo:9999967")
    neighbour = ship_of(scene, f"mmsi:{NEAR}")
    assert neighbour["role"] == "neighbour"
    assert 2 < neighbour["track"]["n"] < len(stored(NEAR))
    assert neighbour["track"]["thinned_m"] > 0
    assert {ship["vessel_id"] for ship in scene["ships"]} == {"imo:9999967", f"mmsi:{NEAR}"}
    assert FAR not in neighbour["radios"]
    assert len(scene["background"]["lat"]) > 0


def test_events_come_in_order_with_words_and_name_ships_of_the_scene(sea: Workspace) -> None:
    scene = scene_of(sea, "imo:9999967")
    times = [event["t"] for event in scene["events"]]
    assert times == sorted(times)
    gap = next(event for event in scene["events"] if event["kind"] == "gap")
    assert (gap["what"], gap["ship"], gap["end_t"]) == ("No AIS heard", 0, None)
    assert {event["zone_id"] for event in scene["events"]} - {None} <= {zone["id"] for zone in scene["zones"]}


def test_the_density_counts_each_fix_of_the_ship(sea: Workspace) -> None:
    density = scene_of(sea, "imo:9999967")["density"]
    assert sum(density["counts"]) == len(stored(PACIFIC))
    assert len(density["counts"]) <= 600


def test_a_name_from_outside_stays_text(sea: Workspace) -> None:
    assert scene_of(sea, "imo:9999967")["ships"][0]["label"] == HOSTILE


def test_an_alert_is_shown_from_three_days_before_to_the_clock_while_a_step_lasts(sea: Workspace) -> None:
    with sea.engine.connect() as conn:
        from watch.store.alerts import read_alerts

        (alert,) = [a for a in read_alerts(conn) if a["vessel"]["vessel_id"] == "imo:9999967"] or read_alerts(conn)[:1]
    asked = ask_for_alert(sea, alert["alert_id"])
    scene = make_scene(sea, asked)
    first = min(datetime.fromisoformat(step["start_at"]) for step in alert["steps"])
    assert scene["from_s"] == (first - timedelta(days=3)).timestamp()
    assert scene["alert"]["alert_id"] == alert["alert_id"]
    assert {e["step"] for e in scene["events"]} - {None} <= {step["id"] for step in alert["steps"]}


def test_a_window_shows_the_ships_that_something_happened_to(sea: Workspace) -> None:
    asked = ask_for_window(sea, BEGIN, BEGIN + timedelta(days=5))
    shown = {asked.focus, *asked.partners}
    assert {f"imo:{HULL}", "imo:9999967", f"mmsi:{SHARED}"} <= shown
    assert len(shown) <= 10


REFUSED = {
    "nothing_heard": (
        "imo:9999967",
        datetime(2021, 1, 1, tzinfo=UTC),
        datetime(2021, 1, 2, tzinfo=UTC),
        "was not heard",
    ),
    "never_known": ("imo:9074730", None, None, "was not heard"),
    "end_before_begin": ("imo:9999967", BEGIN, BEGIN - timedelta(days=1), "before it begins"),
    "too_long": ("imo:9999967", BEGIN - timedelta(days=900), BEGIN, "at most 400 days"),
}


@pytest.mark.parametrize(("vessel", "since", "until", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_told(sea: Workspace, vessel: str, since: Any, until: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        make_scene(sea, ask_for_vessel(sea, vessel, since, until))
