"""Compaction: the files of a day as one, sorted by ship, read some ships at a time so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from watch.cells import Piece
from watch.columns import POSITIONS, STATICS
from watch.merge import STAGED, order_positions, pack_stored
from watch.parquet import merge_statics

_ROWS = 2_000_000  # own: 100 MB


def merged_by_ship(pieces: Sequence[Piece], table: str) -> pa.RecordBatchReader:
    """Return the rows of a day's files, each row once, in the order of the lake.

    Parameters
    ----------
    pieces
        The files of the day, with the times in which finer ones stand in the place of each.
    table
        `positions` or `statics`.
    """
    schema = STAGED if table == "positions" else STATICS
    return pa.RecordBatchReader.from_batches(schema, _batches(pieces, table))


def _batches(pieces: Sequence[Piece], table: str) -> Iterator[pa.RecordBatch]:
    for ships in _ships(pieces):
        read = [_read(piece, table, *ships) for piece in pieces]
        if table == "statics":
            yield from merge_statics(read).to_batches()
        else:
            rows = pa.concat_tables(read)
            yield from pack_stored(rows.take(pa.array(order_positions(rows)))).to_batches()


def _ships(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Return ranges of ships `[first, beyond)` that hold about as many rows as may stand in memory."""
    some = [np.asarray(pq.read_table(piece.path, columns=["mmsi"])["mmsi"]) for piece in pieces]
    ships, rows = np.unique(np.concatenate(some), return_counts=True)
    part = np.cumsum(rows) // _ROWS
    first = ships[np.flatnonzero(np.diff(part, prepend=-1))].tolist()
    return [*zip(first, [*first[1:], int(ships[-1]) + 1], strict=True)]


def _read(piece: Piece, table: str, first: int, beyond: int) -> pa.Table:
    schema, moment = (POSITIONS, "fix_at") if table == "positions" else (STATICS, "seen_at")
    asked = [("mmsi", ">=", first), ("mmsi", "<", beyond)]
    rows = pq.read_table(piece.path, filters=asked, partitioning=None).select(schema.names).cast(schema)
    for cell in piece.replaced:
        since, until = (pa.scalar(at, schema.field(moment).type) for at in (cell.start_at, cell.end_at))
        rows = rows.filter(pc.or_(pc.less(rows[moment], since), pc.greater_equal(rows[moment], until)))
    return rows
