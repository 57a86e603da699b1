"""A week of real-format days through the service on a clock that runs fast, held against one load of everything.

The days come from an archive over HTTP: one is late, one never comes, one lies in a watched folder as well, and one
lies there alone, broken at first. A mail goes out each morning.
"""

from __future__ import annotations

import csv
import email
import email.policy
import io
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest
from command_line import on
from sqlalchemy import Engine, select

from tests.delivery.peers import Mailbox, mail_server
from watch import clock
from watch.service.schedule import Scheduler
from watch.service.work import Service
from watch.settings import Settings
from watch.store.alerts import read_alerts
from watch.store.history import read_history, verify_history
from watch.store.runs import last_digest, read_runs
from watch.store.schema import digests
from watch.workspace import Workspace

MAKER = Path(__file__).parents[2] / "benchmarks" / "make_day.py"
DAY = "2024-06-30"  # the one it makes
FIRST = date(2024, 7, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(7)]
DOUBLED, LATE, BROKEN, MISSING = DAYS[1], DAYS[2], DAYS[3], DAYS[5]
MORNING = datetime(2024, 7, 1, 5, tzinfo=UTC)
ROWS = 6_000
NEWS = ("new", "changed", "withdrawn")
RULE = """
id: calls
title: Calls at a port
status: experimental
level: low
description: A ship calls at a port, so that alerts change from day to day.
match:
  count: {event: port_visit, id: call, min: 2, within: 30d}
alert: {summary: "{vessel} called at ports", most: 5000}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
"""


class FastClock:
    """A clock that begins at a moment, runs so many times as fast as ours, and stands still while it is held."""

    def __init__(self, begin_at: datetime, speed: float) -> None:
        self._at, self.speed, self._begun_s, self._lock = begin_at, speed, time.monotonic(), threading.Lock()
        self._holds = 0

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        return self._at + timedelta(seconds=(time.monotonic() - self._begun_s) * self.speed * (not self._holds))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no time pass, so that a busy machine does not make days of minutes."""
        for step in (1, -1):
            with self._lock:
                self._at, self._begun_s = self._now(), time.monotonic()
                self._holds += step
            if step == 1:
                yield


def put_in_place(fast: FastClock, monkeypatch: pytest.MonkeyPatch, *, hold: bool) -> None:
    """Let Shipwatch and the scheduler live by a fast clock, which stands still during each job when told so."""

    class Moment(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return fast.now().astimezone(tz)

        @classmethod
        def fromtimestamp(cls, at_s: float, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(at_s, tz=tz)  # a plain one, which can be kept in the database

    process = Scheduler._process_jobs

    def sooner(self: Scheduler) -> Any:
        wait_s = process(self)
        return wait_s / fast.speed if wait_s else wait_s

    do = Service.do

    def do_at_once(self: Service, name: str) -> bool:
        with fast.held():
            return do(self, name)

    if hold:
        monkeypatch.setattr(Service, "do", do_at_once)
        monkeypatch.setattr("watch.service.schedule._DELIVER_EVERY", timedelta(hours=6))
    monkeypatch.setattr(clock, "_wall", fast.now)
    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Moment)
    monkeypatch.setattr(apscheduler.triggers.interval, "datetime", Moment)
    monkeypatch.setattr(Scheduler, "_process_jobs", sooner)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[date, Path]:
    """The zip of each day that there is."""
    folder = tmp_path_factory.mktemp("days")
    command = [sys.executable, MAKER, "--rows", str(ROWS), "--out", folder / "day.csv"]
    subprocess.run(command, check=True, capture_output=True)
    text = (folder / "day.csv").read_text()
    out = {}
    for day in DAYS:
        out[day] = folder / f"AIS_{day:%Y_%m_%d}.zip"
        with zipfile.ZipFile(out[day], "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"AIS_{day:%Y_%m_%d}.csv", text.replace(DAY, day.isoformat()))
    return out


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """What a mail server took, and its port."""
    box = Mailbox()
    with mail_server(box) as port:
        yield box, port


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder of an archive, and its address."""
    folder = tmp_path / "archive"
    folder.mkdir()
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/AIS_%Y_%m_%d.zip"
    server.shutdown()
    server.server_close()


def publications(days: dict[date, Path]) -> list[tuple[datetime, str, bytes]]:
    """Return when each file is put where: a day is published the morning after it."""
    out = []
    for day, path in days.items():
        data, at = path.read_bytes(), MORNING + (day - FIRST) + timedelta(days=1)
        if day == BROKEN:
            out += [(at, "in", data[: len(data) // 2]), (at + timedelta(days=2), "in", data)]
        elif day != MISSING:
            out.append((at + timedelta(days=3 * (day == LATE)), "archive", data))
        if day == DOUBLED:
            out.append((at, "in", data))
    return [(at, f"{where}/AIS_{day_of(days, data):%Y_%m_%d}.zip", data) for at, where, data in sorted(out)]


def day_of(days: dict[date, Path], data: bytes) -> date:
    return next(day for day, path in days.items() if path.read_bytes().startswith(data))


def live_through(fast: FastClock, root: Path, engine: Engine, days: dict[date, Path], stop: threading.Event) -> None:
    """Put each file in its place when its time has come, and end the service when all of it has been told."""
    for at, name, data in publications(days):
        while fast.now() < at and not stop.wait(0.01):
            pass
        beside = root / f"{name}.tmp"
        beside.write_bytes(data)
        beside.rename(root / name)
        put_at = fast.now()
    while not told_since(engine, put_at + timedelta(hours=30)) and not stop.wait(0.1):  # it asks for late days daily
        pass
    stop.set()


def told_since(engine: Engine, at: datetime) -> bool:
    """Return whether a monitoring run has begun and ended after a moment, and a digest was made after that."""
    with engine.connect() as conn:
        ran = [run["finished_at"] for run in read_runs(conn, kind="monitor", status="done") if run["started_at"] > at]
        last = last_digest(conn, "desk")
    return bool(ran and last and last["made_at"] > min(ran))


def settings(root: Path, url: str, port: int) -> Settings:
    return Settings.model_validate(
        {
            "run": {"every": "6h"},
            "mail": {"host": "127.0.0.1", "port": port, "security": "none", "sender": "watch@example.org"},
            "source": [
                {"name": "archive", "kind": "noaa", "url": url, "first_day": FIRST, "last_day": DAYS[-1]},
                {"name": "dropbox", "kind": "folder", "path": str(root / "in"), "settle": "1s"},
            ],
            "recipient": [{"name": "desk", "to": ["desk@example.org"], "at": "07:00"}],
        }
    )


def contents(engine: Engine) -> dict[str, Any]:
    """Return the alerts without their life."""
    life = ("status", "close_reason", "version", "raised_at", "updated_at")
    with engine.connect() as conn:
        return {a["alert_id"]: {k: v for k, v in a.items() if k not in life} for a in read_alerts(conn)}


def told(mail: email.message.EmailMessage) -> list[tuple[str, str]]:
    """Return what a mail tells of which alert."""
    (part,) = [p for p in mail.iter_attachments() if p.get_content_type() == "text/csv"]
    rows = csv.DictReader(io.StringIO(part.get_payload(decode=True).decode("utf-8-sig")))
    return [(row["told"], row["alert_id"]) for row in rows]


def check(engine: Engine, mails: list[email.message.EmailMessage], whole: Engine) -> None:
    """Hold the week against one load of everything, and the mails against the history."""
    assert len(contents(whole)) > 5
    assert contents(engine) == contents(whole)
    with engine.connect() as conn:
        history = read_history(conn)
        assert verify_history(conn) == []
        runs = read_runs(conn, limit=1000, kind="monitor")
        ends = conn.execute(select(digests.c.last_seq).order_by(digests.c.digest_id)).scalars().all()
    assert {run["status"] for run in runs} == {"done"}
    assert len({mail["Message-ID"] for mail in mails}) == len(mails) == len(ends)
    for mail, begin, end in zip(mails, [0, *ends], ends, strict=False):
        before, after = standing(history, begin), standing(history, end)
        touched = {row["alert_id"] for row in history if begin < row["seq"] <= end}
        rows = told(mail)
        assert max(Counter(alert_id for _, alert_id in rows).values(), default=1) == 1
        new, changed, gone = ({alert_id for word, alert_id in rows if word == what} for what in NEWS)
        assert gone == before - after
        assert after - before <= new | changed <= touched & after
        assert new <= after - before
    assert ends[-1] == history[-1]["seq"]


def standing(history: list[dict[str, Any]], seq: int) -> set[str]:
    """Return the alerts that were raised and not withdrawn as of a row of the history."""
    last = {row["alert_id"]: row["status"] for row in history if row["seq"] <= seq}
    return {alert_id for alert_id, status in last.items() if status != "withdrawn"}


def check_week(
    days: dict[date, Path],
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mailbox: tuple[Mailbox, int],
    archive: tuple[Path, str],
    speed: float,
    *,
    hold: bool,
) -> None:
    (tmp_path / "in").mkdir()
    own = tmp_path / "data" / "rules" / "own"
    own.mkdir(parents=True)
    (own / "calls.yaml").write_text(RULE)
    ws, stop = Workspace(tmp_path / "data", url), threading.Event()
    _ = ws.engine, ws.world  # made before the clock runs
    fast = FastClock(MORNING, speed)
    with monkeypatch.context() as patch:
        put_in_place(fast, patch, hold=hold)
        feeder = threading.Thread(target=live_through, args=(fast, tmp_path, ws.engine, days, stop))
        feeder.start()
        try:
            Service(ws, settings(tmp_path, archive[1], mailbox[1]), stop).run()
        finally:
            stop.set()
            feeder.join()
    plain = tmp_path / "plain"
    (plain / "rules" / "own").mkdir(parents=True)
    (plain / "rules" / "own" / "calls.yaml").write_text(RULE)
    assert on(plain, "load", *(path for day, path in days.items() if day != MISSING)).code == 0
    mails = [email.message_from_bytes(body, policy=email.policy.default) for _, _, body in mailbox[0].taken]
    check(ws.engine, mails, Workspace(plain).engine)


@pytest.mark.soak
def test_a_week_by_the_schedule_equals_one_load(
    days: dict[date, Path],
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mailbox: tuple[Mailbox, int],
    archive: tuple[Path, str],
) -> None:
    check_week(days, sqlite_url, tmp_path, monkeypatch, mailbox, archive, speed=50_000, hold=True)


@pytest.mark.soak
def test_a_week_at_a_thousand_times_the_speed(
    days: dict[date, Path],
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mailbox: tuple[Mailbox, int],
    archive: tuple[Path, str],
) -> None:
    check_week(days, database_url, tmp_path, monkeypatch, mailbox, archive, speed=1_000, hold=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'week.db'}"
