"""Made seas for the catalogue of scenarios: every ship, number and position in here is SYNTHETIC.

Ships that sail and stop as ships do are told as in a scenario file; what no hull does (circles, leaps, two hulls under
one number) is drawn point by point.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike

from tests.readers.cases import drain
from tests.scenarios.scenario_builders import make_case
from tests.tracks import T0
from watch.columns import POSITIONS, RAW
from watch.geodesy import Floats, distance_m
from watch.merge import deduplicate
from watch.pipeline import bundled_world, prepare, see
from watch.scenarios.catalogue import load_scenario
from watch.scenarios.maker import make_scenario

DAY_H = 24.0
OFTEN = {"thin_min": 10, "rest_min": 20, "satellite": "never"}
SELDOM = {"thin_min": 60, "rest_min": 60, "satellite": "never"}


def events_of(rows: pa.Table | pd.DataFrame) -> pd.DataFrame:
    """Return what the whole chain sees in rows of `columns.RAW`."""
    raw = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
    return see(*prepare(raw), bundled_world()).events


def file_events(path: Path) -> pd.DataFrame:
    """Return what the whole chain sees in a file."""
    read = drain(path)
    positions = read.positions.append_column("load_id", pa.array([1] * len(read.positions), pa.int32()))
    return see(deduplicate(positions.select(POSITIONS.names)), read.statics, bundled_world()).events


def bundled_rows(scenario: str, *ships: str) -> pd.DataFrame:
    """Return the rows of some ships of a bundled scenario."""
    told = load_scenario(scenario)
    some = tuple(ship for ship in told.ships if ship.name in ships)
    return make_scenario(told.model_copy(update={"ships": some, "crowd": ()}))


@cache
def bundled_events(scenario: str, *ships: str) -> pd.DataFrame:
    """Return what the whole chain sees in some ships of a bundled scenario."""
    return events_of(bundled_rows(scenario, *ships))


def made_events(*ships: dict[str, Any]) -> pd.DataFrame:
    """Return what the whole chain sees in ships that are told as in a scenario file."""
    return events_of(make_scenario(make_case(*ships)))


def ship(
    name: str, mmsi: int, at: str, position: tuple[float, float], *acts: dict[str, Any], **told: Any
) -> dict[str, Any]:
    """Return a ship as a scenario file tells it: a tanker that is heard often, unless told otherwise."""
    base = {"name": name, "mmsi": mmsi, "at": at, "position": position, "acts": list(acts)}
    return {"type": "tanker", "length_m": 180, "beam_m": 32, "reports": OFTEN, **base, **told}


def sail(*to: tuple[float, float], kn: float) -> dict[str, Any]:
    """Return the act of sailing over places to the last of them."""
    return {"sail": {"via": to[:-1], "to": to[-1], "speed_kn": kn}}


def hold(how: str, **length: Any) -> dict[str, Any]:
    """Return the act of staying, for `hours` or `until` a moment."""
    return {"hold": {"as": how, **length}}


def track(mmsi: int, hours: ArrayLike, lat: ArrayLike, lon: ArrayLike, **told: Any) -> pa.Table:
    """Return fixes at hours after T0, with the speed that the way takes unless told; `told` holds columns of RAW."""
    at_us = T0.value // 1000 + np.rint(np.asarray(hours, dtype=np.float64) * 3.6e9).astype(np.int64)
    every: dict[str, Any] = {"mmsi": mmsi, "fix_at": at_us, "lat": lat, "lon": lon, **told}
    if "sog_kn" not in told:
        lats, lons = (np.broadcast_to(np.asarray(x, np.float64), at_us.shape) for x in (lat, lon))
        way_nm = distance_m(lats[:-1], lons[:-1], lats[1:], lons[1:]) / 1852
        kn = way_nm / np.diff(at_us) * 3.6e9
        every["sog_kn"] = np.append(kn, kn[-1:]).round(1)
    columns = {name: np.broadcast_to(value, at_us.shape).tolist() for name, value in every.items()}
    return pa.table({name: pa.array(values, RAW.field(name).type) for name, values in columns.items()})


def together(*tracks: pa.Table) -> pa.Table:
    """Return the fixes of several tracks as one table."""
    return pa.concat_tables(tracks, promote_options="default")


def hours(length_h: float, every_min: float = 10.0, begin_h: float = 0.0) -> Floats:
    """Return the hours at which a ship is heard."""
    return begin_h + np.arange(0.0, length_h, every_min / 60)


def to_and_fro(hour: Floats, kn: float, reach_deg: float) -> Floats:
    """Return degrees of latitude about 0 of a ship that sails to and fro, and never rests."""
    return reach_deg * (2 * np.abs((hour * kn / 60 / reach_deg / 2) % 2 - 1) - 1)


def go_round(
    mmsi: int, lat: float, lon: float, *, radius_nm: float, kn: float, length_h: float, begin_h: float = 0.0
) -> pa.Table:
    """Return a ship that goes round a place, heard every six minutes."""
    hour = hours(length_h, 6, begin_h)
    bearing = (hour - begin_h) * kn / radius_nm
    north, east = radius_nm / 60 * np.cos(bearing), radius_nm / 60 * np.sin(bearing)
    return track(mmsi, hour, lat + north, lon + east / np.cos(np.radians(lat)), ship_type=80)


def jammed(where: str, mmsi_from: int, begin_h: float, ships: int = 8) -> pa.Table:
    """Return ships in the Strait of Hormuz that are all shown elsewhere for three hours, and then are back."""
    tracks = []
    for i in range(ships):
        hour = hours(12, 5)
        lat = 26.3 + 0.04 * i + hour * (0.008 if i % 2 else -0.008)
        lon = 56.35 + 0.05 * i + hour * 0.01
        away = (hour >= 5 + 0.05 * i) & (hour < 8 + 0.05 * i)
        false = {
            "beside": (lat + 0.55, lon - 0.3),
            "inland": (27.9 + 0.02 * np.sin(9 * hour + i), 56.5 + 0.02 * np.cos(9 * hour + i)),
            "one_place": (np.full_like(hour, 26.9), np.full_like(hour, 56.45)),
        }[where]
        lat, lon = (np.where(away, there, here) for there, here in zip(false, (lat, lon), strict=True))
        tracks.append(track(mmsi_from + i, begin_h + hour, lat, lon, ship_type=80, sog_kn=8.0, nav_status=0))
    return together(*tracks)


def kinds(events: pd.DataFrame) -> Counter[str]:
    """Return how many events there are of each kind, sub-kinds by their own names; zones passed or in reach apart."""
    words = [d.get("sub_kind", kind) for kind, d in zip(events["kind"], events["details"], strict=True)]
    return Counter(word for word in words if word not in ("zone_visit", "possible_visit"))


def of_kind(events: pd.DataFrame, kind: str, sub_kind: str | None = None) -> list[dict[str, Any]]:
    """Return the events of a kind in order of time, each as one dict of its columns and details."""
    rows = [{**row, **row["details"]} for row in events[events["kind"] == kind].to_dict("records")]
    return [row for row in rows if sub_kind in (None, row.get("sub_kind"))]


def calls(events: pd.DataFrame) -> list[tuple[int, str]]:
    """Return the radio and port of each visit with a stop, in order of time."""
    return [(v["mmsi"], v["zone_id"]) for v in of_kind(events, "port_visit") if v["confidence"] > 1]


def zones(events: pd.DataFrame, kind: str) -> set[str]:
    """Return the zones of the events of a kind."""
    return {row["zone_id"] for row in of_kind(events, kind)}
