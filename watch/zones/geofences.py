"""Loads every zone: geofences and waters from GeoJSON, world ports from their package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas.geodataframe import GeoDataFrame
from numpy.typing import NDArray

from watch.errors import Fault, ZoneError
from watch.geodesy import EARTH_RADIUS_M, NM_M, distance_m
from watch.paths import bundled
from watch.zones.kinds import PORT_KINDS, RANKS
from watch.zones.reading import Feature, feature_line, read_geofences, read_moment
from watch.zones.world_ports import PORT_COLUMNS, WORLD_PORT_SOURCE, read_world_ports

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Zone:
    """One zone; `valid_from` and `valid_to` are UTC and half-open, None where it has no such end."""

    zone_id: str
    name: str
    country: str
    kind: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    source: str = ""
    note: str = ""
    min_dwell_h: float = 0.0

    def public(self) -> dict[str, str]:
        """Return the zone as every JSON output shows it."""
        return {"id": self.zone_id, "name": self.name, "country": self.country, "kind": self.kind}


@dataclass(frozen=True, eq=False)
class Zones:
    """All zones of one configuration.

    Attributes
    ----------
    table : GeoDataFrame
        One row a polygon zone, the most specific first: by rank of kind, then area, then id.
    ports : DataFrame
        Every place a ship can call at as a circle: `world_ports.PORT_COLUMNS`, sorted by `zone_id`.
    digest : str
        SHA-256 of all of it; another one means that zones have changed.
    """

    table: GeoDataFrame
    ports: pd.DataFrame
    digest: str
    by_id: Mapping[str, Zone] = field(repr=False)

    def get(self, zone_id: str) -> Zone:
        """Return a zone or world port by its id.

        Raises
        ------
        KeyError
            When there is none.
        """
        return self.by_id[zone_id]


def load_zones(folder: Path | None = None) -> Zones:
    """Return every zone of a folder of GeoJSON files, and the world ports.

    Parameters
    ----------
    folder : Path, optional
        Where the `*.geojson` files lie; the bundled geofences by default.

    Raises
    ------
    ZoneError
        With everything that is wrong in all of the files.
    """
    folder = bundled("rules") / "geofences" if folder is None else folder
    features, faults = read_zone_files(sorted(folder.glob("*.geojson")))
    if not features and not faults:
        faults = [Fault(str(folder), 0, "", "holds no *.geojson file with a zone")]
    if faults:
        raise ZoneError(faults)
    return build_zones(features)


def read_zone_files(paths: Sequence[Path]) -> tuple[list[Feature], list[Fault]]:
    """Return the good features of several files and everything wrong, ids used twice among it."""
    features: list[Feature] = []
    faults: list[Fault] = []
    for path in paths:
        good, wrong = read_geofences(path)
        features += good
        faults += wrong
    first: dict[str, Feature] = {}
    for feature in features:
        zone_id = str(feature.facts["id"])
        if zone_id in first:
            line = feature_line(Path(feature.file), feature.number)
            reason = f"'{zone_id}' is used already in {Path(first[zone_id].file).name}; give another id"
            faults.append(Fault(feature.file, line, f"feature {feature.number + 1}: id", reason))
        first.setdefault(zone_id, feature)
    return features, faults


def build_zones(features: Sequence[Feature]) -> Zones:
    """Return checked features and the world ports as `Zones`."""
    zones = [_zone(f.facts) for f in features]
    table = _table(zones, [f.shape for f in features])
    own = _own_ports(features)
    world = read_world_ports()
    ports = pd.concat([own, world[~_inside_own(world, own)]], ignore_index=True)
    ports = ports.sort_values("zone_id", ignore_index=True)
    fences = {zone.zone_id: zone for zone in zones}
    kept = ports[~ports["zone_id"].isin(fences.keys())]
    calls: dict[str, Zone] = {str(row.zone_id): _world_zone(row) for row in kept.itertuples()}
    return Zones(table, ports, _digest(features, ports), calls | fences)


def _zone(facts: Mapping[str, Any]) -> Zone:
    return Zone(
        zone_id=facts["id"],
        name=facts["name"],
        country=facts["country"],
        kind=facts["kind"],
        valid_from=read_moment(facts.get("valid_from")),
        valid_to=read_moment(facts.get("valid_to")),
        source=facts.get("source", ""),
        note=facts.get("note", ""),
        min_dwell_h=float(facts.get("min_dwell_h", 0.0)),
    )


def _world_zone(row: Any) -> Zone:
    return Zone(row.zone_id, row.name, row.country, row.kind, source=WORLD_PORT_SOURCE)


def _table(zones: Sequence[Zone], shapes: Sequence[shapely.MultiPolygon]) -> GeoDataFrame:
    frame = pd.DataFrame([vars(zone) for zone in zones], columns=list(Zone.__dataclass_fields__))
    for key in ("valid_from", "valid_to"):
        frame[key] = pd.to_datetime(frame[key], utc=True)
    frame["rank"] = frame["kind"].map(RANKS).astype("int64")
    frame["area_km2"] = area_km2(np.array(shapes, dtype=object))
    table = GeoDataFrame(frame, geometry=list(shapes), crs="EPSG:4326")
    return table.sort_values(["rank", "area_km2", "zone_id"], ignore_index=True)


def area_km2(shapes: NDArray[np.object_]) -> Floats:
    """Return areas on the sphere; the equal-area plane has the sine of the latitude as its height."""

    def flatten(xy: Floats) -> Floats:
        return np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))])

    flat = shapely.transform(shapes, flatten)
    return np.asarray(shapely.area(flat) * (EARTH_RADIUS_M / 1000) ** 2, dtype=np.float64)


def _own_ports(features: Sequence[Feature]) -> pd.DataFrame:
    """Return the zones that ships call at as circles; a polygon without one has the circle around it."""
    rows = [
        (f.facts["id"], f.facts["name"], f.facts["country"], f.facts["kind"], *_circle(f))
        for f in features
        if f.facts["kind"] in PORT_KINDS
    ]
    return pd.DataFrame(rows, columns=list(PORT_COLUMNS))


def _circle(feature: Feature) -> tuple[float, float, float]:
    facts = feature.facts
    if all(isinstance(facts.get(key), int | float) for key in ("lat", "lon", "radius_nm")):
        return float(facts["lat"]), float(facts["lon"]), float(facts["radius_nm"]) * NM_M
    centre, corners = feature.shape.centroid, shapely.get_coordinates(feature.shape)
    return centre.y, centre.x, float(distance_m(centre.y, centre.x, corners[:, 1], corners[:, 0]).max())


def _inside_own(world: pd.DataFrame, own: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which world ports lie in a port of our own in the same country, which says more about them."""
    lat, lon = world["lat"].to_numpy(), world["lon"].to_numpy()
    far = distance_m(lat[:, None], lon[:, None], own["lat"].to_numpy(), own["lon"].to_numpy())
    same = world["country"].to_numpy()[:, None] == own["country"].to_numpy()
    return np.asarray((same & (far <= own["radius_m"].to_numpy())).any(axis=1), dtype=np.bool_)


def _digest(features: Sequence[Feature], ports: pd.DataFrame) -> str:
    sums = sorted(
        json.dumps(dict(f.facts), sort_keys=True, default=str).encode() + b"\0" + shapely.to_wkb(f.shape)
        for f in features
    )
    whole = hashlib.sha256()
    for part in (*sums, ports.to_csv(index=False).encode()):
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
