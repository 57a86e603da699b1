"""The table contracts: every column name and type that stages hand to one another, in one place.

Moments are UTC with microseconds. Missing is null (Arrow), NaN (floats in numpy) or `pd.NA`, never a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

UTC_US = pa.timestamp("us", tz="UTC")

#: The identity fields a transponder declares about its ship.
IDENTITY_FIELDS = {
    "imo": pa.int32(),
    "name": pa.string(),
    "callsign": pa.string(),
    "ship_type": pa.int16(),
    "length_m": pa.float32(),
    "beam_m": pa.float32(),
    "draught_m": pa.float32(),
    "destination": pa.string(),
    "eta": pa.string(),
}

_FIX_FIELDS = {
    "mmsi": pa.int32(),
    "fix_at": UTC_US,
    "lat": pa.float64(),
    "lon": pa.float64(),
    "sog_kn": pa.float32(),
    "cog_deg": pa.float32(),
    "heading_deg": pa.float32(),
    "nav_status": pa.int8(),
    "receiver": pa.string(),
}

#: positions: one row a fix; in the lake sorted by `mmsi, fix_at, lat, lon`.
POSITIONS = pa.schema({**_FIX_FIELDS, "load_id": pa.int32()})

#: What a reader yields before normalising: fixes with the identity fields heard beside them, and the line in
#: the source. Readers add the columns they have in these types; `normalise` fills those that are absent.
RAW = pa.schema({"line": pa.int64(), **_FIX_FIELDS, **IDENTITY_FIELDS})

#: statics: each declared identity of a radio, a row for every UTC hour in which it was heard, with the first and
#: last time in that hour. Merging two tables takes the least `seen_at` and the greatest `last_seen_at`, so order
#: and batching of loads cannot change it.
STATICS = pa.schema({"mmsi": pa.int32(), "seen_at": UTC_US, "last_seen_at": UTC_US, **IDENTITY_FIELDS})

#: rejects: rows that are no position, with the reason and the text as it stood.
REJECTS = pa.schema({"line": pa.int64(), "reason": pa.string(), "raw": pa.string()})

RECEIVERS = ("terrestrial", "satellite", "unknown")

#: The kinds of events that are found: in positions, and in what ships did and declared.
EVENT_KINDS = (
    "zone_visit",
    "port_visit",
    "gap",
    "encounter",
    "loitering",
    "spoof",
    "interference",
    "identity_change",
    "draught_change",
    "destination_change",
    "possible_visit",
    "possible_encounter",
    "detour",
)

#: What a detector returns (pandas). `details` holds a dict with units in its names; `end_at`, `end_lat`, `end_lon`
#: are missing while the event is open; `zone_id` and `other_mmsi` are missing where there is none.
EVENT_COLUMNS = (
    "event_id",
    "kind",
    "mmsi",
    "start_at",
    "end_at",
    "start_lat",
    "start_lon",
    "end_lat",
    "end_lon",
    "zone_id",
    "other_mmsi",
    "details",
)

#: What attribution adds to an event: the vessel and what it declared at that time, for both sides of a meeting.
#: `flag` is an ISO country code by MID, `type` one of `identity.SHIP_TYPES`.
ATTRIBUTED_COLUMNS = (
    *EVENT_COLUMNS,
    "vessel_id",
    "imo",
    "name",
    "flag",
    "type",
    "ship_type",
    "length_m",
    "other_vessel_id",
    "other_imo",
    "other_name",
    "other_flag",
    "other_type",
    "other_length_m",
)


def empty_frame(types: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table without rows whose columns have these types."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


#: What the life of an alert adds to what its rule made of it; a replay has none.
ALERT_LIFE = ("status", "close_reason", "raised_at", "updated_at", "version", "evidence_digest")
