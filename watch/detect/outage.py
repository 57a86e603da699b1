"""Outages: far fewer ships heard in an area, for hours on end, than at those hours of the days before.

Judged by whole hours and blocks of two degrees, and for all that is heard together: where the whole feed fails, that
is one outage and not one of every block. One ship that falls silent is none; see `coverage` for what this means to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from watch.columns import empty_frame
from watch.detect.coverage import FEW_SHIPS, Heard, cells, middles_deg
from watch.detect.events import NO_TIME
from watch.detect.spells import SPELL_STATE, join_spells
from watch.detect.tracks import moments
from watch.geodesy import H_US, Bools, Floats, Ints
from watch.params import Params
from watch.runs import changes

#: Ships heard in a block in a whole hour, where they were not few, and for every hour those of the whole feed; sorted.
BLOCK_STATE = {"hour": np.int64, "block": np.int64, "ships": np.int64}
#: Hours in a row in which too few were heard; `key` is the block, `usual_x2` twice the median, to be whole numbers.
OUTAGE_STATE = {**SPELL_STATE, "heard": np.int64, "usual_x2": np.int64}
OUTAGE_COLUMNS = ("start_at", "end_at", "lat", "lon", "size_deg", "heard", "usual", "share")

FEED = -1  # the block that stands for all
_DAY_H = 24
_UNKNOWN = np.iinfo(np.int64).max // 4  # sorts behind every count


def find_outages(
    heard: Heard, state: Mapping[str, pd.DataFrame], until_us: int, params: Params
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the outages that ended in this slice, and the new state.

    Parameters
    ----------
    heard
        Who was heard, from `coverage.hear`.
    state
        `blocks` (`BLOCK_STATE`) and `outages` (`OUTAGE_STATE`) after the slice before.
    until_us
        End of the slice; an hour is judged once it is whole.
    params
        `outage_block_deg`, `outage_usual_min`, `outage_min_h`, `coverage_lost_share`, `usual_days`, `usual_min_days`.

    Returns
    -------
    outages, state
        Outages have the columns `OUTAGE_COLUMNS`: `start_at` and `end_at` are whole hours; `lat`, `lon` (degrees) the
        middle of the block and `size_deg` its height, missing for the whole feed; `heard` and `usual` ships an hour.

    Notes
    -----
    Usual is the median of the same hour on the days before, as far as anything was heard then.
    """
    until = until_us // H_US
    first = _first_hour(state["blocks"], heard.presence)
    now = _count_blocks(heard.presence, first, until, params)
    blocks = pd.concat([state["blocks"], now], ignore_index=True) if len(state["blocks"]) else now
    over, still = join_spells(
        state["outages"],
        _silent_hours(blocks, first, until, params),
        merge_us=0,
        wait_us=0,
        until_us=until * H_US,
        columns=OUTAGE_STATE,
        sums={"heard": "sum", "usual_x2": "sum"},
    )
    many = (blocks["ships"] >= FEW_SHIPS) | (blocks["block"] == FEED)
    kept = blocks[many & (blocks["hour"] >= until - _DAY_H * params.usual_days)].reset_index(drop=True)
    return _told(over, params, ended=True), {"blocks": kept, "outages": still}


def open_outages(state: Mapping[str, pd.DataFrame], params: Params) -> pd.DataFrame:
    """Return the outages that last to the data's clock, columns `OUTAGE_COLUMNS`, without an end."""
    return _told(state["outages"], params, ended=False)


def _first_hour(blocks: pd.DataFrame, presence: pd.DataFrame) -> int:
    """Return the first hour that was not counted yet; the feed has a row for each that was."""
    if len(blocks):
        return int(blocks["hour"].iloc[-1]) + 1
    return int(presence["hour"].min()) if len(presence) else 0


def _count_blocks(presence: pd.DataFrame, first: int, until: int, params: Params) -> pd.DataFrame:
    """Return the ships of each block and whole hour in `[first, until)`, columns `BLOCK_STATE`.

    The feed's count is the sum of its blocks': a ship that goes from one to another counts in both.
    """
    if not len(presence) and first == 0:
        return empty_frame(BLOCK_STATE)
    rows = presence[presence["hour"].between(first, until, inclusive="left")]
    block, number = _number_blocks(rows["cell"].to_numpy(), params)
    width = max(len(block), 1)
    slot = (rows["hour"].to_numpy() - first) * width + number
    slots = _distinct(np.sort((slot << 30) | rows["mmsi"].to_numpy())) >> 30
    begin = np.flatnonzero(changes(slots))
    slots, ships = slots[begin], np.diff(np.append(begin, len(slots)))
    hour = slots // width
    hours = np.arange(max(until - first, 0))
    feed = np.bincount(hour, weights=ships, minlength=len(hours)).astype(np.int64)
    both = {
        "hour": np.concatenate([hours, hour]) + first,
        "block": np.concatenate([np.full(len(hours), FEED), block[slots % width]]),
        "ships": np.concatenate([feed, ships]),
    }
    return pd.DataFrame(both).sort_values(["hour", "block"], ignore_index=True)


def _number_blocks(cell: Ints, params: Params) -> tuple[Ints, Ints]:
    """Return the blocks that cells lie in, and for each cell the number of its own among them; cells are sorted."""
    if not len(cell):
        return cell, cell
    new = changes(cell)
    lat, lon = middles_deg(cell[new], params.coverage_cell_deg)
    block, number = np.unique(cells(lat, lon, params.outage_block_deg), return_inverse=True)
    return block, number[np.cumsum(new) - 1]


def _distinct(ordered: Ints) -> Ints:
    return np.asarray(ordered[changes(ordered)])


def _silent_hours(blocks: pd.DataFrame, first: int, until: int, params: Params) -> pd.DataFrame:
    """Return the blocks and hours in `[first, until)` with too few ships, as parts of spells."""
    counts = _Counts(blocks)
    block, hour = _asked(blocks, first, until, params)
    usual = _usual_ships(counts, block, hour, params)
    ships = counts.ships(block, hour)
    out = (usual >= params.outage_usual_min) & (ships < params.coverage_lost_share * usual)
    out &= (block == FEED) | ~np.isin(hour, hour[out & (block == FEED)])
    block, hour = block[out], hour[out]
    lat, lon = _middles(block, params)
    first_us, last_us = hour * H_US, (hour + 1) * H_US
    return pd.DataFrame(
        {"key": block, "first_us": first_us, "first_lat": lat, "first_lon": lon}
        | {"last_us": last_us, "last_lat": lat, "last_lon": lon, "samples": np.ones(len(block), dtype=np.int64)}
        | {"heard": ships[out], "usual_x2": np.rint(2 * usual[out]).astype(np.int64)}
    )


def _asked(blocks: pd.DataFrame, first: int, until: int, params: Params) -> tuple[Ints, Ints]:
    """Return blocks and hours in `[first, until)` at which enough ships were heard on a day before."""
    many = blocks[blocks["ships"] >= params.outage_usual_min]
    later = [many["hour"].to_numpy() + _DAY_H * (day + 1) for day in range(params.usual_days)]
    hour, block = np.concatenate(later), np.tile(many["block"].to_numpy(), params.usual_days)
    inside = (hour >= first) & (hour < until)
    slots = _distinct(np.sort(_slot(hour[inside], block[inside])))
    return (slots & 0xFFFFFFFF) - 1, slots >> 32


def _usual_ships(counts: _Counts, block: Ints, hour: Ints, params: Params) -> Floats:
    """Return the median of the ships at the same hour of the days before, 0 where too few days can tell."""
    then = hour - _DAY_H * np.arange(1, params.usual_days + 1)[:, None]
    ships = counts.ships(np.broadcast_to(block, then.shape), then)
    known = counts.ships(np.full(then.shape, FEED), then) > 0
    days = np.sort(np.where(known, np.where(ships >= FEW_SHIPS, ships, 0), _UNKNOWN), axis=0)
    n, column = known.sum(axis=0), np.arange(len(block))
    median = (days[np.maximum(n - 1, 0) // 2, column] + days[n // 2, column]) / 2
    return np.where(n >= params.usual_min_days, median, 0.0)


def _middles(block: Ints, params: Params) -> tuple[Floats, Floats]:
    one = block != FEED
    lat, lon = middles_deg(np.where(one, block, 0), params.outage_block_deg)
    return np.where(one, lat, np.nan), np.where(one, lon, np.nan)


def _told(spells: pd.DataFrame, params: Params, *, ended: bool) -> pd.DataFrame:
    """Return the spells that lasted long enough as outages."""
    long: Bools = (spells["samples"] >= params.outage_min_h).to_numpy()
    spells = spells[long]
    heard, usual, hours = (spells[c].to_numpy() for c in ("heard", "usual_x2", "samples"))
    block = spells["key"].to_numpy()
    last_us = spells["last_us"].to_numpy()
    lat, lon = _middles(block, params)
    columns = {
        "start_at": moments(spells["first_us"].to_numpy()),
        "end_at": moments(last_us if ended else np.full(len(spells), NO_TIME)),
        "lat": lat,
        "lon": lon,
        "size_deg": np.where(block == FEED, np.nan, params.outage_block_deg),
        "heard": np.round(heard / hours, 1),
        "usual": np.round(usual / 2 / hours, 1),
        "share": np.round(2 * heard / np.maximum(usual, 1), 3),
    }
    return pd.DataFrame(columns).sort_values(["start_at", "lat", "lon"], ignore_index=True)


class _Counts:
    """Ships by hour and block, to be looked up."""

    def __init__(self, blocks: pd.DataFrame) -> None:
        self._slots = _slot(blocks["hour"].to_numpy(), blocks["block"].to_numpy())
        self._ships = blocks["ships"].to_numpy()

    def ships(self, block: Ints, hour: Ints) -> Ints:
        """Return how many ships were heard; none where there is no row."""
        if not len(self._slots):
            return np.zeros(np.shape(hour), dtype=np.int64)
        wanted = _slot(hour, block)
        at = np.minimum(np.searchsorted(self._slots, wanted), len(self._slots) - 1)
        return np.where(self._slots[at] == wanted, self._ships[at], 0)


def _slot(hour: Ints, block: Ints) -> Ints:
    return np.asarray((hour << 32) | (block + 1))
