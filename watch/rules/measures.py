"""Legal measures and official red flags: the tables rules cite, and which measures were in force when."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from watch.paths import bundled


@dataclass(frozen=True)
class Measure:
    """One legal measure, in force from `start_at` until before `end_at` (None: no end known).

    Attributes
    ----------
    precision
        day, hour or minute: how exactly its ends are known. A day begins at 00:00 UTC.
    disputed, claim
        Whether its being in force is contested, and who claims what.
    """

    measure_id: str
    authority: str
    instrument: str
    parties: tuple[str, ...]
    what: str
    start_at: pd.Timestamp
    end_at: pd.Timestamp | None
    precision: str
    status: str
    disputed: bool
    claim: str


def load_measures(file: Path | None = None) -> dict[str, Measure]:
    """Return the measures of `file` (default: those that travel with Shipwatch) by id."""
    return {row["measure_id"]: _measure(row) for row in _rows(file or bundled("rules") / "measures.csv")}


def load_red_flags(file: Path | None = None) -> dict[str, str]:
    """Return the official red flags by code, each with its source."""
    rows = _rows(file or bundled("rules") / "red_flags.csv")
    return {row["code"]: f"{row['red_flag']} ({row['source']})" for row in rows}


def measures_in_force(
    ids: Iterable[str], measures: Mapping[str, Measure], start_at: pd.Timestamp, end_at: pd.Timestamp
) -> list[dict[str, object]]:
    """Return those of the named measures that were in force at some moment from `start_at` to `end_at`.

    Parameters
    ----------
    ids
        The measures a rule cites, in the order in which they are wanted.
    start_at, end_at
        First and last moment of the match; both are looked at, so that a match of one moment has measures.

    Notes
    -----
    `begins_during` and `ends_during` mark a measure that was not in force throughout.

    Examples
    --------
    >>> measures_in_force([], {}, pd.Timestamp(0, tz="UTC"), pd.Timestamp(0, tz="UTC"))
    []
    """
    cited = [measures[i] for i in dict.fromkeys(ids) if i in measures]
    return [_public(m, start_at, end_at) for m in cited if _overlaps(m, start_at, end_at)]


def _overlaps(m: Measure, start_at: pd.Timestamp, end_at: pd.Timestamp) -> bool:
    return bool(m.start_at <= end_at and (m.end_at is None or m.end_at > start_at))


def _public(m: Measure, start_at: pd.Timestamp, end_at: pd.Timestamp) -> dict[str, object]:
    return {
        "measure_id": m.measure_id,
        "authority": m.authority,
        "instrument": m.instrument,
        "what": m.what,
        "status": m.status,
        "precision": m.precision,
        "disputed": m.disputed,
        "claim": m.claim,
        "begins_during": _text(m.start_at) if m.start_at > start_at else None,
        "ends_during": _text(m.end_at) if m.end_at is not None and m.end_at <= end_at else None,
    }


def _text(moment: pd.Timestamp) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _measure(row: Mapping[str, str]) -> Measure:
    return Measure(
        measure_id=row["measure_id"],
        authority=row["authority"],
        instrument=row["instrument"],
        parties=tuple(part.strip() for part in row["party"].split(",")),
        what=row["what"],
        start_at=_moment(row["start_at"]),
        end_at=_moment(row["end_at"]) if row["end_at"] else None,
        precision=row["precision"],
        status=row["status"],
        disputed=row["disputed"] == "yes",
        claim=row["claim"],
    )


def _moment(text: str) -> pd.Timestamp:
    return pd.to_datetime(text, utc=True, format="ISO8601")


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))
