"""Between pandas frames and rows of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import Boolean, Column, Connection, Float, Integer, Select, Table

from watch.store.types import Json, UtcMoment

_IN_ROWS = 5_000  # SQLite takes 32,766 values in one statement, PostgreSQL 65,535
_MOMENT = pd.DatetimeTZDtype("us", "UTC")

Value = TypeVar("Value")
Columns = dict[str, list[Any]]


def to_columns(frame: pd.DataFrame, names: Sequence[str]) -> Columns:
    """Return columns of a frame as lists of plain values; what is missing is None."""
    return {name: _plain_values(frame[name]) for name in names}


def to_records(frame: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values by column name; what is missing is None."""
    return [dict(zip(names, row, strict=True)) for row in zip(*to_columns(frame, names).values(), strict=True)]


def _plain_values(column: pd.Series[Any]) -> list[Any]:
    moments = isinstance(column.dtype, pd.DatetimeTZDtype)
    values: list[Any] = list(column.dt.to_pydatetime()) if moments else column.tolist()
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
    """Insert a few rows; none is no error."""
    if records:
        connection.execute(table.insert(), records)


def insert_columns(connection: Connection, table: Table, columns: Columns) -> None:
    """Insert many rows, given by column; three times as fast as row by row.

    Notes
    -----
    The driver gets the statement and the values as SQLAlchemy would make them, but each type is asked once for its
    way to store values, and not once a value.
    """
    compiled = table.insert().compile(dialect=connection.dialect, column_keys=list(columns))
    names = compiled.positiontup or list(columns)
    rows = list(zip(*(_stored(connection, table.c[name], columns[name]) for name in names), strict=True))
    if rows and compiled.positiontup:
        connection.exec_driver_sql(str(compiled), rows)
    elif rows:
        connection.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in rows])


def _stored(connection: Connection, column: Column[Any], values: list[Any]) -> list[Any]:
    process = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return values if process is None else [process(value) for value in values]


def batches(values: Collection[Value]) -> Iterator[list[Value]]:
    """Yield values in lists short enough for one statement."""
    ordered = list(values)
    for start in range(0, len(ordered), _IN_ROWS):
        yield ordered[start : start + _IN_ROWS]
