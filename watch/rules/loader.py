"""Reading rule files: the good rules, and every fault of all the others with file, line and key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path as File

from pydantic import ValidationError

from watch.errors import Fault
from watch.paths import bundled
from watch.rules import shared as shared_files
from watch.rules import vessel_lists
from watch.rules.expand import Shared, expand
from watch.rules.findings import MOST_FINDINGS, Finding, by_line, file_fault, make_faults, shape_findings
from watch.rules.joined_lists import Listings, join_lists
from watch.rules.lint import find_faults, find_notes
from watch.rules.measures import load_measures, load_red_flags
from watch.rules.model import Rule
from watch.rules.names import Names, Zones
from watch.rules.shared import NO_SHARED, load_shared
from watch.rules.vessel_lists import VesselLists, load_vessel_lists
from watch.rules.yamlfile import Document, YamlError, read_yaml

SUFFIXES = (".yaml", ".yml")
#: Folders below a folder of rules that hold other things.
NOT_RULES = frozenset({"geofences", shared_files.FOLDER, vessel_lists.FOLDER})
NO_LISTINGS = Listings()


@dataclass(frozen=True)
class RuleSet:
    """The rules that can be used, and what is wrong with the others.

    Attributes
    ----------
    lists
        The vessel lists that rules may ask for.
    notes
        What somebody should look at in good rules: exceptions that are over, reviews that are due.
    files
        The file of each rule by id, as faults call it.
    """

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]
    lists: VesselLists = field(default_factory=VesselLists)
    notes: tuple[Fault, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleWorld:
    """All that rules may name, and what is wrong with it.

    Attributes
    ----------
    faults
        Those of the shared files and the vessel lists.
    """

    names: Names
    shared: Shared
    lists: VesselLists
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Loaded:
    rule: Rule | None
    faults: list[Fault]
    notes: list[Fault]


def load_rules(
    folders: File | Iterable[File] | None = None,
    zones: Zones | None = None,
    today: date | None = None,
    imported: Listings = NO_LISTINGS,
) -> RuleSet:
    """Return the rules below one or several folders; a broken file never stops the others.

    Parameters
    ----------
    folders
        Where the rule files lie (default: those that travel with Shipwatch), with `shared/*.yaml` and `lists/*.csv`
        for all of them together; one that does not exist holds nothing. Ids are unique over all.
    zones
        The geofences that exist; without them zone names are not checked.
    today
        The day against which reviews and exceptions are noted; without it none is.
    imported
        The watchlists of the database, which join those of the folders.
    """
    roots = _roots(folders)
    files = [(file, _label(file, root, roots)) for root in roots for file in rule_files(root)]
    return load_files(files, zones, roots=roots, today=today, imported=imported)


def load_world(
    folders: File | Iterable[File] | None = None, zones: Zones | None = None, imported: Listings = NO_LISTINGS
) -> RuleWorld:
    """Return what the rules below some folders may name; see `load_rules`."""
    roots = _roots(folders)
    lists = join_lists(load_vessel_lists([root / vessel_lists.FOLDER for root in roots]), imported)
    measures, red_flags = frozenset(load_measures()), frozenset(load_red_flags())
    scenarios = frozenset(file.stem for file in bundled("fixtures").glob("*.yaml"))
    names = Names(measures, red_flags, lists.names, scenarios, lists.broken)
    if zones is not None:
        names = names.with_zones(zones)
    shared_folders = [(root, root / shared_files.FOLDER) for root in roots]
    files = [(f, _label(f, root, roots)) for root, folder in shared_folders for f in rule_files(folder)]
    shared, faults = load_shared(files, names)
    return RuleWorld(names, shared, lists, (*lists.faults, *faults))


def rule_files(folder: File) -> list[File]:
    """Return what is called like a rule file below a folder, sorted; some folders and hidden files hold none."""
    found = (f for f in folder.rglob("*") if f.suffix in SUFFIXES and not f.name.startswith("."))
    return sorted(f for f in found if NOT_RULES.isdisjoint(f.relative_to(folder).parts))


def load_files(
    files: Iterable[tuple[File, str]],
    zones: Zones | None = None,
    *,
    roots: File | Iterable[File] | None = None,
    today: date | None = None,
    imported: Listings = NO_LISTINGS,
) -> RuleSet:
    """Return the rules of `files`, each given with the name that faults should call it by.

    Parameters
    ----------
    roots
        The folders whose shared files and vessel lists the rules may name (default: those of Shipwatch).
    """
    world = load_world(roots, zones, imported)
    faults = list(world.faults)
    rules: dict[str, Rule] = {}
    labels: dict[str, str] = {}
    notes: list[Fault] = []
    for file, label in files:
        loaded = _load(file, label, world.names, world.shared, today)
        found = loaded.faults
        if loaded.rule and loaded.rule.id in labels:
            first = labels[loaded.rule.id]
            found = [file_fault(label, 1, f"'{loaded.rule.id}' is the id of {first} too; ids are unique", "id")]
        elif loaded.rule and not found:
            rules[loaded.rule.id], labels[loaded.rule.id] = loaded.rule, label
            notes += loaded.notes
        faults += found
    return RuleSet(tuple(rules.values()), tuple(faults), world.lists, tuple(notes), labels)


def load_file(file: File, label: str, names: Names, shared: Shared = NO_SHARED) -> tuple[Rule | None, list[Fault]]:
    """Return the rule of one file, or None, and its faults in the order of their lines."""
    loaded = _load(file, label, names, shared, None)
    return loaded.rule, loaded.faults


def _load(file: File, label: str, names: Names, shared: Shared, today: date | None) -> _Loaded:
    try:
        plain = read_yaml(file)
        if not isinstance(plain.value, dict):
            raise YamlError(1, "is not a rule: it must be a block of keys such as 'id', 'title', 'match'")
        document, missing = expand(plain, shared)
    except YamlError as error:
        return _Loaded(None, [file_fault(label, error.line, error.reason)], [])
    rule, findings = _parsed(document)
    if rule:
        findings = list(islice(_all_faults(rule, file, names), MOST_FINDINGS))
    findings = [finding for finding in findings if not _explained(finding, missing, document)]
    faults = sorted(make_faults(label, plain, missing) + make_faults(label, document, findings), key=by_line)
    if len(faults) >= MOST_FINDINGS:
        faults = [*faults[:MOST_FINDINGS], file_fault(label, 0, "may have more faults; mend these first")]
    notes = make_faults(label, document, find_notes(rule, today)) if rule and today else []
    return _Loaded(rule, faults, notes)


def _parsed(document: Document) -> tuple[Rule | None, list[Finding]]:
    try:
        return Rule.model_validate(document.value), []
    except ValidationError as error:
        return None, shape_findings(error, Rule, document)


def _all_faults(rule: Rule, file: File, names: Names) -> Iterator[Finding]:
    if rule.id != file.stem:
        yield ("id",), f"'{rule.id}' is not the file name '{file.stem}'; they must be equal"
    yield from find_faults(rule, names)


def _explained(finding: Finding, causes: Sequence[Finding], document: Document) -> bool:
    """Return whether a finding only follows from a list or macro that could not be put in."""
    place, _ = document.written(finding[0])
    return any(place[: len(cause)] == cause or place == cause[:-1] for cause, _ in causes)


def _roots(folders: File | Iterable[File] | None) -> list[File]:
    if folders is None:
        return [bundled("rules")]
    return [folders] if isinstance(folders, File) else list(folders)


def _label(file: File, root: File, roots: Sequence[File]) -> str:
    """Return what faults call a file: short in the first folder, as named in the others."""
    return str(file.relative_to(root.parent) if root == roots[0] else file)
