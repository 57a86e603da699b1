"""Making a backup: the tables as they stand at one moment, and the lake of the same moment, in one file."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Table, func, select

from watch import __version__
from watch.backup.archive import FORMAT, MANIFEST, Digest, Manifest, Member
from watch.backup.bare import last_state
from watch.backup.rows import plain_rows, to_line
from watch.errors import BusyError, ConfigError
from watch.parquet import STRAY, replacing
from watch.store import schema
from watch.workspace import Workspace

Progress = Callable[[str, float], None]

#: The folders of a data directory that the database speaks of.
FOLDERS = ("lake", "state")
#: Who holds what just now, and who is logged in or tried to, is no part of what was found out.
LEFT_OUT = {"leases", "sessions", "login_tries"}

_WAIT_S = 3600.0  # own: a run that loads a busy day ends sooner
_ASIDE = "backing-up"
_CHUNK_BYTES = 1 << 20


def back_up(
    ws: Workspace, path: Path, *, at: datetime, progress: Progress, with_positions: bool = False, replace: bool = False
) -> Manifest:
    """Write a store to a file and return what it holds; runs and analysts go on meanwhile.

    Parameters
    ----------
    ws
        The store.
    path
        The file; whole or not there at all.
    at
        The time now.
    progress
        Told how far it is.
    with_positions
        Whether the lake and the states of tracks are kept too; a run under way is waited for.
    replace
        Whether a file of that name may be replaced.

    Raises
    ------
    ConfigError
        There is such a file already.
    """
    if path.exists() and not replace:
        raise ConfigError(f"{path} is there already; name another file, or add --replace")
    with replacing(path) as unfinished, _snapshot(ws, with_positions) as (connection, folder):
        unfinished.touch(mode=0o600)
        with zipfile.ZipFile(unfinished, "w", allowZip64=True) as archive:
            members = [*_write_tables(connection, archive, progress), *_write_files(archive, folder, progress)]
            if folder is None and (state := last_state(connection, ws.data_dir)):
                with suppress(FileNotFoundError):  # a run has come further meanwhile
                    members.append(_write_file(archive, state, f"state/{state.name}"))
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                revision=schema.HEAD,
                database=connection.dialect.name,
                made_at=at,
                with_positions=with_positions,
                members=members,
            )
            archive.writestr(zipfile.ZipInfo(MANIFEST), manifest.model_dump_json(exclude_none=True, indent=1))
    return manifest


def tables_kept() -> list[Table]:
    """Return the tables that a backup holds, each after those it refers to."""
    return [table for table in schema.metadata.sorted_tables if table.name not in LEFT_OUT]


@contextmanager
def _snapshot(ws: Workspace, with_positions: bool) -> Iterator[tuple[Connection, Path | None]]:
    """Give a transaction that sees the tables of one moment, and a folder with the files of the same moment."""
    with ws.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        if not with_positions:
            _begin(connection)
            yield connection, None
            return
        with _aside(ws) as folder:
            with ws.writing(wait_s=_WAIT_S):  # no run changes the one between the other
                _link_files(ws.data_dir, folder)
                _begin(connection)
            yield connection, folder


def _begin(connection: Connection) -> None:
    """Let the snapshot be of now: it is taken with the first question."""
    connection.execute(select(func.count()).select_from(schema.meta))


@contextmanager
def _aside(ws: Workspace) -> Iterator[Path]:
    """Give an empty folder on the disk of the lake, for one backup at a time; what a crash left in it is removed."""
    folder = ws.data_dir / _ASIDE
    try:
        with FileLock(ws.data_dir / f"{_ASIDE}.lock", timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout as error:
        raise BusyError(f"another backup of {ws.data_dir} is being made; wait for it to end") from error


def _link_files(data_dir: Path, folder: Path) -> None:
    """Keep the files as they are now: a run replaces files and never writes into one."""
    for path in _files(data_dir, FOLDERS):
        kept = folder / path.relative_to(data_dir)
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, kept)
        except OSError:  # not every file system has links
            shutil.copyfile(path, kept)


def _files(root: Path, folders: Sequence[str]) -> list[Path]:
    found = (path for name in folders for path in (root / name).rglob("*"))
    return sorted(path for path in found if path.is_file() and not path.name.endswith(STRAY))


def _write_tables(connection: Connection, archive: zipfile.ZipFile, progress: Progress) -> Iterator[Member]:
    tables = tables_kept()
    counts = {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}
    total, done = max(sum(counts.values()), 1), 0
    for table in tables:
        name, rows = f"tables/{table.name}.jsonl", 0
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as raw:
            target = Digest(raw)
            for rows, row in enumerate(plain_rows(connection, table), 1):
                target.write(to_line(row))
                if rows % 1_000 == 0:
                    progress(f"keeping {table.name}", (done + rows) / total)
        done += rows
        columns = [column.name for column in table.columns]
        yield Member(name=name, size_bytes=target.size_bytes, sha256=target.hexdigest(), rows=rows, columns=columns)


def _write_files(archive: zipfile.ZipFile, folder: Path | None, progress: Progress) -> Iterator[Member]:
    """Write the files of the lake as they are: they are packed already."""
    paths = _files(folder, FOLDERS) if folder else []
    for number, path in enumerate(paths):
        progress("keeping positions", number / len(paths))
        yield _write_file(archive, path, path.relative_to(folder or path).as_posix())


def _write_file(archive: zipfile.ZipFile, path: Path, name: str) -> Member:
    with path.open("rb") as source, archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as raw:
        target = Digest(raw)
        while data := source.read(_CHUNK_BYTES):
            target.write(data)
    return Member(name=name, size_bytes=target.size_bytes, sha256=target.hexdigest())
