"""What is stored as GeoDataFrames, for notebooks and programs: events, tracks, zones, alerts, and rules tried out.

Everything here reads and changes nothing. Moments are UTC, places degrees (EPSG:4326).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.geodataframe import GeoDataFrame

from watch.alert_board import read_told
from watch.alerts import build_alerts
from watch.coast import read_coast
from watch.detect.tracks import moments
from watch.errors import RuleError
from watch.export.rows import alert_row
from watch.paths import bundled
from watch.plain import plain
from watch.rematch import data_clock
from watch.rules.loader import load_files
from watch.rules.matcher import match_table
from watch.rules.measures import load_measures
from watch.rules.table import EventTable
from watch.scene.fixes import read_vessel_fixes
from watch.store.events import read_events
from watch.workspace import Workspace

_WGS84 = "EPSG:4326"
_TRACK = ("vessel_id", "mmsi", "at", "sog_kn", "cog_deg", "stretch")


def events(ws: Workspace, **wanted: Any) -> GeoDataFrame:
    """Return stored events with the place where each began as geometry; null where it is not known.

    Parameters
    ----------
    ws
        The workspace.
    wanted
        As `store.events.read_events` takes it: `kind`, `mmsi`, `imo`, `vessel_ids`, `from_at`, `to_at`.
    """
    with ws.engine.connect() as conn:
        found = read_events(conn, **wanted)
    places = gpd.points_from_xy(found["start_lon"], found["start_lat"], crs=_WGS84)
    places[found["start_lat"].isna().to_numpy()] = None
    return GeoDataFrame(found, geometry=places)


def track(
    ws: Workspace, vessel_id: str, from_at: datetime | None = None, to_at: datetime | None = None
) -> GeoDataFrame:
    """Return the fixes of a vessel in `[from_at, to_at)` by time, whatever radio it had.

    Columns are `vessel_id`, `mmsi`, `at`, `sog_kn`, `cog_deg` and `stretch`, which counts on where nothing was heard
    for long, or the radio changed: between two stretches nothing is known.
    """
    parts = read_vessel_fixes(ws, vessel_id, from_at, to_at)

    def joined(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts]) if parts else np.zeros(0)

    cut = joined("cut").astype(bool)
    if parts:
        cut[np.cumsum([0, *(len(part) for part in parts[:-1])])] = True
    columns = {
        "vessel_id": vessel_id,
        "mmsi": joined("mmsi").astype(np.int64),
        "at": moments(joined("at_us").astype(np.int64)),
        "sog_kn": joined("sog_kn"),
        "cog_deg": joined("cog_deg"),
        "stretch": np.cumsum(cut),
    }
    places = gpd.points_from_xy(joined("lon"), joined("lat"), crs=_WGS84)
    return GeoDataFrame(pd.DataFrame(columns, columns=list(_TRACK)), geometry=places)


def zones(ws: Workspace) -> GeoDataFrame:
    """Return the zones that rules speak of, with their polygons."""
    return ws.world.zones.table.copy()


def land() -> GeoDataFrame:
    """Return the land, for a map to lie upon (Natural Earth, 1:50 million)."""
    lon, lat, starts = read_coast()
    rings = shapely.linearrings(lon, lat, indices=np.repeat(np.arange(len(starts)), np.diff([*starts, len(lon)])))
    return GeoDataFrame(geometry=shapely.polygons(rings), crs=_WGS84)


def alerts(ws: Workspace) -> pd.DataFrame:
    """Return all alerts, the gravest first, a row each."""
    with ws.engine.connect() as conn:
        return pd.DataFrame([alert_row(alert) for alert in read_told(ws, conn)])


def try_rule(ws: Workspace, file: Path) -> list[dict[str, Any]]:
    """Return the alerts that a rule would have raised over the stored events; nothing is stored.

    Parameters
    ----------
    ws
        The workspace.
    file
        A rule, wherever it lies.

    Raises
    ------
    RuleError
        The rule has faults.
    """
    roots = [bundled("rules"), ws.own_rules]
    found = load_files([(file, file.name)], ws.world.zones, roots=roots, imported=ws.listings())
    if not found.rules:
        raise RuleError([fault for fault in found.faults if fault.file == file.name] or found.faults)
    with ws.engine.connect() as conn:
        seen, as_of = read_events(conn), data_clock(conn)
    zone_of = ws.world.zones.by_id.get
    table = EventTable(seen, zone_of, found.lists)
    (rule,) = found.rules
    made = build_alerts(rule, match_table(rule, table, as_of), load_measures(), zone_of, table.lists)
    return [plain(alert) for alert in made]
