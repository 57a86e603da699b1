"""Which vessel each radio was at each time: the chain of declared identities, asked for every fix at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from watch.attribution import Shared, hulls
from watch.detect.tracks import as_us, key_mmsi, key_seg, track_key
from watch.geodesy import Bools, Ints
from watch.identity import imo_is_valid
from watch.store.events import read_shared
from watch.store.identities import read_identities

#: When something was declared, microseconds since 1970, and what.
Said = tuple[int, Any]


@dataclass(frozen=True)
class Owners:
    """Tells whose the fixes of some radios were.

    Attributes
    ----------
    identities
        All changes of identity of the radios in question, `identity.IDENTITY_STATE`.
    shared
        The radios under which several hulls go on side by side.
    """

    identities: pd.DataFrame
    shared: Shared

    def hull_and_imo(self, mmsi: Ints, seg: Ints, at_us: Ints) -> tuple[Ints, Ints]:
        """Return for each fix one number a hull, and the IMO number that this hull declared then (0: none)."""
        hull = hulls(pd.Series(mmsi), seg, self.shared)
        imo = np.zeros(len(hull), dtype=np.int64)
        for key in np.unique(hull).tolist():
            if key in self._numbers:
                rows = np.flatnonzero(hull == key)
                since_us, numbers = self._numbers[key]
                imo[rows] = numbers[np.maximum(np.searchsorted(since_us, at_us[rows], side="right") - 1, 0)]
        return hull, imo

    def vessel_ids(self, mmsi: Ints, seg: Ints, at_us: Ints) -> list[str]:
        """Return the vessel that each segment of a radio was at each time."""
        hull, imo = self.hull_and_imo(mmsi, seg, at_us)
        told = zip(key_mmsi(hull).tolist(), key_seg(hull).tolist(), imo.tolist(), strict=True)
        return [f"imo:{n}" if n else f"mmsi:{radio}/{part}" if part else f"mmsi:{radio}" for radio, part, n in told]

    def are(self, vessel_id: str, hull: Ints, imo: Ints) -> Bools:
        """Return which fixes are a vessel's, of what `hull_and_imo` returned."""
        kind, _, number = vessel_id.partition(":")
        if kind == "imo":
            return np.asarray(imo == int(number))
        radio, _, seg = number.partition("/")
        key = track_key(np.array([int(radio)]), np.array([int(seg or 0)]))[0]
        return np.asarray((hull == key) & (imo == 0))

    @cached_property
    def said(self) -> Mapping[tuple[int, str], Sequence[Said]]:
        """What each radio declared as its name and its type, by radio and field, in order of time."""
        rows = self.identities.sort_values(["seen_at", "mmsi", "seg"])
        at_us, mmsi = as_us(rows["seen_at"]).tolist(), rows["mmsi"].tolist()
        found: dict[tuple[int, str], list[Said]] = {}
        for field in ("name", "ship_type"):
            told = zip(at_us, mmsi, rows[field].tolist(), rows[field].notna().tolist(), strict=True)
            for at, radio, value, known in told:
                if known:
                    found.setdefault((radio, field), []).append((at, value))
        return found

    @cached_property
    def _numbers(self) -> Mapping[int, tuple[Ints, Ints]]:
        """The IMO numbers of each hull and since when."""
        said = self.identities[imo_is_valid(self.identities["imo"])].sort_values(["seen_at", "mmsi", "seg"])
        hull = hulls(said["mmsi"], said["seg"], self.shared)
        at_us, imo = as_us(said["seen_at"]), said["imo"].to_numpy(dtype=np.int64)
        return {key: (at_us[hull == key], imo[hull == key]) for key in np.unique(hull).tolist()}


def read_owners(conn: Connection, radios: Collection[int]) -> Owners:
    """Return whose the fixes of these radios were."""
    return Owners(read_identities(conn, radios), read_shared(conn))
