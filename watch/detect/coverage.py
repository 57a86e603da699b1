"""Coverage: whether other ships were still heard at the place and hour where a ship was last heard.

Answered from the data itself. Presence is kept by hour in cells of half a degree of latitude and about as much of
longitude at every latitude; the 3 x 3 cells around a place reach at least 30 nm. Many ships lost together are an
outage, not a silence of each.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from watch.detect.tracks import Bools, Tracks
from watch.geodesy import H_US, Floats, Ints, wrap_lon
from watch.params import Params

#: One row for each ship heard in a cell in an hour, sorted.
PRESENCE_STATE = {"cell": np.int64, "hour": np.int64, "mmsi": np.int64}

UNDECIDED, UNKNOWN, HEARD, LOST = -1, 0, 1, 2
WORDS = {UNDECIDED: "unknown", UNKNOWN: "unknown", HEARD: "heard", LOST: "lost"}

_LOST_NEEDS_OTHERS = 3  # own: two ships that vanish together may be hiding together
_COLUMNS = 1 << 12  # more than the 720 columns at the equator


def cells(lat: Floats, lon: Floats, size_deg: float) -> Ints:
    """Return the number of the cell of each place; cells keep their width in miles towards the poles."""
    band = np.floor((lat + 90.0) / size_deg).astype(np.int64)
    return _cell(band, _column(band, lon, size_deg), size_deg)


def _columns(band: Ints, size_deg: float) -> Ints:
    """Return how many cells of about the same width in miles a band of latitude holds."""
    middle = np.radians((np.arange(round(180.0 / size_deg) + 1) + 0.5) * size_deg - 90.0)
    columns = np.maximum(1, np.floor(360.0 / size_deg * np.cos(middle)).astype(np.int64))
    return np.asarray(columns[band])


def _column(band: Ints, lon: Floats, size_deg: float) -> Ints:
    return np.floor((wrap_lon(lon) + 180.0) / 360.0 * _columns(band, size_deg)).astype(np.int64)


def _cell(band: Ints, column: Ints, size_deg: float) -> Ints:
    return np.asarray(band * _COLUMNS + column % _columns(band, size_deg))


def around(lat: Floats, lon: Floats, size_deg: float) -> Ints:
    """Return for each place the (n, 9) cells at and around it; past a pole the band of the place stands in."""
    here = np.floor((lat + 90.0) / size_deg).astype(np.int64)
    last = round(180.0 / size_deg)
    out = []
    for north in (-1, 0, 1):
        band = np.where((here + north >= 0) & (here + north <= last), here + north, here)
        column = _column(band, lon, size_deg)
        out += [_cell(band, column + east, size_deg) for east in (-1, 0, 1)]
    return np.stack(out, axis=-1)


def hear(tracks: Tracks, state: pd.DataFrame, until_us: int, params: Params) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return presence known in this slice, and what of it the next slice needs.

    Parameters
    ----------
    tracks
        The slice's tracks; carried rows were counted before.
    state
        Presence of the hours before, columns `PRESENCE_STATE`.
    until_us
        End of the slice.
    params
        `coverage_cell_deg`, `history_h`.
    """
    cell = cells(tracks.lat, tracks.lon, params.coverage_cell_deg)
    hour = tracks.at_us // H_US
    change = np.ones(len(tracks), dtype=bool)
    if len(tracks):
        change[1:] = (cell[1:] != cell[:-1]) | (hour[1:] != hour[:-1]) | (tracks.mmsi[1:] != tracks.mmsi[:-1])
        change[1:] |= tracks.carried[:-1]
    rows = np.flatnonzero(change & ~tracks.carried)
    now = pd.DataFrame({"cell": cell[rows], "hour": hour[rows], "mmsi": tracks.mmsi[rows]})
    known = pd.concat([state, now], ignore_index=True) if len(state) else now
    known = known.astype(PRESENCE_STATE).sort_values(["cell", "hour", "mmsi"]).drop_duplicates(ignore_index=True)
    oldest = until_us // H_US - params.history_h
    return known, known[known["hour"] >= oldest].reset_index(drop=True)


def judge(known: pd.DataFrame, mmsi: Ints, at_us: Ints, lat: Floats, lon: Floats, params: Params) -> Ints:
    """Return HEARD, LOST or UNKNOWN for ships last heard at these times and places.

    The most other ships heard in one of the hours before are held against the most in one of the whole hours after.

    Notes
    -----
    LOST needs at least three others before, so that two ships that fall silent together are not taken for an outage.
    """
    if not len(at_us) or not len(known):
        return np.full(len(at_us), UNKNOWN)
    place = around(lat, lon, params.coverage_cell_deg)
    hour = at_us // H_US
    index = _Presence(known)
    span = range(-params.coverage_after_h, params.coverage_after_h + 1)
    others = np.stack([index.others(place, hour + h, mmsi) for h in span])
    before = others[: params.coverage_after_h + 1].max(axis=0)
    after = others[params.coverage_after_h + 1 :].max(axis=0)
    kept: Bools = after >= params.coverage_lost_share * before
    lost = ~kept & (before >= _LOST_NEEDS_OTHERS)
    return np.where(kept & (after > 0), HEARD, np.where(lost, LOST, UNKNOWN))


class _Presence:
    """Presence as counts by cell and hour, and as a sorted list to look one ship up in."""

    def __init__(self, known: pd.DataFrame) -> None:
        slot = _slot(known["cell"].to_numpy(), known["hour"].to_numpy())
        self._slots, number, self._counts = np.unique(slot, return_inverse=True, return_counts=True)
        self._ships = np.sort((number << 30) | known["mmsi"].to_numpy())

    def others(self, place: Ints, hour: Ints, mmsi: Ints) -> Ints:
        """Return how many ships but this one were heard in the cells of each place in that hour."""
        total = np.zeros(len(hour), dtype=np.int64)
        for k in range(place.shape[1]):
            fresh = (place[:, :k] != place[:, k : k + 1]).all(axis=1)  # near a pole cells around may repeat
            number, found = _look_up(self._slots, _slot(place[:, k], hour))
            _, own = _look_up(self._ships, (number << 30) | mmsi)
            total[found & fresh] += (self._counts[number] - own)[found & fresh]
        return total


def _slot(cell: Ints, hour: Ints) -> Ints:
    return np.asarray((cell << 32) | hour)


def _look_up(keys: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """Return where each wanted key stands among the sorted keys, and whether it does."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted
