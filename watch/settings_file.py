"""Reading `shipwatch.toml`: the settings, or every fault of the file with line and key at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from watch.errors import ConfigError, FaultsError
from watch.rules.findings import Finding, file_fault, make_faults, meant, shape_findings
from watch.rules.yamlfile import Document, YamlError, read_bytes
from watch.settings import Settings
from watch.source_settings import SOURCE_MODELS

SETTINGS_FILE = "shipwatch.toml"
_MAX_BYTES = 1024 * 1024  # own: settings are some pages of text
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def find_settings(named: Path | None, data_dir: Path) -> Path | None:
    """Return the file of settings: the one named, else `shipwatch.toml` here, else in the data folder; or None."""
    if named is not None:
        return named
    places = (Path(SETTINGS_FILE), data_dir / SETTINGS_FILE)
    return next((place for place in places if place.is_file()), None)


def read_settings(file: Path | None) -> Settings:
    """Return the settings in a file; without a file the defaults.

    Raises
    ------
    ConfigError
        The file cannot be read, or something in it is wrong: all that is, with line and key.
    """
    if file is None:
        return Settings()
    text = _read_text(file)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = min(int(found[1]) if found else len(text), max(1, len(text.splitlines())))
        reason = _TOML_LINE.sub("", str(error)).removesuffix(" (at end of document)")
        told = f"is no valid TOML: {reason} (texts and lengths of time stand in quotes)"
        raise FaultsError([file_fault(str(file), line, told)]) from None
    findings = list(_source_findings(data.get("source")))
    try:
        settings = Settings.model_validate({**data, "source": []} if findings else data)
    except ValidationError as error:
        findings += shape_findings(error, Settings, Document(data, {}))
    if findings:
        raise FaultsError(make_faults(str(file), Document(data, key_lines(text)), findings))
    return settings


def _read_text(file: Path) -> str:
    try:
        data = read_bytes(file, _MAX_BYTES)
    except YamlError as error:
        raise ConfigError(f"{file}: {error.reason}; name another with --config, or run `shipwatch init`") from error
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"{file} is larger than {_MAX_BYTES // 1024} KB; settings are a page of text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def _source_findings(sources: Any) -> Iterator[Finding]:
    """Yield what is wrong in each source, asked by its own kind."""
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        kind = source.get("kind") if isinstance(source, dict) else None
        place = ("source", number)
        if kind is None:
            yield place, f"needs a kind: {', '.join(SOURCE_MODELS)}"
        elif kind not in SOURCE_MODELS:
            yield (*place, "kind"), f"unknown kind '{str(kind)[:60]}'{meant(str(kind), SOURCE_MODELS)}"
        else:
            model = SOURCE_MODELS[kind]
            try:
                model.model_validate(source)
            except ValidationError as error:
                for below, reason in shape_findings(error, model, Document(source, {})):
                    yield (*place, *below), reason


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    r"""Return the line of each table and key of a TOML text, as far as they stand at the beginning of a line.

    Examples
    --------
    >>> key_lines('[run]\nevery = "1h"\n[[source]]\nname = "a"\n')
    {('run',): 1, ('run', 'every'): 2, ('source',): 3, ('source', 0): 3, ('source', 0, 'name'): 4}
    """
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[str, int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = tuple(header[2].split("."))
            lines.setdefault(table, number)
            if header[1] == "[[":
                table = (*table, counts.get(header[2], 0))
                counts[header[2]] = counts.get(header[2], 0) + 1
                lines[table] = number
        elif key := _KEY.match(line):
            lines.setdefault((*table, key[1]), number)
    return lines
