"""Coverage maps and their pictures, made once and kept for as long as the data stays as it is."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from watch.store import schema

if TYPE_CHECKING:
    from watch.coverage_map import CoverageMap
    from watch.workspace import Workspace

#: Days of a map where no window is asked for.
DAYS = 30
_DAYS_MAX = 400  # own: as a replay; each day of a busy sea takes a second to read
_KEPT_MAX = 6  # own: a picture has 200 kB, a map of a sea a few MB

Window = tuple[datetime | None, datetime | None, int | None]


@dataclass(frozen=True)
class Coverage:
    """A map, the outages in its window, and its picture."""

    cmap: CoverageMap
    outages: list[dict[str, Any]]
    png: bytes


class CoverageShelf:
    """Gives coverage by window, to several threads; one is made at a time."""

    def __init__(self, ws: Workspace) -> None:
        self._ws, self._lock = ws, threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Coverage] = OrderedDict()

    def of(self, window: Window) -> Coverage:
        """Return the coverage of a window: from, to (None: the last days of the data), and an hour of the day.

        Raises
        ------
        ConfigError
            There are no positions, or the window is empty.
        """
        with self._lock:
            key = (*window, *self._signature())
            if key not in self._kept:
                self._kept[key] = self._make(*window)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
            return self._kept[key]

    def _signature(self) -> tuple[object, ...]:
        c = schema.slices.c
        with self._ws.engine.connect() as conn:
            return tuple(conn.execute(select(func.count(), func.sum(c.positions), func.max(c.as_of))).one())

    def _make(self, begin: datetime | None, end: datetime | None, hour: int | None) -> Coverage:
        from watch.chart.coverage import draw_coverage
        from watch.coverage_reading import read_coverage

        cmap, outages = read_coverage(self._ws, begin, end, hour, days=DAYS, names=("From", "To"), days_max=_DAYS_MAX)
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "coverage.png"
            draw_coverage(cmap, outages, picture)
            return Coverage(cmap, outages, picture.read_bytes())
