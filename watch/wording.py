"""How moments, places and names from outside are written for people, for mails, maps and terminals alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

TEXT_MAX = 2_000  # own: no honest field of an alert is longer

#: What each kind of event is called: what was seen, and nothing about why.
KIND_WORDS = {
    "port_visit": "Port call",
    "possible_visit": "Could have called while unheard",
    "zone_visit": "In the zone",
    "gap": "No AIS heard",
    "encounter": "Met another ship",
    "possible_encounter": "Could have met another ship unheard",
    "loitering": "Loitering",
    "spoof": "Position cannot be true",
    "interference": "Leapt together with others",
    "identity_change": "Identity changed",
    "draught_change": "Draught changed",
    "destination_change": "Destination changed",
    "detour": "Went a long way round",
}


def clean(value: object) -> str:
    r"""Return a value as one line of text without control, direction or private characters.

    Examples
    --------
    >>> clean("EVIL\r\nBcc: x\u202e")
    'EVIL Bcc: x'
    >>> clean(None)
    ''
    """
    text = "" if value is None else str(value)[: 4 * TEXT_MAX]
    if text.isprintable():  # which has none of these, and no space but the usual one
        return " ".join(text.split())[:TEXT_MAX]
    spaced = "".join(" " if c.isspace() else c for c in text)
    kept = "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))
    return " ".join(kept.split())[:TEXT_MAX]


def plural(count: int, word: str) -> str:
    """Return a count with its word.

    Examples
    --------
    >>> plural(1, "alert"), plural(1200, "alert")
    ('1 alert', '1,200 alerts')
    """
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def sentence(words: str) -> str:
    """Return words as a sentence of their own.

    Examples
    --------
    >>> sentence("others were heard"), sentence("")
    ('Others were heard.', '')
    """
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def as_utc(value: datetime | str | None) -> datetime | None:
    """Return a moment in UTC; a text is read as ISO 8601 and one without a zone as UTC.

    Examples
    --------
    >>> as_utc("2020-05-03T06:10:00+02:00")
    datetime.datetime(2020, 5, 3, 4, 10, tzinfo=datetime.timezone.utc)
    """
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if at is None:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def moment_words(value: datetime | str | None, zone: tzinfo = UTC) -> str:
    """Return a moment for people, in UTC or in a time zone, named as its distance from UTC.

    Examples
    --------
    >>> moment_words("2020-05-03T04:10:00Z"), moment_words(None)
    ('3 May 2020 04:10 UTC', 'time unknown')
    >>> from zoneinfo import ZoneInfo
    >>> moment_words("2020-05-03T04:10:00Z", ZoneInfo("Asia/Tehran"))
    '3 May 2020 08:40 UTC+4:30'
    """
    at = as_utc(value)
    if at is None:
        return "time unknown"
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y %H:%M} {offset_words(local)}"


def offset_words(at: datetime) -> str:
    """Return how far a moment's zone is from UTC.

    Examples
    --------
    >>> offset_words(datetime(2020, 5, 3, tzinfo=UTC))
    'UTC'
    """
    minutes = round((at.utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def lasting_words(hours: float) -> str:
    """Return a length of time in the unit a person would take.

    Examples
    --------
    >>> [lasting_words(h) for h in (0.5, 1.0, 71, 87.5, 1600)]
    ['30 min', '60 min', '71 h', '3.6 days', '67 days']
    """
    if hours >= 72:
        return f"{hours / 24:.{0 if hours >= 240 else 1}f} days"
    return f"{hours:.0f} h" if hours >= 2 else f"{hours * 60:.0f} min"


def age_words(hours: float) -> str:
    """Return an age in words, in years where it is more than two.

    Examples
    --------
    >>> age_words(53_700.0), age_words(100.0)
    ('6.1 years', '4.2 days')
    """
    years = hours / (24 * 365.25)
    return f"{years:.1f} years" if years > 2 else lasting_words(hours)


def span_words(
    start: datetime | str | None, end: datetime | str | None, as_of: datetime | None = None, zone: tzinfo = UTC
) -> str:
    """Return a span of time for people; one without an end is told as far as the data goes.

    Examples
    --------
    >>> span_words("2020-05-03T04:10:00Z", "2020-05-04T04:10:00Z")
    '3 May 2020 04:10 – 4 May 2020 04:10 UTC (24 h)'
    >>> span_words("2020-05-03T04:10:00Z", None)
    'since 3 May 2020 04:10 UTC'
    """
    start_at, end_at = as_utc(start), as_utc(end)
    last_at = end_at or as_utc(as_of)
    if start_at is None:
        return moment_words(None)
    hours = (last_at - start_at).total_seconds() / 3_600 if last_at else 0.0
    lasting = f" ({lasting_words(hours)}{'' if end_at else ' so far'})" if hours > 0 else ""
    if end_at is None:
        return f"since {moment_words(start_at, zone)}{lasting}"
    if end_at == start_at:
        return moment_words(start_at, zone)
    offset = f" {offset_words(end_at.astimezone(zone))}"
    return f"{moment_words(start_at, zone).removesuffix(offset)} – {moment_words(end_at, zone)}{lasting}"


def zone_words(zone: Mapping[str, Any] | None) -> str:
    """Return what a zone is called, with its country where it has one; nothing for none.

    Examples
    --------
    >>> zone_words({"name": "Fujairah", "country": "AE"}), zone_words({"name": "High sea", "country": ""})
    ('Fujairah (AE)', 'High sea')
    """
    if not zone:
        return ""
    country = clean(zone.get("country"))
    return f"{clean(zone.get('name'))} ({country})" if country else clean(zone.get("name"))


def position_words(lat: float | None, lon: float | None) -> str:
    """Return a place in degrees and minutes, as charts have it.

    Examples
    --------
    >>> position_words(-25.5, 57.108333)
    "25°30.0'S 057°06.5'E"
    >>> position_words(None, 12.0)
    ''
    """
    if lat is None or lon is None:
        return ""
    (lat_deg, lat_10th), (lon_deg, lon_10th) = (divmod(round(abs(x) * 600), 600) for x in (lat, lon))
    north, east = "NS"[lat < 0], "EW"[lon < 0]
    return f"{lat_deg:02d}°{lat_10th / 10:04.1f}'{north} {lon_deg:03d}°{lon_10th / 10:04.1f}'{east}"
