from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from watch import paths
from watch.errors import ConfigError, StoreError
from watch.store import schema
from watch.store.database import alembic_config, connect, migrate, open_database, upgrade
from watch.store.meta import read_meta, write_meta
from watch.store.types import storable, to_json

OURS = set(schema.metadata.tables)


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_there_is_one_head_and_the_schema_names_it() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [schema.HEAD]


def test_a_new_database_gets_at_once_what_the_models_say(blank_database_url: str, tmp_path: Path) -> None:
    engine = open_database(blank_database_url, tmp_path)
    assert tables(engine) == OURS | {"alembic_version"}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_down_to_nothing_and_up_again(blank_database_url: str, tmp_path: Path) -> None:
    engine = open_database(blank_database_url, tmp_path)
    with engine.begin() as connection:
        migrate(connection, "base")
    assert tables(engine) == {"alembic_version"}
    with engine.begin() as connection:
        migrate(connection, "head")
    assert tables(engine) == OURS | {"alembic_version"}
    engine.dispose()


def test_a_failed_migration_leaves_nothing_behind(blank_database_url: str, tmp_path: Path) -> None:
    engine = connect(blank_database_url, tmp_path)
    with engine.connect() as connection, connection.begin() as transaction:
        migrate(connection, "head")
        transaction.rollback()
    assert tables(engine) == set()
    engine.dispose()


def test_opening_and_upgrading_again_changes_nothing(engine: Engine, database_url: str, tmp_path: Path) -> None:
    with engine.begin() as connection:
        write_meta(connection, "kept", [1])
    upgrade(engine)
    again = open_database(database_url, tmp_path)
    with again.connect() as connection:
        assert read_meta(connection, "kept") == [1]
    again.dispose()


def test_without_an_address_it_is_a_file_in_the_data_directory(tmp_path: Path) -> None:
    open_database(None, tmp_path / "new" / "data").dispose()
    assert (tmp_path / "new" / "data" / "shipwatch.db").is_file()


def test_sqlite_lets_others_read_while_one_writes(tmp_path: Path) -> None:
    engine = open_database(None, tmp_path)
    with engine.begin() as writer:
        write_meta(writer, "a", 1)
        with engine.connect() as reader:
            assert read_meta(reader, "a") is None
            assert reader.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()


def test_an_earlier_version_is_told_how_to_upgrade(
    blank_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(blank_database_url, tmp_path)
    later = shutil.copytree(paths.bundled("alembic"), tmp_path / "alembic")
    (later / "versions" / "9999_later.py").write_text(
        f"revision = '9999'\ndown_revision = '{schema.HEAD}'\ndef upgrade(): pass\ndef downgrade(): pass\n"
    )
    monkeypatch.setattr(paths, "bundled", lambda name: tmp_path / name)
    ours = schema.HEAD
    monkeypatch.setattr(schema, "HEAD", "9999")
    with pytest.raises(StoreError, match=rf"earlier version \({ours}\).*shipwatch db upgrade"):
        open_database(blank_database_url, tmp_path)
    upgrade(engine)
    open_database(blank_database_url, tmp_path).dispose()
    engine.dispose()


def test_a_later_version_is_left_alone(blank_database_url: str, tmp_path: Path) -> None:
    engine = open_database(blank_database_url, tmp_path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"later version \(9999\): install"):
        open_database(blank_database_url, tmp_path)
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://ann:s3cret@127.0.0.1:9/none", id="password_in_front_of_the_host"),
        pytest.param("postgresql://ann@127.0.0.1:9/none?password=s3cret", id="password_in_the_query"),
    ],
)
def test_an_unreachable_database_is_explained_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1.*check that it runs") as caught:
        open_database(url, tmp_path)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["mysql://a:s3cret@b/c", "nonsense s3cret", "duck://s3cret", "postgresql+none://s3cret"]
)
def test_an_address_of_no_known_database_is_bad_use(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--db is no address") as caught:
        open_database(url, tmp_path)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    (tmp_path / "shipwatch.db").write_text("mmsi,fix_at,lat,lon\n" * 100)
    with pytest.raises(StoreError, match=r"shipwatch\.db cannot be used: file is not a database"):
        open_database(None, tmp_path)


def test_a_data_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/data cannot be made"):
        open_database(None, tmp_path / "file" / "data")


@pytest.mark.parametrize(
    "at",
    [
        datetime(2020, 5, 3, 4, 5, 6, 7, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2020, 5, 3, 1, tzinfo=timezone(timedelta(hours=-4))),
    ],
    ids=["microseconds", "before_1970", "another_zone"],
)
def test_moments_come_back_aware_and_exact(engine: Engine, at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(schema.health.insert(), {"kind": "k", "at": at, "message": "m"})
        found = connection.execute(schema.health.select()).one().at
    assert (found, found.tzinfo) == (at, UTC)


def test_a_moment_without_a_zone_is_refused(engine: Engine) -> None:
    naive = datetime(2020, 5, 3, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(Exception, match="has no time zone"), engine.begin() as connection:
        connection.execute(schema.health.insert(), {"kind": "k", "at": naive, "message": "m"})


def test_json_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="complex cannot be stored"):
        to_json({"a": 1j})


def test_plain_text_is_stored_as_it_is() -> None:
    assert storable("ÅSE-2 \U0001f6a2 漢字") == "ÅSE-2 \U0001f6a2 漢字"
