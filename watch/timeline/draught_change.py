"""Draught changes: a ship declares that she lies deeper or less deep, what lay between, and what that weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from watch.detect.events import concat_events
from watch.geodesy import H_US, Ints
from watch.identity import ship_type_words
from watch.params import DEFAULT, Params
from watch.runs import changes
from watch.timeline.declared import (
    Declared,
    Told,
    change_events,
    iso,
    steps,
    steps_between_radios,
    tell,
    us_of,
)

#: What may lie between two declarations and explain them.
BETWEEN_KINDS = ("port_visit", "gap", "encounter", "loitering")
_STOPPED = 2  # a port visit of less confidence is a ship that passed
_SEA_T_M3 = 1.025  # tonnes a cubic metre of sea water, as load lines take it
_ROUND_DRAUGHT_M = 0.1  # AIS rounds to decimetres: two draughts, half a decimetre each
_ROUND_SIZE_M = 1.0  # length and beam are sums of two whole metres


def draught_changes(declared: Declared, events: pd.DataFrame, *, params: Params = DEFAULT) -> pd.DataFrame:
    """Return the changes of declared draught by a metre and a tenth or more, `columns.EVENT_COLUMNS`.

    Parameters
    ----------
    declared
        Every change of what the radios in question declare.
    events
        The events of these vessels, `columns.ATTRIBUTED_COLUMNS`.
    params
        Those of draught, waterplane, ballast and barrels.

    Notes
    -----
    Two draughts that one hull declared one after the other are compared, also where the second comes from another
    radio under the same IMO number. A draught that is taken back within two hours is a typing error and left out.
    A ship that declares her loading in many small steps is not seen.
    """
    if not len(declared):
        return concat_events([])
    codes = _without_typos(declared, _decimetres(declared), params)
    told = tell(
        declared, codes, [_large(pair, codes, params) for pair in _steps(declared, codes)], params.identity_flip_h
    )
    between = _Between.of(events)
    since = _since(declared, codes)
    words = ship_type_words(declared.table["ship_type"])
    length, beam = (declared.table[name].to_numpy(dtype=np.float64) for name in ("length_m", "beam_m"))
    details = []
    for i, (b, a) in enumerate(zip(told.before.tolist(), told.after.tolist(), strict=True)):
        before_m, after_m = int(codes[b]) / 10, int(codes[a]) / 10
        facts = _facts(declared, told, i, before_m, after_m) | between.lying(declared, since[b], b, a, params)
        details.append(facts | moved(before_m, after_m, length[a], beam[a], words[a], params))
    return concat_events([change_events("draught_change", declared, told.after, details)])


def moved(
    before_m: float, after_m: float, length_m: float, beam_m: float, ship_type: str, params: Params = DEFAULT
) -> dict[str, Any]:
    """Return the weight that a change of draught stands for, as an interval, and for tankers the barrels of it.

    Notes
    -----
    Weight = change x length x beam x waterplane coefficient x density of sea water, the tonnes per centimetre of
    immersion. AIS tells the length overall, so the coefficient is taken on it. The interval holds the error of the
    coefficient and of what AIS rounds; not what the crew typed.

    A ship at or near the least draught of ships in ballast may have taken in ballast for cargo given, or the other
    way: then the cargo may weigh more than the change does, by all the ballast that she can hold, and the upper ends
    say so (`ballast_possible`).

    References
    ----------
    Tonnes per centimetre: any text on ship stability, as A x density / 100. Least draught in ballast: MARPOL Annex I,
    regulation 18.2, 2.0 + 0.02 x length.

    Examples
    --------
    FORTUNE, 176 x 31 m, was declared at 10.1 m and 6.5 m round a cargo told to be 270,000 barrels, some 32,000 t.

    >>> {k: v for k, v in moved(10.1, 6.5, 176.0, 31.0, "tanker").items() if k != "ballast_possible"}
    {'tonnes_min': 14100, 'tonnes_max': 40300, 'barrels_min': 88900, 'barrels_max': 352000}
    >>> moved(10.1, 6.5, float("nan"), 31.0, "tanker")
    {}
    """
    if not (length_m > _ROUND_SIZE_M and beam_m > _ROUND_SIZE_M):
        return {}
    change_m, lesser_m = abs(after_m - before_m), min(before_m, after_m)
    least_m2 = (length_m - _ROUND_SIZE_M) * (beam_m - _ROUND_SIZE_M)
    most_m2 = (length_m + _ROUND_SIZE_M) * (beam_m + _ROUND_SIZE_M)
    least_t = (change_m - _ROUND_DRAUGHT_M) * least_m2 * params.waterplane_share_min * _SEA_T_M3
    most_t = (change_m + _ROUND_DRAUGHT_M) * most_m2 * params.waterplane_share_max * _SEA_T_M3
    ballast = bool(lesser_m <= params.ballast_draught_ratio * (2.0 + 0.02 * length_m))
    if ballast:
        most_t += params.ballast_share * most_m2 * (lesser_m + _ROUND_DRAUGHT_M / 2) * _SEA_T_M3
    out: dict[str, Any] = {"tonnes_min": _round(least_t), "tonnes_max": _round(most_t), "ballast_possible": ballast}
    if ship_type == "tanker":
        out["barrels_min"] = _round(least_t * params.barrels_per_tonne_min)
        out["barrels_max"] = _round(most_t * params.barrels_per_tonne_max)
    return out


def _round(amount: float) -> int:
    """Return an amount to three figures: more would promise what the method cannot keep."""
    return int(float(f"{amount:.3g}"))


def _decimetres(declared: Declared) -> Ints:
    draught = declared.table["draught_m"].to_numpy(dtype=np.float64)
    return np.where(np.isnan(draught), -1, np.round(np.nan_to_num(draught) * 10)).astype(np.int64)


def _without_typos(declared: Declared, codes: Ints, params: Params) -> Ints:
    """Return the draughts without those that were far off and taken back at once."""
    rows = np.flatnonzero(codes >= 0)
    if len(rows) < 3:
        return codes
    before, at, after = rows[:-2], rows[1:-1], rows[2:]
    one_hull = declared.hull[before] == declared.hull[after]
    least = params.draught_change_m * 10
    far = np.abs(codes[at] - codes[before]) >= least
    back = np.abs(codes[after] - codes[before]) < least / 2
    soon = declared.at_us[after] - declared.at_us[at] <= params.draught_typo_h * H_US
    out = codes.copy()
    out[at[one_hull & far & back & soon]] = -1
    return out


def _steps(declared: Declared, codes: Ints) -> list[tuple[Ints, Ints]]:
    return [steps(declared, codes), steps_between_radios(declared, codes)]


def _large(pair: tuple[Ints, Ints], codes: Ints, params: Params) -> tuple[Ints, Ints]:
    before, after = pair
    change = np.abs(codes[after] - codes[before])
    share = change >= params.draught_change_share * codes[before] - 1e-9
    kept = (change >= params.draught_change_m * 10) & share
    return before[kept], after[kept]


def _since(declared: Declared, codes: Ints) -> Ints:
    """Return for each row with a draught when the hull first declared it without another between."""
    rows = np.flatnonzero(codes >= 0)
    new = changes(declared.hull[rows], codes[rows])
    began = np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0)) if len(rows) else rows
    out = declared.at_us.copy()
    out[rows] = declared.at_us[rows[began]]
    return out


def _facts(declared: Declared, told: Told, i: int, before_m: float, after_m: float) -> dict[str, Any]:
    b, a = int(told.before[i]), int(told.after[i])
    facts: dict[str, Any] = {
        "draught_before_m": before_m,
        "draught_after_m": after_m,
        "draught_change_m": round(after_m - before_m, 1),
        **told.repeats(i),
    }
    if declared.mmsi[a] != declared.mmsi[b]:
        facts["before_mmsi"] = int(declared.mmsi[b])
    return facts


@dataclass(frozen=True)
class _Between:
    """The events that can explain a change, by radio and time; a meeting stands there for both."""

    mmsi: Ints
    start_us: Ints
    end_us: Ints
    kinds: list[str]
    ids: list[str]

    @classmethod
    def of(cls, events: pd.DataFrame) -> _Between:
        columns = ["kind", "mmsi", "other_mmsi", "start_at", "end_at", "event_id", "details"]
        some = events.loc[events["kind"].isin(BETWEEN_KINDS).to_numpy(), columns]
        passed = [
            kind == "port_visit" and details.get("confidence", 0) < _STOPPED
            for kind, details in zip(some["kind"].tolist(), some["details"].tolist(), strict=True)
        ]
        some = some[~np.array(passed, dtype=bool)]
        other = some[some["other_mmsi"].notna().to_numpy()]
        both = pd.concat([some, other.assign(mmsi=other["other_mmsi"])], ignore_index=True)
        mmsi, start_us, end_us = both["mmsi"].to_numpy(dtype=np.int64), us_of(both["start_at"]), us_of(both["end_at"])
        order = np.lexsort((both["event_id"].to_numpy(dtype=object), start_us, mmsi))
        kinds, ids = (both[name].to_numpy(dtype=object)[order].tolist() for name in ("kind", "event_id"))
        return cls(mmsi[order], start_us[order], end_us[order], kinds, ids)

    def lying(self, declared: Declared, since_us: int, before: int, after: int, params: Params) -> dict[str, Any]:
        """Return the events of the radios of both rows that touch the time between two declarations."""
        at_us = int(declared.at_us[after])
        found: list[tuple[int, int]] = []
        for mmsi in {int(declared.mmsi[before]), int(declared.mmsi[after])}:
            first, beyond = np.searchsorted(self.mmsi, [mmsi, mmsi + 1]).tolist()
            stop = first + int(np.searchsorted(self.start_us[first:beyond], at_us, side="right"))
            begin = max(first, stop - params.draught_between)
            found += [(int(self.start_us[k]), k) for k in range(begin, stop) if self.end_us[k] > since_us]
        kept = [k for _, k in sorted(found)][-params.draught_between :]
        return {
            "since_at": iso(int(since_us)),
            "between": sorted({self.kinds[k] for k in kept}),
            "between_ids": [self.ids[k] for k in kept],
        }
