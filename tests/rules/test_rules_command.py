"""`shipwatch rules`: check, list, test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.rules.rule_texts import SINGLE, folder_of, rule_text
from watch.commands.rules import app
from watch.errors import ConfigError, RuleError
from watch.rules.loader import load_rules

BROKEN = "id: broken\ntitle: A rule\nlevl: high\n"


def shipwatch_rules(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def test_check_of_the_bundled_rules() -> None:
    result = shipwatch_rules("check")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith(f"{len(load_rules().rules)} rules, no faults")


def test_check_notes_what_is_due_and_goes_on(tmp_path: Path) -> None:
    until = "exceptions: [{vessel: 'imo:9074729', reason: x, until: 2020-01-01}]"
    file = tmp_path / "a-rule.yaml"
    file.write_text(rule_text("a-rule", SINGLE, "review_by: 2020-06-30", until))
    result = shipwatch_rules("check", str(file))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"note: {file}:7: review_by: the review was due on 2020-06-30; look at the rule and set the next day",
        f"note: {file}:8: exceptions[0].until: ended on 2020-01-01; remove the exception or give a later day",
        "1 rule, no faults, 2 notes",
    ]


def test_check_of_a_folder_with_shared_files_of_its_own(tmp_path: Path) -> None:
    shared = "lists: {our_areas: {what: x, source: x, values: [my_eopl]}}"
    text = rule_text("a-rule", "match: {event: gap, zone: {id: $our_areas}}")
    root = folder_of(tmp_path, a_rule=text, shared__ours=shared)
    assert shipwatch_rules("check", str(root)).stdout == "2 rules, no faults\n"


def test_check_of_a_shared_file(tmp_path: Path) -> None:
    root = folder_of(tmp_path, shared__ours="lists: {our_areas: {what: x, source: x, values: []}}")
    result = shipwatch_rules("check", str(root / "shared" / "ours.yaml"))
    assert str(result.exception) == (
        f"{root / 'shared' / 'ours.yaml'}:1: lists.our_areas.values: is empty: it would fit nothing"
    )


def test_check_raises_all_faults_of_the_named_files(tmp_path: Path) -> None:
    for name in ("broken", "worse"):
        (tmp_path / f"{name}.yaml").write_text(BROKEN)
    result = shipwatch_rules("check", str(tmp_path))
    assert isinstance(result.exception, RuleError)
    assert result.exception.exit_code == 2
    told = str(result.exception)
    assert f"{tmp_path / 'broken.yaml'}:3: levl: unknown key 'levl'; did you mean 'level'?" in told
    assert f"{tmp_path / 'worse.yaml'}:3: levl" in told


def test_check_of_a_missing_file_says_so() -> None:
    result = shipwatch_rules("check", "nowhere.yaml")
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == "nowhere.yaml: does not exist; name a rule file or a folder"


def test_list_as_json() -> None:
    result = shipwatch_rules("list", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["rule_id"]: row["level"] for row in rows}["iran-venezuela-liberian-tanker-dark"] == "critical"


def test_list_as_a_table() -> None:
    assert "irisl-cargo-voyage" in shipwatch_rules("list").stdout


def test_test_of_one_rule_names_its_tests() -> None:
    pytest.importorskip("watch.pipeline")
    result = shipwatch_rules("test", "iran-venezuela-cargo-voyage", "-v")
    assert "ok: iran-venezuela-cargo-voyage: food by way of Oman" in result.stdout
    assert result.stdout.endswith("4 of 4 tests pass\n")
    assert result.exit_code == 0


def test_test_of_an_unknown_rule_suggests_one() -> None:
    result = shipwatch_rules("test", "irisl-cargo-voyag")
    assert str(result.exception) == "there is no rule 'irisl-cargo-voyag'; did you mean 'irisl-cargo-voyage'?"


def test_test_of_a_broken_file_tells_its_faults(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    result = shipwatch_rules("test", str(tmp_path / "broken.yaml"))
    assert f"{tmp_path / 'broken.yaml'}:3: levl: unknown key 'levl'; did you mean 'level'?" in str(result.exception)
