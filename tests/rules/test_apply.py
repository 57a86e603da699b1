"""`shipwatch rules apply`: the rules as they are now, over all that is stored, without a load."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, on

from tests.proof_cases import DRAFT, draft, events, store
from watch.rules.loader import load_rules

ALL = len(load_rules().rules) + 1  # with the one of the data folder
DRAFTED = [("SYNTH 1", "match"), ("SYNTH 3", "lapsed"), ("SYNTH 4", "lapsed"), ("SYNTH 5", "unknown")]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with stored events, the alerts of the bundled rules, and the folder of own rules."""
    folder = store(tmp_path_factory.mktemp("apply"), events())
    apply(folder)
    (folder / "rules" / "own").mkdir(parents=True)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A data folder such as `template`, to be changed."""
    return shutil.copytree(template, tmp_path / "data")


def apply(folder: Path) -> Done:
    done = on(folder, "rules", "apply")
    assert done.code == 0
    return done


def drafted(folder: Path) -> list[tuple[str, str]]:
    """Return the alerts of the own rule that stand: ship and verdict."""
    rows = on(folder, "alerts", "list", "--rule", "drafted", "--json").rows
    return sorted((a["vessel"]["name"], a["verdict"]) for a in rows if a["status"] != "withdrawn")


def others(folder: Path) -> list[dict[str, Any]]:
    rows = on(folder, "alerts", "list", "--json").rows
    return [alert for alert in rows if alert["rule_id"] != "drafted"]


def test_own_rule_raises_alerts_over_what_is_stored(folder: Path) -> None:
    before = others(folder)
    draft(folder / "rules" / "own")
    assert drafted(folder) == []
    done = apply(folder)
    assert (done.out, done.err) == (f"{ALL} rules; alerts: 4 new\n", "")
    assert drafted(folder) == DRAFTED
    assert others(folder) == before != []
    assert apply(folder).out == f"{ALL} rules; alerts: none new or changed\n"


def test_rule_that_is_changed_changes_its_alerts(folder: Path) -> None:
    file = draft(folder / "rules" / "own")
    apply(folder)
    file.write_text(DRAFT.replace("{country: CN}", "{country: PA}").replace("level: high", "level: critical"))
    assert apply(folder).out == f"{ALL} rules; alerts: 1 changed\n"
    assert [a["level"] for a in on(folder, "alerts", "list", "--level", "critical", "--json").rows] == ["critical"]


def test_rule_that_is_removed_withdraws_its_alerts(folder: Path) -> None:
    before = others(folder)
    file = draft(folder / "rules" / "own")
    apply(folder)
    file.unlink()
    assert apply(folder).out == f"{ALL - 1} rules; alerts: 4 withdrawn\n"
    assert drafted(folder) == []
    assert others(folder) == before


def test_rule_in_error_is_named_and_its_alerts_stay(folder: Path) -> None:
    file = draft(folder / "rules" / "own")
    apply(folder)
    file.write_text(DRAFT.replace("{country: VE}", "{id: ve_jos}"))
    done = apply(folder)
    assert done.out == f"{ALL - 1} rules; alerts: none new or changed\n"
    told = (
        f"rule in error: {file}:16: match.sequence.steps[3].zone.id: unknown zone 've_jos'; did you mean 've_jose'?\n"
    )
    assert done.err == told
    assert drafted(folder) == DRAFTED
    assert told in on(folder, "status").out


def test_apply_is_told_as_a_run(folder: Path) -> None:
    assert "apply rules  done" in on(folder, "status").out


def test_apply_without_data_says_so(tmp_path: Path) -> None:
    done = on(tmp_path / "nowhere", "rules", "apply")
    assert done.code == 2
    assert "nowhere" in done.err
    assert not (tmp_path / "nowhere").exists()
