"""Cuts a stream of text into blocks of whole lines, the next one being read while the last is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from watch.errors import InputError
from watch.readers.batch import Limits, Member

_Item = TypeVar("_Item")
_NEWLINE = 10
_RETURN = 13


@dataclass(frozen=True)
class Block:
    """Whole lines of a member, each ended by a newline.

    Attributes
    ----------
    data
        The bytes.
    first_line
        The number of its first line in the member, counted from 1.
    lines
        How many lines it holds.
    """

    data: bytes
    first_line: int
    lines: int

    def bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where each line starts and ends, without its line break."""
        chars = np.frombuffer(self.data, np.uint8)
        breaks = np.flatnonzero(chars == _NEWLINE)
        starts = np.concatenate([[0], breaks[:-1] + 1])
        crlf = (breaks > starts) & (chars[breaks - 1] == _RETURN)
        return starts, breaks - crlf

    def texts(self, indexes: NDArray[np.int64]) -> list[str]:
        """Return some of the lines as text, by index in the block."""
        if not len(indexes):
            return []
        starts, ends = self.bounds()
        chosen = zip(starts[indexes], ends[indexes], strict=True)
        return [self.data[start:end].decode("utf-8", "replace") for start, end in chosen]


def split_block(block: Block, size_bytes: int) -> list[Block]:
    """Return a block's lines in blocks of about this size; one where it is a single line."""
    parts, start, line = [], 0, block.first_line
    while start < len(block.data):
        end = block.data.find(b"\n", min(start + size_bytes, len(block.data)) - 1) + 1 or len(block.data)
        data = block.data[start:end]
        parts.append(Block(data, line, count_lines(data)))
        start, line = end, line + parts[-1].lines
    return parts


def cut_blocks(member: Member, limits: Limits) -> Iterator[Block]:
    """Yield a member's lines in blocks; when the stream breaks, the whole lines before the break come first.

    Raises
    ------
    InputError
        The packed data are damaged or cut short.
    """
    line, carry, broken = 1, b"", None
    while broken is None:
        try:
            data = member.stream.read(limits.block_bytes)
        except InputError as error:
            data, broken = b"", error
        whole, carry = _split(carry, data, limits.line_bytes)
        if not data and not broken and carry:
            whole, carry = whole + carry + b"\n", b""
        if whole:
            block = Block(whole, line, count_lines(whole))
            yield block
            line += block.lines
        if not data:
            break
    if broken is not None:
        raise broken


def _split(carry: bytes, data: bytes, line_bytes: int) -> tuple[bytes, bytes]:
    cut = data.rfind(b"\n") + 1
    if cut:
        return b"".join((carry, memoryview(data)[:cut])), data[cut:]
    # a line beyond every limit is a reject already: of its rest no more is kept than shows that
    return b"", (carry + data)[: line_bytes + 1]


def count_lines(data: bytes) -> int:
    r"""Return the number of newlines.

    Examples
    --------
    >>> count_lines(b""), count_lines(b"a\nb\n")
    (0, 2)
    """
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == _NEWLINE))


@contextmanager
def read_ahead(items: Iterator[_Item]) -> Iterator[Iterator[_Item]]:
    """Give the items of an iterator, drawing the next one in another thread meanwhile."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as pool:
        yield _one_ahead(items, pool)


def _one_ahead(items: Iterator[_Item], pool: ThreadPoolExecutor) -> Iterator[_Item]:
    pending = pool.submit(_take_one, items)
    while taken := pending.result():
        pending = pool.submit(_take_one, items)
        yield from taken


def _take_one(items: Iterator[_Item]) -> list[_Item]:
    """Return the next item; nothing at the end."""
    return list(islice(items, 1))
