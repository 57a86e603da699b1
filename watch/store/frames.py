"""Between pandas frames and rows of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import Boolean, Column, Connection, Float, Insert, Integer, Select, Table

from watch.store.types import Json, UtcMoment

_IN_ROWS = 5_000  # SQLite takes 32,766 values in one statement, PostgreSQL 65,535
_MOMENT = pd.DatetimeTZDtype("us", "UTC")

Value = TypeVar("Value")


def to_records(frame: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values by column name; what is missing is None."""
    columns = [_plain_values(frame[name]) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain_values(column: pd.Series[Any]) -> list[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _without_missing(list(column.dt.to_pydatetime()), column)
    return _without_missing(column.tolist(), column)


def _without_missing(values: list[Any], column: pd.Series[Any]) -> list[Any]:
    if not column.hasnans:
        return values
    return [None if gone else value for value, gone in zip(values, column.isna().tolist(), strict=True)]


def read_frame(connection: Connection, query: Select[Any], columns: Sequence[Column[Any]]) -> pd.DataFrame:
    """Return the rows of a query as a frame whose types follow the table's columns, also when it is empty."""
    rows = connection.execute(query).all()
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return pd.DataFrame(
        {c.name: _typed(list(v), c) for c, v in zip(columns, values, strict=True)},
        columns=[c.name for c in columns],
    )


def _typed(values: list[Any], column: Column[Any]) -> Any:
    if isinstance(column.type, UtcMoment):
        return pd.array(values, dtype=_MOMENT)
    if isinstance(column.type, Json):
        return pd.Series(values, dtype=object)
    if isinstance(column.type, Boolean):
        return pd.array(values, dtype="bool")
    if isinstance(column.type, Integer):
        return pd.array(values, dtype="Int64" if column.nullable else "int64")
    return pd.array(values, dtype="float64" if isinstance(column.type, Float) else "str")


def insert_records(connection: Connection, table: Table, records: Sequence[dict[str, Any]]) -> None:
    """Insert rows; none is no error."""
    if records:
        insert: Insert = table.insert()
        connection.execute(insert, records)


def batches(values: Collection[Value]) -> Iterator[list[Value]]:
    """Yield values in lists short enough for one statement."""
    ordered = list(values)
    for start in range(0, len(ordered), _IN_ROWS):
        yield ordered[start : start + _IN_ROWS]
