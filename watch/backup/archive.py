"""The archive of a backup: a zip with a manifest, the tables as lines of JSON, and the files of the lake.

Whatever stands in an archive is hostile until its manifest and every member agree.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from watch.errors import InputError

FORMAT = "shipwatch-backup-1"
MANIFEST = "manifest.json"

_MANIFEST_BYTES = 64 << 20  # a year of files loaded every ten minutes is a fifth of it
_CHUNK_BYTES = 1 << 20
_RATIO = 400  # own: our own lines of JSON pack 10 to 40 times, a bomb 1,000 times
_FREE_BYTES = 16 << 20  # own: less is no bomb, however it is packed
_NAME = re.compile(r"tables/[a-z_]{1,63}\.jsonl|(lake|state)(/[A-Za-z0-9=_-][A-Za-z0-9=._-]{0,120}){1,4}")

OnBytes = Callable[[int], None]


class Member(BaseModel):
    """One file of an archive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^(?:{_NAME.pattern})$")]
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    rows: Annotated[int, Field(ge=0)] | None = None
    columns: list[str] | None = None


class Manifest(BaseModel):
    """What an archive holds: made by which version, of which revision of the tables, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    version: str
    revision: Annotated[str, Field(pattern="^[0-9a-z_]{1,32}$")]
    database: str
    made_at: AwareDatetime
    with_positions: bool
    members: list[Member]

    def tables(self) -> dict[str, Member]:
        """Return the members that are tables, by the table's name."""
        return {m.name[7:-6]: m for m in self.members if m.name.startswith("tables/")}

    def files(self) -> list[Member]:
        """Return the members that are files of the lake or states."""
        return [m for m in self.members if not m.name.startswith("tables/")]


class Digest:
    """A file that counts and digests what passes through it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw, self._sha256, self.size_bytes = raw, hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        """Write bytes."""
        self._raw.write(data)
        self._sha256.update(data)
        self.size_bytes += len(data)

    def hexdigest(self) -> str:
        """Return the digest of all that was written."""
        return self._sha256.hexdigest()


@contextmanager
def reading(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open an archive and give it with its manifest; nothing in it is known to be whole yet.

    Raises
    ------
    InputError
        It is no backup of Shipwatch, is damaged, or holds what its manifest does not name.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _read_manifest(archive, path)
            _check_names(archive, manifest, path)
            yield archive, manifest
    except zipfile.BadZipFile as error:
        raise InputError(f"{path}: is no backup of Shipwatch, or is damaged ({error}); take another copy") from error
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; name the one that `shipwatch db backup` made") from error


def _read_manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        with archive.open(MANIFEST) as raw:
            content = raw.read(_MANIFEST_BYTES + 1)
    except (KeyError, RuntimeError, NotImplementedError) as error:  # missing; encrypted; packed in a way unknown here
        raise InputError(f"{path}: is no backup of Shipwatch: it holds no readable {MANIFEST}") from error
    if len(content) > _MANIFEST_BYTES:
        raise InputError(f"{path}: its {MANIFEST} is larger than {_MANIFEST_BYTES >> 20} MiB; it is not ours")
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path}: its {MANIFEST} is wrong at {where or 'the start'}: {first['msg']}") from error
    if manifest.format != FORMAT:
        raise InputError(
            f"{path}: is of the format {manifest.format[:40]!r}, not {FORMAT}; install the Shipwatch of it"
        )
    return manifest


def _check_names(archive: zipfile.ZipFile, manifest: Manifest, path: Path) -> None:
    """Demand that the archive holds what the manifest names, once each, packed as we pack, and nothing else."""
    held = [info.filename for info in archive.infolist()]
    named = [MANIFEST, *(member.name for member in manifest.members)]
    if sorted(held) != sorted(named) or len(set(named)) != len(named):
        raise InputError(f"{path}: does not hold exactly what its {MANIFEST} names; it was changed: take another copy")
    if not manifest.with_positions and any(member.name.startswith("lake/") for member in manifest.files()):
        raise InputError(f"{path}: holds positions that its {MANIFEST} denies; it was changed: take another copy")
    for member in manifest.members:
        info = archive.getinfo(member.name)
        packed = info.compress_type != zipfile.ZIP_STORED
        bomb = info.file_size > max(_FREE_BYTES, info.compress_size * _RATIO)
        if info.flag_bits & 1 or info.file_size != member.size_bytes or bomb or (packed and member.columns is None):
            raise InputError(
                f"{path}: {member.name} is not packed as Shipwatch packs it; it was changed: take another copy"
            )


def copy_member(archive: zipfile.ZipFile, member: Member, target: IO[bytes] | None, on_bytes: OnBytes) -> None:
    """Read a member to its end, into a file when one is given.

    Raises
    ------
    InputError
        It is not what the manifest says.
    """
    sha256, left = hashlib.sha256(), member.size_bytes
    with archive.open(member.name) as raw:
        while data := raw.read(_CHUNK_BYTES):
            left -= len(data)
            if left < 0:
                break
            sha256.update(data)
            on_bytes(len(data))
            if target is not None:
                target.write(data)
    if left or sha256.hexdigest() != member.sha256:
        raise InputError(f"{archive.filename}: {member.name} is damaged or was changed; take another copy")


def check_members(archive: zipfile.ZipFile, manifest: Manifest, progress: Callable[[str, float], None]) -> None:
    """Read every member and compare it with the manifest.

    Raises
    ------
    InputError
        One is not what the manifest says.
    """
    total, done = max(sum(m.size_bytes for m in manifest.members), 1), 0

    def on_bytes(n: int) -> None:
        nonlocal done
        done += n
        progress("checking the backup", done / total)

    for member in manifest.members:
        copy_member(archive, member, None, on_bytes)
