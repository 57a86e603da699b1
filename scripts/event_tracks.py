"""Made tracks, one case for each kind of event: synthetic, whatever the coasts around them.

Radio numbers have `99` after the country's digits and IMO numbers begin at 9999802, as in the made scenarios. The
pictures of `docs/events.md` are drawn from them, and a test holds that each gives the events it is drawn for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from scripts.event_ships import NM_DEG, T0, UNDER_WAY, Ship, moved, table, track, wander
from watch.geodesy import NM_M, distance_m
from watch.pipeline import Seen, bundled_world, prepare, see


def zone_visit() -> list[pd.DataFrame]:
    """Return a ship that waits in a transfer zone, and one that crosses it between two fixes."""
    waits = [(0, 1.00, 105.55), (4, 1.28, 104.90), (18, 1.32, 104.86), (22, 1.95, 105.20)]
    stays = track(Ship(636990401, 9999814, "MADE PARROT"), waits)
    cuts = track(
        Ship(636990402, 9999826, "MADE HERON", ship_type=70),
        [(0, 1.20, 105.72), (12, 2.28, 103.95)],
        every_min=20,
        silent=[(3.0, 8.0)],
    )
    return [stays, cuts]


def port_visit() -> list[pd.DataFrame]:
    """Return a tanker that comes to a port, lies there for a day and a half, and leaves."""
    berth = (14.906, -23.505)
    knots = [(0.0, 14.70, -23.78), (3.0, 14.84, -23.53), (4.0, *berth), (40.0, *berth), (41.0, 14.84, -23.46)]
    return [track(Ship(636990403, 9999838, "MADE IBIS"), [*knots, (44.0, 14.62, -23.30)])]


def gap() -> list[pd.DataFrame]:
    """Return a tanker not heard for 29 hours on her way out of the Gulf of Oman, and others around her that are."""
    way = [(0.0, 25.6, 56.75), (8.0, 24.95, 57.75), (37.0, 24.2, 60.2), (46.0, 23.6, 61.9)]
    own = track(Ship(636990404, 9999840, "MADE EGRET"), way, silent=[(8.0, 37.0)])
    others = [
        track(Ship(636990410 + k, ship_type=70), [(0, 25.3 - 0.17 * k, 57.0), (40, 25.0 - 0.17 * k, 58.3)])
        for k in range(5)
    ]
    return [own, *others]


def encounter() -> list[pd.DataFrame]:
    """Return two tankers that drift side by side in a transfer zone for nine hours."""
    drift = wander([(6.0, 24.52, 57.36), (17.0, 24.50, 57.42)], 0.4, 12.4)
    one = [(0.0, 24.20, 56.95), *drift, (21.0, 24.95, 57.80)]
    near = [(h, y + 0.0011, x + 0.0016) for h, y, x in drift if 7.0 <= h <= 16.0]
    other = [(0.0, 25.05, 57.25), (6.5, 24.545, 57.385), *near, (20.0, 24.00, 57.60)]
    return [
        track(Ship(636990405, 9999852, "MADE TERN"), one),
        track(Ship(538990406, 9999864, "MADE PETREL", length_m=183.0, beam_m=32.0), other),
    ]


def loitering() -> list[pd.DataFrame]:
    """Return a tanker that lies drifting off Cape Verde for 31 hours."""
    drift = wander([(9.0, 13.85, -22.95), (40.0, 13.55, -23.35)], 1.2, 12.4)
    return [track(Ship(636990407, 9999876, "MADE GANNET"), [(0.0, 13.1, -21.7), *drift, (49.0, 14.2, -24.7)])]


def impossible_speed() -> list[pd.DataFrame]:
    """Return a ship heard off Fujairah, and minutes later 250 miles down the coast, where she goes on."""
    ship = Ship(636990420, 9999888, "MADE CURLEW")
    here = track(ship, [(0.0, 25.9, 56.6), (6.0, 25.05, 57.2)])
    return [here, track(ship, [(6.2, 21.9, 60.1), (16.0, 20.6, 59.5)])]


def on_land() -> list[pd.DataFrame]:
    """Return a track that leaves the Gulf, runs on over the mountains and stays there."""
    return [
        track(
            Ship(636990421, 9999890, "MADE STORK"),
            [(0.0, 26.6, 54.3), (4.0, 27.0, 54.9), (8.0, 27.6, 55.5), (14.0, 27.7, 55.6)],
        )
    ]


def circle() -> list[pd.DataFrame]:
    """Return a ship that goes round and round on one circle of three miles."""
    at = np.arange(4.0, 24.0, 1 / 12)
    turn = 2 * np.pi * (at - 4.0) / 2.63
    lat, lon = 24.60 + 3 * NM_DEG * np.cos(turn), 58.90 + 3 * NM_DEG * np.sin(turn) / np.cos(np.radians(24.6))
    round_and_round = [(float(h), float(y), float(x)) for h, y, x in zip(at, lat, lon, strict=True)]
    return [track(Ship(636990422, 9999905, "MADE PLOVER"), [(0.0, 24.95, 58.2), *round_and_round])]


def hairpin() -> list[pd.DataFrame]:
    """Return a ship that turns back on her way at 15 knots and loses none of them, four times."""
    ends = [(24.500 + 0.0014 * k, 59.50 if k % 2 else 59.64) for k in range(5)]
    knots = [(0.0, 24.50, 59.30)]
    for lat, lon in ends:
        nm = float(distance_m(knots[-1][1], knots[-1][2], lat, lon)) / NM_M
        knots.append((knots[-1][0] + round(nm / 15 * 60) / 60, lat, lon))
    return [track(Ship(636990423, 9999917, "MADE SNIPE"), knots, every_min=1)]


def formation() -> list[pd.DataFrame]:
    """Return two radios that make the same way for eleven hours, four miles apart."""
    lead = track(Ship(636990424, 9999929, "MADE GODWIT"), [(0.0, 23.2, 60.0), (5.0, 23.6, 61.0), (11.0, 23.5, 62.3)])
    return [lead, moved(lead, Ship(538990425, 9999931, "MADE DUNLIN"), -0.05, 0.05)]


def held() -> list[pd.DataFrame]:
    """Return a ship that says she makes eleven knots, and is heard from one place for ten hours."""
    ship = Ship(636990426, 9999943, "MADE AVOCET")
    there = [(4.0, 24.3000, 59.9), (9.0, 24.3001, 59.9), (14.0, 24.3000, 59.9001)]
    parts = [track(ship, [(0.0, 24.05, 59.2), there[0]]), track(ship, there, told_kn=11.2, status=UNDER_WAY)]
    return [*parts, track(ship, [there[-1], (18.0, 24.6, 60.6)])]


def stale_repeat() -> list[pd.DataFrame]:
    """Return a ship whose fixes of five hours are sent again a day later, with new times."""
    ship = Ship(636990427, 9999955, "MADE WHIMBREL")
    at = np.arange(0.0, 5.0, 1 / 60)
    bend = [(float(h), 24.4 + 0.14 * float(h) + 0.04 * np.sin(2 * h), 58.9 + 0.19 * float(h)) for h in at]
    told = track(ship, bend, every_min=1)
    return [told, told.assign(fix_at=told["fix_at"] + pd.Timedelta(hours=24))]


def spoof() -> list[pd.DataFrame]:
    """Return a track for each way in which a position cannot be true."""
    ways = (impossible_speed, on_land, circle, hairpin, formation, held, stale_repeat)
    return [part for way in ways for part in way()]


def interference() -> list[pd.DataFrame]:
    """Return seven ships that leap to one place within half an hour, and come back five hours later."""
    parts = []
    for k in range(7):
        ship = Ship(636990430 + k, None, f"MADE GULL {k + 1}", ship_type=70 if k % 2 else 80)
        way = [(0.0, 33.4 + 0.22 * k, 33.9 - 0.08 * k), (18.0, 33.9 + 0.13 * k, 34.7 - 0.05 * k)]
        begin = 6.0 + 0.07 * k
        true = track(ship, way, silent=[(begin, begin + 5.0)])
        turn = np.linspace(0, 4 * np.pi, 25) + k
        at_h = begin + 0.1 + np.linspace(0, 4.7, 25)
        there = zip(at_h, 33.83 + 0.015 * np.sin(turn), 35.49 + 0.015 * np.cos(turn), strict=True)
        parts += [true, track(ship, [(float(h), float(y), float(x)) for h, y, x in there])]
    return parts


def identity_change() -> list[pd.DataFrame]:
    """Return radios that change name, flag, number and type, and numbers that cannot be true."""
    sea = [(24.0, 61.0), (23.0, 62.0), (22.0, 63.0), (21.0, 64.0), (20.0, 65.0), (19.0, 66.0)]

    def lies(ship: Ship, begin: float, end: float, row: int) -> pd.DataFrame:
        (lat, lon), drift = sea[row], 0.01
        return track(
            ship, [(begin, lat + drift * begin, lon), (end, lat + drift * end, lon)], every_min=60, told_kn=9.0
        )

    first = Ship(636990441, 9999814, "MADE ONE", "D5XY1")
    second = replace(first, mmsi=671990442, name="MADE THREE")
    third = replace(first, mmsi=312990443, name="MADE FOUR", callsign="V3AB2")
    inland = Ship(720990444, 9999815, "MADE FIVE", None, 70)
    nobody = Ship(217990445, 1234567, "MADE SIX")
    again = Ship(636990446, 9999826, "MADE SEVEN", "D5XY7")
    return [
        *(lies(first, 0, 40, 0), lies(replace(first, name="MADE TWO", callsign="D5XY2"), 41, 80, 0)),
        *(lies(second, 84, 140, 0), lies(third, 104, 148, 1)),
        *(lies(inland, 0, 60, 2), lies(replace(inland, ship_type=80), 61, 148, 2)),
        *(lies(nobody, 0, 48, 3), lies(replace(nobody, imo=9105073), 49, 148, 3)),
        *(lies(again, 0, 60, 4), lies(replace(again, mmsi=636990447), 72, 148, 4)),
        *_two_on_one_radio(),
    ]


def _two_on_one_radio() -> list[pd.DataFrame]:
    one, two = Ship(636990448, None, "MADE EIGHT"), Ship(636990448, None, "MADE NINE")
    return [
        track(one, [(0.0, 18.0, 67.0), (148.0, 19.0, 67.0)], every_min=120, told_kn=9.0),
        track(two, [(1.0, 10.0, 60.0), (147.0, 11.0, 60.0)], every_min=120, told_kn=9.0),
    ]


def draught_change() -> list[pd.DataFrame]:
    """Return a tanker that loads at a terminal, and is not heard for two days, after which she lies less deep."""
    berth, ship = (29.225, 50.335), Ship(636990451, 9999838, "MADE SCOTER", draught_m=8.1)
    come = [(0.0, 27.6, 51.4), (12.0, *berth), (44.0, *berth)]
    go = [
        (44.0, *berth),
        (68.0, 26.3, 53.3),
        (90.0, 25.6, 56.7),
        (98.0, 25.0, 57.6),
        (146.0, 25.0, 57.3),
        (170.0, 24.0, 61.0),
    ]
    laden = replace(ship, draught_m=14.9)
    full = track(laden, go, every_min=30, silent=[(98.0, 170.0)])
    return [
        track(ship, come, every_min=30),
        full[full["fix_at"] < T0 + pd.Timedelta(hours=99)],
        track(replace(ship, draught_m=8.4), [(146.0, 25.0, 57.3), (170.0, 24.0, 61.0)], every_min=30),
    ]


def destination_change() -> list[pd.DataFrame]:
    """Return a tanker that declares one port after another, and then calls at none of them."""
    berth, ship = (27.10, 56.067), Ship(636990452, 9999840, "MADE EIDER")
    said = [("AE FJR", 0, 20), ("FUJAIRAH", 20, 34), ("FOR ORDERS", 34, 54), ("KARACHI", 54, 120)]
    way = [(0.0, 22.5, 61.5), (24.0, 24.9, 57.2), (48.0, 24.9, 57.0), (62.0, 26.3, 56.75), (70.0, *berth)]
    way += [(100.0, *berth), (120.0, 25.2, 57.2)]
    whole = track(ship, way, every_min=30)
    at_h = (whole["fix_at"] - T0) / pd.Timedelta(hours=1)
    return [whole[(at_h >= a) & (at_h < b)].assign(destination=text) for text, a, b in said]


def possible_visit() -> list[pd.DataFrame]:
    """Return a tanker that is not heard for 52 hours in the Gulf of Oman."""
    way = [(0.0, 24.2, 59.6), (8.0, 24.9, 58.1), (60.0, 24.35, 58.9), (70.0, 23.5, 60.1)]
    return [track(Ship(636990453, 9999852, "MADE SMEW"), way, silent=[(8.0, 60.0)])]


def possible_encounter() -> list[pd.DataFrame]:
    """Return two tankers silent near each other for 40 hours: one comes out deeper, the other less deep."""
    near = ((24.65, 58.35), (24.40, 58.75))
    deep, light = (
        Ship(636990454, 9999864, "MADE GOOSANDER", draught_m=14.8),
        Ship(538990455, 9999876, "MADE SHOVELER", draught_m=8.0),
    )
    parts = []
    for ship, after, place, begin, way in ((deep, 8.2, near[0], 8.0, -1), (light, 14.6, near[1], 12.0, 1)):
        lat, lon = place
        end = begin + 40
        parts.append(track(ship, [(0.0, lat + 0.9, lon + 1.3 * way), (begin, lat, lon)]))
        later = [(end, lat - 0.1, lon + 0.25), (end + 10, lat - 0.9, lon + 1.6)]
        parts.append(track(replace(ship, draught_m=after), later))
    return parts


def detour() -> list[pd.DataFrame]:
    """Return a tanker that goes from Fujairah to Karachi by the Gulf of Aden, where she drifts for a day."""
    leaves, comes = (25.22, 56.60), (24.84, 66.93)
    out = [
        (0.0, *leaves),
        (20.0, *leaves),
        (40.0, 22.9, 60.7),
        (58.0, 19.6, 59.2),
        (88.0, 14.4, 54.8),
        (105.0, 13.0, 51.4),
    ]
    drift = wander([out[-1], (129.0, 12.95, 51.35)], 0.8, 12.4)
    back = [(142.0, 13.6, 54.0), (232.0, *comes), (262.0, *comes)]
    return [track(Ship(636990456, 9999888, "MADE GADWALL"), [*out[:-1], *drift, *back], every_min=30)]


CASES: dict[str, Callable[[], list[pd.DataFrame]]] = {
    case.__name__: case
    for case in (
        *(zone_visit, port_visit, gap, encounter, loitering, spoof, interference),
        *(identity_change, draught_change, destination_change, possible_visit, possible_encounter, detour),
    )
}


@cache
def see_case(name: str) -> tuple[pd.DataFrame, Seen]:
    """Return the made fixes of a case, and what the whole chain finds in them."""
    parts = CASES[name]()
    return pd.concat(parts, ignore_index=True).sort_values(["mmsi", "fix_at"]), see(
        *prepare(table(parts)), bundled_world()
    )
