"""A process that restores a backup and is killed before the n-th change of the folders."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from watch.backup import folders, restore
from watch.workspace import Workspace


def work(data_dir: Path, archive: Path, number: int) -> None:
    """Restore, and be killed before the n-th rename, removal or settling; be done where there are fewer."""
    calls = iter(range(1, 1_000))

    def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
        def maybe(*args: Any, **kwargs: Any) -> Any:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return maybe

    Path.rename = deadly(Path.rename)  # type: ignore[method-assign]
    folders.shutil.rmtree = deadly(folders.shutil.rmtree)
    restore.settle = deadly(restore.settle)
    at = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    restore.restore(Workspace(data_dir), archive, at=at, progress=lambda what, share: None, replace=True)
