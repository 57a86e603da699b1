"""`shipwatch rules`: check rule files, run their tests, list them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch.commands.context import examples, print_json, print_table, say
from watch.wording import plural

if TYPE_CHECKING:
    from watch.rules.lint import Zones
    from watch.rules.loader import RuleSet
    from watch.rules.model import Rule
    from watch.rules.testing import TestResult

app = typer.Typer(help="Check, test and list the rules.", no_args_is_help=True)

_BAD_CONFIG = 2


@app.command(epilog=examples("shipwatch rules check", "shipwatch rules check rules/dark my-rule.yaml"))
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Rule files or folders (default: all).")] = None,
) -> None:
    """Report every fault of the rule files with file, line and key; exit 2 when there is one."""
    from watch.errors import RuleError

    ruleset = _load(paths or [])
    if ruleset.faults:
        raise RuleError(ruleset.faults)
    typer.echo(f"{len(ruleset.rules)} rules, no faults")


@app.command(name="list", epilog=examples("shipwatch rules list", "shipwatch rules list --json"))
def list_rules(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the rules."""
    ruleset = _load([])
    if as_json:
        print_json({"rule_id": rule.id, **_row(rule)} for rule in ruleset.rules)
    else:
        rows = [[rule.id, *map(str, _row(rule).values())] for rule in ruleset.rules]
        print_table(plural(len(rows), "rule"), ["rule", "level", "status", "title", "tests"], rows)
    _warn(ruleset)


@app.command(name="test", epilog=examples("shipwatch rules test", "shipwatch rules test irisl-cargo-voyage -v"))
def run_tests(
    rule_ids: Annotated[list[str] | None, typer.Argument(metavar="[RULE]...", help="Ids (default: all).")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name the tests that pass too.")] = False,
) -> None:
    """Run the tests that stand in the rule files; exit 1 when one fails."""
    ruleset = _load([])
    results = list(_results(_chosen(ruleset, rule_ids or [])))
    for result in results:
        if verbose or not result.passed:
            word = "ok" if result.passed else "FAIL"
            typer.echo(f"{word}: {result.rule_id}: {result.name}" + (f": {result.reason}" if result.reason else ""))
    failed = sum(not result.passed for result in results)
    typer.echo(f"{len(results) - failed} of {len(results)} tests pass")
    _warn(ruleset)
    if failed:
        raise typer.Exit(1)


def _load(paths: list[Path]) -> RuleSet:
    from watch.errors import ConfigError
    from watch.rules.loader import load_files, load_rules, rule_files

    zones = _zones()
    if not paths:
        return load_rules(zones=zones)
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise ConfigError("\n".join(f"{path}: does not exist; name a rule file or a folder" for path in missing))
    files = [(file, str(file)) for path in paths for file in (rule_files(path) if path.is_dir() else [path])]
    return load_files(files, zones)


def _zones() -> Zones:
    from watch.zones.geofences import load_zones

    return load_zones()


def _chosen(ruleset: RuleSet, rule_ids: list[str]) -> list[Rule]:
    from watch.errors import ConfigError
    from watch.rules.fields import suggest

    rules = {rule.id: rule for rule in ruleset.rules}
    unknown = [rule_id for rule_id in rule_ids if rule_id not in rules]
    if unknown:
        raise ConfigError("\n".join(f"there is no good rule '{i}'{suggest(i, rules)}" for i in unknown))
    return [rules[rule_id] for rule_id in rule_ids] if rule_ids else list(ruleset.rules)


def _results(rules: Iterable[Rule]) -> Iterator[TestResult]:
    from watch.pipeline import run_scenario
    from watch.rules.testing import run_rule_tests

    zone_of = _zones().by_id.get
    for rule in rules:
        yield from run_rule_tests(rule, run_scenario, zone_of)


def _row(rule: Rule) -> dict[str, str | int]:
    return {"level": rule.level, "status": rule.status, "title": rule.title, "tests": len(rule.tests)}


def _warn(ruleset: RuleSet) -> None:
    for fault in ruleset.faults:
        say(f"left out: {fault}")
