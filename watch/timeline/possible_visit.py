"""Possible visits: zones that a ship could have reached while unheard, and come back from in time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.events import make_events
from watch.detect.tracks import NEVER, NO_TIME, as_us, moments
from watch.detect.world import World
from watch.geodesy import H_US, Floats, Ints
from watch.params import Params
from watch.seaway import Seaway, Shapes, great_circle_nm, middles, open_seaway
from watch.timeline.silences import sailing_us, silences, with_ships
from watch.zones.kinds import RANKS

#: Ships that carry cargo, or do not say what they are. Ferries, cruise ships, fishing vessels, tugs, pilots and
#: service craft are left out: they keep to their own waters and lift no cargo that a measure speaks of.
VISIT_TYPES = ("tanker", "cargo", "other", "unknown")
#: Kinds of zone in which a ship stays: ports, terminals, anchorages, transfer areas; not those it passes through.
CALL_KINDS = frozenset(kind for kind, rank in RANKS.items() if rank <= RANKS["sts_zone"])
_BLOCK = 4096  # bounds the table of gaps by zones


@dataclass(frozen=True)
class _Zones:
    """The zones that can be called at."""

    ids: list[str]
    shapes: Shapes
    lat: Floats
    lon: Floats
    from_us: Ints
    to_us: Ints


def possible_visits(events: pd.DataFrame, world: World, params: Params, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return for each long gap the zones that the ship could have visited in it, `columns.ATTRIBUTED_COLUMNS`.

    Parameters
    ----------
    events
        Attributed events; the gaps of `VISIT_TYPES` among them are looked at, each for itself.
    world
        Its geofences of `CALL_KINDS` are the zones; the list of world ports is not asked.
    params
        Those named `possible_visit_…` and `reach_…_kn`.
    as_of
        The data's clock, up to which an open gap lasts.

    Notes
    -----
    The way over the sea from the last position to the zone and from there to the next one, at the speed of the ship's
    class, must leave `possible_visit_stay_h`. For a gap that is open the way to the zone must fit, no stay is asked.
    """
    gaps = silences(events, VISIT_TYPES, params.possible_visit_min_h, params, as_of)
    zones = _call_zones(world)
    if not len(gaps) or not zones.ids:
        return events.iloc[:0][list(ATTRIBUTED_COLUMNS)]
    sea = open_seaway()
    blocks = [gaps.iloc[a : a + _BLOCK] for a in range(0, len(gaps), _BLOCK)]
    pairs = pd.concat([_reachable(block, zones, sea, params) for block in blocks], ignore_index=True)
    pairs = _ranked(pairs, zones).merge(gaps, left_on="gap", right_index=True, suffixes=("", "_gap"))
    pairs = pairs.assign(detour_nm=_detours(pairs, sea)).sort_values(["gap", "rank"], ignore_index=True)
    return _events(pairs, events, zones, params)


def _call_zones(world: World) -> _Zones:
    table = world.zones.table[world.zones.table["kind"].isin(CALL_KINDS)]
    shapes = table.geometry.to_numpy()
    lat, lon = middles(shapes)
    begin = np.where(table["valid_from"].isna(), NO_TIME, as_us(table["valid_from"]))
    end = np.where(table["valid_to"].isna(), NEVER, as_us(table["valid_to"]))
    return _Zones(table["zone_id"].tolist(), shapes, lat, lon, begin, end)


def _reachable(gaps: pd.DataFrame, zones: _Zones, sea: Seaway, params: Params) -> pd.DataFrame:
    """Return the pairs of gap and zone that can be, with the ways there and back and the times between them.

    The circle about each zone rules out most of them before a way over the sea is asked for.
    """
    still, off_us, on_us, kn = (gaps[c].to_numpy() for c in ("open", "off_us", "on_us", "speed_kn"))
    stay_us = np.where(still, 0, round(params.possible_visit_stay_h * H_US))
    far_nm = (on_us - off_us - stay_us) / H_US * kn + 1e-3
    ends = [(gaps[f"{end}_lat"].to_numpy(), gaps[f"{end}_lon"].to_numpy()) for end in ("off", "on")]
    back_nm = np.where(still[:, None], 0.0, great_circle_nm(*ends[1], zones.shapes))
    gap, zone = np.nonzero(great_circle_nm(*ends[0], zones.shapes) + back_nm <= far_nm[:, None])
    out_nm = sea.to_shapes_nm(ends[0][0][gap], ends[0][1][gap], zones.shapes, zone)
    fits = out_nm + back_nm[gap, zone] <= far_nm[gap]
    gap, zone, out_nm = gap[fits], zone[fits], out_nm[fits]
    home_nm, heard = np.zeros(len(gap)), ~still[gap]
    there = gap[heard]
    home_nm[heard] = sea.to_shapes_nm(ends[1][0][there], ends[1][1][there], zones.shapes, zone[heard])
    arrive_us = np.maximum(off_us[gap] + sailing_us(out_nm, kn[gap]), zones.from_us[zone])
    depart_us = np.minimum(on_us[gap] - sailing_us(home_nm, kn[gap]), zones.to_us[zone])
    pairs = pd.DataFrame(
        {
            "gap": gaps.index.to_numpy()[gap],
            "zone": zone,
            "out_nm": out_nm,
            "way_nm": out_nm + home_nm,
            "was_there": (out_nm == 0) | (heard & (home_nm == 0)),
            "arrive_us": arrive_us,
            "depart_us": depart_us,
        }
    )
    enough: pd.DataFrame = pairs[depart_us - arrive_us >= stay_us[gap]]
    return enough


def _ranked(pairs: pd.DataFrame, zones: _Zones) -> pd.DataFrame:
    """Return the pairs with the place of each zone among those of its gap, the least way first."""
    by_way = pairs.assign(zone_id=np.array(zones.ids, dtype=object)[pairs["zone"]])
    by_way = by_way.sort_values(["gap", "way_nm", "zone_id"], ignore_index=True)
    of_gap = by_way.groupby("gap")
    return by_way.assign(rank=of_gap.cumcount() + 1, reachable=of_gap["gap"].transform("size"))


def _detours(pairs: pd.DataFrame, sea: Seaway) -> Floats:
    """Return how much longer each way is than the direct one between the positions around the gap; NaN while open."""
    first = pairs[(pairs["rank"] == 1) & ~pairs["open"]]
    a_lat, a_lon, b_lat, b_lon, way_nm = first[["off_lat", "off_lon", "on_lat", "on_lon", "way_nm"]].to_numpy().T
    # the way by the nearest zone is an answer already, so nothing longer need be looked for
    direct = np.minimum(sea.between_nm(a_lat, a_lon, b_lat, b_lon, way_nm), way_nm)
    direct_nm = pairs["gap"].map(pd.Series(direct, index=first["gap"]))
    return np.asarray(pairs["way_nm"] - direct_nm, dtype=np.float64)


def _events(pairs: pd.DataFrame, events: pd.DataFrame, zones: _Zones, params: Params) -> pd.DataFrame:
    zone, still = pairs["zone"].to_numpy(), pairs["open"].to_numpy()
    centre = {"lat": zones.lat[zone], "lon": zones.lon[zone]}
    end = {name: np.where(still, np.nan, value) for name, value in centre.items()}
    own = pairs["row"].to_numpy()
    told = make_events(
        "possible_visit",
        mmsi=pairs["mmsi"],
        start={"at_us": pairs["arrive_us"], **centre},
        end={"at_us": np.where(still, NO_TIME, pairs["depart_us"]), **end},
        details=_details(pairs, events["details"].iloc[own].tolist(), params),
        zone_id=pairs["zone_id"].tolist(),
        tell_apart=pairs["event_id"].tolist(),
    )
    return with_ships(told, events, own)


def _details(pairs: pd.DataFrame, gaps: list[dict[str, Any]], params: Params) -> list[dict[str, Any]]:
    gap_h = (pairs["on_us"] - pairs["off_us"]) / H_US
    sail_h = gap_h - np.where(pairs["open"], 0.0, params.possible_visit_stay_h)
    rows = pd.DataFrame(
        {
            "zone_ids": [[z] for z in pairs["zone_id"]],
            "gap_id": pairs["event_id"],
            "open": pairs["open"],
            "coverage": pairs["coverage"],
            "gap_h": gap_h.round(3),
            "out_nm": pairs["out_nm"].round(1),
            "way_nm": pairs["way_nm"].round(1),
            "detour_nm": pairs["detour_nm"].round(1),
            "stay_h": ((pairs["depart_us"] - pairs["arrive_us"]) / H_US).round(2),
            "speed_kn": pairs["speed_kn"],
            "needed_kn": (pairs["way_nm"] / sail_h).round(2),
            "rank": pairs["rank"],
            "reachable": pairs["reachable"],
            "specificity": (1 / pairs["reachable"]).round(4),
            "was_there": pairs["was_there"],
        }
    )
    by = [at.isoformat() for at in moments(pairs["arrive_us"].to_numpy())]
    return [_told(row, gap, at) for row, gap, at in zip(rows.to_dict("records"), gaps, by, strict=True)]


def _told(row: dict[Hashable, Any], gap: dict[str, Any], by_at: str) -> dict[str, Any]:
    told = {str(name): value for name, value in row.items()}
    if told["open"]:
        told |= {"detour_nm": None, "by_at": by_at}
    return told | {"segment": gap["segment"]} if "segment" in gap else told
