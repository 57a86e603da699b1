"""Crash safety: stopped anywhere, the next run ends where an unbroken one does (DESIGN's fourth promise)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock

from tests import chain_cases as cases
from tests.chain_cases import Stored, hours_of, load, stored, write_rows
from watch import jobs, judge, projection
from watch import refold as refolding
from watch.detect.world import World
from watch.errors import BusyError
from watch.lake import Lake
from watch.pipeline import bundled_world
from watch.rules.loader import RuleSet, load_rules
from watch.scenarios.catalogue import load_scenario
from watch.scenarios.maker import make_scenario
from watch.scenarios.write import write_canonical
from watch.store import loads, runs, slices
from watch.workspace import Workspace

SOAK_KILLS = int(os.environ.get("SHIPWATCH_KILLS", "100"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files of the small sea: the second brings late rows into the first one's days, and new days."""
    folder, rows = tmp_path_factory.mktemp("files"), cases.sea_rows()
    hour = hours_of(rows)
    late = (hour > 30) & (hour < 40)
    first, second = (hour < 100) & ~late, late | (hour >= 100)
    return write_rows(rows[first], folder / "first.csv"), write_rows(rows[second], folder / "second.csv")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, sea: World, rules: RuleSet, files: tuple[Path, Path]) -> Stored:
    ws = cases.workspace(tmp_path_factory.mktemp("whole"), None, sea, rules)
    for path in files:
        load(ws, [path])
    return stored(ws)


class PowerError(RuntimeError):
    """Stands for the end of the process."""


def fail_on_call(number: int, after: bool, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, but for its n-th call, which raises before it or after it has done its work."""
    calls = iter(range(1, 1_000))

    def faulty(*args: Any, **kwargs: Any) -> Any:
        last = next(calls) == number
        if last and not after:
            raise PowerError
        result = function(*args, **kwargs)
        if last:
            raise PowerError
        return result

    return faulty


#: Where a run writes: the owner of the function as its caller sees it, and its name.
STEPS: dict[str, tuple[Any, str]] = {
    "start_load": (loads, "start_load"),
    "mark_dirty": (slices, "mark_dirty"),
    "merge_day": (Lake, "merge_day"),
    "clear_dirty": (slices, "clear_dirty"),
    "write_rejects": (Lake, "write_rejects"),
    "finish_load": (loads, "finish_load"),
    "save_state": (Lake, "save_state"),
    "replace_slice_events": (refolding, "replace_slice_events"),
    "save_slice": (slices, "save_slice"),
    "replace_open_events": (projection, "replace_open_events"),
    "refold": (jobs, "refold"),
    "save_alerts": (judge, "save_alerts"),
    "clear_queue": (runs, "clear_queue"),
    "rematch": (jobs, "rematch"),
}
#: Steps between which and their neighbours nothing is stored that another step's fault does not leave behind too.
LIKE_ANOTHER = ("mark_dirty", "clear_dirty", "write_rejects", "save_slice", "refold", "clear_queue")


@pytest.mark.parametrize(
    "after", (False, pytest.param(True, marks=pytest.mark.soak)), ids=("before", "after")
)  # after one step is, but for what it holds in memory, before the next
@pytest.mark.parametrize("step", [pytest.param(s, marks=pytest.mark.soak if s in LIKE_ANOTHER else ()) for s in STEPS])
def test_a_run_that_ends_at_any_step_is_made_good_by_the_next(
    tmp_path: Path,
    sea: World,
    rules: RuleSet,
    files: tuple[Path, Path],
    whole: Stored,
    step: str,
    after: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run is stopped at the first, then at the third time it comes by; a step that comes once is stopped once."""
    monkeypatch.setattr(refolding, "_STEP_ROWS", 1)  # a slice a day: most ways to end between two
    owner, name = STEPS[step]
    stopped = 0
    for path, numbers in zip(files, ((1, 3), (1, 3)) if after else ((1,), (3,)), strict=True):
        for number in numbers:
            ws = cases.workspace(tmp_path, None, sea, rules)
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, fail_on_call(number, after, getattr(owner, name)))
                try:
                    load(ws, [path])
                except PowerError:
                    stopped += 1
            ws.engine.dispose()
        load(cases.workspace(tmp_path, None, sea, rules), [path])
    ws = cases.workspace(tmp_path, None, sea, rules)
    assert stopped
    assert stored(ws) == whole
    assert (
        max(pd.Series([row["alert_id"] for row in cases.history(ws) if row["change"] == "raised"]).value_counts()) == 1
    )


def test_a_failed_run_is_recorded_as_failed(
    tmp_path: Path, sea: World, rules: RuleSet, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = cases.workspace(tmp_path, None, sea, rules)
    monkeypatch.setattr(jobs, "refold", fail_on_call(1, False, jobs.refold))
    with pytest.raises(PowerError):
        load(ws, [files[0]])
    with ws.engine.connect() as conn:
        (run,) = runs.read_runs(conn)
    assert (run["status"], run["message"]) == ("failed", "PowerError: ")


def test_two_loads_at_once_one_wins_and_the_other_says_so(
    tmp_path: Path, sea: World, rules: RuleSet, files: tuple[Path, Path], whole: Stored
) -> None:
    ws = cases.workspace(tmp_path, None, sea, rules)
    other = cases.workspace(tmp_path, None, sea, rules)

    def meddle(what: str, share: float) -> None:
        with pytest.raises(BusyError, match="another run is writing"):
            load(other, [files[1]])

    jobs.load(ws, [files[0]], "auto", meddle)
    load(other, [files[1]])
    assert stored(other) == whole


# --- a real process, really killed


@pytest.fixture(scope="module")
def cases_of_2020(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The made tracks of two cases as two files, the second with days in the midst of the first's."""
    folder = tmp_path_factory.mktemp("cases")
    made = pd.concat([make_scenario(load_scenario(name)) for name in ("lib4", "lib4-complete")])
    made = made.sort_values(["fix_at", "mmsi"], kind="stable", ignore_index=True)
    second = made["fix_at"].between("2020-05-20", "2020-06-20") | (made["fix_at"] > "2020-07-15")
    write_canonical(made[~second], folder / "first.csv")
    write_canonical(made[second], folder / "second.csv")
    return folder / "first.csv", folder / "second.csv"


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    world = bundled_world()
    return {"world": world, "rules": load_rules(zones=world.zones)}


@pytest.fixture(scope="module")
def unbroken(
    tmp_path_factory: pytest.TempPathFactory, cases_of_2020: tuple[Path, Path], known: dict[str, Any]
) -> Stored:
    ws = cases.workspace(tmp_path_factory.mktemp("unbroken"), None, **known)
    for path in cases_of_2020:
        load(ws, [path])
    assert stored(ws).alerts
    return stored(ws)


def command(ws: Workspace, path: Path) -> list[str]:
    return [str(Path(sys.executable).with_name("shipwatch")), "--data-dir", str(ws.data_dir), "load", str(path)]


def start(ws: Workspace, path: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*command(ws, path), *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def seconds_of_a_load(ws: Workspace, path: Path) -> float:
    """Return how long a load takes from the moment it has the lock, by the processor's clock of the machine."""
    begun = os.times().elapsed
    process = start(ws, path)
    assert process.wait() == 0, process.communicate()[1]
    return os.times().elapsed - begun


def kills(seed: int, count: int, longest_s: float) -> Iterator[float]:
    """Yield after how many seconds to kill: by chance, evenly spread over what follows a run's imports."""
    chance = random.Random(seed)
    for k in range(count):
        yield longest_s * (0.35 + 0.65 * (k + chance.random()) / count)


def check_kills(folder: Path, paths: tuple[Path, Path], known: dict[str, Any], unbroken: Stored, count: int) -> None:
    longest_s = seconds_of_a_load(cases.workspace(folder / "timed", None, **known), paths[0])
    ws, killed = cases.workspace(folder / "killed", None, **known), 0
    for number, after_s in enumerate(kills(1, count, longest_s)):
        if number % 10 == 5:  # begin anew: a store that was whole once has little left to break
            ws = cases.workspace(folder / f"killed-{number}", None, **known)
        process = start(ws, paths[number % 2])
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        process.communicate()
        if number % 10 in (4, 9) or number == count - 1:
            for path in paths:
                process = start(ws, path)
                told = process.communicate()
                assert process.returncode == 0, told
            assert stored(ws) == unbroken
    assert killed


@pytest.mark.soak
def test_killed_at_many_moments_the_next_run_makes_it_good(
    tmp_path: Path, cases_of_2020: tuple[Path, Path], known: dict[str, Any], unbroken: Stored
) -> None:
    check_kills(tmp_path, cases_of_2020, known, unbroken, SOAK_KILLS)


def test_the_command_says_that_another_run_is_writing(tmp_path: Path, cases_of_2020: tuple[Path, Path]) -> None:
    ws = Workspace(tmp_path / "data")
    ws.data_dir.mkdir()
    with FileLock(ws.data_dir / "writing.lock"):
        process = start(ws, cases_of_2020[0], "--wait", "0")
        out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert "another run is writing" in err
    assert "--data-dir" in err
    assert "Traceback" not in err
