"""The relational database: opened, checked and brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from watch import paths
from watch.errors import ConfigError, StoreError
from watch.store import schema

SQLITE_FILE = "shipwatch.db"

_BUSY_WAIT_MS = 30_000  # own: no transaction of ours lasts as long
_SQLITE_SETTINGS = (
    f"busy_timeout={_BUSY_WAIT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",  # a commit outlives a power cut, as the files of the lake do
    "foreign_keys=ON",
    "cache_size=-65536",  # KiB; the indexes of a busy day do not fit in the usual 2 MiB
)
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
    with _explained(engine.url):
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
        engine = create_engine(target, connect_args={"timeout": _BUSY_WAIT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(target, pool_pre_ping=True)
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


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def upgrade(engine: Engine) -> None:
    """Bring the tables up to this version; processes that do so at once wait for one another.

    Raises
    ------
    StoreError
        When the database cannot be reached, or is of a later version.
    """
    found = revision(engine)
    if found is not None and not _is_known(found):
        raise StoreError(_outdated(engine.url, found))
    with _explained(engine.url), engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        migrate(connection, "head")
        connection.commit()


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
    with _explained(engine.url), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)


def _is_known(found: str) -> bool:
    """Return whether a revision is one of ours; one that is not comes from a later version."""
    from alembic.script import ScriptDirectory

    return found in {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def _outdated(url: URL, found: str) -> str:
    if _is_known(found):
        return f"{_shown(url)} is of an earlier version ({found}): make a copy, then run `shipwatch db upgrade`"
    return f"{_shown(url)} is of a later version ({found}): install the Shipwatch that made it"


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    """Turn a driver's error into one a person can act on, without the password."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = " ".join(str(cause).split())
        for secret in _secrets(url):
            reason = reason.replace(secret, "***")
        advice = "check that it runs, that the address is right and that you may use it"
        raise StoreError(f"the database {_shown(url)} cannot be used: {reason}; {advice}") from None


def _secrets(url: URL) -> list[str]:
    words = [url.password, *(value for key, value in url.query.items() if "pass" in key)]
    return [str(word) for word in words if word]


def _shown(url: URL) -> str:
    shown = url.set(query={key: "***" if "pass" in key else value for key, value in url.query.items()})
    return shown.render_as_string(hide_password=True)
