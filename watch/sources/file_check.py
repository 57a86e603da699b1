"""Whether a fetched file is what it should be: its digests, its packing, and every byte in it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from watch.errors import DamagedError, HostileInputError, InputError
from watch.readers.archive import open_file, open_members
from watch.readers.batch import DEFAULT_LIMITS, Limits
from watch.sources.http_client import shown

_PACKED = {".zip": b"PK", ".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
_NAMES = {"sha-256": "sha256", "sha-512": "sha512", "md5": "md5"}
_CHUNK_BYTES = 1 << 20


def digests_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of the whole file that a server tells, in hexadecimal by algorithm.

    Notes
    -----
    `Repr-Digest` (RFC 9530), `Digest` (RFC 3230) and `Content-MD5` (RFC 1864). Those in an unknown form are no digests.

    Examples
    --------
    >>> digests_of({"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
    {'md5': 'd41d8cd98f00b204e9800998ecf8427e'}
    >>> digests_of({})
    {}
    """
    told = [("md5", headers.get("content-md5", ""))]
    for header in (headers.get("digest", ""), headers.get("repr-digest", "")):
        for item in header.split(","):
            name, _, value = item.strip().partition("=")
            told.append((_NAMES.get(name.lower(), ""), value.strip(":")))
    found: dict[str, str] = {}
    for name, value in told:
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            continue
        if name and len(raw) == hashlib.new(name, usedforsecurity=False).digest_size:
            found[name] = raw.hex()
    return found


def check_file(path: Path, url: str, digests: Mapping[str, str], limits: Limits = DEFAULT_LIMITS) -> None:
    """Raise when a file is not the one that the server tells of, or its packing is not whole.

    Parameters
    ----------
    path
        The file.
    url
        Where it came from: its ending says how it is packed.
    digests
        What the digests must be, in hexadecimal by algorithm.
    limits
        What it may unpack to.

    Raises
    ------
    DamagedError
        It is another file, or damaged.
    HostileInputError
        It unpacks to more than AIS data does.
    """
    _check_digests(path, url, digests)
    ending = Path(urlsplit(url).path).suffix.lower()
    if ending not in _PACKED:
        return
    with open_file(path) as raw:
        if not raw.read(4).startswith(_PACKED[ending]):
            raise DamagedError(
                f"{shown(url)}: what came is no {ending} file, but maybe a page that says why; open the address"
            )
        raw.seek(0)
        try:
            for open_member in open_members(raw, path, limits, None):
                stream = open_member().stream
                while stream.read(_CHUNK_BYTES):
                    pass
        except HostileInputError:
            raise
        except InputError as error:
            raise DamagedError(f"{shown(url)}: came whole but is damaged there: {error}") from error


def _check_digests(path: Path, url: str, digests: Mapping[str, str]) -> None:
    if not digests:
        return
    sums = {name: hashlib.new(name, usedforsecurity=False) for name in digests}
    with open_file(path) as raw:
        while chunk := raw.read(_CHUNK_BYTES):
            for each in sums.values():
                each.update(chunk)
    wrong = [name for name, each in sums.items() if each.hexdigest() != digests[name].lower()]
    if wrong:
        raise DamagedError(f"{shown(url)}: what came has another {wrong[0]} than the server tells; it was thrown away")
