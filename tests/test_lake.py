from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watch import staging as staging_module
from watch.columns import POSITIONS, REJECTS, STATICS
from watch.errors import StoreError
from watch.lake import DayMerge, Lake, deduplicate
from watch.merge import order_fixes

FIXES = pa.schema([field for field in POSITIONS if field.name != "load_id"])
DAY = date(2020, 5, 3)
MIDNIGHT = datetime(2020, 5, 3, tzinfo=UTC)
ALWAYS = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
Row = tuple[Any, ...]


def fix(mmsi: int = 636990101, hours: float = 1.0, lat: float = 25.1, **values: Any) -> dict[str, Any]:
    at = MIDNIGHT + timedelta(hours=hours)
    empty = dict.fromkeys(FIXES.names) | {"lon": 57.95, "receiver": "terrestrial"}
    return empty | {"mmsi": mmsi, "fix_at": at, "lat": lat} | values


def declared(mmsi: int = 636990101, hours: float = 1.0, **values: Any) -> dict[str, Any]:
    at = MIDNIGHT + timedelta(hours=hours)
    return dict.fromkeys(STATICS.names) | {"mmsi": mmsi, "seen_at": at, "last_seen_at": at, "name": "ONE"} | values


def positions(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=FIXES)


def statics(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=STATICS)


def load(
    lake: Lake, *batches: Iterable[dict[str, Any]], load_id: int = 1, told: Iterable[dict[str, Any]] = ()
) -> list[DayMerge]:
    with lake.stage(load_id) as staging:
        for batch in batches:
            staging.add(positions(*batch), STATICS.empty_table())
        staging.add(positions(), statics(*told))
        return [lake.merge_day(staging, day) for day in staging.days()]


def stored(lake: Lake, **wanted: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lake.read_positions(*ALWAYS, **wanted).to_pylist()
    return rows


def files(lake_dir: Path) -> dict[Path, tuple[int, int]]:
    """Every file with its inode and time of change: equal when nothing was written."""
    found = (path for path in lake_dir.rglob("*") if path.is_file())
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def slow_merge(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The slow twin: sort everything by place, values and load, and keep the first of each place."""

    def missing_last(value: Any) -> tuple[bool, Any]:
        return (value is None, 0 if value is None else value)

    kept: dict[Row, dict[str, Any]] = {}
    names = ("mmsi", "fix_at", "lat", "lon", "sog_kn", "cog_deg", "heading_deg", "nav_status", "receiver", "load_id")
    for row in sorted(rows, key=lambda row: [missing_last(row[name]) for name in names]):
        kept.setdefault((row["mmsi"], row["fix_at"], row["lat"], row["lon"]), row)
    return list(kept.values())


def test_positions_come_back_in_order_with_their_load(tmp_path: Path) -> None:
    late, early, other = fix(hours=9), fix(hours=1.5, sog_kn=12.5, nav_status=0, receiver="satellite"), fix(2, 5.0)
    load(Lake(tmp_path), [late, early], [other], load_id=7)
    table = Lake(tmp_path).read_positions(*ALWAYS)
    assert table.schema == POSITIONS
    assert table.to_pylist() == [row | {"load_id": 7} for row in (other, early, late)]


def test_an_empty_lake_gives_empty_tables(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.read_positions(*ALWAYS) == POSITIONS.empty_table()
    assert lake.read_positions(*ALWAYS, mmsi=[1], columns=["lon"]).schema.names == ["lon"]
    assert lake.read_statics(*ALWAYS) == STATICS.empty_table()
    assert (lake.days(), lake.read_rejects(1)) == ([], REJECTS.empty_table())
    assert load(lake, []) == []


def test_what_came_is_added_or_a_duplicate(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert load(lake, [fix(), fix(hours=2), fix()]) == [DayMerge(DAY, 3, 2, 1, True)]
    assert load(lake, [fix(hours=2), fix(hours=3)], load_id=2) == [DayMerge(DAY, 2, 1, 1, True)]
    assert [row["load_id"] for row in stored(lake)] == [1, 1, 2]


def test_loading_again_writes_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    load(lake, [fix(), fix(hours=30), fix(2)], told=[declared(), declared(hours=1.2)])
    before = files(tmp_path)
    for load_id in (1, 2):
        merges = load(lake, [fix(2), fix(hours=30), fix()], load_id=load_id, told=[declared(hours=1.2), declared()])
        assert [(merge.added, merge.changed) for merge in merges] == [(0, False)] * 2
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param({"sog_kn": 1.0}, {"sog_kn": 2.0}, id="slower"),
        pytest.param({"sog_kn": 9.0}, {}, id="known_before_missing"),
        pytest.param({"sog_kn": 1.0, "cog_deg": 2.0}, {"sog_kn": 1.0, "cog_deg": 3.0}, id="lower_course"),
        pytest.param({"nav_status": 15}, {}, id="known_status_before_missing"),
        pytest.param({"receiver": "satellite"}, {"receiver": "terrestrial"}, id="receiver_by_the_alphabet"),
        pytest.param({"receiver": "unknown"}, {"receiver": None}, id="unknown_receiver_before_missing"),
    ],
)
def test_the_same_row_survives_whichever_came_first(
    tmp_path: Path, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    first, second = Lake(tmp_path / "1"), Lake(tmp_path / "2")
    assert load(first, [fix(**better)])[0].changed
    assert not load(first, [fix(**worse)], load_id=2)[0].changed
    load(second, [fix(**worse)])
    assert load(second, [fix(**better)], load_id=2) == [DayMerge(DAY, 1, 0, 1, True)]
    assert stored(first, columns=FIXES.names) == stored(second, columns=FIXES.names) == [fix(**better)]


def test_minus_zero_is_zero(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert load(lake, [fix(lat=-0.0), fix(lat=0.0)]) == [DayMerge(DAY, 2, 1, 1, True)]
    assert str(stored(lake)[0]["lat"]) == "0.0"


def test_days_are_cut_at_midnight_utc_and_before_1970_too(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    old = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    load(lake, [fix(hours=24), fix(hours=24 - 1e-9 / 3.6), fix(fix_at=old)])
    assert lake.days() == [old.date(), DAY, DAY + timedelta(days=1)]
    assert [row["fix_at"] for row in lake.read_positions(MIDNIGHT, MIDNIGHT + timedelta(days=1)).to_pylist()] == [
        MIDNIGHT + timedelta(days=1, microseconds=-1)
    ]


@pytest.mark.parametrize(
    ("start_h", "end_h", "mmsi", "hours"),
    [
        pytest.param(1, 2, None, [1], id="half_open"),
        pytest.param(1, 2.001, None, [1, 2], id="end_after"),
        pytest.param(0, 60, None, [1, 2, 26, 50, 3], id="days_joined_by_ship"),
        pytest.param(0, 60, [1], [1, 2, 26, 50], id="one_ship"),
        pytest.param(0, 60, {2, 9}, [3], id="ships_some_unknown"),
        pytest.param(0, 60, [], [], id="no_ships"),
        pytest.param(24, 48, [1], [26], id="one_ship_one_day"),
    ],
)
def test_positions_are_read_by_time_and_ship(
    tmp_path: Path, start_h: float, end_h: float, mmsi: list[int] | None, hours: list[float]
) -> None:
    lake = Lake(tmp_path)
    load(lake, [fix(1, 1), fix(1, 2), fix(1, 26), fix(1, 50), fix(2, 3)])
    window = MIDNIGHT + timedelta(hours=start_h), MIDNIGHT + timedelta(hours=end_h)
    found = lake.read_positions(*window, mmsi=mmsi, columns=["fix_at"]).column("fix_at").to_pylist()
    assert [(at - MIDNIGHT) / timedelta(hours=1) for at in found] == hours


def test_many_ships_of_many_row_groups_are_read_in_order(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    n = 200_000
    rng = np.random.default_rng(1)
    table = pa.table(
        {
            "mmsi": rng.integers(1, 2_000, n),
            "fix_at": rng.integers(0, 86_400, n) * 1_000_000 + int(MIDNIGHT.timestamp()) * 1_000_000,
            "lat": rng.integers(0, 3, n) / 1,
            **{name: pa.nulls(n) for name in FIXES.names[4:]},
            "lon": np.zeros(n),
        }
    )
    table = table.select(FIXES.names)
    table = table.set_column(1, "fix_at", table["fix_at"].cast(pa.timestamp("us", tz="UTC"))).cast(FIXES)
    with lake.stage(1) as staging:
        for start in range(0, n, 7_000):
            staging.add(table.slice(start, 7_000), STATICS.empty_table())
        merge = lake.merge_day(staging, DAY)
    keys = np.unique(np.column_stack([table[c].cast(pa.float64()).to_numpy() for c in ("mmsi", "lat")]), axis=0)
    assert len(keys) > 4_000
    everything = lake.read_positions(*ALWAYS)
    assert len(everything) == merge.added == n - merge.duplicates
    assert_sorted(everything)
    ships = list(range(1, 2_000, 2))
    odd = lake.read_positions(*ALWAYS, mmsi=ships)
    assert odd == everything.filter(pa.compute.is_in(everything["mmsi"], pa.array(ships, pa.int32())))


def assert_sorted(table: pa.Table) -> None:
    keys = [
        table[name].cast(pa.int64()) if name == "fix_at" else table[name] for name in ("lon", "lat", "fix_at", "mmsi")
    ]
    assert np.array_equal(np.lexsort([key.to_numpy() for key in keys]), np.arange(len(table)))


def test_more_time_than_a_key_can_hold_is_ordered_all_the_same() -> None:
    mmsi, at = np.array([3, 1, 2, 1]), np.array([2**62, 2**62, -(2**62), -(2**62)])
    assert order_fixes(mmsi, at).tolist() == [3, 1, 2, 0]


def test_a_long_file_spills_to_disk_and_leaves_nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging_module, "_SPILL_BYTES", 100)
    lake = Lake(tmp_path)
    with lake.stage(1) as staging:
        for hours in range(30):
            staging.add(positions(fix(hours=hours)), statics(declared(hours=hours)))
        assert len(list((tmp_path / "staging").rglob("*.arrow"))) > 30
        merges = [lake.merge_day(staging, day) for day in staging.days()]
    assert [merge.added for merge in merges] == [24, 6]
    assert len(lake.read_statics(*ALWAYS)) == 30
    assert not list((tmp_path / "staging").iterdir())


ROWS = st.lists(
    st.builds(
        fix,
        mmsi=st.sampled_from([1, 2, 999_999_999]),
        hours=st.sampled_from([0.0, 1.0, 23.0, 24.0, 25.0]),
        lat=st.sampled_from([-90.0, 0.0, 90.0]),
        sog_kn=st.sampled_from([None, 0.0, 1.5]),
        heading_deg=st.sampled_from([None, 359.0]),
        nav_status=st.sampled_from([None, 0, 15]),
        receiver=st.sampled_from(["terrestrial", "satellite", "unknown"]),
    ),
    max_size=40,
)


@given(loads=st.lists(ROWS, min_size=1, max_size=4), seed=st.randoms(use_true_random=False), cut=st.integers(1, 9))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_order_and_batching_of_loads_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, loads: list[list[dict[str, Any]]], seed: Any, cut: int
) -> None:
    one, other = (Lake(tmp_path_factory.mktemp("lake")) for _ in range(2))
    rows = [row for batch in loads for row in batch]
    for batch in loads:
        load(one, batch)
    seed.shuffle(rows)
    load(other, *(rows[start : start + cut] for start in range(0, len(rows), cut)))
    expected = slow_merge(row | {"load_id": 1} for row in rows)
    assert stored(one) == stored(other) == expected
    assert deduplicate(pa.Table.from_pylist([row | {"load_id": 1} for row in rows], POSITIONS)).to_pylist() == expected


@given(loads=st.lists(ROWS, min_size=2, max_size=3))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_lowest_load_keeps_a_repeated_row(
    tmp_path_factory: pytest.TempPathFactory, loads: list[list[dict[str, Any]]]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    numbered = list(enumerate(loads, 1))
    counts = [merge for load_id, batch in numbered for merge in load(lake, batch, load_id=load_id)]
    rows = [row | {"load_id": load_id} for load_id, batch in numbered for row in batch]
    assert stored(lake) == slow_merge(rows)
    assert sum(merge.added + merge.duplicates for merge in counts) == len(rows)


def test_statics_are_kept_by_identity_and_hour(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    load(lake, told=[declared(hours=1.2), declared(hours=1.9), declared(hours=2.0), declared(hours=1.5, name=None)])
    load(lake, told=[declared(hours=1.1, last_seen_at=MIDNIGHT + timedelta(hours=1.3)), declared(hours=1.6, name=None)])
    found = [
        (row["name"], *((row[at] - MIDNIGHT) / timedelta(hours=1) for at in ("seen_at", "last_seen_at")))
        for row in lake.read_statics(*ALWAYS).to_pylist()
    ]
    assert found == [("ONE", 1.1, 1.9), (None, 1.5, 1.6), ("ONE", 2.0, 2.0)]


def test_new_statics_alone_change_a_day(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    load(lake, [fix()], told=[declared()])
    assert load(lake, [fix()], told=[declared(name="TWO")]) == [DayMerge(DAY, 1, 0, 1, True)]
    assert load(lake, told=[declared(2)]) == [DayMerge(DAY, 0, 0, 0, True)]
    assert [row["mmsi"] for row in lake.read_statics(*ALWAYS, mmsi=[2]).to_pylist()] == [2]


@pytest.mark.parametrize("word", ["=1+1", "'; DROP", "NUL \0", "漢字 \U0001f6a2", "", "a\r\nb"])
def test_hostile_names_come_back_as_they_were(tmp_path: Path, word: str) -> None:
    load(Lake(tmp_path), told=[declared(name=word, destination=word)])
    (row,) = Lake(tmp_path).read_statics(*ALWAYS).to_pylist()
    assert (row["name"], row["destination"]) == (word, word)


def test_a_receiver_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    with (
        Lake(tmp_path).stage(1) as staging,
        pytest.raises(StoreError, match="a receiver of these"),
    ):
        staging.add(positions(fix(receiver="balloon")), STATICS.empty_table())


def test_odd_folder_names_do_no_harm(tmp_path: Path) -> None:
    odd = tmp_path / "it's [a] *lake* ?"
    load(Lake(odd), [fix()], told=[declared()])
    assert len(stored(Lake(odd))) == len(Lake(odd).read_statics(*ALWAYS)) == 1


def test_what_a_crash_leaves_is_removed_by_the_next_load(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    load(lake, [fix()])
    crashed = lake.stage(9).__enter__()
    crashed.add(positions(fix(hours=5)), STATICS.empty_table())
    crashed.flush()
    stray = tmp_path / "lake" / "positions" / f"day={DAY}" / "positions.parquet.unfinished"
    stray.write_bytes(b"half a file")
    assert len(stored(lake)) == 1
    assert load(Lake(tmp_path), [fix(hours=2)], load_id=10) == [DayMerge(DAY, 1, 1, 0, True)]
    assert not stray.exists()
    assert not list((tmp_path / "staging").iterdir())
    assert len(stored(lake)) == 2


def test_a_write_that_fails_leaves_the_day_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    load(lake, [fix()])
    before = files(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("watch.parquet._FORMAT", "FORMAT parquet, COMPRESSION nonsense")
        with pytest.raises(StoreError, match=r"positions\.parquet cannot be written"):
            load(lake, [fix(hours=2)])
    assert files(tmp_path) == before
    assert load(lake, [fix(hours=2)])[0].added == 1


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    load(lake, [fix()])
    (damaged,) = tmp_path.rglob("positions.parquet")
    damaged.write_bytes(damaged.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"cannot be read: .*load its day again.*positions\.parquet"):
        stored(lake)


def test_readers_see_a_whole_day_while_it_is_written(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    load(lake, [fix()])
    seen: list[int] = []
    faults: list[StoreError] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen.append(len(stored(lake)))
            except StoreError as fault:
                faults.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 22):
        load(lake, [fix(hours=number / 2, sog_kn=float(number))])
    done.set()
    reader.join()
    assert faults == []
    assert seen == sorted(seen)
    assert set(seen) <= set(range(1, 22))


def test_rejects_are_kept_by_load_and_replaced(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    row = {"line": 3, "reason": "no position", "raw": "=1+1,\0,漢"}
    table = pa.Table.from_pylist([row], schema=REJECTS)
    lake.write_rejects(1, REJECTS.empty_table())
    lake.write_rejects(1, [table, REJECTS.empty_table(), table])
    lake.write_rejects(2, table)
    assert lake.read_rejects(1).to_pylist() == [row, row]
    with lake.stage(3) as staging:
        staging.add(positions(), STATICS.empty_table(), table)
        lake.write_rejects(3, staging.rejects())
    assert lake.read_rejects(3).to_pylist() == [row]


def test_states_are_known_by_their_content(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = pa.table({"mmsi": pa.array([1, 2, None], pa.int32()), "at": pa.array([1, 2, 3], pa.timestamp("us", "UTC"))})
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    digest = lake.save_state({"open": table, "none": table.slice(0, 0)})
    assert lake.save_state({"none": pieces.slice(3), "open": pieces}) == digest
    assert lake.save_state({"open": table.slice(1), "none": table.slice(0, 0)}) != digest
    assert lake.load_state(digest) == {"open": table, "none": table.slice(0, 0)}
    assert lake.drop_states([digest]) == 1
    assert lake.load_state(digest)["open"] == table


def test_hidden_values_under_missing_ones_do_not_change_a_state(tmp_path: Path) -> None:
    mask = np.array([False, True])
    one, other = (pa.table({"x": pa.array(np.array([1, hidden]), mask=mask)}) for hidden in (7, 9))
    assert Lake(tmp_path).save_state({"t": one}) == Lake(tmp_path).save_state({"t": other})


@pytest.mark.parametrize("digest", ["f" * 64, "../../etc/passwd", ""])
def test_an_unknown_or_damaged_state_is_explained(tmp_path: Path, digest: str) -> None:
    with pytest.raises(StoreError, match=r"missing or damaged|is no digest"):
        Lake(tmp_path).load_state(digest)


def test_a_state_that_was_altered_is_refused(tmp_path: Path) -> None:
    digest = Lake(tmp_path).save_state({"t": pa.table({"x": [1]})})
    (path,) = (tmp_path / "state").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match="missing or damaged"):
        Lake(tmp_path).load_state(digest)
