"""Order and de-duplicate the positions of one UTC day: pure functions on numpy columns.

One row a fix: of rows with equal `mmsi, fix_at, lat, lon` the smallest by speed, course, heading, status and
receiver survives (missing last), then the lowest load. That choice depends on values alone, so the order and
the batching of loads cannot change what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from watch.columns import POSITIONS, RECEIVERS
from watch.errors import StoreError

Columns = dict[str, npt.NDArray[Any]]
Order = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

#: Receivers in alphabetic order, so that the order of the codes is the order of the words.
RECEIVER_WORDS = pa.array(sorted(RECEIVERS), pa.string())
#: positions as staged: `receiver` is a small code instead of a text of its own for every fix.
STAGED = POSITIONS.set(
    POSITIONS.get_field_index("receiver"), pa.field("receiver", pa.dictionary(pa.int8(), pa.string()))
)

_PLACE = ("mmsi", "fix_at", "lat", "lon")
_MEASURES = ("sog_kn", "cog_deg", "heading_deg")
_CODES = ("nav_status", "receiver")
_NO_CODE = 32_767  # sorts after every code of one byte
_BATCH_ROWS = 1 << 19  # keeps the gathered copy below 30 MB


def pack_positions(positions: pa.Table, load_id: int) -> pa.Table:
    """Return positions as they are staged: load stamped on, receiver as a code, no negative zeros.

    Raises
    ------
    StoreError
        When a receiver is none of `columns.RECEIVERS`.

    Examples
    --------
    >>> pack_positions(POSITIONS.empty_table(), 1).num_rows
    0
    """
    columns = {name: positions[name].combine_chunks() for name in POSITIONS.names if name != "load_id"}
    for name in ("lat", "lon", *_MEASURES):
        columns[name] = pc.add(columns[name], pa.scalar(0.0, columns[name].type))
    codes = pc.index_in(columns["receiver"], value_set=RECEIVER_WORDS).cast(pa.int8())
    if codes.null_count != columns["receiver"].null_count:
        raise StoreError(f"a receiver of these positions is none of {', '.join(RECEIVERS)}; check the reader")
    columns["receiver"] = pa.DictionaryArray.from_arrays(codes, RECEIVER_WORDS)
    columns["load_id"] = pa.array(np.full(len(positions), load_id, np.int32))
    return pa.Table.from_arrays([columns[name] for name in STAGED.names], schema=STAGED)


def pack_stored(positions: pa.Table) -> pa.Table:
    """Return stored positions with the receiver as a code again."""
    at = POSITIONS.get_field_index("receiver")
    codes = pc.index_in(positions["receiver"].combine_chunks(), value_set=RECEIVER_WORDS).cast(pa.int8())
    return positions.set_column(at, STAGED.field(at), pa.DictionaryArray.from_arrays(codes, RECEIVER_WORDS))


def to_columns(read: Callable[[str], Sequence[pa.Table]]) -> Columns:
    """Return the rows of position tables, one table after another, as plain numpy columns.

    Missing measures become NaN and missing codes a code above all others, so that both sort last.

    Parameters
    ----------
    read
        Gives the tables with the named column; asked column by column, so that the tables need never stand in
        memory whole beside the copy.
    """
    columns = {}
    for name in STAGED.names:
        parts = [_plain(name, part) for table in read(name) for part in table[name].chunks]
        columns[name] = np.concatenate(parts) if parts else _plain(name, _none(name))
    return columns


def join_columns(existing: pa.Table, staged: Columns) -> Columns:
    """Return the rows of a table of positions, and after them those of some columns."""
    if not len(existing):
        return staged
    before = to_columns(lambda name: [existing.select([name])])
    return {name: np.concatenate([before[name], staged[name]]) for name in STAGED.names}


def _none(name: str) -> pa.Array:
    return pa.array([], STAGED.field(name).type)


def _plain(name: str, part: pa.Array) -> npt.NDArray[Any]:
    if name == "receiver":
        coded = pa.types.is_dictionary(part.type)
        words = pc.index_in(part.dictionary if coded else part, value_set=RECEIVER_WORDS)
        part = words.take(part.indices) if coded else words
    if name in _CODES:
        return np.asarray(pc.fill_null(part.cast(pa.int16()), _NO_CODE))
    if name in _MEASURES:
        return np.asarray(part.to_numpy(zero_copy_only=False), np.float32)
    return np.asarray(part.cast(pa.int64()) if name == "fix_at" else part)


def order_day(columns: Columns, existing: int) -> tuple[Order, int]:
    """Return the rows of a day to store, in order, and how many of them are not among the existing ones.

    Parameters
    ----------
    columns
        Rows of one UTC day from `to_columns`; the first `existing` rows are in order and free of duplicates.
    existing
        How many rows the day holds already.

    Notes
    -----
    A row that is no better than an existing one never takes its place, so a repeated load yields the existing
    rows and zero.
    """
    order = _sort_fixes(columns, existing)
    stored = np.ones(len(order), np.bool_)
    slots = np.flatnonzero(_tied(columns, order))
    repeats = _repeats(columns, order[slots])
    stored[slots[repeats]] = False
    slots = slots[~repeats]
    slots = slots[_tied(columns, order[slots])]
    order[slots] = _sort_ties(columns, order[slots], (*_PLACE, *_MEASURES, *_CODES, "load_id"))
    stored[slots[_equal_to_previous(columns, order[slots], _PLACE)]] = False
    order = order[stored]
    return order, int(np.count_nonzero(order >= existing))


def _sort_fixes(columns: Columns, existing: int) -> Order:
    """Return the rows stably sorted by ship and time, given that the existing ones are."""
    mmsi, fix_at = columns["mmsi"], columns["fix_at"]
    staged = order_fixes(mmsi[existing:], fix_at[existing:])
    if not existing:
        return staged
    runs = np.concatenate([np.arange(existing), staged + existing])
    return runs[order_fixes(mmsi[runs], fix_at[runs])]


def order_fixes(mmsi: npt.NDArray[Any], fix_at: npt.NDArray[Any]) -> Order:
    """Return the stable order of rows by ship and time (µs).

    Examples
    --------
    >>> order_fixes(np.array([2, 1, 1]), np.array([5, 9, 7])).tolist()
    [2, 1, 0]
    """
    ship, ships = _rank(mmsi)
    if ships <= np.iinfo(np.uint16).max and _ascends(fix_at):
        return np.argsort(ship.astype(np.uint16), kind="stable")  # numpy sorts 16 bits by radix
    start_at = fix_at.min()
    span = int(fix_at.max()) - int(start_at) + 1
    if ships * span > np.iinfo(np.int64).max:
        return np.lexsort([fix_at, ship])
    key = ship * span + (fix_at - start_at)
    return np.arange(len(key)) if _ascends(key) else np.argsort(key, kind="stable")


def order_positions(positions: pa.Table) -> Order:
    """Return the order of positions by mmsi, fix_at, lat, lon."""
    columns = {name: _plain(name, positions[name].combine_chunks()) for name in _PLACE}
    order = order_fixes(columns["mmsi"], columns["fix_at"])
    slots = np.flatnonzero(_tied(columns, order))
    order[slots] = _sort_ties(columns, order[slots], _PLACE)
    return order


def _rank(mmsi: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], int]:
    """Return each row's ship as its rank among the ships, and their number."""
    codes, ships = pd.factorize(mmsi)
    rank = np.empty(len(ships), np.int64)
    rank[np.argsort(ships)] = np.arange(len(ships))
    return rank[codes], len(ships)


def _ascends(values: npt.NDArray[Any]) -> bool:
    return bool((values[1:] >= values[:-1]).all())


def _tied(columns: Columns, order: Order) -> Mask:
    """Return which rows share ship and moment with a neighbour."""
    mmsi, fix_at = columns["mmsi"][order], columns["fix_at"][order]
    same = (mmsi[1:] == mmsi[:-1]) & (fix_at[1:] == fix_at[:-1])
    tied = np.zeros(len(order), np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    return tied


def _repeats(columns: Columns, rows: Order) -> Mask:
    """Return which rows equal the row before in every value without coming from an earlier load."""
    same = _equal_to_previous(columns, rows, (*_PLACE, *_MEASURES, *_CODES))
    load_id = columns["load_id"][rows]
    same[1:] &= load_id[:-1] <= load_id[1:]
    return same


def _sort_ties(columns: Columns, rows: Order, names: Sequence[str]) -> Order:
    """Return these rows sorted by the named columns, equal ones in the order of the table."""
    return rows[np.lexsort([rows, *(columns[name][rows] for name in reversed(names))])]


def _equal_to_previous(columns: Columns, rows: Order, names: Sequence[str]) -> Mask:
    """Return which rows equal the row before in the named columns; missing equals missing."""
    same = np.ones(len(rows), np.bool_)
    same[:1] = False
    for name in names:
        values = columns[name][rows]
        equal = values[1:] == values[:-1]
        if name in _MEASURES:
            equal |= np.isnan(values[1:]) & np.isnan(values[:-1])
        same[1:] &= equal
    return same


def ordered_batches(columns: Columns, order: Order) -> Iterator[pa.RecordBatch]:
    """Yield the rows in this order as staged positions, a bounded number at a time."""
    for start in range(0, len(order), _BATCH_ROWS):
        rows = order[start : start + _BATCH_ROWS]
        yield pa.RecordBatch.from_arrays([_to_arrow(name, columns[name][rows]) for name in STAGED.names], schema=STAGED)


def _to_arrow(name: str, values: npt.NDArray[Any]) -> pa.Array:
    kind = STAGED.field(name).type
    if name in _CODES:
        codes = pa.array(np.where(values == _NO_CODE, 0, values).astype(np.int8), mask=values == _NO_CODE)
        return pa.DictionaryArray.from_arrays(codes, RECEIVER_WORDS) if name == "receiver" else codes
    return pa.array(values, from_pandas=name in _MEASURES).cast(kind)


def deduplicate(positions: pa.Table) -> pa.Table:
    """Return positions of any days in the order of the lake, one row a fix."""
    columns = to_columns(lambda name: [positions.select([name])])
    order, _ = order_day(columns, 0)
    batches = list(ordered_batches(columns, order))
    return pa.Table.from_batches(batches, schema=STAGED).cast(POSITIONS)
