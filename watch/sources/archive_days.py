"""Days of an archive over HTTP: NOAA's and the Danish. They are got in order; a day that is not there is asked again.

A day that the archive does not have, while it has a later one, is missing: it is told once, passed over, and asked
for again on later days. One after which there is nothing yet is only not published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from watch.errors import DamagedError, FetchError, HostileInputError, NotThereError
from watch.sources import Landing, Progress, Pulled
from watch.sources.http_client import PATIENCE, Patience
from watch.sources.http_file import download, is_there
from watch.wording import plural

_DAY = timedelta(days=1)
#: How long after a day its file may take to appear before that is a fault: NOAA gives out a year at a time, often in
#: the spring or summer after it; the Danish archive gives a day out within two or three days.
_USUAL_DAYS = {"noaa": 600, "dma": 7}
_DAYS_A_PULL = 7  # own: some 4 GB of Danish days; the next run goes on
_PROBED_DAYS = (1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256)  # own: an archive that went on has a day near one of them
_WALKED_DAYS = 60  # own: days looked at in one pull, got or not
_ASK_AGAIN = timedelta(hours=20)  # own: once a day, though runs never begin at the very same minute
_GIVE_UP = timedelta(days=30)  # own: days that came late came within two weeks
_MISSING_MOST = 400  # own: a year and a month
_BAD = (DamagedError, HostileInputError)


class Missing(NamedTuple):
    """A day that was not to be had.

    Attributes
    ----------
    since_at, asked_at
        When that was first seen, and when it was asked for last.
    """

    day: date
    since_at: datetime
    asked_at: datetime


@dataclass
class _Pull:
    """What a pull has come to."""

    settings: Any
    landing: Landing
    at: datetime
    progress: Progress
    patience: Patience
    next_day: date
    got_day: date | None
    missing: dict[date, Missing]
    landed: list[Path] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def pulled(self) -> Pulled:
        cursor: dict[str, Any] = {
            "next_day": self.next_day.isoformat(),
            "got_day": self.got_day and self.got_day.isoformat(),
            "missing": [[m.day.isoformat(), m.since_at.isoformat(), m.asked_at.isoformat()] for m in self._latest()],
        }
        return Pulled(cursor, self.landed, "; ".join(self.messages), "; ".join(self.faults))

    def _latest(self) -> list[Missing]:
        return sorted(self.missing.values())[-_MISSING_MOST:]

    def get(self, day: date) -> None:
        """Land the file of a day."""
        url, checksum = day_url(self.settings.url, day), self.settings.checksum
        part = self.landing.part(day_name(url, day))

        def meter(done: int, of: int | None) -> None:
            self.progress(f"fetching {day}", done / of if of else 0.0)

        check = day_url(checksum, day) if checksum else None
        download(url, part, checksum=check, patience=self.patience, meter=meter)
        self.landed.append(self.landing.finish(part))
        self.missing.pop(day, None)
        self.got_day = max(day, self.got_day or day)

    def miss(self, day: date, why: str) -> None:
        """Note a day as missing; it is told the first time."""
        before = self.missing.get(day)
        if before is None:
            self.faults.append(f"{why}; asked for again each day for {_GIVE_UP.days} days")
        self.missing[day] = Missing(day, before.since_at if before else self.at, self.at)


def pull(
    settings: Any,
    cursor: dict[str, Any],
    landing: Landing,
    at: datetime,
    progress: Progress,
    *,
    days_most: int = _DAYS_A_PULL,
    patience: Patience = PATIENCE,
) -> Pulled:
    """Return the days that were got: of the missing ones those that have come, then the next ones in order.

    Parameters
    ----------
    settings
        `ArchiveSettings`.
    cursor, landing, at, progress
        As for every source; the cursor holds `next_day`, `got_day` and `missing`.
    days_most
        So many files are fetched at most; the next call goes on.
    patience
        Limits of each.
    """
    run = _begin(settings, cursor, landing, at, progress, patience)
    try:
        _ask_missing(run, days_most)
        _go_on(run, days_most)
    except (FetchError, HostileInputError) as error:
        run.faults.append(str(error))
    return run.pulled()


def _begin(
    settings: Any, cursor: dict[str, Any], landing: Landing, at: datetime, progress: Progress, patience: Patience
) -> _Pull:
    first = settings.first_day
    next_day = max(first, date.fromisoformat(cursor.get("next_day") or first.isoformat()))
    got = date.fromisoformat(cursor["got_day"]) if cursor.get("got_day") else None
    missing = [
        Missing(date.fromisoformat(day), datetime.fromisoformat(since), datetime.fromisoformat(asked))
        for day, since, asked in cursor.get("missing", ())
    ]
    return _Pull(settings, landing, at, progress, patience, next_day, got, {m.day: m for m in missing})


def _ask_missing(run: _Pull, days_most: int) -> None:
    """Ask again for the missing days that were not asked for today."""
    due = [m for m in sorted(run.missing.values()) if run.at - m.asked_at >= _ASK_AGAIN]
    for missed in due[:days_most]:
        try:
            run.get(missed.day)
            run.messages.append(f"{missed.day} has come, {plural((run.at - missed.since_at).days, 'day')} late")
        except (NotThereError, *_BAD) as error:
            if run.at - missed.since_at > _GIVE_UP:
                del run.missing[missed.day]
                run.messages.append(f"{missed.day} is not asked for any more: {error}")
            else:
                run.miss(missed.day, str(error))


def _go_on(run: _Pull, days_most: int) -> None:
    """Get the next days, until the end of what is published."""
    for day in islice(_days(run), _WALKED_DAYS):
        if len(run.landed) >= days_most:
            return
        try:
            run.get(day)
        except _BAD as error:
            run.miss(day, str(error))
        except NotThereError as error:
            if not _has_later(run, day):
                _tell_end(run, day, str(error))
                return
            run.miss(day, f"{day} is missing while later days are there ({error})")
        run.next_day = next_file(run.settings.url, day)


def _days(run: _Pull) -> Iterator[date]:
    """Yield the days that are wanted and over, from the next one on; of several in one file the first."""
    yesterday = run.at.astimezone(UTC).date() - _DAY
    last = min(run.settings.last_day or yesterday, yesterday)
    day = run.next_day
    while day <= last:
        yield day
        day = next_file(run.settings.url, day)


def _has_later(run: _Pull, day: date) -> bool:
    """Return whether the archive has a day after this one."""
    yesterday = run.at.astimezone(UTC).date() - _DAY
    due = yesterday - timedelta(days=_USUAL_DAYS[run.settings.kind])  # the newest that should be there in any case
    probed = [next_file(run.settings.url, day + (days - 1) * _DAY) for days in _PROBED_DAYS]
    wanted = dict.fromkeys(later for later in [*probed, due] if day < later <= yesterday)
    return any(is_there(day_url(run.settings.url, later), run.patience) for later in wanted)


def _tell_end(run: _Pull, day: date, why: str) -> None:
    """Say that nothing more is published, which is a fault where it should be."""
    got = run.got_day
    if got is not None and got not in _touched(run) and not is_there(day_url(run.settings.url, got), run.patience):
        run.faults.append(f"even {got}, which was got before, is not there any more: has the archive moved? ({why})")
        return
    usual = timedelta(days=_USUAL_DAYS[run.settings.kind])
    over_at = datetime.combine(day + _DAY, datetime.min.time(), UTC)
    if run.at - over_at > usual:
        run.faults.append(f"nothing from {day} on, though a day is there within {usual.days} days as a rule ({why})")
    else:
        run.messages.append(f"{day} is not yet published ({why})")


def _touched(run: _Pull) -> set[date]:
    """Return the days that this very pull got."""
    return {date.fromisoformat(path.name[:10]) for path in run.landed}


def day_url(pattern: str, day: date) -> str:
    """Return the address of a day.

    Examples
    --------
    >>> day_url("https://example.org/%Y/AIS_%Y_%m_%d.zip", date(2020, 5, 3))
    'https://example.org/2020/AIS_2020_05_03.zip'
    """
    return day.strftime(pattern)


def next_file(pattern: str, day: date) -> date:
    """Return the first later day that stands in another file: the next, or the next month's where a file is a month.

    Examples
    --------
    >>> next_file("https://example.org/aisdk-%Y-%m.zip", date(2020, 5, 3))
    datetime.date(2020, 6, 1)
    """
    later = day + _DAY
    while day_url(pattern, later) == day_url(pattern, day) and (later - day).days < 366:
        later += _DAY
    return later


def day_name(url: str, day: date) -> str:
    """Return the name of a day's file in the inbox: the date first, so that names sort.

    Examples
    --------
    >>> day_name("https://example.org/AIS_2020_05_03.zip", date(2020, 5, 3))
    '2020-05-03_AIS_2020_05_03.zip'
    """
    name = urlsplit(url).path.rpartition("/")[2]
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return f"{day:%Y-%m-%d}_{plain}"[:120]
