"""The rules as they are on disk now, read again when a file or a list has changed; and how their tests ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from watch.errors import ConfigError, Fault
from watch.paths import bundled
from watch.rules.loader import RuleSet, load_rules, rule_files
from watch.rules.model import Rule
from watch.store import schema

if TYPE_CHECKING:
    from watch.rules.testing import TestResult
    from watch.workspace import Workspace

_TEXT_MAX = 200_000  # own: a hundred times the longest rule that travels with Shipwatch

Signature = tuple[object, ...]


@dataclass(frozen=True)
class RuleFile:
    """Where a rule stands.

    Attributes
    ----------
    shown
        Its path below its folder of rules, as people see it.
    family
        The folder in which it lies.
    own
        Whether it was written here, and does not travel with Shipwatch.
    """

    path: Path
    shown: str
    family: str
    own: bool

    def text(self) -> str:
        """Return what stands in it; what is no text shows as such."""
        with self.path.open("rb") as file:
            return file.read(_TEXT_MAX).decode("utf-8", errors="replace")


@dataclass(frozen=True)
class Tested:
    """How the tests of a rule ended, and when they ran."""

    at: datetime
    results: tuple[TestResult, ...]

    @property
    def failed(self) -> int:
        """How many failed."""
        return sum(result.passed is False for result in self.results)

    @property
    def passed(self) -> int:
        """How many passed."""
        return sum(result.passed is True for result in self.results)


@dataclass(frozen=True)
class Shelf:
    """The rules at one moment.

    Attributes
    ----------
    rules
        The good ones by id.
    files
        Every rule file by its stem, broken ones among them.
    tested
        How tests ended by rule id, for as long as the rules stay as they are.
    """

    ruleset: RuleSet
    rules: Mapping[str, Rule]
    files: Mapping[str, RuleFile]
    folders: tuple[Path, Path]
    tested: dict[str, Tested] = field(default_factory=dict)

    def shown(self, fault: Fault) -> Fault:
        """Return a fault that calls its file as people see it."""
        own = str(self.folders[1])
        return Fault(fault.file.replace(own, "own rules", 1), fault.line, fault.key, fault.reason)

    def faults_of(self, rule_id: str) -> list[Fault]:
        """Return what is wrong in the files that are called like a rule."""
        return [self.shown(fault) for fault in self.ruleset.faults if Path(fault.file).stem == rule_id]


class RuleShelf:
    """Gives the shelf as it is now, to several threads; it is read again only when something has changed."""

    def __init__(self, ws: Workspace, clock: Callable[[], datetime]) -> None:
        self._ws, self._clock, self._lock = ws, clock, threading.Lock()
        self._testing = threading.Lock()
        self._known: tuple[Signature, Shelf] | None = None

    def now(self) -> Shelf:
        """Return the rules as they stand on disk."""
        folders = bundled("rules"), self._ws.own_rules
        today = self._clock().date()
        with self._lock:
            signature = (today, *self._signature(folders))
            if self._known is None or self._known[0] != signature:
                self._known = signature, _read(self._ws, folders, today)
            return self._known[1]

    def _signature(self, folders: tuple[Path, Path]) -> Signature:
        """Return what is another when a file or an imported list is: names, sizes and times."""
        c = schema.watchlist_versions.c
        with self._ws.engine.connect() as conn:
            lists = tuple(conn.execute(select(func.count(), func.max(c.version_id))).one())
        files = (path for folder in folders for path in sorted(folder.rglob("*")))
        stats = ((str(path), path.stat()) for path in files if path.is_file())
        return lists, *((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

    def run_tests(self, rule_id: str, at: datetime, *, scenarios: bool) -> Tested:
        """Run the tests of a rule and keep how they ended; one rule's at a time.

        Parameters
        ----------
        rule_id
            A good rule.
        at
            Now.
        scenarios
            Whether those that sail a whole scenario run too, which takes seconds.

        Raises
        ------
        ConfigError
            There is no such rule.
        """
        from watch.pipeline import run_scenario
        from watch.rules.measures import load_measures
        from watch.rules.testing import TestWorld, run_rule_tests

        shelf = self.now()
        if rule_id not in shelf.rules:
            raise ConfigError(f"there is no rule '{rule_id}' that could be tested")
        with self._testing:
            world = TestWorld(self._ws.world.zones.by_id.get, shelf.ruleset.lists, load_measures())
            results = run_rule_tests(shelf.rules[rule_id], run_scenario if scenarios else None, world)
        shelf.tested[rule_id] = Tested(at, tuple(results))
        return shelf.tested[rule_id]


def _read(ws: Workspace, folders: tuple[Path, Path], today: date) -> Shelf:
    ruleset = load_rules(folders, ws.world.zones, today, ws.listings())
    files = {file.path.stem: file for folder in reversed(folders) for file in _files(folder, own=folder == folders[1])}
    return Shelf(ruleset, {rule.id: rule for rule in ruleset.rules}, files, folders)


def _files(folder: Path, *, own: bool) -> list[RuleFile]:
    below = [(path, path.relative_to(folder)) for path in rule_files(folder)]
    return [RuleFile(path, str(name), name.parts[0] if len(name.parts) > 1 else "", own) for path, name in below]
