"""The rule reference names everything the language has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tests.rules.rule_zones import ZONES
from watch.rules.fields import FIELD_NAMES, KINDS
from watch.rules.lint import Names
from watch.rules.loader import load_file, load_rules
from watch.rules.measures import load_measures, load_red_flags
from watch.rules.model import Rule
from watch.rules.summary import SUMMARY_FIELDS

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
WORDS = set(re.findall(r"[a-z][a-z0-9_]+", TEXT))


def keys() -> set[str]:
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = [Rule]
    while waiting:
        annotation = waiting.pop()
        waiting += get_args(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
            seen.add(annotation)
            waiting += [field.annotation for field in annotation.model_fields.values()]
    return {field.alias or name for model in seen for name, field in model.model_fields.items()}


@pytest.mark.parametrize("word", sorted(keys() | FIELD_NAMES | set(KINDS) | set(SUMMARY_FIELDS)))
def test_reference_names(word: str) -> None:
    assert word in WORDS


@pytest.mark.parametrize("rule", load_rules().rules, ids=lambda rule: rule.id)
def test_table_of_rules_is_current(rule: Rule) -> None:
    early = rule.match.sequence.early if rule.match.sequence else None
    level = f"{rule.level} (early: {early.level})" if early else rule.level
    assert f"| `{rule.id}` | {level} |" in TEXT


def test_example_is_a_rule(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert example
    file = tmp_path / "iran-venezuela-tanker-dark.yaml"
    file.write_text(example[1])
    names = Names(frozenset(load_measures()), frozenset(load_red_flags())).with_zones(ZONES)
    rule, faults = load_file(file, file.name, names)
    assert faults == []
    assert rule is not None
