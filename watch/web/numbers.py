"""Whole numbers that addresses and forms name, read with care."""

from __future__ import annotations

VERSION_MAX = 10**9  # own: beyond the life of any alert


def whole(text: str, most: int) -> int | None:
    """Return a whole number from 0 to `most` that is written in plain digits; None when it is none.

    Examples
    --------
    >>> whole("50", 200), whole("-1", 200), whole("٣", 200), whole("9" * 5000, 200)
    (50, None, None, None)
    """
    plain = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return int(text) if plain and int(text) <= most else None
