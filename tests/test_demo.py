"""What the demo finds: the voyages of 2020 with their times, and nothing grave about the innocent ships."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import Demo, on, shipwatch
from matplotlib.image import imread

from watch.digest import CARDS_MAX
from watch.scenarios.catalogue import load_scenario
from watch.workspace import Workspace

DARK, VOYAGE = "iran-venezuela-liberian-tanker-dark", "iran-venezuela-tanker-voyage"
CARGO, STS = "irisl-cargo-voyage", "long-gap-in-sts-area"
DEEPER, TURNED = "draught-change-in-gap", "destination-turns-to-sanctioned"
COULD_CALL, COULD_MEET = "possible-dark-call", "possible-dark-meeting"
INTERVAL = timedelta(hours=1)  # own: these ships are heard at least so often where the steps begin and end
GRAVE = ("critical", "high", "medium")

# ship, IMO, rule, level, verdict, kinds of the steps
ALERTS = [
    ("SYNTH COMPLETE", 9999967, DARK, "critical", "match", ["gap", "zone_visit", "port_visit"]),
    ("FORTUNE", 9283746, VOYAGE, "high", "match", ["port_visit", "zone_visit", "port_visit"]),
    ("FOREST", 9283760, VOYAGE, "high", "match", ["port_visit", "zone_visit", "port_visit"]),
    ("PETUNIA", 9999993, VOYAGE, "high", "match", ["port_visit", "zone_visit", "port_visit"]),
    ("FAXON", 9283758, VOYAGE, "high", "match", ["port_visit", "zone_visit", "port_visit"]),
    ("CLAVEL", 9999981, VOYAGE, "high", "match", ["port_visit", "zone_visit", "port_visit"]),
    ("GOLSAN", 9165815, CARGO, "high", "match", ["port_visit", "zone_visit", "port_visit"]),
    ("FOREST", 9283760, VOYAGE, "high", "match", ["port_visit", "zone_visit", "port_visit"]),
    ("FAXON", 9283758, VOYAGE, "high", "match", ["port_visit", "gap", "zone_visit", "port_visit"]),
    ("BELLA", 9208124, DARK, "medium", "lapsed", ["gap"]),
    ("BELLA", 9208124, DEEPER, "medium", "match", ["gap", "draught_change"]),
    ("BERING", 9149225, DARK, "medium", "lapsed", ["gap"]),
    ("BERING", 9149225, DEEPER, "medium", "match", ["gap", "draught_change"]),
    ("SYNTH COMPLETE", 9999967, DEEPER, "medium", "match", ["gap", "draught_change"]),
    ("SYNTH COMPLETE", 9999967, COULD_CALL, "medium", "match", ["possible_visit", "draught_change"]),
    ("FORTUNE", 9283746, TURNED, "medium", "match", ["destination_change", "zone_visit"]),
    ("FOREST", 9283760, TURNED, "medium", "match", ["destination_change", "zone_visit"]),
    ("CLAVEL", 9999981, TURNED, "medium", "match", ["destination_change", "zone_visit"]),
    ("PETUNIA", 9999993, TURNED, "medium", "match", ["destination_change", "zone_visit"]),
    ("FAXON", 9283758, TURNED, "medium", "match", ["destination_change", "zone_visit"]),
    ("BERING", 9149225, COULD_MEET, "medium", "match", ["possible_encounter", "draught_change"]),
    ("BELLA", 9208124, COULD_MEET, "medium", "match", ["possible_encounter", "draught_change"]),
    ("PANDI", 9105073, DARK, "medium", "early", ["gap"]),
    ("PANDI", 9105073, STS, "medium", "match", ["gap"]),
    ("LUNA", 9208100, DARK, "medium", "early", ["gap"]),
    ("LUNA", 9208100, STS, "medium", "match", ["gap"]),
]
# rule, verdict → how many
LOW = {
    ("listed-ship-moving", "match"): 7,
    ("sanctioned-terminal-call", "match"): 10,
    ("destination-contradicted", "match"): 2,
    ("gap-while-others-heard", "match"): 1,
}
# an innocent ship with an alert that is low → why that is so
LOW_AND_INNOCENT = {"SYNTH LIT": "a foreign tanker that called at El Palito, lawful or not: the rule is about the call"}
OWN_RULES = 2  # alerts of the rule that `rules new` writes


@pytest.fixture(scope="module")
def alerts(demo: Demo) -> list[dict[str, Any]]:
    return on(demo.folder, "alerts", "list", "--json").rows


def test_the_demo_ends_with_its_alerts_and_where_the_files_are(demo: Demo) -> None:
    assert demo.done.code == 0
    assert demo.done.err == ""
    assert demo.done.out.startswith("SYNTHETIC")
    listed = re.findall(r"^(?:critical|high|medium|low) ", demo.done.out, re.MULTILINE)
    assert len(listed) == len(ALERTS) + sum(LOW.values())
    for name in ("digest/digest.html", "digest/digest.txt", "digest/maps", "synthetic-tracks.csv"):
        assert f" shipwatch-demo/{name}\n" in demo.done.out
        assert (demo.folder / name).exists()


def test_every_row_is_a_position_a_duplicate_or_a_reject(demo: Demo) -> None:
    told = re.search(r"([\d,]+) rows: ([\d,]+) positions, ([\d,]+) duplicates, ([\d,]+) rejects", demo.done.out)
    assert told is not None
    rows, positions, duplicates, rejects = (int(n.replace(",", "")) for n in told.groups())
    assert (rows, positions, duplicates, rejects) == (70_053, 69_987, 51, 15)
    assert rows == positions + duplicates + rejects
    with (demo.folder / "synthetic-tracks.csv").open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == rows + 1
    workspace = Workspace(demo.folder)
    stored = sum(workspace.lake.rows_on(day) for day in workspace.lake.days())
    assert stored == positions


def test_the_alerts_are_these_gravest_first(alerts: list[dict[str, Any]]) -> None:
    grave = [a for a in alerts if a["level"] in GRAVE]
    assert grave == alerts[: len(grave)]
    ships = [(a["vessel"]["name"], a["vessel"]["imo"]) for a in grave]
    judged = [(a["rule_id"], a["level"], a["verdict"], [s["kind"] for s in a["steps"]]) for a in grave]
    assert [(*ship, *rest) for ship, rest in zip(ships, judged, strict=True)] == ALERTS


def test_the_low_alerts_are_so_many_of_each_rule(alerts: list[dict[str, Any]]) -> None:
    low = [a for a in alerts if a["level"] not in GRAVE]
    assert {a["level"] for a in low} == {"low"}
    assert Counter((a["rule_id"], a["verdict"]) for a in low) == LOW


# rule, ship, step → when it begins and ends as the scenario tells it; None where the step is not over
STEP_TIMES = {
    "bella_unheard_until_cape_verde": (DARK, 9208124, 0, "2020-05-03T09:00Z", "2020-07-01T12:00Z"),
    "bering_unheard_until_cape_verde": (DARK, 9149225, 0, "2020-05-05T04:00Z", "2020-07-02T06:00Z"),
    "pandi_unheard_to_the_end": (DARK, 9105073, 0, "2020-07-08T14:00Z", None),
    "luna_unheard_to_the_end": (DARK, 9208100, 0, "2020-07-12T06:00Z", None),
    "fortune_loads": (VOYAGE, 9283746, 0, "2020-03-13T00:00Z", "2020-03-14T19:00Z"),
    "forest_loads": (VOYAGE, 9283760, 0, "2020-04-18T00:00Z", "2020-04-19T19:00Z"),
    "petunia_loads": (VOYAGE, 9999993, 0, "2020-04-19T00:00Z", "2020-04-20T19:00Z"),
    "faxon_loads": (VOYAGE, 9283758, 0, "2020-04-22T00:00Z", "2020-04-23T19:00Z"),
    "clavel_loads": (VOYAGE, 9999981, 0, "2020-04-24T00:00Z", "2020-04-28T12:00Z"),
    "fortune_at_el_palito": (VOYAGE, 9283746, 2, "2020-05-25T05:00Z", "2020-05-28T05:00Z"),
    "forest_at_cardon": (VOYAGE, 9283760, 2, "2020-05-26T19:00Z", "2020-05-29T19:00Z"),
    "faxon_at_guaraguao": (VOYAGE, 9283758, 2, "2020-05-29T03:00Z", "2020-06-01T03:00Z"),
}


@pytest.mark.parametrize(("rule", "imo", "step", "start", "end"), STEP_TIMES.values(), ids=STEP_TIMES)
def test_a_step_has_the_time_of_its_scenario(
    alerts: list[dict[str, Any]], rule: str, imo: int, step: int, start: str, end: str | None
) -> None:
    found = next(a["steps"][step] for a in alerts if a["rule_id"] == rule and a["vessel"]["imo"] == imo)
    assert abs(_moment(found["start_at"]) - _moment(start)) <= INTERVAL
    assert (found["end_at"] is None) == (end is None)
    assert end is None or abs(_moment(found["end_at"]) - _moment(end)) <= INTERVAL


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_dark_ships_are_told_of_before_any_arrival(alerts: list[dict[str, Any]]) -> None:
    dark = {a["vessel"]["name"]: a for a in alerts if a["rule_id"] == DARK}
    assert set(dark) == {"BELLA", "BERING", "PANDI", "LUNA", "SYNTH COMPLETE"}
    for name in ("BELLA", "BERING", "PANDI", "LUNA"):
        assert dark[name]["vessel"]["flag"] == "LR"
        assert any(sentence.startswith("arrive:") for sentence in dark[name]["not_observed"])


def test_innocent_ships_raise_nothing_above_low(alerts: list[dict[str, Any]]) -> None:
    guilty = {imo for _, imo, *_ in ALERTS}  # by number: two of the innocent ships bear the names of guilty ones
    parts = load_scenario("demo").include
    assert {name for part in parts for name in part.expected.fires} == {name for name, *_ in ALERTS}
    assert len({name for part in parts for name in part.expected.quiet}) >= 15
    innocent = [a for a in alerts if a["vessel"]["imo"] not in guilty]
    assert {(a["vessel"]["name"], a["level"]) for a in innocent} == {(name, "low") for name in LOW_AND_INNOCENT}


def test_no_partner_of_a_meeting_is_innocent(alerts: list[dict[str, Any]]) -> None:
    guilty = {imo for _, imo, *_ in ALERTS}
    involved = {ship["imo"] for a in alerts if a["level"] in GRAVE for ship in a["ships"]}
    radios = {a["vessel"]["mmsi"] for a in alerts if a["vessel"]["imo"] in guilty}
    partners = {s["other_mmsi"] for a in alerts if a["level"] in GRAVE for s in a["steps"]} - {None}
    assert len(partners) > 0
    assert involved <= guilty
    assert partners <= radios


def test_each_alert_told_in_full_has_a_map_that_is_a_whole_picture(demo: Demo, alerts: list[dict[str, Any]]) -> None:
    maps = sorted((demo.folder / "digest" / "maps").iterdir())
    assert [path.stem for path in maps] == sorted(a["alert_id"] for a in alerts[:CARDS_MAX])
    for path in maps:
        assert imread(path).shape[:2] == (750, 1200)


def test_the_digest_says_that_the_tracks_are_made_and_names_every_alert(
    demo: Demo, alerts: list[dict[str, Any]]
) -> None:
    for name in ("digest.html", "digest.txt"):
        text = (demo.folder / "digest" / name).read_text(encoding="utf-8")
        assert "synthetic data" in text.lower()
        assert [a["alert_id"] for a in alerts if a["alert_id"] not in text] == []


@pytest.mark.soak
def test_a_second_run_gives_the_same_and_keeps_own_rules(
    demo: Demo, alerts: list[dict[str, Any]], tmp_path: Path
) -> None:
    again = shutil.copytree(demo.folder, tmp_path / "again")
    own = Path(on(again, "rules", "new", "own-rule").out.strip())
    text = own.read_text(encoding="utf-8")
    (again / "digest" / "stray.txt").write_text("of the run before")
    (again / "stray.txt").write_text("of the run before")
    done = shipwatch("demo", "--folder", again)
    assert (done.code, done.out.splitlines()[:2]) == (0, demo.done.out.splitlines()[:2])
    assert own.read_text(encoding="utf-8") == text
    assert list(again.rglob("stray.txt")) == []
    repeated = on(again, "alerts", "list", "--json").rows
    assert [_without_clock(a) for a in repeated if a["rule_id"] != "own-rule"] == list(map(_without_clock, alerts))
    assert len(repeated) == len(alerts) + OWN_RULES
    tracks = [(folder / "synthetic-tracks.csv").read_bytes() for folder in (again, demo.folder)]
    assert tracks[0] == tracks[1]


def test_a_folder_that_is_not_the_demo_s_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = shipwatch("demo", "--folder", tmp_path)
    assert done.code == 2
    assert "is not empty and not the demo's" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def _without_clock(alert: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in alert.items() if key not in ("raised_at", "updated_at")}
