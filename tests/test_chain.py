"""The promises on the real store: order and batching, repeats, counts, replay, edited rules and zones."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import chain_cases as cases
from tests.chain_cases import RULES, T0, Stored, hours_of, load, make_rules, quiet, stored, write_rows
from watch import refold as refolding
from watch.detect.world import World
from watch.pipeline import bundled_world
from watch.replay import replay
from watch.rules.loader import RuleSet, load_rules
from watch.scenarios.catalogue import load_scenario
from watch.scenarios.maker import make_scenario
from watch.scenarios.write import write_canonical
from watch.store.runs import read_rule_faults
from watch.store.slices import read_slices
from watch.workspace import Workspace

Split = Callable[[pd.DataFrame], list[pd.DataFrame]]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return cases.sea_rows()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, sea: World, rules: RuleSet, rows: pd.DataFrame) -> Stored:
    """What one load of all rows gives."""
    folder = tmp_path_factory.mktemp("whole")
    ws = cases.workspace(folder, None, sea, rules)
    load(ws, [write_rows(rows, folder / "all.csv")])
    return stored(ws)


@pytest.fixture
def ws(tmp_path: Path, database_url: str, sea: World, rules: RuleSet) -> Workspace:
    return cases.workspace(tmp_path, database_url, sea, rules)


@pytest.fixture
def sqlite_ws(tmp_path: Path, sea: World, rules: RuleSet) -> Workspace:
    return cases.workspace(tmp_path, None, sea, rules)


def by_span(rows: pd.DataFrame, hours: float) -> list[pd.DataFrame]:
    return [part for _, part in rows.groupby((hours_of(rows) // hours).astype(int))]


def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sample(frac=1, random_state=7)


def hourly_in_the_middle(rows: pd.DataFrame) -> list[pd.DataFrame]:
    hour = hours_of(rows)
    return [rows[hour < 46], *by_span(rows[(hour >= 46) & (hour < 53)], 1), rows[hour >= 53]]


SPLITS: dict[str, Split] = {
    "by_day": lambda rows: by_span(rows, 24),
    "by_hour": hourly_in_the_middle,
    "shuffled": lambda rows: [shuffled(rows)],
    "shuffled_in_three": lambda rows: [shuffled(rows).iloc[k::3] for k in range(3)],
    "late_day": lambda rows: [*(days := by_span(rows, 24))[:2], *days[3:], days[2]],
    "late_first_day": lambda rows: [*(days := by_span(rows, 24))[1:], days[0]],
    "late_hour": lambda rows: [rows[~(late := hours_of(rows).between(54, 55))], rows[late]],
    "in_reverse": lambda rows: by_span(rows, 24)[::-1],
    "by_ship": lambda rows: [part for _, part in rows.groupby("mmsi")],
    "overlapping": lambda rows: [rows[hours_of(rows) < 90], rows[hours_of(rows) > 50]],
}


def load_parts(ws: Workspace, folder: Path, parts: Sequence[pd.DataFrame]) -> None:
    """Load each part as a file of its own in a run of its own."""
    for number, part in enumerate(parts):
        load(ws, [write_rows(part, folder / f"part-{number:03d}.csv")])


def test_the_small_sea_holds_every_kind_of_event_and_alert(whole: Stored) -> None:
    assert whole.kinds() == {
        "encounter": 3,
        "gap": 6,
        "identity_change": 1,
        "loitering": 12,
        "port_visit": 3,
        "possible_encounter": 12,
        "possible_visit": 11,
        "spoof": 1,
        "zone_visit": 11,
    }
    found = sorted((a["rule_id"], a["level"], a["verdict"], a["vessel"]["vessel_id"]) for a in whole.alerts.values())
    assert found == [
        ("meeting", "medium", "match", "imo:9074729"),
        ("meeting", "medium", "match", "mmsi:201000007"),
        ("meeting", "medium", "match", "mmsi:538000003"),
        ("silence", "high", "match", "imo:9999802"),
        ("voyage", "critical", "match", "imo:9074729"),
        ("voyage", "low", "lapsed", "imo:9999814"),
    ]


def test_a_meeting_over_midnight_and_one_on_the_dateline_are_each_one(whole: Stored) -> None:
    spans = {(e["mmsi"], e["start_at"], e["end_at"]) for e in whole.events.values() if e["kind"] == "encounter"}
    assert (538000003, "2020-06-01T21:50:00Z", "2020-06-02T05:20:00Z") in spans
    assert (201000007, "2020-06-03T01:30:00Z", "2020-06-03T05:00:00Z") in spans


def test_two_ships_on_one_radio_have_no_gap_and_no_meeting(whole: Stored) -> None:
    """One of the two lies where no sea is, the other drifts: each is told of that hull alone."""
    seen = [e for e in whole.events.values() if 201000009 in (e["mmsi"], e["other_mmsi"])]
    assert sorted((e["kind"], e["vessel_id"], e["details"].get("sub_kind")) for e in seen) == [
        ("identity_change", "mmsi:201000009", "shared_mmsi"),
        ("loitering", "mmsi:201000009/1", None),
        ("spoof", "mmsi:201000009", "on_land"),
    ]


#: Both databases keep the same tables: each split runs on one of them each time, all on both in soak.
_IN_SOAK = {("sqlite", "by_hour"), ("sqlite", "in_reverse"), ("sqlite", "late_first_day")}
_ON_POSTGRESQL = ("late_first_day",)


def _each_time(url: str, split: str) -> bool:
    return (url, split) not in _IN_SOAK if url == "sqlite" else split in _ON_POSTGRESQL


ORDERS = [
    pytest.param(url, split, marks=() if _each_time(url, split) else pytest.mark.soak)
    for url in ("sqlite", "postgresql")
    for split in SPLITS
]


def in_soak(*values: object) -> list[object]:
    """Mark the values of a case that run in soak alone."""
    return [pytest.param(value, marks=pytest.mark.soak) for value in values]


on_sqlite = pytest.mark.parametrize(
    "database_url", ("sqlite", pytest.param("postgresql", marks=pytest.mark.soak)), indirect=True
)


@pytest.mark.parametrize(("database_url", "split"), ORDERS, indirect=["database_url"])
def test_any_order_and_batching_gives_the_same(
    ws: Workspace, tmp_path: Path, rows: pd.DataFrame, whole: Stored, split: str
) -> None:
    load_parts(ws, tmp_path, SPLITS[split](rows))
    assert cases.rows_in_lake(ws) == len(rows)
    assert stored(ws) == whole


@pytest.mark.parametrize("slice_rows", (1, *in_soak(500, 900)))
@pytest.mark.parametrize("split", ("late_day", *in_soak("late_hour", "in_reverse")))
def test_slices_of_any_size_give_the_same(
    sqlite_ws: Workspace,
    tmp_path: Path,
    rows: pd.DataFrame,
    whole: Stored,
    split: str,
    slice_rows: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = SPLITS[split](rows)
    for number, part in enumerate(parts):  # slices are cut anew, and otherwise, with each load
        monkeypatch.setattr(refolding, "_STEP_ROWS", slice_rows * (1 + number % 3))
        load(sqlite_ws, [write_rows(part, tmp_path / f"part-{number}.csv")])
    assert stored(sqlite_ws) == whole


def one_case(folder: Path, world: World, rules: RuleSet, parts: Sequence[pd.DataFrame]) -> Stored:
    ws = cases.workspace(folder, None, world, rules)
    try:
        load_parts(ws, folder, parts)
        return stored(ws)
    finally:
        ws.engine.dispose()


def drawn_parts(data: st.DataObject, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Draw a way to cut the rows into files, some rows in two of them, and the order of files and rows."""
    count = data.draw(st.integers(1, 4), label="files")
    cuts = sorted(data.draw(st.lists(st.floats(0, cases.END_H), min_size=count - 1, max_size=count - 1), label="cuts"))
    seed = data.draw(st.integers(0, 2**16), label="seed")
    drawn = np.random.default_rng(seed)
    part = np.searchsorted(cuts, hours_of(rows))
    stray = drawn.random(len(rows)) < data.draw(st.sampled_from((0.0, 0.02, 0.3)), label="strays")
    part = np.where(stray, drawn.integers(0, count, len(rows)), part)
    twice = drawn.random(len(rows)) < 0.05
    chosen = [rows[(part == k) | (twice & (part == (k + 1) % count))] for k in range(count)]
    order = data.draw(st.permutations(range(count)), label="order")
    return [chosen[k].sample(frac=1, random_state=seed) for k in order if len(chosen[k])]


def check_drawn(
    data: st.DataObject, factory: pytest.TempPathFactory, world: World, rules: RuleSet, rows: pd.DataFrame, want: Stored
) -> None:
    slice_rows = data.draw(st.sampled_from((1, 300, 800, 1_000_000)), label="slice_rows")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refolding, "_STEP_ROWS", slice_rows)
        assert one_case(factory.mktemp("drawn"), world, rules, drawn_parts(data, rows)) == want


@settings(max_examples=2)
@given(st.data())
def test_any_drawn_split_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    sea: World,
    rules: RuleSet,
    rows: pd.DataFrame,
    whole: Stored,
    data: st.DataObject,
) -> None:
    check_drawn(data, tmp_path_factory, sea, rules, rows, whole)


@pytest.mark.soak
@settings(max_examples=int(os.environ.get("SHIPWATCH_CHAIN_EXAMPLES", "300")))
@given(st.data())
def test_any_of_many_drawn_splits_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    sea: World,
    rules: RuleSet,
    rows: pd.DataFrame,
    whole: Stored,
    data: st.DataObject,
) -> None:
    check_drawn(data, tmp_path_factory, sea, rules, rows, whole)


def test_states_that_nothing_needs_are_removed(sqlite_ws: Workspace, tmp_path: Path, rows: pd.DataFrame) -> None:
    load_parts(sqlite_ws, tmp_path, by_span(rows, 24)[::-1])
    with sqlite_ws.engine.connect() as conn:
        needed = {s.state_digest for s in read_slices(conn) if s.state_digest}
    assert {path.stem for path in (sqlite_ws.data_dir / "state").glob("*.zip")} == needed


def file_times(ws: Workspace) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in (ws.data_dir / "lake").rglob("*.parquet") if "rejects" not in str(p)}


@pytest.mark.parametrize("again", ("same_file", "other_name", "same_rows_shuffled"))
def test_loading_again_changes_nothing(ws: Workspace, tmp_path: Path, rows: pd.DataFrame, again: str) -> None:
    first = write_rows(rows, tmp_path / "first.csv")
    load(ws, [first])
    before, told, files = stored(ws), cases.history(ws), file_times(ws)
    second = {
        "same_file": lambda: first,
        "other_name": lambda: write_rows(rows, tmp_path / "second.csv"),
        "same_rows_shuffled": lambda: write_rows(shuffled(rows), tmp_path / "second.csv"),
    }[again]()
    report = load(ws, [second])
    assert report.files[0].counts == {
        "rows_read": len(rows),
        "positions": 0,
        "duplicates": len(rows),
        "rejects": 0,
    }
    assert report.events == 0
    assert (report.alerts.new, report.alerts.changed, report.alerts.withdrawn) == (0, 0, 0)
    assert stored(ws) == before
    assert cases.history(ws) == told
    assert file_times(ws) == files


def test_stored_rows_are_reported_rows(ws: Workspace, tmp_path: Path, rows: pd.DataFrame) -> None:
    bad = rows.iloc[:7].assign(lat=95.0, fix_at=rows["fix_at"].iloc[:7] + pd.Timedelta(seconds=1))
    first = pd.concat([rows[hours_of(rows) < 80], bad, rows.iloc[:5]])
    second = pd.concat([rows[hours_of(rows) > 60], bad.iloc[:2].assign(mmsi=12)])
    reports = [load(ws, [write_rows(part, tmp_path / f"{n}.csv")]) for n, part in enumerate((first, second))]
    counts = [report.files[0].counts for report in reports]
    assert [c["rows_read"] for c in counts] == [len(first), len(second)]
    assert all(c["positions"] + c["duplicates"] + c["rejects"] == c["rows_read"] for c in counts)
    assert sum(c["positions"] for c in counts) == cases.rows_in_lake(ws) == len(rows)
    kept = [len(ws.lake.read_rejects(load_id)) for load_id in (1, 2)]
    assert kept == [c["rejects"] for c in counts] == [7, 2]
    assert sum(report.files[0].reasons.total() for report in reports) == 9


def test_a_late_identity_names_the_ship_and_takes_over_its_alerts(
    ws: Workspace, tmp_path: Path, rows: pd.DataFrame, whole: Stored
) -> None:
    load(ws, [write_rows(rows[hours_of(rows) < 110], tmp_path / "unnamed.csv")])
    unnamed = {a["vessel"]["vessel_id"] for a in stored(ws).alerts.values() if a["rule_id"] == "voyage"}
    assert "mmsi:636000001" in unnamed
    load(ws, [write_rows(rows[hours_of(rows) >= 110], tmp_path / "named.csv")])
    assert stored(ws) == whole
    assert "mmsi:636000001" not in {e["vessel_id"] for e in stored(ws).events.values()}


def test_a_name_told_late_for_an_hour_names_what_began_in_it(ws: Workspace, tmp_path: Path) -> None:
    """The rows of the second file are known but for the name, so nothing moves and the state comes out the same."""
    ways = [(0, 2.0, 0.0), (26.0, 2.0, 0.0), (30.0, 0.2, 0.0), (100.0, 0.2, 0.1), (110.0, 2.0, 0.0)]
    rows = cases.track(636000001, ways, told=cases.tanker("ALPHA", None))
    hour = hours_of(rows)
    rows["name"] = np.select([hour < 26, hour > 31], ["BETA", "ALPHA"], None)
    late = rows[hour == 26].assign(name="OMEGA")
    load(ws, [write_rows(rows, tmp_path / "first.csv")])
    load(ws, [write_rows(late, tmp_path / "late.csv")])
    visits = [e for e in stored(ws).events.values() if e["kind"] == "zone_visit"]
    assert [(e["zone_id"], e["name"]) for e in visits] == [("roads", "OMEGA")]
    assert replay(ws, None, None, quiet).equal


@pytest.mark.parametrize("split", ("by_day", *in_soak("in_reverse")))
def test_replay_equals_live(ws: Workspace, tmp_path: Path, rows: pd.DataFrame, whole: Stored, split: str) -> None:
    load_parts(ws, tmp_path, SPLITS[split](rows))
    replayed = replay(ws, None, None, quiet)
    assert replayed.equal, (replayed.event_differences, replayed.alert_differences)
    found = (replayed.event_differences, replayed.alert_differences)
    assert [d and d.equal for d in found] == [len(whole.events), len(whole.alerts)]


@pytest.mark.parametrize("hour", (47.5, *in_soak(24.0, 61.0, 119.0)))
def test_replay_to_a_moment_equals_what_was_live_then(
    sqlite_ws: Workspace, tmp_path: Path, sea: World, rules: RuleSet, rows: pd.DataFrame, hour: float
) -> None:
    load(sqlite_ws, [write_rows(rows, tmp_path / "all.csv")])
    past = replay(sqlite_ws, None, (T0 + pd.Timedelta(hours=hour)).to_pydatetime(), quiet)
    then = cases.workspace(tmp_path / "then", None, sea, rules)
    load(then, [write_rows(rows[hours_of(rows) < hour], tmp_path / "then.csv")])
    live = stored(then)
    assert set(past.events["event_id"]) == set(live.events)
    assert {a["alert_id"]: {k: v for k, v in a.items() if k not in cases.LIFE} for a in past.alerts} == live.alerts


@on_sqlite
def test_a_voyage_lapses_by_the_clock_of_the_data_alone(
    ws: Workspace, tmp_path: Path, sea: World, rules: RuleSet, rows: pd.DataFrame
) -> None:
    """DELTA has three days for its voyage; it is heard all the while, so that no event of it ends the wait."""
    mine = rows[rows["mmsi"] == 636000004]
    for number, (begin, end) in enumerate(itertools.pairwise((0, 60, 71, 73, 90))):
        hour = hours_of(mine)
        load(ws, [write_rows(mine[(hour >= begin) & (hour < end)], tmp_path / f"{number}.csv")])
        (alert,) = stored(ws).alerts.values()
        assert (end, alert["verdict"]) == (end, "early" if end < 72 else "lapsed")
        assert replay(ws, None, None, quiet).equal


Edit = tuple[str, dict[str, str | None]]
EDITS: list[Edit] = [
    ("threshold_raised", {"silence": RULES["silence"].replace('">=12h"', '">=200h"')}),
    ("level_raised", {"meeting": RULES["meeting"].replace("level: medium", "level: high")}),
    ("within_shortened", {"voyage": RULES["voyage"].replace("within: 3d", "within: 2d")}),
    ("rule_added", {"alone": RULES["silence"].replace("id: silence", "id: alone").replace("zone: {kind: sts}", "")}),
    ("rule_removed", {"meeting": None}),
    ("all_removed", dict.fromkeys(RULES)),
]
_EACH_TIME = ("threshold_raised", "rule_added", "rule_removed")
EDIT_CASES = [pytest.param(*edit, marks=() if edit[0] in _EACH_TIME else pytest.mark.soak) for edit in EDITS]


@on_sqlite
@pytest.mark.parametrize(("name", "edit"), EDIT_CASES, ids=[name for name, _ in EDITS])
def test_an_edited_rule_gives_what_a_fresh_load_gives(
    ws: Workspace, tmp_path: Path, sea: World, rows: pd.DataFrame, whole: Stored, name: str, edit: dict[str, str | None]
) -> None:
    path = write_rows(rows, tmp_path / "all.csv")
    load(ws, [path])
    edited = {k: v for k, v in (RULES | edit).items() if v is not None}
    vars(ws)["rules"] = make_rules(tmp_path / "edited", sea, edited)
    assert not ws.rules.faults
    load(ws, [path])
    fresh = cases.workspace(tmp_path / "fresh", None, sea, ws.rules)
    load(fresh, [path])
    assert stored(ws) == stored(fresh)
    assert stored(ws).alerts != whole.alerts
    vars(ws)["rules"] = make_rules(tmp_path / "edited", sea)
    load(ws, [path])
    assert stored(ws) == whole


BROKEN = "id: broken\ntitle: Broken\nstatus: stable\nlevel: terrible\n"


def test_a_broken_rule_stops_no_other_and_is_told(
    ws: Workspace, tmp_path: Path, sea: World, rows: pd.DataFrame, whole: Stored
) -> None:
    path = write_rows(rows, tmp_path / "all.csv")
    vars(ws)["rules"] = make_rules(tmp_path / "edited", sea, RULES | {"broken": BROKEN})
    load(ws, [path])
    assert stored(ws) == whole
    with ws.engine.connect() as conn:
        told = read_rule_faults(conn)
    assert told == list(ws.rules.faults)
    assert {Path(f.file).name for f in told} == {"broken.yaml"}


def test_a_rule_that_breaks_keeps_its_alerts_until_it_is_mended(
    ws: Workspace, tmp_path: Path, sea: World, rows: pd.DataFrame, whole: Stored
) -> None:
    path = write_rows(rows, tmp_path / "all.csv")
    load(ws, [path])
    broken = RULES | {"meeting": RULES["meeting"].replace("event: encounter", "event: encounnter")}
    vars(ws)["rules"] = make_rules(tmp_path / "edited", sea, broken)
    load(ws, [path])
    assert stored(ws) == whole
    with ws.engine.connect() as conn:
        assert {Path(f.file).name for f in read_rule_faults(conn)} == {"meeting.yaml"}
    vars(ws)["rules"] = make_rules(tmp_path / "edited", sea)
    load(ws, [path])
    assert stored(ws) == whole
    with ws.engine.connect() as conn:
        assert read_rule_faults(conn) == []


def test_a_rule_that_is_broken_later_is_told_though_nothing_else_is_new(
    ws: Workspace, tmp_path: Path, sea: World, rows: pd.DataFrame
) -> None:
    path = write_rows(rows, tmp_path / "all.csv")
    load(ws, [path])
    vars(ws)["rules"] = make_rules(tmp_path / "edited", sea, RULES | {"broken": BROKEN})
    load(ws, [path])
    with ws.engine.connect() as conn:
        assert {Path(f.file).name for f in read_rule_faults(conn)} == {"broken.yaml"}


ZONE_EDITS: dict[str, Callable[[str], str]] = {
    "moved": lambda text: text.replace("0.5", "0.25"),
    "renamed": lambda text: text.replace('"name": "roads"', '"name": "The Roads"'),
    "other_kind": lambda text: text.replace('"sts_zone"', '"anchorage"'),
    "other_country": lambda text: text.replace('"country": "XX"', '"country": "YY"'),
}


@on_sqlite
@pytest.mark.parametrize("edit", ("moved", *in_soak("renamed", "other_kind", "other_country")))
def test_an_edited_zone_gives_what_a_fresh_load_gives(
    ws: Workspace, tmp_path: Path, rules: RuleSet, rows: pd.DataFrame, whole: Stored, edit: str
) -> None:
    path = write_rows(rows, tmp_path / "all.csv")
    load(ws, [path])
    (tmp_path / "zones").mkdir()
    edited = cases.make_sea(tmp_path / "zones", ZONE_EDITS[edit])
    vars(ws)["world"] = edited
    load(ws, [path])
    fresh = cases.workspace(tmp_path / "fresh", None, edited, rules)
    load(fresh, [path])
    assert stored(ws) == stored(fresh)
    assert stored(ws) != whole


def case_rows(*names: str) -> pd.DataFrame:
    made = pd.concat([make_scenario(load_scenario(name)) for name in names])
    return made.sort_values(["fix_at", "mmsi"], kind="stable", ignore_index=True)


@pytest.mark.soak
def test_the_cases_of_2020_give_the_same_by_month_and_in_reverse(tmp_path: Path, database_url: str) -> None:
    """With the bundled zones and rules, over four months of which most days hold few fixes."""
    world = bundled_world()
    known: dict[str, Any] = {"world": world, "rules": load_rules(zones=world.zones)}
    rows = case_rows("lib4", "lib4-complete")
    write_canonical(rows, tmp_path / "all.csv")
    once = cases.workspace(tmp_path / "once", None, **known)
    load(once, [tmp_path / "all.csv"])
    assert len(stored(once).alerts) >= 5
    backwards = cases.workspace(tmp_path / "backwards", database_url, **known)
    months = [part for _, part in rows.groupby(rows["fix_at"].dt.floor("30D"))][::-1]
    for number, month in enumerate([*months[1::2], *months[::2]]):
        write_canonical(month, tmp_path / f"month-{number}.csv")
        load(backwards, [tmp_path / f"month-{number}.csv"])
    assert stored(backwards) == stored(once)
    assert replay(backwards, None, None, quiet).equal
