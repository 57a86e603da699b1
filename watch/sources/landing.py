"""The inbox of a source: what comes in is written beside its place, made safe on disk, and only then given its name.

::

    <data-dir>/inbox/<source>/20261121T101500.000000Z.nmea.part   being written, or left by a crash
    <data-dir>/inbox/<source>/20261121T101000.000000Z.nmea        whole, waits to be loaded
    <data-dir>/inbox/<source>/done/…                              loaded, kept for a while
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watch.clock import now
from watch.errors import StoreError

PART = ".part"

#: A name that cannot leave the folder, hide in it or reach a terminal; it begins with a date, so that names sort.
_NAME = re.compile(r"(?a:\d{4}-?\d{2}-?\d{2}[\w.-]{0,150})")


class Landing:
    """One source's inbox.

    Parameters
    ----------
    folder
        `<data-dir>/inbox/<source>`; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._done = folder / "done"
        self._done.mkdir(parents=True, exist_ok=True)

    def part(self, name: str) -> Path:
        """Return where a file is written until it is whole.

        Raises
        ------
        StoreError
            The name does not begin with a date (2026-11-21, or 20261121T101500Z) or has other than plain characters.
        """
        if not _NAME.fullmatch(name) or name.endswith(PART):
            shown = f"{name!r:.80}"
            raise StoreError(f"{self.folder}: {shown} is no name for a file of an inbox; begin it with the UTC date")
        return self.folder / f"{name}{PART}"

    def fresh(self, at: datetime, ending: str) -> Path:
        """Return where a file begun at a moment is written, under a name that nothing of this inbox has or had."""
        while True:
            part = self.part(moment_name(at, ending))
            if not any(path.exists() for path in (part, part.with_suffix(""), self._done / part.stem)):
                return part
            at += timedelta(microseconds=1)

    def finish(self, part: Path) -> Path:
        """Return the file under its own name, safe on disk; one of the same name that still waited is replaced."""
        if part.parent != self.folder or part.suffix != PART:
            raise StoreError(f"{part}: is no unfinished file of {self.folder}")
        whole = part.with_suffix("")
        _sync(part)
        part.replace(whole)
        _sync(self.folder)
        return whole

    def ready(self) -> list[Path]:
        """Return the finished files in order of their names, which is the order of time."""
        return [path for path in self._files(self.folder) if path.suffix != PART]

    def parts(self) -> list[Path]:
        """Return the unfinished files, left by a crash or being written now, in order of their names."""
        return [path for path in self._files(self.folder) if path.suffix == PART]

    def done(self, path: Path) -> None:
        """Set a loaded file aside; one that was set aside before is left as it is."""
        if path.parent != self.folder or not _NAME.fullmatch(path.name):
            raise StoreError(f"{path}: is no file of {self.folder}")
        aside, at_s = self._done / path.name, now().timestamp()
        try:
            os.utime(path, (at_s, at_s))  # it is kept from now on, however long it waited
            path.replace(aside)
        except FileNotFoundError:
            if not aside.exists():
                raise
        _sync(self._done)
        _sync(self.folder)

    def sweep(self, before_at: datetime) -> int:
        """Remove the files set aside before a moment and return how many."""
        old = [path for path in self._files(self._done) if path.stat().st_mtime < before_at.timestamp()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.is_file(follow_symlinks=False) and _NAME.fullmatch(e.name)]
        return [folder / name for name in sorted(names)]


def moment_name(at: datetime, ending: str) -> str:
    """Return the name of a file begun at a moment, so that names sort as time does.

    Examples
    --------
    >>> moment_name(datetime(2026, 11, 21, 10, 15, tzinfo=UTC), "nmea")
    '20261121T101500.000000Z.nmea'
    """
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.{ending}"


def _sync(path: Path) -> None:
    """Have the disk keep a file or the names of a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
