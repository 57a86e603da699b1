"""Alerts for other programs: JSON, spreadsheets, maps. Every name in them is hostile until it is made harmless."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from watch.export.geojson import to_geojson
from watch.export.kml import to_kml
from watch.export.spreadsheet import to_csv


def to_json_lines(alerts: Sequence[dict[str, Any]]) -> str:
    """Return alerts as one JSON object a line.

    Examples
    --------
    >>> to_json_lines([])
    ''
    """
    return "".join(json.dumps(alert) + "\n" for alert in alerts)


def to_json_array(alerts: Sequence[dict[str, Any]]) -> str:
    r"""Return alerts as one JSON array.

    Examples
    --------
    >>> to_json_array([])
    '[]\n'
    """
    return json.dumps(alerts, indent=1) + "\n"


#: Formats by name, which is also how their files end.
FORMATS: dict[str, Callable[[Sequence[dict[str, Any]]], str]] = {
    "json": to_json_array,
    "jsonl": to_json_lines,
    "csv": to_csv,
    "geojson": to_geojson,
    "kml": to_kml,
}
