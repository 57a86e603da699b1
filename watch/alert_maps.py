"""Maps of alerts: the track, the silences and the steps of each, drawn from what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from watch.errors import BusyError, DatabaseGoneError, Stopped
from watch.store.events import read_events
from watch.workspace import Workspace

Progress = Callable[[str, float], None]
Alert = Mapping[str, Any]

_MARGIN = timedelta(days=3)  # own: the way to the first step and from the last
_TRACK_COLUMNS = ("mmsi", "fix_at", "lat", "lon", "sog_kn")


def draw_maps(
    ws: Workspace,
    alerts: Sequence[Alert],
    folder: Path,
    progress: Progress,
    *,
    synthetic: bool = False,
    sharpness: float = 1.0,
) -> tuple[dict[str, Path], list[dict[str, str]]]:
    """Draw a map for each alert, marked when its tracks are made ones; return their paths by alert, and the faults.

    A map that cannot be drawn never keeps a digest from going out.
    """
    drawn: dict[str, Path] = {}
    faults = []
    for number, alert in enumerate(alerts):
        progress("drawing maps", number / len(alerts))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{alert['alert_id']}.png"
        try:
            _draw(ws, {**alert, "synthetic": synthetic}, path, sharpness)
        except (DatabaseGoneError, BusyError, Stopped, OSError, MemoryError):  # no fault of this alert
            raise
        except Exception as error:  # whatever an odd track does to the drawing
            faults.append({"kind": "map", "message": f"no map of alert {alert['alert_id']}: {error!r}"})
        else:
            drawn[alert["alert_id"]] = path
    return drawn, faults


def _draw(ws: Workspace, alert: Alert, path: Path, sharpness: float) -> None:
    from watch.maps import draw_alert_map  # matplotlib takes a second to import, and many digests have no map

    draw_alert_map(alert, _track(ws, alert), gaps_of(ws, alert), ws.world.zones, path, sharpness=sharpness)


def _window(alert: Alert) -> tuple[datetime, datetime]:
    times = [datetime.fromisoformat(t) for s in alert["steps"] for t in (s["start_at"], s["end_at"]) if t]
    return min(times) - _MARGIN, max(times) + _MARGIN


def _track(ws: Workspace, alert: Alert) -> pd.DataFrame:
    radios = {step["mmsi"] for step in alert["steps"]}
    rows: pd.DataFrame = ws.lake.read_positions(*_window(alert), mmsi=radios, columns=_TRACK_COLUMNS).to_pandas()
    return rows.sort_values("fix_at", ignore_index=True)


def gaps_of(ws: Workspace, alert: Alert) -> pd.DataFrame:
    """Return the gaps of an alert's ship that its map shows: those of its own time."""
    begin, end = _window(alert)
    with ws.engine.connect() as conn:
        found = read_events(conn, kind="gap", from_at=begin, to_at=end, vessel_ids=[alert["vessel"]["vessel_id"]])
    first, last = begin + _MARGIN, _last(alert)
    own = found["event_id"].isin([step["event_id"] for step in alert["steps"]])
    during = (found["start_at"] < last) & ~(found["end_at"] <= first)
    begun = found["start_at"] >= begin  # one that began on an earlier voyage tells nothing here
    of_alert: pd.DataFrame = found[begun & (own | during)]
    return of_alert


def _last(alert: Alert) -> datetime:
    """Return when an alert ends; one that goes on has no end that is known."""
    ends = [step["end_at"] for step in alert["steps"]]
    return max(map(datetime.fromisoformat, ends)) if all(ends) else datetime.max.replace(tzinfo=UTC)
