"""Voyages: from one call with a stop to the next, and the places where events saw the ship on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from watch.detect.tracks import as_us
from watch.geodesy import H_US, Bools, Floats, Ints
from watch.timeline.declared import us_of
from watch.timeline.possible_encounter import MEET_TYPES

#: Events that saw the ship where they began and where they ended.
SEEN_KINDS = ("port_visit", "zone_visit", "gap", "encounter", "loitering")
#: While one of these goes on, the places told are not to be trusted.
DOUBTED_KINDS = ("spoof", "interference")
_STOPPED = 2  # a port visit of less confidence is a ship that passed
_PLACE = ["vessel", "at_us", "lat", "lon", "zone_id"]
_LEAVES = {"us": "end_us", "lat": "end_lat", "lon": "end_lon", "zone": "zone_id", "id": "event_id"}
_COMES = {"us": "start_us", "lat": "start_lat", "lon": "start_lon", "zone": "zone_id", "id": "event_id"}


def find_voyages(events: pd.DataFrame) -> pd.DataFrame:
    """Return the ways of ships that carry cargo between successive calls with a stop at different ports.

    Parameters
    ----------
    events
        `columns.ATTRIBUTED_COLUMNS`, all of each vessel. Ships are those of `MEET_TYPES`, of unknown type only with an
        IMO number.

    Returns
    -------
    DataFrame
        Columns `row` (of `events`: the first call), `vessel_id, mmsi, hours`, and of the last fix at the first port
        `from_us, from_lat, from_lon, from_zone, from_id` (its event), of the first one at the second port `to_…`.

    Notes
    -----
    A call that begins while another radio of the hull still lies in port follows none.
    """
    calls = _calls(events)
    later = calls.shift(-1)
    last = (calls.groupby("vessel_id")["end_us"].cummax() == calls["end_us"]) & (calls["end_us"] <= later["start_us"])
    follows = last & (later["vessel_id"] == calls["vessel_id"]) & (later["zone_id"] != calls["zone_id"])
    at = np.flatnonzero(calls["carries"] & follows)
    before, after = (calls.iloc[k].reset_index(drop=True) for k in (at, at + 1))
    return before[["row", "vessel_id", "mmsi"]].assign(
        hours=(after["start_us"] - before["end_us"]) / H_US,
        **{f"from_{new}": before[name] for new, name in _LEAVES.items()},
        **{f"to_{new}": after[name] for new, name in _COMES.items()},
    )


def _calls(events: pd.DataFrame) -> pd.DataFrame:
    """Return the calls with a stop by vessel and time, and whether the ship may carry a cargo then."""
    rows = np.flatnonzero(events["kind"] == "port_visit")
    stopped = [(d.get("confidence") or 0) >= _STOPPED for d in events["details"].iloc[rows]]
    rows = rows[np.array(stopped, dtype=bool)]
    calls = events.iloc[rows]
    columns = ["vessel_id", "mmsi", "zone_id", "event_id", "start_lat", "start_lon", "end_lat", "end_lon"]
    times = {"start_us": as_us(calls["start_at"]), "end_us": us_of(calls["end_at"])}
    carries = calls["type"].isin(MEET_TYPES) & ((calls["type"] != "unknown") | calls["imo"].notna())
    calls = calls[columns].assign(row=rows, carries=carries, **times)
    in_order: pd.DataFrame = calls.sort_values(["vessel_id", "start_us", "event_id"], ignore_index=True)
    return in_order


@dataclass(frozen=True)
class Places:
    """Where ships were seen, sorted by vessel and time.

    Attributes
    ----------
    vessel
        The number of each one's vessel.
    at_us, lat, lon
        When and where.
    zone
        The zone of the event that saw her, if it has one.
    """

    vessel: Ints
    at_us: Ints
    lat: Floats
    lon: Floats
    zone: list[str | None]

    def between(self, vessel: int, from_us: int, to_us: int) -> tuple[int, int]:
        """Return the range of the places of a vessel in a span of time, both ends included."""
        first, beyond = np.searchsorted(self.vessel, [vessel, vessel + 1]).tolist()
        at_us = self.at_us[first:beyond]
        begin, end = np.searchsorted(at_us, from_us, "left"), np.searchsorted(at_us, to_us, "right")
        return first + int(begin), first + int(end)

    def chosen(self, kept: Bools) -> Places:
        """Return some of them."""
        zone = [z for z, keep in zip(self.zone, kept.tolist(), strict=True) if keep]
        return Places(self.vessel[kept], self.at_us[kept], self.lat[kept], self.lon[kept], zone)


def places_seen(events: pd.DataFrame, vessels: pd.Index) -> Places:
    """Return the places where the events saw some vessels, numbered as they come, without those not to be trusted."""
    seen = _both_sides(events, vessels, SEEN_KINDS)
    ends = [seen[["vessel", f"{end}_us", f"{end}_lat", f"{end}_lon", "zone_id"]] for end in ("start", "end")]
    both = pd.concat([end.set_axis(_PLACE, axis=1) for end in ends]).dropna(subset=["lat", "lon"])
    both = both.sort_values(_PLACE, ignore_index=True)
    vessel, at_us = (both[name].to_numpy(dtype=np.int64) for name in ("vessel", "at_us"))
    lat, lon = (both[name].to_numpy(dtype=np.float64) for name in ("lat", "lon"))
    places = Places(vessel, at_us, lat, lon, [z if isinstance(z, str) else None for z in both["zone_id"]])
    trusted = np.ones(len(both), dtype=bool)
    doubted = _both_sides(events, vessels, DOUBTED_KINDS)[["vessel", "start_us", "end_us"]]
    for span in doubted.itertuples(index=False):
        trusted[slice(*places.between(*span))] = False
    return places.chosen(trusted)


def _both_sides(events: pd.DataFrame, vessels: pd.Index, kinds: tuple[str, ...]) -> pd.DataFrame:
    """Return the events of some kinds for each of these vessels that took part, with the number of the vessel."""
    some = events[events["kind"].isin(kinds).to_numpy()]
    met = some[some["other_vessel_id"].notna().to_numpy()]
    both = pd.concat([some, met.assign(vessel_id=met["other_vessel_id"])], ignore_index=True)
    vessel = vessels.get_indexer(pd.Index(both["vessel_id"]))
    both = both.assign(vessel=vessel, start_us=as_us(both["start_at"]), end_us=us_of(both["end_at"]))
    known: pd.DataFrame = both[vessel >= 0]
    return known
