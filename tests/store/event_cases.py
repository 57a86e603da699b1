"""Made events for the tests of the store."""

from __future__ import annotations

from typing import Any

import pandas as pd

from watch.columns import ATTRIBUTED_COLUMNS

DAY = pd.Timestamp("2020-05-03T00:00:00Z")
HOSTILE = (
    "=HYPERLINK(1)",
    "<script>alert(1)</script>",
    "'; DROP TABLE events; --",
    'quote " and \\ backslash',
    "NUL \0 inside",
    "half a pair \ud800",
    "line\r\nbreak",
    "漢字 \U0001f6a2 \u202e",
    "%s {x} :name",
    "",
    "A" * 10_000,
)
#: pandas itself refuses half a surrogate pair.
HOSTILE_IN_FRAMES = tuple(word for word in HOSTILE if "\ud800" not in word)
_DTYPES = {
    "mmsi": "int64",
    "start_at": "datetime64[us, UTC]",
    "end_at": "datetime64[us, UTC]",
    **dict.fromkeys(("other_mmsi", "imo", "ship_type", "other_imo"), "Int64"),
    **dict.fromkeys(("start_lat", "start_lon", "end_lat", "end_lon", "length_m", "other_length_m"), "float64"),
    "details": "object",
}


def made_event(event_id: str = "e1", **changes: Any) -> dict[str, Any]:
    event = dict.fromkeys(ATTRIBUTED_COLUMNS) | {
        "event_id": event_id,
        "kind": "gap",
        "mmsi": 636990101,
        "start_at": DAY + pd.Timedelta("4h 0.000007s"),
        "end_at": DAY + pd.Timedelta("20h"),
        "start_lat": 25.1,
        "start_lon": -179.95,
        "end_lat": 0.1 + 0.2,
        "end_lon": 179.9,
        "details": {"duration_h": 16.0, "coverage": "heard", "zone_ids": ["oman"], "distance_nm": None},
        "vessel_id": "imo:9999802",
        "imo": 9999802,
        "name": "MADE TANKER ONE",
        "flag": "LR",
        "type": "tanker",
        "ship_type": 80,
        "length_m": 183.5,
    }
    return event | changes


def frame_of(*events: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(list(events), columns=list(ATTRIBUTED_COLUMNS))
    return frame.astype({name: _DTYPES.get(name, "str") for name in ATTRIBUTED_COLUMNS})
