"""Possible encounters: meetings that nobody heard, between two silent ships or with one that waited."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.columns import ATTRIBUTED_COLUMNS
from watch.detect.events import make_events
from watch.detect.tracks import NEVER, NO_TIME, as_us
from watch.detect.world import World
from watch.geodesy import H_US, NM_M, Bools, Floats, Ints, distance_m, from_unit_vectors, unit_vectors
from watch.params import Params
from watch.seaway import open_seaway
from watch.timeline.near import Spots, find_near
from watch.timeline.silences import at_sea, draught_change_m, sailing_us, silences, with_ships

#: Ships that hand cargo from one to the other, those of unknown type if they declare an IMO number; others meet for
#: other ends.
MEET_TYPES = ("tanker", "cargo", "unknown")
#: What makes a meeting likelier, one point each; without any the confidence is 1.
_POINTS = ("coverage_heard", "near_both_ends", "short_gaps", "opposite_draughts")
_ENDS = {"off": "last", "on": "next"}
_SIDE = ("kind", "event_id", "details")
_LONG_US = 1 << 60  # longer than any data; far from the end of the numbers


def possible_encounters(events: pd.DataFrame, world: World, params: Params, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the pairs of ships that could have met unheard, `columns.ATTRIBUTED_COLUMNS`, the lower radio first.

    Parameters
    ----------
    events
        Attributed events; gaps and loitering of `MEET_TYPES` among them are looked at. Each pair depends on its two
        events alone.
    world
        Ports and transfer zones: near a port no meeting is told of, as with encounters.
    params
        Those named `possible_encounter_…` and `reach_…_kn`; `possible_visit_min_h`, the least gap; `encounter_port_m`.
    as_of
        The data's clock, up to which open events last.

    Notes
    -----
    Two silent ships: the last positions of both, or the next ones, lie at sea within 100 nm and 48 h of each other,
    and at one of these or midway both could have been for two hours, at the speed of their class. One silent ship:
    where and while another loitered she could have been for two hours, and was heard at sea within 100 nm and 48 h of
    it. At sea is 10 km from any port, or in a transfer zone. The 100 nm are a way over the sea; the ways to and from
    the place are great circles, so that a long way round land is not counted.
    """
    return possible_encounters_of(events, events.iloc[:0], world, params, as_of)


def possible_encounters_of(
    touched: pd.DataFrame, others: pd.DataFrame, world: World, params: Params, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Return those of `possible_encounters` of both tables together in which an event of `touched` takes part.

    An event that stands in both tables counts as touched. Of `others`, only those that overlap a touched one matter.
    """
    both = pd.concat([touched, others], ignore_index=True) if len(others) else touched.reset_index(drop=True)
    sea_going = (both["type"] != "unknown") | both["imo"].notna()
    events = both[~both["event_id"].duplicated() & sea_going].reset_index(drop=True)
    news = events["event_id"].isin(touched["event_id"]).to_numpy()
    gaps = silences(events, MEET_TYPES, params.possible_visit_min_h, params, as_of)
    for end in _ENDS:
        gaps[f"{end}_at_sea"] = at_sea(gaps[f"{end}_lat"].to_numpy(), gaps[f"{end}_lon"].to_numpy(), world, params)
    waits = _waiting(events, as_of)
    waits = waits[at_sea(waits["lat"].to_numpy(), waits["lon"].to_numpy(), world, params)].reset_index(drop=True)
    pairs = pd.concat([_dark(gaps, news, world, params), _one_sided(gaps, waits, news, params)], ignore_index=True)
    for name in ("mmsi", "vessel_id"):
        told = events[name].to_numpy()
        pairs = pairs[told[pairs["a"]] != told[pairs["b"]]]
    # written so that the least integer, which stands for "never", cannot run over
    pairs = pairs[pairs["until_us"] >= pairs["since_us"] + round(params.possible_encounter_min_h * H_US)]
    return _events(pairs, events, params) if len(pairs) else events.iloc[:0][list(ATTRIBUTED_COLUMNS)]


def _waiting(events: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the loitering of ships that hand over cargo, at the place midway between its ends."""
    rows = np.flatnonzero((events["kind"] == "loitering") & events["type"].isin(MEET_TYPES))
    waits = events.iloc[rows]
    still = waits["end_at"].isna().to_numpy()
    lat, lon = (waits[f"start_{axis}"].to_numpy(dtype=np.float64) for axis in ("lat", "lon"))
    last = [np.where(waits[f"end_{x}"].isna(), y, waits[f"end_{x}"]) for x, y in (("lat", lat), ("lon", lon))]
    lat, lon = _midway(lat, lon, *last)
    return pd.DataFrame(
        {
            "row": rows,
            "open": still,
            "from_us": as_us(waits["start_at"]),
            "to_us": np.where(still, as_of.value // 1000, as_us(waits["end_at"])),
            "lat": lat,
            "lon": lon,
            "draught_change_m": [draught_change_m(d) for d in waits["details"]],
        }
    )


def _dark(gaps: pd.DataFrame, news: Bools, world: World, params: Params) -> pd.DataFrame:
    """Return the pairs of gaps that begin or end near each other, with the time both could have been together."""
    near = {end: _near_ends(gaps, end, news, params) for end in _ENDS}
    key = np.unique(np.concatenate([np.column_stack(pair) for pair in near.values()]), axis=0)
    close = {end: _among(key, pair) for end, pair in near.items()}
    one, two = (gaps.iloc[side].reset_index(drop=True) for side in key.T)
    lasting_us = np.maximum(one["on_us"] - one["off_us"], two["on_us"] - two["off_us"])
    return _best_place(one, two, close, world, params).assign(
        a=one["row"],
        b=two["row"],
        open=one["open"] & two["open"],
        apart_nm=distance_m(one["off_lat"], one["off_lon"], two["off_lat"], two["off_lon"]) / NM_M,
        coverage_heard=(one["coverage"] == "heard") & (two["coverage"] == "heard"),
        near_both_ends=close["off"] & close["on"],
        short_gaps=lasting_us <= round(params.possible_encounter_short_h * H_US),
        opposite_draughts=_opposite(one, two, params),
    )


def _near_ends(gaps: pd.DataFrame, end: str, news: Bools, params: Params) -> tuple[Ints, Ints]:
    """Return pairs of gaps, the earlier row first, of which this end lies near by sea; one of them at least is news."""
    rows = np.flatnonzero(gaps[f"{end}_at_sea"])
    lat, lon, at_us = (gaps[f"{end}_{name}"].to_numpy()[rows] for name in ("lat", "lon", "us"))
    near_us = round(params.possible_encounter_near_h * H_US)
    asked = np.flatnonzero(news[gaps["row"].to_numpy()[rows]])
    left = Spots(lat[asked], lon[asked], at_us[asked] - near_us, at_us[asked] + near_us)
    a, b = find_near(left, Spots(lat, lon, at_us, at_us), params.possible_encounter_near_nm)
    a = asked[a]
    radio = gaps["mmsi"].to_numpy()[rows]
    once = np.unique(np.column_stack([np.minimum(a, b), np.maximum(a, b)])[radio[a] != radio[b]], axis=0)
    a, b = once.T
    near = _by_sea(lat[a], lon[a], lat[b], lon[b], params)
    return rows[a[near]], rows[b[near]]


def _best_place(
    one: pd.DataFrame, two: pd.DataFrame, close: dict[str, Bools], world: World, params: Params
) -> pd.DataFrame:
    """Return the time that both can be together and where; `until_us` lies before `since_us` where they cannot.

    Of the ends that lie near, the last positions come before the next ones; of the two and the point midway, the one
    where both can be first.
    """
    spots = []
    for end in close:
        (y1, x1), (y2, x2) = ((s[f"{end}_lat"].to_numpy(), s[f"{end}_lon"].to_numpy()) for s in (one, two))
        spots += [(y1, x1), (y2, x2), _midway(y1, x1, y2, x2)]
    lat, lon = (np.stack(axis) for axis in zip(*spots, strict=True))
    since, until = _together_us(one, two, lat, lon)
    fits = until - since >= round(params.possible_encounter_min_h * H_US)
    fits &= np.repeat(np.stack(list(close.values())), len(spots) // len(close), axis=0)
    fits[fits] = at_sea(lat[fits], lon[fits], world, params)
    later = np.repeat(np.arange(len(close)), len(spots) // len(close))[:, None] * _LONG_US
    best = np.where(fits, since + later, NEVER).argmin(axis=0)
    at = np.arange(len(one))
    return pd.DataFrame(
        {
            "since_us": since[best, at],
            "until_us": np.where(fits[best, at], until[best, at], NO_TIME),
            "lat": lat[best, at],
            "lon": lon[best, at],
            "place": np.array([f"{end}_positions" for end in _ENDS.values()])[best // 3],
        }
    )


def _together_us(one: pd.DataFrame, two: pd.DataFrame, lat: Floats, lon: Floats) -> tuple[Ints, Ints]:
    """Return from when and until when both silent ships can be at each place."""
    (begin, end), (other_begin, other_end) = (_there_us(gaps, lat, lon) for gaps in (one, two))
    return np.maximum(begin, other_begin), np.minimum(end, other_end)


def _there_us(gaps: pd.DataFrame, lat: Floats, lon: Floats) -> tuple[Ints, Ints]:
    """Return from when and until when each silent ship can be at a place, by great circles."""
    facts = ("off_us", "off_lat", "off_lon", "on_us", "on_lat", "on_lon", "speed_kn")
    off_us, off_lat, off_lon, on_us, on_lat, on_lon, kn = (gaps[name].to_numpy() for name in facts)
    back_nm = np.nan_to_num(distance_m(lat, lon, on_lat, on_lon) / NM_M)  # while open there is no way back to make
    return (
        off_us + sailing_us(distance_m(off_lat, off_lon, lat, lon) / NM_M, kn),
        on_us - sailing_us(back_nm, kn),
    )


def _one_sided(gaps: pd.DataFrame, waits: pd.DataFrame, news: Bools, params: Params) -> pd.DataFrame:
    """Return the pairs of a gap and a ship's loitering that the silent one could have joined."""
    near = {end: _near_waits(gaps, waits, end, params) for end in _ENDS}
    key = np.unique(np.concatenate([np.column_stack(pair) for pair in near.values()]), axis=0)
    key = key[news[gaps["row"].to_numpy()[key[:, 0]]] | news[waits["row"].to_numpy()[key[:, 1]]]]
    close = {end: _among(key, pair) for end, pair in near.items()}
    gap, wait = gaps.iloc[key[:, 0]].reset_index(drop=True), waits.iloc[key[:, 1]].reset_index(drop=True)
    since, until = _there_us(gap, wait["lat"].to_numpy(), wait["lon"].to_numpy())
    return pd.DataFrame(
        {
            "a": gap["row"],
            "b": wait["row"],
            "since_us": np.maximum(since, wait["from_us"]),
            "until_us": np.minimum(until, wait["to_us"]),
            "lat": wait["lat"],
            "lon": wait["lon"],
            "place": "waiting_place",
            "open": gap["open"] & wait["open"],
            "apart_nm": distance_m(gap["off_lat"], gap["off_lon"], wait["lat"], wait["lon"]) / NM_M,
            "coverage_heard": gap["coverage"] == "heard",
            "near_both_ends": close["off"] & close["on"],
            "short_gaps": gap["on_us"] - gap["off_us"] <= round(params.possible_encounter_short_h * H_US),
            "opposite_draughts": _opposite(gap, wait, params),
        }
    )


def _near_waits(gaps: pd.DataFrame, waits: pd.DataFrame, end: str, params: Params) -> tuple[Ints, Ints]:
    """Return pairs of a gap whose this end lies near a place of waiting by sea, not long before or after it."""
    rows = np.flatnonzero(gaps[f"{end}_at_sea"])
    lat, lon, at_us = (gaps[f"{end}_{name}"].to_numpy()[rows] for name in ("lat", "lon", "us"))
    wait_lat, wait_lon, from_us, to_us = (waits[name].to_numpy() for name in ("lat", "lon", "from_us", "to_us"))
    near_us = round(params.possible_encounter_near_h * H_US)
    asked = Spots(wait_lat, wait_lon, from_us - near_us * (end == "off"), to_us + near_us * (end == "on"))
    wait, gap = find_near(asked, Spots(lat, lon, at_us, at_us), params.possible_encounter_near_nm)
    near = _by_sea(lat[gap], lon[gap], wait_lat[wait], wait_lon[wait], params)
    return rows[gap[near]], wait[near]


def _by_sea(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats, params: Params) -> Bools:
    return np.isfinite(open_seaway().between_nm(lat1, lon1, lat2, lon2, params.possible_encounter_near_nm))


def _among(key: Ints, pair: tuple[Ints, Ints]) -> Bools:
    """Return which pairs of `key` are among others."""
    wanted, known = (pd.MultiIndex.from_arrays([*side]) for side in (key.T, pair))
    return np.asarray(wanted.isin(known), dtype=np.bool_)


def _opposite(one: pd.DataFrame, two: pd.DataFrame, params: Params) -> Bools:
    """Return where one ship came out deeper and the other less deep."""
    change, other = one["draught_change_m"].to_numpy(), two["draught_change_m"].to_numpy()
    least = params.possible_encounter_draught_m
    return np.asarray((np.sign(change) * np.sign(other) < 0) & (np.minimum(abs(change), abs(other)) >= least))


def _midway(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> tuple[Floats, Floats]:
    return from_unit_vectors(unit_vectors(lat1, lon1) + unit_vectors(lat2, lon2))


def _events(pairs: pd.DataFrame, events: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the pairs as events, the lower radio first."""
    radio = events["mmsi"].to_numpy()
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    swap = radio[a] > radio[b]
    own, other = np.where(swap, b, a), np.where(swap, a, b)
    still = pairs["open"].to_numpy(dtype=bool)
    place = {axis: pairs[axis].to_numpy() for axis in ("lat", "lon")}
    ids = events["event_id"].to_numpy(dtype=object)
    told = make_events(
        "possible_encounter",
        mmsi=radio[own],
        start={"at_us": pairs["since_us"], **place},
        end={
            "at_us": np.where(still, NO_TIME, pairs["until_us"]),
            **{axis: np.where(still, np.nan, value) for axis, value in place.items()},
        },
        details=_details(pairs, events.iloc[own], events.iloc[other], params),
        other_mmsi=radio[other],
        tell_apart=[f"{x}|{y}" for x, y in zip(ids[own], ids[other], strict=True)],
    )
    out = with_ships(told, events, own, other)
    return out.sort_values(["start_at", "event_id"], ignore_index=True)


def _details(pairs: pd.DataFrame, own: pd.DataFrame, other: pd.DataFrame, params: Params) -> list[dict[str, Any]]:
    least_us = round(params.possible_encounter_min_h * H_US)
    points = pairs[list(_POINTS)].astype(bool)
    facts = pd.DataFrame(
        {
            "confidence": np.maximum(points.sum(axis=1), 1),
            **points,
            "one_sided": pairs["place"] == "waiting_place",
            "place": pairs["place"],
            "open": pairs["open"].astype(bool),
            "slack_h": ((pairs["until_us"] - pairs["since_us"] - least_us) / H_US).round(2),
            "apart_nm": pairs["apart_nm"].round(2),
        }
    )
    sides = (
        [(kind, event_id, d.get("segment")) for kind, event_id, d in zip(*(s[c] for c in _SIDE), strict=True)]
        for s in (own, other)
    )
    rows = zip(facts.to_dict("records"), *sides, strict=True)
    return [
        {**{str(k): v for k, v in fact.items()}, **_named("", one), **_named("other_", two)} for fact, one, two in rows
    ]


def _named(prefix: str, side: tuple[str, str, int | None]) -> dict[str, Any]:
    """Return which event a ship brought to the meeting, and the segment of its radio where that is not the first."""
    kind, event_id, segment = side
    return {f"{prefix}{kind}_id": event_id, **({} if segment is None else {f"{prefix}segment": segment})}
