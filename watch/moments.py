"""Moments as people write them, read with care: on the command line and in addresses of the web page."""

from __future__ import annotations

from datetime import UTC, datetime

from watch.errors import ConfigError


def moment(text: str | None, option: str) -> datetime | None:
    """Return the moment that a text names; without a zone it is UTC.

    Examples
    --------
    >>> moment("2020-05-24", "--from")
    datetime.datetime(2020, 5, 24, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"{option} {text!r} is no moment; write it like 2020-05-24 or 2020-05-24T05:00Z") from error
