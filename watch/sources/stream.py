"""What all streams share: lines are cut and wait in a bounded queue for the disk.

A thread of its own writes. Who asks for data waits when the disk is behind, so that the sender has to wait as well;
what cannot be made to wait (UDP) is dropped and counted.
"""

from __future__ import annotations

import queue
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType

from watch.errors import StoreError
from watch.source_settings import StreamSettings
from watch.sources.batches import BatchWriter, Tell, recover
from watch.sources.landing import Landing

__all__ = ["LOOK_S", "NO_AIS", "Counts", "Landed", "Lines", "Tell"]

NO_AIS = "sentences that are no AIS"  # of instruments on the same line: counted, and no loss
LOOK_S = 0.25  # own: how often a receiver that hears nothing looks whether it should stop
_QUEUE_ITEMS = 512  # own: pieces of at most 64 kB that wait for the disk
_DISK_AGAIN_S = 1.0
_LOST_AGAIN_S = 3600.0  # own: a noisy line is told once an hour, not in each of 300 batches a day
_DISK_GIVE_UP = 3  # tries at the end, before what waits is given up
_BREAK = re.compile(rb"[\r\n]+")
_TEXT = re.compile(rb"[\t\x20-\x7e]*")


class Counts:
    """What was not kept, by reason, until it is told."""

    def __init__(self) -> None:
        self._lock, self._found = Lock(), Counter[str]()

    def add(self, what: str, number: int = 1) -> None:
        """Count something that was not kept."""
        with self._lock:
            self._found[what] += number

    def take(self) -> Counter[str]:
        """Return what was counted since the last call."""
        with self._lock:
            found, self._found = self._found, Counter()
        return found


class Landed:
    """Lines on their way to the inbox; a context manager around the thread that writes them.

    Parameters
    ----------
    settings
        Of the stream.
    landing
        Its inbox; what a crash left there is recovered first.
    ending
        Of the files' names.
    stop
        Once it is set, nobody waits for the disk any more.
    tell
        Hears of faults and of what was not kept.
    """

    def __init__(
        self,
        settings: StreamSettings,
        landing: Landing,
        ending: str,
        stop: Event,
        tell: Tell,
        queue_items: int = _QUEUE_ITEMS,
    ) -> None:
        recover(landing, settings.flush_s, tell)
        self.counts, self._tell, self._stop = Counts(), tell, stop
        self._batch_s = settings.batch.total_seconds()
        self._writer = BatchWriter(landing, ending, flush_s=settings.flush_s, batch_s=self._batch_s)
        self._queue: queue.Queue[bytes] = queue.Queue(queue_items)
        self._ending = Event()
        self._thread = Thread(target=self._write, name=f"landing of {settings.name}", daemon=True)

    def __enter__(self) -> Landed:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def put(self, lines: bytes) -> None:
        """Hand on whole lines that stay together; wait while the disk is behind."""
        while lines:
            try:
                return self._queue.put(lines, timeout=LOOK_S)
            except queue.Full:
                self._check_writer()
                if self._stop.is_set():
                    return self._drop(lines)

    def offer(self, lines: bytes) -> None:
        """Hand on whole lines, or drop and count them when the disk is behind."""
        try:
            if lines:
                self._queue.put_nowait(lines)
        except queue.Full:
            self._check_writer()
            self._drop(lines)

    def _check_writer(self) -> None:
        """Raise when nobody writes any more: a listener that goes on would lose all without a word."""
        if not self._thread.is_alive():
            raise StoreError("the thread that writes the inbox has ended; start Shipwatch again, and see its log")

    def _drop(self, lines: bytes) -> None:
        self.counts.add("lines dropped, since the disk was behind", lines.count(b"\n"))

    def _write(self) -> None:
        tell_at_s = monotonic() + self._batch_s
        while not (self._ending.is_set() and self._queue.empty()):
            wait_s = self._writer.wait_s()
            with suppress(queue.Empty):
                self._writer.add(self._queue.get(timeout=LOOK_S if wait_s is None else min(LOOK_S, wait_s + 0.001)))
            if not self._persist(self._writer.tick):
                return
            if monotonic() >= tell_at_s:
                lost = self._tell_counts()
                tell_at_s = monotonic() + (max(self._batch_s, _LOST_AGAIN_S) if lost else self._batch_s)
        self._persist(self._writer.close)
        self._tell_counts()

    def _persist(self, step: Callable[[], None]) -> bool:
        """Do a step on disk until it succeeds; at the end, a few times. Return whether it did."""
        tries = 0
        while True:
            try:
                step()
                break
            except OSError as error:
                tries += 1
                if tries == 1:
                    reason = f"the inbox cannot be written ({error.strerror})"
                    self._tell("fault", f"{reason}; what comes in waits; make room on the disk or mend it")
                if self._ending.is_set() and tries >= _DISK_GIVE_UP:
                    self._tell("lost", "stopped while the inbox could not be written; what waited is not there")
                    return False
                Event().wait(_DISK_AGAIN_S)
        if tries:
            self._tell("note", "the inbox can be written again")
        return True

    def _tell_counts(self) -> bool:
        """Tell what was not kept, and return whether any of it is a loss."""
        found = self.counts.take()
        if other := found.pop(NO_AIS, 0):
            self._tell("note", f"left out: {other:,} {NO_AIS}")
        if found:
            self._tell("lost", "not kept: " + ", ".join(f"{number:,} {what}" for what, number in sorted(found.items())))
        return bool(found)


class Lines:
    """Cuts what one connection sends into lines.

    Parameters
    ----------
    counts
        Where lines that are no text, too long or without an end are counted.
    most_bytes
        A longer line is not kept.
    """

    def __init__(self, counts: Counts, most_bytes: int) -> None:
        self._counts, self._most_bytes = counts, most_bytes
        self._half, self._too_long = b"", False

    def cut(self, data: bytes) -> list[bytes]:
        """Return the lines that are whole now, without their ends."""
        *whole, self._half = _BREAK.split(self._half + data)
        if self._too_long and whole:
            whole[0], self._too_long = b"", False  # the end of a line that is counted already
        kept = [line for line in whole if line and self._fits(line)]
        if len(self._half) > self._most_bytes:
            self._too_long = self._too_long or not self._fits(self._half)
            self._half = b""
        elif self._too_long:
            self._half = b""
        return kept

    def end(self) -> None:
        """Count the line that the end of the connection cut in two."""
        if self._half:
            self._counts.add("lines cut short by the end of a connection")
        self._half, self._too_long = b"", False

    def _fits(self, line: bytes) -> bool:
        if len(line) > self._most_bytes:
            self._counts.add(f"lines longer than {self._most_bytes:,} bytes")
        elif not _TEXT.fullmatch(line):
            self._counts.add("lines that are no text")
        else:
            return True
        return False
