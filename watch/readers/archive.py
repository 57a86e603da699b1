"""Opens a file by its first bytes: plain, .gz, .zst, or every member of a .zip; guards against bombs.

Paths inside archives are only ever shown, never used on disk.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from watch.errors import HostileInputError, InputError
from watch.readers.batch import ByteStream, Limits, Member, shown_name

#: Enough of a file to tell its format by: NMEA logs may begin with long comments.
HEAD_BYTES = 64 << 10

_MAGIC = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_OTHER_ARCHIVES = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "rar",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}
_DAMAGE = (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile, pa.ArrowException)

OnBytes = Callable[[int], None]
Opener = Callable[[], Member]


class CountingFile(io.RawIOBase, BinaryIO):
    """A file that tells how many of its bytes were taken."""

    def __init__(self, raw: BinaryIO, on_bytes: OnBytes | None) -> None:
        super().__init__()
        self._raw, self._on_bytes, self.taken_bytes = raw, on_bytes, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes and count them."""
        data = self._raw.read(size)
        self.taken_bytes += len(data)
        if self._on_bytes and data:
            self._on_bytes(len(data))
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a place in the file."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        return self._raw.tell()

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readable(self) -> bool:
        """Return True."""
        return True


class GuardedStream:
    """The unpacked bytes of a member; raises when it is damaged or grows beyond the limits."""

    def __init__(self, raw: ByteStream, label: str, counting: CountingFile, limits: Limits) -> None:
        self._raw, self._label, self._counting, self._limits = raw, label, counting, limits
        self._head, self._read_bytes = b"", 0

    def peek(self, size: int) -> bytes:
        """Return up to `size` first bytes; they are given again by `read`."""
        while len(self._head) < size and (more := self._take(size - len(self._head))):
            self._head += more
        return self._head

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes.

        Raises
        ------
        InputError
            The packed data are damaged or cut short.
        HostileInputError
            They unpack to more than the limits allow.
        """
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._take(size)

    def _take(self, size: int) -> bytes:
        try:
            data = self._raw.read(size)
        except _DAMAGE as error:
            raise _damaged(self._label, self._read_bytes, error) from error
        self._read_bytes += len(data)
        self._check_limits()
        return data

    def _check_limits(self) -> None:
        limits, packed = self._limits, max(self._counting.taken_bytes, 1)
        if self._read_bytes > limits.inflated_bytes:
            raise HostileInputError(
                f"{self._label}: unpacks to more than {limits.inflated_bytes:,} bytes; split it into smaller files"
            )
        if self._read_bytes > limits.free_bytes and self._read_bytes > packed * limits.ratio:
            raise HostileInputError(
                f"{self._label}: unpacks to more than {limits.ratio} times its size, as no AIS data does; "
                "if you trust it, unpack it yourself and load the plain file"
            )


def _damaged(label: str, read_bytes: int, error: BaseException) -> InputError:
    cut = isinstance(error, EOFError) or "runcated" in str(error)
    what = "is cut short" if cut else f"is damaged ({error})"
    return InputError(
        f"{label}: the file {what} after {read_bytes:,} unpacked bytes; the rows before that were read, "
        "the rest is lost: fetch the file again"
    )


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, explaining what stands in the way.

    Raises
    ------
    InputError
        There is no such file, it is a folder, or it may not be read.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a file; name the files in it, e.g. {path}/*.zip")
    try:
        raw = path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be opened ({error}); check its permissions") from error
    with raw:
        yield raw


def open_members(raw: BinaryIO, path: Path, limits: Limits, on_bytes: OnBytes | None) -> Iterator[Opener]:
    """Yield what opens each member of a file: itself, what it packs, or each file in the zip.

    An opener raises `InputError` for its own member alone, so that the others can still be read.

    Raises
    ------
    InputError
        The file is empty, or its packing cannot be read.
    HostileInputError
        It holds too many members.
    """
    counting, label = CountingFile(raw, on_bytes), shown_name(path.name)
    magic = raw.read(8)
    raw.seek(0)
    if not magic:
        raise InputError(f"{label}: the file is empty; fetch it again")
    kind = _packing(magic)
    if kind == "zip":
        yield from _zip_members(counting, label, limits)
    elif kind:
        stream = pa.CompressedInputStream(pa.PythonFile(counting, mode="r"), kind)
        yield partial(_packed_member, stream, label, counting, limits)
    else:
        yield partial(_plain_member, label, counting, limits)


def _packing(magic: bytes) -> str | None:
    return next((kind for start, kind in _MAGIC.items() if magic.startswith(start)), None)


def _plain_member(label: str, counting: CountingFile, limits: Limits) -> Member:
    stream = GuardedStream(counting, label, counting, limits)
    head = stream.peek(HEAD_BYTES)
    for start, kind in _OTHER_ARCHIVES.items():
        if head.startswith(start):
            raise InputError(f"{label}: is a {kind} archive; unpack it, or pack it as .zip, .gz or .zst")
    return Member(label, head, stream, counting)


def _packed_member(stream: ByteStream, label: str, counting: CountingFile, limits: Limits) -> Member:
    guarded = GuardedStream(stream, label, counting, limits)
    head = guarded.peek(HEAD_BYTES)
    if not head:
        raise InputError(f"{label}: holds an empty file; fetch it again")
    if _packing(head) or any(head.startswith(start) for start in _OTHER_ARCHIVES):
        raise HostileInputError(f"{label}: an archive inside an archive is not opened; unpack the outer one first")
    return Member(label, head, guarded)


def _zip_members(counting: CountingFile, label: str, limits: Limits) -> Iterator[Opener]:
    try:
        archive = zipfile.ZipFile(counting)
    except _DAMAGE as error:
        raise InputError(
            f"{label}: the zip is cut short or damaged (its list of contents cannot be read: {error}); "
            "nothing was read, fetch the file again"
        ) from error
    with archive:
        infos = [info for info in archive.infolist() if not _ignored(info)]
        if not infos:
            raise InputError(f"{label}: the zip holds no files; fetch it again")
        if len(infos) > limits.members:
            raise HostileInputError(
                f"{label}: the zip holds {len(infos):,} files, more than {limits.members:,}; load it in parts"
            )
        for info in infos:
            yield partial(_zip_member, archive, info, label, counting, limits)


def _ignored(info: zipfile.ZipInfo) -> bool:
    return info.is_dir() or info.filename.startswith("__MACOSX/") or info.filename.endswith(".DS_Store")


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str, counting: CountingFile, limits: Limits
) -> Member:
    shown = f"{label}!{shown_name(info.filename)}"
    if info.flag_bits & 1:
        raise InputError(f"{shown}: is encrypted; unpack it with its password and load the plain file")
    try:
        stream = archive.open(info)
    except NotImplementedError as error:  # how zipfile says that it does not know a packing
        raise InputError(
            f"{shown}: its packing (zip method {info.compress_type}) is not supported; unpack it and load the file"
        ) from error
    except _DAMAGE as error:
        raise InputError(f"{shown}: the zip is damaged here ({error}); fetch the file again") from error
    return _packed_member(stream, shown, counting, limits)
