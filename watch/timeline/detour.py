"""Detours: voyages that went a much longer way from port to port than the sea asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.events import make_events
from watch.detect.tracks import moments
from watch.detect.world import World
from watch.geodesy import H_US, NM_M, Bools, Floats, Ints, arc_m, distance_m, unit_vectors
from watch.params import Params
from watch.seaway import open_seaway
from watch.seaway_network import CLOSED, crosses_land
from watch.timeline.silences import with_ships
from watch.timeline.voyages import Places, find_voyages, places_seen
from watch.zones.lookup import zones_at

#: The canals that ships leave aside for tolls, queues, size or war, closed in turn.
_CANALS = (("suez",), ("panama",), ("panama", "suez"))
_SAME_NM = 1.0  # own: far below what a way round a closed passage costs
_PLACE_DEG = 0.01  # own: half a mile each way, for a place to be asked for as a zone


def detours(events: pd.DataFrame, world: World, params: Params) -> pd.DataFrame:
    """Return the voyages between two calls that went a long way round, `columns.ATTRIBUTED_COLUMNS`.

    Parameters
    ----------
    events
        Attributed events, all of each vessel; the voyages of `find_voyages` are looked at, each depends on the events
        of its vessel alone.
    world
        Names the zones that were passed.
    params
        Those named `detour_…`, and `destination_near_nm`.

    Notes
    -----
    The way is the sum of the least ways over the sea through the places where the events between two successive calls
    saw the ship, in order of time. Left out are places near either port or near the one before, and those told while
    positions could not be true. A way round land counts by `detour_sea_share` and less `detour_round_nm`, as much as
    it may be reckoned too long, and one that takes longer than the ship took as the great circle. Each of these makes
    the sum less, so it is the least that she sailed.
    """
    voyages = _with_time(find_voyages(events), params)
    vessels = pd.Index(voyages["vessel_id"].unique())
    places = places_seen(events, vessels)
    voyages, legs = _sailed(_seen(voyages, vessels, places), places, params)
    if not len(voyages):
        return events.iloc[:0][list(ATTRIBUTED_COLUMNS)]
    told = make_events(
        "detour",
        mmsi=voyages["mmsi"],
        start={"at_us": voyages["from_us"], "lat": voyages["from_lat"], "lon": voyages["from_lon"]},
        end={"at_us": voyages["to_us"], "lat": voyages["to_lat"], "lon": voyages["to_lon"]},
        details=_details(voyages, legs, places, world, params),
        zone_id=voyages["from_zone"].tolist(),
        seg=[d.get("segment", 0) for d in events["details"].iloc[voyages["row"]]],
    )
    return with_ships(told, events, voyages["row"].to_numpy())


def _with_time(voyages: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the voyages that left the time for a detour, were the sea open all the way."""
    straight_nm = distance_m(*_ends(voyages)) / NM_M
    reach_nm = voyages["hours"].to_numpy(dtype=np.float64) * params.detour_most_kn
    enough = _least_nm(straight_nm, params) <= reach_nm
    return voyages.assign(direct_nm=straight_nm)[enough].reset_index(drop=True)


def _ends(voyages: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
    lat1, lon1, lat2, lon2 = voyages[["from_lat", "from_lon", "to_lat", "to_lon"]].to_numpy(dtype=np.float64).T
    return lat1, lon1, lat2, lon2


def _seen(voyages: pd.DataFrame, vessels: pd.Index, places: Places) -> pd.DataFrame:
    """Return the voyages with the range of their places; both ends have to be among them, else they are in doubt."""
    vessel = vessels.get_indexer(pd.Index(voyages["vessel_id"]))
    keys = zip(vessel.tolist(), voyages["from_us"].tolist(), voyages["to_us"].tolist(), strict=True)
    begin, end = np.array([places.between(*key) for key in keys], dtype=np.int64).reshape(-1, 2).T
    some = np.flatnonzero(end > begin)
    first, last = places.at_us[begin[some]], places.at_us[end[some] - 1]
    kept = some[(first == voyages["from_us"].to_numpy()[some]) & (last == voyages["to_us"].to_numpy()[some])]
    seen: pd.DataFrame = voyages.assign(begin=begin, end=end).iloc[kept].reset_index(drop=True)
    return seen


def _sailed(voyages: pd.DataFrame, places: Places, params: Params) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the voyages whose way is that of a detour, and their legs, each with the row of its voyage.

    What the legs may be at most rules out most voyages before a way over the sea is asked for.
    """
    sea, legs = open_seaway(), _legs(voyages, places, params)
    fast = np.isin(np.arange(len(voyages)), legs.loc[legs["nm"] > legs["reach_nm"], "voyage"])  # not of one hull
    seen = np.bincount(legs["voyage"], minlength=len(voyages)) > 1
    voyages, legs = _of(voyages, legs, seen & ~fast & _far(voyages, legs, "most_nm", params))
    direct_nm = sea.between_nm(*_ends(voyages), _sums(voyages, legs, "most_nm"))
    voyages = voyages.assign(direct_nm=direct_nm)
    apart = np.isfinite(direct_nm) & (direct_nm > params.destination_near_nm)
    voyages, legs = _of(voyages, legs, apart & _far(voyages, legs, "most_nm", params))
    over_nm = sea.between_nm(*_leg_ends(legs), legs["reach_nm"])
    sure_nm = np.where(np.isfinite(over_nm), over_nm * params.detour_sea_share - params.detour_round_nm, 0.0)
    legs = legs.assign(over_nm=over_nm, nm=np.maximum(sure_nm, legs["nm"]))
    voyages = voyages.assign(way_nm=_sums(voyages, legs, "nm"))
    return _of(voyages, legs, _far(voyages, legs, "nm", params))


def _least_nm(direct_nm: Floats, params: Params) -> Floats:
    """Return the least way that is a detour, for each direct one."""
    return np.maximum(direct_nm * params.detour_ratio, direct_nm + params.detour_extra_nm)


def _far(voyages: pd.DataFrame, legs: pd.DataFrame, column: str, params: Params) -> Bools:
    """Return which ways would be detours were the legs as long as a column says."""
    return _sums(voyages, legs, column) >= _least_nm(voyages["direct_nm"].to_numpy(), params)


def _legs(voyages: pd.DataFrame, places: Places, params: Params) -> pd.DataFrame:
    """Return the legs of each voyage: great circle, what the ship could make, and what the leg may be at most."""
    spots = unit_vectors(places.lat, places.lon)
    spans = zip(voyages["begin"].tolist(), voyages["end"].tolist(), strict=True)
    corners = [begin + _corners(spots[begin:end], params.detour_near_nm) for begin, end in spans]
    none = np.empty(0, dtype=np.int64)
    a, b = np.concatenate([none, *(c[:-1] for c in corners)]), np.concatenate([none, *(c[1:] for c in corners)])
    legs = pd.DataFrame({"voyage": np.repeat(np.arange(len(voyages)), [len(c) - 1 for c in corners])}).assign(
        **{
            name: x[k]
            for k, end in ((a, 1), (b, 2))
            for name, x in ((f"lat{end}", places.lat), (f"lon{end}", places.lon))
        },
        reach_nm=(places.at_us[b] - places.at_us[a]) / H_US * params.detour_most_kn,
    )
    nm = distance_m(*_leg_ends(legs)) / NM_M
    return legs.assign(nm=nm, most_nm=np.where(crosses_land(*_leg_ends(legs)), legs["reach_nm"], nm))


def _corners(spots: Floats, near_nm: float) -> Ints:
    """Return the first and the last of some places, and those between that lie apart from both and the one before."""

    def apart(some: Floats, spot: Floats) -> Bools:
        return np.asarray(arc_m(np.linalg.norm(some - spot, axis=-1)) > near_nm * NM_M)

    kept = [0]
    for k in np.flatnonzero(apart(spots, spots[0]) & apart(spots, spots[-1])).tolist():
        if apart(spots[k], spots[kept[-1]]):
            kept.append(k)
    return np.array([*kept, len(spots) - 1], dtype=np.int64)


def _of(voyages: pd.DataFrame, legs: pd.DataFrame, kept: Bools) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return some voyages, numbered anew, and their legs."""
    number, of = np.cumsum(kept) - 1, legs["voyage"].to_numpy()
    legs = legs.assign(voyage=number[of])[kept[of]]
    return voyages[kept].reset_index(drop=True), legs.reset_index(drop=True)


def _sums(voyages: pd.DataFrame, legs: pd.DataFrame, column: str) -> Floats:
    return np.bincount(legs["voyage"], legs[column], minlength=len(voyages)).astype(np.float64)


def _leg_ends(legs: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
    lat1, lon1, lat2, lon2 = legs[["lat1", "lon1", "lat2", "lon2"]].to_numpy(dtype=np.float64).T
    return lat1, lon1, lat2, lon2


def _details(
    voyages: pd.DataFrame, legs: pd.DataFrame, places: Places, world: World, params: Params
) -> list[dict[str, Any]]:
    way_nm, direct_nm = (voyages[name].to_numpy() for name in ("way_nm", "direct_nm"))
    rows = pd.DataFrame(
        {
            "way_nm": way_nm.round(1),
            "direct_nm": direct_nm.round(1),
            "extra_nm": (way_nm - direct_nm).round(1),
            "ratio": (way_nm / direct_nm).round(3),
            "needed_kn": (way_nm / voyages["hours"]).round(2),
            "canal_avoided": _canal_avoided(voyages, legs, params),
            **{name: voyages[name] for name in ("from_zone", "to_zone")},
            **{f"{end}_country": [_country(world, z) for z in voyages[f"{end}_zone"]] for end in ("from", "to")},
            "via": [_via(row, places, world, params) for row in voyages.itertuples()],
            **{name: voyages[name] for name in ("from_id", "to_id")},
        }
    )
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _country(world: World, zone_id: str) -> str | None:
    zone = world.zones.by_id.get(zone_id)
    return zone.country if zone else None


def _canal_avoided(voyages: pd.DataFrame, legs: pd.DataFrame, params: Params) -> Bools:
    """Return which voyages passed no canal and are about as long as the way that avoids it."""
    out = np.zeros(len(voyages), dtype=bool)
    for names in _CANALS:
        sea = open_seaway(CLOSED | set(names))
        round_nm = sea.between_nm(*_ends(voyages))
        like = np.isfinite(round_nm) & (round_nm > voyages["direct_nm"].to_numpy() + _SAME_NM)
        like &= (voyages["way_nm"].to_numpy() < params.detour_canal_ratio * round_nm) & ~out
        some = legs[like[legs["voyage"]]]
        passed = sea.between_nm(*_leg_ends(some), some["reach_nm"]) > some["over_nm"] + _SAME_NM
        out |= like & ~np.isin(np.arange(len(voyages)), some.loc[passed, "voyage"])
    return out


def _via(voyage: Any, places: Places, world: World, params: Params) -> list[str]:
    """Return the zones passed where the ship was furthest off the direct way, in her order, and their countries."""
    span = slice(voyage.begin, voyage.end)
    lat, lon = places.lat[span], places.lon[span]
    off_nm = np.zeros(len(lat))
    for y, x in ((voyage.from_lat, voyage.from_lon), (voyage.to_lat, voyage.to_lon)):
        spot = np.array([shapely.box(x - _PLACE_DEG, y - _PLACE_DEG, x + _PLACE_DEG, y + _PLACE_DEG)], dtype=object)
        off_nm += open_seaway().to_shapes_nm(lat, lon, spot, np.zeros(len(lat), dtype=np.int64))
    off_nm = np.where(np.isfinite(off_nm), off_nm - voyage.direct_nm, 0.0)
    far = np.flatnonzero(off_nm >= params.detour_via_share * off_nm.max())
    inside = zones_at(world.zones, lat[far], lon[far], moments(places.at_us[span][far]))
    own = [places.zone[k] for k in (far + voyage.begin).tolist()]
    ids = dict.fromkeys(z for zone, more in zip(own, inside, strict=True) for z in (zone, *more) if z)
    countries = [_country(world, z) for z in ids]
    return [*ids, *dict.fromkeys(c for joined in countries if joined for c in joined.split("/"))]
