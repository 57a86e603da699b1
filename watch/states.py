"""States: what the fold knew at a moment, kept as files by their content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

import pyarrow as pa

from watch.errors import StoreError
from watch.parquet import pack_state, replacing, unpack_state

_DIGEST = re.compile(r"[0-9a-f]{64}")


class States:
    """The states in a folder.

    Parameters
    ----------
    folder
        Made when the first is saved.
    """

    def __init__(self, folder: Path) -> None:
        self._states = folder

    def save_state(self, tables: Mapping[str, pa.Table]) -> str:
        """Keep named tables as one file and return its digest; equal content has an equal digest."""
        content = pack_state(tables)
        digest = hashlib.sha256(content).hexdigest()
        path = self._state_path(digest)
        if not path.exists():
            with replacing(path) as stray:
                stray.write_bytes(content)
        return digest

    def has_state(self, digest: str) -> bool:
        """Return whether a state is kept under a digest."""
        return self._state_path(digest).exists()

    def load_state(self, digest: str, names: Collection[str] | None = None) -> dict[str, pa.Table]:
        """Return the tables kept under a digest, or these of them.

        Raises
        ------
        StoreError
            When there is no such state or its content is damaged.
        """
        path = self._state_path(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreError(f"the state {path} is missing or damaged; mark all days dirty and run again")
        return unpack_state(content, names)

    def drop_states(self, keep: Collection[str]) -> int:
        """Remove all states but these and return how many were removed."""
        dropped = [path for path in self._states.glob("*.zip") if path.stem not in set(keep)]
        for path in dropped:
            path.unlink()
        return len(dropped)

    def _state_path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise StoreError(f"{digest!r} is no digest of a state")
        return self._states / f"{digest}.zip"
