"""Addresses of our own pages: of alerts, vessels and replays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from watch.wording import as_utc

_AROUND = timedelta(days=2)  # own: what came before and after is seen too


def alert_link(alert_id: str) -> str:
    """Return the address of an alert's page."""
    return f"/alerts/{quote(alert_id, safe='')}"


def vessel_link(vessel_id: str) -> str:
    """Return the address of a vessel's page."""
    return f"/vessels/{quote(vessel_id, safe=':/')}"


def alert_replay(alert_id: str, at: Mapping[str, Any] | None = None) -> str:
    """Return where an alert is replayed; with a step or event, at its beginning and with its ship.

    Examples
    --------
    >>> alert_replay("3f2a")
    '/replay?alert=3f2a'
    >>> alert_replay("3f2a", {"start_at": "2020-05-03T04:10:09Z", "vessel_id": "imo:9208124"})
    '/replay?alert=3f2a#t=2020-05-03T04:10Z&ship=imo:9208124'
    """
    begun_at = as_utc(at["start_at"]) if at else None
    moment = _moment(begun_at, at.get("vessel_id")) if at and begun_at else ""
    return f"/replay?{urlencode({'alert': alert_id})}{moment}"


def vessel_replay(vessel_id: str, from_at: datetime, to_at: datetime) -> str:
    """Return where a ship is replayed around a stretch of time, standing at its beginning."""
    ends = {"from": _words(from_at - _AROUND), "to": _words(to_at + _AROUND)}
    return f"/replay?{urlencode({'vessel': vessel_id, **ends})}{_moment(from_at, vessel_id)}"


def _moment(at: datetime, vessel_id: object) -> str:
    """Return the part of an address that sets the clock of a replay, and chooses a ship."""
    ship = f"&ship={quote(str(vessel_id), safe=':/')}" if vessel_id else ""
    return f"#t={_words(at)}{ship}"


def _words(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"
