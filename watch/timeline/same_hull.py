"""One hull and its radios: re-flagging, one IMO number from two radios at once, numbers of hulls that are no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from watch.detect.events import make_events
from watch.detect.tracks import NEVER, NO_TIME
from watch.geodesy import H_US, NM_M, Ints, distance_m
from watch.identity import flags_of
from watch.timeline.declared import Declared, change_events, tell, us_of

_KIND = "identity_change"
#: A stretch of time in which a segment of a radio was heard under an IMO number: begin, end, row, IMO.
_Stretch = tuple[int, int, int, int]


def other_radios(declared: Declared, within_h: float) -> pd.DataFrame:
    """Return the changes of a hull from one radio's number to another: of flag where the country code is another's."""
    before, after = declared.successions
    told = tell(declared, declared.mmsi, [(before, after)], within_h)
    flags, mmsi = flags_of(declared.mmsi), declared.mmsi
    details = []
    for i, (b, a) in enumerate(zip(told.before.tolist(), told.after.tolist(), strict=True)):
        radios = {"before_mmsi": int(mmsi[b]), "after_mmsi": int(mmsi[a])}
        if flags[b] != flags[a]:
            change = {"sub_kind": "flag", "before": flags[b], "after": flags[a]}
        else:
            change = {"sub_kind": "mmsi", "before": str(mmsi[b]), "after": str(mmsi[a])}
        details.append({**change, **radios, "imo": int(declared.imo[a]), **told.repeats(i)})
    return change_events(_KIND, declared, told.after, details)


def duplicated_imos(
    declared: Declared, events: pd.DataFrame, at_least_h: float, as_of: pd.Timestamp | None
) -> pd.DataFrame:
    """Return where a radio begins to be heard under an IMO number while another radio is heard under it.

    A radio is heard from its first declaration on, but for its gaps. Where several of its segments are known, each is
    heard only as far as events or declarations prove it. A silence shorter than a gap is not known, so both must have
    been heard together for `at_least_h`.
    """
    rows = _rows_of_shared_imos(declared)
    if not len(rows):
        return change_events(_KIND, declared, rows, [])
    end_us = NEVER if as_of is None else pd.Timestamp(as_of).value // 1000
    found = [*_together(sorted(_heard(declared, rows, events, end_us), key=_by_imo), declared.mmsi, at_least_h)]
    at_us = np.array([t for t, _, _ in found], dtype=np.int64)
    later, earlier = (np.array([f[k] for f in found], dtype=np.int64) for k in (1, 2))
    details = [_duplicate(declared, *f) for f in found]
    lat, lon = (declared.table[name].to_numpy() for name in ("lat", "lon"))
    declared_then = declared.at_us[later] == at_us  # elsewhere the place at that moment is not known
    at = {
        "at_us": at_us,
        "lat": np.where(declared_then, lat[later], np.nan),
        "lon": np.where(declared_then, lon[later], np.nan),
    }
    return make_events(
        _KIND,
        mmsi=declared.mmsi[later],
        seg=declared.table["seg"].to_numpy(dtype=np.int64)[later],
        start=at,
        end=at,
        details=details,
        other_mmsi=declared.mmsi[earlier],
        tell_apart=[f"duplicated_imo|{d['after']}" for d in details],
    )


def _by_imo(stretch: _Stretch) -> tuple[int, int, int]:
    begin, _, row, imo = stretch
    return imo, begin, row


def _rows_of_shared_imos(declared: Declared) -> Ints:
    """Return the rows of radios that declare a number which another radio declares too, all of their rows."""
    pairs = pd.DataFrame({"imo": declared.imo, "mmsi": declared.mmsi})[declared.imo > 0].drop_duplicates()
    radios = pairs.loc[pairs.groupby("imo")["mmsi"].transform("size") > 1, "mmsi"]
    rows = np.flatnonzero(np.isin(declared.mmsi, radios))
    seg = declared.table["seg"].to_numpy(dtype=np.int64)
    return rows[np.lexsort((declared.at_us[rows], seg[rows], declared.mmsi[rows]))]


def _heard(declared: Declared, rows: Ints, events: pd.DataFrame, end_us: int) -> Iterator[_Stretch]:
    """Return when each segment of these radios was heard under which number."""
    seen = events[np.isin(events["mmsi"].to_numpy(dtype=np.int64), declared.mmsi[rows])]
    gaps, proof = _silences(seen)
    seg = declared.table["seg"].tolist()
    spells: list[tuple[tuple[int, int], int, int, int]] = []  # segment, begin, row, imo
    for row in rows.tolist():
        key = (int(declared.mmsi[row]), seg[row])
        imo, at_us = int(declared.imo[row]), int(declared.at_us[row])
        proof[key] = max(proof.get(key, at_us), at_us)
        if not spells or spells[-1][0] != key or spells[-1][3] != imo:
            spells.append((key, at_us, row, imo))
    segments = pd.Series([mmsi for mmsi, _ in proof]).value_counts().to_dict()
    for (key, begin, row, imo), after in zip(spells, [*spells[1:], None], strict=True):
        last = end_us if segments[key[0]] == 1 else proof[key]
        end = after[1] if after is not None and after[0] == key else last
        if imo:
            yield from ((a, b, row, imo) for a, b in _without(begin, end, gaps.get(key, [])))


def _silences(events: pd.DataFrame) -> tuple[dict[tuple[int, int], list[tuple[int, int]]], dict[tuple[int, int], int]]:
    """Return the gaps of each segment, and the last moment at which an event proves that it was heard."""
    gaps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    proof: dict[tuple[int, int], int] = {}
    starts, ends = us_of(events["start_at"]).tolist(), us_of(events["end_at"]).tolist()
    for kind, mmsi, details, a, b in zip(
        events["kind"].tolist(), events["mmsi"].tolist(), events["details"].tolist(), starts, ends, strict=True
    ):
        key = (mmsi, details.get("segment", 0))
        if "continued_as_mmsi" in details:  # the hull is heard again, this radio is not
            b = NEVER
        if kind == "gap":
            gaps.setdefault(key, []).append((a, b))
        if kind in ("gap", "zone_visit", "port_visit"):
            proof[key] = max(proof.get(key, NO_TIME), a if b == NEVER else b)
    return {key: sorted(spans) for key, spans in gaps.items()}, proof


def _without(begin: int, end: int, gaps: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for a, b in gaps:
        if begin < min(a, end):
            yield begin, min(a, end)
        begin = max(begin, b)
    if begin < end:
        yield begin, end


def _together(stretches: list[_Stretch], mmsi: Ints, at_least_h: float) -> Iterator[tuple[int, int, int]]:
    """Return the first time each radio is heard beside another under one number: moment, its row, the other's row.

    One pass: of the stretches that began before, the two of different radios that last longest are remembered.
    """
    told: set[tuple[int, int]] = set()
    longest: list[_Stretch] = []
    for stretch in stretches:
        begin, end, row, imo = stretch
        longest = [s for s in longest if s[3] == imo]
        for other in longest:
            together = min(end, other[1]) - begin
            if mmsi[other[2]] != mmsi[row] and together >= at_least_h * H_US and (imo, int(mmsi[row])) not in told:
                told.add((imo, int(mmsi[row])))
                yield begin, row, other[2]
        ranked = sorted([*longest, stretch], key=lambda s: (-s[1], s[0], s[2]))
        longest = ranked[:1] + [s for s in ranked[1:] if mmsi[s[2]] != mmsi[ranked[0][2]]][:1]


def _duplicate(declared: Declared, at_us: int, later: int, earlier: int) -> dict[str, Any]:
    """Return the details: how far apart the two were when they were last placed, and how long between that."""
    lat, lon = (declared.table[name].to_numpy() for name in ("lat", "lon"))
    first, beyond = np.searchsorted(declared.hull, [declared.hull[earlier], declared.hull[earlier] + 1]).tolist()
    near = int(np.searchsorted(declared.at_us[first:beyond], at_us, side="right")) - 1
    placed = first + max(near, 0)
    apart_m = float(distance_m(lat[later], lon[later], lat[placed], lon[placed]))
    known = not np.isnan(apart_m)
    return {
        "sub_kind": "duplicated_imo",
        "before": None,
        "after": str(declared.imo[later]),
        "first_mmsi": int(declared.mmsi[earlier]),
        "apart_nm": round(apart_m / NM_M, 1) if known else None,
        "apart_h": round(abs(int(declared.at_us[later] - declared.at_us[placed])) / H_US, 1) if known else None,
    }


def gone_hulls_heard(
    declared: Declared, events: pd.DataFrame, gone_hulls: pd.DataFrame, within_h: float, as_of: pd.Timestamp | None
) -> pd.DataFrame:
    """Return where a radio is first heard under the number of a hull after that hull was no more.

    A radio that declared the number before and is in no gap when the hull goes is heard on; that is known when
    `within_h`, the least length of a gap, has passed without one.
    """
    rows = np.flatnonzero(np.isin(declared.imo, gone_hulls["imo"].to_numpy(dtype=np.int64)))
    said = declared.table.iloc[rows][["mmsi", "seg", "seen_at", "lat", "lon"]].assign(imo=declared.imo[rows])
    did = events[events["imo"].isin(gone_hulls["imo"])]
    did = did[["mmsi", "imo", "start_at", "start_lat", "start_lon"]].set_axis(
        ["mmsi", "imo", "seen_at", "lat", "lon"], axis=1
    )
    heard = pd.concat([said, did.assign(seg=0).astype({"imo": "int64"})], ignore_index=True)
    heard = pd.concat([heard.merge(gone_hulls, on="imo"), _heard_on(said, events, gone_hulls, within_h, as_of)])
    heard = heard[heard["seen_at"] >= heard["since_at"]].sort_values(["seen_at", "mmsi", "seg"])
    heard = heard.drop_duplicates(["mmsi", "imo"])
    details = [
        {
            "sub_kind": "gone_hull",
            "before": None,
            "after": str(imo),
            "status": status,
            "gone_name": name,
            "gone_since_at": since_at.isoformat(),
            "source": source,
        }
        for imo, status, name, since_at, source in zip(
            *(heard[c].tolist() for c in ("imo", "status", "name", "since_at", "source")), strict=True
        )
    ]
    at = {"at_us": us_of(heard["seen_at"]), "lat": heard["lat"].to_numpy(), "lon": heard["lon"].to_numpy()}
    words = [f"gone_hull|{d['after']}" for d in details]
    return make_events(_KIND, mmsi=heard["mmsi"].to_numpy(), start=at, end=at, details=details, tell_apart=words)


def _heard_on(
    said: pd.DataFrame, events: pd.DataFrame, gone_hulls: pd.DataFrame, within_h: float, as_of: pd.Timestamp | None
) -> pd.DataFrame:
    """Return the radios that had declared the number before its hull went, and when they were heard after that."""
    before = said.merge(gone_hulls, on="imo")
    before = before[before["seen_at"] < before["since_at"]].sort_values("seen_at").drop_duplicates("mmsi", keep="last")
    clock_at = pd.Timestamp(0, tz="UTC") if as_of is None else as_of  # without a clock nobody can say
    before = before[before["since_at"] + pd.Timedelta(hours=within_h) <= clock_at]
    gaps = events.loc[events["kind"] == "gap", ["mmsi", "start_at", "end_at", "details"]]
    gaps = gaps.assign(
        end_at=gaps["end_at"].where(np.array(["continued_as_mmsi" not in d for d in gaps["details"]], dtype=bool))
    )
    over = before[["mmsi", "since_at"]].merge(gaps, on="mmsi")
    over = over[(over["start_at"] < over["since_at"]) & ~(over["end_at"] <= over["since_at"])]
    until = over.set_index("mmsi")["end_at"]
    silent = before["mmsi"].isin(until.index)
    again_at = until[~until.index.duplicated()].reindex(before["mmsi"]).set_axis(before.index)
    heard_at = before["since_at"].where(~silent, again_at.astype(before["since_at"].dtype))
    return before.assign(seen_at=heard_at, lat=np.nan, lon=np.nan).dropna(subset="seen_at")


__all__ = ["duplicated_imos", "gone_hulls_heard", "other_radios"]
