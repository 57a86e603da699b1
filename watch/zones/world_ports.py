"""World ports, so that a call anywhere is known as one."""

from __future__ import annotations

import pandas as pd

from watch.geodesy import NM_M
from watch.searoute_data import read_searoute

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
    features = read_searoute("ports.geojson", "world ports")
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
