"""Reporting: the digest of what changed since the last one, with a map for each alert it tells in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from watch.digest import CARDS_MAX, Digest, write_digest
from watch.digest_view import by_gravity, changes_between
from watch.maps import draw_alert_map
from watch.store.alerts import read_alerts
from watch.store.events import read_events
from watch.store.history import read_history
from watch.store.loads import read_loads
from watch.store.runs import last_digest, read_health, read_rule_faults, save_digest
from watch.store.slices import read_slices
from watch.workspace import Workspace

Progress = Callable[[str, float], None]
Alert = dict[str, Any]

_MAP_MARGIN = timedelta(days=3)  # own: the way to the first step and from the last
_TRACK_COLUMNS = ("mmsi", "fix_at", "lat", "lon", "sog_kn")


@dataclass(frozen=True)
class Changes:
    """Alerts by what has become of them since the last digest."""

    new: list[Alert]
    changed: list[Alert]
    withdrawn: list[Alert]
    still_open: list[Alert]
    last_seq: int


def make_digest(
    ws: Workspace, folder: Path, at: datetime, progress: Progress, *, keep: bool, synthetic: bool = False
) -> dict[str, Path]:
    """Write the digest since the last one that was kept, and return the paths of its files.

    Parameters
    ----------
    ws
        The workspace.
    folder
        Where `digest.html`, `digest.txt` and `maps/` go.
    at
        The time of making it.
    progress
        Told how far it is.
    keep
        Whether the next digest begins where this one ends; False for a preview.
    synthetic
        Whether the tracks were made, not observed.
    """
    with ws.engine.connect() as conn:
        last = last_digest(conn)
        since = last["made_at"] if last else None
        changes = collect_changes(conn, last["last_seq"] if last else 0)
        loads = [load for load in read_loads(conn) if since is None or load.started_at >= since]
        health = read_health(conn, since)
        health += [{"kind": "rule", "message": str(fault)} for fault in read_rule_faults(conn)]
        as_of = _data_clock(conn)
    told = [*changes.new, *changes.changed][:CARDS_MAX]
    maps = draw_maps(ws, told, folder / "maps", progress, synthetic=synthetic)
    digest = Digest(
        made_at=at,
        as_of=as_of,
        since=since,
        new=changes.new,
        changed=changes.changed,
        withdrawn=changes.withdrawn,
        still_open=changes.still_open,
        health=health,
        counts={"files loaded": len(loads), "positions stored": sum(load.positions for load in loads)},
        maps={alert_id: f"maps/{path.name}" for alert_id, path in maps.items()},
        synthetic=synthetic,
    )
    paths = write_digest(digest, folder)
    if keep:
        with ws.engine.begin() as conn:
            save_digest(conn, made_at=at, as_of=as_of, last_seq=changes.last_seq, details={})
    return paths


def collect_changes(conn: Connection, after_seq: int) -> Changes:
    """Return what has become of every alert since a place in the history."""
    rows = read_history(conn, after_seq=after_seq)
    before = {row["alert_id"]: row for row in read_history(conn) if row["seq"] <= after_seq}
    alerts = sorted(read_alerts(conn), key=by_gravity)
    touched = {row["alert_id"] for row in rows}
    out = Changes([], [], [], [], rows[-1]["seq"] if rows else after_seq)
    for alert in alerts:
        known = before.get(alert["alert_id"])
        if alert["status"] == "withdrawn":
            if alert["alert_id"] in touched and known and known["status"] != "withdrawn":
                out.withdrawn.append(alert)
        elif known is None:
            out.new.append(alert)
        elif alert["alert_id"] in touched and (what := changes_between(_state(known), alert)):
            out.changed.append({**alert, "changes": what})
        elif alert["status"] in ("open", "acknowledged"):
            out.still_open.append(alert)
    return out


def _state(row: Mapping[str, Any]) -> Alert:
    """Return an alert as the history has it at a row."""
    return {**row["content"], "status": row["status"]}


def _data_clock(conn: Connection) -> datetime | None:
    seen = [s.as_of for s in read_slices(conn) if s.as_of]
    return max(seen, default=None)


def draw_maps(
    ws: Workspace, alerts: Sequence[Alert], folder: Path, progress: Progress, *, synthetic: bool = False
) -> dict[str, Path]:
    """Draw a map for each alert, marked when its tracks are made ones, and return their paths by alert."""
    out = {}
    for number, alert in enumerate(alerts):
        progress("drawing maps", number / len(alerts))
        out[alert["alert_id"]] = folder / f"{alert['alert_id']}.png"
        folder.mkdir(parents=True, exist_ok=True)
        track, gaps = _track(ws, alert), _gaps(ws, alert)
        marked = {**alert, "synthetic": synthetic}
        draw_alert_map(marked, track, gaps, ws.world.zones, out[alert["alert_id"]])
    return out


def _window(alert: Alert) -> tuple[datetime, datetime]:
    times = [datetime.fromisoformat(t) for s in alert["steps"] for t in (s["start_at"], s["end_at"]) if t]
    return min(times) - _MAP_MARGIN, max(times) + _MAP_MARGIN


def _track(ws: Workspace, alert: Alert) -> pd.DataFrame:
    radios = {step["mmsi"] for step in alert["steps"]}
    rows: pd.DataFrame = ws.lake.read_positions(*_window(alert), mmsi=radios, columns=_TRACK_COLUMNS).to_pandas()
    return rows.sort_values("fix_at", ignore_index=True)


def _gaps(ws: Workspace, alert: Alert) -> pd.DataFrame:
    begin, end = _window(alert)
    with ws.engine.connect() as conn:
        found = read_events(conn, kind="gap", from_at=begin, to_at=end, vessel_ids=[alert["vessel"]["vessel_id"]])
    begun: pd.DataFrame = found[found["start_at"] >= begin]  # one that began on an earlier voyage tells nothing here
    return begun
