"""A process that changes alerts, makes digests and sends them, to be killed at any moment and begun anew.

Each step is one transaction and notes itself in the store, so that a process that begins anew goes on with it. The
clock is a count of hours kept there too: no digest is due twice, and no retry waits for real time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.delivery.made import RULE, alert, at, no_maps, no_progress
from watch.delivery.digests import make_digest_for
from watch.delivery.outbox import send_outbox
from watch.settings import Settings
from watch.store.alerts import save_alerts
from watch.store.deliveries import read_deliveries
from watch.store.meta import read_meta, write_meta
from watch.workspace import Workspace

STEP = "made-step"
LEVELS = ("low", "medium", "high", "critical")


def plan(seed: int, steps: int) -> Iterator[list[dict[str, Any]]]:
    """Yield all the alerts that the rules raise at each step: some rise, some are withdrawn, some come back."""
    chance = random.Random(seed)
    levels: dict[int, int] = {}
    for _ in range(steps):
        for number in range(6):
            if chance.random() < 0.4:
                levels[number] = chance.randrange(-1, len(LEVELS))
        yield [alert(n, LEVELS[level]) for n, level in sorted(levels.items()) if level >= 0]


def recipients(port: int) -> Settings:
    both = [
        {"name": "desk", "to": ["desk@example.org", "second@example.org"]},
        {"name": "grave", "to": ["grave@example.org"], "levels": ["critical", "high"], "even_if_empty": False},
    ]
    mail = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "watch@example.org", "timeout_s": 5}
    return Settings.model_validate({"mail": mail, "recipient": both})


def run(ws: Workspace, chosen: Settings, seed: int, steps: int) -> None:
    """Do what is left of the steps; at the end the outbox is empty."""
    for number, alerts in enumerate(plan(seed, steps), 1):
        with ws.engine.begin() as conn:
            if (read_meta(conn, STEP) or 0) >= number:
                continue
            save_alerts(conn, alerts, rule_ids=[RULE], at=at(number))
            write_meta(conn, STEP, number)
        for recipient in chosen.recipient:
            make_digest_for(ws, chosen, recipient, at(number), no_progress, no_maps)
            send_outbox(ws, chosen, partial(at, number))
    for recipient in chosen.recipient:
        make_digest_for(ws, chosen, recipient, at(steps + 1), no_progress, no_maps)
    for hours in range(1, 200):
        send_outbox(ws, chosen, partial(at, steps + hours))
        with ws.engine.connect() as conn:
            if all(d["status"] == "sent" for d in read_deliveries(conn)):
                return
    raise SystemExit("the outbox was never empty")


def work(folder: Path, url: str, port: int, seed: int, steps: int, ready: Connection) -> None:
    """Be the process."""
    workspace = Workspace(folder, url)
    workspace.engine  # noqa: B018 - opened before it is told that this process is at work
    ready.send("ready")
    run(workspace, recipients(port), seed, steps)
