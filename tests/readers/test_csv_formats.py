"""NOAA in both layouts, DMA and canonical: real-form rows give the same ship, and every word its code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tracktable_data.data import retrieve

from tests.readers import cases
from tests.readers.cases import drain, write_lines

NOON = {"noaa": datetime(2020, 5, 5, 12, tzinfo=UTC), "noaa 2025": datetime(2025, 5, 5, 12, tzinfo=UTC)}


@pytest.mark.parametrize(
    "header, row, name, at, unused",
    [
        (cases.NOAA_HEADER, cases.NOAA_ROW, "noaa", (2020, 5, 5), ("Cargo", "TransceiverClass")),
        (cases.NOAA_2025_HEADER, cases.NOAA_2025_ROW, "noaa", (2025, 5, 5), ("cargo", "transceiver")),
        (cases.CANONICAL_HEADER, cases.CANONICAL_ROW, "canonical", (2020, 5, 5), ()),
    ],
    ids=["noaa_2015_layout", "noaa_2025_layout_longitude_first", "canonical"],
)
def test_row_is_read_as_it_stands(tmp_path, header, row, name, at, unused):
    got = drain(write_lines(tmp_path / "a.dat", header, row))

    assert got.source.format == name
    assert got.source.unused_columns == unused
    assert got.first | {"sog_kn": 11.4} == {
        "mmsi": 636999102,
        "fix_at": datetime(*at, 12, tzinfo=UTC),
        "lat": 25.5,
        "lon": 57.25,
        "sog_kn": 11.4,
        "cog_deg": 231.0,
        "heading_deg": 230.0,
        "nav_status": 0,
        "receiver": "satellite" if name == "canonical" else "unknown",
    }
    assert got.statics.to_pylist()[0].items() >= cases.BELLA_IDENTITY.items()


def test_dma_reads_day_first_words_and_sets_stations_apart(tmp_path):
    got = drain(write_lines(tmp_path / "a.csv", cases.DMA_HEADER, cases.DMA_BASE_STATION, cases.DMA_ROW))

    assert got.source.format == "dma"
    assert got.first["fix_at"] == datetime(2020, 5, 6, 12, tzinfo=UTC)
    assert got.first["nav_status"] == 1
    assert got.statics.to_pylist()[0].items() >= (cases.BELLA_IDENTITY | {"destination": "SKAGEN"}).items()
    assert got.rejects.to_pylist() == [{"line": 2, "reason": "set apart: base station", "raw": cases.DMA_BASE_STATION}]
    assert set(got.source.unused_columns) >= {"ROT", "Cargo type", "Data source type", "A", "D"}


@pytest.mark.parametrize(
    "mobile, reason",
    [
        ("AtoN", "aid to navigation"),
        ("SAR Airborne", "SAR aircraft"),
        ("Search and Rescue Transponder", "search and rescue transmitter"),
        ("Emergency PIRB", "emergency beacon"),
        ("Man Overboard Device", "man overboard device"),
    ],
)
def test_dma_mobiles_that_are_no_ships_are_set_apart(tmp_path, mobile, reason):
    row = cases.DMA_ROW.replace("Class A", mobile)
    got = drain(write_lines(tmp_path / "a.csv", cases.DMA_HEADER, row, cases.DMA_ROW))
    assert list(got.reasons) == [2]
    assert got.reasons[2].startswith(f"set apart: {reason}")


def test_dma_month_first_date_is_a_reject_and_never_guessed(tmp_path):
    row = cases.DMA_ROW.replace("06/05/2020 12:00:00,Class", "05/13/2020 12:00:00,Class")
    got = drain(write_lines(tmp_path / "a.csv", cases.DMA_HEADER, row, cases.DMA_ROW))
    assert got.reasons == {2: "column # Timestamp: '05/13/2020 12:00:00' is not a time"}
    assert got.positions.num_rows == 1


@pytest.mark.parametrize("day", ["31/02/2020", "30/02/2021", "00/01/2020", "31/04/2020"])
def test_dma_day_that_never_was_is_a_reject(tmp_path, day):
    row = cases.DMA_ROW.replace("06/05/2020 12:00:00,Class", f"{day} 12:00:00,Class")
    assert list(drain(write_lines(tmp_path / "a.csv", cases.DMA_HEADER, row)).reasons) == [2]


def test_dma_words_for_unknown_are_missing_and_unheard_of_words_are_counted(tmp_path):
    row = cases.DMA_ROW.replace("At anchor", "Unknown value").replace("Tanker", "Zeppelin")
    row = row.replace("9999802", "Unknown").replace("SKAGEN", "Undefined")
    got = drain(write_lines(tmp_path / "a.csv", cases.DMA_HEADER, row))

    said = got.statics.to_pylist()[0]
    assert (got.first["nav_status"], said["ship_type"], said["imo"], said["destination"]) == (None, None, None, None)
    assert got.source.unreadable_values == {"ship_type": 1}


def test_canonical_needs_only_four_columns_in_any_order_and_case(tmp_path):
    got = drain(
        write_lines(tmp_path / "a.csv", "\ufeffLON;Lat;FIX_AT;Mmsi", "57.25;25.5;2020-05-05 12:00:00;636999102")
    )
    assert got.source.format == "canonical"
    assert (got.first["lat"], got.first["lon"], got.first["sog_kn"]) == (25.5, 57.25, None)
    assert got.statics.num_rows == 0


@pytest.mark.parametrize(
    "written, meant",
    [
        ("2020-02-29T23:59:59Z", datetime(2020, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2020-12-31T20:00:00-04:00", datetime(2021, 1, 1, tzinfo=UTC)),
        ("2020-12-31 23:59:59.5", datetime(2020, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)),
        ("2020-06-01T05:30:00+0530", datetime(2020, 6, 1, tzinfo=UTC)),
        ("2020-06-01T00:00:00.1234567Z", datetime(2020, 6, 1, 0, 0, 0, 123_456, tzinfo=UTC)),
    ],
    ids=[
        "leap_day",
        "leap_second",
        "zone_minus_four_over_new_year",
        "no_zone_is_utc",
        "zone_no_colon",
        "long_fraction",
    ],
)
@pytest.mark.parametrize("neighbour", ["2020-06-01T00:00:00", "2020-06-01T00:00:00Z"])
def test_moments_become_utc_beside_any_other_form(tmp_path, written, meant, neighbour):
    lines = [f"636999102,{at},1,2" for at in (neighbour, written, neighbour)]
    got = drain(write_lines(tmp_path / "a.csv", "mmsi,fix_at,lat,lon", *lines))
    assert got.positions["fix_at"].to_pylist()[1 if got.positions.num_rows == 3 else 0] == meant


def test_noaa_negative_course_and_speed_are_overflows(tmp_path):
    row = cases.NOAA_ROW.replace(",11.4,231.0,", ",-0.1,-60.6,")
    faster = cases.NOAA_ROW.replace(",11.4,231.0,", ",-51.0,-49.6,")
    got = drain(write_lines(tmp_path / "a.csv", cases.NOAA_HEADER, row, faster))
    assert got.positions["sog_kn"].to_pylist() == pytest.approx([None, 51.4])
    assert got.positions["cog_deg"].to_pylist() == pytest.approx([349.0, None])


def test_real_hour_of_new_york_is_read_with_its_own_columns():
    got = drain(Path(retrieve("NYHarbor_2020_06_30_first_hour.csv")))

    assert got.source.format == "noaa"
    assert got.source.unused_columns == ("Cargo", "TranscieverClass")
    assert (got.rows_read, got.positions.num_rows) == (8_689, 8_641)
    assert set(got.reasons.values()) == {"the MMSI is no ship's: its country code is not within 201–775"}
    assert got.source.unreadable_values == {}


def test_format_can_be_asked_for_and_a_wrong_wish_is_refused(tmp_path):
    path = write_lines(tmp_path / "a.csv", cases.NOAA_HEADER, cases.NOAA_ROW)
    assert drain(path, "canonical").source.format == "canonical"
    with pytest.raises(cases.UnknownFormatError, match="is in the format noaa, not dma; load it with --format auto"):
        drain(path, "dma")
    with pytest.raises(cases.ConfigError, match="there is no format 'excel'; choose auto or one of"):
        drain(path, "excel")
