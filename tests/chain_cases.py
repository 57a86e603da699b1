"""A few days of a small made sea, as files that Shipwatch loads, and what the chain stores of them.

The sea has a port in a transfer area, a second port three degrees north, and a transfer area cut by 180°. In it
tankers meet at midnight and on the dateline, fall silent for good and for a while, and sail from port to port; one
tells its name only on the last day, and one radio is used by two ships.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from tests.detect.test_visits_and_meetings import make_world
from watch import jobs
from watch.detect.world import World
from watch.rules.loader import RuleSet, load_rules
from watch.store.alerts import read_alerts
from watch.store.events import read_events
from watch.store.history import read_history, verify_history
from watch.views import public_events
from watch.workspace import Workspace
from watch.zones.geofences import load_zones

T0 = pd.Timestamp("2020-06-01T00:00:00Z")
END_H = 140.0
LIFE = ("status", "close_reason", "version", "raised_at", "updated_at")

Waypoint = tuple[float, float, float]  # hours after T0, lat, lon

RULES = {
    "meeting": """
id: meeting
title: Two tankers alongside
status: stable
level: medium
description: Two tankers lie beside one another in a transfer area.
vessel: {type: tanker}
match:
  id: meeting
  event: encounter
  zone: {kind: sts}
  where: {other_type: tanker}
alert: {group_within: 2d, summary: "{vessel} lay beside {meeting.other}"}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
""",
    "silence": """
id: silence
title: Tanker unheard in a transfer area
status: stable
level: high
description: A tanker is not heard for twelve hours from a transfer area.
vessel: {type: tanker}
match:
  id: dark
  event: gap
  zone: {kind: sts}
  where: {duration_h: ">=12h"}
unknown_if: {coverage: lost}
alert: {summary: "{vessel} was not heard for {dark.hours} h"}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
""",
    "voyage": """
id: voyage
title: From port to port, unheard between
status: stable
level: critical
description: A tanker calls at the home port, falls silent and reaches the far port within three days.
vessel: {type: tanker}
match:
  sequence:
    by: vessel
    within: 3d
    steps:
      - {id: load, event: port_visit, zone: {id: home_port}}
      - {id: dark, event: gap, where: {duration_h: ">=12h"}}
      - {id: arrive, event: port_visit, zone: {id: far_port}}
    early: {after: dark, level: low}
alert: {summary: "{vessel} left {load.zone}"}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
""",
}


def make_sea(folder: Path, edit: Callable[[str], str] | None = None) -> World:
    """Return the small sea's zones; `edit` changes the text of their file."""
    line = shapely.MultiPolygon([shapely.box(-180, -0.2, -179.8, 0.2), shapely.box(179.8, -0.2, 180, 0.2)])
    world = make_world(
        folder,
        {
            "home_port": ("load_port", shapely.Point(0.0, 0.0).buffer(0.01)),
            "far_port": ("discharge_port", shapely.Point(0.0, 3.0).buffer(0.01)),
            "roads": ("sts_zone", shapely.box(-0.5, -0.5, 0.5, 0.5)),
            "line_roads": ("sts_zone", line),
        },
    )
    if edit is None:
        return world
    (path,) = folder.glob("*.geojson")
    path.write_text(edit(path.read_text()))
    return World(load_zones(folder))


def make_rules(folder: Path, world: World, texts: dict[str, str] | None = None) -> RuleSet:
    """Return the rules of some texts by file name, read from a folder as they would be."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        old.unlink()
    for name, text in (RULES if texts is None else texts).items():
        (folder / f"{name}.yaml").write_text(text)
    return load_rules(folder, world.zones)


def track(
    mmsi: int,
    ways: Sequence[Waypoint],
    *,
    every_min: int = 30,
    silent_h: Sequence[tuple[float, float]] = (),
    told: dict[str, Any] | None = None,
    told_from_h: float = 0.0,
) -> pd.DataFrame:
    """Return the rows of one ship that goes from way-point to way-point at even speed; longitudes may pass 180."""
    hours = np.arange(ways[0][0], ways[-1][0] + 1e-9, every_min / 60)
    for begin, end in silent_h:
        hours = hours[(hours <= begin) | (hours >= end)]
    at, lat, lon = (np.array(values, dtype=float) for values in zip(*ways, strict=True))
    leg = np.clip(np.searchsorted(at, hours, side="right"), 1, len(at) - 1)
    nm = 60 * np.hypot(np.diff(lat), np.diff(lon))
    rows = pd.DataFrame(
        {
            "mmsi": mmsi,
            "fix_at": T0 + pd.to_timedelta((hours * 3600).round(), unit="s"),
            "lat": np.interp(hours, at, lat).round(5),
            "lon": ((np.interp(hours, at, lon) + 180) % 360 - 180).round(5),
            "sog_kn": (nm / np.diff(at))[leg - 1].round(1),
        }
    )
    for name in ("nav_status", "imo", "name", "ship_type", "draught_m"):
        rows[name] = (told or {}).get(name)
        if name in ("imo", "name"):
            rows[name] = rows[name].where(pd.Series(hours >= told_from_h), None)
    return rows


def tanker(name: str, imo: int | None) -> dict[str, Any]:
    """Return what a tanker tells of itself."""
    return {"name": name, "imo": imo, "ship_type": 80, "draught_m": 9.5}


def sea_rows() -> pd.DataFrame:
    """Return every row of the small sea, by time."""
    stay = [(0.0, 0.2, 0.2), (END_H, 0.2, 0.2)]
    ships = [
        track(  # sails dark from port to port, and names itself only on the last day
            636000001,
            [(0, 0, 0), (20, 0, 0), (26, 1, 0), (60, 2.9, 0), (70, 3, 0), (90, 3, 0), (END_H, 1, 0)],
            silent_h=[(30, 48)],
            told=tanker("ALPHA", 9074729),
            told_from_h=120,
        ),
        track(636000002, [(0, 0.3, 0), (22, 0.3, 0.3), (29, 0.3, 0.301), (60, 0.45, 0)], told=tanker("BRAVO", 9999802)),
        track(
            538000003,
            [(0, -0.4, 0), (21, 0.301, 0.3), (30, 0.301, 0.301), (END_H, 0.4, 0)],
            told=tanker("CHARLIE", None),
        ),
        track(  # from home, silent twice, and nowhere to be seen at the far port in time
            636000004,
            [(0, 0, 0.001), (10, 0, 0.001), (30, 1.5, 0), (END_H, 2, -3)],
            silent_h=[(30, 50), (100, 118)],
            told=tanker("DELTA", 9999814),
        ),
        track(201000005, stay, told={"name": "ANCHORED", "ship_type": 70, "nav_status": 1}),
        track(201000006, [(h, la + 0.05, lo) for h, la, lo in stay], told={"name": "BESIDE", "ship_type": 70}),
        track(201000007, [(0, 0, 179.7), (45.7, 0, 179.99), (53, 0, 180.002), (90, 0, 181)], told=tanker("EAST", None)),
        track(201000008, [(0, 0, 180.5), (46, 0, 180.0), (53, 0, 180.001), (90, 0, 179)], told=tanker("WEST", None)),
        track(201000009, [(0.1, 40, 30), (139.1, 41, 31)], every_min=60),
        track(201000009, [(0.2, -30, -20), (139.2, -30, -21)], every_min=90),
    ]
    return pd.concat(ships, ignore_index=True).sort_values(["fix_at", "mmsi"], kind="stable", ignore_index=True)


def write_rows(rows: pd.DataFrame, path: Path) -> Path:
    """Write rows as canonical CSV in their order."""
    rows.to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\n")
    return path


def hours_of(rows: pd.DataFrame) -> pd.Series[float]:
    """Return the hours after T0 of rows."""
    return (rows["fix_at"] - T0) / pd.Timedelta(hours=1)


def workspace(folder: Path, url: str | None, world: World, rules: RuleSet) -> Workspace:
    """Return a workspace with these zones and rules in place of the bundled ones."""
    ws = Workspace(folder / "data", url)
    vars(ws).update(world=world, rules=rules)  # where `cached_property` keeps what it has made
    return ws


def quiet(what: str, share: float) -> None:
    """Show no progress."""


def load(ws: Workspace, paths: Iterable[Path]) -> jobs.RunReport:
    """Load files without showing progress."""
    return jobs.load(ws, list(paths), "auto", quiet)


@dataclass(frozen=True)
class Stored:
    """All events and standing alerts of a workspace by id, as they go out, and without the life of an alert."""

    events: dict[str, dict[str, Any]]
    alerts: dict[str, dict[str, Any]]

    def kinds(self) -> dict[str, int]:
        """Return how many events of each kind there are."""
        return pd.Series([e["kind"] for e in self.events.values()]).value_counts().sort_index().to_dict()


def stored(ws: Workspace) -> Stored:
    """Return what a workspace holds; its history must be whole."""
    with ws.engine.connect() as conn:
        verify_history(conn)
        found = read_events(conn)
        alerts = [a for a in read_alerts(conn) if a["status"] != "withdrawn"]
    events = json.loads(json.dumps(list(public_events(found, ws.world.zones)), default=str))
    assert len({e["event_id"] for e in events}) == len(events)
    return Stored(
        {e["event_id"]: e for e in events},
        {a["alert_id"]: {k: v for k, v in a.items() if k not in LIFE} for a in alerts},
    )


def rows_in_lake(ws: Workspace) -> int:
    """Return how many positions the lake holds."""
    return sum(ws.lake.rows_on(day) for day in ws.lake.days())


def history(ws: Workspace) -> list[dict[str, Any]]:
    """Return the whole history of alerts."""
    with ws.engine.connect() as conn:
        return read_history(conn)
