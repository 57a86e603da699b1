"""The map of an alert, drawn once for each state of the alert and of the data."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from watch.alert_maps import draw_maps
from watch.errors import ShipwatchError
from watch.wording import clean
from watch.workspace import Workspace

_KEPT_MAX = 64  # own: a hundred kilobytes each
PRINT = 1.8  # own: 250 dots an inch on A4


class Pictures:
    """Maps of alerts as PNG, the last ones kept; one is drawn at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, str, float], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def map_of(
        self,
        ws: Workspace,
        alert: Mapping[str, Any],
        as_of: datetime | None,
        *,
        synthetic: bool,
        sharpness: float = 1.0,
    ) -> bytes:
        """Return the map of an alert.

        Raises
        ------
        ShipwatchError
            It cannot be drawn.
        """
        key = (str(alert["alert_id"]), int(alert["version"]), str(as_of), sharpness)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = draw_map(ws, alert, synthetic=synthetic, sharpness=sharpness)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
            return self._kept[key]


def draw_map(ws: Workspace, alert: Mapping[str, Any], *, synthetic: bool, sharpness: float = 1.0) -> bytes:
    """Return the map of an alert as PNG; `ShipwatchError` when it cannot be drawn."""
    with tempfile.TemporaryDirectory(prefix="shipwatch-map-") as folder:
        drawn, faults = draw_maps(ws, [alert], Path(folder), lambda *_: None, synthetic=synthetic, sharpness=sharpness)
        if faults:
            raise ShipwatchError(faults[0]["message"])
        return drawn[alert["alert_id"]].read_bytes()


def map_words(view: Mapping[str, Any], story: Sequence[Mapping[str, Any]]) -> str:
    """Return what the map shows, for those who cannot see it.

    Examples
    --------
    >>> map_words({"ship": "MADE ONE"}, [])
    'Map of the track of MADE ONE.'
    """
    steps = (
        f"{step['number']}: {', '.join(filter(None, (step['what'], step['where'], step['when'], step['position'])))}."
        for step in story
    )
    return clean(" ".join([f"Map of the track of {view['ship']}.", *steps]))
