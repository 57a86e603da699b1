"""Time the list of alerts on a real server with 5,000 alerts, made from those of the demo.

Each made alert is one of the demo's with another ship, another day and another id. Told are the first request after
the start, then the median and the 95th percentile of many, of other views, and of the first one after a decision.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from bench_load import machine, versions

from watch.alerts import alert_id
from watch.demo import run_demo
from watch.store.alerts import read_alerts, save_alerts
from watch.workspace import Workspace

LIMIT_MS = 100.0
AT = datetime(2020, 11, 1, tzinfo=UTC)
DAYS = 300
VIEWS = {
    "to do": "/alerts",
    "all": "/alerts?silenced=any",
    "filters and text": "/alerts?level=high&level=medium&flag=LR&text=dark&from=2020-05-01&silenced=no",
    "area, by evidence": "/alerts?area=VE&silenced=any&sort=newest",
    "counts": "/alerts/counts.json?after=5000",
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
_SEEN = re.compile(r'name="seen" value="([^"]+)"')


def main() -> int:
    """Run the bench; return 1 when the limit is broken at full size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=5_000)
    parser.add_argument("--requests", type=int, default=50)
    parser.add_argument("--demo", type=Path, help="a folder of the demo, to be copied; default one made anew")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "data"
        if args.demo:
            shutil.copytree(args.demo, folder)
        else:
            run_demo(folder, lambda _what, _share: None)
        made = fill(Workspace(folder), args.alerts)
        slowest_ms = time_list(folder, args.requests)
    print(f"{made:,} alerts; {machine()}; {versions()}")
    print(f"limit: {LIMIT_MS:g} ms for a warm list: {'kept' if slowest_ms <= LIMIT_MS else 'BROKEN'}")
    return int(slowest_ms > LIMIT_MS and args.alerts >= 5_000)


def fill(ws: Workspace, wanted: int) -> int:
    """Store made alerts until there are as many as wanted, and return how many there are."""
    with ws.engine.begin() as conn:
        models = read_alerts(conn)
        made = [made_alert(models[i % len(models)], i) for i in range(wanted - len(models))]
        save_alerts(conn, made, rule_ids=[], at=AT)
        return len(read_alerts(conn))


def made_alert(model: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an alert like another one, of another ship and some days later."""
    later = timedelta(days=number % DAYS, minutes=number)
    text = _MOMENT.sub(lambda found: _moved(found[0], later), json.dumps(model))
    imo, mmsi = 9_800_000 + number // 3, 636_000_000 + number // 3
    alert: dict[str, Any] = json.loads(text)
    ship = {"name": f"MADE {number // 3}", "imo": imo, "mmsi": mmsi, "vessel_id": f"imo:{imo}"}
    alert["vessel"] |= ship
    alert["summary"] = alert["summary"].replace(str(model["vessel"]["name"]), ship["name"])
    return alert | {"alert_id": alert_id(alert["rule_id"], ship["vessel_id"], str(number))}


def _moved(moment: str, later: timedelta) -> str:
    at = datetime.fromisoformat(moment) + later
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def time_list(folder: Path, requests: int) -> float:
    """Print how long each view takes, and return the median of the slowest, in milliseconds."""
    command = [str(Path(sys.executable).with_name("shipwatch")), "--data-dir", str(folder), "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        url = re.search(r"http://\S+?/", str(server.stdout and server.stdout.readline()))
        with httpx.Client(base_url=url[0] if url else "", timeout=60) as client:
            _tell("first of all, after the start", [_spent_ms(client, "/alerts")])
            medians = [_view(client, server.pid, name, path, requests) for name, path in VIEWS.items()]
            _acknowledge(client)
            _tell("first after deciding about 25", [_spent_ms(client, "/alerts")])
        status = Path(f"/proc/{server.pid}/status")
        with suppress(OSError):
            print(next(line for line in status.read_text().splitlines() if line.startswith("VmRSS")))
        return max(medians)
    finally:
        server.terminate()
        server.wait()


def _view(client: httpx.Client, pid: int, name: str, path: str, requests: int) -> float:
    """Return the median of asking for a view again and again, and tell it with the server's CPU time for one."""
    before_ms = _cpu_ms(pid)
    spent_ms = [_spent_ms(client, path) for _ in range(requests)]
    return _tell(name, spent_ms, f", CPU {(_cpu_ms(pid) - before_ms) / requests:.0f} ms")


def _cpu_ms(pid: int) -> float:
    """Return the CPU time of a process so far; 0 where the system does not tell."""
    try:
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0.0
    return (int(user) + int(system)) * 1_000 / os.sysconf("SC_CLK_TCK")


def _acknowledge(client: httpx.Client) -> None:
    page = client.get("/alerts?status=open&silenced=no&size=25").text
    token = _TOKEN.search(page)
    fields = {"token": token[1] if token else "", "do": "ack", "seen": _SEEN.findall(page)}
    answer = client.post("/alerts/decide?status=open&silenced=no", data=fields)
    if answer.status_code != 303:
        raise SystemExit(f"the decision was refused: {answer.text}")


def _spent_ms(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    client.get(path).raise_for_status()
    return (time.perf_counter() - began) * 1_000


def _tell(name: str, spent_ms: list[float], more: str = "") -> float:
    median = statistics.median(spent_ms)
    rest = f", 95 % within {sorted(spent_ms)[int(0.95 * (len(spent_ms) - 1))]:.0f} ms" if len(spent_ms) > 1 else ""
    print(f"{name:30} {median:6.0f} ms{rest}{more}")
    return median


if __name__ == "__main__":
    raise SystemExit(main())
