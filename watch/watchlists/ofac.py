"""OFAC's list of specially designated nationals as CSV: `sdn.csv`, and `alt.csv` with other names beside it.

Its tables have no header, write ``-0-`` for nothing and end in the DOS end mark 0x1A. What ships have no column for
stands in the remarks, as sentences with a semicolon between.

References
----------
OFAC, "Data specification" (dat_spec), updated 2023-09-25.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from watch.watchlists.countries import country_of
from watch.watchlists.entry import Entry, Gathered, Reading, is_nothing, tidy, tidy_remarks
from watch.watchlists.files import csv_rows

SDN_COLUMNS = 12
_ALT_COLUMNS = 5
_NUMBER = re.compile(r"\d{1,9}")
_IMO = re.compile(r"(?:alt\. )?Vessel Registration Identification(?: Number)? +(.+)", re.IGNORECASE)
_MMSI = re.compile(r"(?:alt\. )?MMSI(?: \(.*?\))? +(.+)", re.IGNORECASE)
_FORMER_FLAG = re.compile(r"(?:alt\. )?(?:Former|Other|Additional) Vessel Flag +(.+)", re.IGNORECASE)
_KNOWN_AS = re.compile(r"\b([afn])\.k\.a\. ['\"](.+?)['\"](?=[;.,)]|\s*$)", re.IGNORECASE)
_CALLSIGN = re.compile(r"(?:alt\. )?(?:Other )?Vessel Call Sign +(.+)", re.IGNORECASE)


def looks_like_sdn(cells: list[str]) -> bool:
    """Return whether the first row of a table is one of `sdn.csv`, which has no header."""
    return len(cells) == SDN_COLUMNS and bool(_NUMBER.fullmatch(cells[0].strip()))


def read_sdn(sdn: str, alt: str = "") -> Reading:
    """Return the ships of `sdn.csv`.

    Parameters
    ----------
    sdn, alt
        Text of the two files; without the second, other names are those in the remarks.

    Raises
    ------
    csv.Error
        A cell has no end.
    """
    out = Gathered()
    names = _other_names(alt, out)
    for line, cells in csv_rows(sdn):
        if len(cells) != SDN_COLUMNS:
            out.fault(line, f"has {len(cells)} cells and not {SDN_COLUMNS}")
        elif not _NUMBER.fullmatch(cells[0].strip()):
            out.fault(line, f"'{tidy(cells[0], 40)}' is no number of an entry")
        elif cells[2].strip().casefold() == "vessel":
            _add_ship(out, line, [cell.strip() for cell in cells], names.get(cells[0].strip(), []))
        else:
            out.others += 1
    return out.reading("ofac-csv")


def _other_names(alt: str, out: Gathered) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for line, cells in csv_rows(alt):
        if len(cells) != _ALT_COLUMNS:
            out.fault(line, f"of the other names has {len(cells)} cells and not {_ALT_COLUMNS}")
        elif not is_nothing(cells[3]):
            names.setdefault(cells[0].strip(), []).append(cells[3].strip())
    return names


def _add_ship(out: Gathered, line: int, cells: list[str], names: list[str]) -> None:
    key, name, _, programs, _, callsign, kind, _, _, flag, owner, remarks = cells
    told = Remarks(remarks)
    entry = Entry(
        key,
        tidy(name),
        aliases=(*names, *told.names),
        callsign=tidy(callsign, 12) or tidy(told.callsign, 12),
        flag=country_of(flag),
        former_flags=tuple(dict.fromkeys(told.former_flags)),
        type=tidy(kind),
        programs=split_programs(programs),
        remarks=tidy_remarks("; ".join(t for t in (f"Owner {owner}" if not is_nothing(owner) else "", remarks) if t)),
    )
    out.add(line, entry, told.imos, told.mmsis)


def split_programs(text: str) -> tuple[str, ...]:
    """Return programmes, which are written with brackets between them and at times around them.

    Examples
    --------
    >>> split_programs("IRAN] [NPWMD] [IFSR"), split_programs("-0- ")
    (('IRAN', 'NPWMD', 'IFSR'), ())
    """
    parts = (tidy(part) for part in re.split(r"[\[\];]+", text))
    return tuple(dict.fromkeys(part for part in parts if part))


class Remarks:
    """What the remarks of a ship say beside words: numbers, former flags and names."""

    def __init__(self, text: str) -> None:
        self.parts = [] if is_nothing(text) else [part.strip(" .") for part in text.split(";")]
        self.imos = list(self._after(_IMO))
        self.mmsis = [text.split(" ")[0] for text in self._after(_MMSI)]
        self.former_flags = [code for words in self._after(_FORMER_FLAG) if (code := country_of(words))]
        self.names = [found[1] for found in _KNOWN_AS.findall(text)]
        self.callsign = next(self._after(_CALLSIGN), "")

    def _after(self, pattern: re.Pattern[str]) -> Iterator[str]:
        yield from (found[1].strip() for part in self.parts if (found := pattern.fullmatch(part)))
