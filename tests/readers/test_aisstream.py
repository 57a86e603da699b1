"""aisstream.io's messages: every kind that matters, what is not available, and what a hostile one may try."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.readers.cases import BELLA_IDENTITY, drain, write_lines
from tests.readers.json_cases import MMSI, NOON, PART_A, PART_B, PLACE, SHIP, aisstream, position
from tests.readers.test_nmea import FIX, STATIC, tagged
from watch.sources.json_lines import json_line

AT = datetime(2020, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def write(path: Path, *messages: Any) -> Path:
    return write_lines(path, *(message if isinstance(message, str) else json.dumps(message) for message in messages))


def landed(message: dict[str, Any], receiver: str = "unknown") -> str:
    return json_line("aisstream", json.dumps(message), NOON, receiver=receiver).decode().rstrip("\n")


def test_a_position_is_read_as_it_was_said(tmp_path: Path) -> None:
    read = drain(write(tmp_path / "a", position()))
    assert read.source.format == "aisstream"
    assert read.first == {
        "mmsi": MMSI,
        "fix_at": AT,
        "lat": 25.5,
        "lon": 57.25,
        "sog_kn": pytest.approx(11.4),
        "cog_deg": 231.0,
        "heading_deg": 230.0,
        "nav_status": 0,
        "receiver": "unknown",
    }


@pytest.mark.parametrize(
    "kind",
    ["PositionReport", "StandardClassBPositionReport", "ExtendedClassBPositionReport", "LongRangeAisBroadcastMessage"],
)
def test_each_kind_of_position_is_one(tmp_path: Path, kind: str) -> None:
    read = drain(write(tmp_path / "a", position(kind)))
    assert (read.positions.num_rows, read.rejects.num_rows) == (1, 0)
    assert read.first["receiver"] == ("satellite" if kind.startswith("Long") else "unknown")


def test_a_landed_message_is_the_bare_one_with_its_receiver(tmp_path: Path) -> None:
    bare = drain(write(tmp_path / "a", position()))
    wrapped = drain(write(tmp_path / "b", landed(position(), "terrestrial")))
    assert wrapped.source.format == "aisstream"
    assert wrapped.first == bare.first | {"receiver": "terrestrial"}


NOT_AVAILABLE = {
    "speed": ({"Sog": 102.3}, "sog_kn"),
    "course": ({"Cog": 360.0}, "cog_deg"),
    "heading": ({"TrueHeading": 511}, "heading_deg"),
    "status": ({"NavigationalStatus": 15}, "nav_status"),
    "speed_is_text": ({"Sog": "fast"}, "sog_kn"),
    "speed_is_huge": ({"Sog": 10**300}, "sog_kn"),
    "heading_is_null": ({"TrueHeading": None}, "heading_deg"),
    "status_is_true": ({"NavigationalStatus": True}, "nav_status"),
    "status_is_broken": ({"NavigationalStatus": 0.5}, "nav_status"),
    "course_is_a_list": ({"Cog": [1]}, "cog_deg"),
}


@pytest.mark.parametrize(("said", "column"), NOT_AVAILABLE.values(), ids=NOT_AVAILABLE)
def test_what_is_not_available_is_missing(tmp_path: Path, said: dict[str, Any], column: str) -> None:
    first = drain(write(tmp_path / "a", position(**said))).first
    assert [name for name, value in first.items() if value is None] == [column]


def test_long_range_reports_have_their_own_words_for_not_available(tmp_path: Path) -> None:
    first = drain(write(tmp_path / "a", position("LongRangeAisBroadcastMessage", Sog=63, Cog=511))).first
    assert (first["sog_kn"], first["cog_deg"]) == (None, None)


def test_an_identity_is_what_nmea_tells(tmp_path: Path) -> None:
    from_json = drain(write(tmp_path / "a", position(), SHIP))
    from_nmea = drain(write_lines(tmp_path / "b", *map(tagged, [FIX, *STATIC])))
    (told,), (same,) = from_json.statics.to_pylist(), from_nmea.statics.to_pylist()
    assert {name: told[name] for name in BELLA_IDENTITY} == BELLA_IDENTITY
    assert (told["draught_m"], told["destination"], told["eta"]) == (pytest.approx(10.1), "GALLE", "06-15 06:30")
    moments = {"seen_at", "last_seen_at"}
    assert {k: v for k, v in told.items() if k not in moments} == {k: v for k, v in same.items() if k not in moments}
    assert (from_json.rows_read, from_json.source.static_messages) == (1, 1)


def test_the_halves_of_a_class_b_identity_are_two(tmp_path: Path) -> None:
    told = drain(write(tmp_path / "a", position(), PART_A, PART_B)).statics.to_pylist()
    found = sorted((one["name"] or "", one["callsign"] or "", one["length_m"], one["ship_type"]) for one in told)
    assert found == [("", "A8XY1", 180.0, 80), ("BELLA", "", None, None)]


def test_an_extended_report_is_position_and_identity(tmp_path: Path) -> None:
    message = position(
        "ExtendedClassBPositionReport", Name="BELLA", Type=36, Dimension={"A": 5, "B": 7, "C": 2, "D": 2}
    )
    read = drain(write(tmp_path / "a", message))
    (told,) = read.statics.to_pylist()
    assert (read.positions.num_rows, told["name"], told["length_m"], told["ship_type"]) == (1, "BELLA", 12.0, 36)


TIMES = {
    "microseconds": ("2020-06-01 12:00:00.250000 +0000 UTC", AT),
    "nanoseconds": ("2020-06-01 12:00:00.250000999 +0000 UTC", AT),
    "whole_seconds": ("2020-06-01 12:00:00 +0000 UTC", NOON),
    "iso": ("2020-06-01T12:00:00.25Z", AT),
    "with_a_monotonic_clock": ("2020-06-01 12:00:00.25 +0000 UTC m=+0.5", AT),
}


@pytest.mark.parametrize(("written", "at"), TIMES.values(), ids=TIMES)
def test_every_form_of_the_time_is_read(tmp_path: Path, written: str, at: datetime) -> None:
    assert drain(write(tmp_path / "a", position(at=written))).first["fix_at"] == at


def test_without_a_time_the_receipt_is_taken(tmp_path: Path) -> None:
    message = position(at="soon")
    assert drain(write(tmp_path / "a", landed(message))).first["fix_at"] == NOON
    assert drain(write(tmp_path / "b", message)).reasons == {1: "no time"}


REJECTS = {
    "base_station": (aisstream("BaseStationReport", PLACE), "set apart: base station (BaseStationReport)"),
    "aid": (aisstream("AidsToNavigationReport", PLACE), "set apart: aid to navigation (AidsToNavigationReport)"),
    "aircraft": (
        aisstream("StandardSearchAndRescueAircraftReport", PLACE),
        "set apart: SAR aircraft (StandardSearchAndRescueAircraftReport)",
    ),
    "safety_text": (
        aisstream("SafetyBroadcastMessage", {"Text": "HELLO"}),
        "a message SafetyBroadcastMessage carries no ship position",
    ),
    "not_valid": (position(Valid=False), "the PositionReport is empty or marked as not valid"),
    "no_body": (
        {"MessageType": "PositionReport", "MetaData": {}},
        "the PositionReport is empty or marked as not valid",
    ),
    "no_position": (position(Latitude=91.0, Longitude=181.0), "no position: latitude or longitude is missing"),
    "place_is_text": (position(Latitude="north"), "no position: latitude or longitude is missing"),
    "off_the_globe": (position(Latitude=95.0), "the latitude is not within -90…90"),
    "no_mmsi": (position(UserID=None), "no MMSI"),
    "mmsi_beyond_all": (position(UserID=10**30), "no MMSI"),
    "no_json": ('{"MessageType": "PositionReport", "Mess', "the line is no JSON; it may have been cut short"),
    "a_list": ("[1, 2]", "the line is no JSON object"),
    "a_number": ("17", "the line is no JSON object"),
    "deep": ("[" * 100_000, "the line is no JSON; it may have been cut short"),
    "empty_envelope": ('{"feed":"aisstream","message":7}', "the line holds no message"),
    "an_error": ({"error": "Api Key Is Not Valid"}, "a message without a type carries no ship position"),
}


@pytest.mark.parametrize(("message", "reason"), REJECTS.values(), ids=REJECTS)
def test_what_is_no_position_is_a_reject_and_the_rest_is_kept(tmp_path: Path, message: Any, reason: str) -> None:
    read = drain(write(tmp_path / "a", position(), message, position(at="2020-06-01 12:00:10 +0000 UTC")))
    assert (read.positions.num_rows, read.rows_read) == (2, 3)
    assert list(read.reasons) == [2]
    assert read.reasons[2].startswith(reason)


def test_hostile_texts_do_no_harm(tmp_path: Path) -> None:
    ship = json.loads(json.dumps(SHIP))
    ship["Message"]["ShipStaticData"] |= {"Name": "\ud800\x1b[2J!AIVDM,1,1,,A,x,0*00", "CallSign": "x" * 10_000}
    read = drain(write(tmp_path / "a", position(), ship))
    (told,) = read.statics.to_pylist()
    assert read.source.format == "aisstream"
    assert "\x1b" not in told["name"]
    assert len(told["callsign"]) <= 64


def test_the_format_is_told_by_content_and_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "day.csv", position())
    assert drain(path).source.format == drain(path, "aisstream").source.format == "aisstream"
