"""The alerts kept in memory are those in the database, whatever happens to these."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tests.alert_cases import CALL, DARK, made_alert, stored_in, three_alerts
from watch.alert_board import AlertBoard, read_told
from watch.errors import ConfigError
from watch.store.alerts import save_alerts
from watch.store.decisions import decide_alerts
from watch.store.history import deciding
from watch.store.silences import add_silence, end_silence
from watch.workspace import Workspace

AT = datetime(2020, 7, 13, tzinfo=UTC)
IDS = [f"{n:04d}aaaa0000" for n in range(6)]
LEVELS = ("critical", "low")
SCOPES: tuple[dict[str, str], ...] = (
    {"level": "low"},
    {"alert": IDS[0]},
    {"family": "own-family"},
    {"vessel": "imo:9999802", "rule": CALL},
)


def told_by_the_database(ws: Workspace) -> list[dict[str, Any]]:
    with ws.engine.connect() as conn:
        return read_told(ws, conn)


def save(ws: Workspace, which: int, day: int) -> None:
    picked = [i for n, i in enumerate(IDS) if which >> n & 1]
    alerts = [
        made_alert(
            i, rule_id=(DARK, CALL)[n % 2], level=LEVELS[(n + day) % 2], started_at=f"2020-05-{day:02d}T00:00:00Z"
        )
        for n, i in enumerate(picked)
    ]
    with ws.engine.begin() as conn:
        save_alerts(conn, alerts, rule_ids=[DARK, CALL], at=AT)


def decide(ws: Workspace, which: int, day: int) -> None:
    told = told_by_the_database(ws)
    if told:
        alert, what = told[which % len(told)], ("ack", "close", "reopen")[day % 3]
        with deciding(ws.engine) as conn:
            decide_alerts(conn, {alert["alert_id"]: alert["version"]}, what, at=AT, actor="ann", reason="benign")


def hush(ws: Workspace, which: int, day: int) -> None:
    from_at = datetime(2020, 5, day, tzinfo=UTC)
    more = {"reason": "known", "author": "ann", "from_at": from_at, "until_at": from_at + timedelta(days=60), "at": AT}
    with deciding(ws.engine) as conn:
        add_silence(conn, SCOPES[which % len(SCOPES)], **more)


def tell_again(ws: Workspace, which: int, _day: int) -> None:
    with deciding(ws.engine) as conn:
        end_silence(conn, 1 + which % 3, author="bob", at=AT)


def file_rule(ws: Workspace, which: int, day: int) -> None:
    folder = ws.own_rules / ("own-family", "other-family")[day % 2]
    shutil.rmtree(ws.own_rules, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / f"{(DARK, CALL)[which % 2]}.yaml").touch()


DEEDS: tuple[Callable[[Workspace, int, int], None], ...] = (save, save, decide, hush, tell_again, file_rule)
HAPPENED = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 63), st.integers(1, 28)), max_size=8)


@given(HAPPENED)
def test_the_board_is_what_the_database_tells_after_whatever_happened(
    sqlite_template: Path, happened: list[tuple[Callable[[Workspace, int, int], None], int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as home:
        shutil.copy(sqlite_template, Path(home) / "shipwatch.db")
        ws = Workspace(Path(home))
        board = AlertBoard(ws)
        assert board.read() == []
        save(ws, 63, 1)
        for deed, which, day in happened:
            try:
                deed(ws, which, day)
            except ConfigError:  # it may not be done to an alert or silence as it is
                continue
            assert board.read() == told_by_the_database(ws)
        ws.engine.dispose()


def test_another_database_in_the_place_of_the_first_is_read_anew(tmp_path: Path) -> None:
    one, other = stored_in(tmp_path / "one", three_alerts()), stored_in(tmp_path / "other", [made_alert(IDS[3])])
    ws = Workspace(one)
    board = AlertBoard(ws)
    assert len(board.read()) == 3
    ws.engine.dispose()
    for ending in ("", "-wal", "-shm"):
        (one / f"shipwatch.db{ending}").unlink(missing_ok=True)
    shutil.copy(other / "shipwatch.db", one / "shipwatch.db")
    assert [alert["alert_id"] for alert in board.read()] == [IDS[3]]


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    ws = Workspace(stored_in(tmp_path, three_alerts()))
    board, asked = AlertBoard(ws), []
    before = board.told()
    event.listen(ws.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert board.told() is before
    assert [text for text in asked if "FROM alerts" in text] == []
    decide(ws, 0, 1)
    asked.clear()
    after = board.told()
    same = [facts for facts in after.facts if any(facts is known for known in before.facts)]
    assert (len(after.facts), len(same)) == (3, 2)
    assert all("alert_id IN" in text for text in asked if "FROM alerts" in text)


def test_many_may_ask_at_once(tmp_path: Path) -> None:
    ws = Workspace(stored_in(tmp_path, three_alerts()))
    board = AlertBoard(ws)

    def ask(number: int) -> int:
        if number % 5 == 0:
            save(ws, number, 1 + number)
        return len(board.read())

    with ThreadPoolExecutor(8) as threads:
        assert min(threads.map(ask, range(25))) >= 3
    assert board.read() == told_by_the_database(ws)


def test_a_rule_that_moves_to_another_family_falls_under_its_silences(tmp_path: Path) -> None:
    ws = Workspace(stored_in(tmp_path, three_alerts()))
    board = AlertBoard(ws)
    hush(ws, SCOPES.index({"family": "own-family"}), 1)
    assert [alert["silenced"] for alert in board.read()] == [None, None, None]
    file_rule(ws, 1, 2)  # the rule of the second alert
    assert [alert["silenced"] is not None for alert in board.read()] == [False, True, False]
