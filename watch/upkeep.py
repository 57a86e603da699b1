"""Upkeep: finished days of the lake as one file each, and positions let go while events and alerts stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

from watch.cells import DAY, midnight
from watch.refold import Fold, newest_fix
from watch.store import slices
from watch.store.slices import Slice
from watch.workspace import Workspace

Progress = Callable[[str, float], None]


def compact(ws: Workspace, before_at: datetime, progress: Progress) -> int:
    """Write the days that were over by a moment as one file each, sorted by ship, and return how many that were.

    Parameters
    ----------
    ws
        The workspace, held for writing.
    before_at
        Days that end later are left as they are.
    progress
        Told how far it is.

    Notes
    -----
    What is read from the lake before, during and after is the same; it may be stopped anywhere.
    """
    days = [day for day in ws.lake.days() if midnight(day) + DAY <= before_at]
    changed = 0
    for number, day in enumerate(days):
        progress("compacting the lake", number / len(days))
        changed += ws.lake.compact(day)
    return changed


def forget_positions(ws: Workspace, before_at: datetime) -> int:
    """Remove the positions of days that were over by a moment, and return of how many days.

    Parameters
    ----------
    ws
        The workspace, held for writing.
    before_at
        Positions of the UTC day in which it lies, and of later ones, are kept; so are those of the newest day.

    Notes
    -----
    Events, identities and alerts stay. What the fold knew at the end of the last day that goes is kept, and work begins
    there from now on: rows that come later for the time before are rejects. While slices wait to be computed nothing
    is removed.
    """
    as_of = newest_fix(ws)
    until_at = min(_midnight_before(before_at), _midnight_before(as_of))
    with ws.engine.begin() as conn:
        tiles, kept_from = slices.read_slices(conn), slices.kept_from(conn)
    old = [k for k, tile in enumerate(tiles) if tile.end_at <= until_at]
    if until_at > kept_from and old:
        if any(tile.dirty for tile in tiles):
            return 0
        digest = Fold(ws, tiles, as_of, as_of).state_after(old[-1])
        last = Slice(tiles[0].start_at, until_at, 0, False, digest, tiles[old[-1]].as_of)
        with ws.engine.begin() as conn:
            slices.forget_slices(conn, until_at, last)
    return ws.lake.forget(max(until_at, kept_from) if old else kept_from)


def _midnight_before(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)
