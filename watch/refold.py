"""Refold: brings stored events in line with stored positions, from the first dirty slice on.

A slice is a busy UTC day, or a run of quiet ones; a state is kept at the end of each. Work restarts from the last
state before the first dirty day, rewrites the events from there, and stops as soon as a slice comes out with the state
that is stored for it and no later day is dirty. Any cutting gives the same, so slices may be cut anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pyarrow.compute as pc
from sqlalchemy import Connection

from watch.attribution import attribute, radio_request, vessels_named
from watch.detect.outage import open_outages
from watch.fold import STATE, State, empty_state, from_tables, open_events, step, to_tables
from watch.identity import imo_is_valid
from watch.params import DEFAULT
from watch.store import slices
from watch.store.events import read_shared, replace_open_events, replace_slice_events
from watch.store.health import replace_open_outages, replace_outages
from watch.store.identities import radios_named_anew, radios_of_hulls, read_identities, replace_slice_identities
from watch.store.meta import read_meta, write_meta
from watch.store.runs import queue_vessels
from watch.workspace import Workspace

Progress = Callable[[str, float], None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PROJECTED = "projected"  # meta: the state, the data's clock and the zones that the open events were projected from
_SLICE_ROWS = 1_000_000  # own: some 100 MB, and fewer slices than days where ships are few
_SLICE_DAYS = 366  # the slots of encounters count 16 bits
_WORLD = "world"  # meta: the zones and thresholds that the stored events were found with


def midnight(day: date) -> datetime:
    """Return the moment at which a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def microseconds(at: datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def newest_fix(ws: Workspace) -> datetime:
    """Return the data's clock: the time of the last fix in the lake."""
    for day in reversed(ws.lake.days()):
        fixes = ws.lake.read_positions(midnight(day), midnight(day) + timedelta(days=1), columns=["fix_at"])
        if len(fixes):
            newest: datetime = pc.max(fixes.column("fix_at")).as_py()
            return newest.astimezone(UTC)
    return _EPOCH


def refold(ws: Workspace, at: datetime, progress: Progress) -> int:
    """Return how many events were written to bring the store in line with the lake.

    Parameters
    ----------
    ws
        The workspace.
    at
        The time of this run, kept with what is told of the data's health.
    progress
        Told how far it is.
    """
    days = ws.lake.days()
    with ws.engine.begin() as conn:
        _mark_all_if_world_changed(conn, ws, days)
        known = {s.start_at.date(): s for s in slices.read_slices(conn)}
        dirty = {day for day in days if known[day].dirty}
        if dirty and (stood := read_meta(conn, _PROJECTED)):  # a hull may go on under another number: look anew
            write_meta(conn, _PROJECTED, {**stood, "state": None})
    if not days:
        return 0
    fold = _Fold(ws, days, newest_fix(ws), at, {day: s.state_digest for day, s in known.items()})
    written = fold.run(dirty, progress) if dirty else 0
    written += fold.project()
    ws.lake.drop_states([digest for digest in fold.digests.values() if digest])
    return written


def _mark_all_if_world_changed(conn: Connection, ws: Workspace, days: Collection[date]) -> None:
    """Let everything be found anew when zones or thresholds are others than those it was found with."""
    kept = {name: list(columns) for name, columns in STATE.items()}
    now = {"zones": ws.world.zones.digest, "params": repr(DEFAULT), "state": kept}
    if read_meta(conn, _WORLD) != now:
        slices.mark_dirty(conn, days)
        write_meta(conn, _WORLD, now)


def slice_end(ws: Workspace, days: list[date], k: int, kept: Collection[date] = ()) -> int:
    """Return the last day of the slice that begins with day k: not too many rows, and none past a kept state."""
    rows, last = ws.lake.rows_on(days[k]), k
    while days[last] not in kept and last + 1 < len(days) and last - k < _SLICE_DAYS:
        rows += ws.lake.rows_on(days[last + 1])
        if rows > _SLICE_ROWS:
            break
        last += 1
    return last


class _Fold:
    """The walk over the days of the lake, with the states that are kept."""

    def __init__(
        self, ws: Workspace, days: list[date], as_of: datetime, at: datetime, digests: dict[date, str | None]
    ) -> None:
        self.ws, self.days, self.as_of, self.at, self.digests = ws, days, as_of, at, digests

    def run(self, dirty: set[date], progress: Progress) -> int:
        """Fold from the first dirty day until nothing can change any more; return the events written."""
        written, total, folded, state = 0, len(dirty), -1, empty_state()
        while dirty:
            progress("finding events", max(0.0, 1 - len(dirty) / total))
            k = self._restart(min(dirty))
            last = self._slice_end(k)
            n, changed, state = self._fold_slice(k, last, state if k == folded + 1 else self._state_before(k))
            written, folded = written + n, last
            dirty.difference_update(self.days[k : last + 1])
            dirty.update(changed)
        return written

    def _restart(self, first_dirty: date) -> int:
        """Return the first day of the slice that holds a dirty day: the day after the last state before it."""
        k = self.days.index(first_dirty)
        while k and self.digests[self.days[k - 1]] is None:
            k -= 1
        return k

    def _slice_end(self, k: int) -> int:
        kept = {day for day, digest in self.digests.items() if digest is not None}
        return slice_end(self.ws, self.days, k, kept)

    def _state_before(self, k: int) -> State:
        digest = self.digests[self.days[k - 1]] if k else None
        return from_tables(self.ws.lake.load_state(digest)) if digest else empty_state()

    def _fold_slice(self, k: int, last: int, state: State) -> tuple[int, list[date], State]:
        """Store what days k to last give; return how many events, the day this makes dirty, and the state after."""
        begin, end = midnight(self.days[k]), midnight(self.days[last]) + timedelta(days=1)
        positions, statics = self.ws.lake.read_positions(begin, end), self.ws.lake.read_statics(begin, end)
        until_us = min(microseconds(end), microseconds(self.as_of) + 1)
        events, changed, outages, state = step(state, positions, statics, until_us, self.ws.world, DEFAULT)
        del positions, statics
        digest = self.ws.lake.save_state(to_tables(state))
        with self.ws.engine.begin() as conn:
            replace_outages(conn, self._after(k - 1), end, outages, at=self.at)
            radios = replace_slice_identities(conn, begin, end, changed)
            again = radios_named_anew(conn, radios, begin)
            touched = self._store(conn, events, lambda seen: replace_slice_events(conn, begin, end, seen))
            queue_vessels(conn, touched | vessels_named(changed) | {radio_request(mmsi) for mmsi in again})
            following = self.days[last + 1 : last + 2] if digest != self.digests[self.days[last]] else []
            slices.mark_dirty(conn, following)  # here, so that a crash before the next slice leaves word of it
            for day in self.days[k : last + 1]:
                self._save_day(conn, day, digest if day == self.days[last] else None)
        return len(events), following, state

    def _after(self, k: int) -> datetime:
        """Return the end of a day of the lake: an outage may end on one that has no data."""
        return midnight(self.days[k]) + timedelta(days=1) if k >= 0 else _EPOCH

    def _store(self, conn: Connection, events: pd.DataFrame, replace: Callable[[pd.DataFrame], set[str]]) -> set[str]:
        """Store events by `replace`; return the vessels touched and the radios that are now other hulls than before."""
        shared = read_shared(conn)
        touched = replace(attribute(events, identities_of(conn, events), shared))
        after = read_shared(conn)
        other = {mmsi for mmsi in shared.keys() | after.keys() if shared.get(mmsi) != after.get(mmsi)}
        return touched | {radio_request(mmsi) for mmsi in other}

    def _save_day(self, conn: Connection, day: date, digest: str | None) -> None:
        begin, end = midnight(day), midnight(day) + timedelta(days=1)
        rows = self.ws.lake.rows_on(day)
        slices.save_slice(conn, begin, end, positions=rows, state_digest=digest, as_of=self.as_of)
        self.digests[day] = digest

    def project(self) -> int:
        """Store the events that are still open, as they stand at the data's clock; return how many."""
        digest = self.digests[self.days[-1]]
        stands = {"state": digest, "as_of": self.as_of.isoformat(), "zones": self.ws.world.zones.digest}
        with self.ws.engine.begin() as conn:
            if digest is None or read_meta(conn, _PROJECTED) == stands:
                return 0
        state = from_tables(self.ws.lake.load_state(digest))
        events = open_events(state, microseconds(self.as_of), self.ws.world, DEFAULT)
        with self.ws.engine.begin() as conn:
            replace_open_outages(conn, open_outages(state, DEFAULT), at=self.at)
            queue_vessels(conn, self._store(conn, events, lambda seen: replace_open_events(conn, seen)))
            write_meta(conn, _PROJECTED, stands)
        return len(events)


def identities_of(conn: Connection, events: pd.DataFrame) -> pd.DataFrame:
    """Return the identities that attribution has to know: of the events' radios, and of open gaps' hulls."""
    radios = radios_of(events)
    known = read_identities(conn, radios)
    open_ = [k == "gap" and not n for k, n in zip(events["kind"], events["end_at"].notna(), strict=True)]
    silent = events["mmsi"].to_numpy()[open_]
    hulls = known.loc[known["mmsi"].isin(silent) & imo_is_valid(known["imo"]), "imo"]
    others = radios_of_hulls(conn, {*hulls.astype(int).tolist()}) - radios
    return pd.concat([known, read_identities(conn, others)], ignore_index=True) if others else known


def radios_of(events: pd.DataFrame) -> set[int]:
    """Return the radios on either side of the events."""
    return {*events["mmsi"].tolist(), *events["other_mmsi"].dropna().astype(int).tolist()}
