"""Reading the coverage of a window out of the lake: the map, and the outages in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from watch.coverage_map import NEEDED, CoverageMap, map_coverage
from watch.errors import ConfigError
from watch.params import DEFAULT
from watch.store.health import read_outages
from watch.store.slices import read_slices

if TYPE_CHECKING:
    from watch.workspace import Workspace

_REACH = timedelta(days=36_525)  # own: further from the data, a typing error; each hour of a window has a row

Progress = Callable[[str, float], None]


def read_coverage(
    ws: Workspace,
    begin: datetime | None,
    end: datetime | None,
    hour: int | None = None,
    *,
    days: int,
    progress: Progress = lambda what, share: None,
    names: tuple[str, str] = ("--from", "--to"),
    days_max: int | None = None,
) -> tuple[CoverageMap, list[dict[str, Any]]]:
    """Return the map of a window and the outages in it.

    Parameters
    ----------
    ws
        The data.
    begin, end
        The window; without an end, to the last fix.
    hour
        Only this hour of each day, 0 to 23, UTC.
    days
        How many the window has where no beginning is given.
    progress
        Is told how far it has come.
    names
        What messages call the ends.
    days_max
        How long the window may be.

    Raises
    ------
    ConfigError
        There are no positions, or the window is empty, too long, or far from the data.
    """
    since, until = _window(ws, begin, end, days, names)
    if days_max is not None and until - since > timedelta(days=days_max):
        raise ConfigError(f"a map here covers at most {days_max} days; `shipwatch coverage` makes one of more")
    tables = _days(ws, since, until, progress)
    cmap = map_coverage(tables, begin, until, cell_deg=DEFAULT.coverage_cell_deg, hour=hour)
    with ws.engine.connect() as conn:
        return cmap, read_outages(conn, cmap.from_at, cmap.to_at)


def _window(
    ws: Workspace, begin: datetime | None, end: datetime | None, days: int, names: tuple[str, str]
) -> tuple[datetime, datetime]:
    """Return the ends of a window, in whole hours."""
    with ws.engine.connect() as conn:
        seen = [s.as_of for s in read_slices(conn) if s.as_of]
    if not seen:
        raise ConfigError("there are no positions yet; load a file with `shipwatch load FILE`")
    for name, at in zip(names, (begin, end), strict=True):
        if at and abs(at - max(seen)) > _REACH:
            raise ConfigError(f"{name} {at:%Y-%m-%d} is more than a hundred years away from the data")
    until = _hour(end or max(seen)) + (timedelta(hours=1) if end is None or end != _hour(end) else timedelta())
    since = _hour(begin) if begin else until - timedelta(days=days)
    if since >= until:
        raise ConfigError(f"{names[0]} {since:%Y-%m-%dT%H:%MZ} is not before {names[1]} {until:%Y-%m-%dT%H:%MZ}")
    return since, until


def _hour(at: datetime) -> datetime:
    """Return the beginning of the hour of a moment."""
    return at.replace(minute=0, second=0, microsecond=0)


def _days(ws: Workspace, since: datetime, until: datetime, progress: Progress) -> Iterator[pa.Table]:
    """Yield the positions of the window day by day, so that memory follows the day."""
    days = [datetime.combine(day, time(), UTC) for day in ws.lake.days()]
    within = [day for day in days if since < day + timedelta(days=1) and day < until]
    for number, day in enumerate(within):
        progress("counting ships", number / len(within))
        begin, end = max(since, day), min(until, day + timedelta(days=1))
        yield ws.lake.read_positions(begin, end, columns=NEEDED)
