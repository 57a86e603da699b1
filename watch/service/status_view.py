"""The state of an installation as JSON shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from watch.service.status import Status
from watch.store.types import iso


def status_view(status: Status) -> dict[str, Any]:
    """Return the state as plain values, moments as texts."""
    out = {**vars(status), "sources": [vars(source) for source in status.sources], "age_s": status.age_s}
    out["rule_faults"] = [vars(fault) for fault in status.rule_faults]
    out["next_jobs"] = [{"job": name, "due_at": at} for name, at in status.next_jobs]
    return row_view(out)


def row_view(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the database as plain values, moments as texts.

    Examples
    --------
    >>> row_view({"at": None, "days": [1, 2]})
    {'at': None, 'days': [1, 2]}
    """
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return row_view(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
