"""What a rule would have raised, what nearly matched, and how it differs from what is stored."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.proof_cases import CLOCK, DRAFT, draft, events, raised, read, store
from tests.rules.rule_builders import table
from tests.rules.rule_zones import zone_of
from watch.backtest import Backtest, backtest, compare, window
from watch.rules.measures import load_measures
from watch.rules.model import Rule
from watch.rules.table import EventTable
from watch.store.alerts import read_alerts
from watch.store.database import open_database
from watch.store.events import read_events

BEGIN = pd.Timestamp("2020-01-01T00:00Z")


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> Rule:
    return read(draft(tmp_path_factory.mktemp("draft")))


def run(
    rule: Rule,
    rows: list[dict[str, Any]] | None = None,
    stored: list[dict[str, Any]] | None = None,
    from_at: pd.Timestamp = BEGIN,
    to_at: pd.Timestamp = CLOCK,
) -> Backtest:
    laid = EventTable(table(*(events() if rows is None else rows)), zone_of)
    return backtest(rule, laid, stored or [], load_measures(), zone_of, from_at, to_at, CLOCK)


def test_alerts_and_what_is_counted(rule: Rule) -> None:
    found = run(rule)
    assert [(a["vessel"]["name"], a["verdict"]) for a in found.alerts] == [
        ("SYNTH 3", "lapsed"),
        ("SYNTH 4", "lapsed"),
        ("SYNTH 5", "unknown"),
        ("SYNTH 1", "match"),
    ]
    assert (found.events, found.vessels, found.ships) == (17, 5, 4)
    assert found.by("verdict") == {"lapsed": 2, "match": 1, "unknown": 1}
    assert found.by("level") == {"high": 1, "informational": 1, "low": 2}
    assert found.by("month") == {"2020-01": 4}
    assert list(found.alerts) == raised(rule, events())


def test_near_misses_by_what_they_lack(rule: Rule) -> None:
    assert [(g.step_id, g.lacks, g.count, g.nearest[0].told) for g in run(rule).near] == [
        ("dark", "duration_h >= 12 h", 1, "gap was 11.5 h, needs >= 12 h"),
        ("arrive", "at most 120 d after load", 1, "arrive came 150 d after load, needs <= 120 d"),
        ("arrive", "a zone with country VE", 1, "called at cn_qingdao, needs a zone with country VE"),
    ]


RANGES = {
    "half_open_end": (BEGIN, pd.Timestamp("2020-01-04T00:00Z"), ["SYNTH 3"]),
    "half_open_begin": (pd.Timestamp("2020-01-04T00:00Z"), CLOCK, ["SYNTH 4", "SYNTH 5", "SYNTH 1"]),
    "events_before_are_context": (pd.Timestamp("2020-01-10T00:00Z"), CLOCK, ["SYNTH 1"]),
    "nothing_begins": (pd.Timestamp("2020-06-01T00:00Z"), CLOCK, []),
}


@pytest.mark.parametrize(("from_at", "to_at", "ships"), RANGES.values(), ids=RANGES)
def test_only_what_begins_in_the_range_is_told(
    rule: Rule, from_at: pd.Timestamp, to_at: pd.Timestamp, ships: list[str]
) -> None:
    found = run(rule, from_at=from_at, to_at=to_at)
    assert [a["vessel"]["name"] for a in found.alerts] == ships
    assert all(from_at <= miss.at < to_at for group in found.near for miss in group.nearest)


def test_difference_against_what_is_stored(rule: Rule, tmp_path: Path) -> None:
    made = raised(rule, events())
    folder = store(tmp_path, events(), made)
    engine = open_database(None, folder)
    with engine.connect() as conn:
        stored, seen = read_alerts(conn), read_events(conn)
    engine.dispose()
    laid = EventTable(seen, zone_of)
    found = backtest(rule, laid, stored, load_measures(), zone_of, BEGIN, CLOCK, CLOCK)
    assert found.against_stored.same == tuple(a["alert_id"] for a in made)

    narrower = rule.model_copy(update={"level": "critical", "unknown_if": {"coverage": "unknown"}})
    found = backtest(narrower, laid, stored, load_measures(), zone_of, pd.Timestamp("2020-01-04T00:00Z"), CLOCK, CLOCK)
    doubtful, match = made[2]["alert_id"], made[3]["alert_id"]
    assert found.against_stored.changed == {doubtful: ("level", "summary", "verdict"), match: ("level",)}
    assert (found.against_stored.new, found.against_stored.withdrawn) == ((), ())


def test_stored_alerts_that_a_draft_would_not_raise_would_be_withdrawn(rule: Rule) -> None:
    stored = [{**a, "status": "open"} for a in raised(rule, events())]
    found = run(rule.model_copy(update={"vessel": rule.vessel.model_copy(update={"type": ("cargo",)})}), stored=stored)
    assert set(found.against_stored.withdrawn) == {a["alert_id"] for a in stored}
    assert run(rule, rows=events()[:5], stored=[]).against_stored.new == (stored[3]["alert_id"],)


def test_alerts_of_other_rules_and_withdrawn_ones_are_no_part_of_the_difference(rule: Rule) -> None:
    made = raised(rule, events())
    stored = [{**made[0], "status": "withdrawn"}, {**made[1], "status": "open", "rule_id": "another", "alert_id": "x"}]
    difference = run(rule, stored=stored).against_stored
    assert (len(difference.new), difference.same, difference.withdrawn) == (4, (), ())


def test_the_life_of_an_alert_is_no_difference() -> None:
    one = {"alert_id": "a", "level": "low", "steps": [{"id": "load"}]}
    lived = {
        **deepcopy(one),
        "status": "closed",
        "version": 3,
        "raised_at": "x",
        "updated_at": "y",
        "close_reason": "z",
    }
    assert compare([{**one, "status": "open"}], [lived]).same == ("a",)


WINDOWS = {
    "all": (None, None, "2020-01-01T00:00Z", CLOCK + pd.Timedelta(microseconds=1), CLOCK),
    "the_clock_stands_at_the_end": (None, "2020-05-01", "2020-01-01T00:00Z", "2020-05-01T00:00Z", "2020-05-01T00:00Z"),
    "never_later_than_the_data": (None, "2031-01-01", "2020-01-01T00:00Z", CLOCK + pd.Timedelta(microseconds=1), CLOCK),
    "from": ("2020-02-01", None, "2020-02-01T00:00Z", CLOCK + pd.Timedelta(microseconds=1), CLOCK),
}


@pytest.mark.parametrize(("from_", "to", "begin", "end", "as_of"), WINDOWS.values(), ids=WINDOWS)
def test_the_range_and_where_the_clock_stands(from_: Any, to: Any, begin: Any, end: Any, as_of: Any) -> None:
    asked = [pd.Timestamp(at, tz="UTC").to_pydatetime() if at else None for at in (from_, to)]
    assert window(asked[0], asked[1], BEGIN, CLOCK) == tuple(pd.Timestamp(at) for at in (begin, end, as_of))


def test_a_rule_without_events_raises_nothing(rule: Rule) -> None:
    found = run(rule, rows=[])
    assert (found.events, found.vessels, found.alerts, found.near) == (0, 0, (), ())


def test_the_draft_is_what_the_tests_think_it_is(rule: Rule) -> None:
    assert rule.id in DRAFT
    assert rule.step_ids == ("load", "dark", "met", "arrive")
