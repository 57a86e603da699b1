"""Sources: where data comes from by itself. Each kind is one file, named here and imported when it is needed.

A polled source is asked from time to time (`PULLS`). It never raises for what the other side did: it says so in its
answer and goes on there the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

from watch.sources.landing import Landing

Progress = Callable[[str, float], None]

#: The function of each kind of polled source, as `module:function`.
PULLS: dict[str, str] = {
    "noaa": "watch.sources.archive_days:pull",
    "dma": "watch.sources.archive_days:pull",
    "folder": "watch.sources.folder:pull",
    "digitraffic": "watch.sources.digitraffic:pull",
    "gfw": "watch.sources.gfw:pull",
}

#: The function of each kind of source that sends by itself, as `module:function`.
LISTENS: dict[str, str] = {
    "nmea-tcp": "watch.sources.nmea_stream:listen_tcp",
    "nmea-udp": "watch.sources.nmea_stream:listen_udp",
    "aisstream": "watch.sources.aisstream:listen",
    "digitraffic-mqtt": "watch.sources.digitraffic_mqtt:listen",
}


@dataclass(frozen=True)
class FileMark:
    """What tells whether a file is another than it was.

    Attributes
    ----------
    size_bytes, changed_at
        Its size, and when it was written last.
    """

    size_bytes: int
    changed_at: datetime


@dataclass(frozen=True)
class Pulled:
    """What came of asking a source.

    Attributes
    ----------
    cursor
        What it needs to know to go on; plain JSON. To be kept once `landed` is on disk, which it is.
    landed
        The files to be loaded, in order.
    message
        What is worth saying and is no fault, as that a day is not yet published.
    fault
        What went wrong on the other side.
    marks
        Of files read in place: what to keep of each (`store.sources.save_seen`) once it is loaded, by path; the
        words are the path below the watched folder.
    """

    cursor: dict[str, Any]
    landed: list[Path]
    message: str = ""
    fault: str = ""
    marks: dict[Path, tuple[str, FileMark]] = field(default_factory=dict)


def pull_source(
    settings: Any,
    cursor: dict[str, Any],
    landing: Landing,
    at: datetime,
    progress: Progress,
    seen: Mapping[str, FileMark] | None = None,
) -> Pulled:
    """Return what a polled source has that is new.

    Parameters
    ----------
    settings
        Of the source; its `kind` names the function.
    cursor
        As the last pull left it; empty at first.
    landing
        Its inbox.
    at
        The time of this run.
    progress
        Told how far it is; what it raises stops the pull, and what has landed stays.
    seen
        Files of a watched folder as they were when they were read (`store.sources.read_seen`); no other kind asks.
    """
    pull = _named(PULLS[settings.kind])
    more = {"seen": seen or {}} if settings.kind == "folder" else {}
    found: Pulled = pull(settings, cursor, landing, at, progress, **more)
    return found


def listen_to(settings: Any, landing: Landing, stop: Event, tell: Callable[[str, str], None]) -> None:
    """Take in what a source sends until stopped.

    Parameters
    ----------
    settings
        Of the source; its `kind` names the function.
    landing
        Its inbox.
    stop
        Set to end it.
    tell
        Hears of connections, faults and losses: kind and message.
    """
    _named(LISTENS[settings.kind])(settings, landing, stop, tell)


def _named(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


__all__ = ["LISTENS", "PULLS", "FileMark", "Landing", "Progress", "Pulled", "listen_to", "pull_source"]
