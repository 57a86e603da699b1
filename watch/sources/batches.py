"""Files of a stream: whole lines are appended and made safe on disk every few seconds, and a file is closed in time."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from watch.clock import now
from watch.sources.landing import Landing

#: What a stream tells: its kind (`up`, `down`, `lost`, `fault`, `note`) and a sentence.
Tell = Callable[[str, str], None]

_BATCH_BYTES = 64 << 20  # own: a file of this size is closed early; an hour of the world's NMEA is larger
_WAITING_BYTES = 1 << 20  # own: so much is written at once, however short a time it waited
_TAIL_BYTES = 1 << 16


class BatchWriter:
    """Appends lines to files of an inbox; one thread at a time may use it.

    Parameters
    ----------
    landing
        The inbox.
    ending
        Of the files' names.
    flush_s
        What was added is on disk after so long.
    batch_s
        A file is closed, and can be loaded, after so long.
    batch_bytes
        A file of this size is closed before its time.

    Notes
    -----
    A failed write changes nothing: what waits still waits, and the file ends with a whole line.
    """

    def __init__(
        self, landing: Landing, ending: str, *, flush_s: float, batch_s: float, batch_bytes: int = _BATCH_BYTES
    ) -> None:
        self._landing, self._ending = landing, ending
        self._flush_s, self._batch_s, self._batch_bytes = flush_s, batch_s, batch_bytes
        self._part: Path | None = None
        self._size_bytes = 0
        self._waiting = bytearray()
        self._flush_at_s = self._close_at_s = 0.0

    def add(self, lines: bytes) -> None:
        """Take whole lines that stay together in one file; `tick` writes them."""
        if not self._waiting:
            self._flush_at_s = monotonic() + self._flush_s
        self._waiting += lines

    def wait_s(self) -> float | None:
        """Return how long `tick` has nothing to do unless more is added; None: for ever."""
        if self._part is None and not self._waiting:
            return None
        due_s = min(self._flush_at_s, self._close_at_s) if self._waiting and self._part else self._close_at_s
        return max(0.0, due_s - monotonic())

    def tick(self) -> None:
        """Write and close what is due.

        Raises
        ------
        OSError
            The disk is full or away; call again.
        """
        if self._waiting and self._part is None:
            self._part = self._open()
        now_s = monotonic()
        if self._waiting and (now_s >= self._flush_at_s or len(self._waiting) >= _WAITING_BYTES):
            self._flush()
        if self._part and (now_s >= self._close_at_s or self._size_bytes >= self._batch_bytes):
            self.close()

    def close(self) -> None:
        """Write what waits and close the file, so that it can be loaded."""
        if self._waiting:
            self._flush()
        if self._part:
            part, self._part = self._part, None
            try:
                self._landing.finish(part)
            except OSError:
                self._part = part if part.exists() or not part.parent.is_dir() else None
                raise

    def _open(self) -> Path:
        """Begin a file as soon as a line waits: what is found there after a crash says that lines may be lost."""
        part = self._landing.fresh(now(), self._ending)
        part.touch(exist_ok=False)
        self._size_bytes, self._close_at_s = 0, monotonic() + self._batch_s
        return part

    def _flush(self) -> None:
        part = self._part or self._open()
        self._part = part if part.exists() or not part.parent.is_dir() else None  # taken away: begun anew
        with part.open("r+b", buffering=0) as file:
            try:
                file.seek(self._size_bytes)
                _write_all(file.fileno(), self._waiting)
                os.fsync(file.fileno())
            except OSError:
                file.truncate(self._size_bytes)
                raise
        self._size_bytes += len(self._waiting)
        self._waiting.clear()


def _write_all(handle: int, data: bytearray) -> None:
    view = memoryview(bytes(data))
    while view:
        view = view[os.write(handle, view) :]


def recover(landing: Landing, flush_s: float, tell: Tell) -> list[Path]:
    """Return the files made of what a crash left, and tell what is missing: the lines that were not yet on disk."""
    found = []
    for part in landing.parts():
        last_at = datetime.fromtimestamp(part.stat().st_mtime, UTC)
        size_bytes, cut_bytes = _cut_half_line(part)
        cut = f"; half a line ({cut_bytes} bytes) was cut off its end" if cut_bytes else ""
        tell(
            "lost",
            f"stopped without notice: what came after {last_at:%Y-%m-%d %H:%M:%S} UTC (last flush), at most"
            f" {flush_s:g} s, is not there{cut}",
        )
        if size_bytes:
            found.append(landing.finish(part))
        else:
            part.unlink()
    return found


def _cut_half_line(path: Path) -> tuple[int, int]:
    """Cut a file after its last newline and return how many bytes stay and how many went."""
    with path.open("r+b") as file:
        size_bytes = whole_bytes = file.seek(0, os.SEEK_END)
        while whole_bytes:
            start = max(0, whole_bytes - _TAIL_BYTES)
            file.seek(start)
            newline = file.read(whole_bytes - start).rfind(b"\n")
            if newline >= 0:
                whole_bytes = start + newline + 1
                break
            whole_bytes = start
        file.truncate(whole_bytes)
    return whole_bytes, size_bytes - whole_bytes
