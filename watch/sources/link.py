"""A connection that is held for ever: its going and coming back are told once each, and it is made anew."""

from __future__ import annotations

import random
from threading import Event
from time import monotonic
from typing import Protocol

from watch.sources.batches import Tell
from watch.wording import clean

_STEADY_S = 30.0  # own: a connection that holds for less does not shorten the next wait
_FIRST_WAIT_S, _MOST_WAIT_S = 1.0, 60.0  # own: a receiver that starts again is back within a minute
_REFUSED_WAIT_S, _REFUSED_MOST_S = 60.0, 900.0  # own: who refuses us is not asked often


class RefusedError(ConnectionError):
    """The other side does not want us: a wrong key, or too many connections."""


class Link:
    """How a connection is: told once when it goes and once when it is back, with how long it was silent."""

    def __init__(self, what: str, silent_after_s: float, stop: Event, tell: Tell) -> None:
        self.stop = stop
        self._what, self._silent_after_s, self._tell = what, silent_after_s, tell
        self._heard_s = self._since_s = monotonic()
        self._up = False
        self._told: set[str] = set()  # what was said of this being down
        self._tries = 0

    def heard(self) -> None:
        """Note a message."""
        now_s = monotonic()
        if self._told:
            self._tell("up", f"{self._what} is back after {_span(now_s - self._heard_s)}")
        elif not self._up:
            self._tell("up", f"{self._what}: connected")
        if now_s - self._since_s >= _STEADY_S:
            self._tries = 0
        self._up, self._heard_s = True, now_s
        self._told.clear()

    def begin(self) -> None:
        """Note that a connection is being made, which may be silent for a while."""
        self._since_s = monotonic()

    @property
    def silent(self) -> bool:
        """Whether this connection has been without a message for too long."""
        return monotonic() - max(self._heard_s, self._since_s) > self._silent_after_s

    def check(self) -> None:
        """Raise TimeoutError when this connection has been silent for too long."""
        if self.silent:
            raise TimeoutError(f"no message for {_span(self._silent_after_s)}")

    def down(self, error: OSError) -> None:
        """Note that the connection is gone; told once, and once more when it is that we are refused."""
        kind = "fault" if isinstance(error, RefusedError) else "down"
        if kind not in self._told and "fault" not in self._told:
            reason = clean(error.strerror or str(error) or type(error).__name__)
            self._tell(kind, f"{self._what}: {reason}; tried again until it is back")
            self._told.add(kind)

    def wait(self, error: OSError) -> None:
        """Wait before the next try: longer each time, by a share of chance so that many do not come at once."""
        refused = isinstance(error, RefusedError)
        first_s, most_s = (_REFUSED_WAIT_S, _REFUSED_MOST_S) if refused else (_FIRST_WAIT_S, _MOST_WAIT_S)
        wait_s = min(most_s, first_s * 2 ** min(self._tries, 10))
        self._tries += 1
        self.stop.wait(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


class Session(Protocol):
    """One connection, from its making to its end."""

    def __call__(self) -> None:
        """Receive until `stop` is set; raise an OSError when the connection ends."""


def keep_connected(link: Link, session: Session) -> None:
    """Hold a connection until `stop` is set, making it anew for ever."""
    while not link.stop.is_set():
        link.begin()
        try:
            session()
        except OSError as error:
            link.down(error)
            link.wait(error)


def _span(seconds: float) -> str:
    """Return a length of time in words.

    Examples
    --------
    >>> _span(12.3), _span(600), _span(7200)
    ('12 s', '10 min', '2.0 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
