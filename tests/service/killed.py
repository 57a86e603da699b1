"""A process of the service, to be killed at any moment: it works on the small sea, and a digest is due each second."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from apscheduler.triggers.cron import CronTrigger

import watch.workspace
from watch.delivery import digests
from watch.detect.world import World
from watch.errors import Stopped
from watch.service import schedule, work
from watch.service.logs import start_log
from watch.settings import LogSettings, Settings
from watch.workspace import Workspace
from watch.zones.geofences import load_zones


def settings(folder: Path, port: int) -> Settings:
    """Return settings with a watched folder, and the desk, who gets mails."""
    return Settings.model_validate(
        {
            "run": {"every": "1s"},
            "mail": {"host": "127.0.0.1", "port": port, "security": "none", "sender": "watch@example.org"},
            "source": [{"name": "dropbox", "kind": "folder", "path": str(folder), "settle": "0.001s"}],
            "recipient": [{"name": "desk", "to": ["desk@example.org"], "even_if_empty": False}],
        }
    )


def live(sea: Path, rules: Path, folder: Path, url: str, port: int) -> None:
    """Be the process, until it is killed or told to stop."""
    each_second = CronTrigger(second="*", timezone="UTC")
    digests.digest_trigger = schedule.digest_trigger = lambda recipient: each_second
    digests.make_digest_for.__defaults__ = (no_maps,)
    schedule._DELIVER_EVERY = timedelta(seconds=1)
    work._STAND_BY_S = 0.05
    watch.workspace.bundled = lambda name: rules
    sys.stderr = (folder / f"{os.getpid()}.log").open("w", buffering=1)
    start_log(LogSettings())
    ws = Workspace(folder / "data", url)
    vars(ws)["world"] = World(load_zones(sea))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with suppress(Stopped):  # as the command does
        work.Service(ws, settings(folder / "in", port), stop).run()


def no_maps(*_: Any, **__: Any) -> tuple[dict[str, Path], Sequence[dict[str, str]]]:
    """Draw nothing: the hundredth map is as the first."""
    return {}, []
