"""World ports, so that a call anywhere is known as one."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pandas as pd

from watch.errors import ConfigError
from watch.geodesy import NM_M

#: own: the list places a port to within a mile or two; berths and roads lie around that point.
WORLD_PORT_RADIUS_M = 2 * NM_M
PORT_COLUMNS = ("zone_id", "name", "country", "kind", "lat", "lon", "radius_m")
WORLD_PORT_SOURCE = "searoute package (UN/LOCODE)"


def read_world_ports() -> pd.DataFrame:
    """Return the ports that the `searoute` package carries, by UN/LOCODE, with `PORT_COLUMNS`.

    Raises
    ------
    ConfigError
        When the package is not installed or has lost its list.

    Notes
    -----
    Some codes stand for several places; the second has `_2` behind its id. A few points of the list are off by
    tens of miles, and none says how far its port reaches.
    """
    features = json.loads(_ports_file().read_text(encoding="utf-8"))["features"]
    codes = pd.Series([str(f["properties"]["port"]) for f in features])
    lonlat = pd.DataFrame([f["geometry"]["coordinates"][:2] for f in features], columns=["lon", "lat"])
    again = codes.groupby(codes).cumcount()
    suffix = again.map(lambda k: f"_{k + 1}" if k else "")
    ports = pd.DataFrame(
        {
            "zone_id": "port_" + codes.str.lower() + suffix,
            "name": [str(f["properties"]["name"]) for f in features],
            "country": codes.str[:2],
            "kind": "world_port",
            "lat": lonlat["lat"],
            "lon": lonlat["lon"],
            "radius_m": WORLD_PORT_RADIUS_M,
        }
    )
    return ports.sort_values("zone_id", ignore_index=True)


def _ports_file() -> Path:
    # found without importing: the package itself loads a sea network that is not wanted here
    spec = importlib.util.find_spec("searoute")
    if spec is None or spec.origin is None:
        raise ConfigError("world ports: the package searoute is not installed; install Shipwatch again")
    path = Path(spec.origin).parent / "data" / "ports.geojson"
    if not path.is_file():
        raise ConfigError(f"world ports: {path.name} is missing from the package searoute; install it again")
    return path
