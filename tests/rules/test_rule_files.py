"""The bundled rule files: without faults, each with tests of both kinds, all of which pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rules.rule_zones import ZONES, zone_of
from watch.paths import bundled
from watch.pipeline import run_scenario
from watch.rules.loader import load_rules, load_world, rule_files
from watch.rules.measures import load_measures
from watch.rules.model import Rule, RuleTest
from watch.rules.testing import TestWorld, run_rule_test

FOLDER = Path(bundled("rules"))
RULESET = load_rules(zones=ZONES)
WORLD = TestWorld(zone_of, RULESET.lists, load_measures())
TESTS = [(rule, test) for rule in RULESET.rules for test in rule.tests]
IDS = [f"{rule.id}-{test.name}" for rule, test in TESTS]
TEXT = "\n".join(file.read_text() for file in (*rule_files(FOLDER), *rule_files(FOLDER / "shared")))


def test_no_rule_file_has_a_fault() -> None:
    assert [str(fault) for fault in RULESET.faults] == []


def test_the_five_rules_of_the_mission_are_there() -> None:
    assert {rule.id for rule in RULESET.rules} >= {
        "iran-venezuela-tanker-voyage",
        "iran-venezuela-liberian-tanker-dark",
        "irisl-cargo-voyage",
        "north-korean-waters-call",
        "long-gap-in-sts-area",
    }


@pytest.mark.parametrize("rule,test", TESTS, ids=IDS)
def test_inline_test(rule: Rule, test: RuleTest) -> None:
    result = run_rule_test(rule, test, run_scenario, WORLD)
    assert result.passed, result.reason


def test_every_shared_list_macro_and_vessel_list_is_used() -> None:
    shared = load_world(zones=ZONES).shared
    unused = [name for name in shared.lists if not re.search(rf"\${name}\b", TEXT)]
    unused += [name for name in shared.macros or () if not re.search(rf"\buse: {name}\b", TEXT)]
    assert unused == []
    assert [name for name in RULESET.lists.names if name not in TEXT] == []


def test_no_two_rules_have_one_title() -> None:
    titles = [rule.title for rule in RULESET.rules]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)
class TestConventions:
    def test_has_a_positive_and_a_negative_written_test(self, rule: Rule) -> None:
        counts = {bool(test.expect.alerts) for test in rule.tests if test.events}
        assert counts == {True, False}

    def test_tells_the_analyst_what_to_check_and_what_may_mislead(self, rule: Rule) -> None:
        assert rule.runbook
        assert rule.false_positives
        assert rule.red_flags
        assert rule.measures

    def test_never_says_that_a_ship_switched_off(self, rule: Rule) -> None:
        text = f"{rule.title} {rule.description} {rule.alert.summary}".lower()
        assert not any(word in text for word in ("switched off", "turned off", "disabled"))

    def test_lies_in_a_family_folder(self, rule: Rule) -> None:
        assert len(list(FOLDER.glob(f"*/{rule.id}.yaml"))) == 1


def test_failing_test_tells_what_matched() -> None:
    rule, test = next((r, t) for r, t in TESTS if t.name == "AIS on all the way")
    wrong = test.model_copy(update={"expect": test.expect.model_copy(update={"alerts": 0, "level": "low"})})
    result = run_rule_test(rule, wrong, None, WORLD)
    assert result.passed is False
    assert result.reason == (
        "wanted 0 alerts, got 1; wanted level low, got high. Matched: imo:9999814 match high "
        "load: port_visit ir_bandar_abbas_shahid_rajaee 2020-04-20 00:00 → arrive: zone_visit ve_12nm 2020-05-24 00:00"
        " → berth: port_visit ve_el_palito 2020-05-25 05:00"
    )


def test_scenario_test_without_a_runner_says_so() -> None:
    rule, test = next((r, t) for r, t in TESTS if t.scenario)
    result = run_rule_test(rule, test, None, WORLD)
    assert (result.passed, result.reason) == (None, f"scenario '{test.scenario}' was not run")
