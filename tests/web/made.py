"""A folder of made tracks with what is rare in the demo: changed names, hostile ones, and rows that are refused."""

from __future__ import annotations

from pathlib import Path

from command_line import on
from made_files import Track, rows_of, write_canonical

HULL = 9208124
HOSTILE = "<img src=x onerror=a()>"
BROKEN = "</code><script>b()</script>"
TANZANIA, COMOROS, HANDED = 677000001, 620000001, 366000001
FIRST, SECOND = 9999802, 9999814
_TRACKS: list[Track] = [
    (TANZANIA, 0, 3, {"imo": HULL, "name": "GULF STAR", "callsign": "5IAB2", "ship_type": 80, "length_m": 333}),
    (COMOROS, 4, 6, {"imo": HULL, "name": "OCEAN LILY", "callsign": "D6AB3", "ship_type": 80, "length_m": 333}),
    (COMOROS, 6, 8, {"imo": HULL, "name": HOSTILE, "callsign": "D6AB3", "ship_type": 80, "length_m": 333}),
    (COMOROS, 8, 9, {"imo": HULL + 1, "name": HOSTILE, "callsign": "D6AB3", "ship_type": 80}),
    (HANDED, 0, 2, {"imo": FIRST, "name": "TUG ONE", "ship_type": 52}),
    (HANDED, 2, 4, {"imo": SECOND, "name": "TUG TWO", "ship_type": 52}),
]


def make_folder(home: Path) -> Path:
    """Return a data folder with these tracks, loaded as a person loads them."""
    broken = {"mmsi": HANDED, "fix_at": "2020-05-01", "lat": 91, "lon": 5, "name": BROKEN}
    made = write_canonical(home / "made.csv", [*rows_of(_TRACKS), *[broken] * 4])
    assert on(home / "data", "load", made).code == 0
    return home / "data"
