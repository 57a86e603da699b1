"""Look-ups of vessels: the radios that somebody may mean, and what is known of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, or_, select

from watch.store import schema
from watch.store.events import read_events
from watch.store.identities import radios_of_hulls

_IDENTITIES = schema.identities


def radios_with_number(connection: Connection, number: int) -> set[int]:
    """Return the radios that have this number, or ever declared it as IMO number."""
    known = select(_IDENTITIES.c.mmsi).where(_IDENTITIES.c.mmsi == number).limit(1)
    return {*connection.execute(known).scalars(), *radios_of_hulls(connection, [number])}


def radios_called(connection: Connection, text: str) -> set[int]:
    """Return the radios that ever declared a name with this text in it, in capitals or not."""
    c = _IDENTITIES.c
    spelt = or_(*(c.name.icontains(word, autoescape=True) for word in dict.fromkeys((text, text.upper()))))
    return set(connection.execute(select(c.mmsi).where(spelt).distinct()).scalars())


def read_sharing(connection: Connection, mmsis: Collection[int]) -> pd.DataFrame:
    """Return the events which say that several hulls use one of these radios."""
    found = read_events(connection, kind="identity_change", mmsis=mmsis, derived=False)
    return found[np.array([_tells_of_hulls(details) for details in found["details"]], dtype=bool)]


def _tells_of_hulls(details: dict[str, Any]) -> bool:
    return details.get("sub_kind") == "shared_mmsi" and "segments" in details


__all__ = ["radios_called", "radios_with_number", "read_sharing"]
