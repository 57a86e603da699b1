"""Names of ships as they are compared: without what tells a kind of ship, with numbers written alike."""

from __future__ import annotations

import re
from functools import lru_cache

from watch.capitals import capitals

#: What stands before a name and is none of it.
_PREFIXES = re.compile(
    r"^(?:M\W?T|M\W?V|S\W?S|T\W?T|M\W?S|F\W?V|S\W?V|L\W?P\W?G\W?C|V\W?L\W?C\W?C|MOTOR (?:VESSEL|TANKER))\W+"
)
_WORDS = re.compile(r"[A-Z]+|\d+")
_ROMAN = re.compile(r"(?=.)X{0,3}(?:IX|IV|V?I{0,3})")
_VALUES = {"X": 10, "V": 5, "I": 1}
_CACHED = 100_000


@lru_cache(maxsize=_CACHED)
def plain_name(name: str) -> str:
    """Return a name as it is compared, its words with a blank between.

    Notes
    -----
    A Roman number counts as one only after another word: X alone is a name.

    Examples
    --------
    >>> plain_name("M/T Synth-Star II"), plain_name("SYNTHSTAR No. 02"), plain_name("MV")
    ('SYNTH STAR 2', 'SYNTHSTAR 2', 'MV')
    """
    text = capitals(name).replace("'", "").replace("’", "").replace("`", "").strip()
    words = _WORDS.findall(_PREFIXES.sub("", text, count=1))
    out: list[str] = []
    for i, word in enumerate(words):
        if word == "NO" and i + 1 < len(words) and words[i + 1].isdigit():
            continue
        out.append(str(_roman(word)) if out and _ROMAN.fullmatch(word) else word.lstrip("0") or word)
    return " ".join(out)


def numbers_in(plain: str) -> tuple[str, ...]:
    """Return the numbers in a plain name: sister ships differ by them alone.

    Examples
    --------
    >>> numbers_in("SYNTH STAR 2"), numbers_in("")
    (('2',), ())
    """
    return tuple(word for word in plain.split() if word.isdigit())


def joined(plain: str) -> str:
    """Return a plain name without blanks, which crews put in and leave out.

    Examples
    --------
    >>> joined("SYNTH STAR 2")
    'SYNTHSTAR2'
    """
    return plain.replace(" ", "")


def _roman(word: str) -> int:
    values = [_VALUES[letter] for letter in word]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
