"""Coverage: whether other ships were still heard at the place and hour where a ship was last heard.

Answered from the data itself. Presence is kept by hour in cells of half a degree of latitude and about as much of
longitude at every latitude; the 3 x 3 cells around a place reach at least 30 nm. Many ships lost together are an
outage, not a silence of each; but fewer ships than an hour before are no outage where it is so every day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from watch.detect.tracks import Tracks
from watch.geodesy import H_US, Bools, Floats, Ints, wrap_lon
from watch.params import Params
from watch.runs import changes

#: One row for each ship heard in a cell in an hour, sorted.
PRESENCE_STATE = {"cell": np.int64, "hour": np.int64, "mmsi": np.int64}
#: How many ships were heard in a cell in an hour of the days before, where they were not few; sorted.
USUAL_STATE = {"hour": np.int64, "cell": np.int64, "ships": np.int64}

UNDECIDED, UNKNOWN, HEARD, LOST = -1, 0, 1, 2
WORDS = {UNDECIDED: "unknown", UNKNOWN: "unknown", HEARD: "heard", LOST: "lost"}
#: Fewer ships than this in a cell and hour are not counted among the usual, so that they stay few rows world-wide.
FEW_SHIPS = 3

_LOST_NEEDS_OTHERS = 3  # own: two ships that vanish together may be hiding together
_COLUMNS = 1 << 12  # more than the 720 columns at the equator
_DAY_H = 24
_NO_CELL = -1


def cells(lat: Floats, lon: Floats, size_deg: float) -> Ints:
    """Return the number of the cell of each place; cells keep their width in miles towards the poles."""
    band = _band(lat, size_deg)
    return _cell(band, _column(band, lon, size_deg), size_deg)


def _band(lat: Floats, size_deg: float) -> Ints:
    """Return the band of latitude of each place; the north pole lies in the last."""
    return np.minimum(np.floor((lat + 90.0) / size_deg).astype(np.int64), round(180.0 / size_deg) - 1)


def _columns(band: Ints, size_deg: float) -> Ints:
    """Return how many cells of about the same width in miles a band of latitude holds."""
    middle = np.radians((np.arange(round(180.0 / size_deg)) + 0.5) * size_deg - 90.0)
    columns = np.maximum(1, np.floor(360.0 / size_deg * np.cos(middle)).astype(np.int64))
    return np.asarray(columns[band])


def _column(band: Ints, lon: Floats, size_deg: float) -> Ints:
    return np.floor((wrap_lon(lon) + 180.0) / 360.0 * _columns(band, size_deg)).astype(np.int64)


def _cell(band: Ints, column: Ints, size_deg: float) -> Ints:
    return np.asarray(band * _COLUMNS + column % _columns(band, size_deg))


def edges_deg(cell: Ints, size_deg: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the south, north, west and east edges of cells; none reaches over 180° or past a pole.

    Examples
    --------
    >>> edge = edges_deg(cells(np.array([40.7]), np.array([-74.0]), 2.0), 2.0)
    >>> [round(float(e[0]), 2) for e in edge]
    [40.0, 42.0, -76.0, -73.33]
    """
    band, column = np.divmod(cell, _COLUMNS)
    width = 360.0 / _columns(band, size_deg)
    return band * size_deg - 90.0, (band + 1) * size_deg - 90.0, column * width - 180.0, (column + 1) * width - 180.0


def middles_deg(cell: Ints, size_deg: float) -> tuple[Floats, Floats]:
    """Return the latitude and longitude of the middle of cells."""
    south, north, west, east = edges_deg(cell, size_deg)
    return (south + north) / 2, (west + east) / 2


def around(lat: Floats, lon: Floats, size_deg: float) -> Ints:
    """Return for each place the (n, 9) cells at and around it; past a pole the band of the place stands in."""
    here = _band(lat, size_deg)
    last = round(180.0 / size_deg) - 1
    out = []
    for north in (-1, 0, 1):
        band = np.where((here + north >= 0) & (here + north <= last), here + north, here)
        column = _column(band, lon, size_deg)
        out += [_cell(band, column + east, size_deg) for east in (-1, 0, 1)]
    return np.stack(out, axis=-1)


@dataclass(frozen=True)
class Heard:
    """Who was heard where and when, as known in one slice.

    Attributes
    ----------
    presence
        Columns `PRESENCE_STATE`: the hours of the slice, and those shortly before it.
    usual
        Columns `USUAL_STATE`: the same hours as counts, and the days before.
    """

    presence: pd.DataFrame
    usual: pd.DataFrame

    @cached_property
    def by_ship(self) -> _Presence:
        """Presence to be looked up."""
        return _Presence(self.presence)

    @cached_property
    def by_hour(self) -> _Usual:
        """Counts to be looked up."""
        return _Usual(self.usual)


def hear(
    tracks: Tracks, state: Mapping[str, pd.DataFrame], until_us: int, params: Params
) -> tuple[Heard, dict[str, pd.DataFrame]]:
    """Return who was heard, as known in this slice, and what of it the next slice needs.

    Parameters
    ----------
    tracks
        The slice's tracks; carried rows were counted before.
    state
        `presence` of the hours before, columns `PRESENCE_STATE`, and `usual` of the days before, `USUAL_STATE`.
    until_us
        End of the slice.
    params
        `coverage_cell_deg`, `history_h`, `usual_days`.

    Notes
    -----
    An hour becomes counts when it leaves the hours of which each ship is known, so each is counted once and whole.
    """
    known = _join_presence(state["presence"], tracks, params)
    counts = _count_ships(known)
    usual = pd.concat([state["usual"], counts], ignore_index=True) if len(state["usual"]) else counts
    oldest = until_us // H_US - params.history_h
    kept = usual["hour"].between(oldest - _DAY_H * params.usual_days, oldest, inclusive="left")
    presence = known[known["hour"] >= oldest].reset_index(drop=True)
    return Heard(known, usual), {"presence": presence, "usual": usual[kept].reset_index(drop=True)}


def _join_presence(before: pd.DataFrame, tracks: Tracks, params: Params) -> pd.DataFrame:
    """Return presence before and in the slice, sorted."""
    now = presence_of(tracks.mmsi, tracks.at_us, tracks.lat, tracks.lon, params.coverage_cell_deg, ~tracks.carried)
    known = pd.concat([before, now], ignore_index=True) if len(before) else now
    cell, hour, mmsi = (known[name].to_numpy() for name in PRESENCE_STATE)
    order = np.lexsort((mmsi, hour, cell))
    once = order[changes(cell[order], hour[order], mmsi[order])]
    return pd.DataFrame({"cell": cell[once], "hour": hour[once], "mmsi": mmsi[once]})


def presence_of(
    mmsi: Ints, at_us: Ints, lat: Floats, lon: Floats, size_deg: float, news: Bools | None = None
) -> pd.DataFrame:
    """Return the cells and hours in which ships were heard, columns `PRESENCE_STATE`; fixes come by ship and time.

    A ship that comes back to a cell within the hour has two rows.
    """
    cell, hour = cells(lat, lon, size_deg), at_us // H_US
    rows = np.flatnonzero(changes(cell, hour, mmsi) if news is None else changes(cell, hour, mmsi, news) & news)
    return pd.DataFrame({"cell": cell[rows], "hour": hour[rows], "mmsi": mmsi[rows]}).astype(PRESENCE_STATE)


def _count_ships(known: pd.DataFrame) -> pd.DataFrame:
    """Return how many ships each cell had in each hour, where they were not few, columns `USUAL_STATE`."""
    cell, hour = known["cell"].to_numpy(), known["hour"].to_numpy()
    begin = np.flatnonzero(changes(cell, hour))
    ships = np.diff(np.append(begin, len(known)))
    begin, ships = begin[ships >= FEW_SHIPS], ships[ships >= FEW_SHIPS]
    counts = pd.DataFrame({"hour": hour[begin], "cell": cell[begin], "ships": ships}).astype(USUAL_STATE)
    return counts.sort_values(["hour", "cell"], ignore_index=True)


def judge(heard: Heard, mmsi: Ints, at_us: Ints, lat: Floats, lon: Floats, params: Params) -> Ints:
    """Return HEARD, LOST or UNKNOWN for ships last heard at these times and places.

    The most other ships heard in one of the hours before, less those who leave every day at that time, are held
    against the most in one of the whole hours after.

    Notes
    -----
    LOST needs at least three others to be expected, so that two ships that fall silent together are not taken for an
    outage. Without a day before at that place, as many are expected as were heard.
    """
    if not len(at_us) or not len(heard.presence):
        return np.full(len(at_us), UNKNOWN)
    place = _once(around(lat, lon, params.coverage_cell_deg))
    hour = at_us // H_US
    before, after = _before_and_after(lambda h: heard.by_ship.others(place, h, mmsi), hour, params)
    expected = before.astype(np.float64)
    fewer = np.flatnonzero(after < params.coverage_lost_share * before)
    expected[fewer] *= _usually_left(heard.by_hour, place[fewer], hour[fewer], params)
    kept: Bools = after >= params.coverage_lost_share * expected
    lost = ~kept & (expected >= _LOST_NEEDS_OTHERS)
    return np.where(kept & (after > 0), HEARD, np.where(lost, LOST, UNKNOWN))


def _before_and_after(ships_in: Callable[[Ints], Ints], hour: Ints, params: Params) -> tuple[Ints, Ints]:
    """Return the most ships in one of the hours up to each hour, and in one of the hours after it."""
    hours = range(-params.coverage_after_h, params.coverage_after_h + 1)
    ships = np.stack([ships_in(hour + h) for h in hours])
    return ships[: params.coverage_after_h + 1].max(axis=0), ships[params.coverage_after_h + 1 :].max(axis=0)


def _usually_left(usual: _Usual, place: Ints, hour: Ints, params: Params) -> Floats:
    """Return which share of the ships was left at that time of the days before: their median, 1 where none tells."""
    shares = np.full((params.usual_days, len(hour)), np.nan)
    if len(usual) and len(hour):
        for day in range(params.usual_days):
            then = hour - _DAY_H * (day + 1)
            before, after = _before_and_after(lambda h: usual.ships(place, h), then, params)
            shares[day] = np.where(before >= _LOST_NEEDS_OTHERS, after / np.maximum(before, 1), np.nan)
    told = ~np.isnan(shares).all(axis=0)
    left = np.ones(len(hour))
    if told.any():
        left[told] = np.minimum(1.0, np.nanmedian(shares[:, told], axis=0))
    return left


def _once(place: Ints) -> Ints:
    """Return cells around places with those that stand there twice, as happens near a pole, taken out."""
    same = place[:, :, None] == place[:, None, :]
    return np.where(np.tril(same, -1).any(axis=2), _NO_CELL, place)


class _Presence:
    """Presence as counts by cell and hour, and as a sorted list to look one ship up in."""

    def __init__(self, known: pd.DataFrame) -> None:
        slot = _slot(known["cell"].to_numpy(), known["hour"].to_numpy())
        self._slots, number, self._counts = np.unique(slot, return_inverse=True, return_counts=True)
        self._ships = np.sort((number << 30) | known["mmsi"].to_numpy())

    def others(self, place: Ints, hour: Ints, mmsi: Ints) -> Ints:
        """Return how many ships but this one were heard in the cells of each place in that hour."""
        number, found = _look_up(self._slots, _slot(place, hour[:, None]))
        _, own = _look_up(self._ships, (number << 30) | mmsi[:, None])
        return np.asarray(np.where(found, self._counts[number] - own, 0).sum(axis=1))


class _Usual:
    """Counts of ships by hour and cell."""

    def __init__(self, usual: pd.DataFrame) -> None:
        self._slots = _slot(usual["hour"].to_numpy(), usual["cell"].to_numpy())
        self._ships = usual["ships"].to_numpy()

    def __len__(self) -> int:
        return len(self._slots)

    def ships(self, place: Ints, hour: Ints) -> Ints:
        """Return how many ships were heard in the cells of each place in that hour."""
        number, found = _look_up(self._slots, _slot(hour[:, None], place))
        return np.asarray(np.where(found, self._ships[number], 0).sum(axis=1))


def _slot(major: Ints, minor: Ints) -> Ints:
    return np.asarray((major << 32) | minor)


def _look_up(keys: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """Return where each wanted key stands among the sorted keys, and whether it does."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted
