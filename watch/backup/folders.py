"""The folders of a restored store: put in place together with the tables, or not at all, whatever ends it.

Files and tables cannot be committed as one. So the old folders are kept aside with a note until the tables say
whether they are the restored ones; whoever finds the note brings the folders in line with the tables.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from watch.backup.archive import Manifest, copy_member
from watch.backup.save import FOLDERS
from watch.errors import StoreError
from watch.parquet import replacing
from watch.store.meta import read_meta

#: Meta: which restore the tables come from.
RESTORED = "restored"

_ASIDE = "restoring"
_NOTE = "note.json"
_SPARE_BYTES = 256 << 20  # own: what the next run needs to begin with


def unpack(
    archive: zipfile.ZipFile, manifest: Manifest, data_dir: Path, progress: Callable[[str, float], None]
) -> None:
    """Write the files of an archive beside the folders of a data directory.

    Raises
    ------
    StoreError
        There is no room for them.
    InputError
        One is damaged.
    """
    files, new = manifest.files(), data_dir / _ASIDE / "new"
    needed, free = sum(member.size_bytes for member in files), shutil.disk_usage(data_dir).free
    if needed + _SPARE_BYTES > free:
        raise StoreError(
            f"{data_dir} has room for {free / 1e6:,.0f} MB, and positions take {needed / 1e6:,.0f} MB; make room first"
        )
    for name in FOLDERS:
        (new / name).mkdir(parents=True)
    for number, member in enumerate(files):
        progress("unpacking positions", number / len(files))
        target = new / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as raw:
            copy_member(archive, member, raw, lambda n: None)
            raw.flush()
            os.fsync(raw.fileno())


def swap(data_dir: Path, restore_id: str) -> None:
    """Put the unpacked folders in place and keep the old ones aside, with a note of it."""
    aside = data_dir / _ASIDE
    had = [name for name in FOLDERS if (data_dir / name).exists()]
    with replacing(aside / _NOTE) as unfinished:
        unfinished.write_text(json.dumps({"id": restore_id, "had": had}))
    (aside / "old").mkdir()
    for name in had:
        (data_dir / name).rename(aside / "old" / name)
    for name in FOLDERS:
        (aside / "new" / name).rename(data_dir / name)


def settle(engine: Engine, data_dir: Path) -> None:
    """Bring the folders in line with the tables where a restore was cut off; nothing to do is usual."""
    aside = data_dir / _ASIDE
    if not aside.exists():
        return
    note = aside / _NOTE
    if note.exists():
        told = json.loads(note.read_text())
        with engine.connect() as connection:
            stands = (read_meta(connection, RESTORED) or {}).get("id") == told["id"]
        if not stands:
            _put_back(data_dir, told["had"])
        note.unlink()
    shutil.rmtree(aside)


def _put_back(data_dir: Path, had: list[str]) -> None:
    aside = data_dir / _ASIDE
    for name in FOLDERS:
        new, old, place = aside / "new" / name, aside / "old" / name, data_dir / name
        if place.exists() and (old.exists() or (name not in had and not new.exists())):
            shutil.rmtree(place)
        if old.exists():
            old.rename(place)
