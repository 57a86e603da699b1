"""The bytes of a list: a file, a folder or a zip with several, within limits."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from watch.errors import HostileInputError, InputError
from watch.watchlists.entry import tidy

#: OFAC's advanced XML has 130 MB, OpenSanctions' JSON of all sanctions 1 GB unpacked; own: what fits beside a run.
MAX_BYTES = 512 * 1024 * 1024
_MAX_MEMBERS = 50
_BLOCK_BYTES = 1 << 20
_CELL_MAX = 1 << 20
_WANTED = (".csv", ".xml", ".json", ".jsonl", ".txt")

Files = Mapping[str, bytes]


def read_files(path: Path, most_bytes: int = MAX_BYTES) -> dict[str, bytes]:
    """Return the content of a file, or of each file of a folder or zip that may hold a list, by name in small letters.

    Parameters
    ----------
    path
        The file or folder.
    most_bytes
        Of all that is read, unpacked.

    Raises
    ------
    InputError
        It cannot be read, or holds nothing that may be a list.
    HostileInputError
        It is larger than `most_bytes`, or packed so that it would be.
    """
    try:
        if path.is_dir():
            files = [f for f in sorted(path.iterdir()) if f.suffix.lower() in _WANTED and f.is_file()][:_MAX_MEMBERS]
            return _whole(path, ((f.name, _read(f, most_bytes)) for f in files), most_bytes)
        data = _read(path, most_bytes)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    return _unpacked(path, data, most_bytes) if data.startswith(b"PK\x03\x04") else {path.name.lower(): data}


def _read(path: Path, most_bytes: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise _too_large(path, most_bytes)
    return data


def _too_large(path: Path, most_bytes: int) -> HostileInputError:
    return HostileInputError(f"{path}: holds more than {most_bytes / 1024**2:.0f} MB, which no list does")


def _unpacked(path: Path, data: bytes, most_bytes: int) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if Path(m.filename).suffix.lower() in _WANTED][:_MAX_MEMBERS]
            parts = ((Path(m.filename).name, _member(path, archive, m, most_bytes)) for m in members)
            return _whole(path, parts, most_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path}: is a damaged or locked zip ({tidy(str(error), 80)}); fetch it again") from error


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, most_bytes: int) -> bytes:
    """Return a member; what its directory says of its size is not believed."""
    out = bytearray()
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK_BYTES):
            out += block
            if len(out) > most_bytes:
                raise _too_large(path, most_bytes)
    return bytes(out)


def _whole(path: Path, parts: Iterator[tuple[str, bytes]], most_bytes: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, data in parts:
        files[name.lower()] = data
        if sum(map(len, files.values())) > most_bytes:
            raise _too_large(path, most_bytes)
    if not files:
        raise InputError(f"{path}: holds no file that may be a list ({', '.join(_WANTED)})")
    return files


def text_of(data: bytes) -> str:
    r"""Return bytes as text: UTF-8 with or without its mark, else Latin-1; without NULs and the DOS end mark.

    Examples
    --------
    >>> text_of(b"\xef\xbb\xbfA\x1a"), text_of(b"\xe9")
    ('A', 'é')
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    return text.replace("\0", "").replace("\x1a", "")


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    r"""Yield each row of a CSV that is not empty, with the line on which it ends.

    Raises
    ------
    csv.Error
        A cell has no end.

    Examples
    --------
    >>> list(csv_rows("a,b\n\n1,2\n"))
    [(1, ['a', 'b']), (3, ['1', '2'])]
    """
    before = csv.field_size_limit(_CELL_MAX)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    finally:
        csv.field_size_limit(before)


def table_rows(text: str, tell: Callable[[int, str], None]) -> Iterator[tuple[int, dict[str, str]]]:
    r"""Yield line and cells by column of each row below a header; a row with another count of cells is told.

    Examples
    --------
    >>> list(table_rows("A,b\n1,2\n3\n", print))
    3 has 1 cells, another count than the header
    [(2, {'a': '1', 'b': '2'})]
    """
    rows = csv_rows(text)
    head = [name.strip().casefold() for name in next(rows, (0, []))[1]]
    for line, cells in rows:
        if len(cells) == len(head):
            yield line, dict(zip(head, map(str.strip, cells), strict=True))
        else:
            tell(line, f"has {len(cells)} cells, another count than the header")
