"""The errors Shipwatch raises on purpose.

::

    ShipwatchError                 exit code 1
    ├── InputError                 a file or feed cannot be read
    │   ├── UnknownFormatError     its content is none of the known formats
    │   ├── HostileInputError      it breaks a size or path limit
    │   └── FetchError             it cannot be fetched from where it is kept
    │       ├── NotThereError      there is no such file there, or not yet
    │       └── DamagedError       what came is not what it should be
    ├── StoreError                 the lake or the database cannot be used
    │   ├── BusyError              another run holds the data directory
    │   ├── ConflictError          somebody changed it since it was read
    │   └── DatabaseGoneError      the database does not answer, or no longer
    ├── Stopped                    somebody asked the run to end; exit code 0
    └── ConfigError                exit code 2: bad use, settings, rules or geofences
        ├── RuleError              one or more rule files are wrong
        └── ZoneError              one or more geofences are wrong

Each message says what is wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ShipwatchError(Exception):
    """Any fault that Shipwatch explains to its user."""

    exit_code = 1


class InputError(ShipwatchError):
    """A file or feed cannot be read."""


class UnknownFormatError(InputError):
    """The content of a file is none of the known formats."""


class HostileInputError(InputError):
    """A file breaks a size or path limit."""


class FetchError(InputError):
    """A file cannot be fetched from where it is kept."""


class NotThereError(FetchError):
    """There is no such file there, or not yet."""


class DamagedError(FetchError):
    """What came is not the file that it should be, or not whole."""


class StoreError(ShipwatchError):
    """The lake or the database cannot be used."""


class BusyError(StoreError):
    """Another run holds the data directory."""


class ConflictError(StoreError):
    """Somebody changed it since it was read."""


class DatabaseGoneError(StoreError):
    """The database does not answer, or no longer; it may be back in a minute."""


class Stopped(ShipwatchError):  # noqa: N818 - nothing went wrong
    """Somebody asked the run to end; what was finished is stored."""

    exit_code = 0


class ConfigError(ShipwatchError):
    """Bad use, settings, rules or geofences."""

    exit_code = 2


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one place of a file.

    Attributes
    ----------
    file, line, key
        Where it is; `line` counts from 1 and is 0 when the file as a whole is meant.
    reason
        What is wrong and what to do.
    """

    file: str
    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.reason}" if self.key else f"{where}: {self.reason}"


class FaultsError(ConfigError):
    """Several faults, collected and shown at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


class RuleError(FaultsError):
    """One or more rule files are wrong."""


class ZoneError(FaultsError):
    """One or more geofences are wrong."""
