"""Normalising: sentinels, ranges, forms of MMSI, text, and the reduction of identities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watch import columns
from watch.normalise import Normalised, merge_statics, normalise
from watch.readers.batch import RawBatch

NOON = datetime(2020, 5, 5, 12, tzinfo=UTC)
FIX = {"mmsi": 636999102, "fix_at": NOON, "lat": 25.5, "lon": 57.25}


def batch_of(rows: Sequence[dict[str, Any]]) -> RawBatch:
    """Return rows as a reader gives them; columns that no row has are left out."""
    numbered = [{"line": line} | row for line, row in enumerate(rows, 2)]
    schema = pa.schema([field for field in columns.RAW if any(field.name in row for row in numbered)])
    table = pa.Table.from_pylist(numbered, schema=schema)
    return RawBatch("a.csv", table, columns.REJECTS.empty_table(), lambda at: [f"raw {index}" for index in at])


def clean(*rows: dict[str, Any]) -> Normalised:
    """Return rows normalised; each is a position or a reject."""
    done = normalise(batch_of(rows))
    assert done.positions.num_rows + done.rejects.num_rows == len(rows)
    assert done.statics.schema == columns.STATICS
    assert done.rejects.schema == columns.REJECTS
    return done


@pytest.mark.parametrize(
    "column, value, kept",
    [
        ("sog_kn", 102.3, None),
        ("sog_kn", 102.2, 102.2),
        ("sog_kn", 1023.0, None),
        ("sog_kn", -0.1, None),
        ("sog_kn", float("nan"), None),
        ("sog_kn", float("inf"), None),
        ("cog_deg", 360.0, None),
        ("cog_deg", 359.9, 359.9),
        ("cog_deg", 0.0, 0.0),
        ("heading_deg", 511.0, None),
        ("heading_deg", 360.0, None),
        ("heading_deg", 359.0, 359.0),
        ("nav_status", 15, None),
        ("nav_status", 14, 14),
        ("nav_status", -1, None),
        ("receiver", "Satellite", "satellite"),
        ("receiver", "carrier pigeon", "unknown"),
        ("receiver", None, "unknown"),
    ],
)
def test_value_that_is_none_is_missing_and_the_fix_stays(column, value, kept):
    got = clean(FIX | {column: value}).positions.to_pylist()[0]
    assert got[column] == (pytest.approx(kept) if isinstance(kept, float) else kept)
    assert got["lat"] == 25.5


@pytest.mark.parametrize(
    "column, value, kept",
    [
        ("imo", 0, None),
        ("imo", 999_999, None),
        ("imo", 9_999_802, 9_999_802),
        ("imo", 9_999_803, 9_999_803),
        ("imo", 10_000_000, None),
        ("ship_type", 0, None),
        ("ship_type", 1004, 70),
        ("ship_type", 1016, 70),
        ("ship_type", 1017, 80),
        ("ship_type", 1024, 80),
        ("ship_type", 1023, 80),
        ("ship_type", 1012, 60),
        ("ship_type", 300, None),
        ("length_m", 0.0, None),
        ("length_m", 511.0, 511.0),
        ("beam_m", 0.0, None),
        ("draught_m", 0.0, None),
        ("draught_m", 25.5, 25.5),
        ("draught_m", 25.6, None),
        ("name", "@@@@@@@@@@@@@@@@@@@@", None),
        ("name", "BELLA@@@@", "BELLA"),
        ("name", "  BELLA  ", "BELLA"),
        ("name", "BE\x1b[31mL\u202eL\0A\r\n", "BE[31mLLA"),
        ("name", "", None),
        ("name", "X" * 500, "X" * 64),
        ("destination", "<script>", "<script>"),
    ],
)
def test_identity_is_cleaned(column, value, kept):
    statics = clean(FIX | {column: value, "eta": "06-15 06:30"}).statics.to_pylist()
    assert [row[column] for row in statics] == [kept]


@pytest.mark.parametrize(
    "mmsi, reason",
    [
        (None, "no MMSI"),
        (-5, "no MMSI"),
        (0, "the MMSI has not 9 digits"),
        (36999102, "set apart: group of ships (MMSI 0MID…), or a ship's MMSI with a digit missing"),
        (99999999, "the MMSI has not 9 digits"),
        (1_234_567_890, "the MMSI has not 9 digits"),
        (2_190_064, "set apart: coast station or base station"),
        (111_232_511, "set apart: SAR aircraft"),
        (992_351_000, "set apart: aid to navigation"),
        (970_123_456, "set apart: search and rescue transmitter"),
        (972_123_456, "set apart: man overboard device"),
        (974_123_456, "set apart: emergency beacon"),
        (200_999_999, "the MMSI is no ship's"),
        (776_000_000, "the MMSI is no ship's"),
        (123_456_789, "the MMSI is no ship's"),
        (201_000_000, ""),
        (775_999_999, ""),
        (982_351_234, ""),
        (980_001_234, "the MMSI is no ship's"),
    ],
)
def test_only_ships_and_their_craft_are_positions(mmsi, reason):
    done = clean(FIX | {"mmsi": mmsi, "name": "X"}, FIX)
    assert [row["reason"][: len(reason)] for row in done.rejects.to_pylist()] == ([reason] if reason else [])
    assert done.positions.num_rows == (1 if reason else 2)
    assert done.statics.num_rows == (0 if reason else 1)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"fix_at": None}, "no time"),
        ({"fix_at": datetime(1989, 12, 31, 23, 59, tzinfo=UTC)}, "the time is before 1990 or after 2100"),
        ({"fix_at": datetime(2101, 1, 1, tzinfo=UTC)}, "the time is before 1990 or after 2100"),
        ({"lat": 91.0}, "no position"),
        ({"lon": 181.0}, "no position"),
        ({"lat": None}, "no position"),
        ({"lat": float("nan")}, "no position"),
        ({"lat": 90.01}, "the latitude is not within"),
        ({"lat": float("-inf")}, "the latitude is not within"),
        ({"lon": -180.01}, "the longitude is not within"),
        ({"lon": 57250.0}, "the longitude is not within"),
    ],
    ids=str,
)
def test_row_without_time_or_place_is_a_reject_with_line_and_text(changes, reason):
    done = clean(FIX, FIX | changes)
    assert done.positions.num_rows == 1
    [reject] = done.rejects.to_pylist()
    assert reject["reason"].startswith(reason)
    assert (reject["line"], reject["raw"]) == (3, "raw 1")


@pytest.mark.parametrize("place", [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)], ids=str)
def test_places_at_the_ends_of_the_earth_are_kept(place):
    got = clean(FIX | {"lat": place[0], "lon": place[1]}).positions.to_pylist()[0]
    assert (got["lat"], got["lon"]) == place


def test_everything_unknown_at_once_parses_as_unknown():
    row = FIX | {
        "mmsi": 63699910,
        "imo": 0,
        "name": "",
        "lat": 91.0,
        "heading_deg": 511.0,
        "sog_kn": 102.3,
        "cog_deg": 360.0,
    }
    done = clean(row, row | {"mmsi": 636999102})
    assert [row["reason"].split(":")[0] for row in done.rejects.to_pylist()] == ["set apart", "no position"]
    assert (done.positions.num_rows, done.statics.num_rows) == (0, 0)


def test_duplicates_and_disorder_pass_through_to_the_lake():
    rows = [FIX | {"fix_at": NOON + timedelta(seconds=s)} for s in (5, 0, 5)]
    got = clean(*rows).positions["fix_at"].to_pylist()
    assert [at.second for at in got] == [5, 0, 5]


def test_identity_of_a_row_without_position_is_kept():
    done = clean(FIX | {"lat": 91.0, "name": "BELLA"})
    assert (done.positions.num_rows, done.statics["name"].to_pylist()) == (0, ["BELLA"])


def test_positions_have_the_contract_whatever_columns_a_reader_gives():
    done = clean(FIX)
    assert done.positions.schema == pa.schema([f for f in columns.POSITIONS if f.name != "load_id"])
    assert done.statics.num_rows == 0
    assert clean().positions.num_rows == 0


def heard(**row: Any) -> dict[str, Any]:
    at = NOON + timedelta(minutes=row.pop("minute", 0))
    return FIX | {"fix_at": at} | row


def test_identity_is_one_row_an_hour_with_first_and_last_time():
    rows = [heard(minute=m, name="BELLA") for m in (10, 50, 30, 70)] + [heard(minute=40, name="LUNA")]
    got = {(row["name"], row["seen_at"].hour): row for row in clean(*rows).statics.to_pylist()}
    assert set(got) == {("BELLA", 12), ("BELLA", 13), ("LUNA", 12)}
    assert [got["BELLA", 12][key].minute for key in ("seen_at", "last_seen_at")] == [10, 50]


identities = st.fixed_dictionaries(
    {
        "mmsi": st.sampled_from([636999102, 422999101]),
        "minute": st.integers(0, 180),
        "name": st.sampled_from(["BELLA", "LUNA", None]),
        "imo": st.sampled_from([9999802, 9999814, None]),
        "draught_m": st.sampled_from([10.0, 10.5, None]),
    }
)


def slow_statics(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the reduction by plain dictionaries."""
    seen: dict[tuple[Any, ...], list[datetime]] = {}
    for row in rows:
        said = (row["name"], row["imo"], row["draught_m"])
        if any(said):
            seen.setdefault((row["mmsi"], row["fix_at"].replace(minute=0), *said), []).append(row["fix_at"])
    return sorted([(key, min(times), max(times)) for key, times in seen.items()], key=str)


@settings(max_examples=60, deadline=None)
@given(st.lists(identities, max_size=30), st.integers(1, 5))
def test_reduction_equals_its_slow_twin_for_any_cutting_and_order(said, parts):
    rows = [heard(**row) for row in said]
    pieces = [clean(*rows[part::parts]).statics for part in range(parts)]
    merged = merge_statics(pieces)
    got = [
        (
            (r["mmsi"], r["seen_at"].replace(minute=0), r["name"], r["imo"], r["draught_m"]),
            r["seen_at"],
            r["last_seen_at"],
        )
        for r in merged.to_pylist()
    ]
    assert sorted(got, key=str) == slow_statics(rows)
    assert merge_statics(pieces[::-1]).equals(merged)
    assert merge_statics([merge_statics(pieces[:1]), *pieces[1:], *pieces]).equals(merged)


def test_keys_beyond_one_integer_are_still_told_apart():
    count = 3_000
    rows = [
        heard(mmsi=201_000_000 + n, name=f"N{n}", callsign=f"C{n}", imo=1_000_000 + n, destination=f"D{n}", eta=f"E{n}")
        for n in range(count)
    ]
    merged = merge_statics([clean(*rows, *rows).statics])
    assert merged["name"].to_pylist() == [f"N{n}" for n in range(count)]
    assert merged["eta"].to_pylist() == [f"E{n}" for n in range(count)]


def test_pairs_of_values_are_never_mixed_up():
    pairs = list(product(["A", "B", None], ["A", "B", None]))
    merged = merge_statics([clean(*[heard(name=name, callsign=callsign) for name, callsign in pairs]).statics])
    said = {(row["name"], row["callsign"]) for row in merged.to_pylist()}
    assert said == set(pairs) - {(None, None)}
