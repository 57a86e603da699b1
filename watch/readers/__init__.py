"""Readers: from a file of any known format to batches of raw rows, told by its content and never by its name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from watch.errors import ConfigError, InputError, UnknownFormatError
from watch.readers.aisstream import AISSTREAM
from watch.readers.archive import open_file, open_members
from watch.readers.batch import DEFAULT_LIMITS, Limits, Member, RawBatch, Reader, Tally
from watch.readers.canonical import CANONICAL
from watch.readers.digitraffic import DIGITRAFFIC
from watch.readers.dma import DMA
from watch.readers.gfw import GFW
from watch.readers.headers import unknown_format
from watch.readers.nmea import NMEA
from watch.readers.noaa import NOAA
from watch.readers.parquet import PARQUET

__all__ = ["DEFAULT_LIMITS", "FORMATS", "Limits", "RawBatch", "Source", "file_sha256", "read_file"]

#: Every format by name, in the order in which a file's content is held against them.
FORMATS: dict[str, Reader] = {
    reader.name: reader for reader in (PARQUET, AISSTREAM, DIGITRAFFIC, GFW, DMA, NOAA, CANONICAL, NMEA)
}

_HASH_CHUNK_BYTES = 1 << 20


class Source:
    """A file being read.

    Attributes
    ----------
    path, size_bytes
        The file on disk.
    format
        The name of its format (of its first member, when it is an archive).
    batches
        Its rows, block by block; can be drawn once. When the file turns out to be damaged, `InputError` is
        raised after all batches before the damage.
    """

    def __init__(
        self, path: Path, format_name: str, wanted: str, limits: Limits, on_bytes: Callable[[int], None] | None
    ) -> None:
        self.path, self.format, self.size_bytes = path, format_name, path.stat().st_size
        self._wanted, self._limits, self._on_bytes = wanted, limits, on_bytes
        self._tally = Tally()
        self._digest: Future[str] | None = None
        self.batches: Iterator[RawBatch] = self._draw()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file on disk; computed once, beside the reading unless asked for before."""
        if self._digest is None:
            self._digest = Future()
            self._digest.set_result(file_sha256(self.path))
        return self._digest.result()

    @property
    def unused_columns(self) -> tuple[str, ...]:
        """Header names that nobody reads, known once a batch is drawn."""
        return tuple(self._tally.unused_columns)

    @property
    def static_messages(self) -> int:
        """NMEA messages that told an identity and no position, so far."""
        return self._tally.static_messages

    @property
    def unreadable_values(self) -> dict[str, int]:
        """Rows so far whose value in an identity column was not understood and became missing, by column."""
        return dict(self._tally.unreadable_values)

    @property
    def skipped(self) -> tuple[str, ...]:
        """Members of an archive that are no AIS data, so far, each with the reason."""
        return tuple(self._tally.skipped)

    def _draw(self) -> Iterator[RawBatch]:
        faults: list[InputError] = []
        strangers: list[UnknownFormatError] = []
        drawn = 0
        with open_file(self.path) as raw, ThreadPoolExecutor(1, "sha256") as pool:
            self._digest = self._digest or pool.submit(file_sha256, self.path)
            for open_member in open_members(raw, self.path, self._limits, self._on_bytes):
                try:
                    member = open_member()
                    for batch in _reader_of(member, self._wanted).read(member, self._limits, self._tally):
                        drawn += 1
                        yield batch
                except UnknownFormatError as error:
                    strangers.append(error)
                    self._tally.skipped.append(str(error))
                except InputError as error:
                    faults.append(error)
        if not drawn and not faults:
            faults.extend(strangers)
        if faults:
            raise faults[0] if len(faults) == 1 else InputError("\n".join(map(str, faults)))


def read_file(
    path: Path,
    format: str = "auto",
    *,
    limits: Limits = DEFAULT_LIMITS,
    on_bytes: Callable[[int], None] | None = None,
) -> Source:
    """Return a file ready to be read, its format found from its content.

    Parameters
    ----------
    path
        A plain file, or .gz, .zst or .zip (every member is read), told by their first bytes.
    format
        One of `FORMATS`, or `auto`.
    limits
        What the file may cost.
    on_bytes
        Called with the number of bytes taken from disk, maybe from another thread.

    Raises
    ------
    ConfigError
        There is no such format.
    UnknownFormatError
        Nothing in the file is in a known format, or in the one asked for.
    InputError
        The file is missing, a folder, empty, encrypted or damaged.
    """
    if format != "auto" and format not in FORMATS:
        raise ConfigError(f"there is no format {format!r}; choose auto or one of {', '.join(FORMATS)}")
    return Source(path, _tell_format(path, format, limits), format, limits, on_bytes)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open_file(path) as raw:
        while chunk := raw.read(_HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _tell_format(path: Path, wanted: str, limits: Limits) -> str:
    """Return the format of the first member that has one; raise the first member's fault when none has."""
    fault: InputError | None = None
    with open_file(path) as raw:
        for open_member in open_members(raw, path, limits, None):
            try:
                return _reader_of(open_member(), wanted).name
            except InputError as error:
                fault = fault or error
    raise fault or InputError(f"{path}: holds nothing to read; fetch it again")


def _reader_of(member: Member, wanted: str) -> Reader:
    found = next((reader for reader in FORMATS.values() if reader.recognises(member.head)), None)
    if found is None:
        raise unknown_format(member.label, member.head)
    if wanted in ("auto", found.name):
        return found
    if FORMATS[wanted].recognises(member.head):
        return FORMATS[wanted]
    raise UnknownFormatError(f"{member.label}: is in the format {found.name}, not {wanted}; load it with --format auto")
