"""Turns at what takes seconds: a few at a time work, some wait, and the rest are told to come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from watch.errors import BusyError


class Turns:
    """Lets so many work at once, and keeps others from taking all threads while they wait.

    Parameters
    ----------
    what
        What is waited for, as somebody who has to come back is told.
    at_once
        How many work at the same time.
    waiting_max
        How many may wait for a turn.
    """

    def __init__(self, what: str, *, at_once: int, waiting_max: int) -> None:
        self._what, self._most = what, at_once + waiting_max
        self._free, self._lock = threading.BoundedSemaphore(at_once), threading.Lock()
        self._here = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn, and have it until the end of the block.

        Raises
        ------
        BusyError
            Too many wait already.
        """
        self._come()
        try:
            with self._free:
                yield
        finally:
            with self._lock:
                self._here -= 1

    def _come(self) -> None:
        with self._lock:
            if self._here >= self._most:
                raise BusyError(f"{self._what}: {self._here} others are at it or wait; try again in a minute")
            self._here += 1
