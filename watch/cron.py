"""Cron lines: five fields, as cron has them, and when they are due."""

from __future__ import annotations

import re

from apscheduler.triggers.cron import CronTrigger

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NUMBER = re.compile(r"(?<![/\w])[0-7]\b")


def cron_trigger(line: str, timezone: str = "UTC") -> CronTrigger:
    """Return when a cron line is due.

    Raises
    ------
    ValueError
        It cannot be understood; the message says so for people.

    Notes
    -----
    Weekdays as numbers are cron's (0 and 7 are Sunday); APScheduler would count them from Monday.
    """
    *times, days = line.split() or [""]
    named = _WEEKDAY_NUMBER.sub(lambda number: _WEEKDAYS[int(number[0])], days)
    try:
        return CronTrigger.from_crontab(" ".join([*times, named]), timezone=timezone)
    except ValueError as error:
        raise ValueError(f"{line!r} is no cron line ({error}); write as `30 6 * * mon-fri`") from error
