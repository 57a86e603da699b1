"""What messages gave, one by one, and the batch made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from watch import columns
from watch.readers.batch import RawBatch, reject_table
from watch.readers.messages import FIX_COLUMNS, STATIC_COLUMNS, Fix, Static


@dataclass
class Found:
    """What the messages of one block gave: positions with their texts, identities, and rejects."""

    fixes: list[Fix] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    statics: list[Static] = field(default_factory=list)
    rejects: list[tuple[int, str, str]] = field(default_factory=list)

    def batch(self, label: str) -> RawBatch:
        """Return it as a batch."""
        lines, reasons, raws = (
            (list(column) for column in zip(*self.rejects, strict=True)) if self.rejects else ([], [], [])
        )
        texts = self.texts
        return RawBatch(
            label,
            _table(self.fixes, FIX_COLUMNS),
            reject_table(lines, reasons, raws),
            lambda rows: [texts[row] for row in rows],
            _table(self.statics, STATIC_COLUMNS) if self.statics else None,
        )


def _table(rows: list[Fix] | list[Static], names: tuple[str, ...]) -> pa.Table:
    schema = pa.schema([columns.RAW.field(name) for name in names])
    given = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [_array(values, kind.type) for values, kind in zip(given, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: tuple[object, ...], kind: pa.DataType) -> pa.Array:
    if kind == columns.UTC_US:
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, kind)
