"""Putting shared lists and macros where a rule names them, with a note of what came from where.

`$name` stands for a shared list, alone or as one of several items; `use: name` in a pattern takes over the keys of a
macro that are not written beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from watch.rules.fields import suggest
from watch.rules.findings import Finding, meant
from watch.rules.yamlfile import MAX_NODES, Document, Origin, Path, YamlError

#: The parts of a rule in which `$name` is a shared list; elsewhere it is text.
LISTED_PARTS = ("red_flags", "measures", "vessel", "match", "unknown_if")
_LIST = re.compile(r"\$([a-z][a-z0-9_]*)")
_COMPARED = re.compile(r"(?:[<>=!]+)\s*\$")
_PATTERN_KEYS = frozenset({"match", "count", "until", "lost_custody"})
_PATTERNS_KEYS = frozenset({"steps", "not", "having", "any_of", "meetings"})
_NO_PATTERNS_IN = frozenset({"zone", "where", "vessel", "unknown_if"})


@dataclass(frozen=True)
class SharedList:
    """A list of values; `fault_at` tells where it is wrong, if it is."""

    values: tuple[Any, ...] = ()
    fault_at: str = ""


@dataclass(frozen=True)
class Macro:
    """The keys of a pattern, lists already put in; `fault_at` tells where it is wrong, if it is."""

    pattern: Mapping[str, Any] = field(default_factory=dict)
    fault_at: str = ""


@dataclass(frozen=True)
class Shared:
    """The lists and macros that rules may name; without `macros` none may be used."""

    lists: Mapping[str, SharedList] = field(default_factory=dict)
    macros: Mapping[str, Macro] | None = field(default_factory=dict)


def expand(document: Document, shared: Shared) -> tuple[Document, list[Finding]]:
    """Return a rule's document with every shared list and macro in its place, and what cannot be put in.

    Raises
    ------
    YamlError
        When it would hold too many values then.
    """
    expander = _Expander(document, shared)
    listed = {key: expander.below(item, (key,), (key,)) for key, item in document.value.items() if key in LISTED_PARTS}
    return Document({**document.value, **listed}, document.lines, expander.origins), expander.findings


def expand_pattern(
    document: Document, pattern: Mapping[str, Any], place: Path, lists: Mapping[str, SharedList]
) -> tuple[Document, list[Finding]]:
    """Return a document of a macro's pattern alone, with its lists put in, and what cannot be put in."""
    expander = _Expander(document, Shared(lists, None))
    value = expander.pattern(pattern, place, ())
    origins = {(): Origin(place), **expander.origins}
    return Document(value, document.lines, origins), expander.findings


class _Expander:
    """Walks through a value; `old` is the place as written, `new` the one where it stands then."""

    def __init__(self, document: Document, shared: Shared) -> None:
        self.document, self.shared = document, shared
        self.origins: dict[Path, Origin] = {}
        self.findings: list[Finding] = []
        self._brought = 0

    def pattern(self, block: Mapping[str, Any], old: Path, new: Path) -> dict[str, Any]:
        """Return a block that may hold `use`, with the keys of the macro."""
        own = {key: item for key, item in block.items() if key != "use"}
        result = {key: self.below(item, (*old, key), (*new, key)) for key, item in own.items()}
        macro = self._macro(block["use"], (*old, "use")) if "use" in block else None
        for key, item in macro.pattern.items() if macro else ():
            if key not in own:
                result[key] = item
                self.origins[(*new, key)] = Origin((*old, "use"), f"the macro '{block['use']}'")
                self._count(_size(item), (*old, "use"))
        return result

    def below(self, item: Any, old: Path, new: Path) -> Any:
        """Return what stands under a key, which may hold patterns."""
        key = old[-1]
        if key in _NO_PATTERNS_IN:
            return self._plain(item, old, new)
        if key in _PATTERNS_KEYS and isinstance(item, dict):
            self.origins[(*new, 0)] = Origin(old)
            return [self.pattern(item, old, (*new, 0))]
        if key in _PATTERNS_KEYS and isinstance(item, list):
            return [self._one_of(x, (*old, i), (*new, i)) for i, x in enumerate(item)]
        if not isinstance(item, dict):
            return self._plain(item, old, new)
        if key in _PATTERN_KEYS:
            return self.pattern(item, old, new)
        return {name: self.below(x, (*old, name), (*new, name)) for name, x in item.items()}

    def _one_of(self, item: Any, old: Path, new: Path) -> Any:
        return self.pattern(item, old, new) if isinstance(item, dict) else self._plain(item, old, new)

    def _plain(self, value: Any, old: Path, new: Path) -> Any:
        """Return a value in which only `$name` may be put in."""
        if isinstance(value, dict):
            return {key: self._plain(item, (*old, key), (*new, key)) for key, item in value.items()}
        if isinstance(value, list):
            return self._items(value, old, new)
        listed = self._listed(value, old)
        if listed is None:
            return value
        self.origins[new] = Origin(old, f"the list '{value[1:]}'")
        return list(listed.values)

    def _items(self, items: list[Any], old: Path, new: Path) -> list[Any]:
        result: list[Any] = []
        for i, item in enumerate(items):
            listed = self._listed(item, (*old, i))
            bringer = f"the list '{item[1:]}'" if listed else ""
            for value in listed.values if listed else (item,):
                place = (*new, len(result))
                if listed or place != (*old, i):
                    self.origins[place] = Origin((*old, i), bringer)
                result.append(value if listed else self._plain(value, (*old, i), place))
        return result

    def _listed(self, value: Any, place: Path) -> SharedList | None:
        """Return the shared list that a value names, or None."""
        if not isinstance(value, str) or "$" not in value:
            return None
        found = _LIST.fullmatch(value)
        if found is None:
            if value.startswith("$") or _COMPARED.match(value):
                self.findings.append((place, f"'{value[:60]}' names no shared list: write '$name' alone, as in '$sts'"))
            return None
        listed = self.shared.lists.get(found[1])
        if listed is None:
            close = suggest(found[1], self.shared.lists)
            self.findings.append((place, f"unknown shared list '{value[:60]}'{close}; lists stand in rules/shared"))
        elif listed.fault_at:
            self.findings.append((place, f"the list '{found[1]}' has a fault of its own ({listed.fault_at})"))
        else:
            self._count(len(listed.values), place)
            return listed
        return None

    def _macro(self, name: Any, place: Path) -> Macro | None:
        reason = ""
        if self.shared.macros is None:
            reason = "a macro cannot use another one; write the keys out"
        elif not isinstance(name, str):
            reason = "names one macro, as text: write 'use: name'"
        elif name not in self.shared.macros:
            reason = f"unknown macro '{name[:60]}'{meant(name, self.shared.macros)}; macros stand in rules/shared"
        elif self.shared.macros[name].fault_at:
            reason = f"the macro '{name}' has a fault of its own ({self.shared.macros[name].fault_at})"
        else:
            return self.shared.macros[name]
        self.findings.append((place, reason))
        return None

    def _count(self, values: int, place: Path) -> None:
        self._brought += values
        if self._brought > MAX_NODES:
            line = self.document.line(place)
            raise YamlError(line, f"holds more than {MAX_NODES} values once its lists and macros are put in")


def _size(value: Any) -> int:
    if isinstance(value, dict | list):
        return 1 + sum(map(_size, value.values() if isinstance(value, dict) else value))
    return 1
