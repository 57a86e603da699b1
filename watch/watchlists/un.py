"""Lists of the UN: ships inside the consolidated list's XML, and the 1718 Committee's list of ships as a table.

The consolidated list has persons and entities only; ships stand in the text of an entity, each with its IMO number.
The Committee publishes its list of ships as a document; as a table it has the columns of `COLUMNS_1718`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from watch.watchlists.countries import country_of
from watch.watchlists.entry import Entry, Gathered, Reading, day_of, first, imo_of, is_nothing, tidy, tidy_remarks, ymd
from watch.watchlists.files import table_rows
from watch.watchlists.xml_records import Element, records, root_of, text_at

COLUMNS_1718 = frozenset(("vessel_name", "imo_number", "date_of_designation"))
_KNOWN_1718 = frozenset(
    ("#", "mmsi", "flag", "call_sign", "type", "other_information", "designated_owner", "image_url", *COLUMNS_1718)
)
_NUMBERED = re.compile(r"(?:^|\s)\d{1,2}: ")
_IMO_WORD = re.compile(r"\bIMO\b", re.IGNORECASE)
_CLAUSES = re.compile(r"[;\n]|\((?:[a-z]{1,2}|[ivx]{1,5}|\d{1,2})\)|\d{1,2}\)|, and ")
_SEVEN = re.compile(r"(?<!\d)\d{7}(?!\d)")
_NOT_NAME = re.compile(r"\bIMO\b.*$|[(:\[].*$", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[ ./-]+([A-Za-z]{3})[a-z]*\.?[ ./-]+(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_un_xml(data: bytes) -> Reading:
    """Return the ships that the consolidated list's XML names with an IMO number in the text of an entity.

    Raises
    ------
    InputError
        It is no XML, ends too soon, or declares entities.
    """
    out = Gathered()
    for name, element in records(data, ("INDIVIDUAL", "ENTITY")):
        ships = list(_ships_in(element)) if name == "ENTITY" else []
        out.others += not ships
        for ship in ships:
            if ship.key not in out.entries:
                out.add(0, ship, [ship.key.rpartition("/")[2]])
    return out.reading("un-xml", day_of(root_of(data)[1].get("dateGenerated")))


def _ships_in(entity: Element) -> Iterator[Entry]:
    texts = [text_at(entity, "FIRST_NAME"), text_at(entity, "COMMENTS1")]
    texts += [text_at(alias, "ALIAS_NAME") for alias in entity.iter("ENTITY_ALIAS")]
    texts += [text_at(address, "NOTE") for address in entity.iter("ENTITY_ADDRESS")]
    whole = " ; ".join(texts)
    if not _IMO_WORD.search(whole):
        return
    reference = text_at(entity, "REFERENCE_NUMBER") or text_at(entity, "DATAID")
    for clause in _CLAUSES.split(whole):
        numbers = [number for number in _SEVEN.findall(clause) if imo_of(number)]
        for number in numbers:
            yield Entry(
                f"{reference}/{number}",
                tidy(_name_before(clause, number)),
                programs=tuple(filter(None, (tidy(text_at(entity, "UN_LIST_TYPE")), tidy(reference)))),
                remarks=tidy_remarks(f"{texts[0]}: {clause}"),
                listed_at=day_of(text_at(entity, "LISTED_ON")),
            )


def _name_before(clause: str, number: str) -> str:
    return _NOT_NAME.sub("", clause[: clause.index(number)]).strip(" ,.-–'\"")


def read_1718(text: str) -> Reading:
    """Return the ships of the 1718 Committee's list as a table.

    Raises
    ------
    csv.Error
        A cell has no end.
    """
    out = Gathered()
    for line, cells in table_rows(text, out.fault):
        names = _several(cells["vessel_name"])
        measures = [head for head, cell in cells.items() if head not in _KNOWN_1718 and not is_nothing(cell)]
        flags = [code for words in _several(cells.get("flag", "")) if (code := country_of(words))]
        entry = Entry(
            f"1718/{tidy(cells['imo_number'], 20) or first(names)}",
            tidy(first(names)),
            aliases=tuple(names[1:]),
            callsign=tidy(first(_several(cells.get("call_sign", ""))), 12),
            flag=first(flags),
            former_flags=tuple(flags[1:]),
            type=tidy(cells.get("type", "")),
            programs=("UN 1718", *map(tidy, measures)),
            remarks=tidy_remarks(cells.get("other_information", "")),
            listed_at=_day(cells["date_of_designation"]),
        )
        if entry.listed_at is None and not is_nothing(cells["date_of_designation"]):
            out.fault(line, f"'{cells['date_of_designation']}' is no day as 2018-03-30 or 30 March 2018")
        out.add(line, entry, [cells["imo_number"]], _several(cells.get("mmsi", "")))
    return out.reading("un-1718-csv")


def _several(cell: str) -> list[str]:
    """Return the parts of a cell written as '1: ONE 2: TWO'."""
    return [part.strip(" ;,") for part in _NUMBERED.split(cell) if not is_nothing(part)]


def _day(text: str) -> date | None:
    found = _DAY_FIRST.search(text)
    if found and found[2].casefold() in _MONTHS:
        return ymd(found[3], str(_MONTHS.index(found[2].casefold()) + 1), found[1])
    return day_of(text)
