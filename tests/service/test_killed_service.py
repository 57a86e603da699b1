"""The service killed at any moment while files come in, with another process that stands by: it ends as unbroken."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from command_line import shipwatch
from sqlalchemy import Engine, func, select

from tests import chain_cases as cases
from tests.chain_cases import Stored, hours_of, load, stored, write_rows
from tests.delivery.made import parsed
from tests.delivery.peers import Mailbox, mail_server
from tests.service import killed
from watch.detect.world import World
from watch.rules.loader import RuleSet
from watch.store import schema
from watch.store.database import open_database
from watch.store.deliveries import read_body, read_deliveries, read_tries
from watch.store.history import verify_history
from watch.store.runs import last_digest, read_health, read_queue, read_runs

SOAK_KILLS = int(os.environ.get("SHIPWATCH_KILLS", "100"))
DEADLINE_S = 120
_PROCESSES = multiprocessing.get_context("forkserver")  # what it takes two seconds to import is imported once
_PROCESSES.set_forkserver_preload(["tests.service.killed", "watch.jobs", "watch.delivery.mail", "watch.detect.world"])


@dataclass(frozen=True)
class Sea:
    """The small sea, its rules and its rows in small files, one of which comes three days late."""

    folder: Path
    world: World
    rules: RuleSet
    pieces: list[Path]
    whole: Stored


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory) -> Sea:
    folder = tmp_path_factory.mktemp("sea")
    for name in ("zones", "pieces"):
        (folder / name).mkdir()
    world = cases.make_sea(folder / "zones")
    rules, rows = cases.make_rules(folder / "rules", world), cases.sea_rows()
    part = (hours_of(rows) // 12).astype(int)
    pieces = [write_rows(rows[part == n], folder / "pieces" / f"{n:02d}.csv") for n in sorted(set(part))]
    ws = cases.workspace(folder, None, world, rules)
    load(ws, pieces)
    assert stored(ws).alerts
    pieces.insert(9, pieces.pop(3))
    return Sea(folder, world, rules, pieces, stored(ws))


class Pair:
    """Two processes at one store, of which one works; whoever is killed is replaced."""

    def __init__(self, sea: Sea, folder: Path, url: str, port: int) -> None:
        self._args = (sea.folder / "zones", sea.folder / "rules", folder, url, port)
        with patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):  # the server that forks asks nothing else
            forkserver.ensure_running()
        self._processes = [self._start(), self._start()]

    def _start(self) -> BaseProcess:
        process = _PROCESSES.Process(target=killed.live, args=self._args)
        process.start()
        return process

    def kill(self, holder: str, after_s: float) -> None:
        """Kill the one whose number the holder's name ends in, else either, after a while in which none may end."""
        victim = next((p for p in self._processes if holder.endswith(f" {p.pid}")), self._processes[0])
        victim.join(after_s)
        assert [p.exitcode for p in self._processes] == [None, None]
        victim.kill()
        victim.join()
        self._processes.remove(victim)
        self._processes.append(self._start())

    def stop(self) -> None:
        """Ask both to stop, which ends well."""
        for process in self._processes:
            os.kill(process.pid or 0, signal.SIGTERM)
        for process in self._processes:
            process.join(DEADLINE_S)
            assert process.exitcode in (0, -signal.SIGTERM)  # the latter: it was only about to begin

    def end(self) -> None:
        """Leave none behind."""
        for process in self._processes:
            process.kill()
            process.join()


def wait_for(condition: Callable[[], Any], what: str) -> None:
    """Wait until something holds; whoever waits in vain says for what."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"in vain: {what}"
        time.sleep(0.02)


def put(path: Path, folder: Path) -> None:
    shutil.copy(path, folder / f"{path.name}.tmp")
    (folder / f"{path.name}.tmp").rename(folder / path.name)


def worker(engine: Engine) -> str:
    """Return who does a run now; empty when nobody does."""
    with engine.connect() as conn:
        runs = read_runs(conn, limit=1, status="running")
    return runs[0]["holder"] if runs else ""


def is_settled(engine: Engine, files: int) -> bool:
    """Return whether so many files are loaded, all alerts are judged and told, and all mails are sent."""
    with engine.connect() as conn:
        done = conn.execute(select(func.count()).select_from(schema.loads).where(schema.loads.c.status == "done"))
        dirty = conn.execute(select(func.count()).select_from(schema.slices).where(schema.slices.c.dirty)).scalar()
        last, seq = last_digest(conn, "desk"), conn.execute(select(func.max(schema.alert_history.c.seq))).scalar()
        sent = all(d["status"] == "sent" for d in read_deliveries(conn))
        return bool(done.scalar() == files and not dirty and not read_queue(conn) and sent and last) and (
            last["last_seq"] == seq  # type: ignore[index]
        )


def live_through(sea: Sea, folder: Path, url: str, port: int, kills: int, chance: random.Random) -> None:
    """Give the files one after another and kill so many times: each other time in the midst of a run."""
    engine = open_database(url, folder)
    (folder / "in").mkdir()
    pair = Pair(sea, folder, url, port)
    try:
        for number in range(max(kills, len(sea.pieces))):
            if number < len(sea.pieces):
                put(sea.pieces[number], folder / "in")
            if number < kills:
                if number % 2 == 0:
                    wait_for(lambda: worker(engine), "a run")
                pair.kill(worker(engine), chance.random() ** 2 * (0.6 if number % 2 == 0 else 3.0))
        wait_for(lambda: is_settled(engine, len(sea.pieces)), "all is loaded and told")
        pair.stop()
    finally:
        pair.end()
    engine.dispose()


def check(sea: Sea, folder: Path, url: str, box: Mailbox, kills: int) -> Counter[str]:
    """Hold the store and the mails against one load of everything, and return how its runs ended."""
    ws = cases.workspace(folder, url, sea.world, sea.rules)
    assert stored(ws) == sea.whole
    assert cases.rows_in_lake(ws) == len(cases.sea_rows())
    assert shipwatch("--data-dir", ws.data_dir, "--db", url, "alerts", "verify").code == 0
    with ws.engine.connect() as conn:
        assert verify_history(conn) == []
        runs = read_runs(conn, limit=100_000)[::-1]
        told = [row for row in read_health(conn) if row["kind"] == "run"]
        files = conn.execute(select(schema.loads.c.name).where(schema.loads.c.status == "done")).scalars().all()
    assert sorted(files) == sorted(path.name for path in sea.pieces)
    ends = Counter(run["status"] for run in runs)
    assert ends.keys() <= {"done", "cut off", "failed"}
    assert len(told) == ends["cut off"] <= kills
    assert all(one["finished_at"] <= other["started_at"] for one, other in pairwise(runs))
    raised = Counter(row["alert_id"] for row in cases.history(ws) if row["change"] == "raised")
    assert set(raised.values()) == {1}
    check_mails(ws.engine, box, set(sea.whole.alerts))
    ws.engine.dispose()
    return ends


def check_mails(engine: Engine, box: Mailbox, standing: set[str]) -> None:
    """Each mail is one of the outbox, a copy only of one whose sending was cut off; each alert is new once."""
    with engine.connect() as conn:
        sent = sorted(read_deliveries(conn), key=lambda d: d["delivery_id"])
        bodies = {d["message_id"]: read_body(conn, d["delivery_id"]) for d in sent}
        cut_off = {
            d["message_id"]: [t["outcome"] for t in read_tries(conn, d["delivery_id"])].count("cut off") for d in sent
        }
    taken = Counter(str(parsed(body)["Message-ID"]) for _, _, body in box.taken)
    assert taken.keys() == bodies.keys()
    assert all(copies <= 1 + cut_off[message_id] for message_id, copies in taken.items())
    known, new = set[str](), Counter[str]()
    for body in bodies.values():
        for section, alert_id in told(body):
            assert (alert_id in known) == (section != "new"), f"{alert_id} is told as {section}"
            new[alert_id] += section == "new"
            (known.discard if section == "withdrawn" else known.add)(alert_id)
    assert known == standing
    assert {alert_id: new[alert_id] for alert_id in standing} == dict.fromkeys(standing, 1)


def told(body: bytes) -> list[tuple[str, str]]:
    """Return what a mail tells of which alert."""
    (part,) = [p for p in parsed(body).iter_attachments() if p.get_content_type() == "text/csv"]
    rows = csv.DictReader(io.StringIO(part.get_payload(decode=True).decode("utf-8-sig")))
    return [(row["told"], row["alert_id"]) for row in rows]


def prove(sea: Sea, folder: Path, url: str, kills: int, seed: int) -> Counter[str]:
    folder.mkdir(exist_ok=True)
    box = Mailbox(slow_s=0.02)
    with mail_server(box) as port:
        live_through(sea, folder, url, port, kills, random.Random(seed))
    return check(sea, folder, url, box, kills)


def test_a_service_that_is_killed_ends_as_unbroken(sea: Sea, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "killed.db")
    ends = prove(sea, tmp_path / "killed", f"sqlite:///{tmp_path / 'killed.db'}", 3, seed=1)
    assert ends["cut off"]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_a_service_that_is_killed_again_and_again_ends_as_unbroken(
    sea: Sea, database_url: str, tmp_path: Path, seed: int
) -> None:
    ends = prove(sea, tmp_path / "killed", database_url, SOAK_KILLS // 5, seed)
    assert ends["cut off"] > SOAK_KILLS // 50
