"""The command line as a person meets it: run in this process, so that a test of it takes no seconds to start."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from watch.cli import main


@dataclass(frozen=True)
class Done:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Demo:
    """The demo as it ran once for all the tests: its folder, which they only read, and what it printed."""

    folder: Path
    done: Done


def shipwatch(*args: str | int | Path, folder: Path | None = None) -> Done:
    """Run a command through `main`, in a folder when one is named, on a screen of 100 columns."""
    out, err, code, before = io.StringIO(), io.StringIO(), 0, Path.cwd()
    environment = {"COLUMNS": "100", "TERM": "dumb"}
    try:
        os.chdir(folder or before)
        words = patch.object(sys, "argv", ["shipwatch", *map(str, args)])
        with redirect_stdout(out), redirect_stderr(err), patch.dict(os.environ, environment), words:
            main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        os.chdir(before)
    return Done(code, out.getvalue(), err.getvalue())


def on(data_dir: Path, *args: str | int | Path) -> Done:
    """Run a command on a data folder."""
    return shipwatch("--data-dir", data_dir, *args)
