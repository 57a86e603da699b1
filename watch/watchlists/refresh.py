"""Refreshing the watchlists of the settings: fetched or read, brought in, and told as a fault when they grow old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from watch.errors import ConfigError, InputError
from watch.matching import Progress
from watch.settings import WatchlistSettings
from watch.sources.http_client import PATIENCE, Patience
from watch.sources.http_file import download
from watch.store.watchlists import GOOD, REFUSED, read_versions
from watch.watchlists.files import MAX_BYTES
from watch.watchlists.importing import Wanted, import_list, not_updated, note_fault
from watch.watchlists.overview import good_until
from watch.workspace import Workspace

FOLDER = "watchlists"
_SUFFIXES = (".csv", ".xml", ".json", ".jsonl", ".zip", ".txt")


def refresh_watchlists(
    ws: Workspace,
    settings: Iterable[WatchlistSettings],
    at: datetime,
    progress: Progress,
    patience: Patience = PATIENCE,
) -> list[str]:
    """Fetch or read each list, bring it in, and return what went wrong, as sentences; each is noted as health too.

    Parameters
    ----------
    ws
        The workspace.
    settings
        The lists.
    at
        The time of this run.
    progress
        Told how far it is.
    patience
        How long to try.
    """
    wanted = list(settings)
    faults: list[str] = []
    for k, one in enumerate(wanted):
        progress(f"watchlist {one.name}", k / len(wanted))
        faults += _refresh(ws, one, at, patience)
    return faults


def _refresh(ws: Workspace, one: WatchlistSettings, at: datetime, patience: Patience) -> list[str]:
    faults = []
    try:
        path = one.file if one.file is not None else _fetch(ws, one, patience)
        ask = Wanted(one.name, one.format, one.risks, shrink_most=one.shrink_most, fetched=one.url is not None)
        done = import_list(ws, path, ask, at)
        faults += [not_updated(one.name, done.reason)] if done.status == REFUSED else []
    except (InputError, ConfigError) as error:
        faults.append(not_updated(one.name, str(error)))
    old = old_list(ws, one.name, at, one.stale_after)
    faults += [old] if old else []
    with ws.engine.begin() as conn:
        for fault in faults:
            note_fault(conn, fault, at)
    return faults


def old_list(ws: Workspace, name: str, at: datetime, stale_after: timedelta) -> str:
    """Return that a list was last got too long ago, as a sentence; "" when it is fresh, or was never got."""
    with ws.engine.connect() as conn:
        good = [v for v in read_versions(conn, name) if v["status"] == GOOD]
    last_at = max((good_until(version) for version in good), default=at)
    if at - last_at <= stale_after:
        return ""
    return f"the watchlist {name} is old: its last good version came on {last_at:%Y-%m-%d}; look at its address"


def _fetch(ws: Workspace, one: WatchlistSettings, patience: Patience) -> Path:
    """Return the file of a list, fetched anew; it stays until the next time, to be looked at."""
    folder = ws.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    suffix = Path(urlsplit(str(one.url)).path).suffix.lower()
    file = folder / f"{one.name}{suffix if suffix in _SUFFIXES else '.csv'}"
    part = folder / f"{file.name}.part"
    download(str(one.url), part, patience=replace(patience, size_bytes=MAX_BYTES))
    part.replace(file)
    return file
