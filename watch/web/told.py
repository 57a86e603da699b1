"""What somebody is told after a form was sent: words of ours, chosen by the address, never text out of it."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from watch.alert_life import CLOSE_REASONS
from watch.web.numbers import whole
from watch.wording import plural

_DONE = {
    "ack": ("alert", "acknowledged"),
    "close": ("alert", "closed"),
    "reopen": ("alert", "opened again"),
    "silence": ("silence", "made"),
    "end": ("silence", "ended"),
}
_COUNT_MAX = 1_000_000  # own: beyond any list


def telling(what: str, count: int, reason: str = "") -> str:
    """Return the part of an address that makes the next page tell what was done."""
    return urlencode([("told", what), ("n", count), *([("as", reason)] if reason else [])])


def told_words(query: QueryParams) -> str:
    """Return what a page has to tell; empty when there is nothing, or nothing that we know.

    Examples
    --------
    >>> told_words(QueryParams("told=close&n=2&as=benign"))
    '2 alerts closed as benign.'
    >>> told_words(QueryParams("told=%3Cb%3E&n=2"))
    ''
    """
    what, count, reason = query.get("told", ""), whole(query.get("n", ""), _COUNT_MAX), query.get("as", "")
    if what not in _DONE or count is None or (reason and reason not in CLOSE_REASONS):
        return ""
    word, done = _DONE[what]
    return f"{plural(count, word)} {done}{' as ' + reason.replace('_', ' ') if reason else ''}."
