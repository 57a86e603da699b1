"""Warnings: what is wrong with data and rules, and which of it the last digest has told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from watch.store.runs import newest_health_id, read_health, read_rule_faults

_FIRST = timedelta(days=7)  # own: who gets a first digest is not told of the troubles of years
_LATE = timedelta(days=2)  # own: a run notes what it found when it ends, and none lasts so long

Digest = Mapping[str, Any]  # a row of `digests`


def data_warnings(conn: Connection, last: Digest | None, at: datetime) -> dict[str, dict[str, Any]]:
    """Return what was noted of the data since a digest and shortly before, by the key under which it counts as told.

    Parameters
    ----------
    conn
        A connection.
    last
        The digest; None: there was none yet.
    at
        Now.

    Notes
    -----
    A run notes a warning with the time at which it found it and stores it later, and a clock may be set: neither the
    time alone nor the order of the rows alone tells which warnings are new.
    """
    begin_at = min(last["made_at"], at) - _LATE if last else at - _FIRST
    rows = read_health(conn, begin_at, after_id=last["details"].get("health_id") if last else None)
    return {_key(row["kind"], row["message"], row["at"]): row for row in rows}


def rule_warnings(conn: Connection) -> dict[str, dict[str, Any]]:
    """Return the faults of rule files as warnings, by their keys."""
    found = [str(fault) for fault in read_rule_faults(conn)]
    return {_key("rule", message, ""): {"kind": "rule", "message": message} for message in found}


def told_by(last: Digest | None) -> set[str]:
    """Return the keys of the warnings that a digest, or one shortly before it, has told."""
    return set(last["details"].get("warned", ())) if last else set()


def told_details(conn: Connection, warnings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a digest keeps of the warnings that it tells, for the next one."""
    return {"warned": list(warnings), "health_id": newest_health_id(conn)}


def untold_warnings(conn: Connection, last: Digest | None, at: datetime) -> list[dict[str, Any]]:
    """Return what was noted of the data and is in no digest up to `last`, in order of time."""
    told = told_by(last)
    return [row for key, row in data_warnings(conn, last, at).items() if key not in told]


def _key(kind: str, message: str, at: datetime | str) -> str:
    return hashlib.sha256("\x1f".join((kind, message, str(at))).encode()).hexdigest()[:16]
