"""Alerts as CSV for a spreadsheet: one row an alert, its steps as text in the order in which they happened."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from watch.export.rows import Row, alert_row, step_row
from watch.wording import clean

#: What makes a spreadsheet take a text for a formula: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CELL_MAX = 32_000  # Excel takes 32,767 characters in a cell
_PLACES = ("first_lat", "first_lon", "last_lat", "last_lon")
_STEPS = ("step_count", "steps", *_PLACES, "not_observed")


def to_csv(alerts: Sequence[dict[str, Any]]) -> str:
    """Return alerts as CSV (RFC 4180) with a header; moments in UTC as `2020-05-03 04:10:00`.

    Notes
    -----
    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers.
    """
    out = io.StringIO()
    rows = [_row(alert) for alert in alerts]
    names = [*alert_row(_EMPTY), *_STEPS]
    writer = csv.writer(out)
    writer.writerow(f"{name.removesuffix('_at')}_utc" if name.endswith("_at") else name for name in names)
    writer.writerows([_cell(name, row[name]) for name in names] for row in rows)
    return out.getvalue()


_EMPTY: dict[str, Any] = {"vessel": {}, "measures": (), "red_flags": ()}


def _row(alert: Mapping[str, Any]) -> Row:
    steps = [step_row(step) for step in alert["steps"]]
    places = [(s[lat], s[lon]) for s in steps for lat, lon in (("lat", "lon"), ("end_lat", "end_lon"))]
    known = [(lat, lon) for lat, lon in places if lat is not None and lon is not None] or [(None, None)]
    return {
        **alert_row(alert),
        "step_count": len(steps),
        "steps": "; ".join(map(_step_words, steps)),
        **dict(zip(_PLACES, (*known[0], *known[-1]), strict=True)),
        "not_observed": "; ".join(map(clean, alert.get("not_observed") or ())),
    }


def _step_words(step: Row) -> str:
    where = f" {step['zone']} ({step['country']})" if step["zone"] else ""
    end = f"to {_moment(step['end_at'])}" if step["end_at"] else "still open"
    return f"{step['step']}: {step['what']}{where}, {_moment(step['start_at'])} {end}"


def _moment(value: Any) -> str:
    return str(value)[:19].replace("T", " ")


def _cell(name: str, value: Any) -> Any:
    r"""Return a value as a cell that no spreadsheet computes.

    Examples
    --------
    >>> _cell("ship", "=1+1"), _cell("lat", -12.5), _cell("started_at", "2020-05-03T04:10:00Z")
    ("'=1+1", -12.5, '2020-05-03 04:10:00')
    """
    if value is None or isinstance(value, int | float):
        return value
    text = (_moment(value) if name.endswith("_at") else str(value))[:_CELL_MAX]
    return f"'{text}" if text.startswith(_FORMULA) else text
