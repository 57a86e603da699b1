from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import forkserver
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from command_line import on
from sqlalchemy import Engine, LargeBinary, Table, inspect, select, text
from sqlalchemy.types import TypeDecorator

from tests import chain_cases as cases
from tests import killed_restore
from tests.chain_cases import Stored, hours_of, load, quiet, stored, write_rows
from watch.backup import restore as restoring
from watch.backup.archive import MANIFEST
from watch.backup.check import check_store
from watch.backup.restore import restore
from watch.backup.save import back_up, tables_kept
from watch.detect.world import World
from watch.errors import BusyError, InputError, ShipwatchError
from watch.lease import holding
from watch.rules.loader import RuleSet
from watch.store import schema
from watch.store.alerts import read_alerts
from watch.store.database import connect, open_database
from watch.store.decisions import decide_alerts
from watch.store.history import verify_history
from watch.store.silences import add_silence
from watch.store.types import Json, UtcMoment
from watch.workspace import Workspace

AT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
_PROCESSES = multiprocessing.get_context("forkserver")  # what it takes two seconds to import is imported once
_PROCESSES.set_forkserver_preload(["tests.killed_restore"])
LONG = pytest.mark.soak
FIRST_H, END_H = 48, 66  # what the two files hold of the small sea


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files of the small sea: the second brings late rows into the first one's days, and new days."""
    folder, rows = tmp_path_factory.mktemp("files"), cases.sea_rows()
    hour = hours_of(rows)
    late = (hour > 20) & (hour < 26)
    first, second = (hour < FIRST_H) & ~late, (late | (hour >= FIRST_H)) & (hour < END_H)
    return write_rows(rows[first], folder / "first.csv"), write_rows(rows[second], folder / "second.csv")


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory, sea: World, rules: RuleSet, files: tuple[Path, Path]) -> Path:
    """The data folder of a store that has loaded the first file, decided on an alert and told of it; to be copied."""
    ws = cases.workspace(tmp_path_factory.mktemp("first"), None, sea, rules)
    load(ws, [files[0]])
    with ws.engine.begin() as conn:
        alert = read_alerts(conn)[0]
        decide_alerts(conn, {alert["alert_id"]: alert["version"]}, "ack", at=AT, actor="ann", note="seen")
        scope = {"rule": alert["rule_id"]}
        add_silence(conn, scope, reason="known", author="ann", from_at=AT, until_at=AT.replace(year=2027), at=AT)
        fill_empty_tables(conn)
    ws.engine.dispose()
    return ws.data_dir


@pytest.fixture(scope="module")
def whole(first_day: Path, tmp_path_factory: pytest.TempPathFactory, sea: World, rules: RuleSet, files: Any) -> Stored:
    """What a store that was never backed up holds after both files."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(first_day, folder / "data")
    ws = cases.workspace(folder, None, sea, rules)
    load(ws, [files[1]])
    return stored(ws)


def fill_empty_tables(conn: Any) -> None:
    """Put a row into each table that has none."""
    for table in tables_kept():
        if conn.execute(select(table).limit(1)).first() is None:
            conn.execute(table.insert().values(made_row(table)))


def made_row(table: Table) -> dict[str, Any]:
    return {c.name: made_value(c.type) for c in table.columns}


def made_value(kind: Any) -> Any:
    if isinstance(kind, UtcMoment):
        return AT.replace(microsecond=7)
    if isinstance(kind, Json):
        return {"ship": "ÅSE \U0001f6a2", "n": [1, 2.5, None]}
    if isinstance(kind, LargeBinary):
        return bytes(range(256))
    base = kind.impl if isinstance(kind, TypeDecorator) else kind
    python = base.python_type
    return {int: 1, float: 0.1, bool: True, str: 'a "b"\n\u2028'}[python]


def source_of(folder: Path, url: str, first_day: Path, world: World, rules: RuleSet) -> Workspace:
    """Return the store of the first day on a database: moved there, as one would move it."""
    ws = cases.workspace(folder, url, world, rules)
    laptop = Workspace(first_day)
    restore(ws, back_up_to(laptop, folder.parent / f"{folder.name}.zip"), at=AT, progress=quiet, replace=True)
    laptop.engine.dispose()
    return ws


def back_up_to(ws: Workspace, path: Path, **options: Any) -> Path:
    back_up(ws, path, at=AT, progress=quiet, **{"with_positions": True, **options})
    return path


def rows_of(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect() as conn:
        found = {t.name: conn.execute(select(t).order_by(*t.primary_key.columns)).all() for t in tables_kept()}
        found["meta"] = [row for row in found["meta"] if row.key != "restored"]
        return {name: [tuple(row) for row in rows] for name, rows in found.items()}


def files_of(data_dir: Path) -> dict[str, bytes]:
    found = (p for name in ("lake", "state") for p in (data_dir / name).rglob("*") if p.is_file())
    return {p.relative_to(data_dir).as_posix(): p.read_bytes() for p in found}


@pytest.mark.parametrize(
    ("database_url", "blank_database_url"),
    [
        ("sqlite", "postgresql"),
        pytest.param("postgresql", "sqlite", marks=LONG),
        pytest.param("sqlite", "sqlite", marks=LONG),
        pytest.param("postgresql", "postgresql", marks=LONG),
    ],
    indirect=True,
)
def test_moved_to_any_database_it_goes_on_as_if_nothing_happened(
    database_url: str,
    blank_database_url: str,
    tmp_path: Path,
    first_day: Path,
    sea: World,
    rules: RuleSet,
    files: tuple[Path, Path],
    whole: Stored,
) -> None:
    source = source_of(tmp_path / "source", database_url, first_day, sea, rules)
    kept = back_up_to(source, tmp_path / "kept.zip")
    target = cases.workspace(tmp_path / "target", blank_database_url, sea, rules)
    restored = restore(target, kept, at=AT, progress=quiet)
    assert (restored.remarks, restored.faults) == ([], [])
    assert rows_of(target.engine) == rows_of(Workspace(first_day).engine)
    assert files_of(target.data_dir) == files_of(first_day)
    assert check_store(target, quiet) == []
    assert load(target, [files[0]]).files[0].positions == 0
    load(target, [files[1]])  # numbers of loads and runs go on after those restored
    assert stored(target) == whole
    with target.engine.connect() as conn:
        assert verify_history(conn) == []
    assert check_store(target, quiet) == []
    source.engine.dispose()
    target.engine.dispose()


@pytest.mark.soak
def test_without_its_positions_the_folder_s_own_are_gone_through_anew(
    tmp_path: Path, first_day: Path, sea: World, rules: RuleSet, files: tuple[Path, Path], whole: Stored
) -> None:
    shutil.copytree(first_day, tmp_path / "data")
    ws = cases.workspace(tmp_path, None, sea, rules)
    kept = back_up_to(ws, tmp_path / "kept.zip", with_positions=False)
    load(ws, [files[1]])
    restored = restore(ws, kept, at=AT, progress=quiet, replace=True)
    assert "finds all events anew" in " ".join(restored.remarks)
    load(ws, [files[1]])
    assert stored(ws) == whole


def test_positions_that_are_nowhere_are_told_and_work_goes_on_after_them(
    tmp_path: Path, first_day: Path, sea: World, rules: RuleSet
) -> None:
    """Events and alerts stay; what began before and ends after is found from the state that travels along."""
    new = tmp_path / "new.csv"
    rows_ = cases.sea_rows()
    write_rows(rows_[(hours_of(rows_) >= FIRST_H) & (hours_of(rows_) < END_H)], new)
    kept = back_up_to(Workspace(first_day), tmp_path / "kept.zip", with_positions=False)
    ws = cases.workspace(tmp_path / "bare", None, sea, rules)
    restored = restore(ws, kept, at=AT, progress=quiet)
    assert "stay as they are, and the next run goes on from there" in " ".join(restored.remarks)
    with_all = cases.workspace(tmp_path / "all", None, sea, rules)
    shutil.copytree(first_day, with_all.data_dir)
    for store in (ws, with_all):
        load(store, [new])
    assert stored(ws) == stored(with_all)
    assert check_store(ws, quiet) == []


@pytest.mark.parametrize("database_url", [pytest.param("sqlite", marks=LONG), "postgresql"], indirect=True)
def test_a_backup_is_of_one_moment_though_runs_go_on(
    database_url: str, tmp_path: Path, first_day: Path, sea: World, rules: RuleSet, files: tuple[Path, Path]
) -> None:
    """A load comes in between two tables: the rows are those of before, and the positions too."""
    ws = source_of(tmp_path / "source", database_url, first_day, sea, rules)
    before, lake = rows_of(ws.engine), files_of(ws.data_dir)
    asked: list[str] = []

    def meddle(what: str, share: float) -> None:
        if not asked and what == "keeping positions":
            asked.append(what)
            load(cases.workspace(tmp_path / "source", database_url, sea, rules), [files[1]])

    back_up(ws, tmp_path / "kept.zip", at=AT, progress=meddle, with_positions=True)
    assert asked
    assert rows_of(ws.engine) != before
    target = Workspace(tmp_path / "target")
    restore(target, tmp_path / "kept.zip", at=AT, progress=quiet)
    assert rows_of(target.engine) == before
    assert files_of(target.data_dir) == lake
    ws.engine.dispose()


@pytest.mark.parametrize("blank_database_url", [pytest.param("sqlite", marks=LONG), "postgresql"], indirect=True)
def test_one_made_by_an_earlier_version_is_brought_up_to_this_one(
    blank_database_url: str, tmp_path: Path, first_day: Path
) -> None:
    """The archive of an earlier version is made of a store that was taken down to it."""
    shutil.copytree(first_day, tmp_path / "old")
    old = Workspace(tmp_path / "old")
    with old.engine.begin() as conn:
        migrate_down(conn, "0003")
    kept = tmp_path / "kept.zip"
    make_archive_of(old.engine, "0003", kept)
    target = Workspace(tmp_path / "target", blank_database_url)
    restore(target, kept, at=AT, progress=quiet)
    found, wanted = rows_of(target.engine), rows_of(Workspace(first_day).engine)
    assert inspect(target.engine).get_table_names()
    for name in ("alerts", "events", "identities"):
        assert found[name] == wanted[name], name
    assert found["silences"] == []
    target.engine.dispose()


def migrate_down(conn: Any, revision: str) -> None:
    """Take tables down as an earlier version had them, without what it could not hold."""
    from alembic import command
    from watch.store.database import alembic_config

    for table in (schema.delivery_tries, schema.deliveries):
        conn.execute(table.delete())
    conn.execute(schema.alert_history.delete().where(schema.alert_history.c.alert_id.is_(None)))
    command.downgrade(alembic_config(conn), revision)


def make_archive_of(engine: Engine, revision: str, path: Path) -> None:
    """Write the archive that the version of a revision would have made of its tables."""
    from sqlalchemy import MetaData

    then = MetaData()
    then.reflect(engine)
    kept, head = schema.metadata, schema.HEAD
    then.remove(then.tables["alembic_version"])
    try:
        schema.metadata, schema.HEAD = then, revision
        ws = Workspace(path.parent / "nowhere")
        vars(ws)["engine"] = engine
        back_up(ws, path, at=AT, progress=quiet)
    finally:
        schema.metadata, schema.HEAD = kept, head


@pytest.fixture(scope="module")
def archive(first_day: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return back_up_to(Workspace(first_day), tmp_path_factory.mktemp("archive") / "kept.zip")


@pytest.fixture(scope="module")
def another(files: tuple[Path, Path], sea: World, rules: RuleSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a store that holds other things."""
    ws = cases.workspace(tmp_path_factory.mktemp("another"), None, sea, rules)
    load(ws, [files[1]])
    return back_up_to(ws, ws.data_dir.with_suffix(".zip"))


def changed(archive: Path, path: Path, change: Callable[[dict[str, bytes]], None], packed: int = 8) -> Path:
    """Write an archive again with its members changed; the manifest stays as it was unless it is changed too."""
    with zipfile.ZipFile(archive) as source:
        content = {name: source.read(name) for name in source.namelist()}
    change(content)
    with zipfile.ZipFile(path, "w") as target:
        for name, data in content.items():
            how = packed if name.startswith("tables/") or name == MANIFEST else 0
            target.writestr(zipfile.ZipInfo(name), data, compress_type=how)
    return path


def manifest_with(**values: Any) -> Callable[[dict[str, bytes]], None]:
    def change(content: dict[str, bytes]) -> None:
        content[MANIFEST] = json.dumps({**json.loads(content[MANIFEST]), **values}).encode()

    return change


def member_with(name: str, data: bytes, to: str | None = None, **said: Any) -> Callable[[dict[str, bytes]], None]:
    """Put other bytes in a member's place, under another name when given, and let the manifest agree."""
    import hashlib

    def change(content: dict[str, bytes]) -> None:
        del content[name]
        content[to or name] = data
        manifest = json.loads(content[MANIFEST])
        (member,) = (m for m in manifest["members"] if m["name"] == name)
        member |= {"name": to or name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **said}
        content[MANIFEST] = json.dumps(manifest).encode()

    return change


def first_byte_of(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(content: dict[str, bytes]) -> None:
        content[name] = bytes([content[name][0] ^ 1]) + content[name][1:]

    return change


RUNS = "tables/runs.jsonl"
LATER = "made by a later version, 9.0 .tables 9999.: install it"
HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "a_later_version": (manifest_with(revision="9999", version="9.0"), LATER),
    "another_format": (manifest_with(format="other"), "is of the format 'other'"),
    "no_manifest": (lambda content: content.pop(MANIFEST) and None, "is no backup of Shipwatch"),
    "manifest_is_no_json": (lambda content: content.update({MANIFEST: b"[" * 100_000}), "manifest.json is wrong"),
    "a_changed_row": (first_byte_of("tables/alerts.jsonl"), "tables/alerts.jsonl is damaged or was changed"),
    "a_missing_member": (lambda content: content.pop(RUNS) and None, "does not hold exactly"),
    "one_member_more": (lambda content: content.update({"tables/more.jsonl": b""}), "does not hold exactly"),
    "a_path_upwards": (member_with(RUNS, b"x", "lake/../../../evil"), "manifest.json is wrong at members"),
    "an_absolute_path": (member_with(RUNS, b"x", "/tmp/evil"), "manifest.json is wrong at members"),
    "a_hidden_file": (member_with(RUNS, b"x", "lake/.evil"), "manifest.json is wrong at members"),
    "another_folder": (member_with(RUNS, b"x", "rules/evil.yaml"), "manifest.json is wrong at members"),
    "a_table_of_others": (member_with(RUNS, b"", "tables/people.jsonl"), "its tables are not those"),
    "a_session_that_somebody_made": (member_with(RUNS, b"", "tables/sessions.jsonl"), "its tables are not those"),
    "columns_of_others": (member_with(RUNS, b"", columns=["run_id; DROP TABLE runs"]), "columns of runs are not ours"),
    "too_few_rows": (member_with(RUNS, b""), "holds 0 rows, not"),
    "a_text_for_a_number": (member_with(RUNS, b'["x"]\n'), "row 1 of runs does not fit"),
    "no_json": (member_with(RUNS, b"{[\n"), "line 1 is not JSON"),
    "deep_json": (member_with(RUNS, b"[" * 200_000 + b"\n"), "line 1 is not JSON"),
    "a_bomb": (member_with(RUNS, b"\0" * (40 << 20)), "is not packed as Shipwatch packs it"),
    "a_packed_lake": (member_with(RUNS, b"x", "lake/x"), "is not packed as Shipwatch packs it"),
}


@pytest.mark.parametrize(("change", "told"), HOSTILE.values(), ids=HOSTILE)
def test_an_archive_that_is_not_ours_changes_nothing(
    change: Callable[[dict[str, bytes]], None], told: str, archive: Path, first_day: Path, tmp_path: Path
) -> None:
    shutil.copytree(first_day, tmp_path / "data")
    ws = Workspace(tmp_path / "data")
    before, lake = rows_of(ws.engine), files_of(ws.data_dir)
    bad = changed(archive, tmp_path / "bad.zip", change)
    if told.endswith("packs it") and "lake/x" in zipfile.ZipFile(bad).namelist():
        bad = repacked(bad, tmp_path / "packed.zip")
    with pytest.raises(ShipwatchError, match=told):
        restore(ws, bad, at=AT, progress=quiet, replace=True)
    assert rows_of(ws.engine) == before
    assert files_of(ws.data_dir) == lake
    assert not (tmp_path / "data" / "restoring").exists()
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != ".zip") == ["data"]


def repacked(path: Path, target: Path) -> Path:
    """Write an archive with every member packed."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in source.namelist():
            packed.writestr(name, source.read(name))
    return target


@pytest.mark.parametrize("content", [b"", b"mmsi,fix_at\n", b"PK\x03\x04" + b"\0" * 100], ids=["empty", "csv", "cut"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(InputError, match="is no backup of Shipwatch"):
        restore(Workspace(tmp_path / "data"), tmp_path / "bad.zip", at=AT, progress=quiet)


def test_every_cut_of_an_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    for share in range(1, 20):
        (tmp_path / "cut.zip").write_bytes(content[: len(content) * share // 20])
        with pytest.raises(InputError, match="is no backup of Shipwatch"):
            restore(Workspace(tmp_path / "data"), tmp_path / "cut.zip", at=AT, progress=quiet)


def test_a_store_that_holds_something_is_left_alone_unless_told(archive: Path, first_day: Path, tmp_path: Path) -> None:
    shutil.copytree(first_day, tmp_path / "data")
    before = rows_of(Workspace(tmp_path / "data").engine)
    done = on(tmp_path / "data", "db", "restore", archive)
    assert (done.code, "--replace" in done.err) == (2, True)
    assert rows_of(Workspace(tmp_path / "data").engine) == before
    assert on(tmp_path / "data", "db", "restore", archive, "--replace").code == 0


def test_who_is_at_work_on_the_store_is_not_disturbed(
    engine: Engine, database_url: str, archive: Path, tmp_path: Path
) -> None:
    for name in ("scheduler", "writer"):
        with holding(engine, name), pytest.raises(BusyError, match=f"'{name}' is held by"):
            restore(Workspace(tmp_path / "data", database_url), archive, at=AT, progress=quiet)


STEPS = ("unpack", "_fill", "_set_sequences", "write_meta", "verify_history", "swap", "settle")


@pytest.mark.parametrize("database_url", [pytest.param("sqlite", marks=LONG), "postgresql"], indirect=True)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "after", [False, pytest.param(True, marks=LONG)], ids=["before", "after"]
)  # after one step is, but for what it holds in memory, before the next
def test_a_restore_that_fails_at_any_step_leaves_the_old_store_or_the_new(
    step: str,
    after: bool,
    database_url: str,
    archive: Path,
    another: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ws = Workspace(tmp_path / "data", database_url)
    restore(ws, another, at=AT, progress=quiet)
    old = rows_of(ws.engine), files_of(ws.data_dir)
    function = getattr(restoring, step)

    def faulty(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.undo()
        result = function(*args, **kwargs) if after else None
        raise MemoryError(result)

    monkeypatch.setattr(restoring, step, faulty)
    with pytest.raises(MemoryError):
        restore(ws, archive, at=AT, progress=quiet, replace=True)
    if step != "settle":
        assert (rows_of(ws.engine), files_of(ws.data_dir)) == old
    assert not (ws.data_dir / "restoring").exists()
    restore(ws, archive, at=AT, progress=quiet, replace=True)
    assert check_store(ws, quiet) == []
    ws.engine.dispose()


def test_killed_while_folders_are_swapped_the_next_run_settles_it(archive: Path, another: Path, tmp_path: Path) -> None:
    """Killed before each rename and removal in turn: the store is the old one or the restored one, never a mixture."""
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):  # the server that forks asks nothing else
        forkserver.ensure_running()
    restore(Workspace(tmp_path / "made"), another, at=AT, progress=quiet)
    old = rows_of(Workspace(tmp_path / "made").engine), files_of(tmp_path / "made")
    seen, number = set(), 0
    while True:
        number += 1
        data = shutil.copytree(tmp_path / "made", tmp_path / f"data-{number}")
        process = _PROCESSES.Process(target=killed_restore.work, args=(data, archive, number))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        ws = Workspace(data)
        with ws.writing():
            assert not (data / "restoring").exists()
        is_old = (rows_of(ws.engine), files_of(data)) == old
        assert is_old or check_store(ws, quiet) == []
        seen.add("old" if is_old else "new")
    assert seen == {"old", "new"}
    assert number >= 6


def test_the_commands_tell_what_they_did(first_day: Path, tmp_path: Path) -> None:
    done = on(first_day, "db", "backup", tmp_path / "kept.zip", "--with-positions")
    assert (done.code, "alerts" in done.out, "files of positions" in done.out) == (0, True, True)
    assert (tmp_path / "kept.zip").stat().st_mode & 0o077 == 0
    again = on(first_day, "db", "backup", tmp_path / "kept.zip")
    assert (again.code, "is there already" in again.err) == (2, True)
    done = on(tmp_path / "data", "db", "restore", tmp_path / "kept.zip")
    assert (done.code, "restored: " in done.out) == (0, True)
    assert on(tmp_path / "data", "alerts", "verify").code == 0
    assert on(tmp_path / "data", "db", "check").out == "the store is whole\n"


def first_file(data_dir: Path) -> Path:
    return sorted((data_dir / "lake" / "positions").rglob("*.parquet"))[0]


def empty_of_rows(data_dir: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(first_file(data_dir))
    pq.write_table(table.slice(1), first_file(data_dir))


def execute(statement: str) -> Callable[[Path], None]:
    def change(data_dir: Path) -> None:
        engine = open_database(None, data_dir)
        with engine.begin() as conn:
            conn.execute(text(statement))
        engine.dispose()

    return change


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a_row_of_the_lake_is_gone": (empty_of_rows, "positions, and events were found in"),
    "a_file_is_cut": (lambda d: os.truncate(first_file(d), 500), "cannot be read"),
    "the_history_was_changed": (execute("UPDATE alert_history SET actor = 'eve' WHERE seq = 1"), "was changed after"),
    "a_state_is_gone": (lambda d: [p.unlink() for p in (d / "state").iterdir()] and None, "missing or damaged"),
    "counts_do_not_add_up": (execute("UPDATE loads SET duplicates = 7"), "counts do not add up"),
    "a_day_is_unknown": (execute("DELETE FROM slices"), "the database knows nothing of"),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGE.values(), ids=DAMAGE)
def test_the_check_finds_damage(damage: Callable[[Path], None], told: str, first_day: Path, tmp_path: Path) -> None:
    data = shutil.copytree(first_day, tmp_path / "data")
    damage(data)
    done = on(data, "db", "check")
    assert (done.code, told in done.out) == (1, True), done.out


def test_an_upgrade_keeps_a_copy_of_an_sqlite_file_first(first_day: Path, tmp_path: Path) -> None:
    data = shutil.copytree(first_day, tmp_path / "data")
    engine = connect(None, data)
    with engine.begin() as conn:
        migrate_down(conn, "0003")
    engine.dispose()
    done = on(data, "db", "upgrade")
    (copy,) = data.glob("shipwatch.db.0003-*")
    assert (done.code, str(copy) in done.out, "upgraded from 0003" in done.out) == (0, True, True)
    old = connect(f"sqlite:///{copy}", data)
    with old.connect() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0003"
        assert conn.execute(text("SELECT count(*) FROM alerts")).scalar()
    old.dispose()
    assert "nothing to do" in on(data, "db", "upgrade").out
    assert len(list(data.glob("shipwatch.db.0003-*"))) == 1
