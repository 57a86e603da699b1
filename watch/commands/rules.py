"""`shipwatch rules`: check rule files, run their tests, list them, begin a new one, print their schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch.clock import now
from watch.commands.context import (
    examples,
    print_json,
    print_table,
    progress_bar,
    saved_words,
    say,
    tell_rule_faults,
    workspace,
)
from watch.paths import bundled
from watch.wording import plural

if TYPE_CHECKING:
    from watch.rules.joined_lists import Listings
    from watch.rules.lint import Zones
    from watch.rules.loader import RuleSet
    from watch.rules.model import Rule
    from watch.rules.testing import TestResult

app = typer.Typer(help="Write, check, test, explain and apply rules.", no_args_is_help=True)

#: Where nobody names a data folder.
DEFAULT_DATA_DIR = Path("shipwatch-data")


@app.command(epilog=examples("shipwatch rules check", "shipwatch rules check rules/dark my-rule.yaml"))
def check(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Rule files or folders (default: all, and those of the data folder).")
    ] = None,
) -> None:
    """Report every fault of the rule files with file, line and key; exit 2 when there is one."""
    from watch.errors import RuleError

    ruleset = _load(ctx, paths or [])
    for note in ruleset.notes:
        typer.echo(f"note: {note}")
    if ruleset.faults:
        raise RuleError(ruleset.faults)
    notes = f", {plural(len(ruleset.notes), 'note')}" if ruleset.notes else ""
    typer.echo(f"{plural(len(ruleset.rules), 'rule')}, no faults{notes}")


@app.command(epilog=examples("shipwatch rules apply"))
def apply(ctx: typer.Context) -> None:
    """Match the rules as they are now over all stored events, and store the alerts; a load does so too."""
    from watch.jobs import apply_rules

    ws = workspace(ctx)
    with progress_bar() as progress:
        saved = apply_rules(ws, progress)
    typer.echo(f"{plural(len(ws.rules.rules), 'rule')}; alerts: {saved_words(saved)}")
    tell_rule_faults(ws)


@app.command(name="list", epilog=examples("shipwatch rules list", "shipwatch rules list --json"))
def list_rules(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the rules, those of the data folder among them."""
    ruleset = _load(ctx, [])
    if as_json:
        from watch.views import public_rule

        print_json(public_rule(rule, ruleset.files[rule.id]) for rule in ruleset.rules)
    else:
        rows = [[rule.id, *map(str, _row(rule).values())] for rule in ruleset.rules]
        print_table(plural(len(rows), "rule"), ["rule", "level", "status", "title", "tests"], rows)
    _warn(ruleset)


@app.command(name="test", epilog=examples("shipwatch rules test", "shipwatch rules test irisl-cargo-voyage -v"))
def run_tests(
    ctx: typer.Context,
    wanted: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]...", help="Ids or files of rules (default: all).")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name the tests that pass too.")] = False,
) -> None:
    """Run the tests that stand in the rule files; exit 1 when one fails."""
    words = wanted or []
    ruleset = _load(ctx, [Path(word) for word in words if _is_file(word)])
    rules = _chosen(ruleset, [Path(word).stem if _is_file(word) else word for word in words])
    results = list(_results(ruleset, rules))
    for result in results:
        if verbose or not result.passed:
            word = "ok" if result.passed else "FAIL"
            typer.echo(f"{word}: {result.rule_id}: {result.name}" + (f": {result.reason}" if result.reason else ""))
    failed = sum(not result.passed for result in results)
    typer.echo(f"{len(results) - failed} of {len(results)} tests pass")
    _warn(ruleset)
    if failed:
        raise typer.Exit(1)


@app.command(epilog=examples("shipwatch rules new my-rule", "shipwatch rules new my-rule --family dark"))
def new(
    ctx: typer.Context,
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule: small letters, digits and '-'.")],
    family: Annotated[str, typer.Option(help="Folder in which rules of one kind lie together.")] = "own",
    folder: Annotated[
        Path | None, typer.Option(help="Folder of rules (default: `rules` in the data folder, where it is in force).")
    ] = None,
) -> None:
    """Write a new rule to start from: it is good already, and its tests pass."""
    from watch.errors import ConfigError
    from watch.rules.loader import load_rules
    from watch.rules.template import write_rule_start

    taken = load_rules(_folders(ctx)).files
    if rule_id in taken:
        raise ConfigError(f"'{rule_id}' is the id of {taken[rule_id]}; take another id")
    file = write_rule_start(rule_id, family, folder or _folders(ctx)[-1])
    typer.echo(file)
    say(f"edit it, then run `shipwatch rules check {file}` and `shipwatch rules test {file}`")


@app.command(epilog=examples("shipwatch rules schema > rule.schema.json"))
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of a rule file, for editors that complete and check YAML."""
    from watch.rules.loader import load_world
    from watch.rules.schema import rule_schema

    world = load_world(_folders(ctx), _zones(), _imported(ctx))
    typer.echo(json.dumps(rule_schema(world.names, world.shared), indent=2))


def _folders(ctx: typer.Context) -> list[Path]:
    """Return the folders of rules: that of Shipwatch, and the one in the data folder."""
    options = ctx.find_root().obj
    return [bundled("rules"), (options.data_dir if options else DEFAULT_DATA_DIR) / "rules"]


def _is_file(word: str) -> bool:
    return Path(word).suffix in (".yaml", ".yml")


def _load(ctx: typer.Context, paths: list[Path]) -> RuleSet:
    from watch.errors import ConfigError
    from watch.rules.loader import NOT_RULES, load_files, load_rules, rule_files

    zones, today, folders = _zones(), now().date(), _folders(ctx)
    if not paths:
        return load_rules(folders, zones, today, _imported(ctx))
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise ConfigError("\n".join(f"{path}: does not exist; name a rule file or a folder" for path in missing))
    ruled = [path for path in paths if NOT_RULES.isdisjoint((path.name, path.parent.name))]
    files = [(file, str(file)) for path in ruled for file in (rule_files(path) if path.is_dir() else [path])]
    roots = [*folders, *_own_folders(paths, folders)]
    return load_files(files, zones, roots=roots, today=today, imported=_imported(ctx))


def _imported(ctx: typer.Context) -> Listings:
    """Return the watchlists of the database; rules can be checked where there is none."""
    from watch.rules.loader import NO_LISTINGS
    from watch.store.database import SQLITE_FILE

    options = ctx.find_root().obj
    there = options and (options.db_url or (options.data_dir / SQLITE_FILE).exists())
    return workspace(ctx).listings() if there else NO_LISTINGS


def _own_folders(paths: list[Path], known: list[Path]) -> Iterator[Path]:
    """Yield the folders of rules, not known yet, whose shared files or vessel lists go with the named paths."""
    seen = {folder.resolve() for folder in known}
    for path in paths:
        inside = next((p for p in (path, path.parent) if p.name in ("shared", "lists")), None)
        folder = inside.parent if inside else path
        if folder.resolve() not in seen and any((folder / name).is_dir() for name in ("shared", "lists")):
            seen.add(folder.resolve())
            yield folder


def _zones() -> Zones:
    from watch.zones.geofences import load_zones

    return load_zones()


def _chosen(ruleset: RuleSet, rule_ids: list[str]) -> list[Rule]:
    from watch.errors import ConfigError
    from watch.rules.fields import suggest

    rules = {rule.id: rule for rule in ruleset.rules}
    unknown = [rule_id for rule_id in rule_ids if rule_id not in rules]
    told = []
    for rule_id in unknown:
        faults = [str(fault) for fault in ruleset.faults if Path(fault.file).stem == rule_id]
        told += faults or [f"there is no rule '{rule_id}'{suggest(rule_id, rules)}"]
    if told:
        raise ConfigError("\n".join(told))
    return [rules[rule_id] for rule_id in rule_ids] if rule_ids else list(ruleset.rules)


def _results(ruleset: RuleSet, rules: Iterable[Rule]) -> Iterator[TestResult]:
    from watch.pipeline import run_scenario
    from watch.rules.measures import load_measures
    from watch.rules.testing import TestWorld, run_rule_tests

    world = TestWorld(_zones().by_id.get, ruleset.lists, load_measures())
    for rule in rules:
        yield from run_rule_tests(rule, run_scenario, world)


def _row(rule: Rule) -> dict[str, str | int]:
    return {"level": rule.level, "status": rule.status, "title": rule.title, "tests": len(rule.tests)}


def _warn(ruleset: RuleSet) -> None:
    for fault in ruleset.faults:
        say(f"left out: {fault}")
