"""Single values by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from watch.store import schema

_META = schema.meta


def read_meta(connection: Connection, key: str) -> Any:
    """Return the value kept under a name; None when there is none."""
    return connection.execute(select(_META.c.value).where(_META.c.key == key)).scalar()


def write_meta(connection: Connection, key: str, value: Any) -> None:
    """Keep a value, anything that JSON knows, under a name."""
    connection.execute(_META.delete().where(_META.c.key == key))
    connection.execute(_META.insert(), {"key": key, "value": value})
