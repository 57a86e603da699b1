"""Which page of a long list somebody asks for, and where the others are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

from watch.web.numbers import whole

_PAGE_MAX = 10**8  # own: beyond any list


@dataclass(frozen=True)
class Paging:
    """A page of a list: its number from 1, how many there are, its rows `[first, last)`, the addresses beside it."""

    number: int
    pages: int
    first: int
    last: int
    count: int
    before: str
    after: str


def page_of(request: Request, count: int, size: int, name: str = "page") -> Paging:
    """Return the page that a request asks for; one that is not there is the nearest that is.

    Parameters
    ----------
    request
        Names the page in its query.
    count
        How many rows there are.
    size
        How many stand on a page.
    name
        The word of the query.
    """
    pages = max(-(-count // size), 1)
    number = min(max(whole(request.query_params.get(name, "1"), _PAGE_MAX) or 1, 1), pages)
    first = (number - 1) * size
    beside = (_address(request, name, number + step) if 1 <= number + step <= pages else "" for step in (-1, 1))
    return Paging(number, pages, first, min(first + size, count), count, *beside)


def _address(request: Request, name: str, number: int) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != name]
    return f"?{urlencode([*kept, (name, str(number))])}"
