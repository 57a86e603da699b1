"""The relational database: opened, checked and brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from watch import paths
from watch.errors import ConfigError, StoreError
from watch.store import schema
from watch.store.trouble import explain_errors, explained, shown

SQLITE_FILE = "shipwatch.db"

_BUSY_WAIT_MS = 30_000  # own: no transaction of ours lasts as long
_SQLITE_SETTINGS = (
    f"busy_timeout={_BUSY_WAIT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",  # a commit outlives a power cut, as the files of the lake do
    "foreign_keys=ON",
    "cache_size=-65536",  # KiB; the indexes of a busy day do not fit in the usual 2 MiB
)
_CONNECT_WAIT_S = 10  # own: a server that is there answers at once; psycopg would wait for two minutes
#: own: a server whose machine lost power is given up within a minute; the system would wait for two hours.
_CONNECTION = {
    "connect_timeout": _CONNECT_WAIT_S,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}
_UPGRADE_LOCK = 7_447_401  # any number that is ours alone on the server
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def open_database(url: str | None, data_dir: Path | str) -> Engine:
    """Return an engine on a database whose tables are those of this version; a new database gets them at once.

    Parameters
    ----------
    url
        SQLAlchemy URL; None means the SQLite file in `data_dir`.
    data_dir
        Made when it does not exist and the database lies in it.

    Raises
    ------
    ConfigError
        When the URL is none, or of a kind of database that is not supported.
    StoreError
        When the database cannot be reached, or needs `shipwatch db upgrade`, or is of a later version.
    """
    engine = connect(url, data_dir)
    with explained(engine.url):
        found = revision(engine)
        if found is None:
            upgrade(engine)
        elif found != schema.HEAD:
            raise StoreError(_outdated(engine.url, found))
    return engine


def connect(url: str | None, data_dir: Path | str) -> Engine:
    """Return an engine without a look at the tables behind it; `open_database` says what is raised."""
    target = _target(url, Path(data_dir))
    if target.get_backend_name() == "sqlite":
        plain = create_engine(target, connect_args={"timeout": _BUSY_WAIT_MS / 1000})
        engine: Engine = _SqliteEngine(plain.pool, plain.dialect, plain.url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(target, pool_pre_ping=True, hide_parameters=True, connect_args=_CONNECTION)
    explain_errors(engine)
    return engine


def _target(url: str | None, data_dir: Path) -> URL:
    if url is None:
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{data_dir} cannot be made: {error.strerror}; name another with --data-dir") from error
        return URL.create("sqlite", database=str(data_dir / SQLITE_FILE))
    try:
        target = make_url(url)
        target = target.set(drivername=_DRIVERS.get(target.drivername, target.drivername))
        backend = target.get_backend_name()
        target.get_dialect()
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        backend = None
    if backend not in ("sqlite", "postgresql"):
        raise ConfigError(
            "--db is no address of a database: write sqlite:///FILE or postgresql://USER@HOST/NAME"
            " (the latter needs the extra shipwatch[postgres])"
        )
    return target


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, so that they hold CREATE TABLE too
    for setting in _SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")


class _SqliteEngine(Engine):
    """An engine whose `begin` waits for the right to write.

    SQLite grants it to one at a time. Who asks only after reading is refused at once when another wrote meanwhile.
    """

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.connect() as connection, connection.execution_options(writes=True).begin():
            yield connection


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def upgrade(engine: Engine) -> None:
    """Bring the tables up to this version; processes that do so at once wait for one another.

    Raises
    ------
    StoreError
        When the database cannot be reached, or is of a later version.
    """
    found = revision(engine)
    if found is not None and not is_known(found):
        raise StoreError(_outdated(engine.url, found))
    with explained(engine.url), engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        migrate(connection, "head")
        connection.commit()


def keep_copy(engine: Engine, ending: str) -> Path | None:
    """Copy an SQLite database, whoever writes to it meanwhile, and return the copy; None for any other.

    Parameters
    ----------
    engine
        The database.
    ending
        What the copy's name gets at its end.
    """
    source = engine.url.database
    if engine.dialect.name != "sqlite" or not source or source == ":memory:":
        return None
    copy = Path(f"{source}.{ending}")
    with explained(engine.url), engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
        connection.exec_driver_sql("BEGIN")
    return copy


def migrate(connection: Connection, revision: str) -> None:
    """Move the tables up or down to a revision, inside the transaction of this connection."""
    from alembic import command  # takes a quarter of a second, and is seldom needed

    config = alembic_config(connection)
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def alembic_config(connection: Connection | None = None) -> Any:
    """Return alembic's settings: our migrations, on this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(paths.bundled("alembic")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def revision(engine: Engine) -> str | None:
    """Return the revision a database is at; None for one without our tables."""
    with explained(engine.url), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)


def is_known(found: str) -> bool:
    """Return whether a revision is one of ours; one that is not comes from a later version."""
    from alembic.script import ScriptDirectory

    return found in {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def _outdated(url: URL, found: str) -> str:
    if is_known(found):
        return f"{shown(url)} is of an earlier version ({found}): make a copy, then run `shipwatch db upgrade`"
    return f"{shown(url)} is of a later version ({found}): install the Shipwatch that made it"
