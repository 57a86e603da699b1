"""Destination changes: a ship declares another destination, or calls at a port that is not the one declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from watch.attribution import hulls
from watch.destinations import Destination, Gazetteer, gazetteer_of, same_country
from watch.detect.events import concat_events, make_events
from watch.detect.world import World
from watch.geodesy import NM_M, Ints, distance_m
from watch.params import DEFAULT, Params
from watch.runs import changes
from watch.timeline.declared import (
    Declared,
    change_events,
    codes_of,
    iso,
    steps,
    tell,
    us_of,
)

_KIND = "destination_change"


def destination_changes(
    declared: Declared, events: pd.DataFrame, world: World, *, params: Params = DEFAULT
) -> pd.DataFrame:
    """Return the changes of the declared destination and the calls that contradict it, `columns.EVENT_COLUMNS`.

    Parameters
    ----------
    declared
        Every change of what the radios in question declare.
    events
        The events of these vessels, `columns.ATTRIBUTED_COLUMNS`.
    world
        Zones and ports, among which the texts are looked up.
    params
        `destination_near_nm`, `destination_confidence`, `identity_flip_h`.

    Notes
    -----
    `details.sub_kind` is `changed` or `contradicted`. Two ways of writing one place are no change. A text that says
    that there is no destination, that names none of our places or that could be several contradicts nothing; a port
    within 25 nm of the declared one does not contradict it either.
    """
    if not len(declared):
        return concat_events([])
    gazetteer = gazetteer_of(world)
    codes = codes_of(declared.table["destination"], lambda text: gazetteer.read(text).key)
    return concat_events(
        [
            _changed(declared, codes, gazetteer, params.identity_flip_h),
            _contradicted(declared, codes, events, gazetteer, params),
        ]
    )


def _changed(declared: Declared, codes: Ints, gazetteer: Gazetteer, within_h: float) -> pd.DataFrame:
    told = tell(declared, codes, [steps(declared, codes)], within_h)
    texts = declared.values("destination")
    details = []
    for i, (b, a) in enumerate(zip(told.before.tolist(), told.after.tolist(), strict=True)):
        before, after = gazetteer.read(texts[b]), gazetteer.read(texts[a])
        both = before.country is not None and after.country is not None
        details.append(
            {
                "sub_kind": "changed",
                "before": texts[b],
                "after": texts[a],
                "before_country": before.country,
                "after_country": after.country,
                "before_zone": before.zone_id,
                "after_zone": after.zone_id,
                "country_changed": both and not same_country(str(before.country), str(after.country)),
                "unknown": after.unknown,
                "ambiguous": after.ambiguous,
                **told.repeats(i),
            }
        )
    return change_events(_KIND, declared, told.after, details)


@dataclass(frozen=True)
class _Call:
    """A call at a port under a declared destination."""

    said: int  # the row that declared it
    zone_id: str
    event: int  # row of the calls
    fits: bool | None  # None where nobody can say


def _contradicted(
    declared: Declared, codes: Ints, events: pd.DataFrame, gazetteer: Gazetteer, params: Params
) -> pd.DataFrame:
    """Return the calls at another port than the one declared, one for each declaration and port."""
    calls = _calls(events, params.destination_confidence)
    said = _declared_then(declared, codes, calls)
    known = (said >= 0) & ~_leaving(declared, said, calls, params)
    calls, said = calls[known], said[known]
    texts, zones = declared.values("destination"), calls["zone_id"].tolist()
    verdicts: dict[tuple[str, str], bool | None] = {}
    seen: list[_Call] = []
    for k, row in enumerate(said.tolist()):
        pair = (texts[row], zones[k])
        if pair not in verdicts:
            verdicts[pair] = _fits(gazetteer.read(pair[0]), pair[1], gazetteer, params)
        seen.append(_Call(row, zones[k], k, verdicts[pair]))
    return _told(declared, calls, seen, gazetteer)


def _calls(events: pd.DataFrame, confidence: int) -> pd.DataFrame:
    """Return the port visits with a stop, in order of time."""
    columns = ["event_id", "mmsi", "start_at", "start_lat", "start_lon", "zone_id", "details"]
    visits = events.loc[(events["kind"] == "port_visit").to_numpy() & events["zone_id"].notna().to_numpy(), columns]
    sure = [d.get("confidence", 0) >= confidence for d in visits["details"]]
    return visits[np.array(sure, dtype=bool)].sort_values(["start_at", "event_id"], ignore_index=True)


def _declared_then(declared: Declared, codes: Ints, calls: pd.DataFrame) -> Ints:
    """Return for each call the row that declared the destination which held when it began; -1 where there is none."""
    rows = np.flatnonzero(codes >= 0)
    rows = rows[changes(declared.hull[rows], codes[rows])]
    rows = rows[np.argsort(declared.at_us[rows], kind="stable")]
    spells = pd.DataFrame({"hull": declared.hull[rows], "at_us": declared.at_us[rows], "row": rows})
    asked = pd.DataFrame({"hull": _hulls_calling(declared, calls), "at_us": us_of(calls["start_at"])})
    found = pd.merge_asof(asked, spells, on="at_us", by="hull")["row"]
    return np.asarray(found.fillna(-1).to_numpy(dtype=np.int64))


def _hulls_calling(declared: Declared, calls: pd.DataFrame) -> Ints:
    segment = np.array([d.get("segment", 0) for d in calls["details"]], dtype=np.int64)
    return hulls(calls["mmsi"], segment, declared.radios)


def _leaving(declared: Declared, said: Ints, calls: pd.DataFrame, params: Params) -> NDArray[np.bool_]:
    """Return the calls about a port where the ship lay already when she declared where to go next.

    She was within `destination_near_nm` of it then, and so was the last call that had begun.
    """
    place = {name: calls[f"start_{name}"].to_numpy() for name in ("lat", "lon")}
    hull = _hulls_calling(declared, calls)
    begun = pd.DataFrame({"hull": hull, "at_us": us_of(calls["start_at"]), **place})
    asked = pd.DataFrame({"hull": hull, "at_us": declared.at_us[said], "row": np.arange(len(said))})
    last = pd.merge_asof(asked.sort_values("at_us"), begun, on="at_us", by="hull").sort_values("row")
    where = declared.table.iloc[said]
    limit_m = params.destination_near_nm * NM_M
    was_near = distance_m(where["lat"], where["lon"], place["lat"], place["lon"]) <= limit_m
    had_called = distance_m(last["lat"], last["lon"], place["lat"], place["lon"]) <= limit_m
    return np.asarray(was_near & had_called)


def _fits(declared: Destination, zone_id: str, gazetteer: Gazetteer, params: Params) -> bool | None:
    """Return whether a port is the declared one; None where the text or the port does not say enough."""
    country = gazetteer.country_of(zone_id)
    if declared.unknown or declared.country is None or country is None:
        return None
    if not declared.zone_ids:
        return same_country(declared.country, country)
    return any(gazetteer.near(zone, zone_id, params.destination_near_nm) for zone in declared.zone_ids)


def _told(declared: Declared, calls: pd.DataFrame, seen: list[_Call], gazetteer: Gazetteer) -> pd.DataFrame:
    reached: dict[int, int] = {call.said: call.event for call in seen if call.fits}  # the last one at the port declared
    first: dict[tuple[int, str], _Call] = {}
    times: dict[tuple[int, str], int] = {}
    for call in seen:
        if call.fits is False:
            key = (call.said, call.zone_id)
            first.setdefault(key, call)
            times[key] = times.get(key, 0) + 1
    texts, ids = declared.values("destination"), calls["event_id"].tolist()
    details = []
    for key, call in first.items():
        said, country = gazetteer.read(texts[call.said]), gazetteer.country_of(call.zone_id)
        details.append(
            {
                "sub_kind": "contradicted",
                "declared": texts[call.said],
                "declared_at": iso(int(declared.at_us[call.said])),
                "declared_country": said.country,
                "declared_zone": said.zone_id,
                "reached_zone": call.zone_id,
                "reached_country": country,
                "country_differs": not same_country(str(said.country), str(country)),
                "reached_later": reached.get(call.said, -1) > call.event,
                "visit_id": ids[call.event],
                "times": times[key],
            }
        )
    return _at_calls(calls, [call.event for call in first.values()], details)


def _at_calls(calls: pd.DataFrame, rows: list[int], details: list[dict[str, Any]]) -> pd.DataFrame:
    at = calls.iloc[rows]
    place: dict[str, NDArray[Any]] = {
        "at_us": us_of(at["start_at"]),
        "lat": at["start_lat"].to_numpy(),
        "lon": at["start_lon"].to_numpy(),
    }
    return make_events(
        _KIND,
        mmsi=at["mmsi"].to_numpy(dtype=np.int64),
        seg=[d.get("segment", 0) for d in at["details"]],
        start=place,
        end=place,
        details=details,
        zone_id=at["zone_id"].tolist(),
        tell_apart=["contradicted"] * len(details),
    )
