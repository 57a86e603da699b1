"""The view of the alerts that an address names: what is wanted, in which order, and which page of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from watch.alert_filter import SORTS, Wanted
from watch.alert_life import STATUSES
from watch.digest_view import LEVELS
from watch.errors import ConfigError
from watch.moments import moment
from watch.web.numbers import whole
from watch.wording import clean

SIZES = (25, 50, 100, 200)  # own: from a small screen to a long morning
SIZE = 50
_SILENCED = {"no": False, "yes": True, "any": None}
_ONE = {"rule": "rule_id", "family": "family", "flag": "flag", "type": "vessel_type", "area": "area", "text": "text"}
_NUMBERS = ("imo", "mmsi")
_TIMES = {"from": "since_at", "before": "until_at"}
_MANY: dict[str, tuple[str, Sequence[str]]] = {"status": ("statuses", STATUSES), "level": ("levels", LEVELS)}
#: Filter → field of `Wanted`.
COLUMNS = {**{name: column for name, (column, _) in _MANY.items()}, **_ONE, **_TIMES}
COLUMNS |= {name: name for name in (*_NUMBERS, "silenced")}
_FILTERS = (*_MANY, *_ONE, *_NUMBERS, *_TIMES, "silenced")
_TEXT_MAX = 200  # own: longer than any name
_PAGE_MAX = 1_000_000  # own: beyond any list

#: What somebody sees who asks for nothing: what is to be looked at.
TO_DO = (("status", "open"), ("status", "acknowledged"), ("silenced", "no"))


@dataclass(frozen=True)
class Asked:
    """A view.

    Attributes
    ----------
    wanted
        Which alerts.
    words
        The same as the address has it: name and value, in the order of the filters, none empty.
    sort, backwards
        One of `SORTS`, and whether it is turned round.
    page, size
        Which page, from 1, and how many alerts are on one.
    """

    wanted: Wanted
    words: tuple[tuple[str, str], ...]
    sort: str = "gravity"
    backwards: bool = False
    page: int = 1
    size: int = SIZE

    def given(self, name: str) -> str:
        """Return what the address has for a filter; empty when it has nothing."""
        return dict(self.words).get(name, "")

    def query(self, *, page: int = 1, **changes: Any) -> str:
        """Return the address's query for this view, with another order, size or page when they are given."""
        sort = changes.get("sort", ("-" if self.backwards else "") + self.sort)
        size = changes.get("size", self.size)
        rest = [("sort", sort, "gravity"), ("size", size, SIZE), ("page", page, 1)]
        return urlencode([*self.words, *((name, str(value)) for name, value, usual in rest if value != usual)])

    def without(self, name: str) -> str:
        """Return the query for this view with one filter less."""
        rest = [word for word in self.words if word[0] != name]
        return urlencode(rest if name != "silenced" and rest else [*rest, ("silenced", "any")])

    @property
    def here(self) -> str:
        """The query for this very page."""
        return self.query(page=self.page)

    @property
    def changed(self) -> list[str]:
        """Names of the filters that ask for something else than the list shows unasked."""
        usual, now = ({name: [v for n, v in words if n == name] for name in _FILTERS} for words in (TO_DO, self.words))
        return [name for name in _FILTERS if usual[name] != now[name]]

    @property
    def narrowed(self) -> list[str]:
        """Names of the filters that ask for something."""
        return list(dict.fromkeys(name for name, value in self.words if (name, value) != ("silenced", "any")))


def read_asked(query: QueryParams) -> Asked:
    """Return the view that an address names; one that names no filter gets what is to be done.

    Raises
    ------
    ConfigError
        A value is none of those there are; all such faults are told at once. What is well formed and fits nothing,
        as a rule of another year, is none.
    """
    given = {name: [v.strip() for v in query.getlist(name) if v.strip()] for name in _FILTERS}
    if not any(name in query for name in _FILTERS):
        given = {name: [v for n, v in TO_DO if n == name] for name in _FILTERS}
    faults: list[str] = []
    fields = {**_many(given, faults), **_one(given, faults), **_numbers(given, faults), **_times(given, faults)}
    silenced = (given["silenced"] or ["any"])[0]
    if silenced not in _SILENCED:
        faults.append(_no("silenced", silenced, tuple(_SILENCED)))
    sort, page, size = _order(query, faults)
    if faults:
        raise ConfigError("\n".join(faults))
    many = [(name, value) for name in _MANY for value in dict.fromkeys(given[name])]
    single = [(name, given[name][0]) for name in (*_ONE, *_NUMBERS, *_TIMES) if given[name]]
    words = (*many, *single, ("silenced", silenced))
    wanted = Wanted(**fields, silenced=_SILENCED[silenced])
    return Asked(wanted, words, sort.removeprefix("-"), sort.startswith("-"), page, size)


def _many(given: Mapping[str, list[str]], faults: list[str]) -> dict[str, Any]:
    for name, (_, known) in _MANY.items():
        faults.extend(_no(name, value, known) for value in given[name] if value not in known)
    return {fields: tuple(dict.fromkeys(given[name])) for name, (fields, _) in _MANY.items()}


def _one(given: Mapping[str, list[str]], faults: list[str]) -> dict[str, Any]:
    values = {name: given[name][0] for name in _ONE if given[name]}
    faults.extend(f"{name} is longer than {_TEXT_MAX} characters" for name, v in values.items() if len(v) > _TEXT_MAX)
    return {_ONE[name]: value for name, value in values.items()}


def _numbers(given: Mapping[str, list[str]], faults: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _NUMBERS:
        if given[name] and (number := whole(given[name][0], 10**9)) is not None:
            found[name] = number
        elif given[name]:
            faults.append(f"{name} {clean(given[name][0])!r} is no number of a ship")
    return found


def _times(given: Mapping[str, list[str]], faults: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, column in _TIMES.items():
        try:
            found[column] = moment(given[name][0], name) if given[name] else None
        except ConfigError as error:
            faults.append(str(error))
    return found


def _order(query: QueryParams, faults: list[str]) -> tuple[str, int, int]:
    sort = query.get("sort") or "gravity"
    if sort.removeprefix("-") not in SORTS:
        faults.append(_no("sort", sort, tuple(SORTS)))
    page = whole(query.get("page") or "1", _PAGE_MAX)
    if not page:
        faults.append(f"page {clean(query['page'])!r} is no page")
    size = whole(query.get("size") or str(SIZE), SIZES[-1])
    if size not in SIZES:
        faults.append(_no("size", query.get("size", ""), tuple(map(str, SIZES))))
    return sort, page or 1, size or SIZE


def _no(name: str, value: str, known: Sequence[str]) -> str:
    return f"{name} {clean(value)!r} is none of {', '.join(known)}"
