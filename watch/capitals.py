"""Capital letters, as texts are compared that crews and lists write in their own ways."""

from __future__ import annotations

import unicodedata


def capitals(text: str) -> str:
    """Return a text in capital letters without accents.

    Examples
    --------
    >>> capitals("Curaçao"), capitals("")
    ('CURACAO', '')
    """
    upper = text.upper()
    if upper.isascii():
        return upper
    return "".join(c for c in unicodedata.normalize("NFKD", upper) if not unicodedata.combining(c))
