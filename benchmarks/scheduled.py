"""Do the monitoring run of one service for files that come in one by one; print what each took as a line of JSON.

Run by `bench_increment.py`: what a scheduled run costs inside `shipwatch run`, where imports, zones and coast are
loaded once, by the first run.
"""

from __future__ import annotations

import gc
import json
import resource
import shutil
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watch.cli import GC_THRESHOLD
from watch.service.collect import inbox
from watch.service.logs import start_log
from watch.service.work import Service
from watch.settings import Settings
from watch.store.runs import read_runs
from watch.workspace import Workspace

SOURCE = "world"
BEGIN_AT = datetime(2026, 1, 1, tzinfo=UTC)  # names of the inbox begin with a moment


def main() -> None:
    """Land the files named on the command line, one after another, and run after each."""
    data_dir, *files = map(Path, sys.argv[1:])
    gc.set_threshold(GC_THRESHOLD)
    nowhere = {"kind": "folder", "name": SOURCE, "path": str(data_dir / "nowhere"), "enabled": False}
    settings = Settings.model_validate({"source": [nowhere]})  # files are put into its inbox by hand
    start_log(settings.log)
    ws = Workspace(data_dir)
    service = Service(ws, settings, threading.Event())
    for number, file in enumerate(files):
        land(ws, file, BEGIN_AT + number * timedelta(minutes=10))
        print(json.dumps(run(ws, service)), flush=True)


def land(ws: Workspace, file: Path, at: datetime) -> None:
    """Put a file into the inbox as a source does."""
    landing = inbox(ws, SOURCE)
    part = landing.fresh(at, "csv")
    shutil.copyfile(file, part)
    landing.finish(part)


def run(ws: Workspace, service: Service) -> dict[str, float]:
    """Do the job as the schedule does and return what it took."""
    begun_s, used_s = time.perf_counter(), _used_s()
    if not service.do("monitor"):
        raise SystemExit("the monitoring run failed; its reason is in the log above")
    wall_s, cpu_s = time.perf_counter() - begun_s, _used_s() - used_s
    with ws.engine.connect() as conn:
        told = read_runs(conn, limit=1, kind="monitor", status="done")[0]
    if not told["positions"]:
        raise SystemExit("the monitoring run took in no positions")
    return {"wall_s": wall_s, "peak_gb": told["peak_mb"] * 1024 / 1e6, "cpu_s": cpu_s}


def _used_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
