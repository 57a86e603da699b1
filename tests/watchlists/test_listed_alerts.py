"""From a list's file to the alerts of rules that ask for it."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import chain_cases as cases
from tests.rules.rule_builders import event, make_rule, make_sequence, meeting, run
from tests.rules.rule_zones import zone_of
from tests.watchlists.list_texts import sdn_of
from watch.alerts import build_alerts
from watch.errors import InputError
from watch.rematch import rematch
from watch.rules.joined_lists import Listings, join_lists
from watch.rules.loader import load_rules
from watch.rules.measures import load_measures
from watch.rules.vessel_lists import VesselLists
from watch.watchlists.importing import Wanted, import_list
from watch.watchlists.matching import Listed, Watch
from watch.workspace import Workspace

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
ALPHA, BRAVO = 9074729, 9999802
BASE = """
id: {id}
title: A ship calls
status: stable
level: high
description: A ship calls.
match: {{id: call, event: port_visit{where}}}
alert: {{summary: "{{vessel}} called"}}
tests:
  - {{name: nothing, events: [{{kind: gap, at: 2020-06-01T00:00Z, hours: 8}}], expect: {{alerts: 0}}}}
"""
RULES = {
    "listed": BASE.format(id="listed", where=", where: {lists: us-sdn}"),
    "called": BASE.format(id="called", where=""),
}


class Desk:
    """A small sea with one ship that calls in June 2020, and the lists that come to know her."""

    def __init__(self, folder: Path) -> None:
        self.rules, zones = folder / "rules", folder / "zones"
        (self.rules / "lists").mkdir(parents=True, exist_ok=True)
        zones.mkdir(exist_ok=True)
        (self.rules / "lists" / "us-sdn.csv").write_text(
            "imo,mmsi,name,listed_at,delisted_at,source,note\n9999814,,SYNTH,2019-01-01,,s,\n"
        )
        self.sea = cases.make_sea(zones)
        for name, text in RULES.items():
            (self.rules / f"{name}.yaml").write_text(text)
        self.ws = cases.workspace(folder, None, self.sea, load_rules(self.rules, self.sea.zones))

    def bring(self, ships: list[int], day: str, **more: Any) -> str:
        """Import a version of us-sdn; return how it ended."""
        file = self.ws.data_dir / "sdn.csv"
        file.write_text(sdn_of((imo, f"SYNTH {imo}", imo) for imo in ships))
        done = import_list(self.ws, file, Wanted(published_at=date.fromisoformat(day), **more), NOW)
        return done.status

    def alerts(self) -> dict[str, list[str]]:
        """Return what stands after the next run, by rule: what it says of lists."""
        vars(self.ws)["rules"] = load_rules(self.rules, self.sea.zones, imported=self.ws.listings())
        rematch(self.ws, NOW, cases.quiet)
        alerts = cases.stored(self.ws).alerts.values()
        return {a["rule_id"]: [s for s in a["not_observed"] if "us-sdn" in s] for a in alerts}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's folder with the ship's positions loaded."""
    folder = tmp_path_factory.mktemp("desk")
    desk, rows = Desk(folder), cases.sea_rows()
    cases.load(desk.ws, [cases.write_rows(rows[rows["mmsi"] == 636000001], folder / "alpha.csv")])
    desk.ws.engine.dispose()
    return folder


@pytest.fixture
def desk(loaded: Path, tmp_path: Path) -> Desk:
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


def test_a_ship_on_the_imported_list_is_told_by_the_next_run(desk: Desk) -> None:
    assert desk.alerts() == {"called": []}
    desk.bring([ALPHA, BRAVO], "2019-01-01")
    assert desk.alerts() == {"called": [], "listed": []}


def test_d1_an_empty_or_shrunken_list_withdraws_nothing(desk: Desk) -> None:
    desk.bring([ALPHA, BRAVO], "2019-01-01")
    assert desk.bring([BRAVO], "2020-01-01") == "refused"
    with pytest.raises(InputError):
        desk.bring([], "2020-01-02", name="us-sdn")
    assert desk.alerts().keys() == {"called", "listed"}


def test_a_ship_delisted_before_she_called_is_withdrawn_and_one_delisted_after_stays(desk: Desk) -> None:
    desk.bring([ALPHA, BRAVO], "2019-01-01")
    desk.bring([BRAVO], "2021-01-01", shrink_most=1.0)
    assert desk.alerts().keys() == {"called", "listed"}
    desk.bring([BRAVO], "2020-01-01", shrink_most=1.0)  # an older version, brought in later
    assert desk.alerts().keys() == {"called"}


def test_a_ship_listed_later_is_told_as_such(desk: Desk) -> None:
    desk.bring([BRAVO], "2020-01-01")
    desk.bring([ALPHA, BRAVO], "2021-05-21")
    (sentences,) = desk.alerts().values()
    assert sentences == ["imo:9074729: not on us-sdn then; listed there from 2021-05-21, after this"]


def test_the_rules_of_a_workspace_are_read_with_its_lists(desk: Desk) -> None:
    ws = Workspace(desk.ws.data_dir)
    desk.bring([ALPHA], "2019-01-01")
    assert ws.rules.lists.listed_after(ALPHA, None, pd.Timestamp("2018-01-01", tz="UTC")).keys() == {"us-sdn"}


SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def like(*names: str, imo: int = 0, since: datetime = SINCE) -> VesselLists:
    entries = [Listed("us-sdn", str(i), imo, 0, name, (), "", "", since) for i, name in enumerate(names)]
    return join_lists(VesselLists(), Listings(names=frozenset(["us-sdn"]), watch=Watch(entries)))


def sentences(lists: VesselLists, **ship: Any) -> list[str]:
    rule = make_rule(make_sequence([{"id": i, "event": "encounter"} for i in ("one", "two")]))
    met = [meeting(f"2020-06-0{i}", "my_eopl", **ship) for i in (1, 5)]
    matches = [m for m in run(rule, *met) if m.vessel_id == "imo:9999802"]
    (alert,) = build_alerts(rule, matches, load_measures(), zone_of, lists)
    return [s for s in alert["not_observed"] if "us-sdn" in s]


NAMED = {
    "alike": (like("SYNTH TVO"), {}, ["SYNTH TWO: its name resembles SYNTH TVO on us-sdn (score 88); not confirmed"]),
    "two_alike": (
        like("SYNTH TWO", "SYNTH TWO"),
        {},
        ["SYNTH TWO: its name resembles SYNTH TWO on us-sdn (score 100, one of several so called); not confirmed"],
    ),
    "her_number_says_no": (like("SYNTH TWO", imo=ALPHA), {}, []),
    "no_number_told": (
        like("SYNTH TWO", imo=ALPHA),
        {"other_imo": None},
        ["SYNTH TWO: its name resembles SYNTH TWO on us-sdn (score 100); not confirmed"],
    ),
    "not_listed_then": (like("SYNTH TWO", since=NOW), {}, []),
    "no_name": (like("SYNTH TWO"), {"other_name": None}, []),
    "nobody_alike": (like("QUITE ANOTHER"), {}, []),
}


@pytest.mark.parametrize("lists,ship,told", NAMED.values(), ids=NAMED)
def test_a_name_alike_is_told_and_never_confirmed(lists: VesselLists, ship: dict[str, Any], told: list[str]) -> None:
    assert sentences(lists, **ship) == told


def test_a_name_alike_satisfies_no_rule() -> None:
    rule = make_rule({"event": "port_visit", "where": {"lists": "us-sdn"}})
    assert run(rule, event("port_visit", "2020-06-01", "ve_el_palito"), lists=like("SYNTH ONE")) == []
