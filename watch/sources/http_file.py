"""Fetches a file over HTTP: goes on where it was cut off, tries again, and believes nothing that it has not checked.

What a file was when its fetching began (its ETag or date) is kept beside the part, in a hidden file, so that a later
run goes on with the same file or begins anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tenacity import Retrying, retry_if_exception_type

from watch.errors import DamagedError, FetchError, HostileInputError, NotThereError
from watch.sources.file_check import check_file, digests_of
from watch.sources.http_client import (
    PATIENCE,
    PassingError,
    Patience,
    Trying,
    check_passing,
    check_way,
    client,
    explained,
    said,
    shown,
)

Meter = Callable[[int, int | None], None]  # bytes so far, and of how many where that is known

_GONE = (403, 404, 410)  # stores like S3 answer 403 for a file that is not there, where listing is not allowed


def download(
    url: str, part: Path, *, checksum: str | None = None, patience: Patience = PATIENCE, meter: Meter | None = None
) -> None:
    """Fetch a file until it is whole in `part`, and checked.

    Parameters
    ----------
    url
        Of the file.
    part
        Where it is written; what an earlier call left there is kept if the server still has the same file.
    checksum
        Address of its SHA-256.
    patience
        Limits.
    meter
        Told of progress; what it raises stops the fetch, and the part stays.

    Raises
    ------
    NotThereError
        There is no such file, or not yet its checksum.
    DamagedError
        What came is not the file that it should be; it was thrown away.
    FetchError
        The server is down, too slow, or refuses; the message says so.
    HostileInputError
        The file is larger than allowed, or unpacks to more than a file of AIS data does.
    """
    with client(patience) as http:
        told = {} if checksum is None else {"sha256": _read_checksum(http, checksum, url)}  # before a long fetch
        fetch = _Fetch(http, url, part, patience, meter or (lambda done, of: None))
        fetch.run()
        try:
            check_file(part, url, {**fetch.kept.get("digests", {}), **told})
        except (FetchError, HostileInputError):
            fetch.forget()
            raise
    _beside(part).unlink(missing_ok=True)


def is_there(url: str, patience: Patience = PATIENCE) -> bool:
    """Return whether a server has a file, without fetching it.

    Raises
    ------
    FetchError
        The server did not say.
    """
    with client(patience) as http, explained(url):
        answer = http.head(url)
        if answer.status_code in (405, 501):
            with http.stream("GET", url, headers={"Range": "bytes=0-0"}) as answer:
                pass
    if answer.status_code in _GONE:
        return False
    if answer.status_code >= 400:
        raise FetchError(f"{shown(url)}: {said(answer)}")
    return True


class _Fetch:
    """One file on its way, over as many connections as it takes."""

    def __init__(self, http: Any, url: str, part: Path, patience: Patience, meter: Meter) -> None:
        self.http, self.url, self.part, self.patience, self.meter = http, url, part, patience, meter
        self.trying = Trying(patience)
        self.kept: dict[str, Any] = self._read_kept()

    def run(self) -> None:
        retrying = Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=self.trying.is_enough,
            wait=self.trying.wait_s,
            sleep=self.patience.sleep,
            reraise=True,
        )
        try:
            retrying(self._try)
        except PassingError as error:
            kept = f"; {self._have():,} bytes are kept and the next run goes on there" if self._have() else ""
            raise FetchError(f"{shown(self.url)}: {error}{kept}") from error

    def forget(self) -> None:
        """Remove what was fetched, so that the next try begins anew."""
        self.part.unlink(missing_ok=True)
        _beside(self.part).unlink(missing_ok=True)
        self.kept = {}

    def _try(self) -> None:
        before = self._have()
        try:
            with explained(self.url, passing=True):
                self._take(before)
        except PassingError:
            self.trying.fruitless = 0 if self._have() > before else self.trying.fruitless + 1
            raise

    def _take(self, have: int) -> None:
        with self.http.stream("GET", self.url, headers=self._asked(have)) as answer:
            check_way(answer)
            if answer.status_code in _GONE:
                raise NotThereError(f"{shown(self.url)}: {said(answer)}")
            check_passing(answer)
            if answer.status_code == 416 or (answer.status_code == 206 and not self._goes_on(answer, have)):
                self.forget()
                raise PassingError("the file there is another than the one begun; it is fetched anew")
            if answer.status_code not in (200, 206):
                raise FetchError(f"{shown(self.url)}: {said(answer)}")
            have = have if answer.status_code == 206 else 0
            if not have:
                self._keep(answer)
            self._write(answer, have)

    def _asked(self, have: int) -> dict[str, str]:
        """Return the headers that ask for the rest, if it is still the same file."""
        same = self.kept.get("validator")
        return {"Range": f"bytes={have}-", "If-Range": same} if have and same else {}

    def _goes_on(self, answer: Any, have: int) -> bool:
        """Return whether a partial answer begins where the part ends, and is of the same file."""
        unit, _, rest = answer.headers.get("content-range", "").partition(" ")
        same = _validator(answer) in (None, self.kept.get("validator"))
        return unit == "bytes" and rest.startswith(f"{have}-") and same

    def _write(self, answer: Any, have: int) -> None:
        whole = _whole_bytes(answer)
        self._check_size(whole or 0)
        with self.part.open("ab" if have else "wb") as out:
            for data in answer.iter_raw():
                have += len(data)
                self._check_size(have)
                out.write(data)
                self.meter(have, whole)
                if self.trying.is_late:
                    raise PassingError(f"took longer than {self.patience.whole_s / 3600:g} h")
        if whole is not None and have != whole:
            raise PassingError(f"gave {have:,} of {whole:,} bytes")

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self.patience.size_bytes:
            self.forget()
            raise HostileInputError(
                f"{shown(self.url)}: is larger than {self.patience.size_bytes:,} bytes, as no day of AIS data is; "
                "nothing of it was kept, check the address"
            )

    def _keep(self, answer: Any) -> None:
        """Keep beside the part what the file is, before its first byte."""
        self.kept = {
            "address": _address(self.url),
            "validator": _validator(answer),
            "digests": digests_of(answer.headers),
        }
        self.part.unlink(missing_ok=True)
        _beside(self.part).write_text(json.dumps(self.kept), encoding="utf-8")

    def _read_kept(self) -> dict[str, Any]:
        try:
            kept = json.loads(_beside(self.part).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) and kept.get("address") == _address(self.url) else {}

    def _have(self) -> int:
        return self.part.stat().st_size if self.kept and self.part.exists() else 0


def _address(url: str) -> str:
    """Return what tells one address from another; it may hold a secret, which is not kept."""
    return hashlib.sha256(url.encode()).hexdigest()


def _beside(part: Path) -> Path:
    return part.with_name(f".{part.name}.json")


def _validator(answer: Any) -> str | None:
    """Return what tells one state of a file from another: a strong ETag, or else its date."""
    tag: str | None = answer.headers.get("etag")
    if tag and not tag.startswith("W/"):
        return tag
    date: str | None = answer.headers.get("last-modified")
    return date


def _whole_bytes(answer: Any) -> int | None:
    """Return the size of the whole file, where the answer tells it."""
    if answer.status_code == 206:
        told = answer.headers.get("content-range", "").rpartition("/")[2]
    else:
        told = answer.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() else None


def _read_checksum(http: Any, address: str, url: str) -> str:
    """Return the SHA-256 that stands at an address, alone or in a list beside the file's name."""
    with explained(address), http.stream("GET", address) as answer:
        check_way(answer)
        if answer.status_code in _GONE:
            raise NotThereError(f"{shown(address)}: the checksum of {shown(url)} is not there: {said(answer)}")
        if answer.status_code != 200:
            raise FetchError(f"{shown(address)}: {said(answer)}")
        text = b""
        for data in answer.iter_raw(1 << 12):
            text += data
            if len(text) > 1 << 20:
                raise FetchError(f"{shown(address)}: is too long for a checksum; check `checksum` in the settings")
    name = urlsplit(url).path.rpartition("/")[2]
    lines = [line.split() for line in text.decode("utf-8", "replace").splitlines() if line.split()]
    named = [words[0] for words in lines if len(words) > 1 and words[-1].lstrip("*").rpartition("/")[2] == name]
    found = named or ([lines[0][0]] if len(lines) == 1 else [])
    if not found or len(found[0]) != 64 or not set(found[0].lower()) <= set("0123456789abcdef"):
        raise DamagedError(f"{shown(address)}: holds no SHA-256 of {name}; check `checksum` in the settings")
    return found[0].lower()
