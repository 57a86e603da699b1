"""The life of an alert as people read it: each change of its history, and what was decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from watch.digest_view import changes_between
from watch.store.history import read_history
from watch.store.types import iso


def changes_since(conn: Connection, alert_id: str, version: int) -> list[dict[str, Any]]:
    """Return what was done with an alert after a version of it, in the form of `change_rows`."""
    return [row for row in change_rows(read_history(conn, alert_id=alert_id)) if row["version"] > version]


def change_rows(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the changes of an alert as JSON shows them, each with a sentence on what it was."""
    rows, before = [], None
    for row in history:
        evidence: list[str] = changes_between(before, row["content"]) if before and before != row["content"] else []
        rows.append(
            {
                **{
                    name: row[name]
                    for name in ("seq", "version", "change", "status", "actor", "reason", "note", "hash")
                },
                "at": iso(row["at"]),
                "changes": evidence,
                "what": _what(row, evidence),
            }
        )
        before = row["content"]
    return rows


def _what(row: dict[str, Any], evidence: list[str]) -> str:
    reason = str(row["reason"] or "").replace("_", " ") if row["change"] == "closed" else row["reason"]
    parts = [f"{row['change']} by {row['actor']}", f"as {reason}" if row["change"] == "closed" else f"({reason})"]
    said = [" ".join(parts if reason else parts[:1]), row["note"] or "", *evidence]
    return ": ".join(filter(None, (said[0], " ".join(filter(None, said[1:])))))
