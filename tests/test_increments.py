"""Increments: a busy sea loaded by tens of minutes ends as one load does; so do compaction and forgotten positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import chain_cases as cases
from tests.chain_cases import T0, Stored, hours_of, load, quiet, stored, write_rows
from watch import cells, lake
from watch import refold as refolding
from watch.detect.world import World
from watch.normalise import OLDER_THAN_KEPT
from watch.replay import replay
from watch.rules.loader import RuleSet
from watch.store.events import read_events
from watch.store.runs import read_health
from watch.store.slices import read_slices
from watch.upkeep import compact, forget_positions
from watch.workspace import Workspace

END_H = 56.0


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The first 56 hours of the small sea: files and slices of minutes are many."""
    made = cases.sea_rows()
    return made[hours_of(made) < END_H].reset_index(drop=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, sea: World, rules: RuleSet, rows: pd.DataFrame) -> Stored:
    """What one load gives while no day is busy."""
    ws = cases.workspace(tmp_path_factory.mktemp("whole"), None, sea, rules)
    load(ws, [write_rows(rows, ws.data_dir.parent / "all.csv")])
    return stored(ws)


@pytest.fixture
def ws(tmp_path: Path, sea: World, rules: RuleSet) -> Workspace:
    return cases.workspace(tmp_path, None, sea, rules)


@pytest.fixture
def _busy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        make_busy(patch)
        yield


def make_busy(patch: pytest.MonkeyPatch, rows: int = 17) -> None:
    """Let the small sea, of some 18 rows an hour, count as a busy one, with files and slices of hours and less."""
    patch.setitem(cells.CELL_ROWS, "positions", rows)
    patch.setitem(cells.CELL_ROWS, "statics", 5 * rows)
    patch.setattr(refolding, "_BUSY_ROWS", rows)
    patch.setattr(refolding, "_STEP_ROWS", 15 * rows)


def cut(rows: pd.DataFrame, hours: Sequence[float]) -> list[pd.DataFrame]:
    """Return the rows before, between and after moments, in hours after T0."""
    part = np.searchsorted(np.array(hours), hours_of(rows), side="right")
    return [rows[part == k] for k in range(len(hours) + 1) if (part == k).any()]


def load_parts(ws: Workspace, parts: Sequence[pd.DataFrame]) -> None:
    ws.data_dir.mkdir(parents=True, exist_ok=True)
    for part in parts:
        number = len(list(ws.data_dir.parent.glob("part-*.csv")))
        load(ws, [write_rows(part, ws.data_dir.parent / f"part-{number:03d}.csv")])


def files_of(ws: Workspace, table: str = "positions") -> set[str]:
    return {path.name for path in (ws.data_dir / "lake" / table).rglob("*.parquet")}


def at_hour(hour: float) -> datetime:
    moment: datetime = (T0 + pd.Timedelta(hours=hour)).to_pydatetime()
    return moment


INCREMENTS = {
    "aligned_over_midnight": [23.5 + k / 6 for k in range(6)],
    "askew": [20.55 + k / 3 for k in range(4)],
    "ragged": [0.3, 21.9, 22.001, 26.4, 47.7],
}


@pytest.mark.usefixtures("_busy")
@pytest.mark.parametrize(
    "hours",
    [pytest.param(h, id=n, marks=() if n.startswith("aligned") else pytest.mark.soak) for n, h in INCREMENTS.items()],
)
def test_increments_give_what_one_load_does(
    ws: Workspace, rows: pd.DataFrame, whole: Stored, hours: list[float]
) -> None:
    load_parts(ws, cut(rows, hours))
    assert cases.rows_in_lake(ws) == len(rows)
    assert stored(ws) == whole
    assert {len(name) for name in files_of(ws)} > {len("positions-07.parquet")}
    with ws.engine.connect() as conn:
        lengths = {tile.end_at - tile.start_at for tile in read_slices(conn)}
    assert timedelta(hours=1) in lengths


@pytest.mark.usefixtures("_busy")
@pytest.mark.soak
def test_rows_that_come_late_into_busy_hours_give_what_one_load_does(
    ws: Workspace, rows: pd.DataFrame, whole: Stored
) -> None:
    late = hours_of(rows).between(21, 21.4) | ((hours_of(rows) > 44) & (rows["mmsi"] == 636000002))
    load_parts(ws, [*cut(rows[~late], [22.0, 23.1, 49.0]), rows[late]])
    assert stored(ws) == whole
    assert replay(ws, None, None, quiet).equal


@pytest.mark.soak
@settings(max_examples=10)
@given(st.data())
def test_drawn_increments_give_what_one_load_does(
    tmp_path_factory: pytest.TempPathFactory,
    sea: World,
    rules: RuleSet,
    rows: pd.DataFrame,
    whole: Stored,
    data: st.DataObject,
) -> None:
    hours = sorted(data.draw(st.lists(st.floats(0, END_H), min_size=2, max_size=6), label="cuts"))
    parts = cut(rows, hours)
    last = data.draw(st.integers(0, len(parts) - 1), label="the one that comes last")
    drawn = cases.workspace(tmp_path_factory.mktemp("drawn"), None, sea, rules)
    with pytest.MonkeyPatch.context() as patch:
        make_busy(patch, data.draw(st.sampled_from((12, 17, 200)), label="busy"))
        load_parts(drawn, [*parts[:last], *parts[last + 1 :], parts[last]])
        compact(drawn, at_hour(data.draw(st.floats(0, END_H), label="compacted")), quiet)
        load_parts(drawn, [rows.sample(30, random_state=1)])
    assert stored(drawn) == whole


# --- compaction


@pytest.mark.usefixtures("_busy")
def test_compaction_changes_no_row_and_leaves_a_file_a_day(ws: Workspace, rows: pd.DataFrame, whole: Stored) -> None:
    load_parts(ws, cut(rows, [20.1, 20.3, 30.2]))
    always = (at_hour(-1), at_hour(999))
    before = [ws.lake.read_positions(*always), ws.lake.read_statics(*always)]
    assert compact(ws, at_hour(48), quiet) == 2
    assert compact(ws, at_hour(48), quiet) == 0
    assert [ws.lake.read_positions(*always), ws.lake.read_statics(*always)] == before
    first = (ws.data_dir / "lake" / "positions" / "day=2020-06-01").iterdir()
    assert [path.name for path in first] == ["positions.parquet"]
    load_parts(ws, [rows[hours_of(rows) < 30]])
    assert stored(ws) == whole


@pytest.mark.usefixtures("_busy")
@pytest.mark.parametrize("unlinked", (0, 1, 5))
def test_a_compaction_that_dies_changes_no_row(
    ws: Workspace, rows: pd.DataFrame, unlinked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_parts(ws, [rows[hours_of(rows) < 24]])
    always = (at_hour(-1), at_hour(999))
    before, left = ws.lake.read_positions(*always), iter(range(unlinked))
    unlink = Path.unlink

    def dying(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".parquet" and next(left, None) is None:
            raise PowerError
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", dying)
        with pytest.raises(PowerError):
            ws.lake.compact(ws.lake.days()[0])
    assert ws.lake.read_positions(*always) == before
    assert cases.rows_in_lake(ws) == len(before)
    assert ws.lake.compact(ws.lake.days()[0])
    assert ws.lake.read_positions(*always) == before


class PowerError(RuntimeError):
    """Stands for the end of the process."""


def test_a_lake_of_whole_days_goes_on_in_finer_files(
    ws: Workspace, rows: pd.DataFrame, whole: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_parts(ws, [rows[hours_of(rows) < 22.2]])
    assert files_of(ws) == {"positions.parquet"}
    make_busy(monkeypatch)
    load_parts(ws, cut(rows[hours_of(rows) >= 22.2], [22.4, 22.6]))
    assert "positions-22.parquet" in files_of(ws)
    assert stored(ws) == whole


# --- forgotten positions


def rows_of_events(ws: Workspace) -> dict[str, dict[str, Any]]:
    with ws.engine.connect() as conn:
        return {row["event_id"]: row for row in read_events(conn).astype(object).to_dict("records")}


@pytest.mark.parametrize("busy", (False, True), ids=("quiet", "busy"))
def test_forgotten_positions_take_no_event_with_them(
    ws: Workspace, rows: pd.DataFrame, whole: Stored, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if busy:
        make_busy(monkeypatch)
    load_parts(ws, cut(rows[hours_of(rows) < 49], [30.0]))
    before = stored(ws)
    assert forget_positions(ws, at_hour(25)) == 1
    assert forget_positions(ws, at_hour(25)) == 0
    assert [f"{day}" for day in ws.lake.days()] == ["2020-06-02", "2020-06-03"]
    assert stored(ws) == before
    load_parts(ws, cut(rows[hours_of(rows) >= 49], [49.5]))
    assert stored(ws) == whole
    assert replay(ws, None, None, quiet).equal


def test_rows_of_the_forgotten_time_are_rejects_and_change_nothing(
    ws: Workspace, rows: pd.DataFrame, whole: Stored
) -> None:
    late = rows["mmsi"] == 636000002
    load_parts(ws, [rows[~late]])
    forget_positions(ws, at_hour(50))
    before = stored(ws)
    report = load(ws, [write_rows(rows[late & (hours_of(rows) < 47)], ws.data_dir.parent / "late.csv")])
    (file,) = report.files
    assert (file.positions, file.rejects, [*file.reasons]) == (0, file.rows_read, [OLDER_THAN_KEPT])
    assert stored(ws) == before


def but_for_zone(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event without what its zone is called, which the zones in force tell."""
    return {name: value for name, value in event.items() if name != "zone"}


def test_other_zones_find_anew_what_is_kept_and_say_so(
    ws: Workspace, rows: pd.DataFrame, tmp_path: Path, rules: RuleSet
) -> None:
    load_parts(ws, [rows])
    forget_positions(ws, at_hour(50))
    old = {k: e for k, e in stored(ws).events.items() if e["end_at"] and e["end_at"] < "2020-06-03"}
    (tmp_path / "other").mkdir()
    without = cases.make_sea(tmp_path / "other", lambda text: text.replace('"roads"', '"anchorage"'))
    vars(ws).update(world=without)
    load_parts(ws, [rows.iloc[-5:]])
    found = stored(ws).events
    visits = {k for k, e in old.items() if e["kind"] == "zone_visit"}
    assert {k: but_for_zone(found[k]) for k in visits} == {k: but_for_zone(old[k]) for k in visits} != {}
    assert "anchorage" in {e["zone_id"] for e in found.values()}
    with ws.engine.connect() as conn:
        (told,) = [h["message"] for h in read_health(conn) if h["kind"] == "kept_positions"]
    assert "2020-06-03" in told


def test_a_forgetting_that_dies_is_made_good(
    ws: Workspace, rows: pd.DataFrame, whole: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_parts(ws, [rows[hours_of(rows) < 50]])
    with monkeypatch.context() as patch:
        patch.setattr(lake.Lake, "forget", lambda *_: (_ for _ in ()).throw(PowerError))
        with pytest.raises(PowerError):
            forget_positions(ws, at_hour(50))
    load_parts(ws, [rows[hours_of(rows) >= 50]])
    assert forget_positions(ws, at_hour(50)) == 2
    assert stored(ws) == whole
