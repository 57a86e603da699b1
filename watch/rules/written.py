"""The events that an inline test writes down, filled up to what the chain would have made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from watch.columns import ATTRIBUTED_COLUMNS
from watch.geodesy import Ints
from watch.rules.fields import COLUMNS
from watch.rules.layout import MEETINGS
from watch.rules.model import RuleTest, WrittenEvent
from watch.rules.table import Lists
from watch.watchlists.matching import Found, Ship

_SHIP = {
    "mmsi": 636990101,
    "imo": 9999802,
    "name": "SYNTH ONE",
    "flag": "LR",
    "type": "tanker",
    "length_m": 180.0,
}
_PARTNER = {"mmsi": 636990202, "name": "SYNTH TWO", "flag": "LR", "type": "tanker"}
_MAY_BE_OPEN = ("gap", "possible_visit", "possible_encounter")
_DETAILS: dict[str, dict[str, Any]] = {
    "port_visit": {"confidence": 4, "entered": True, "left": True},
    "gap": {"coverage": "heard"},
    "encounter": {"looks_like": "transfer", "moored": False},
    "zone_visit": {"crossed": False, "entered": True, "left": True},
}
_LENGTH = {"port_visit": "stop_h", "zone_visit": "dwell_h", "possible_visit": "gap_h"}


class WrittenLists:
    """The lists that a test writes beside its ships, and those of the world for the others."""

    def __init__(self, test: RuleTest, others: Lists) -> None:
        self._others = others
        written = [{**_SHIP, **test.ship}, *({**_SHIP, **test.ship, **e.ship} for e in test.events)]
        written += [{**_PARTNER, **e.with_} for e in test.events if e.kind in MEETINGS]
        self.digest = others.digest
        self._own = {who["mmsi"]: tuple(who["lists"]) for who in written if "lists" in who}

    def lists_on(self, imo: np.ndarray, mmsi: np.ndarray, at_us: Ints) -> np.ndarray:
        """Return for each ship and moment the names of its lists; a written ship is on those it names at any time."""
        known = self._others.lists_on(imo, mmsi, at_us)
        both = (self._own.get(number, names) for number, names in zip(mmsi, known, strict=True))
        return np.fromiter(both, dtype=object)

    def listed_after(self, imo: int | None, mmsi: int | None, at: pd.Timestamp) -> dict[str, pd.Timestamp]:
        """Return what the lists of the world say; a test writes no days."""
        return self._others.listed_after(imo, mmsi, at)

    def resembling(self, ship: Ship, at: pd.Timestamp) -> list[Found]:
        """Return what the lists of the world say."""
        return self._others.resembling(ship, at)


def written_events(test: RuleTest) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Return the events a test writes down, and its data's clock (default: the end of the last event)."""
    rows = [_row(event, {**_SHIP, **test.ship}, i) for i, event in enumerate(test.events)]
    ends = [event.at + timedelta(hours=event.hours) for event in test.events]
    frame = pd.DataFrame(rows, columns=list(ATTRIBUTED_COLUMNS))
    return frame, pd.Timestamp(test.as_of or max(ends)).as_unit("us")


def _row(event: WrittenEvent, ship: Mapping[str, Any], number: int) -> dict[str, Any]:
    partner = {f"other_{k}": v for k, v in {**_PARTNER, **event.with_}.items()} if event.kind in MEETINGS else {}
    who = {**ship, **event.ship, **partner}
    details = {k: v for k, v in event.details.items() if k not in COLUMNS}
    who |= {k: v for k, v in event.details.items() if k in COLUMNS}
    start_at = pd.Timestamp(event.at)
    text = f"{event.kind} {who['mmsi']} {start_at.isoformat()} {number}"
    row = {
        "event_id": hashlib.sha256(text.encode()).hexdigest()[:16],
        "kind": event.kind,
        "start_at": start_at,
        "end_at": pd.NaT if event.open else start_at + pd.Timedelta(hours=event.hours),
        "start_lat": event.lat,
        "start_lon": event.lon,
        "zone_id": event.zone[0] if event.zone else None,
        "details": {
            **_DETAILS.get(event.kind, {}),
            _LENGTH.get(event.kind, "duration_h"): event.hours,
            "zone_ids": list(event.zone),
            **({"open": event.open} if event.kind in _MAY_BE_OPEN else {}),
            **details,
        },
        "vessel_id": _vessel_id(who.get("imo"), who["mmsi"]),
        **who,
    }
    if "other_mmsi" in who:
        row["other_vessel_id"] = _vessel_id(who.get("other_imo"), who["other_mmsi"])
    return row


def _vessel_id(imo: object, mmsi: object) -> str:
    return f"imo:{imo}" if imo else f"mmsi:{mmsi}"
