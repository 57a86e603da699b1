"""NMEA logs: moments in every usual form, parts, checksums, message types, and what to do without time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pyais.encode import encode_dict

from tests.readers.cases import drain, write_lines
from watch.readers import Limits
from watch.readers.sentences import checksum

NOON = datetime(2020, 6, 1, 12, tzinfo=UTC)
NOON_S = int(NOON.timestamp())


def sentences(kind: int, **said: object) -> list[str]:
    """Return the sentences of a message of BELLA's."""
    return encode_dict({"type": kind, "mmsi": 636999102, **said}, talker_id="AI", radio_channel="A")


def fix(kind: int = 1, **said: object) -> str:
    told = {"lat": 25.5, "lon": 57.25, "speed": 11.4, "course": 231.0, "heading": 230, "status": 0, "second": 0}
    return sentences(kind, **told | said)[0]


def tagged(sentence: str, tag: str = f"s:station,c:{NOON_S}") -> str:
    return f"\\{tag}*{checksum(tag):02X}\\{sentence}"


def resealed(sentence: str) -> str:
    """Return a changed sentence with the checksum it then has."""
    body = sentence[1:].rpartition("*")[0]
    return f"!{body}*{checksum(body):02X}"


FIX = fix()
STATIC = sentences(
    5,
    imo=9999802,
    callsign="A8XY1",
    shipname="BELLA",
    ship_type=80,
    to_bow=90,
    to_stern=90,
    to_port=16,
    to_starboard=16,
    draught=10.1,
    destination="GALLE",
    month=6,
    day=15,
    hour=6,
    minute=30,
)


@pytest.mark.parametrize(
    "line",
    [
        tagged(FIX),
        tagged(FIX, f"c:{NOON_S}000"),
        tagged(FIX, f"g:1-2-73,s:r003669945,c:{NOON_S}"),
        f"{NOON_S},{FIX}",
        f"{NOON_S}000 {FIX}",
        f"2020-06-01T12:00:00Z {FIX}",
        f"2020-06-01 08:00:00-04:00\t{FIX}",
        f"2020-06-01T11:59:60Z,{FIX}",
        f"[2020-06-01 12:00:00.000] {FIX}",
        f"{FIX},{NOON_S}",
        f"{FIX},s27,d-99,T49.67,x10,r003669945,{NOON_S}",
        f"{FIX}\t2020-06-01T12:00:00+00:00",
        tagged(
            FIX.replace("!AI", "!BS").rpartition("*")[0]
            + f"*{checksum(FIX.replace('!AI', 'BS').rpartition('*')[0]):02X}"
        ),
    ],
    ids=[
        "tag_seconds",
        "tag_milliseconds",
        "tag_with_group",
        "leading_epoch",
        "leading_epoch_ms",
        "leading_iso",
        "leading_iso_zone",
        "leading_leap_second",
        "leading_bracketed",
        "trailing_epoch",
        "trailing_coast_guard",
        "trailing_iso",
        "base_station_talker",
    ],
)
def test_moment_is_found(tmp_path, line):
    got = drain(write_lines(tmp_path / "a.log", line))
    assert got.source.format == "nmea"
    assert (got.positions.num_rows, got.reasons) == (1, {})
    assert got.first["fix_at"] == NOON


def test_position_report_is_decoded(tmp_path):
    got = drain(write_lines(tmp_path / "a.log", tagged(FIX)))
    assert got.first.pop("fix_at") == NOON
    assert got.first | {"fix_at": None} == pytest.approx(
        {
            "mmsi": 636999102,
            "fix_at": None,
            "lat": 25.5,
            "lon": 57.25,
            "sog_kn": 11.4,
            "cog_deg": 231.0,
            "heading_deg": 230.0,
            "nav_status": 0,
            "receiver": "unknown",
        }
    )


@pytest.mark.parametrize(
    "kind, status, receiver",
    [
        (1, 0, "unknown"),
        (2, 0, "unknown"),
        (3, 0, "unknown"),
        (18, None, "unknown"),
        (19, None, "unknown"),
        (27, 0, "satellite"),
    ],
)
def test_every_kind_of_position_report_is_a_position(tmp_path, kind, status, receiver):
    got = drain(write_lines(tmp_path / "a.log", tagged(fix(kind))))
    assert got.positions.num_rows == 1
    assert (got.first["nav_status"], got.first["receiver"]) == (status, receiver)
    assert got.first["lat"] == pytest.approx(25.5, abs=0.001)


def test_long_range_message_without_speed_and_course_leaves_them_missing(tmp_path):
    got = drain(write_lines(tmp_path / "a.log", tagged(fix(27, speed=63, course=511))))
    assert (got.first["sog_kn"], got.first["cog_deg"], got.first["heading_deg"]) == (None, None, None)


def test_static_message_in_two_parts_gives_an_identity_and_no_row(tmp_path):
    lines = [tagged(STATIC[0]), tagged(FIX), STATIC[1]]
    got = drain(write_lines(tmp_path / "a.log", *lines), limits=Limits(block_bytes=64))

    assert (got.rows_read, got.positions.num_rows, got.source.static_messages) == (1, 1, 1)
    assert got.statics.to_pylist()[0] | {"draught_m": 10.1} == (
        {
            "mmsi": 636999102,
            "seen_at": NOON,
            "last_seen_at": NOON,
            "imo": 9999802,
            "name": "BELLA",
            "callsign": "A8XY1",
            "ship_type": 80,
            "length_m": 180.0,
            "beam_m": 32.0,
            "draught_m": 10.1,
            "destination": "GALLE",
            "eta": "06-15 06:30",
        }
    )
    assert got.statics["draught_m"].to_pylist() == pytest.approx([10.1])


def test_class_b_says_its_name_and_its_size_in_two_messages(tmp_path):
    one = sentences(24, partno=0, shipname="BELLA")[0]
    two = sentences(24, partno=1, ship_type=37, callsign="A8XY1", to_bow=6, to_stern=6, to_port=2, to_starboard=2)[0]
    got = drain(write_lines(tmp_path / "a.log", tagged(one), tagged(two), tagged(fix(18))))

    said = [(row["name"], row["callsign"], row["length_m"]) for row in got.statics.to_pylist()]
    assert sorted(said, key=str) == [("BELLA", None, None), (None, "A8XY1", 12.0)]
    assert (got.rows_read, got.source.static_messages) == (1, 2)


@pytest.mark.parametrize(
    "line, reason",
    [
        (tagged(FIX.replace("*", "0*", 1)), "the sentence has no checksum"),
        (tagged(FIX[:-2] + "00"), "the checksum is 00, the sentence gives"),
        (tagged(FIX[:-3]), "the sentence has no checksum"),
        ("$GPRMC,120000,A,2530.0,N,05715.0,E,11.4,231.0,010620,,*10", "the line holds no AIS sentence"),
        (FIX, "the sentence has no time; log it with a tag block"),
        (tagged(sentences(4, lat=25.5, lon=57.25)[0]), "set apart: base station (message type 4)"),
        (tagged(sentences(9, lat=25.5, lon=57.25)[0]), "set apart: SAR aircraft (message type 9)"),
        (tagged(sentences(21, lat=25.5, lon=57.25, name="BUOY")[0]), "set apart: aid to navigation (message type 21)"),
        (tagged(sentences(14, text="HELLO")[0]), "message type 14 carries no ship position"),
        (tagged(STATIC[0]), "part 1 of 2 of a message whose other parts are missing"),
        (tagged(STATIC[1]), "part 2 of 2 of a message whose other parts are missing"),
        (tagged(fix(lat=91, lon=181)), "no position: latitude or longitude is missing"),
        (tagged(fix(mmsi=2190064)), "set apart: coast station or base station"),
        (tagged(resealed("!AIVDM,1,1,,A,,0*00")), "the message cannot be decoded"),
        (tagged(resealed("!AIVDM,1,1,,A,15M,0*00")), "the"),
    ],
    ids=[
        "damaged_end",
        "checksum_wrong",
        "no_checksum",
        "other_sentence",
        "no_time",
        "base_station",
        "aircraft",
        "buoy",
        "text",
        "first_part_alone",
        "second_part_alone",
        "no_position",
        "coast_station",
        "no_payload",
        "stub",
    ],
)
def test_unusable_line_is_a_reject_with_its_reason(tmp_path, line, reason):
    got = drain(write_lines(tmp_path / "a.log", tagged(FIX), *["#"] * 20, line))
    assert got.positions.num_rows == 1
    assert got.reasons[22].startswith(reason)
    assert got.rejects["raw"].to_pylist()[-1] == line


def test_time_is_inferred_only_near_a_written_one(tmp_path):
    near, far = fix(second=31), fix(second=30)
    lines = [tagged(FIX, f"c:{NOON_S + 45}"), near, *["# quiet"] * 20, far]
    got = drain(write_lines(tmp_path / "a.log", *lines))
    assert [at.second for at in got.positions["fix_at"].to_pylist()] == [45, 31]
    assert got.positions["fix_at"].to_pylist()[1] == datetime(2020, 6, 1, 12, 0, 31, tzinfo=UTC)
    assert got.reasons[23].startswith("the sentence has no time")


def test_base_station_report_tells_the_time_of_a_log_without_any(tmp_path):
    told = {"year": 2020, "month": 6, "day": 1, "hour": 11, "minute": 59, "second": 50, "lat": 25.5, "lon": 57.25}
    station = sentences(4, **told | {"mmsi": 2190064})[0]
    got = drain(write_lines(tmp_path / "a.log", FIX, station, fix(second=5)))
    assert got.positions["fix_at"].to_pylist() == [datetime(2020, 6, 1, 12, 0, 5, tzinfo=UTC)]
    assert got.reasons[1].startswith("the sentence has no time")


def test_second_part_does_not_join_a_first_part_of_long_ago(tmp_path):
    lines = [tagged(STATIC[0]), *[tagged(FIX)] * 201, tagged(STATIC[1])]
    got = drain(write_lines(tmp_path / "a.log", *lines))
    assert list(got.reasons) == [1, 203]
    assert got.source.static_messages == 0


def test_blocks_of_any_size_give_the_same(tmp_path):
    lines = [tagged(line) for line in (FIX, STATIC[0], "nonsense", STATIC[1], FIX, STATIC[0])]
    path = write_lines(tmp_path / "a.log", *lines)
    whole = drain(path)
    for size in (1, 50, 200):
        small = drain(path, limits=Limits(block_bytes=size))
        assert small.positions.equals(whole.positions)
        assert small.rejects.to_pylist() == whole.rejects.to_pylist()
        assert small.statics.equals(whole.statics)
