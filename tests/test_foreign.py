"""Events that others found, beside ours: kept through every change, told as theirs, and never reckoned from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import chain_cases as cases
from tests.chain_cases import RULES, T0, Stored, load, make_rules, quiet, stored, write_rows
from tests.sources import gfw_cases as gfw
from tests.sources.gfw_cases import changed, seen_from_the_other_ship, write_events
from watch.detect.world import World
from watch.replay import replay
from watch.rules.loader import RuleSet
from watch.seen import seen_words
from watch.workspace import Workspace

ALPHA, BRAVO = "636000001", "636000002"
UNHEARD = "518990302"

THEIRS = {
    "theirs": """
id: theirs
title: A gap that others found
status: stable
level: low
description: A ship was not heard by others for a day.
vessel: {name: {not: NOBODY}}
match:
  id: dark
  event: gap
  where: {origin: gfw, duration_h: ">=12h"}
alert: {summary: "{vessel} was not heard for {dark.hours} h"}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 18}], expect: {alerts: 0}}
""".replace("vessel: {name: {not: NOBODY}}\n", "vessel: {type: tanker}\n")
}


def at(hours: float) -> str:
    return f"{T0 + pd.Timedelta(hours=hours):%Y-%m-%dT%H:%M:%S.000Z}"


def theirs(
    event: dict[str, Any], begin_h: float, end_h: float | None, mmsi: str = ALPHA, **more: Any
) -> dict[str, Any]:
    end = None if end_h is None else at(end_h)
    return changed(event, start=at(begin_h), end=end, vessel__ssvid=mmsi, **more)


def place(lat: float, lon: float) -> dict[str, float]:
    return {"lat": lat, "lon": lon}


GAP = theirs(gfw.GAP, 31, 49, gap__offPosition=place(1.3, 0.0), gap__onPosition=place(2.3, 0.0))
OPEN_GAP = theirs(gfw.GAP, 60, None, BRAVO, id="gap-open", gap__offPosition=place(0.45, 0.0), gap__onPosition=None)
VISIT = theirs(
    gfw.PORT_VISIT, 0, 20, port_visit__startAnchorage=place(0.005, 0.0), port_visit__endAnchorage=place(0.005, 0.0)
)
LOITERING = theirs(gfw.LOITERING, 70, 90, position=place(3.2, 0.4))
MEETING = theirs(
    gfw.ENCOUNTER, 24, 28, BRAVO, position=place(0.3, 0.31), encounter__vessel={"ssvid": UNHEARD, "name": "MADE NEAR"}
)
ALL = (GAP, OPEN_GAP, VISIT, LOITERING, MEETING)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory, sea: World) -> RuleSet:
    found = make_rules(tmp_path_factory.mktemp("rules"), sea, RULES | THEIRS)
    assert not found.faults
    return found


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The rows of three tankers: those before hour 70, and the rest."""
    rows, folder = cases.sea_rows(), tmp_path_factory.mktemp("rows")
    rows = rows[rows["mmsi"].isin([int(ALPHA), int(BRAVO), 538000003])]
    early = cases.hours_of(rows) < 70
    return [write_rows(rows[part], folder / f"{n}.csv") for n, part in enumerate((early, ~early))]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return write_events(tmp_path / "20200610_gaps.jsonl", *ALL)


@pytest.fixture(scope="module")
def sailed(tmp_path_factory: pytest.TempPathFactory, sea: World, rules: RuleSet, halves: list[Path]) -> Path:
    """The data folder of a workspace that holds all rows, to be copied."""
    folder = tmp_path_factory.mktemp("sailed")
    load(cases.workspace(folder, None, sea, rules), halves)
    return folder


@pytest.fixture
def full(tmp_path: Path, sailed: Path, sea: World, rules: RuleSet) -> Workspace:
    """A workspace that holds all rows."""
    shutil.copytree(sailed, tmp_path / "full")
    return cases.workspace(tmp_path / "full", None, sea, rules)


@pytest.fixture
def make(tmp_path: Path, sea: World, rules: RuleSet) -> Callable[[str], Workspace]:
    return lambda name, url=None: cases.workspace(tmp_path / name, url, sea, rules)


def found_by_others(kept: Stored) -> dict[str, dict[str, Any]]:
    """Return the events of others by their own id."""
    return {e["details"]["their_id"]: e for e in kept.events.values() if "found_by" in e["details"]}


def filled(ws: Workspace, files: Sequence[Path]) -> Stored:
    for file in files:
        assert not load(ws, [file]).failed
    return stored(ws)


def test_they_are_stored_beside_ours_with_our_ships_and_zones(
    make: Any, halves: list[Path], page: Path, database_url: str
) -> None:
    ws = make("one", database_url)
    report = load(ws, [page]).files[0]
    assert (report.format, report.events, report.rows_read, report.fault) == ("gfw", 5, 0, "")
    assert report.remarks == ["5 events found by others"]
    found = found_by_others(stored(ws))
    assert found["gap-0001"]["vessel_id"] == f"mmsi:{ALPHA}", "nobody told her IMO number yet"
    assert found["gap-0001"]["name"] == "MADE FAR"
    load(ws, halves)
    both = stored(ws)
    found = found_by_others(both)
    assert found.keys() == {"gap-0001", "gap-open", "visit-0004", "loiter-0003", "meeting-0002"}
    assert {found[i]["vessel_id"] for i in ("gap-0001", "visit-0004")} == {"imo:9074729"}
    assert (found["gap-open"]["name"], found["gap-open"]["flag"]) == ("BRAVO", "LR")
    assert found["gap-0001"]["name"] == "MADE FAR", "as they call her: to us she had no name then"
    assert found["visit-0004"]["zone_id"] == "home_port"
    assert found["meeting-0002"]["zone_id"] == "roads"
    assert found["gap-0001"]["zone_id"] is None
    assert found["gap-open"]["end_at"] is None
    assert (found["meeting-0002"]["vessel_id"], found["meeting-0002"]["name"]) == (f"mmsi:{UNHEARD}", "MADE NEAR")
    assert found["meeting-0002"]["other_vessel_id"] == "imo:9999802"


def test_the_order_of_loading_changes_nothing_and_a_replay_agrees(
    make: Any, full: Workspace, halves: list[Path], page: Path
) -> None:
    first, late = halves
    before = make("before")
    last = filled(full, [page])
    assert filled(before, [late, page, first]) == last
    assert len(found_by_others(last)) == 5
    assert any(alert["rule_id"] == "theirs" for alert in last.alerts.values())
    for ws in (full, before):
        assert replay(ws, None, None, quiet).equal
    some = replay(full, None, (T0 + pd.Timedelta(hours=40)).to_pydatetime(), quiet)
    assert {e["their_id"] for e in some.events["details"] if "their_id" in e} == {
        "gap-0001",
        "visit-0004",
        "meeting-0002",
    }


def test_the_same_id_again_is_an_update_and_never_a_second_event(full: Workspace, page: Path, tmp_path: Path) -> None:
    before = filled(full, [page])
    assert not any(a["vessel"]["name"] == "BRAVO" and a["rule_id"] == "theirs" for a in before.alerts.values())
    ended = changed(OPEN_GAP, end=at(80), gap__onPosition=place(1.0, 1.0))
    twin = seen_from_the_other_ship(MEETING)
    again = filled(full, [write_events(tmp_path / "20200611_more.jsonl", ended, twin, MEETING)])
    found = found_by_others(again)
    assert found.keys() == found_by_others(before).keys()
    assert found["gap-open"]["end_at"] == at(80).replace(".000", "")
    assert found["gap-open"]["event_id"] == found_by_others(before)["gap-open"]["event_id"]
    assert any(a["vessel"]["name"] == "BRAVO" and a["rule_id"] == "theirs" for a in again.alerts.values())
    assert replay(full, None, None, quiet).equal


def test_nothing_is_told_from_them(full: Workspace, page: Path) -> None:
    ours, both = stored(full), filled(full, [page])
    assert {i: e for i, e in both.events.items() if "found_by" not in e["details"]} == ours.events
    kinds, more = ours.kinds(), both.kinds()
    assert {kind: more[kind] - kinds.get(kind, 0) for kind in more if more[kind] != kinds.get(kind, 0)} == {
        "gap": 2,
        "encounter": 1,
        "loitering": 1,
        "port_visit": 1,
    }


def test_rules_ask_for_theirs_and_alerts_say_so(full: Workspace, page: Path) -> None:
    kept = filled(full, [page])
    told = [alert for alert in kept.alerts.values() if alert["rule_id"] == "theirs"]
    assert [alert["vessel"]["name"] for alert in told] == ["MADE FAR"]
    assert "dark: found by Global Fishing Watch, not from our tracks" in told[0]["not_observed"]
    (step,) = told[0]["steps"]
    assert seen_words("gap", step["details"]).endswith("found by Global Fishing Watch, not from our tracks")


def test_other_zones_place_them_anew(full: Workspace, page: Path, tmp_path: Path) -> None:
    filled(full, [page])
    (tmp_path / "zones").mkdir()
    moved = cases.make_sea(tmp_path / "zones", lambda text: text.replace('"roads"', '"new_roads"'))
    vars(full).update(world=moved, rules=make_rules(tmp_path / "rules", moved, RULES | THEIRS))
    load(full, [])
    found = found_by_others(stored(full))
    assert found["meeting-0002"]["zone_id"] == "new_roads"
    assert len(found) == 5
    assert replay(full, None, None, quiet).equal


def test_a_line_that_is_no_event_is_counted(make: Any, tmp_path: Path) -> None:
    report = load(make("one"), [write_events(tmp_path / "page.jsonl", GAP, "{broken", changed(GAP, type="fishing"))])
    (file,) = report.files
    assert (file.events, file.rows_read, file.rejects, file.positions) == (1, 2, 2, 0)
