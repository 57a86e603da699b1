"""The rows of a vessel list as CSV, and what is wrong in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from watch.identity import imo_is_valid
from watch.rules.fields import suggest
from watch.rules.yamlfile import YamlError

COLUMNS = ("imo", "mmsi", "name", "listed_at", "delisted_at", "source", "note")


def rows_of(data: bytes) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Yield the line and the cells of each row of a list as CSV, or in their place why it is none.

    Raises
    ------
    YamlError
        It is no list at all, or breaks off.
    """
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    except UnicodeDecodeError as error:
        raise YamlError(0, f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    try:
        head = next(reader, [])
        if sorted(head) != sorted(COLUMNS):
            raise YamlError(1, _head_reason(head))
        for cells in reader:
            if len(cells) not in (0, len(head)):
                yield reader.line_num, f"has {len(cells)} cells, and the header {len(head)}; quote commas"
            elif cells:
                yield reader.line_num, {name: cell.strip() for name, cell in zip(head, cells, strict=True)}
    except csv.Error as error:
        raise YamlError(reader.line_num, f"is no valid CSV: {error}") from error


def _head_reason(head: Sequence[str]) -> str:
    for name in head:
        if name not in COLUMNS:
            return f"unknown column '{name[:60]}'{suggest(name[:60], COLUMNS)}; the columns are {', '.join(COLUMNS)}"
    return f"must have each of the columns {', '.join(COLUMNS)} once"


def row_faults(cells: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield column and reason of each thing that is wrong in a row."""
    imo, mmsi = cells["imo"], cells["mmsi"]
    if not imo and not mmsi:
        yield "imo", "is missing, and so is mmsi: a ship needs one of them"
    if imo and not (re.fullmatch(r"[0-9]{7}", imo) and imo_is_valid(pd.Series([int(imo)]))[0]):
        yield "imo", f"'{imo}' is no IMO number: seven digits, of which the last checks the others"
    if mmsi and not re.fullmatch(r"[0-9]{9}", mmsi):
        yield "mmsi", f"'{mmsi}' is no MMSI: nine digits"
    if not cells["listed_at"]:
        yield "listed_at", "is missing: since when is the ship listed?"
    days = {key: cells[key] for key in ("listed_at", "delisted_at") if cells[key]}
    bad = [key for key, text in days.items() if _day(text) is None]
    for key in bad:
        yield key, f"a date is written 2018-11-05, not '{days[key]}'"
    if len(days) == 2 and not bad and days["listed_at"] >= days["delisted_at"]:
        yield "delisted_at", f"{days['delisted_at']} is not after listed_at {days['listed_at']}"


def _day(text: str) -> date | None:
    """Return a day between 1900 and 2199, or None."""
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None
    return day if day and 1900 <= day.year < 2200 else None
