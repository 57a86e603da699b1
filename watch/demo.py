"""The demo: the whole chain on the bundled scenarios, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watch.clock import now
from watch.digest_view import by_gravity
from watch.errors import ConfigError
from watch.jobs import RunReport, load
from watch.reporting import make_digest
from watch.scenarios.catalogue import load_scenario
from watch.scenarios.maker import make_scenario
from watch.scenarios.write import write_canonical
from watch.scene.asked import ask_for_alert
from watch.scene.report import make_report
from watch.store.alerts import read_alerts
from watch.workspace import Workspace

Progress = Callable[[str, float], None]
_MARK = "made-by-shipwatch-demo"  # only a folder with this file is ever cleared
_KEPT = {"rules", _MARK}  # what somebody wrote is nothing that the demo made


@dataclass(frozen=True)
class Shown:
    """What the demo made."""

    report: RunReport
    alerts: list[dict[str, Any]]
    paths: dict[str, Path]


def run_demo(folder: Path, progress: Progress) -> Shown:
    """Make the bundled scenarios into tracks, load them, and write the digest and a replay of the gravest alert.

    Raises
    ------
    ConfigError
        The folder holds something that the demo did not make.
    """
    _clear(folder)
    tracks = folder / "synthetic-tracks.csv"
    progress("making tracks", 0.0)
    write_canonical(make_scenario(load_scenario("demo")), tracks)
    ws = Workspace(folder)
    report = load(ws, [tracks], "auto", progress)
    paths = make_digest(ws, folder / "digest", now(), progress, keep=True, synthetic=True)
    with ws.engine.connect() as conn:
        alerts = sorted(read_alerts(conn), key=by_gravity)
    progress("writing the replay", 1.0)
    page = make_report(ws, ask_for_alert(ws, alerts[0]["alert_id"]), now(), synthetic=True)
    replay = folder / "replay.html"
    replay.write_text(page.text, encoding="utf-8")
    files = {"tracks": tracks, **paths, "maps": folder / "digest" / "maps", "replay": replay, "data": folder}
    return Shown(report, alerts, files)


def is_demo(folder: Path) -> bool:
    """Return whether a data folder is the demo's, and its tracks are made ones."""
    return (folder / _MARK).exists()


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not is_demo(folder):
            raise ConfigError(f"{folder} is not empty and not the demo's; move it away, or name another with --folder")
        for old in folder.iterdir():
            if old.name not in _KEPT:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text("The demo clears this folder, but for 'rules', when it runs again.\n", encoding="utf-8")
