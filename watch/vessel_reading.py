"""Reading a vessel out of the store: which one somebody means, its life, and the lists on which it stands.

The command and the pages read it here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import Connection

from watch.alert_life import CLOSED
from watch.attribution import numbers_of, shared_radios
from watch.store.alerts import read_alerts
from watch.store.events import read_events
from watch.store.identities import radios_of_hulls, read_identities
from watch.store.vessels import radios_called, radios_with_number, read_sharing
from watch.vessel_life import life_of
from watch.vessels import Asked, candidates, chain_of, find_vessels, parse_asked

if TYPE_CHECKING:
    from watch.lake import Lake
    from watch.watchlists.matching import Found
    from watch.workspace import Workspace

_ASKED_MAX = 200  # own: longer than any name; SQLite compares no text with a pattern of 50,000
_ALERT = ("alert_id", "rule_id", "level", "verdict", "status", "started_at", "summary")


def find_vessels_asked(conn: Connection, text: str) -> list[str]:
    """Return the ids of the vessels that fit a number, an id, a name or a part of one, old ones too.

    Parameters
    ----------
    conn
        Of the store.
    text
        As somebody wrote it; nothing in it stands for anything else. An empty or overlong one fits none.
    """
    asked = parse_asked(text)
    if not 0 < len(asked.text) <= _ASKED_MAX:
        return []
    found = _find(conn, asked)
    if not found and asked.kind == "number":  # some names are numbers
        found = _find(conn, replace(asked, kind="name"))
    return found


def is_known(conn: Connection, vessel_id: str) -> bool:
    """Return whether a vessel with this id declared itself or did anything."""
    return find_vessels_asked(conn, vessel_id) == [vessel_id]


def _find(conn: Connection, asked: Asked) -> list[str]:
    named = asked.kind == "name"
    radios = radios_called(conn, asked.text) if named else radios_with_number(conn, asked.number)
    return find_vessels(read_chain(conn, radios), read_events(conn, mmsis=() if named else [asked.number]), asked)


def read_candidates(conn: Connection, vessel_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return what tells vessels apart (`vessels.candidates`)."""
    return candidates(read_chain(conn, radios_of(conn, vessel_ids)), vessel_ids)


def radios_of(conn: Connection, vessel_ids: Collection[str]) -> set[int]:
    """Return all radios that these vessels ever had."""
    imos, mmsis = numbers_of(vessel_ids)
    return mmsis | radios_of_hulls(conn, imos)


def read_chain(conn: Connection, radios: set[int], lake: Lake | None = None) -> pd.DataFrame:
    """Return what radios declared over time (`vessels.chain_of`); with the lake, when each was declared last too."""
    heard = _heard(lake, radios) if lake else None
    return chain_of(read_identities(conn, radios), shared_radios(read_sharing(conn, radios)), heard)


def read_life(conn: Connection, lake: Lake | None, vessel_id: str) -> dict[str, Any]:
    """Return all that is known of a vessel (`vessel_life.life_of`) with its alerts that are not closed.

    Parameters
    ----------
    conn
        Of the store.
    lake
        The positions; without them it is quicker, and only the first time of each declaration is known.
    vessel_id
        The vessel, of which something is known (`is_known`).
    """
    radios = radios_of(conn, [vessel_id])
    alerts = [a for a in read_alerts(conn, vessel_id=vessel_id) if a["status"] not in CLOSED]
    return life_of(
        vessel_id,
        read_chain(conn, radios, lake),
        read_events(conn, vessel_ids=[vessel_id]),
        read_sharing(conn, radios),
        [{name: alert[name] for name in _ALERT} for alert in alerts],
    )


def _heard(lake: Lake, mmsis: set[int]) -> pd.DataFrame:
    """Return all that these radios declared."""
    days = lake.days() or [date(1970, 1, 1)]
    start_at, end_at = (datetime.combine(day, time(), UTC) for day in (days[0], days[-1] + timedelta(days=1)))
    heard: pd.DataFrame = lake.read_statics(start_at, end_at, mmsis).to_pandas()
    return heard


def read_listings(conn: Connection, ws: Workspace, life: dict[str, Any]) -> list[Found]:
    """Return the lists on which a vessel stands or stood, and entries that its names are like."""
    from watch.store.watchlists import read_listed
    from watch.watchlists.matching import Watch
    from watch.watchlists.overview import file_entries, find_all, ships_of

    return find_all(Watch([*read_listed(conn), *file_entries(ws.own_rules)]), ships_of(life))
