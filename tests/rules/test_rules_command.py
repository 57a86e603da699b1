"""`shipwatch rules`: check, list, test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from watch.commands.rules import app
from watch.errors import ConfigError, RuleError

BROKEN = "id: broken\ntitle: A rule\nlevl: high\n"


def shipwatch_rules(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def test_check_of_the_bundled_rules() -> None:
    result = shipwatch_rules("check")
    assert (result.exit_code, result.stdout) == (0, "7 rules, no faults\n")


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
    assert str(result.exception) == "there is no good rule 'irisl-cargo-voyag'; did you mean 'irisl-cargo-voyage'?"
