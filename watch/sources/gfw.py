"""Events of Global Fishing Watch: asked over their public API (v3), dataset by dataset and stretch by stretch of days.

Their events are corrected and ended days after they began, so the last stretch is asked for again each time.

References
----------
https://globalfishingwatch.org/our-apis/documentation#events-api
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type

from watch.errors import ConfigError, FetchError, HostileInputError
from watch.secret import read_secret
from watch.sources import Landing, Progress, Pulled
from watch.sources.http_client import (
    PATIENCE,
    PassingError,
    Patience,
    Trying,
    check_passing,
    client,
    explained,
    said,
    shown,
)

_PAGE = 1000  # own: a page of a thousand events is some 2 MB
_PAGE_BYTES = 64 << 20  # own: thirty times that
_PAGES_MOST = 500  # own: half a million events in a stretch; the whole world has fewer gaps in a month
_STRETCH = timedelta(days=10)
_STRETCHES_A_PULL = 6  # own: two months a run of what lies behind
_LOOK_BACK = timedelta(days=15)  # own: theirs come 3 to 5 days late, and most end within ten days
_DAY = timedelta(days=1)


def pull(
    settings: Any,
    cursor: dict[str, Any],
    landing: Landing,
    at: datetime,
    progress: Progress,
    *,
    page: int = _PAGE,
    patience: Patience = PATIENCE,
) -> Pulled:
    """Return the files of events that were got: for each stretch of days and each dataset one, a JSON object a line.

    Parameters
    ----------
    settings
        `GfwSettings`.
    cursor, landing, at, progress
        As for every source; the cursor holds `next_day`.
    page
        How many events are asked for at once.
    patience
        Limits of each request.
    """
    for left in landing.parts():  # by a run that was cut off; its events are asked for again
        left.unlink()
    landed: list[Path] = []
    first = date.fromisoformat(cursor.get("next_day") or settings.first_day.isoformat())
    tomorrow = at.astimezone(UTC).date() + _DAY
    begin = max(settings.first_day, min(first, tomorrow) - _LOOK_BACK) if cursor else settings.first_day
    next_day = first
    try:
        token = read_secret(settings.token, f"source {settings.name}: token")
        for start, end in _stretches(begin, tomorrow):
            progress(f"asking for {start} to {end}", 0.0)
            for dataset in settings.datasets:
                landed += _land(settings, token, dataset, (start, end), landing, at, page, patience)
            next_day = max(next_day, end)
    except (FetchError, HostileInputError, ConfigError) as error:
        return Pulled({"next_day": next_day.isoformat()}, landed, fault=str(error))
    return Pulled({"next_day": next_day.isoformat()}, landed)


def _stretches(begin: date, until: date) -> Iterator[tuple[date, date]]:
    """Yield stretches of days, each with the first day after it."""
    for _ in range(_STRETCHES_A_PULL):
        if begin >= until:
            return
        end = min(begin + _STRETCH, until)
        yield begin, end
        begin = end


def _land(
    settings: Any,
    token: str,
    dataset: str,
    days: tuple[date, date],
    landing: Landing,
    at: datetime,
    page: int,
    patience: Patience,
) -> list[Path]:
    """Land the events of a dataset in some days; none, no file."""
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{days[0]:%Y%m%d}_{_plain(dataset)}.jsonl"
    part = landing.part(name)
    count = 0
    try:
        with client(patience, follow=False) as http, part.open("w", encoding="utf-8") as out:
            for entries in _pages(http, settings, token, dataset, days, page, patience):
                for entry in entries:
                    out.write(json.dumps(entry, ensure_ascii=True, separators=(",", ":")) + "\n")
                count += len(entries)
        return [landing.finish(part)] if count else []
    finally:
        part.unlink(missing_ok=True)


def _pages(
    http: httpx.Client,
    settings: Any,
    token: str,
    dataset: str,
    days: tuple[date, date],
    page: int,
    patience: Patience,
) -> Iterator[list[Any]]:
    """Yield the events page by page, to the last one that there is."""
    offset = 0
    for _ in range(_PAGES_MOST):
        answer = _ask(http, _request(http, settings, token, dataset, days, page, offset), patience)
        entries = answer.get("entries")
        if not isinstance(entries, list):
            raise FetchError(f"{shown(settings.url)}: {dataset}: the answer holds no 'entries'; has the API changed?")
        yield entries
        following = answer.get("nextOffset")
        if not entries or not isinstance(following, int) or isinstance(following, bool) or following <= offset:
            return
        offset = following
    many = f"more than {_PAGES_MOST * page:,} events from {days[0]} to {days[1]}"
    raise FetchError(f"{shown(settings.url)}: {dataset}: {many}; set `box`")


def _request(
    http: httpx.Client, settings: Any, token: str, dataset: str, days: tuple[date, date], page: int, offset: int
) -> httpx.Request:
    """Return what asks for a page: the whole world by GET; a box only by POST, as their API has it."""
    url, headers = f"{settings.url.rstrip('/')}/events", {"Authorization": f"Bearer {token}"}
    place = {"limit": str(page), "offset": str(offset), "sort": "+start"}
    if settings.box is None:
        span = {"datasets[0]": dataset, "start-date": days[0].isoformat(), "end-date": days[1].isoformat()}
        return http.build_request("GET", url, params={**span, **place}, headers=headers)
    asked = {"datasets": [dataset], "startDate": days[0].isoformat(), "endDate": days[1].isoformat()}
    return http.build_request(
        "POST", url, params=place, headers=headers, json={**asked, "geometry": box_shape(settings.box)}
    )


def _ask(http: httpx.Client, request: httpx.Request, patience: Patience) -> dict[str, Any]:
    trying, where = Trying(patience), shown(str(request.url))

    def once() -> dict[str, Any]:
        trying.fruitless += 1
        with explained(where, passing=True):
            return _answered(http, request, where)

    retrying = Retrying(
        retry=retry_if_exception_type(PassingError),
        stop=trying.is_enough,
        wait=trying.wait_s,
        sleep=patience.sleep,
        reraise=True,
    )
    try:
        return retrying(once)
    except PassingError as error:
        raise FetchError(f"{where}: {error}; asked again in the next run") from error


def _answered(http: httpx.Client, request: httpx.Request, where: str) -> dict[str, Any]:
    answer = http.send(request, stream=True)
    try:
        check_passing(answer)
        if answer.status_code in (401, 403):
            raise FetchError(f"{where}: {said(answer)}: the token is not accepted; get one from Global Fishing Watch")
        if answer.status_code != 200:
            raise FetchError(f"{where}: {said(answer)}")
        body = b""
        for data in answer.iter_bytes():
            body += data
            if len(body) > _PAGE_BYTES:
                raise HostileInputError(f"{where}: a page is larger than {_PAGE_BYTES:,} bytes; nothing of it was kept")
    finally:
        answer.close()
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise FetchError(f"{where}: the answer is no JSON; check `url`") from None
    return found if isinstance(found, dict) else {}


def box_shape(box: tuple[float, float, float, float]) -> dict[str, Any]:
    """Return a box (south, west, north, east) as GeoJSON, in two parts where it crosses 180°.

    Examples
    --------
    >>> box_shape((10.0, 170.0, 20.0, -170.0))["type"]
    'MultiPolygon'
    """
    south, west, north, east = box
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    rings = [[[[w, south], [e, south], [e, north], [w, north], [w, south]]] for w, e in parts]
    return (
        {"type": "Polygon", "coordinates": rings[0]}
        if len(rings) == 1
        else {
            "type": "MultiPolygon",
            "coordinates": rings,
        }
    )


def _plain(dataset: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c == "-") else "_" for c in dataset)[:80]
