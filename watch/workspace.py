"""A workspace: the data directory, its lake and database, and the zones and rules in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from watch.errors import BusyError, ConfigError
from watch.lake import Lake
from watch.lease import Lease, holding
from watch.paths import bundled
from watch.store.database import open_database

if TYPE_CHECKING:
    from watch.detect.world import World
    from watch.rules.joined_lists import Listings
    from watch.rules.loader import RuleSet

DEFAULT_DATA_DIR = Path("shipwatch-data")


@dataclass(frozen=True)
class Workspace:
    """Where one installation keeps its data.

    Attributes
    ----------
    data_dir
        Folder of the lake, the states and (by default) the database.
    db_url
        SQLAlchemy URL of the database; None for SQLite in `data_dir`.
    """

    data_dir: Path = DEFAULT_DATA_DIR
    db_url: str | None = None

    @cached_property
    def engine(self) -> Engine:
        """The database, opened once."""
        if self.data_dir.exists() and not self.data_dir.is_dir():
            raise ConfigError(f"{self.data_dir} is a file; name a folder with --data-dir")
        return open_database(self.db_url, self.data_dir)

    @cached_property
    def lake(self) -> Lake:
        """The positions."""
        return Lake(self.data_dir)

    @cached_property
    def world(self) -> World:
        """Zones and ports, indexed once."""
        from watch.pipeline import (
            bundled_world,
        )  # geopandas takes a second to import: only where it is needed

        return bundled_world()

    @cached_property
    def rules(self) -> RuleSet:
        """The rules that travel with Shipwatch and those in the data directory, good ones and faults.

        The imported watchlists are read with them.
        """
        from watch.rules.loader import load_rules

        return load_rules([bundled("rules"), self.own_rules], zones=self.world.zones, imported=self.listings())

    def refreshed(self) -> Workspace:
        """Return the same workspace with the rules and lists as they are now; the database stays open, zones stay."""
        fresh = Workspace(self.data_dir, self.db_url)
        fresh.__dict__.update(engine=self.engine, world=self.world)
        return fresh

    def listings(self) -> Listings:
        """Return the watchlists that were imported, as they are now."""
        from watch.store.watchlists import read_listings

        with self.engine.connect() as conn:
            return read_listings(conn)

    @property
    def own_rules(self) -> Path:
        """The folder of the rules that were written here."""
        return self.data_dir / "rules"

    @contextmanager
    def writing(self, wait_s: float = 0) -> Iterator[Lease]:
        """Hold the data directory and the database, so that one run at a time writes to them.

        Raises
        ------
        BusyError
            Another run holds them.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with (
                FileLock(self.data_dir / "writing.lock", timeout=wait_s),
                holding(self.engine, "writer", wait_s=wait_s) as lease,
            ):
                if (self.data_dir / "restoring").exists():
                    from watch.backup.folders import settle

                    settle(self.engine, self.data_dir)
                yield lease
        except Timeout as error:
            raise BusyError(
                f"another run is writing to {self.data_dir}; wait for it to end, or name another folder with --data-dir"
            ) from error
