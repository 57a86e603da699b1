"""Rows of a table as lines of JSON that any database takes back: moments as ISO text, bytes as base64."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import IO, Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from watch.errors import InputError
from watch.store.types import Json, JsonText, UtcMoment, iso, storable

_LINE_BYTES = 256 << 20  # own: the largest mail with its pictures in base64 is a fifth of it
_IN_ROWS = 2_000
_MOST_INTEGER = 2**63

Value = Callable[[Any], Any]


def plain_rows(connection: Connection, table: Table) -> Iterator[list[Any]]:
    """Yield the rows of a table as plain values in the order of its key, as they are, a few at a time."""
    columns = [_as_text(column) for column in table.columns]
    query = select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=_IN_ROWS)
    for row in connection.execute(query):
        yield [_plain(value) for value in row]


def _as_text(column: Column[Any]) -> Any:
    """Return a column; JSON as the text it is kept as, so that not a byte of it changes."""
    return type_coerce(column, Text) if isinstance(column.type, Json) else column


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def to_line(row: Sequence[Any]) -> bytes:
    r"""Return a row as a line.

    Examples
    --------
    >>> to_line([1, None, "a"])
    b'[1,null,"a"]\n'
    """
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def read_lines(raw: IO[bytes], what: str) -> Iterator[list[Any]]:
    """Yield the rows of lines.

    Raises
    ------
    InputError
        A line is none of ours.
    """
    number = 0
    while line := raw.readline(_LINE_BYTES):
        number += 1
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{what}: line {number} is not JSON; it was changed: take another copy") from error
        if not line.endswith(b"\n") or not isinstance(row, list):
            raise InputError(f"{what}: line {number} is not a whole row; it was changed: take another copy")
        yield row


def insert_rows(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[list[Any]]) -> int:
    """Insert rows whose values stand in the order of `names`; return how many.

    Raises
    ------
    InputError
        A value is not of its column's kind.
    """
    readers = [_reader(table.c[name].type) for name in names]
    statement, done, waiting = table.insert(), 0, iter(rows)
    while some := list(islice(waiting, _IN_ROWS)):
        records = [_record(table, names, readers, row, done + k) for k, row in enumerate(some, 1)]
        connection.execute(statement, records)
        done += len(some)
    return done


def _record(
    table: Table, names: Sequence[str], readers: Sequence[Value], row: list[Any], number: int
) -> dict[str, Any]:
    try:
        pairs = zip(names, readers, row, strict=True)
        return {name: None if value is None else read(value) for name, read, value in pairs}
    except (ValueError, TypeError) as error:
        raise InputError(
            f"row {number} of {table.name} does not fit its columns ({error}); take another copy"
        ) from error


def _reader(kind: TypeEngine[Any]) -> Value:
    """Return what reads the values of a column, and refuses those of another kind."""
    if isinstance(kind, UtcMoment | DateTime):
        return _moment
    if isinstance(kind, Json):
        return _json
    base = kind.impl if isinstance(kind, TypeDecorator) else kind
    for known, read in _READERS:
        if isinstance(base, known):
            return read
    return _text


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return at


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("no truth value")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_MOST_INTEGER <= value < _MOST_INTEGER:
        raise TypeError("no whole number")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    return float(value)


def _bytes(value: Any) -> bytes:
    return base64.b64decode(_text(value), validate=True)


def _json(value: Any) -> JsonText:
    text = _text(value)
    json.loads(text)
    return JsonText(text)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return storable(value)


_READERS: tuple[tuple[type[TypeEngine[Any]], Value], ...] = (
    (Boolean, _boolean),
    (Integer, _integer),
    (Float, _number),
    (LargeBinary, _bytes),
)
