"""The command line as a person meets it: help, tables, JSON and exit codes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Demo, on, shipwatch
from typer.main import get_command

from watch import __version__
from watch.cli import app
from watch.columns import EVENT_COLUMNS
from watch.digest_view import LEVELS
from watch.store.database import connect, migrate
from watch.store.schema import HEAD

BELLA = 9208124
ALERT_KEYS = {
    "alert_id", "rule_id", "level", "status", "verdict", "vessel", "started_at", "ended_at", "raised_at", "steps",
    "measures", "red_flags", "summary",
}  # fmt: skip
STEP_KEYS = {"id", "event_id", "kind", "mmsi", "zone", "start_at", "end_at", "lat", "lon"}


def commands(group: Any = None, *path: str) -> Iterator[tuple[str, ...]]:
    group = group or get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield *path, name


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_help_says_what_a_command_does_and_shows_it(path: tuple[str, ...]) -> None:
    done = shipwatch(*path, "--help")
    assert done.code == 0
    lines = [line.strip() for line in done.out.splitlines()]
    assert max(map(len, lines)) <= 100
    start = next(k for k, line in enumerate(lines) if line in ("Example:", "Examples:"))
    shown = [line for line in lines[start + 1 :] if line]
    assert shown
    assert all(re.match(rf"shipwatch (?:--\S+ \S+ )?{' '.join(path)}\b", line) for line in shown)


def test_help_of_all_names_every_command_in_100_columns() -> None:
    done = shipwatch("--help")
    assert all(re.search(rf"│ {path[0]} ", done.out) for path in commands())
    assert max(map(len, done.out.splitlines())) <= 100
    assert "[env var: SHIPWATCH_DATA_DIR]" in done.out


def test_help_answers_soon() -> None:
    def seconds(*words: str) -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        return time.perf_counter() - begun

    bare = min(seconds("-c", "pass") for _ in range(3))
    helped = min(seconds("-c", "from watch.cli import main; main()", "--help") for _ in range(3))
    assert helped - bare <= 1.0  # on an idle machine 0.3: what must never come in is pandas, at three times that


def test_version_is_the_package_s() -> None:
    assert shipwatch("--version").out == f"shipwatch {__version__}\n"


def test_events_as_json_have_the_agreed_columns(demo: Demo) -> None:
    rows = on(demo.folder, "events", "--json").rows
    assert re.search(rf"^{len(rows):,} events, ", demo.done.out, re.MULTILINE)
    for row in rows:
        assert set(EVENT_COLUMNS) | {"imo", "other_mmsi", "zone", "details"} <= set(row)
        assert row["zone"] is None or set(row["zone"]) == {"id", "name", "country", "kind"}
        assert row["zone"] is None or row["zone"]["id"] == row["zone_id"]
        assert row["kind"] != "gap" or {"duration_h", "coverage", "distance_nm", "implied_kn"} <= set(row["details"])
    begins = [row["start_at"] for row in rows]
    assert begins == sorted(begins)
    assert all(begin.endswith("Z") for begin in begins)


# options → what is true of each event that is shown
CHOICES: dict[str, tuple[list[str | int], Any]] = {
    "kind": (["--kind", "encounter"], lambda e: e["kind"] == "encounter"),
    "imo": (["--imo", BELLA], lambda e: BELLA in (e["imo"], e["other_imo"])),
    "mmsi": (["--mmsi", 636990001], lambda e: 636990001 in (e["mmsi"], e["other_mmsi"])),
    "from": (["--from", "2020-09-01"], lambda e: e["end_at"] is None or e["end_at"] >= "2020-09-01"),
    "to": (["--to", "2020-04-01"], lambda e: e["start_at"] < "2020-04-01"),
}


@pytest.mark.parametrize(("words", "holds"), CHOICES.values(), ids=CHOICES)
def test_events_are_chosen_by_an_option(demo: Demo, words: list[str | int], holds: Any) -> None:
    every, chosen = (on(demo.folder, "events", *more, "--json").rows for more in ([], words))
    assert 0 < len(chosen) < len(every)
    assert chosen == [event for event in every if holds(event)]


def test_alerts_as_json_have_the_agreed_fields_gravest_first(demo: Demo) -> None:
    rows = on(demo.folder, "alerts", "list", "--json").rows
    for row in rows:
        assert set(row) >= ALERT_KEYS
        assert set(row["vessel"]) >= {"vessel_id", "mmsi", "imo", "name", "flag", "type"}
        assert all(set(step) >= STEP_KEYS for step in row["steps"])
    order = [(LEVELS.index(row["level"]), row["started_at"]) for row in rows]
    assert order == sorted(order)
    assert len({row["level"] for row in rows}) > 1


def test_an_alert_is_shown_whole_in_100_columns(demo: Demo) -> None:
    (alert,) = on(demo.folder, "alerts", "list", "--level", "critical", "--json").rows
    done = on(demo.folder, "alerts", "show", alert["alert_id"][:6].upper())
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 100
    joined = " ".join(done.out.split())
    vessel = alert["vessel"]
    wanted = [alert["alert_id"], alert["title"], vessel["name"], f"IMO {vessel['imo']}", f"MMSI {vessel['mmsi']}"]
    wanted += [alert["summary"], *alert["not_observed"], *(step["zone"]["name"] for step in alert["steps"])]
    wanted += [m["measure_id"] for m in alert["measures"]] + [flag["code"] for flag in alert["red_flags"]]
    assert [words for words in wanted if " ".join(words.split()) not in joined] == []
    for title in ("Measures on the day", "Official red flags", "What could not be observed", "Check first"):
        assert title in done.out
    assert on(demo.folder, "alerts", "show", alert["alert_id"], "--json").rows == [alert]


@pytest.mark.parametrize("words", [["events"], ["alerts", "list"], ["status"], ["rules", "list"]], ids=" ".join)
def test_a_table_fits_100_columns_and_is_no_talk(demo: Demo, words: list[str]) -> None:
    done = on(demo.folder, *words)
    assert done.code == 0
    assert done.err == ""
    assert len(done.out.splitlines()) > 3
    assert max(map(len, done.out.splitlines())) <= 100


def test_a_reader_that_stops_listening_is_no_error(demo: Demo) -> None:
    program = [
        sys.executable,
        "-c",
        "from watch.cli import main; main()",
        "--data-dir",
        demo.folder,
        "events",
        "--json",
    ]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_upgrade_says_from_where_to_where(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert shipwatch("--db", url, "db", "upgrade").out == f"database upgraded from nothing to {HEAD}\n"
    assert shipwatch("--db", url, "db", "upgrade").out == f"database at {HEAD} already: nothing to do\n"
    with connect(url, tmp_path).begin() as connection:
        migrate(connection, "base")
    assert shipwatch("--db", url, "db", "upgrade").code == 0


def test_a_digest_that_was_kept_is_not_told_again_and_a_preview_is(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    assert shipwatch("synth", "lib4-complete", "-o", tmp_path / "tracks.csv").code == 0
    assert on(data_dir, "load", tmp_path / "tracks.csv").code == 0
    subjects = []
    for words in (["--preview"], [], []):
        assert on(data_dir, "digest", *words, "-o", tmp_path / "look").code == 0
        subjects.append((tmp_path / "look" / "digest.txt").read_text(encoding="utf-8").splitlines()[1])
    assert subjects[0] == subjects[1]
    assert "new (" in subjects[0]
    assert subjects[2].startswith("Shipwatch: nothing new, ")


def test_progress_is_silent_where_stderr_is_no_terminal(demo: Demo) -> None:
    assert demo.done.code == 0
    assert demo.done.err == ""
