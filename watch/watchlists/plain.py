"""Our own plain CSV, as the lists that stand beside the rules; its rows carry both days."""

from __future__ import annotations

from watch.errors import InputError
from watch.rules.list_rows import COLUMNS, row_faults, rows_of
from watch.rules.yamlfile import YamlError
from watch.watchlists.entry import Entry, Gathered, Reading, day_of, tidy, tidy_remarks


def read_plain_csv(data: bytes) -> Reading:
    """Return the ships of a CSV with the columns `imo, mmsi, name, listed_at, delisted_at, source, note`.

    Raises
    ------
    InputError
        It has other columns, is no UTF-8 text, or breaks off.
    """
    out = Gathered()
    try:
        for line, cells in rows_of(data):
            wrong = [("", cells)] if isinstance(cells, str) else list(row_faults(cells))
            for column, reason in wrong:
                out.fault(line, f"{column}: {reason}" if column else reason)
            if not wrong and isinstance(cells, dict):
                _add(out, line, cells)
    except YamlError as error:
        raise InputError(f"line {error.line}: {error.reason}" if error.line else error.reason) from error
    return out.reading("csv")


def _add(out: Gathered, line: int, cells: dict[str, str]) -> None:
    ship = f"imo:{cells['imo']}" if cells["imo"] else f"mmsi:{cells['mmsi']}"
    entry = Entry(
        f"{ship}/{cells['listed_at']}",  # a ship may have been listed twice
        tidy(cells["name"]),
        remarks=tidy_remarks("; ".join(filter(None, (cells["source"], cells["note"])))),
        listed_at=day_of(cells["listed_at"]),
        delisted_at=day_of(cells["delisted_at"]),
    )
    out.add(line, entry, [cells["imo"]], [cells["mmsi"]])


PLAIN_COLUMNS = frozenset(COLUMNS)
