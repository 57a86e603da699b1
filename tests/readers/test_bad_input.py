"""Bad files get an error a person can act on; bad rows get a reason, and take no other row with them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import cases
from tests.readers.cases import drain, write_lines
from watch.errors import InputError, UnknownFormatError
from watch.readers import Limits, read_file

HEADER = "mmsi,fix_at,lat,lon,sog_kn,name,draught_m"
GOOD = "636999102,2020-05-05T12:00:00,25.5,57.25,11.4,BELLA,10.1"


@pytest.mark.parametrize(
    "content, error, message",
    [
        (b"", InputError, "a.csv: the file is empty; fetch it again"),
        (b"mmsi,fix_at,lat,lon\n", InputError, "a.csv: has a header but no rows"),
        (b"mmsi,fix_at,lat,lon\n\n\r\n", InputError, "a.csv: has a header but no rows"),
        (
            b"mmsi,fixat,latt,lon\n1,2,3,4\n",
            UnknownFormatError,
            r":1: the header has no column lat \(did you mean 'latt'\?\)",
        ),
        (b"MMSI,BaseDateTme,LAT,LON\n", UnknownFormatError, r"fix_at \(did you mean 'BaseDateTme'\?\); it has: MMSI, "),
        (b"imo,name\n9999802,BELLA\n", UnknownFormatError, "no columns mmsi, fix_at, lat, lon; it has: imo, name;"),
        (b"<!DOCTYPE html><html>", UnknownFormatError, "a.csv: looks like a web page or XML, perhaps an error page"),
        (b'{"mmsi": 1}', UnknownFormatError, "a.csv: looks like JSON, which is not read; export it as CSV"),
        ("mmsi,fix_at,lat,lon\n".encode("utf-16"), UnknownFormatError, "a.csv: is UTF-16 text; save it as UTF-8"),
        (b"\x7fELF\0\0\0", UnknownFormatError, "a.csv: is a binary file of an unknown kind"),
        (b"PAR1\0\0\0\0PAR1", InputError, "a.csv: the Parquet file is cut short or damaged"),
    ],
    ids=[
        "empty",
        "header_only",
        "header_and_blank_lines",
        "misspelt_column",
        "misspelt_noaa_column",
        "another_table",
        "web_page",
        "json",
        "utf16",
        "binary",
        "parquet_damaged",
    ],
)
def test_bad_file_is_explained(tmp_path, content, error, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(error, match=message):
        drain(tmp_path / "a.csv")


def test_missing_file_and_folder_are_explained(tmp_path):
    with pytest.raises(InputError, match=r"nowhere.csv: there is no such file; check the path"):
        read_file(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="is a folder, not a file; name the files in it"):
        read_file(tmp_path)


@pytest.mark.parametrize(
    "row, reason",
    [
        ("nonsense", "the row has 1 column, the header has 7"),
        (GOOD + ",extra", "the row has 8 columns, the header has 7"),
        (GOOD.replace("25.5", "north"), "column lat: 'north' is not a number"),
        (GOOD.replace("11.4", "fast"), "column sog_kn: 'fast' is not a number"),
        (GOOD.replace("636999102", "63699910X"), "column mmsi: '63699910X' is not a number"),
        (GOOD.replace("636999102", "6369991020000"), "column mmsi: '6369991020000' is not a number"),
        (GOOD.replace("2020-05-05", "2020-02-30"), "column fix_at: '2020-02-30T12:00:00' is not a time"),
        (GOOD.replace("T12", "T24"), "column fix_at: '2020-05-05T24:00:00' is not a time"),
        (GOOD.replace("2020-05-05T12:00:00", "05/13/2020 12:00"), "column fix_at: '05/13/2020 12:00' is not a time"),
        (GOOD.replace("BELLA", '"BELLA'), "a quote is opened and not closed on the line"),
        (GOOD.replace("BELLA", "BEL\rLA"), "the line holds a carriage return that ends no line"),
        (GOOD.replace("25.5", "25.5\0"), "column lat: '25.5\\x00' is not a number"),
        (GOOD.replace("BELLA", "B" * 3_000), "the line is longer than 2,000 bytes"),
        (GOOD.replace("25.5", ""), "no position: latitude or longitude is missing"),
    ],
    ids=[
        "word",
        "one_cell_more",
        "lat_word",
        "speed_word",
        "mmsi_letter",
        "mmsi_13_digits",
        "feb_30",
        "hour_24",
        "month_first",
        "open_quote",
        "carriage_return",
        "nul_in_number",
        "long_line",
        "no_latitude",
    ],
)
def test_bad_row_is_named_and_takes_no_other_with_it(tmp_path, row, reason):
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join([HEADER, GOOD, row, GOOD, GOOD]).encode())
    got = drain(path, limits=Limits(line_bytes=2_000))

    assert got.positions.num_rows == 3
    assert list(got.reasons) == [3]
    assert got.reasons[3].startswith(reason)
    assert got.rejects["raw"][0].as_py()[:9] == row[:9]


@pytest.mark.parametrize(
    "row, name",
    [
        (GOOD.replace("BELLA", '"BELLA, THE"'), "BELLA, THE"),
        (GOOD.replace("BELLA", '"BELLA ""B"""'), 'BELLA "B"'),
        (GOOD.replace("BELLA", "BEL\0LA"), "BELLA"),
        (GOOD.replace("BELLA", "=HYPERLINK(1)"), "=HYPERLINK(1)"),
        (GOOD.replace("10.1", "deep"), "BELLA"),
    ],
    ids=["comma_in_quotes", "quotes_in_quotes", "nul_in_name", "formula_is_text", "unreadable_draught"],
)
@pytest.mark.parametrize("neighbour", [GOOD, "nonsense"], ids=["beside_good", "beside_broken"])
def test_odd_row_is_kept(tmp_path, row, name, neighbour):
    got = drain(write_lines(tmp_path / "a.csv", HEADER, row, neighbour))
    assert got.positions.num_rows + (neighbour == "nonsense") == 2
    assert name in got.statics["name"].to_pylist()


def test_header_cannot_write_to_the_terminal(tmp_path):
    path = write_lines(tmp_path / "a.csv", "mmsi,fix_at,l\x1b[2Jat,lon", "1,2,3,4")
    with pytest.raises(UnknownFormatError, match=r"it has: mmsi, fix_at, l�\[2Jat, lon"):
        read_file(path)


def test_unreadable_identity_is_counted_and_the_fix_kept(tmp_path):
    got = drain(write_lines(tmp_path / "a.csv", HEADER, GOOD.replace("10.1", "deep"), GOOD))
    assert (got.positions.num_rows, got.source.unreadable_values) == (2, {"draught_m": 1})


def test_invalid_utf8_is_replaced_and_the_row_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode() + GOOD.replace("BELLA", "MÜNCHEN").encode("latin-1") + b"\n")
    got = drain(path)
    assert sorted(got.statics["name"].to_pylist()) == ["BELLA", "M�NCHEN"]


def test_line_without_end_is_one_reject_in_bounded_memory(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode() + b"7" * 5_000_000 + f"\n{GOOD}\n".encode())
    got = drain(path, limits=Limits(block_bytes=100_000, line_bytes=10_000))
    assert (got.positions.num_rows, got.reasons) == (2, {3: "the line is longer than 10,000 bytes"})
    assert len(got.rejects["raw"][0].as_py()) == 501


BROKEN = (
    "x",
    GOOD + ",",
    GOOD.replace("25.5", "?"),
    GOOD.replace("2020", "20x0"),
    GOOD.replace("BELLA", '"BE'),
    '"',
    ",,,,,,,",
    GOOD.replace("25.5", "91"),
    GOOD.replace("57.25", "181"),
    GOOD.replace("636999102", "36999102"),
    GOOD.replace("A", "A\r"),
)
SOUND = (
    GOOD,
    GOOD.replace("BELLA", '"B,A"'),
    GOOD.replace("T", " "),
    GOOD.replace(":00,", ":00Z,"),
    GOOD.replace("BELLA", ""),
    GOOD.replace("11.4", ""),
    GOOD.replace("12:00:00", "23:59:60"),
    GOOD + "\r",
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(SOUND), st.sampled_from(BROKEN), st.just("")), min_size=1, max_size=20),
    st.randoms(),
)
def test_counts_add_up_and_blocks_of_any_size_give_the_same(tmp_path_factory, rows: list[str], chance: random.Random):
    path = tmp_path_factory.mktemp("rows") / "a.csv"
    path.write_bytes("\n".join([HEADER, GOOD, *rows]).encode())
    whole = drain(path)
    small = drain(path, limits=Limits(block_bytes=chance.randrange(1, 400)))

    sound, broken = sum(row in SOUND for row in rows), sum(row in BROKEN for row in rows)
    assert (whole.positions.num_rows, whole.rejects.num_rows) == (1 + sound, broken)
    assert [row["line"] for row in whole.rejects.to_pylist()] == [n for n, row in enumerate(rows, 3) if row in BROKEN]
    assert small.positions.to_pylist() == whole.positions.to_pylist()
    assert small.rejects.to_pylist() == whole.rejects.to_pylist()
    assert small.statics.equals(whole.statics)


def test_reject_names_the_line_of_a_large_file_across_blocks(tmp_path):
    rows = [GOOD] * 30_000
    rows[17_000] = "broken"
    got = drain(write_lines(tmp_path / "a.csv", HEADER, *rows), limits=Limits(block_bytes=64_000))
    assert list(got.reasons) == [17_002]
    assert got.positions.num_rows == 29_999


def test_dma_file_with_broken_rows_keeps_words_and_stations(tmp_path):
    got = drain(write_lines(tmp_path / "a.csv", cases.DMA_HEADER, "broken", cases.DMA_BASE_STATION, cases.DMA_ROW))
    assert list(got.reasons) == [2, 3]
    assert (got.first["nav_status"], got.statics["ship_type"].to_pylist()) == (1, [80])
