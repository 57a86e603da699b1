"""Canonical files of made tracks, written for `shipwatch load`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Track = tuple[int, int, int, Row]  # MMSI, first and last day, what it declares

_BEGIN = datetime(2020, 5, 1, tzinfo=UTC)


def rows_of(tracks: Iterable[Track]) -> list[Row]:
    """Return a fix every two hours, each radio on a latitude of its own and all of them on their way east."""
    return [
        {
            "mmsi": mmsi,
            "fix_at": (_BEGIN + timedelta(days=first, hours=hour)).isoformat(),
            "lat": -40.0 + mmsi % 97 / 10,
            "lon": round(60.0 + (24 * first + hour) * 0.1, 4),
            "sog_kn": 6,
            **said,
        }
        for mmsi, first, last, said in tracks
        for hour in range(0, 24 * (last - first), 2)
    ]


def write_canonical(path: Path, rows: Sequence[Row]) -> Path:
    """Write rows as a canonical file, with a column for all that one of them has."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path
