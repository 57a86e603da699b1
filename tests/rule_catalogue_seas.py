"""What the library of rules says of made events, and the seas of the catalogue that only rules are asked about.

Every ship, number and position in here is SYNTHETIC.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from tests.catalogue_tracks import (
    DAY_H,
    SELDOM,
    bundled_rows,
    events_of,
    file_events,
    go_round,
    hold,
    hours,
    made_events,
    sail,
    ship,
    to_and_fro,
    together,
    track,
)
from tests.readers.cases import write_lines
from watch.matching import match_all
from watch.pipeline import bundled_world, run_scenario
from watch.rules.loader import RuleSet, load_rules
from watch.rules.model import RuleTest
from watch.rules.table import EventTable
from watch.rules.vessel_lists import VesselLists
from watch.rules.written import WrittenLists, written_events

GRAVE = ("critical", "high", "medium")
Alert = dict[str, Any]


@cache
def library() -> RuleSet:
    """Return the rules that travel with Shipwatch."""
    return load_rules(zones=bundled_world().zones)


class Told:
    """What the library raises over some events.

    Parameters
    ----------
    events
        Attributed events.
    as_of
        The data's clock; default the last moment of the events.
    lists
        Default: the lists that travel with Shipwatch.
    """

    def __init__(self, events: pd.DataFrame, as_of: pd.Timestamp | None = None, lists: Any = None) -> None:
        zones = bundled_world().zones
        clock = as_of or events[["start_at", "end_at"]].max().max()
        self.events = events
        self.table = EventTable(events, zones.by_id.get, lists or library().lists)
        self.alerts: list[Alert] = match_all(library(), self.table, clock, zones)

    def grave(self) -> list[str]:
        """Return rule, ship, level and verdict of all alerts at medium level and above, sorted; none is left out."""
        return sorted(
            f"{a['rule_id']} {a['vessel']['name'] or a['vessel']['mmsi']} {a['level']} {a['verdict']}"
            for a in self.alerts
            if a["level"] in GRAVE
        )

    def by(self, rule_id: str) -> set[Any]:
        """Return the ships, by name, about which a rule raises alerts of any level."""
        assert rule_id in {rule.id for rule in library().rules}
        return {a["vessel"]["name"] for a in self.alerts if a["rule_id"] == rule_id}

    def rules(self) -> set[str]:
        """Return the rules that raise alerts of any level, also those that cannot be told."""
        return {a["rule_id"] for a in self.alerts}

    def one(self, rule_id: str, name: str | None = None) -> Alert:
        """Return the only alert of a rule, about a ship where one is named."""
        (alert,) = (a for a in self.alerts if a["rule_id"] == rule_id and name in (None, a["vessel"]["name"]))
        return alert

    def measures(self, rule_id: str, name: str | None = None) -> dict[str, dict[str, Any]]:
        """Return the measures that the only alert of a rule names, by id."""
        return {m["measure_id"]: m for m in self.one(rule_id, name)["measures"]}

    def lists(self, imo: int) -> set[str]:
        """Return the lists on which a ship stood at one of its events."""
        rows = [row for row in range(len(self.table)) if self.table.value("imo", row) == imo]
        return {name for row in rows for name in self.table.value("lists", row)}


@cache
def told(scenario: str) -> Told:
    """Return what the library raises over a bundled scenario."""
    return Told(*run_scenario(scenario))


def moved(scenario: str, to: str, *, end: bool = False) -> Told:
    """Return what the library would raise had all of a scenario been at another time.

    Parameters
    ----------
    scenario
        A bundled scenario of one voyage.
    to
        When its first event begins; with `end`, where the data's clock stands.
    """
    events, as_of = run_scenario(scenario)
    later = pd.Timestamp(to) - (as_of if end else events["start_at"].min())
    return Told(events.assign(**{c: events[c] + later for c in ("start_at", "end_at")}), as_of + later)


def written(*events: dict[str, Any], lists: VesselLists | None = None, **ship_told: Any) -> Told:
    """Return what the library raises over events written as in a rule file, all of one ship."""
    test = RuleTest.model_validate({"name": "w", "ship": ship_told, "events": events, "expect": {"alerts": 0}})
    return Told(*written_events(test), WrittenLists(test, lists or library().lists))


def call(at: str, zone: str, hours: float = 10.0, **details: Any) -> dict[str, Any]:
    """Return a written call at a port."""
    return {"kind": "port_visit", "at": at, "hours": hours, "zone": zone, "details": details}


TO_LA_GUAIRA: Sequence[dict[str, Any]] = (
    {"sail": {"route": "CAPE_BND_ELP", "from": "ras_al_hadd", "to": "margarita", "speed_kn": 12.5}},
    sail((10.75, -66.95), kn=11),
    hold("anchored", hours=20),
    sail((10.63, -66.94), kn=5),
    hold("moored", hours=60),
    {"says": {"draught_m": 7.4}},
    hold("moored", hours=12),
)


def food_by_way_of_oman() -> pd.DataFrame:
    """P3b: a cargo ship of another flag than Iran's takes food from Bandar Abbas to La Guaira and calls at Sohar."""
    return made_events(
        ship(
            "SYNTH FOOD",
            538990118,
            "2020-05-12T00:00Z",
            (27.06, 56.07),
            hold("moored", hours=60),
            {"says": {"draught_m": 9.6, "destination": "SOHAR"}},
            {"sail": {"route": "CAPE_BND_ELP", "from": "bandar_abbas", "to": "gulf_of_oman", "speed_kn": 12}},
            sail((24.53, 56.66), kn=10),
            hold("moored", hours=30),
            {"says": {"destination": "LA GUAIRA"}},
            sail((24.6, 57.2), (23.9, 59.2), kn=12),
            *TO_LA_GUAIRA,
            **{"type": "cargo", "imo": 9990105, "draught_m": 7.5, "destination": "BANDAR ABBAS", "reports": SELDOM},
        )
    )


def scrapped_ship_heard() -> pd.DataFrame:
    """I2: another ship declares the number of PANDI (9105073), two weeks after she was broken up."""
    hour = hours(48, 30, 92 * DAY_H)
    lat = 20 + to_and_fro(hour, 9, 2)
    return events_of(track(511990041, hour, lat, -150.0, imo=9105073, name="SYNTH ZOMBIE", ship_type=80))


def three_flags() -> pd.DataFrame:
    """I3: Tanzania, the Comoros and Cameroon by radio within sixty days, one hull."""
    parts = [
        (mmsi, hours(18 * DAY_H, 180, day * DAY_H)) for mmsi, day in ((677990042, 0), (620990042, 20), (613990042, 40))
    ]
    tell = {"imo": 9990040, "name": "SYNTH HOPPER", "ship_type": 70}
    return events_of(together(*(track(mmsi, h, to_and_fro(h, 10, 5), -25.0, **tell) for mmsi, h in parts)))


def circles_at_the_coast_and_inland() -> pd.DataFrame:
    """S3: circles of five miles at Point Reyes, on the coast, and thirty miles inland."""
    places = ((636990052, 38.05, -122.95), (636990053, 38.6, -122.6))
    rounds = [go_round(mmsi, lat, lon, radius_nm=5, kn=10, length_h=10) for mmsi, lat, lon in places]
    return events_of(together(*rounds))


def aircraft_and_cargo_ship(folder: Path) -> pd.DataFrame:
    """P7b: an aircraft of a rescue service by its number, from Iran to the south, and a cargo ship."""
    flight = [f"111422001,2020-04-22T{h:02d}:00:00Z,{35 - h},{51 - 6 * h},450,SYNTH FLIGHT,80" for h in range(20)]
    cargo = [f"219990115,2020-04-22T{h:02d}:00:00Z,{57.3 - h / 60},11.45,1.0,SYNTH CARGO,70" for h in range(20)]
    return file_events(write_lines(folder / "f.csv", "mmsi,fix_at,lat,lon,sog_kn,name,ship_type", *flight, *cargo))


def odd_moments(folder: Path) -> pd.DataFrame:
    """N11: a tanker heard at a leap second, at the ends of years, on 29 February, in two time zones."""
    texts = ("2016-12-31T23:59:60Z", "2017-01-01T00:00:05Z", "2019-12-31T22:30:00-04:00", "2020-02-29T22:00:00-04:00")
    rows = [f"219990117,{text},57.3,11.45,0.0,SYNTH LEAP,80" for text in texts]
    return file_events(write_lines(folder / "m.csv", "mmsi,fix_at,lat,lon,sog_kn,name,ship_type", *rows))


def namesakes_and_the_tanker() -> pd.DataFrame:
    """N7: the namesakes, with the tanker BELLA in the same sea."""
    alike = bundled_rows("n7", "PETUNIA SEAWAYS", "BELLA", "BERING")
    tanker = bundled_rows("lib4", "BELLA")
    both = [alike, tanker[tanker["fix_at"] < "2020-06-01"]]
    return events_of(pd.concat(both).sort_values("fix_at", kind="stable"))
