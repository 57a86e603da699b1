"""A watched folder: files that others put there are read in place, once they are settled and whenever they change."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from watch.sources import FileMark, Landing, Progress, Pulled
from watch.wording import clean, plural

#: Endings of files that somebody is still writing.
_UNFINISHED = (".part", ".tmp", ".partial", ".filepart", ".crdownload", ".swp", "~")
_FILES_A_PULL = 500  # own: the next run goes on
_ODD_SHOWN = 5  # own: of names that cannot be read; a person sees from these what is wrong


def pull(
    settings: Any,
    cursor: dict[str, Any],
    landing: Landing,
    at: datetime,
    progress: Progress,
    *,
    seen: Mapping[str, FileMark],
    files_most: int = _FILES_A_PULL,
) -> Pulled:
    """Return the files of a folder that are new or have changed, by name; they stay where they are.

    Parameters
    ----------
    settings
        `FolderSettings`.
    cursor, landing, at, progress
        As for every source; nothing is landed. The cursor keeps the files that the folder's clock puts in the future.
    seen
        Files as they were when they were read, by their path below the folder.
    files_most
        So many are given at most; the next call goes on.
    """
    if not settings.path.is_dir():
        return Pulled(cursor, [], fault=f"{settings.path}: there is no such folder; check `path`, or mount it")
    early: dict[str, Any] = {}
    marks: dict[Path, tuple[str, FileMark]] = {}
    odd: list[str] = []
    try:
        for path, name, mark, touched_at in _files(settings, odd):
            if seen.get(name) == mark:
                continue
            if not _is_settled(name, mark, touched_at, settings.settle, cursor, early, at):
                continue
            marks[path] = (name, mark)
    except (OSError, ValueError, NotImplementedError) as error:
        return Pulled(cursor, [], fault=f"{settings.path}: cannot be searched ({error}); check `path` and `pattern`")
    first = sorted(marks, key=lambda path: marks[path][0])[:files_most]
    waiting = len(marks) - len(first)
    message = f"{plural(waiting, 'more file')} wait for the next run" if waiting else ""
    more = [f"and {len(odd) - _ODD_SHOWN:,} more"] if len(odd) > _ODD_SHOWN else []
    fault = "; ".join([*sorted(odd)[:_ODD_SHOWN], *more])
    return Pulled({"early": early}, first, message, fault, {path: marks[path] for path in first})


def _files(settings: Any, odd: list[str]) -> Iterator[tuple[Path, str, FileMark, datetime]]:
    """Yield each file with its path below the folder, its mark, and when it was last touched in any way."""
    root = settings.path.resolve()
    for path in settings.path.glob(settings.pattern):
        parts = path.relative_to(settings.path).parts
        if ".." in parts or any(part.startswith(".") for part in parts) or path.name.endswith(_UNFINISHED):
            continue
        try:
            state = path.stat()
            inside = path.resolve(strict=True).is_relative_to(root)
        except (OSError, RuntimeError):  # gone meanwhile, or a link that leads nowhere
            continue
        if not inside or not stat.S_ISREG(state.st_mode):  # opening a pipe would wait for ever
            continue
        name = os.fspath(path.relative_to(settings.path))
        if not _is_text(name):
            odd.append(f"{clean(ascii(name))}: the name is no UTF-8 text; rename the file")
            continue
        touched_at = _moment(max(state.st_mtime_ns, state.st_ctime_ns))  # copying may keep an old time of change
        yield path, name, FileMark(state.st_size, _moment(state.st_mtime_ns)), touched_at


def _is_settled(
    name: str,
    mark: FileMark,
    touched_at: datetime,
    settle: timedelta,
    cursor: Mapping[str, Any],
    early: dict[str, Any],
    at: datetime,
) -> bool:
    """Return whether a file has not changed for long enough; one of the future waits since it was first seen so."""
    if touched_at <= at:
        return at - touched_at >= settle
    now = [mark.size_bytes, mark.changed_at.isoformat()]
    before = cursor.get("early", {}).get(name)
    since = before[2] if before and before[:2] == now else at.isoformat()
    early[name] = [*now, since]
    return at - datetime.fromisoformat(since) >= settle > timedelta(0)


def _moment(ns: int) -> datetime:
    """Return a file's time to the microsecond, as the database keeps it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in name
