"""Reading a watchlist: its form is told by its content, whatever it is called."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection
from dataclasses import dataclass

from watch.errors import InputError, UnknownFormatError
from watch.watchlists import ofac, ofac_xml, opensanctions, plain, un
from watch.watchlists.entry import Reading
from watch.watchlists.files import Files, csv_rows, text_of
from watch.watchlists.xml_records import root_of

_HEAD_BYTES = 1 << 16
AUTO = "auto"


@dataclass(frozen=True)
class Asked:
    """The content of a list's file, what lies beside it, and which risks are wanted where it holds ships for many."""

    data: bytes
    alt: bytes
    risks: Collection[str]

    @property
    def text(self) -> str:
        """The content as text."""
        return text_of(self.data)


_READERS: dict[str, Callable[[Asked], Reading]] = {
    "ofac-csv": lambda asked: ofac.read_sdn(asked.text, text_of(asked.alt)),
    "ofac-advanced-xml": lambda asked: ofac_xml.read_advanced(asked.data),
    "ofac-xml": lambda asked: ofac_xml.read_plain(asked.data),
    "opensanctions-maritime": lambda asked: opensanctions.read_maritime(asked.text, asked.risks),
    "opensanctions-simple": lambda asked: opensanctions.read_simple(asked.text),
    "ftm-json": lambda asked: opensanctions.read_ftm(asked.text, asked.risks),
    "un-xml": lambda asked: un.read_un_xml(asked.data),
    "un-1718-csv": lambda asked: un.read_1718(asked.text),
    "csv": lambda asked: plain.read_plain_csv(asked.data),
}
#: The forms by the name that `--format` takes.
FORMATS = tuple(_READERS)
_ROOTS = {"Sanctions": "ofac-advanced-xml", "sdnList": "ofac-xml", "CONSOLIDATED_LIST": "un-xml"}
_HEADERS = {
    "opensanctions-maritime": opensanctions.MARITIME,
    "opensanctions-simple": opensanctions.SIMPLE,
    "un-1718-csv": un.COLUMNS_1718,
    "csv": plain.PLAIN_COLUMNS,
}
#: What lies beside `sdn.csv` in OFAC's zip and is no list of its own.
_BESIDE = ("alt.csv", "add.csv", "sdn_comments.csv")


def read_list(label: str, files: Files, form: str = AUTO, risks: Collection[str] = opensanctions.RISKS) -> Reading:
    """Return what a list says.

    Parameters
    ----------
    label
        How messages call the file.
    files
        Its content, and what lies beside it: `files.read_files`.
    form
        One of `FORMATS`, or `AUTO`.
    risks
        Of OpenSanctions' ships, which are taken: those with one of these words; `opensanctions.ALL_RISKS` takes all.

    Raises
    ------
    InputError
        It cannot be read, has an unknown form, or holds no ship.
    """
    try:
        reading = _read(files, form, risks)
    except csv.Error as error:
        raise InputError(f"{label}: is no valid CSV: {error}; fetch it again") from error
    except InputError as error:
        raise type(error)(f"{label}: {error}") from error
    if not reading.entries:
        raise InputError(f"{label}: holds no ship ({_why_none(reading)}); nobody is delisted by it, fetch it again")
    return reading


def _read(files: Files, form: str, risks: Collection[str]) -> Reading:
    alt = next((data for name, data in files.items() if name.endswith("alt.csv")), b"")
    lists = {name: data for name, data in files.items() if not name.endswith(_BESIDE) or len(files) == 1}
    known = {name: form if form != AUTO else format_of(data) for name, data in lists.items()}
    told = [name for name, found in known.items() if found]
    if len(told) != 1:
        raise UnknownFormatError(_unclear(told, list(lists)))
    return _READERS[known[told[0]]](Asked(lists[told[0]], alt, risks))


def format_of(data: bytes) -> str:
    """Return which form the content of a file has, "" when none.

    Examples
    --------
    >>> format_of(b"imo,mmsi,name,listed_at,delisted_at,source,note"), format_of(b"")
    ('csv', '')
    """
    begin = data[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin.startswith(b"<"):
        return _ROOTS.get(root_of(data)[0], "")
    if begin.startswith(b"{"):
        return "ftm-json"
    try:
        cells = next(csv_rows(text_of(data[:_HEAD_BYTES])), (0, []))[1]
    except csv.Error:
        return ""
    if ofac.looks_like_sdn(cells):
        return "ofac-csv"
    head = {cell.strip().casefold() for cell in cells}
    return next((form for form, columns in _HEADERS.items() if columns <= head), "")


def _unclear(told: list[str], names: list[str]) -> str:
    if len(told) > 1:
        return f"holds several lists ({', '.join(sorted(told)[:5])}); import them one by one, each under its own name"
    forms = ", ".join(FORMATS)
    if not names:
        return f"holds no list; the forms are {forms}"
    return f"is none of the forms that are known ({forms}); say --format where you are sure"


def _why_none(reading: Reading) -> str:
    if reading.faults:
        return f"{len(reading.faults)} rows cannot be read, first {reading.faults[0]}"
    return f"{reading.others:,} other rows" if reading.others else "it is empty"
