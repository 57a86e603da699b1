"""A folder of made tracks with what is rare in the demo: changed names, hostile ones, and rows that are refused."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from command_line import on

HULL = 9208124
HOSTILE = "<img src=x onerror=a()>"
BROKEN = "</code><script>b()</script>"
TANZANIA, COMOROS, HANDED = 677000001, 620000001, 366000001
FIRST, SECOND = 9999802, 9999814
_TRACKS: list[tuple[int, int, int, dict[str, Any]]] = [  # MMSI, first and last day, what it declares
    (TANZANIA, 0, 3, {"imo": HULL, "name": "GULF STAR", "callsign": "5IAB2", "ship_type": 80, "length_m": 333}),
    (COMOROS, 4, 6, {"imo": HULL, "name": "OCEAN LILY", "callsign": "D6AB3", "ship_type": 80, "length_m": 333}),
    (COMOROS, 6, 8, {"imo": HULL, "name": HOSTILE, "callsign": "D6AB3", "ship_type": 80, "length_m": 333}),
    (COMOROS, 8, 9, {"imo": HULL + 1, "name": HOSTILE, "callsign": "D6AB3", "ship_type": 80}),
    (HANDED, 0, 2, {"imo": FIRST, "name": "TUG ONE", "ship_type": 52}),
    (HANDED, 2, 4, {"imo": SECOND, "name": "TUG TWO", "ship_type": 52}),
]


def make_folder(home: Path) -> Path:
    """Return a data folder with these tracks, loaded as a person loads them."""
    rows = [
        *_rows(),
        *({"mmsi": HANDED, "fix_at": "2020-05-01", "lat": 91, "lon": 5, "name": BROKEN} for _ in range(4)),
    ]
    with (home / "made.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    assert on(home / "data", "load", home / "made.csv").code == 0
    return home / "data"


def _rows() -> list[dict[str, Any]]:
    begin = datetime(2020, 5, 1, tzinfo=UTC)
    return [
        {
            "mmsi": mmsi,
            "fix_at": (begin + timedelta(days=first, hours=hour)).isoformat(),
            "lat": -40.0 + mmsi % 97 / 10,
            "lon": round(60.0 + (24 * first + hour) * 0.1, 4),
            "sog_kn": 6,
            **said,
        }
        for mmsi, first, last, said in _TRACKS
        for hour in range(0, 24 * (last - first), 2)
    ]
