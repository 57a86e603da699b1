"""Makes `rules/geofences/places.geojson` from a table of circles: `make_geofences.py PLACES_CSV [OUT_FOLDER]`.

The table has the columns `id, name, country, kind, lat, lon, radius_nm, source, note`. A note that says
`polygon 123.3-127.0E 28.0-32.0N` replaces the circle by that box.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from watch.geodesy import EARTH_RADIUS_M, NM_M, from_unit_vectors, unit_vectors

CIRCLE_POINTS = 64
BOX = re.compile(r"polygon ([\d.]+)-([\d.]+)E ([\d.]+)-([\d.]+)N")
#: How the table's working notes read to an analyst.
WORDING = {
    "repo ROI bbox": "published box",
    "other repo:": "another source:",
    "other repo": "another source",
    "repo sar_bbox": "published box",
    "repo bboxes": "published boxes",
    "repo bbox": "published box",
    "memory, unverified": "unverified",
    "(memory)": "(unverified)",
    "WPI": "World Port Index",
}


def make_geofences(table: Path, out: Path) -> None:
    """Write the places, a feature a line."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file), *derived_places()]
    lines = [json.dumps(feature(row), ensure_ascii=False, separators=(",", ":")) for row in rows]
    body = ",\n".join(lines)
    path = out / "places.geojson"
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n', encoding="utf-8")
    print(f"{path.name}: {len(rows)} zones, {path.stat().st_size / 1e3:.0f} kB")


def derived_places() -> list[dict[str, str]]:
    """Return places that the notes of the table ask for beside its rows."""
    return [
        {
            "id": "ir_kooh_mobarak",
            "name": "Kooh Mobarak crude terminal",
            "country": "IR",
            "kind": "load_terminal",
            "lat": "25.633",
            "lon": "57.305",
            "radius_nm": "8",
            "source": "derived: 25 nm west of World Port Index 48540 (Jask)",
            "note": "approximate, unverified; the crude terminal lies west of the port of Jask",
        }
    ]


def feature(row: dict[str, str]) -> dict[str, Any]:
    """Return one row of the table as a GeoJSON feature."""
    lat, lon, radius_nm = (float(row[key]) for key in ("lat", "lon", "radius_nm"))
    box = BOX.search(row["note"])
    shape = shapely.box(*(float(box[k]) for k in (1, 3, 2, 4))) if box else circle(lat, lon, radius_nm * NM_M)
    facts = {
        "id": row["id"],
        "name": row["name"],
        "country": row["country"],
        "kind": row["kind"],
        "valid_from": None,
        "valid_to": None,
        "source": reword(row["source"]),
        "note": reword(row["note"]),
        "lat": lat,
        "lon": lon,
        "radius_nm": radius_nm,
    }
    rounded = shapely.transform(shape, lambda xy: np.round(xy, 5))
    return {"type": "Feature", "properties": facts, "geometry": json.loads(shapely.to_geojson(rounded))}


def circle(lat: float, lon: float, radius_m: float) -> shapely.Geometry:
    """Return a circle of true radius on the sphere, in two parts where it crosses 180°.

    The corners lie a little outside, so that the polygon has the area of the circle.
    """
    turn = 2 * np.pi / CIRCLE_POINTS
    reach = radius_m / EARTH_RADIUS_M * np.sqrt(turn / np.sin(turn))
    bearing = -np.arange(CIRCLE_POINTS) * turn
    centre = unit_vectors([lat], [lon])
    north, east = unit_vectors([lat + 90], [lon]), unit_vectors([0.0], [lon + 90])
    across = np.cos(bearing)[:, None] * north + np.sin(bearing)[:, None] * east
    lats, lons = from_unit_vectors(np.cos(reach) * centre + np.sin(reach) * across)
    near = lon + (lons - lon + 180) % 360 - 180
    whole = shapely.Polygon(np.column_stack([near, lats]))
    world = shapely.box(-180, -90, 180, 90)
    moved = [shapely.transform(whole, lambda xy, by=round_by: np.add(xy, (by, 0))) for round_by in (-360, 0, 360)]
    return shapely.union_all([shapely.intersection(part, world) for part in moved])


def reword(text: str) -> str:
    """Return a working note as an analyst should read it."""
    for short, plain in WORDING.items():
        text = text.replace(short, plain)
    return text.strip()


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    make_geofences(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else here / "rules" / "geofences")
