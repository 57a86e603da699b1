"""Real tracks for tests: the AIS samples of the `tracktable-data` package as files that Shipwatch reads.

A `.traj` file holds one trajectory a line, comma separated: `*T*`, a UUID, the domain, the number of
points, the number of properties of the trajectory, `*P*`, the domain, three numbers that describe a point,
the number of properties of a point; then for each point the ship's number, the time, the longitude and the
latitude. None of the sets used here carries a property, so the rows hold what the files do: MMSI, moment
and place, no speed and no identity.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from tracktable_data.data import retrieve

from watch.geodesy import NM_M, distance_m
from watch.params import DEFAULT

#: Each set of real tracks by a short name.
TRAJ_FILES = {
    "new-york-week": "NYHarbor_2020_12_first_week.traj",
    "us-coast-day": "US_coastal_2020_06_30.traj",
    "virginia-beach": "VirginiaBeach_2020_06_04_to_06_filtered.traj",
}

#: An hour of New York in NOAA's style: columns in another order, `TranscieverClass` misspelt, `ETA` added, a
#: COG down to -180. It is read as it is.
NOAA_HOUR = "NYHarbor_2020_06_30_first_hour.csv"

_HEAD = 11  # fields before the first point
_POINT = 4  # fields of a point


@dataclass(frozen=True)
class Counts:
    """How much a set of tracks holds; a jump is a step of one MMSI longer than its speed limit allows.

    The limit is that of the segments: 60 kn and a slack of 1 km (`Params`).
    """

    ships: int
    fixes: int
    repeats: int
    jumps: int
    jumping_ships: int


def noaa_hour() -> Path:
    """Return the path of the NOAA-style hour as it came."""
    return Path(retrieve(NOAA_HOUR))


def read_traj(name: str) -> pd.DataFrame:
    """Return a set as columns `mmsi, fix_at, lat, lon` in the order of the file, repeats and all."""
    return _parsed(name).copy()


@cache
def _parsed(name: str) -> pd.DataFrame:
    with Path(retrieve(TRAJ_FILES[name])).open(newline="") as file:
        fields = np.concatenate([_points(row) for row in csv.reader(file) if row])
    return pd.DataFrame(
        {
            "mmsi": fields[:, 0].astype(np.int64),
            "fix_at": pd.to_datetime(fields[:, 1], utc=True),
            "lat": fields[:, 3].astype(np.float64),
            "lon": fields[:, 2].astype(np.float64),
        }
    )


def _points(row: list[str]) -> np.ndarray:
    points, trajectory_properties, point_properties = int(row[3]), int(row[4]), int(row[10])
    if row[0] != "*T*" or trajectory_properties or point_properties or len(row) != _HEAD + points * _POINT:
        raise ValueError(f"not a trajectory as this helper knows it: {row[:_HEAD]}")
    return np.array(row[_HEAD:], dtype=object).reshape(points, _POINT)


def canonical_csv(name: str) -> Path:
    """Return the path of a set as canonical CSV, made once for each user and version of this file.

    The rows are sorted by time as a feed would bring them.
    """
    folder = Path(tempfile.gettempdir()) / f"shipwatch-real-tracks-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{name}-{Path(__file__).stat().st_mtime_ns}.csv"
    if not target.exists():
        half = target.with_suffix(f".{os.getpid()}")
        rows = read_traj(name).sort_values(["fix_at", "mmsi"], kind="stable")
        rows.to_csv(half, index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\n")
        half.replace(target)
    return target


def all_sets() -> Iterator[tuple[str, Path]]:
    """Yield every set with the path of a file that `shipwatch load` takes."""
    yield from ((name, canonical_csv(name)) for name in TRAJ_FILES)
    yield "noaa-hour", noaa_hour()


def count(tracks: pd.DataFrame) -> Counts:
    """Return how many ships, fixes, exact repeats and jumps are in a table of tracks."""
    once = tracks.drop_duplicates().sort_values(["mmsi", "fix_at", "lat", "lon"])
    lat, lon, mmsi = (once[c].to_numpy() for c in ("lat", "lon", "mmsi"))
    hours = np.diff(once["fix_at"].to_numpy()) / np.timedelta64(1, "h")
    limit_m = DEFAULT.max_speed_kn * NM_M * hours + DEFAULT.jump_slack_m
    jump = (mmsi[1:] == mmsi[:-1]) & (distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]) > limit_m)
    return Counts(
        ships=int(once["mmsi"].nunique()),
        fixes=len(once),
        repeats=len(tracks) - len(once),
        jumps=int(jump.sum()),
        jumping_ships=len(np.unique(mmsi[1:][jump])),
    )
