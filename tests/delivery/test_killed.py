"""A sender that is killed at any moment: each change is told once, no mail is lost, and a copy is a known one."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import random
import signal
import sys
from multiprocessing import forkserver
from unittest.mock import patch

import pytest

from tests.delivery import killed
from tests.delivery.made import parsed
from tests.delivery.peers import Mailbox, mail_server
from watch.store.deliveries import read_body, read_deliveries, read_tries
from watch.workspace import Workspace

SOAK_KILLS = int(os.environ.get("SHIPWATCH_KILLS", "120"))
GRAVE = ("critical", "high")


_PROCESSES = multiprocessing.get_context("forkserver")  # what it takes two seconds to import is imported once
_PROCESSES.set_forkserver_preload(["tests.delivery.killed"])


def run_with_kills(ws: Workspace, port: int, kills: int, seed: int, steps: int, longest_s: float) -> int:
    """Run the sender until it is done, killed so many times on the way, and return how often it was."""
    chance, done = random.Random(seed), 0
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):  # the server that forks asks nothing else
        forkserver.ensure_running()
    for number in range(kills + 1):
        ready, tell = _PROCESSES.Pipe()
        process = _PROCESSES.Process(target=killed.work, args=(ws.data_dir, str(ws.db_url), port, seed, steps, tell))
        process.start()
        assert ready.poll(120)
        process.join(chance.random() * longest_s if number < kills else None)
        if process.is_alive():
            process.kill()
            process.join()
            done += 1
        assert process.exitcode in (0, -signal.SIGKILL)
    assert process.exitcode == 0
    return done


def told(body: bytes) -> list[tuple[str, str, str]]:
    """Return what a mail tells, from the table that it carries: the section, the alert and its level."""
    (part,) = parsed(body).iter_attachments()
    rows = csv.DictReader(io.StringIO(part.get_content().lstrip("\ufeff"), newline=""))
    return [(row["told"], row["alert_id"], row["level"]) for row in rows]


def follow(mails: list[bytes], levels: tuple[str, ...]) -> dict[str, str]:
    """Return the level of each alert as somebody knows it after these mails, none of which may tell a thing twice."""
    known: dict[str, str] = {}
    for body in mails:
        rows = told(body)
        for section, alert_id, level in rows:
            if section == "new":
                assert alert_id not in known, f"{alert_id} was told as new twice"
                known[alert_id] = level
            elif section == "changed":
                assert known[alert_id] != level, f"that {alert_id} became {level} was told twice"
                known[alert_id] = level
            elif section == "withdrawn":
                del known[alert_id]
            else:
                assert known[alert_id] == level, f"that {alert_id} became {level} was never told"
        assert {alert_id for _, alert_id, _ in rows if alert_id in known} == known.keys()
        known = {alert_id: level for alert_id, level in known.items() if level in levels}
    return known


def check(ws: Workspace, box: Mailbox, seed: int, steps: int) -> int:
    """Check all that the server took against the outbox and the plan, and return how many mails came twice."""
    with ws.engine.connect() as conn:
        rows = sorted(read_deliveries(conn), key=lambda d: d["delivery_id"])
        bodies = {d["message_id"]: read_body(conn, d["delivery_id"]) for d in rows}
        tries = {d["message_id"]: [t["outcome"] for t in read_tries(conn, d["delivery_id"])] for d in rows}
    taken: dict[str, list[bytes]] = {}
    for _, _, body in box.taken:
        taken.setdefault(str(parsed(body)["Message-ID"]), []).append(body)
    assert {d["status"] for d in rows} == {"sent"}
    assert taken.keys() == bodies.keys()  # none lost, none that the outbox does not know
    for message_id, copies in taken.items():
        assert set(copies) == {bodies[message_id]}
        assert len(copies) <= 1 + tries[message_id].count("cut off")
    last = {a["alert_id"]: a["level"] for a in list(killed.plan(seed, steps))[-1]}
    for name, levels in (("desk", killed.LEVELS), ("grave", GRAVE)):
        mails = [bodies[d["message_id"]] for d in rows if d["recipient"] == name]
        assert follow(mails, levels) == {alert_id: level for alert_id, level in last.items() if level in levels}
    return sum(len(copies) - 1 for copies in taken.values())


def prove(ws: Workspace, kills: int, seed: int, steps: int, longest_s: float) -> tuple[int, int, int]:
    """Return how often it was killed, how many mails were taken, and how many of these were copies."""
    box = Mailbox(slow_s=0.02)  # as a server takes; half of the kills fall while it does
    with mail_server(box) as port:
        done = run_with_kills(ws, port, kills, seed, steps, longest_s)
    twice = check(ws, box, seed, steps)
    assert done > 0
    return done, len(box.taken), twice


def test_a_sender_that_is_killed_tells_each_change_once(ws: Workspace) -> None:
    prove(ws, kills=3, seed=4, steps=5, longest_s=0.6)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_a_sender_that_is_killed_at_many_moments_tells_each_change_once(ws: Workspace, seed: int) -> None:
    prove(ws, kills=SOAK_KILLS // 8, seed=seed, steps=60, longest_s=1.0)
