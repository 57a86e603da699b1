"""`shipwatch vessel` as a person meets it, on made tracks of ships that change their names and numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from command_line import on, shipwatch
from made_files import Track, rows_of, write_canonical

BELLA, LATE = 9208124, 9074729
TANZANIA, COMOROS, CAMEROON, MARSHALLS, SILENT = 677000001, 620000001, 613000001, 538000001, 235000001
HANDED, FIRST, SECOND = 366000001, 9999802, 9999814
HOSTILE = "[red]A\tB[/red] OF TWENTY"

TRACKS: list[Track] = [
    (TANZANIA, 0, 5, {"imo": BELLA, "name": "GULF STAR", "callsign": "5IAB2", "ship_type": 80, "length_m": 333}),
    (COMOROS, 6, 10, {"imo": BELLA, "name": "OCEAN LILY", "callsign": "D6AB3", "ship_type": 80, "length_m": 333}),
    (CAMEROON, 11, 15, {"name": HOSTILE, "callsign": "TJAB4567", "ship_type": 60}),
    (CAMEROON, 15, 16, {"imo": BELLA, "name": HOSTILE, "callsign": "TJAB4567", "ship_type": 80}),
    (CAMEROON, 17, 18, {"imo": BELLA + 1, "name": HOSTILE, "callsign": "TJAB4567", "ship_type": 80}),
    (MARSHALLS, 0, 2, {"name": "OCEAN QUEEN", "ship_type": 70}),
    (MARSHALLS, 2, 4, {"imo": LATE, "name": "OCEAN QUEEN", "ship_type": 70}),
    (SILENT, 0, 2, {}),
    (HANDED, 0, 2, {"imo": FIRST, "name": "TUG ONE", "ship_type": 52}),
    (HANDED, 2, 4, {"imo": SECOND, "name": "TUG TWO", "ship_type": 52}),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the made tracks."""
    home = tmp_path_factory.mktemp("vessel")
    assert on(home / "data", "load", write_canonical(home / "made.csv", rows_of(TRACKS))).code == 0
    return home / "data"


def told(data: Path, *words: str | int) -> dict[str, Any]:
    done = on(data, "vessel", *words, "--json")
    assert (done.code, done.err) == (0, "")
    (row,) = done.rows
    return row


def test_json_tells_the_whole_life(data: Path) -> None:
    row = told(data, BELLA)
    assert set(row) == {
        "vessel_id", "imo", "mmsi", "name", "flag", "type", "callsign", "length_m", "first_declared_at",
        "last_declared_at", "chain", "flags", "names", "callsigns", "types", "misfits", "other_vessels", "events",
        "alerts", "lists",
    }  # fmt: skip
    assert [(one["list"], one["confirmed"], one["listed_at"][:10]) for one in row["lists"]] == [
        ("eu-annex-xlii", True, "2025-05-21"),
    ]
    assert [(link["mmsi"], link["flag"], link["imo"], link["imo_valid"]) for link in row["chain"]] == [
        (TANZANIA, "TZ", BELLA, True),
        (COMOROS, "KM", BELLA, True),
        (CAMEROON, "CM", None, False),
        (CAMEROON, "CM", BELLA, True),
        (CAMEROON, "CM", BELLA + 1, False),
    ]
    assert all(set(link) == set(row["chain"][0]) for link in row["chain"])
    assert (row["first_declared_at"], row["last_declared_at"]) == ("2020-05-01T00:00:00Z", "2020-05-18T22:00:00Z")
    assert [(f["flag"], f["first_at"][:10], f["last_at"][:10]) for f in row["flags"]] == [
        ("TZ", "2020-05-01", "2020-05-05"),
        ("KM", "2020-05-07", "2020-05-10"),
        ("CM", "2020-05-12", "2020-05-18"),
    ]
    assert row["length_m"] == 333


def test_the_events_are_those_of_all_its_radios(data: Path) -> None:
    listed = on(data, "events", "--imo", BELLA, "--json").rows
    counts = {e["kind"]: e["count"] for e in told(data, BELLA)["events"]}
    assert counts == {kind: sum(e["kind"] == kind for e in listed) for kind in {e["kind"] for e in listed}}
    assert {e["mmsi"] for e in listed} == {TANZANIA, COMOROS, CAMEROON}


@pytest.mark.parametrize(
    "words", [["imo:9208124"], ["IMO", "9208124"], ["gulf"], ["Ocean", "Lily"], [CAMEROON]], ids=str
)
def test_a_vessel_is_found_by_all_it_was_called(data: Path, words: list[str | int]) -> None:
    assert told(data, *words)["vessel_id"] == f"imo:{BELLA}"


def test_the_tables_fit_100_columns_and_say_why(data: Path) -> None:
    done = on(data, "vessel", BELLA)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if line.startswith("20") and str(CAMEROON) in line]
    joined = " ".join(done.out.split())
    for why in (f"another radio, same IMO {BELLA}, check digit right", f"IMO {BELLA} declared later, on 2020-05-16"):
        assert why in joined
    assert "[red]A" in joined
    assert f"{BELLA + 1} ?" in joined
    assert f"shipwatch events --imo {BELLA}" in joined


def test_a_late_number_names_the_radio_from_its_first_day(data: Path) -> None:
    row = told(data, MARSHALLS)
    assert row["vessel_id"] == f"imo:{LATE}"
    assert row["chain"][0]["why"] == f"same radio; IMO {LATE} declared later, on 2020-05-03"


def test_a_radio_that_never_declared_itself_is_found_by_its_number(data: Path) -> None:
    assert told(data, SILENT)["vessel_id"] == f"mmsi:{SILENT}"
    assert f"shipwatch events --mmsi {SILENT}" in on(data, "vessel", SILENT).out


def test_a_radio_of_two_hulls_names_the_other(data: Path) -> None:
    done = on(data, "vessel", FIRST)
    assert done.code == 0
    assert re.search(rf"^imo:{SECOND} +TUG TWO +{HANDED} +2020-05-03 +2020-05-04", done.out, re.MULTILINE)
    assert re.search(
        rf"^2020-05-01 00:00 +2020-05-02 22:00 +{HANDED}", done.out, re.MULTILINE
    )  # a short life: to the minute
    assert re.search(rf"^2020-05-01 +2020-05-05 +{TANZANIA}", on(data, "vessel", BELLA).out, re.MULTILINE)


def test_several_that_fit_are_shown_and_are_bad_use(data: Path) -> None:
    done = on(data, "vessel", "ocean")
    assert done.code == 2
    assert done.out.startswith("2 vessels\n")
    assert "GULF STAR" in done.out  # names under which it was not asked for tell it apart
    assert done.err == "error: 2 vessels fit 'ocean'; name one of them by its id\n"
    asked_json = on(data, "vessel", "ocean", "--json")
    assert (asked_json.code, asked_json.out) == (2, "")
    assert asked_json.err.endswith(f"by its id: imo:{LATE}, imo:{BELLA}\n")


@pytest.mark.parametrize("text", ["nobody", "9999999", "9" * 30, "mmsi:677000001/3", " "])
def test_none_that_fits_is_bad_use(data: Path, text: str) -> None:
    done = on(data, "vessel", text)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")


def test_a_folder_without_data_is_bad_use(tmp_path: Path) -> None:
    done = on(tmp_path / "none", "vessel", BELLA)
    assert done.code == 2
    assert "holds no data" in done.err


def test_help_shows_each_way_to_ask() -> None:
    done = shipwatch("vessel", "--help")
    assert done.code == 0
    assert [line.strip() for line in done.out.splitlines() if line.startswith(" shipwatch ")] == [
        "shipwatch vessel 9208124",
        "shipwatch vessel mmsi:368134280/1",
        "shipwatch vessel bella --json",
    ]
