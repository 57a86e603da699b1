"""Refold: brings stored events in line with stored positions, from the first dirty slice on.

A slice is a UTC day, or hours or tens of minutes of one where that day is busy; a step takes a busy one, or a run of
quiet ones, and a state is kept at its end. Work restarts from the last state before the first dirty slice, rewrites the
events from there, and stops as soon as a step comes out with the state that is stored for its end and no later slice is
dirty. Any cutting gives the same, so slices may be cut anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from watch.attribution import radio_request, vessels_named
from watch.cells import EPOCH, HOUR, SLOT, microseconds
from watch.fold import STATE, Found, State, empty_state, from_tables, in_world, step, to_tables
from watch.named import store_named
from watch.params import DEFAULT
from watch.projection import PROJECTED, project, unsettle
from watch.store import slices
from watch.store.events import replace_slice_events
from watch.store.health import replace_outages
from watch.store.identities import radios_named_anew, replace_slice_identities
from watch.store.meta import read_meta, write_meta
from watch.store.runs import note_health, queue_vessels
from watch.store.slices import Slice
from watch.workspace import Workspace

Progress = Callable[[str, float], None]

_BUSY_ROWS = 500_000  # own: the increments of ten minutes of a busy sea fold in seconds
_STEP_ROWS = 2_000_000  # own: some 200 MB, and fewer steps than days where ships are few
_STEP_SPAN = timedelta(days=366)  # the slots of encounters count 16 bits
_WORLD = "world"  # meta: the zones and thresholds that the stored events were found with


def newest_fix(ws: Workspace) -> datetime:
    """Return the data's clock: the time of the last fix in the lake."""
    return ws.lake.newest_fix() or EPOCH


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
    with ws.engine.begin() as conn:
        _mark_all_if_world_changed(conn, ws, at)
        _divide_the_busy(conn, ws)
        tiles = slices.read_slices(conn)
        dirty = {k for k, tile in enumerate(tiles) if tile.dirty}
        stood = unsettle(conn) if dirty else read_meta(conn, PROJECTED)
    if not tiles:
        return 0
    fold = Fold(ws, tiles, newest_fix(ws), at)
    written = fold.run(dirty, progress) if dirty else 0
    written += project(ws, tiles[-1].state_digest, fold.newest, fold.as_of, at, fold.radios, stood)
    with ws.engine.begin() as conn:
        kept_from = slices.kept_from(conn)
        slices.drop_digests(conn, thinned([tile for tile in tiles if tile.end_at > kept_from]))
        needed = [tile.state_digest for tile in slices.read_slices(conn) if tile.state_digest]
    ws.lake.drop_states(needed)
    return written


def _mark_all_if_world_changed(conn: Connection, ws: Workspace, at: datetime) -> None:
    """Let everything be found anew when zones or thresholds are others than those it was found with."""
    kept = {name: list(columns) for name, columns in STATE.items()}
    now = {"zones": ws.world.zones.digest, "params": repr(DEFAULT), "state": kept}
    before = read_meta(conn, _WORLD)
    if before == now:
        return
    kept_from = slices.kept_from(conn)
    slices.mark_all_dirty(conn, kept_from)
    write_meta(conn, _WORLD, now)
    if kept_from > EPOCH:
        told = f"zones or thresholds are others: events since {kept_from:%Y-%m-%d} are found anew, and what was found"
        note_health(conn, "kept_positions", f"{told} before stays, as positions of that time are gone", at=at)


def _divide_the_busy(conn: Connection, ws: Workspace) -> None:
    """Cut dirty slices with many positions into hours, and hours into tens of minutes, up to their last row."""
    for tile in slices.read_slices(conn, dirty=True):
        length = tile.end_at - tile.start_at
        if length <= SLOT or (length > HOUR and ws.lake.rows_on(tile.start_at.date()) <= _BUSY_ROWS):
            continue
        rows = ws.lake.rows_by_slot(tile.start_at, tile.end_at)
        if sum(rows.values()) <= _BUSY_ROWS:
            continue
        last_at = min(tile.end_at, ws.lake.newest_on(tile.start_at.date()) + timedelta(microseconds=1))
        slices.divide(conn, tile, _parts(tile.start_at, last_at, HOUR if length > HOUR else SLOT, rows))


def _parts(
    start_at: datetime, last_at: datetime, length: timedelta, rows: Mapping[datetime, int]
) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    while start_at < last_at:
        end_at = start_at + length
        busy = sum(n for at, n in rows.items() if start_at <= at < end_at) > _BUSY_ROWS
        found += _parts(start_at, min(last_at, end_at), SLOT, rows) if busy and length > SLOT else [(start_at, end_at)]
        start_at = end_at
    return found


def step_end(tiles: Sequence[Slice], k: int) -> int:
    """Return the last slice of the step that begins with slice k.

    A step has not too many rows and goes not past a kept state. The newest slice of all is a step of its own: what
    comes next most likely falls into it.
    """
    rows, last = tiles[k].positions, k
    while tiles[last].state_digest is None and last + 2 < len(tiles):
        rows += tiles[last + 1].positions
        if rows > _STEP_ROWS or tiles[last + 1].end_at - tiles[k].start_at > _STEP_SPAN:
            break
        last += 1
    return last


def steps(tiles: Sequence[Slice]) -> list[tuple[datetime, datetime]]:
    """Return slices as stretches of time with not too many rows."""
    found: list[tuple[datetime, datetime]] = []
    rows = 0
    for tile in tiles:
        rows += tile.positions
        if found and rows <= _STEP_ROWS and tile.end_at - found[-1][0] <= _STEP_SPAN:
            found[-1] = (found[-1][0], tile.end_at)
        else:
            found.append((tile.start_at, tile.end_at))
            rows = tile.positions
    return found


def thinned(tiles: Sequence[Slice]) -> list[datetime]:
    """Return the starts of the slices whose states may go: older ones are kept at the end of hours, days and months."""
    gone: list[datetime] = []
    seen: set[tuple[timedelta, int]] = set()
    newest_at = tiles[-1].end_at
    for tile in reversed(tiles):
        age = newest_at - tile.end_at
        each = next((each for until, each in _KEPT if age <= until), _KEPT[-1][1])
        bucket = (each, (tile.end_at - EPOCH - timedelta(microseconds=1)) // each)
        if tile.state_digest and age and bucket in seen and not tile.dirty:
            gone.append(tile.start_at)
        elif tile.state_digest:
            seen.add(bucket)
    return gone


#: own: to which age a state is kept for each stretch of time; a row that comes late makes work from the last before it.
_KEPT = (
    (timedelta(hours=3), SLOT),
    (timedelta(days=2), HOUR),
    (timedelta(days=62), timedelta(days=1)),
    (timedelta.max, timedelta(days=10)),
)


class Fold:
    """The walk over the slices, with the states that are kept.

    Attributes
    ----------
    tiles
        All slices, in order; brought up to date as they are computed.
    as_of
        The data's clock.
    radios
        Those whose declared identity has turned out to be another.
    newest
        The state after the last slice, when this walk made it.
    """

    def __init__(self, ws: Workspace, tiles: list[Slice], as_of: datetime, at: datetime) -> None:
        self.ws, self.tiles, self.as_of, self.at = ws, tiles, as_of, at
        self.radios: set[int] = set()
        self.newest: State | None = None

    def run(self, dirty: set[int], progress: Progress) -> int:
        """Fold from the first dirty slice until nothing can change any more; return the events written."""
        written, total, folded, state = 0, len(dirty), -1, empty_state()
        self._count(dirty)
        while dirty:
            progress("finding events", max(0.0, 1 - len(dirty) / total))
            k = self.restart(min(dirty))
            last = step_end(self.tiles, k)
            n, changed, state = self._fold_slices(k, last, state if k == folded + 1 and k else self.state_before(k))
            written, folded = written + n, last
            self.newest = state if last + 1 == len(self.tiles) else None
            dirty.difference_update(range(k, last + 1))
            dirty.update(changed)
        return written

    def _count(self, dirty: Collection[int]) -> None:
        """Ask the lake how many positions the dirty slices hold now: steps are cut by that."""
        for k in dirty:
            tile = self.tiles[k]
            if tile.end_at - tile.start_at > HOUR:
                self.tiles[k] = replace(tile, positions=self.ws.lake.rows_on(tile.start_at.date()))
            else:
                rows = self.ws.lake.rows_by_slot(tile.start_at, tile.end_at)
                self.tiles[k] = replace(tile, positions=sum(rows.values()))

    def restart(self, first_dirty: int) -> int:
        """Return the first slice of the step that holds a dirty one: that after the last state before it."""
        k = first_dirty
        while k and self.tiles[k - 1].state_digest is None:
            k -= 1
        return k

    def state_before(self, k: int) -> State:
        """Return the state at the beginning of a slice that `restart` gave."""
        digest = self.tiles[k - 1].state_digest if k else None
        return in_world(from_tables(self.ws.lake.load_state(digest)), self.ws.world) if digest else empty_state()

    def state_after(self, k: int) -> str:
        """Return the digest of the state after a slice, made from the last kept before it when there is none."""
        digest = self.tiles[k].state_digest
        if digest:
            return digest
        begin = self.restart(k)
        state = self.state_before(begin)
        for start_at, end_at in steps(self.tiles[begin : k + 1]):
            state = self._step(state, start_at, end_at).state
        return self._keep(state)

    def _step(self, state: State, start_at: datetime, end_at: datetime) -> Found:
        lake = self.ws.lake
        positions, statics = lake.read_positions(start_at, end_at), lake.read_statics(start_at, end_at)
        until_us = min(microseconds(end_at), microseconds(self.as_of) + 1)
        return step(state, positions, statics, until_us, self.ws.world, DEFAULT)

    def _fold_slices(self, k: int, last: int, state: State) -> tuple[int, list[int], State]:
        """Store what slices k to last give; return how many events, the slice this makes dirty, and the state after."""
        begin, end = self.tiles[k].start_at, self.tiles[last].end_at
        events, changed, outages, state = self._step(state, begin, end)
        with ThreadPoolExecutor(1) as other, self.ws.engine.begin() as conn:
            saving = other.submit(self._keep, state)
            replace_outages(conn, self.tiles[k - 1].end_at if k else EPOCH, end, outages, at=self.at)
            radios = replace_slice_identities(conn, begin, end, changed)
            again = radios_named_anew(conn, radios, begin, end if last + 1 < len(self.tiles) else None)
            touched = store_named(conn, events, lambda seen: replace_slice_events(conn, begin, end, seen))
            queue_vessels(conn, touched | vessels_named(changed) | {radio_request(mmsi) for mmsi in again})
            digest = saving.result()  # on disk before the database names it
            following = [last + 1] if last + 1 < len(self.tiles) and digest != self.tiles[last].state_digest else []
            slices.mark_slices(conn, [self.tiles[n].start_at for n in following])  # a crash before it leaves word of it
            self._save(conn, k, last, digest)
        self.radios |= radios
        return len(events), following, state

    def _keep(self, state: State) -> str:
        return self.ws.lake.save_state(to_tables(state))

    def _save(self, conn: Connection, k: int, last: int, digest: str) -> None:
        for n in range(k, last + 1):
            kept = digest if n == last else None
            self.tiles[n] = replace(self.tiles[n], dirty=False, state_digest=kept, as_of=self.as_of)
            slices.save_slice(conn, **{name: value for name, value in vars(self.tiles[n]).items() if name != "dirty"})
