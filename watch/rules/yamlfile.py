"""Reading a YAML file that may be hostile: plain values only, within limits, with the line of every key."""

from __future__ import annotations

import math
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path as File
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 30
_LARGEST = 10**15  # beyond it a number loses its last digits

Path = tuple[str | int, ...]
_PREFIX = "tag:yaml.org,2002:"


class YamlError(Exception):
    """A file that is no plain YAML; `line` counts from 1, 0 means the whole file."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True)
class Origin:
    """Where a value was written that stands elsewhere now; `bringer` says what brought it, if it was not written."""

    place: Path
    bringer: str = ""


@dataclass(frozen=True)
class Document:
    """What a file holds, and on which line each key stands.

    Attributes
    ----------
    lines
        The line of each key as written.
    origins
        For values that shared lists and macros brought or moved: where that was written.
    """

    value: Any
    lines: dict[Path, int]
    origins: dict[Path, Origin] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of the nearest key above it that is written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def written(self, path: Path) -> tuple[Path, str]:
        """Return where the value at `path` was written, and what brought it there."""
        for length in range(len(path), -1, -1):
            origin = self.origins.get(path[:length])
            if origin:
                return (origin.place if origin.bringer else (*origin.place, *path[length:])), origin.bringer
        return path, ""

    def is_brought(self, path: Path) -> bool:
        """Return whether the value at `path` stands where only its name was written."""
        origin = self.origins.get(path)
        return origin is not None and bool(origin.bringer)


def read_yaml(file: File) -> Document:
    """Return the content of `file`.

    Raises
    ------
    YamlError
        When it is too large, too deep, not UTF-8, not YAML, or uses tags, merge keys or recursive aliases.
    """
    data = read_bytes(file, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise YamlError(0, f"is larger than {MAX_BYTES // 1024} KB; a rule is a page of text")
    try:
        return parse_yaml(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise YamlError(0, f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def read_bytes(file: File, most: int) -> bytes:
    """Return the first `most` bytes of a file, and one more if there are more.

    Raises
    ------
    YamlError
        When it is no file (a folder, a pipe, a link to nowhere) or cannot be read.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # opening a pipe would wait for ever
            raise YamlError(0, "is no file; keep only files under such a name")
        with file.open("rb") as handle:
            return handle.read(most + 1)
    except OSError as error:
        raise YamlError(0, f"cannot be read: {error.strerror}") from error


@lru_cache(maxsize=512)
def parse_yaml(text: str) -> Document:
    """Return the content of a YAML text; see `read_yaml`. The same text is read once, so nobody may change it.

    Examples
    --------
    >>> parse_yaml("a: {b: [1, NO]}").value
    {'a': {'b': [1, 'NO']}}
    """
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Composer = _Composer
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise YamlError(line, f"is not valid YAML: {_problem_words(error)}") from error
    except (YAMLError, LookupError, ValueError) as error:  # the last two for directives such as '%YAML 9.9'
        raise YamlError(0, f"is not valid YAML: {' '.join(str(error).split())[:200]}") from error
    if root is None:
        raise YamlError(0, "is empty")
    reader = _Reader()
    return Document(reader.value(root, ()), reader.lines)


def _problem_words(error: MarkedYAMLError) -> str:
    """Return what is wrong; what is most often meant is told with what to do."""
    words = str(error.problem or error.context)
    if "cannot start any token" not in words:
        return words
    return f"{words}; " + ("use spaces, not tabs" if "\\t" in words else 'put quotes around a comparison: ">=24h"')


class _Composer(Composer):
    """Builds nodes within the limits; beyond them it stops at once."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self._level = self._nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node."""
        self._level += 1
        self._nodes += 1
        if self._level > MAX_DEPTH:
            raise YamlError(self._line(), f"is nested more than {MAX_DEPTH} deep")
        if self._nodes > 2 * MAX_NODES:  # keys are nodes too
            raise YamlError(self._line(), f"holds more than {MAX_NODES} values")
        node = super().compose_node(parent, index)
        self._level -= 1
        return node

    def _line(self) -> int:
        return int(self.parser.peek_event().start_mark.line) + 1


class _Reader:
    """Turns nodes into plain values; counts what aliases expand to, so that a bomb stops early."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self._nodes = 0
        self._open: set[int] = set()

    def value(self, node: Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise YamlError(line, f"holds more than {MAX_NODES} values once its aliases are expanded")
        if isinstance(node, ScalarNode):
            return _scalar(node, line)
        if id(node) in self._open:
            raise YamlError(line, "an alias refers to itself")
        self._open.add(id(node))
        result = self._mapping(node, path) if isinstance(node, MappingNode) else self._list(node, path)
        self._open.discard(id(node))
        return result

    def _list(self, node: Node, path: Path) -> list[Any]:
        _check_tag(node, "seq")
        return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]

    def _mapping(self, node: Node, path: Path) -> dict[str, Any]:
        _check_tag(node, "map")
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode) or key_node.tag == f"{_PREFIX}merge":
                raise YamlError(line, "keys are plain words; merge keys ('<<') are not part of the language")
            key = str(key_node.value)
            if key in result:
                raise YamlError(line, f"the key '{key}' stands twice")
            self.lines[(*path, key)] = line
            result[key] = self.value(value_node, (*path, key))
        return result


def _check_tag(node: Node, kind: str) -> None:
    if node.tag != _PREFIX + kind:
        raise YamlError(
            node.start_mark.line + 1,
            f"the tag '{node.tag}' is not part of the language; put quotes around such a value",
        )


def _scalar(node: ScalarNode, line: int) -> Any:
    kind, text = str(node.tag).removeprefix(_PREFIX), str(node.value)
    if kind in ("str", "timestamp", "value"):
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind not in ("int", "float"):
        raise YamlError(line, f"the tag '{node.tag}' is not part of the language; put quotes around such a value")
    try:
        number = (int if kind == "int" else float)(text)
    except ValueError:
        raise YamlError(line, f"'{text[:40]}' is not a number; put quotes around text") from None
    if abs(number) > _LARGEST or not math.isfinite(number):
        raise YamlError(line, f"'{text[:40]}' is too large for a number")
    return number
