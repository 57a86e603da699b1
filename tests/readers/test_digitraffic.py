"""Digitraffic's messages and answers: positions, identities, and answers that are damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.cases import BELLA_IDENTITY, drain, write_lines
from tests.readers.json_cases import MMSI, NOON, feature, features, mqtt_location, mqtt_metadata, vessel
from watch.errors import InputError
from watch.readers import digitraffic
from watch.sources.json_lines import json_line

LOCATION = f"vessels-v2/{MMSI}/location"
METADATA = f"vessels-v2/{MMSI}/metadata"


def landed(topic: str, message: dict[str, Any], receiver: str = "unknown") -> str:
    return json_line("digitraffic", json.dumps(message), NOON, topic, receiver).decode().rstrip("\n")


def test_a_position_is_the_same_by_each_way(tmp_path: Path) -> None:
    ways = {
        "mqtt": landed(LOCATION, mqtt_location()),
        "rest": landed("locations", feature()),
        "answer": json.dumps(features(feature())),
        "in_milliseconds": landed(LOCATION, mqtt_location(int(NOON.timestamp()) * 1000)),
    }
    found = {name: drain(write_lines(tmp_path / name, text)) for name, text in ways.items()}
    assert {read.source.format for read in found.values()} == {"digitraffic"}
    first = found["mqtt"].first
    assert (first["mmsi"], first["fix_at"], first["lat"], first["lon"]) == (MMSI, NOON, 60.1, 24.9)
    assert (first["sog_kn"], first["cog_deg"], first["heading_deg"]) == (pytest.approx(11.4), 231.0, 230.0)
    assert (first["nav_status"], first["receiver"]) == (0, "unknown")
    assert [read.first for read in found.values()] == [first] * 4


def test_an_identity_is_the_same_by_each_way(tmp_path: Path) -> None:
    ways = {
        "mqtt": [landed(LOCATION, mqtt_location()), landed(METADATA, mqtt_metadata())],
        "rest": [landed("locations", feature()), landed("vessels", vessel())],
        "answer": [json.dumps([vessel()])],
    }
    found = {name: drain(write_lines(tmp_path / name, *lines)) for name, lines in ways.items()}
    told = [read.statics.to_pylist() for read in found.values()]
    assert told[0] == told[1] == told[2]
    (one,) = told[0]
    assert {name: one[name] for name in BELLA_IDENTITY} == BELLA_IDENTITY
    assert (one["draught_m"], one["destination"], one["eta"]) == (pytest.approx(10.1), "GALLE", "06-15 06:30")
    assert one["seen_at"] == NOON
    assert [read.rows_read for read in found.values()] == [1, 1, 0]
    assert [read.source.static_messages for read in found.values()] == [1, 1, 1]


NOT_AVAILABLE = {
    "speed": ({"sog": 102.3}, "sog_kn"),
    "course": ({"cog": 360}, "cog_deg"),
    "heading": ({"heading": 511}, "heading_deg"),
    "no_heading": ({"heading": None}, "heading_deg"),
    "status": ({"navStat": 15}, "nav_status"),
    "status_is_text": ({"navStat": "moored"}, "nav_status"),
}


@pytest.mark.parametrize(("said", "column"), NOT_AVAILABLE.values(), ids=NOT_AVAILABLE)
def test_what_is_not_available_is_missing(tmp_path: Path, said: dict[str, Any], column: str) -> None:
    lines = [landed(LOCATION, mqtt_location(**said)), landed("locations", feature(mmsi=MMSI + 1, **said))]
    for row in drain(write_lines(tmp_path / "a", *lines)).positions.to_pylist():
        assert [name for name, value in row.items() if value is None] == [column]


def test_an_identity_without_values_is_missing_not_zero(tmp_path: Path) -> None:
    nothing = {"imo": 0, "draught": 0, "eta": 1596, "type": 0, "callSign": "@@@@@@@", "destination": ""}
    ends = {"refA": 0, "refB": 0, "refC": 0, "refD": 0}
    lines = [landed(LOCATION, mqtt_location()), landed(METADATA, mqtt_metadata(**nothing, **ends))]
    (told,) = drain(write_lines(tmp_path / "a", *lines)).statics.to_pylist()
    assert [name for name, value in told.items() if value is not None] == ["mmsi", "seen_at", "last_seen_at", "name"]


REJECTS = {
    "no_place": (landed(LOCATION, mqtt_location(lat=91, lon=181)), "no position"),
    "no_coordinates": (landed("locations", feature() | {"geometry": None}), "no position"),
    "half_a_place": (
        landed("locations", feature() | {"geometry": {"type": "Point", "coordinates": [24.9]}}),
        "no position",
    ),
    "no_time": (landed(LOCATION, mqtt_location() | {"time": None}), "no time"),
    "identity_without_time": (landed(METADATA, mqtt_metadata() | {"timestamp": None}), "no time"),
    "row_without_time": (landed("locations", feature(at_ms="now")), "no time"),
    "no_mmsi": (landed("locations", feature(mmsi=None)), "no MMSI"),
    "a_status_message": (landed("vessels-v2/status", {"status": "CONNECTED"}), "neither a position nor an identity"),
    "cut_short": (landed(LOCATION, mqtt_location())[:90], "the line is no JSON"),
    "base_station": (landed("vessels-v2/2300048/location", mqtt_location()), "set apart: coast station"),
}


@pytest.mark.parametrize(("line", "reason"), REJECTS.values(), ids=REJECTS)
def test_what_is_no_position_is_a_reject_and_the_rest_is_kept(tmp_path: Path, line: str, reason: str) -> None:
    read = drain(write_lines(tmp_path / "a", landed(LOCATION, mqtt_location()), line, landed("locations", feature())))
    assert (read.positions.num_rows, read.rows_read) == (2, 3)
    assert list(read.reasons) == [2]
    assert read.reasons[2].startswith(reason)


def test_a_large_answer_is_read_whole_and_a_bad_row_named_by_its_number(tmp_path: Path) -> None:
    rows = [feature(at_ms=1_591_012_800_000 + 1000 * n) for n in range(3000)]
    rows[1234] = "no row"
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(json.dumps(features(*rows), indent=1).encode()))
    read = drain(path)
    assert (read.positions.num_rows, read.reasons) == (2999, {1235: "the row is no JSON object"})


@pytest.mark.parametrize("cut", [0.3, 0.99])
def test_half_an_answer_is_damaged(tmp_path: Path, cut: float) -> None:
    text = json.dumps(features(*(feature() for _ in range(50))))
    with pytest.raises(InputError, match="is not whole JSON; fetch it again"):
        drain(write_lines(tmp_path / "a", text[: int(len(text) * cut)]))


def test_an_answer_beyond_all_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digitraffic, "_DOCUMENT_BYTES", 10_000)
    with pytest.raises(InputError, match="an answer of more than 10,000 bytes is not read"):
        drain(write_lines(tmp_path / "a", json.dumps(features(*(feature() for _ in range(100))))))


def test_features_of_something_else_are_no_ships(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a", '{"type": "FeatureCollection", "timestampExternal": 1, "features": 7}')
    with pytest.raises(InputError, match="holds no list of features"):
        drain(path)
