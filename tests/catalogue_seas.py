"""The seas of the catalogue of scenarios that no bundled scenario holds, and what the chain sees in them.

Every ship, number and position in here is SYNTHETIC.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tests.catalogue_tracks import (
    DAY_H,
    SELDOM,
    events_of,
    go_round,
    hold,
    hours,
    jammed,
    made_events,
    sail,
    ship,
    to_and_fro,
    together,
    track,
)
from watch.geodesy import Floats, wrap_lon


def sixty_days_unheard() -> pd.DataFrame:
    """P2a: a Liberian tanker, last heard in the Gulf of Oman and next in the Atlantic."""
    return made_events(
        ship(
            "SYNTH P2A",
            636990021,
            "2020-05-04T00:00Z",
            (24.4, 58.6),
            sail((24.9, 57.6), kn=9),
            hold("drifting", until="2020-05-05T00:00Z"),
            {"appear": {"at": "2020-07-04T00:00Z", "position": (18.0, -48.0)}},
            sail((18.0, -47.0), kn=11),
            draught_m=10.2,
        )
    )


def two_dark_and_two_deeper() -> pd.DataFrame:
    """P2b: two tankers fall silent in a transfer area; one waits near the first, one is silent near the second."""
    leave = [{"says": {"draught_m": 14.5}}, sail((22.0, 62.5), kn=11)]
    return made_events(
        ship(
            "SYNTH DARK ONE",
            636990022,
            "2020-07-08T00:00Z",
            (24.4, 57.9),
            sail((24.55, 57.36), kn=9),
            hold("drifting", until="2020-07-08T14:00Z"),
            draught_m=10.5,
        ),
        ship(
            "SYNTH DARK TWO",
            636990023,
            "2020-07-11T12:00Z",
            (24.3, 57.9),
            sail((24.46, 57.44), kn=9),
            hold("drifting", until="2020-07-12T06:00Z"),
            draught_m=10.2,
        ),
        ship(  # waits where the first, dark, could be
            "SYNTH WAITS",
            538990024,
            "2020-07-08T06:00Z",
            (24.0, 59.4),
            sail((24.3, 58.6), kn=12),
            hold("drifting", until="2020-07-10T12:00Z"),
            *leave,
            draught_m=12.0,
        ),
        ship(  # is dark herself while the second is
            "SYNTH SILENT",
            538990025,
            "2020-07-11T16:00Z",
            (24.0, 59.6),
            sail((24.2, 58.8), kn=12),
            {"silent": [hold("drifting", hours=32)]},
            *leave,
            draught_m=12.0,
        ),
    )


@cache
def three_hops() -> pd.DataFrame:
    """P4a: from Kharg over EOPL and Ningbo to Nampo in three hulls."""
    first = ship(
        "SYNTH HOP ONE",
        422990031,
        "2020-03-01T00:00Z",
        (29.23, 50.32),
        hold("moored", hours=30),
        {"says": {"draught_m": 15.5}},
        hold("moored", hours=4),
        {"sail": {"route": "KHARG_EOPL", "to": "eopl", "speed_kn": 13}},
        {"meet": {"with": "SYNTH HOP TWO", "at": "2020-03-16T06:00Z", "hours": 20, "distance_m": 60}},
        {"says": {"draught_m": 9.0}},
        sail((1.9, 105.6), kn=11),
        **{"imo": 9990002, "length_m": 250, "draught_m": 9.0, "reports": SELDOM},
    )
    second = ship(
        "SYNTH HOP TWO",
        518990032,
        "2020-03-15T00:00Z",
        (1.9, 105.4),
        sail((1.48, 104.84), kn=10),
        hold("drifting", until="2020-03-17T06:00Z"),
        {"says": {"draught_m": 14.0}},
        sail((4, 106), (10, 110.5), (18, 114.5), (22.3, 117.8), (25.3, 120.6), (27.5, 122), (30.25, 122.95), kn=13),
        sail((30.1, 122.75), kn=8),
        hold("anchored", hours=144),
        sail((30.25, 122.95), (30.0, 124.6), kn=11),
        hold("drifting", until="2020-04-02T20:00Z"),
        {"says": {"draught_m": 10.5}},
        sail((29.0, 123.2), kn=11),
        **{"imo": 9990014, "length_m": 240, "draught_m": 9.0, "reports": SELDOM},
    )
    third = ship(
        "SYNTH HOP THREE",
        445990033,
        "2020-04-01T00:00Z",
        (30.8, 124.5),
        sail((30.2, 124.5), kn=8),
        {"meet": {"with": "SYNTH HOP TWO", "at": "2020-04-02T00:00Z", "hours": 14, "distance_m": 40}},
        {"says": {"draught_m": 7.5}},
        sail((30.0, 124.5), kn=8),
        {"sail": {"route": "ECS_NAMPO", "to": "nampo", "speed_kn": 9}},
        hold("anchored", hours=30),
        **{"imo": 9990026, "length_m": 110, "draught_m": 4.5},
    )
    return made_events(first, second, third)


def taicang_to_bandar_abbas() -> pd.DataFrame:
    """P5d: a cargo ship in three weeks by the Taiwan and Malacca straits."""
    way = [
        *[(31.35, 121.75), (31.0, 122.4), (29.5, 123.2), (25.3, 120.6), (22.3, 117.5), (18.0, 114.0), (10.0, 110.0)],
        *[(4.0, 106.0), (1.5, 104.9), (1.28, 104.4), (1.22, 104.05), (1.14, 103.7), (1.2, 103.4), (1.75, 102.55)],
        *[(2.6, 101.2), (3.6, 99.9), (5.6, 97.8), (6.0, 95.3), (5.75, 82.0), (5.75, 79.8), (10.0, 74.0), (20.0, 65.0)],
        *[(23.8, 60.0), (25.6, 57.1), (26.45, 56.75), (26.7, 56.6), (26.95, 56.4), (27.06, 56.07)],
    ]
    return made_events(
        ship(
            "SYNTH IRISL",
            422990034,
            "2025-01-20T00:00Z",
            (31.6, 121.25),
            hold("moored", hours=24),
            {"says": {"draught_m": 9.5, "destination": "BANDAR ABBAS"}},
            hold("moored", hours=3),
            sail(*way, kn=11.5),
            hold("moored", hours=30),
            **{"type": "cargo", "imo": 9990038, "draught_m": 7.0, "destination": "TAICANG"},
            reports={"thin_min": 30, "rest_min": 60, "satellite": "far"},
        )
    )


@cache
def legal_sale() -> pd.DataFrame:
    """I5: four hundred days under way: another flag after 150 of them, another name after 270."""
    before, after = hours(150 * DAY_H, 240), hours(250 * DAY_H, 240, 150 * DAY_H)
    names = np.where(after < 270 * DAY_H, "SYNTH OLDNAME", "SYNTH NEWNAME")
    told = {"imo": 9990052, "ship_type": 80}
    return events_of(
        together(
            track(538990043, before, to_and_fro(before, 10, 5), -25.0, name="SYNTH OLDNAME", **told),
            track(248990043, after, to_and_fro(after, 10, 5), -25.0, name=names, **told),
        )
    )


SOUTH, NORTH = 23.9, 23.9 + 20 / 60
TWO_HULLS: dict[str, tuple[int, tuple[int | None, int | None]]] = {
    "without_imo": (538990071, (None, None)),
    "each_with_its_imo": (538990072, (9990064, 9990076)),
}


@cache
def shared_numbers() -> pd.DataFrame:
    """Twice two hulls that sail west 20 nm apart, heard in turn; each is silent for eight hours once."""
    one, other = hours(30, 5), hours(30, 5) + 2 / 60
    one, other = one[(one < 20) | (one > 28)], other[(other < 8) | (other > 16)]
    tracks = []
    for begin, (mmsi, imos) in zip((64.5, -60.0), TWO_HULLS.values(), strict=True):
        told: list[dict[str, Any]] = [{"name": "SYNTH ONE", "ship_type": 80}, {"name": "SYNTH OTHER", "ship_type": 70}]
        for hour, lat, imo, says in zip((one, other), (SOUTH, NORTH), imos, told, strict=True):
            tracks.append(track(mmsi, hour, lat, begin - hour * 9 / 60, imo=imo, **says))
    return events_of(together(*tracks))


CIRCLES_KN = (5, 6, 7, 8, 10, 12, 20)


@cache
def circles() -> pd.DataFrame:
    """S3: circles of five miles, ten hours long, each radio at its own speed; the number ends in it."""
    return events_of(
        together(*(go_round(636990000 + kn, 15, -20 - kn, radius_nm=5, kn=kn, length_h=10) for kn in CIRCLES_KN))
    )


#: Where the jammed ships are shown, and the first of eight radio numbers.
JAMMED = {"beside": 422990061, "inland": 422990071, "one_place": 422990081}


@cache
def jammed_in_hormuz() -> pd.DataFrame:
    """S5: eight ships a day, each day shown elsewhere in another way."""
    days = enumerate(JAMMED.items())
    return events_of(together(*(jammed(where, mmsi_from, day * 48) for day, (where, mmsi_from) in days)))


def supply_ship_beside_a_drill_ship() -> pd.DataFrame:
    """N3: the rig keeps its place by engine, and the supply ship hers beside it."""
    begin = "2020-06-01T00:00Z"
    rig = ship("SYNTH DRILL SHIP", 257990109, begin, (56.8, 3.3), hold("drifting", hours=36), type="other")
    supply = ship(
        "SYNTH SUPPLY",
        257990110,
        begin,
        (56.9, 3.5),
        {"meet": {"with": "SYNTH DRILL SHIP", "at": "2020-06-01T12:00Z", "hours": 9, "distance_m": 80}},
        sail((57.0, 3.6), kn=11),
        **{"type": "other", "length_m": 85},
    )
    return made_events(rig, supply)


def idle_fleet() -> pd.DataFrame:
    """N13: four cargo ships at anchor before Nampo for forty days, 700 m from one another."""
    fleet = [
        ship(
            f"SYNTH IDLE {i}",
            445990091 + i,
            "2020-02-01T00:00Z",
            (38.60 + 0.006 * (i // 2), 125.0 + 0.008 * (i % 2)),
            hold("anchored", hours=40 * DAY_H),
            **{"type": "cargo", "length_m": 100, "draught_m": 4.0, "reports": SELDOM},
        )
        for i in range(4)
    ]
    return made_events(*fleet)


def values_not_available() -> pd.DataFrame:
    """N8: every second report of a ship holds nothing but values for "not available"; some of another lack a digit."""
    hour = hours(20, 10)
    lat = 53.9 + hour * 9 / 60
    unknown: dict[str, Any] = {
        **{"sog_kn": 102.3, "cog_deg": 360.0, "heading_deg": 511.0, "nav_status": 15},
        **{"imo": 0, "name": "", "callsign": "@@@@", "ship_type": 0, "draught_m": 0.0, "length_m": 0.0},
    }
    told = {"imo": 9990088, "name": "SYNTH BLANK", "ship_type": 70, "draught_m": 5.0}
    return events_of(
        together(
            track(219990116, hour, lat, 4.0, **told),
            track(219990116, hour + 3 / 60, lat + 0.0075, 4.0, **unknown),
            track(219990116, hour + 5 / 60, 91.0, 181.0, **unknown),
            track(21999011, hour + 6 / 60, lat + 0.015, 4.0, **told),
        )
    )


EASTWARD, WESTWARD = 503990081, 503990082


def across_180_and_the_pole() -> pd.DataFrame:
    """N10: five ships; two cross 180° at middle latitudes, one each near the poles, one sails over the pole."""
    hour = hours(36)
    up = 86.4 + hour * 12 / 60  # beyond 90° it is going down on the other side
    return events_of(
        together(
            _along(EASTWARD, hour, -15.0, 178.0, 13),
            _along(WESTWARD, hour, 52.0, -178.0, -13),
            _along(503990083, hour, 84.0, 170.0, 12),
            _along(503990084, hour, -76.9, 179.0, 9),
            track(503990085, hour, np.where(up > 90, 180 - up, up), np.where(up > 90, -150.0, 30.0), ship_type=70),
        )
    )


def _along(mmsi: int, hour: Floats, lat: float, lon: float, kn: float) -> pa.Table:
    way = lon + hour * kn / 60 / math.cos(math.radians(lat))
    return track(mmsi, hour, lat, wrap_lon(way), ship_type=70, sog_kn=abs(kn))
