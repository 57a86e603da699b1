"""Fixtures of the tests of deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from watch.workspace import Workspace


@pytest.fixture
def ws(database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on each kind of database."""
    workspace = Workspace(tmp_path / "data", database_url)
    workspace.data_dir.mkdir()
    yield workspace
    workspace.engine.dispose()


@pytest.fixture
def lite(sqlite_template: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on SQLite, where the database is beside the point."""
    workspace = Workspace(tmp_path / "data")
    workspace.data_dir.mkdir()
    (workspace.data_dir / "shipwatch.db").write_bytes(sqlite_template.read_bytes())
    yield workspace
    workspace.engine.dispose()
