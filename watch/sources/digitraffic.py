"""Digitraffic's REST answers: the last position and identity of each ship in Finnish waters, and what is new since.

References
----------
meri.digitraffic.fi/swagger: `/api/ais/v1/locations` and `/api/ais/v1/vessels`
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from watch import __version__
from watch.errors import FetchError, HostileInputError
from watch.source_settings import DigitrafficSettings
from watch.sources import Progress, Pulled
from watch.sources.http_client import (
    PATIENCE,
    PassingError,
    Patience,
    check_passing,
    check_way,
    client,
    explained,
    said,
    shown,
)
from watch.sources.json_lines import json_line
from watch.sources.landing import Landing

#: Both answers, and where their rows stand.
_ROWS: dict[str, Callable[[Any], list[Any]]] = {
    "locations": lambda answer: list(answer["features"]),
    "vessels": list,
}
_ANSWER_BYTES = 64 << 20  # own: twenty thousand ships make 6 MB
_OVERLAP = timedelta(minutes=2)  # own: what reaches them late is asked for twice; loading drops what it knows
_TRIES = 3


def pull(
    settings: DigitrafficSettings,
    cursor: dict[str, Any],
    landing: Landing,
    at: datetime,
    progress: Progress,
    patience: Patience = PATIENCE,
) -> Pulled:
    """Return what is new since the last pull, in one file; identities wait for the next positions."""
    for part in landing.parts():  # what an earlier pull left half written is asked for again
        part.unlink(missing_ok=True)
    moved, found, faults = dict(cursor), {}, []
    for number, what in enumerate(_ROWS):
        progress(f"asking {settings.name} for {what}", number / len(_ROWS))
        try:
            found[what], moved[what] = _news(settings.url, what, cursor.get(what), at, patience)
        except (FetchError, HostileInputError) as error:
            faults.append(str(error))
    fault = "; ".join(faults)
    if not found.get("locations"):
        return Pulled(cursor, [], "" if fault else "nothing new", fault)
    return Pulled(moved, [_land(landing, found, at)], fault=fault)


def _news(url: str, what: str, last_ms: Any, at: datetime, patience: Patience) -> tuple[list[Any], Any]:
    """Return the new rows of an answer, and the moment of the newest (milliseconds) from which to ask the next time.

    Raises
    ------
    FetchError, HostileInputError
        There is none, it is too large, or has another form.
    """
    try:
        rows = _ask(url, what, _since_ms(last_ms), patience)
    except (LookupError, TypeError, ValueError, RecursionError):
        rows = [None]
    moments = [ms for ms in map(partial(_moment_ms, what), rows) if ms is not None]
    if rows and not moments:
        raise FetchError(f"{shown(url)}/{what}: the answer has a form that is not known; check the address")
    newest_ms = min(max(moments), int(at.timestamp() * 1000)) if moments else last_ms
    return rows, newest_ms  # never later than now: a clock ahead must not hide what comes


def _moment_ms(what: str, row: Any) -> int | None:
    """Return when a row was said, in milliseconds; None when it does not tell."""
    try:
        return int(row["properties"]["timestampExternal"] if what == "locations" else row["timestamp"])
    except (LookupError, TypeError, ValueError, OverflowError):
        return None


def _since_ms(last_ms: Any) -> int | None:
    return None if last_ms is None else max(0, int(last_ms) - int(_OVERLAP.total_seconds() * 1000))


def _ask(url: str, what: str, since_ms: int | None, patience: Patience) -> list[Any]:
    """Return the rows of an answer.

    Raises
    ------
    FetchError, HostileInputError
        There is none, or it is too large.
    LookupError, TypeError, ValueError
        It has another form.
    """
    address = f"{url.rstrip('/')}/{what}"
    retrying = Retrying(
        retry=retry_if_exception_type(PassingError),
        stop=stop_after_attempt(_TRIES),
        wait=wait_random_exponential(patience.wait_s, patience.longest_wait_s / 4),
        sleep=patience.sleep,
        reraise=True,
    )
    try:
        data = retrying(partial(_get, address, since_ms, patience))
    except PassingError as error:
        raise FetchError(f"{shown(address)}: {error}; asked again the next time") from error
    return _ROWS[what](json.loads(data, parse_constant=_refuse))


def _get(address: str, since_ms: int | None, patience: Patience) -> bytes:
    who = {"Digitraffic-User": f"Shipwatch/{__version__}", "Accept-Encoding": "gzip"}
    asked = {} if since_ms is None else {"from": since_ms}
    data = bytearray()
    with (
        client(patience, headers=who) as http,
        explained(address, passing=True),
        http.stream("GET", address, params=asked) as answer,
    ):
        check_way(answer)
        check_passing(answer)
        if answer.status_code != 200:
            raise FetchError(f"{shown(address)}: {said(answer)}")
        for chunk in answer.iter_bytes(1 << 16):
            data += chunk
            if len(data) > _ANSWER_BYTES:
                raise HostileInputError(f"{shown(address)}: answers more than {_ANSWER_BYTES:,} bytes; not read")
    return bytes(data)


def _land(landing: Landing, found: dict[str, list[Any]], at: datetime) -> Path:
    part = landing.fresh(at, "jsonl")
    with part.open("wb") as file:
        for what, rows in found.items():
            for row in rows:
                file.write(json_line("digitraffic", json.dumps(row, separators=(",", ":")), at, what))
    return landing.finish(part)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
