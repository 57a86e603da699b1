"""What a replay is asked to show: an alert, a vessel in a stretch of time, or all that happened in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from watch.alert_board import named, read_told
from watch.cells import EPOCH
from watch.errors import ConfigError
from watch.refold import newest_fix
from watch.store.events import read_events
from watch.workspace import Workspace

_MARGIN = timedelta(days=3)  # own: the way to the first step and from the last
_SHIPS_MAX = 10  # own: more tracks at once tell nothing
_SPAN_MAX = timedelta(days=400)  # own: a longer life is looked at in parts


@dataclass(frozen=True)
class Asked:
    """What a replay is asked to show.

    Attributes
    ----------
    focus
        The vessel that it is about.
    from_at, to_at
        The stretch of time, UTC, half-open.
    clock_at
        The data's clock: open events last up to it.
    partners
        Vessels that are to be shown beside it, whatever its events say.
    alike
        Those of them that it could be about as well, if it was not heard itself.
    alert
        The alert that it shows, as `alerts list --json` has it.
    notes
        What was left out.
    """

    focus: str
    from_at: datetime
    to_at: datetime
    clock_at: datetime
    partners: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    alert: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """The steps of its alert."""
        return (self.alert or {}).get("steps") or ()


def ask_for_alert(ws: Workspace, alert_id: str) -> Asked:
    """Return what shows an alert: from three days before its first step to three days after the last evidence.

    Raises
    ------
    ConfigError
        There is no such alert.
    """
    with ws.engine.connect() as conn:
        alert = named(read_told(ws, conn), [alert_id])[0]
    steps, clock_at = alert["steps"], newest_fix(ws)
    times = [datetime.fromisoformat(at) for step in steps for at in (step["start_at"], step["end_at"]) if at]
    open_ = any(step["end_at"] is None for step in steps)
    to_at = clock_at if open_ else min(max(times) + _MARGIN, clock_at)
    ships = [ship["vessel_id"] for ship in alert.get("ships") or ()]
    focus = alert["vessel"]["vessel_id"]
    return Asked(
        focus=focus,
        from_at=max(min(times), to_at - _SPAN_MAX) - _MARGIN,
        to_at=max(to_at, max(times)) + timedelta(seconds=1),
        clock_at=clock_at,
        partners=tuple(dict.fromkeys(ship for ship in ships if ship != focus)),
        alert=alert,
    )


def ask_for_vessel(ws: Workspace, vessel_id: str, from_at: datetime | None, to_at: datetime | None) -> Asked:
    """Return what shows a vessel in a stretch of time; without ends, the 120 days up to its last event.

    Raises
    ------
    ConfigError
        The stretch is empty, or too long.
    """
    clock_at = newest_fix(ws)
    since_at, until_at = _stretch(from_at, to_at or _last_seen(ws, vessel_id, clock_at), clock_at)
    return Asked(vessel_id, since_at, until_at, clock_at)


def ask_for_window(ws: Workspace, from_at: datetime | None, to_at: datetime | None) -> Asked:
    """Return what shows the ships that most happened to in a stretch of time: those with alerts first, at most ten.

    Raises
    ------
    ConfigError
        The stretch is empty or too long, or nothing happened in it.
    """
    clock_at = newest_fix(ws)
    since_at, until_at = _stretch(from_at, to_at, clock_at)
    with ws.engine.connect() as conn:
        events = read_events(conn, from_at=since_at, to_at=until_at)
        alerts = read_told(ws, conn)
    inside = [a for a in alerts if a["status"] != "withdrawn" and _meets(a, since_at, until_at)]
    told = events[~events["kind"].str.startswith("possible")]["vessel_id"].value_counts(sort=True)
    ships = list(dict.fromkeys([*(a["vessel"]["vessel_id"] for a in inside), *map(str, told.index)]))
    if not ships:
        raise ConfigError(f"nothing happened from {since_at:%Y-%m-%d %H:%M} to {until_at:%Y-%m-%d %H:%M} UTC")
    rest = len(ships) - _SHIPS_MAX
    notes = (f"{rest} more ships with events or alerts are not shown",) if rest > 0 else ()
    others = tuple(ships[1:_SHIPS_MAX])
    return Asked(ships[0], since_at, until_at, clock_at, others, alike=others, notes=notes)


def _last_seen(ws: Workspace, vessel_id: str, clock_at: datetime) -> datetime | None:
    """Return when the last event of a vessel was over, or began while it lasts, and some days more."""
    with ws.engine.connect() as conn:
        events = read_events(conn, vessel_ids=[vessel_id], derived=False)
    if events.empty:
        return None
    last_at: datetime = events["end_at"].fillna(events["start_at"]).max().to_pydatetime()
    return min(last_at + _MARGIN, clock_at + timedelta(seconds=1))


def _stretch(from_at: datetime | None, to_at: datetime | None, clock_at: datetime) -> tuple[datetime, datetime]:
    until_at = to_at or clock_at + timedelta(seconds=1)
    since_at = from_at or max(until_at, EPOCH) - timedelta(days=120)
    if since_at >= until_at:
        raise ConfigError(f"the replay ends at {until_at:%Y-%m-%d %H:%M} UTC, before it begins")
    if until_at - since_at > _SPAN_MAX:
        raise ConfigError(f"a replay shows at most {_SPAN_MAX.days} days; name a shorter stretch")
    return since_at, until_at


def _meets(alert: Mapping[str, Any], from_at: datetime, to_at: datetime) -> bool:
    start, end = alert.get("started_at"), alert.get("ended_at")
    begun = start is None or datetime.fromisoformat(start) < to_at
    return begun and (end is None or datetime.fromisoformat(end) >= from_at)
