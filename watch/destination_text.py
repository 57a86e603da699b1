"""Reads what crews type as their destination: the end of a route, and whether they say that they do not tell it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache

from watch.capitals import capitals
from watch.paths import bundled

#: IMO asks for `from>to` (SN.1/Circ.244); other arrows are in use. With a `<` it goes to and fro.
_ARROW = re.compile(r"\s*[=\-]*<?[=\-]*>+[=\-]*\s*|\s=+\s")
_TO_AND_FRO = re.compile(r"<[=\-]*>")
_VIA = re.compile(r"\bVIA\b|\bV/")
_ETA = re.compile(r"\bE\.?T\.?[AD]\b.*$")
_AND = re.compile(r"[/&+]")
_OTHER = re.compile(r"[\W_]+")
_ORDERS = re.compile(r"\b(?:(?:F|FOR|TO|AWAIT\w*|AWTG?|WAIT\w*|PENDING) )?(?:ORDERS?|ORDRES|INSTRUCTIONS?)\b")
#: Told to keep pirates away; it stands in the place of a destination or beside it.
_GUARDS = re.compile(
    r"\b(?:ARMED|SECURITY) (?:GUARDS?|CREW|TEAM|PERSONNEL)(?: (?:ON ?BOARD|OB))?\b|\bARMED ON ?BOARD\b"
)
_SHORT = {"F/O": "FOR ORDERS", "O/B": "ON BOARD", "N/A": "NA"}
_MOST_WORDS = 12  # an AIS text has 20 characters


@dataclass(frozen=True)
class Said:
    """What a crew typed.

    Attributes
    ----------
    parts
        The words of each place at the end of the route; several where the text joins them.
    unknown
        Whether the text says that there is no destination yet, or none to tell.
    to_and_fro
        Whether it names both ends of a line.
    route
        Whether it has the form of a route, in which codes of ports are asked for.
    """

    parts: tuple[tuple[str, ...], ...]
    unknown: bool
    to_and_fro: bool
    route: bool


def read_text(text: str) -> Said:
    """Return what a typed destination says.

    Examples
    --------
    >>> read_text("nl rtm>ve elp").parts, read_text("FUJAIRAH F/O").unknown, read_text("A<>B").to_and_fro
    ((('VE', 'ELP'),), True, True)
    >>> read_text("---")
    Said(parts=(), unknown=True, to_and_fro=False, route=False)
    """
    upper = text.upper()
    for short, whole in _SHORT.items():
        upper = upper.replace(short, whole)
    legs = [leg for leg in _ARROW.split(upper) if plain(leg)]
    said = [_GUARDS.sub(" ", plain(part)).strip() for part in _AND.split(_end(legs[-1]))] if legs else []
    orders = any(_ORDERS.search(part) for part in said)
    named = [_ORDERS.sub(" ", part).split()[:_MOST_WORDS] for part in said]
    places = tuple(tuple(words) for words in named if not _tells_nothing(words))
    route = len(legs) > 1
    return Said(places, orders or not places, route and bool(_TO_AND_FRO.search(upper)), route)


def _end(leg: str) -> str:
    """Return the end of a leg: what stands behind `to`, before `via` and without a time of arrival."""
    end = _VIA.split(_ETA.sub("", leg))[0]
    head, _, tail = end.rpartition(" TO ")
    return tail if plain(head) and plain(tail) and not _ORDERS.search(plain(end)) else end


def _tells_nothing(words: list[str]) -> bool:
    return " ".join(words) in words_that("not_told") or not place_words(tuple(words))


def place_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words without those that name no place, and without numbers."""
    aside = words_that("no_place")
    return tuple(w for w in words if w not in aside and not w.isdigit())


@cache
def words_that(meaning: str) -> frozenset[str]:
    """Return the words of one meaning: not_told, no_place, us_state or english (state codes that are words too)."""
    with (bundled("rules") / "destination_words.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["words"] for row in csv.DictReader(file) if row["meaning"] == meaning)


def plain(text: str) -> str:
    """Return a text in capital letters and digits, single blanks between its words.

    Examples
    --------
    >>> plain(" Curaçao,  n.a. ")
    'CURACAO N A'
    """
    return _OTHER.sub(" ", capitals(text).replace("'", "")).strip()
