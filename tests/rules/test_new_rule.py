"""`shipwatch rules new`: a start that is good already, in the data folder, and in force there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.rules.rule_zones import ZONES, zone_of
from watch.cli import app
from watch.rules.loader import load_rules
from watch.rules.testing import TestWorld, run_rule_tests


def shipwatch(data_dir: Path, *args: str) -> Result:
    return CliRunner().invoke(app, ["--data-dir", str(data_dir), "rules", *args])


def test_new_rule_has_no_fault_and_its_tests_pass(tmp_path: Path) -> None:
    result = shipwatch(tmp_path, "new", "my-rule")
    file = tmp_path / "rules" / "own" / "my-rule.yaml"
    assert (result.exit_code, result.stdout) == (0, f"{file}\n")
    ruleset = load_rules(tmp_path / "rules", ZONES)
    assert ruleset.faults == ()
    (rule,) = ruleset.rules
    results = run_rule_tests(rule, None, TestWorld(zone_of))
    assert [(r.passed, r.reason) for r in results] == [(True, ""), (True, "")]
    assert [test.expect.alerts for test in rule.tests] == [1, 0]


def test_new_rule_is_listed_checked_and_tested_with_the_others(tmp_path: Path) -> None:
    shipwatch(tmp_path, "new", "my-rule", "--family", "dark")
    rows = [json.loads(line) for line in shipwatch(tmp_path, "list", "--json").stdout.splitlines()]
    assert {row["rule_id"]: row["file"] for row in rows}["my-rule"] == str(tmp_path / "rules" / "dark" / "my-rule.yaml")
    assert len(rows) == len(load_rules(zones=ZONES).rules) + 1
    assert f"{len(rows)} rules, no faults" in shipwatch(tmp_path, "check").stdout
    assert shipwatch(tmp_path, "test", "my-rule").stdout == "2 of 2 tests pass\n"


def test_new_rule_in_a_folder_of_its_own_is_tested_by_its_file(tmp_path: Path) -> None:
    file = shipwatch(tmp_path, "new", "my-rule", "--folder", str(tmp_path / "draft")).stdout.strip()
    assert file == str(tmp_path / "draft" / "own" / "my-rule.yaml")
    note, told = shipwatch(tmp_path, "check", file).stdout.splitlines()
    assert note.startswith(f"note: {file}:11: runbook: is as 'rules new' wrote it")
    assert told == "1 rule, no faults, 1 note"
    assert shipwatch(tmp_path, "test", file).stdout == "2 of 2 tests pass\n"
    assert str(shipwatch(tmp_path, "test", "my-rule").exception) == "there is no rule 'my-rule'"


def test_own_rule_may_use_bundled_lists_and_macros(tmp_path: Path) -> None:
    file = Path(shipwatch(tmp_path, "new", "my-rule").stdout.strip())
    (tmp_path / "rules" / "shared").mkdir()
    (tmp_path / "rules" / "shared" / "ours.yaml").write_text(
        "lists: {our_areas: {what: Ours., source: Ours., values: [ae_fujairah_anch]}}"
    )
    text = file.read_text()
    (zone,) = (line for line in text.splitlines() if line.startswith("  zone: {kind: sts}"))
    file.write_text(text.replace(zone, "  zone: {id: [$our_areas, $high_risk_sts]}"))
    assert "no faults" in shipwatch(tmp_path, "check").stdout
    assert shipwatch(tmp_path, "test", "my-rule").stdout == "2 of 2 tests pass\n"


def test_never_overwrites(tmp_path: Path) -> None:
    draft = ("--folder", str(tmp_path / "draft"))
    file = Path(shipwatch(tmp_path, "new", "my-rule", *draft).stdout.strip())
    file.write_text("mine")
    result = shipwatch(tmp_path, "new", "my-rule", *draft)
    assert str(result.exception) == f"{file} exists already; take another id, or edit that file"
    assert file.read_text() == "mine"


def test_id_of_a_bundled_rule_is_taken(tmp_path: Path) -> None:
    result = shipwatch(tmp_path, "new", "irisl-cargo-voyage")
    told = "'irisl-cargo-voyage' is the id of rules/iran-venezuela/irisl-cargo-voyage.yaml; take another id"
    assert str(result.exception) == told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "args,told",
    {
        "capitals": (["My-Rule"], "'My-Rule' is no rule id: use small letters, digits and '-'"),
        "way_out": (["../x"], "'../x' is no rule id: use small letters, digits and '-'"),
        "line_end": (["x\n"], "'x\\n' is no rule id: use small letters, digits and '-'"),
        "family_way_out": (["x", "--family", "../.."], "'../..' is no family: use small letters, digits and '-'"),
        "too_long": (["x" * 101], f"'{'x' * 100}' is no rule id: use small letters, digits and '-'"),
    }.values(),
    ids=["capitals", "way_out", "line_end", "family_way_out", "too_long"],
)
def test_name_that_is_none(tmp_path: Path, args: list[str], told: str) -> None:
    result = shipwatch(tmp_path, "new", *args)
    assert str(result.exception) == told
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("")
    result = shipwatch(tmp_path, "new", "my-rule")
    file = tmp_path / "rules" / "own" / "my-rule.yaml"
    assert str(result.exception) == (f"{file} cannot be written: Not a directory; name another folder with --folder")
