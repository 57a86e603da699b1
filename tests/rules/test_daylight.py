"""Night: against the almanac, far north, at 180 degrees, and as rules ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.rule_builders import event, gap, make_rule, meeting, run
from watch.rules.daylight import is_night, sun_altitude_deg


def us(moment: str) -> np.ndarray:
    return np.array([np.datetime64(moment, "us")]).astype(np.int64)


def night(moment: str, lat: float, lon: float, minutes: int = 0) -> bool:
    return bool(is_night(us(moment) + minutes * 60_000_000, np.array([lat]), np.array([lon]))[0])


LONDON, TOKYO, TROMSO, LONGYEARBYEN = (51.51, -0.13), (35.68, 139.69), (69.65, 18.96), (78.22, 15.65)
#: End or beginning of civil twilight by the almanacs of these cities, to the minute, UTC.
DUSKS = {
    "london_midsummer": ("2020-06-21T21:09", *LONDON),
    "london_midwinter": ("2020-12-21T16:34", *LONDON),
    "singapore_equinox": ("2020-03-20T11:37", 1.29, 103.85),
    "new_york_midsummer": ("2020-06-21T01:04", 40.71, -74.01),
    "sydney_midsummer": ("2020-12-21T09:35", -33.87, 151.21),
    "tokyo_new_year": ("2020-01-01T08:06", *TOKYO),
}
DAWNS = {
    "london_midwinter": ("2020-12-21T07:23", *LONDON),
    "tokyo_new_year": ("2019-12-31T21:22", *TOKYO),
}


@pytest.mark.parametrize("moment,lat,lon", DUSKS.values(), ids=DUSKS.keys())
def test_night_begins_when_civil_twilight_ends(moment: str, lat: float, lon: float) -> None:
    assert [night(moment, lat, lon, minutes) for minutes in (-3, 3)] == [False, True]


@pytest.mark.parametrize("moment,lat,lon", DAWNS.values(), ids=DAWNS.keys())
def test_night_ends_when_civil_twilight_begins(moment: str, lat: float, lon: float) -> None:
    assert [night(moment, lat, lon, minutes) for minutes in (-3, 3)] == [True, False]


FAR_NORTH = {
    "midnight_sun": ("2020-06-21T22:45", TROMSO, False),
    "a_white_night": ("2020-06-21T01:30", (64.15, -21.94), False),
    "polar_night_is_twilight_at_noon": ("2020-12-21T10:45", TROMSO, False),
    "polar_night_in_the_evening": ("2020-12-21T18:00", TROMSO, True),
    "polar_night_without_twilight": ("2020-12-21T11:00", LONGYEARBYEN, True),
    "north_pole_in_summer": ("2020-06-21T00:00", (90.0, 0.0), False),
    "south_pole_in_june": ("2020-06-21T00:00", (-90.0, 0.0), True),
}


@pytest.mark.parametrize("moment,place,expected", FAR_NORTH.values(), ids=FAR_NORTH.keys())
def test_night_far_north_and_south(moment: str, place: tuple[float, float], expected: bool) -> None:
    assert night(moment, *place) == expected


@pytest.mark.parametrize("moment,expected", [("2020-03-20T00:00", False), ("2020-03-20T12:00", True)])
def test_noon_and_midnight_at_180_degrees(moment: str, expected: bool) -> None:
    assert [night(moment, 10.0, lon) for lon in (180.0, -180.0, 179.99, -179.99)] == [expected] * 4


@given(st.datetimes(pd.Timestamp("1990-01-01"), pd.Timestamp("2049-12-31")), st.floats(-90, 90), st.floats(-180, 180))
def test_the_sun_is_up_on_one_side_of_the_earth(moment: Any, lat: float, lon: float) -> None:
    at_us = np.repeat(us(str(moment)), 3)
    here, again, opposite = sun_altitude_deg(at_us, np.array([lat, lat, -lat]), np.array([lon, lon + 360, lon + 180]))
    assert abs(here + opposite) < 1e-6
    assert abs(here - again) < 1e-6


AT_DUSK = {"start_lat": LONDON[0], "start_lon": LONDON[1]}
RULE_CASES: dict[str, tuple[bool, dict[str, Any], int]] = {
    "asked_at_the_middle_not_at_the_start": (True, gap("2020-12-21T15:00", hours=8.0, **AT_DUSK), 1),
    "by_day_at_the_middle_though_it_ends_at_night": (False, gap("2020-12-21T12:00", hours=8.0, **AT_DUSK), 1),
    "over_midnight": (True, gap("2020-12-21T22:00", hours=4.0, **AT_DUSK), 1),
    "not_over_yet_is_asked_at_its_start": (True, event("gap", "2020-12-21T20:00", hours=None, **AT_DUSK), 1),
    "no_place_is_not_night": (True, gap("2020-12-21T22:00", start_lat=None, start_lon=None), 0),
    "no_place_is_not_day_either": (False, gap("2020-12-21T12:00", start_lat=None, start_lon=None), 0),
}


@pytest.mark.parametrize("asked,seen,expected", RULE_CASES.values(), ids=RULE_CASES.keys())
def test_night_in_a_rule(asked: bool, seen: dict[str, Any], expected: int) -> None:
    assert len(run(make_rule({"event": "gap", "where": {"night": asked}}), seen)) == expected


def test_night_of_a_meeting_is_the_same_for_both_ships() -> None:
    rule = make_rule({"event": "encounter", "where": {"night": True}}, vessel={"flag": "PA"})
    assert len(run(rule, meeting("2020-12-21T20:00", "my_eopl", **AT_DUSK))) == 1


def test_doubt_may_hang_on_the_night() -> None:
    rule = make_rule({"event": "gap"}, unknown_if={"night": True})
    assert [m.verdict for m in run(rule, gap("2020-12-21T22:00", hours=4.0, **AT_DUSK))] == ["unknown"]
