"""What `status` says of an installation, for people, programs and Prometheus."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import on, shipwatch

from watch.errors import Fault
from watch.lease import holding
from watch.recording import recorded
from watch.reporting import gather
from watch.service.metrics import serve_metrics, write_metrics
from watch.service.status import Status, gather_status
from watch.settings import Recipient, Settings
from watch.store import loads
from watch.store.runs import note_health, queue_vessels, replace_rule_faults, save_digest, start_run
from watch.store.sources import save_source
from watch.workspace import Workspace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HARBOUR = {"name": "harbour", "kind": "nmea-tcp", "host": "localhost", "port": 5631, "stale_after": "2h"}
SETTINGS = Settings.model_validate({"source": [HARBOUR]})


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def newest_fix(ws: Workspace, at: datetime) -> None:
    """Note a load of the harbour's with one fix."""
    with ws.engine.begin() as conn:
        load_id = loads.start_load(conn, sha256="a", name="f", format="nmea", size_bytes=1, at=NOW, source="harbour")
        counts = {"rows_read": 1, "positions": 1, "duplicates": 0, "rejects": 0}
        loads.finish_load(conn, load_id, at=NOW, **counts, span=(at, at))


def cut_off(ws: Workspace) -> None:
    with ws.engine.begin() as conn:
        from watch.store.runs import mark_cut_off

        start_run(conn, "monitor", at=NOW - timedelta(hours=1))
        mark_cut_off(conn, ["monitor"], at=NOW)


def failed(ws: Workspace) -> None:
    with pytest.raises(OSError, match="disk"), recorded(ws.engine, "monitor"):
        raise OSError("the disk is full")


def warned(ws: Workspace) -> None:
    with ws.engine.begin() as conn:
        note_health(conn, "feed", "harbour: brings no new fixes", at=NOW)


def broken_rule(ws: Workspace) -> None:
    with ws.engine.begin() as conn:
        replace_rule_faults(conn, [Fault("rules/own/a.yaml", 3, "level", "is missing")], at=NOW)


def unreachable(ws: Workspace) -> None:
    with ws.engine.begin() as conn:
        save_source(conn, "harbour", "nmea-tcp", {}, NOW, ok=False, message="refused the connection")


PROBLEMS = {
    "stale": (lambda ws: newest_fix(ws, NOW - timedelta(hours=3)), "source harbour: its newest fix is 3 h old"),
    "never_brought_anything": (lambda ws: None, "source harbour: it has brought no fix yet"),
    "run_cut_off": (cut_off, "the last run 'monitor' cut off: ended without notice"),
    "run_failed": (failed, "the last run 'monitor' failed: OSError: the disk is full"),
    "data_warning": (warned, "1 data warning since the last digest"),
    "rule_in_error": (broken_rule, "1 fault in rule files"),
    "source_out_of_reach": (unreachable, "source harbour: refused the connection"),
}


@pytest.mark.parametrize(("do", "told"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_wrong_is_said(ws: Workspace, do: Any, told: str) -> None:
    do(ws)
    found = gather_status(ws, SETTINGS, NOW)
    assert [problem for problem in found.problems if problem.startswith(told)] != []


def test_nothing_is_wrong_where_all_is_well(ws: Workspace) -> None:
    newest_fix(ws, NOW - timedelta(hours=2))
    with recorded(ws.engine, "monitor"):
        pass
    assert gather_status(ws, SETTINGS, NOW).problems == []


def tell(ws: Workspace, at: datetime, recipient: str | None = None) -> list[str]:
    """Make a digest for a recipient, or as one kept in a folder, and return the warnings that it tells."""
    whom = Recipient(name=recipient, to=("desk@example.org",)) if recipient else None
    found = gather(ws, at, whom)
    kept = {"as_of": None, "last_seq": found.last_seq, "details": found.details}
    with ws.engine.begin() as conn:
        save_digest(conn, made_at=at, recipient=recipient, **kept)
    return [warning["message"] for warning in found.digest.health]


@pytest.mark.parametrize("recipient", [None, "desk"])
def test_what_a_digest_told_is_no_problem_any_more(ws: Workspace, recipient: str | None) -> None:
    warned(ws)
    assert tell(ws, NOW + timedelta(seconds=1), recipient) == ["harbour: brings no new fixes"]
    assert gather_status(ws, Settings(), NOW + timedelta(minutes=1)).problems == []
    assert tell(ws, NOW + timedelta(days=1), recipient) == []


CLOCKS = {
    "set_right": timedelta(hours=1),
    "set_back_an_hour": -timedelta(hours=1),
    "set_back_a_year": -timedelta(days=365),
}


@pytest.mark.parametrize("since", CLOCKS.values(), ids=CLOCKS)
def test_a_warning_after_the_digest_is_seen_and_told_though_the_clock_was_set(ws: Workspace, since: timedelta) -> None:
    warned(ws)
    tell(ws, NOW, "desk")
    with ws.engine.begin() as conn:
        note_health(conn, "feed", "gulf came empty", at=NOW + since)
    for at in (NOW + since, NOW + timedelta(hours=2)):  # as the clock is then, and set right again
        assert [row["message"] for row in gather_status(ws, Settings(), at).health] == ["gulf came empty"]
    assert tell(ws, NOW + timedelta(hours=3), "desk") == ["gulf came empty"]
    assert gather_status(ws, Settings(), NOW + timedelta(hours=4)).health == []


def test_a_run_has_its_figures(ws: Workspace) -> None:
    with recorded(ws.engine, "load") as figures:
        figures.window_start_at, figures.window_end_at = NOW - timedelta(hours=1), NOW
        figures.rows_read = figures.positions = 7
        figures.alerts_new = 1
    (run,) = gather_status(ws, Settings(), NOW).runs
    assert (run["kind"], run["status"], run["window_end_at"], run["rows_read"], run["alerts_new"]) == (
        "load", "done", NOW, 7, 1
    )  # fmt: skip
    assert run["seconds"] >= 0
    assert 10 < run["peak_mb"] < 100_000


def test_the_scheduler_is_seen_while_it_holds_its_lease(ws: Workspace) -> None:
    assert gather_status(ws, Settings(), NOW).scheduler is None
    with holding(ws.engine, "scheduler"):
        assert "process" in str(gather_status(ws, Settings(), NOW).scheduler)


def test_what_waits_is_counted(ws: Workspace) -> None:
    inbox = ws.data_dir / "inbox" / "harbour"
    inbox.mkdir(parents=True)
    for name in ("20261122T110000.000000Z.nmea", "20261122T110500.000000Z.nmea", "20261122T111000.000000Z.nmea.part"):
        (inbox / name).write_text("")
    with ws.engine.begin() as conn:
        queue_vessels(conn, ["imo:9074729"])
    backlog = gather_status(ws, SETTINGS, NOW).backlog
    assert (backlog["files"], backlog["vessels"], backlog["deliveries"]) == (2, 1, 0)


def test_prometheus_reads_the_same_over_http_and_from_a_file(ws: Workspace, tmp_path: Path) -> None:
    newest_fix(ws, NOW - timedelta(hours=3))

    def gather() -> Status:
        return gather_status(ws, SETTINGS, NOW)

    write_metrics(gather, tmp_path / "new" / "shipwatch.prom")
    stop, port = serve_metrics(gather, 0, "127.0.0.1")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            over_http = answer.read().decode()
    finally:
        stop()
    assert (tmp_path / "new" / "shipwatch.prom").read_text() == over_http
    assert 'shipwatch_source_age_seconds{source="harbour"} 10800.0\n' in over_http
    assert "shipwatch_problems 1.0\n" in over_http
    assert "shipwatch_up 0.0\n" in over_http


def test_a_hostile_message_cannot_steer_the_screen(ws: Workspace) -> None:
    with ws.engine.begin() as conn:
        note_health(conn, "feed", "\x1b[31mEVIL\nwrong: all is lost", at=NOW)
    done = on(ws.data_dir, "status")
    assert done.code == 1
    assert "?[31mEVIL?wrong: all is lost" in done.out


def test_as_json_it_is_one_object(ws: Workspace, tmp_path: Path) -> None:
    newest_fix(ws, NOW)
    config = tmp_path / "shipwatch.toml"
    config.write_text('[[source]]\nname = "harbour"\nkind = "nmea-udp"\nport = 10110\n')
    done = shipwatch("--data-dir", ws.data_dir, "--config", config, "status", "--json")
    found = json.loads(done.out)
    assert found["sources"][0]["newest_fix_at"] == "2026-11-22T12:00:00Z"
    assert found["problems"] == []
    assert done.code == 0
