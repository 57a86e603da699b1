"""In which zones each event lies."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from watch.geodesy import Bools
from watch.rules.layout import Layout
from watch.rules.pattern import ZoneFilter
from watch.rules.zones import Zone, ZoneOf, zone_fits


class EventZones:
    """In which zones each event lies."""

    def __init__(self, layout: Layout, zone_of: ZoneOf) -> None:
        self._layout = layout
        events = zip(layout.event_kinds, layout.event_zones, layout.details, strict=True)
        lists = [_zone_list(kind, zone, details) for kind, zone, details in events]
        counts = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._codes, names = pd.factorize(np.fromiter(chain.from_iterable(lists), dtype=object))
        self._events = np.repeat(np.arange(len(lists)), counts)
        self._zones = tuple(zone_of(str(name)) for name in names)
        self._masks: dict[ZoneFilter, Bools] = {}

    def mask(self, wanted: ZoneFilter) -> Bools:
        """Return which rows began in a zone that the filter means."""
        if wanted not in self._masks:
            fits = np.array([z is not None and zone_fits(z, wanted) for z in self._zones], dtype=bool)
            inside = np.zeros(len(self._starts) - 1, dtype=bool)
            if fits.any():
                inside[self._events[fits[self._codes]]] = True
            self._masks[wanted] = inside[self._layout.source]
        return self._masks[wanted]

    def of(self, row: int) -> list[Zone | None]:
        """Return the zones of a row, most specific first."""
        event = self._layout.source[row]
        return [self._zones[code] for code in self._codes[self._starts[event] : self._starts[event + 1]]]


def _zone_list(kind: str, own: object, details: Mapping[str, Any]) -> list[str]:
    """Return the zones an event may be asked for: a visit of a zone is about that zone only."""
    first = [own] if isinstance(own, str) else []
    if kind == "zone_visit":
        return first
    more = details.get("zone_ids")
    return list(dict.fromkeys([*first, *more])) if isinstance(more, list | tuple) else first
