from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

MAKER = Path(__file__).parents[1] / "benchmarks" / "make_day.py"
ROWS = 20_000


def make_day(out: Path, seed: int) -> bytes:
    command = [sys.executable, MAKER, "--rows", ROWS, "--seed", seed, "--out", out]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return out.read_bytes()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_day(tmp_path_factory.mktemp("bench") / "day.csv", 1)


@pytest.fixture(scope="module")
def rows(day: bytes) -> list[list[str]]:
    return [row for row in csv.reader(day.decode().splitlines()[1:]) if len(row) == 17 and row[0].isdigit()]


@pytest.mark.parametrize(("seed", "same"), [(1, True), (2, False)])
def test_a_seed_gives_one_day(day: bytes, tmp_path: Path, seed: int, same: bool) -> None:
    assert (make_day(tmp_path / "again.csv", seed) == day) is same


def test_the_day_has_noaas_header_and_about_the_rows_asked_for(day: bytes) -> None:
    lines = day.decode().splitlines()
    assert lines[0] == (
        "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,"
        "Cargo,TransceiverClass"
    )
    assert 0.9 * ROWS < len(lines) - 1 < 1.1 * ROWS


def test_good_rows_are_in_the_order_of_time_and_within_the_day(rows: list[list[str]]) -> None:
    times = [row[1] for row in rows if row[1] != "yesterday"]
    assert times == sorted(times)
    assert (times[0][:11], times[-1][:13]) == ("2024-06-30T", "2024-06-30T23")


def test_the_day_holds_repeats_bad_rows_and_shared_numbers(day: bytes, rows: list[list[str]]) -> None:
    repeats = [row for row, count in Counter(map(tuple, rows)).items() if count > 1]
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row[0], set()).add(row[7])
    assert 1 <= len(repeats) <= ROWS * 0.003
    assert b"yesterday" in day
    assert b",91.0,181.0," in day
    assert any(len(heard) == 2 for heard in names.values())
