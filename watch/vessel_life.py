"""The life of a vessel: its chain of declarations, what does not fit, its past flags and names, what it did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from watch.identity import flags_of
from watch.plain import plain
from watch.vessel_words import CHANGES, misfit_words, reasons
from watch.vessels import CHAIN

_HISTORY = {"flags": "flag", "names": "name", "callsigns": "callsign", "types": "type"}
_OUTSIDE = [name for name in CHAIN if name != "vessel_id"]


def life_of(
    vessel_id: str,
    chain: pd.DataFrame,
    events: pd.DataFrame,
    sharing: pd.DataFrame,
    alerts: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return all that is known of a vessel, as `shipwatch vessel --json` prints it.

    Parameters
    ----------
    vessel_id
        The vessel.
    chain
        Of all radios that it ever had.
    events
        The attributed events that name it, on either side.
    sharing
        The events which say that several hulls use one of its radios.
    alerts
        Its alerts that are not closed.
    """
    rows = chain[chain["vessel_id"] == vessel_id]
    declared = not rows.empty
    if not declared:
        rows = _undeclared(vessel_id, events)
    why = reasons(vessel_id, rows, chain, sharing)
    more = "" if declared else "; it never declared itself, and these are the times of its events"
    links = [{**_link(row), "why": f"{text}{more}"} for row, text in zip(_records(rows), why, strict=True)]
    return {
        "vessel_id": vessel_id,
        **_present(rows),
        **{name: plain(at) if declared else None for name, at in _ends(rows).items()},
        "chain": links,
        **{many: _history(rows, one) for many, one in _HISTORY.items()},
        "misfits": list(_misfits(events)),
        "other_vessels": _others(vessel_id, rows, chain),
        "events": _counts(events),
        "alerts": [plain(alert) for alert in alerts],
    }


def _ends(rows: pd.DataFrame) -> dict[str, pd.Timestamp]:
    return {"first_declared_at": rows["from_at"].min(), "last_declared_at": rows["last_at"].max()}


def _undeclared(vessel_id: str, events: pd.DataFrame) -> pd.DataFrame:
    """Return the one row of a radio that never declared itself and is known by its events alone."""
    numbers = re.findall(r"\d+", vessel_id)
    mmsi = int(numbers[0]) if numbers else 0
    last_at = events["end_at"].fillna(events["start_at"])
    row: dict[str, Any] = dict.fromkeys(CHAIN)
    row |= {"from_at": events["start_at"].min(), "last_at": last_at.max(), "mmsi": mmsi, "hull": vessel_id}
    row |= {
        "vessel_id": vessel_id,
        "flag": flags_of(np.array([mmsi]))[0],
        "imo_valid": False,
        "type": "unknown",
        "times": 1,
    }
    return pd.DataFrame([row])


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): plain(value) for name, value in row.items()} for row in rows[_OUTSIDE].to_dict("records")]


def _link(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a chain as it goes out: the segment stands where several hulls share a radio."""
    _, _, segment = row.pop("hull").partition("/")
    for name in ("imo", "ship_type"):  # numbers, though a column that misses some of them may say floats
        row[name] = None if row[name] is None else int(row[name])
    return {**row, "segment": int(segment or 0)}


def _present(rows: pd.DataFrame) -> dict[str, Any]:
    """Return what was declared last; where that says nothing, what was declared before it."""
    ordered = rows.sort_values(["last_at", "from_at"], kind="stable")
    known = ordered.assign(type=ordered["type"].where(ordered["type"] != "unknown"))
    number = int(ordered["vessel_id"].iloc[0].partition("imo:")[2] or 0)
    present = {name: known[name].dropna().tolist()[-1:] for name in ("mmsi", "name", "callsign", "type", "length_m")}
    facts = {name: plain(value[0]) if value else None for name, value in present.items()}
    return {"imo": number or None, "flag": plain(ordered["flag"].iloc[-1]), **facts, "type": facts["type"] or "unknown"}


def _history(rows: pd.DataFrame, field: str) -> list[dict[str, Any]]:
    """Return the values that a field took one after the other, with the first and last time each was declared."""
    out: list[dict[str, Any]] = []
    known = rows[rows[field].notna() & (rows[field] != "unknown")]
    for value, first_at, last_at in zip(known[field], known["from_at"], known["last_at"], strict=True):
        if out and out[-1][field] == value:
            out[-1]["last_at"] = max(out[-1]["last_at"], last_at)
        else:
            out.append({field: value, "first_at": first_at, "last_at": last_at})
    return [{name: plain(value) for name, value in span.items()} for span in out]


def _misfits(events: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what was declared and cannot be true of one hull; that a name or flag changed fits."""
    for event in events[events["kind"] == "identity_change"].to_dict("records"):
        sub_kind = str(event["details"].get("sub_kind", ""))
        if sub_kind not in CHANGES:
            facts = {name: plain(event[name]) for name in ("event_id", "start_at", "end_at", "mmsi", "other_mmsi")}
            what = {"what": misfit_words(event["details"]), "details": plain(event["details"])}
            yield {"sub_kind": sub_kind, **facts, **what}


def _others(vessel_id: str, rows: pd.DataFrame, chain: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the other vessels that the same radios belonged to."""
    beside = chain[chain["mmsi"].isin(rows["mmsi"]) & (chain["vessel_id"] != vessel_id)]
    return [
        {
            "vessel_id": str(other),
            **{f"{n}s": [plain(v) for v in dict.fromkeys(part[n].dropna())] for n in ("name", "mmsi")},
            **{name: plain(at) for name, at in _ends(part).items()},
        }
        for other, part in beside.groupby("vessel_id")
    ]


def _counts(events: pd.DataFrame) -> list[dict[str, Any]]:
    """Return how many events of each kind there are, how many of them are open, and when."""
    seen = events.assign(seen_at=events["end_at"].fillna(events["start_at"]))
    return [
        {
            "kind": str(kind),
            "count": len(part),
            "open": int(part["end_at"].isna().sum()),
            "first_at": plain(part["start_at"].min()),
            "last_at": plain(part["seen_at"].max()),
        }
        for kind, part in seen.groupby("kind")
    ]
