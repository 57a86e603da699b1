"""The ships of the bench day: who they are, where they begin and what each does in the day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watch.zones.shore import load_shore

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_S = 86_400
SLOW_EVERY = 3  # a ship at rest is heard in every third of its turns

#: Plans and their shares; what is left is moored all day.
SHARES = {
    "anchored": 0.08,
    "harbour": 0.10,
    "arriving": 0.08,
    "departing": 0.08,
    "passing": 0.14,
    "meeting": 0.01,
}
SHARED_MMSI = 0.01
SILENT = 0.03


@dataclass(frozen=True)
class Fleet:
    """One array a field, one element a ship; miles are nautical, `t` counts seconds of the day.

    A ship is under way until `stop_t` and again from `go_t`, along `course_deg` through its place `lat, lon`.
    """

    lat: Floats
    lon: Floats
    course_deg: Floats
    speed_kn: Floats
    drift_kn: Floats
    stop_t: Floats
    go_t: Floats
    circle_nm: Floats
    circle_kn: Floats
    every_s: Ints
    phase_s: Ints
    silent_from: Floats
    silent_to: Floats
    status_at_rest: Ints
    mmsi: pa.Array
    identity: pa.Array
    hull: pa.Array


def make_fleet(ships: int, rows: int, rng: np.random.Generator) -> Fleet:
    """Return the ships of the day; their turns are spaced so that the day has about `rows` rows."""
    plan = rng.choice([*SHARES, "moored"], size=ships, p=[*SHARES.values(), 1 - sum(SHARES.values())])
    lat, lon, course_deg = _starting_places(plan, rng)
    meeting = np.flatnonzero(plan == "meeting")
    speed_kn = np.where(np.isin(plan, ["arriving", "departing", "passing", "meeting"]), rng.uniform(7, 18, ships), 0.0)
    first, second = meeting[: len(meeting) // 2], meeting[len(meeting) // 2 :][: len(meeting) // 2]
    stop_t, go_t = _stops(plan, rng)
    lat, lon, course_deg = _over_water(lat, lon, course_deg, speed_kn * (stop_t + DAY_S - go_t) / 3_600)
    lat[second], lon[second] = lat[first] + 0.002, lon[first]
    for paired in (course_deg, stop_t, go_t):
        paired[second] = paired[first]
    circling = {"harbour": (rng.uniform(0.3, 3, ships), rng.uniform(4, 12, ships)), "anchored": (0.05, 0.02)}
    circle_nm, circle_kn = np.full(ships, 1e-4), np.zeros(ships)
    for name, (radius_nm, round_kn) in circling.items():
        circle_nm = np.where(plan == name, radius_nm, circle_nm)
        circle_kn = np.where(plan == name, round_kn, circle_kn)
    circle_kn[meeting] = 0.0
    silent = rng.random(ships) < SILENT
    silent_from = np.where(silent, rng.uniform(0, 10 * 3_600, ships), DAY_S)
    identity = _identities(ships, rng)
    return Fleet(
        lat=lat,
        lon=lon,
        course_deg=course_deg,
        speed_kn=speed_kn,
        drift_kn=np.where(plan == "meeting", 0.4, 0.0),
        stop_t=stop_t,
        go_t=go_t,
        circle_nm=circle_nm,
        circle_kn=circle_kn,
        every_s=_spacing(stop_t, go_t, circle_kn, rows, rng),
        phase_s=rng.integers(0, 60, ships),
        silent_from=silent_from,
        silent_to=silent_from + rng.uniform(6.5, 13, ships) * 3_600,
        status_at_rest=np.where(np.isin(plan, ["anchored", "meeting"]), 1, 5),
        **identity,
    )


def _over_water(lat: Floats, lon: Floats, course_deg: Floats, way_nm: Floats) -> tuple[Floats, Floats, Floats]:
    """Return places and courses such that the way of the day is the least inland of 24 courses and both directions."""
    shore, share = load_shore(), np.linspace(0, 1, 25)
    best = np.full(len(lat), np.inf)
    place, chosen = np.stack([lat, lon]), course_deg.copy()
    for turn in range(0, 360, 15):
        course = np.radians(course_deg + turn)
        north, east = np.cos(course) * way_nm / 60, np.sin(course) * way_nm / 60 / np.cos(np.radians(lat))
        for back in (0.0, 1.0):  # to begin here, or to come here
            from_lat, from_lon = lat - back * north, lon - back * east
            way = shore.distance_nm(
                np.clip(from_lat + share[:, None] * north, -85, 85),
                (from_lon + share[:, None] * east + 180) % 360 - 180,
            )
            inland = np.maximum(-way, 0).max(axis=0)
            better = inland < best - 0.5
            best[better], chosen[better] = inland[better], (course_deg + turn)[better]
            place[:, better] = np.stack([from_lat, from_lon])[:, better]
    return place[0], (place[1] + 180) % 360 - 180, chosen % 360


def _stops(plan: NDArray[np.str_], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return from when to when each ship lies still: a passing ship never does, a moored one all day."""
    at = rng.uniform(3, 12, len(plan)) * 3_600
    stop_t = np.select([np.isin(plan, ["arriving", "meeting"]), plan == "passing"], [at, DAY_S / 2], default=0.0)
    go_t = np.select(
        [plan == "departing", plan == "passing", plan == "meeting"],
        [at, DAY_S / 2, at + rng.uniform(3, 9, len(plan)) * 3_600],
        default=DAY_S,
    )
    return stop_t, go_t


def _spacing(stop_t: Floats, go_t: Floats, circle_kn: Floats, rows: int, rng: np.random.Generator) -> Ints:
    rest = np.where(circle_kn > 1, 0.0, (go_t - stop_t) / DAY_S)
    every_s = rng.uniform(60, 80, len(rest))
    expected = (DAY_S / every_s * (1 - rest + rest / SLOW_EVERY)).sum() * (1 - SILENT * 0.4)
    return np.maximum(8, np.round(every_s * expected / rows)).astype(np.int64)


def _starting_places(plan: NDArray[np.str_], rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return for each ship a place in a port or on a lane, and a course along the lane, or to or from it."""
    ports, in_us, legs = _world()
    ports = np.concatenate([rng.permutation(ports[in_us])[:120], rng.permutation(ports[~in_us])[:250]])
    zipf = np.concatenate([3 / np.arange(1, 121), np.full(250, 1 / 250)])
    ships = len(plan)
    home = rng.choice(len(ports), ships, p=zipf / zipf.sum())
    at_sea = np.isin(plan, ["passing", "meeting"])
    leg, share = legs[rng.integers(0, len(legs), ships)], rng.random(ships)[:, None]
    spread = np.select([at_sea, plan == "anchored"], [0.2, 0.05], default=0.012)[:, None]
    place = np.where(at_sea[:, None], leg[:, :2] * (1 - share) + leg[:, 2:] * share, ports[home])
    place = place + rng.normal(0, 1, (ships, 2)) * spread
    to_sea = _bearing(ports, _nearest(ports, legs[:, :2]))[home]
    course_deg = np.where(at_sea, _bearing(leg[:, :2], leg[:, 2:]), to_sea + 180 * (plan == "arriving"))
    return place[:, 0], place[:, 1], course_deg % 360


def _nearest(ports: Floats, nodes: Floats) -> Floats:
    east = (ports[:, None, 1] - nodes[None, :, 1]) * np.cos(np.radians(ports[:, 0]))[:, None]
    north = ports[:, None, 0] - nodes[None, :, 0]
    return np.asarray(nodes[np.argmin(np.hypot(east, north), axis=1)])


def _bearing(start: Floats, end: Floats) -> Floats:
    east = (end[:, 1] - start[:, 1]) * np.cos(np.radians(start[:, 0]))
    return np.asarray(np.degrees(np.arctan2(east, end[:, 0] - start[:, 0])))


def _world() -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Return ports as (lat, lon), which of them are American, and pieces of lanes as (lat, lon, lat, lon)."""
    folder = files("searoute") / "data"
    ports = json.loads((folder / "ports.geojson").read_text())["features"]
    lanes = json.loads((folder / "marnet_searoute.geojson").read_text())["features"]
    place = np.array([p["geometry"]["coordinates"][1::-1] for p in ports], dtype=np.float64)
    in_us = np.array([str(p["properties"]["port"]).startswith("US") for p in ports])
    wet = load_shore().distance_nm(place[:, 0], place[:, 1]) > -2  # some stand in the middle of their town's land
    place, in_us = place[wet], in_us[wet]
    lines = [f["geometry"]["coordinates"] for f in lanes if f["geometry"]["type"] == "LineString"]
    ends = [(*a[1::-1], *b[1::-1]) for line in lines for a, b in pairwise(line)]
    legs = np.array(ends, dtype=np.float64)
    return place, in_us, legs[np.abs(legs[:, 3] - legs[:, 1]) < 30]


def _identities(ships: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Return the declared columns: number, `name,imo,callsign,type` and `length,width,draft,cargo,class`."""
    mids = rng.choice([338, 366, 367, 368, 369, 636, 538, 352, 477, 563, 249, 232, 431], ships)
    numbers = rng.permutation(1_000_000)[:ships]
    mmsi = mids * 1_000_000 + numbers
    sharing, owners = np.split(rng.permutation(ships)[: 2 * max(1, int(ships * SHARED_MMSI))], 2)
    mmsi[sharing] = mmsi[owners]
    kind = rng.choice([0, 30, 31, 36, 37, 52, 60, 70, 79, 80, 89, 90], ships)
    first = [
        "ATLANTIC",
        "NORTHERN",
        "GOLDEN",
        "PACIFIC",
        "SILVER",
        "ISLAND",
        "MISS",
        "CAPTAIN",
        "RIVER",
        "OCEAN",
    ]
    last = ["STAR", "TRADER", "PIONEER", "EAGLE", "DAWN", "SPIRIT", "GRACE", "VENTURE", "LIGHT", "WAVE"]
    length_m = np.where(kind >= 60, rng.integers(60, 340, ships), rng.integers(9, 60, ships))
    identity, hull = [], []
    for n in range(ships):
        big = kind[n] >= 60
        name = f"{first[n % 10]} {last[n // 10 % 10]} {n}"
        imo = f"IMO{imo_number(100_000 + int(numbers[n]) % 899_999)}" if big else ""
        identity.append(f"{name},{imo},W{numbers[n]:06d},{kind[n]}")
        draught = f"{length_m[n] / 20:.1f}" if big else ""
        cargo = kind[n] if big else ""
        hull.append(f"{length_m[n]}.0,{length_m[n] // 6}.0,{draught},{cargo},{'A' if big else 'AB'[n % 2]}\n")
    return {"mmsi": pa.array(mmsi).cast(pa.string()), "identity": pa.array(identity), "hull": pa.array(hull)}


def imo_number(first_six: int) -> int:
    """Return a ship's number of six digits with its check digit."""
    digits = [int(d) for d in f"{first_six:06d}"]
    return first_six * 10 + sum(d * w for d, w in zip(digits, range(7, 1, -1), strict=True)) % 10
