"""Rule files as text: a good one, with a place for each thing a test wants to change."""

from __future__ import annotations

from pathlib import Path

from tests.rules.rule_zones import ZONES
from watch.rules.loader import RuleSet, load_rules

HEAD = """\
id: {id}
title: A rule
status: stable
level: high
description: For a test.
"""
SINGLE = "match: {event: gap}"


def rule_text(rule_id: str, match: str = SINGLE, *more: str) -> str:
    """Return a rule: five lines of head, then the match, then more."""
    return "\n".join([HEAD.format(id=rule_id) + match, *more, ""])


def folder_of(tmp_path: Path, **texts: str) -> Path:
    """Return a folder of rules with a good one, `z-good`, and the texts by file name (`_` for `-` and `__` for `/`)."""
    root = tmp_path / "rules"
    root.mkdir(parents=True, exist_ok=True)
    (root / "z-good.yaml").write_text(rule_text("z-good"))
    for name, text in texts.items():
        file = root / f"{name.replace('__', '/').replace('_', '-')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def told(ruleset: RuleSet) -> list[str]:
    """Return the faults as they are shown."""
    return [str(fault) for fault in ruleset.faults]


def ids(ruleset: RuleSet) -> list[str]:
    """Return the ids of the good rules."""
    return [rule.id for rule in ruleset.rules]


def load(root: Path) -> RuleSet:
    """Return the rules of a folder, checked against the bundled zones."""
    return load_rules(root, ZONES)
