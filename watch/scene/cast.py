"""Who is in a scene, and what each is called there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from watch.digest_view import short
from watch.identity import flags_of, ship_type_words
from watch.scene.asked import Asked
from watch.scene.fixes import Fixes
from watch.scene.neighbours import NEIGHBOURS_MAX, Near
from watch.scene.owners import Owners, Said, read_owners
from watch.store.vessels import read_sharing
from watch.vessel_reading import radios_of
from watch.wording import clean

_PARTNERS_MAX = 12  # own: more cannot be told apart by colour
_ASKED_MAX = 3 * NEIGHBOURS_MAX  # own: some radios are one vessel


def partners_of(conn: Connection, asked: Asked, events: pd.DataFrame) -> list[str]:
    """Return the ships of a cargo's chain, other hulls under the same radio number, and those that were met.

    Parameters
    ----------
    conn
        The database.
    asked
        What is wanted.
    events
        Those of the ships that are named in it.
    """
    in_steps = events["event_id"].isin([step["event_id"] for step in asked.steps])
    met = events[(events["kind"] == "encounter") | (in_steps & events["other_vessel_id"].notna())]
    wanted = [*asked.partners, *_hulls_beside(conn, asked.focus), *met["vessel_id"], *met["other_vessel_id"]]
    return [str(v) for v in dict.fromkeys(wanted) if v and v != asked.focus][:_PARTNERS_MAX]


def _hulls_beside(conn: Connection, vessel_id: str) -> list[str]:
    """Return the vessels that share a radio with a vessel."""
    sharing = read_sharing(conn, radios_of(conn, [vessel_id]))
    if sharing.empty:
        return []
    owners = read_owners(conn, set(sharing["mmsi"].tolist()))
    pairs = [(mmsi, seg) for mmsi, d in zip(sharing["mmsi"], sharing["details"], strict=True) for seg in d["segments"]]
    radio, seg = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    return owners.vessel_ids(radio, seg, np.full(len(radio), np.iinfo(np.int64).max))


def neighbours_of(conn: Connection, near: Near, main: Collection[str]) -> list[str]:
    """Return the vessels that came nearest, at most twenty, but for those that are in the scene already."""
    radio, at_us = near.mmsi[:_ASKED_MAX], near.at_us[:_ASKED_MAX]
    found = read_owners(conn, radio.tolist()).vessel_ids(radio, np.zeros_like(radio), at_us) if len(radio) else []
    return [v for v in dict.fromkeys(found) if v not in main][:NEIGHBOURS_MAX]


def names_of(vessel_id: str, fixes: Fixes, owners: Owners) -> tuple[str, str]:
    """Return the name that a ship bore last in these fixes, and its numbers, flag and type."""
    last, until_us = int(fixes.mmsi[-1]), int(fixes.at_us[-1])
    name, kind = (_last_said(owners.said.get((last, field), ()), until_us) for field in ("name", "ship_type"))
    type_ = ship_type_words(pd.Series([kind], dtype="Int64"))[0] if kind else ""
    imo = f"IMO {vessel_id[4:]}" if vessel_id.startswith("imo:") else ""
    words = (imo, f"MMSI {last}", clean(flags_of(np.array([last]))[0]), clean(type_))
    return short(name) or f"MMSI {last}", " · ".join(filter(None, words))


def _last_said(said: Sequence[Said], until_us: int) -> Any:
    """Return what was declared last up to a moment, or else first after it."""
    before = [value for at_us, value in said if at_us <= until_us]
    return before[-1] if before else said[0][1] if said else None
