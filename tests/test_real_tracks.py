from __future__ import annotations

import csv
import json
import os
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from real_tracks import TRAJ_FILES, Counts, all_sets, canonical_csv, count, noaa_hour, read_traj

from tests.chain_cases import load, quiet, rows_in_lake
from watch.detect.segments import cut_segments
from watch.detect.tracks import from_positions
from watch.fold import State, empty_state, from_tables
from watch.geodesy import distance_m
from watch.jobs import RunReport
from watch.params import DEFAULT
from watch.pipeline import bundled_world
from watch.replay import replay
from watch.store.alerts import read_alerts
from watch.store.events import read_events
from watch.store.slices import read_slices
from watch.workspace import Workspace

GOLDENS = Path(__file__).parent / "golden" / "real_tracks"
SETS = (*TRAJ_FILES, "noaa-hour")
EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

COUNTS = {
    "new-york-week": Counts(ships=140, fixes=172_679, repeats=0, jumps=2, jumping_ships=1),
    "us-coast-day": Counts(ships=1_185, fixes=235_967, repeats=0, jumps=526, jumping_ships=71),
    "virginia-beach": Counts(ships=84, fixes=39_822, repeats=0, jumps=1, jumping_ships=1),
}
SPANS = {
    "new-york-week": ("2020-12-01 04:49:45Z", "2020-12-07 23:29:51Z"),
    "us-coast-day": ("2020-06-30 00:22:12Z", "2020-06-30 23:38:27Z"),
    "virginia-beach": ("2020-06-04 03:07:16Z", "2020-06-06 23:00:47Z"),
}


@pytest.mark.parametrize("name", TRAJ_FILES)
def test_a_set_holds_the_ships_fixes_and_jumps_known_of_it(name: str) -> None:
    tracks = read_traj(name)
    assert count(tracks) == COUNTS[name]
    assert (tracks["fix_at"].min(), tracks["fix_at"].max()) == tuple(pd.Timestamp(t) for t in SPANS[name])


@pytest.mark.parametrize("name", TRAJ_FILES)
def test_the_canonical_file_holds_the_same_rows_in_time_order(name: str) -> None:
    rows = pd.read_csv(canonical_csv(name), parse_dates=["fix_at"])
    assert list(rows.columns) == ["mmsi", "fix_at", "lat", "lon"]
    assert rows["fix_at"].is_monotonic_increasing
    key = ["mmsi", "fix_at", "lat", "lon"]
    expected = read_traj(name).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(rows.sort_values(key, ignore_index=True), expected, check_dtype=False)


def test_the_canonical_file_is_made_once() -> None:
    first = canonical_csv("virginia-beach").stat().st_mtime_ns
    assert canonical_csv("virginia-beach").stat().st_mtime_ns == first


def test_the_noaa_hour_has_its_own_header_and_8689_rows() -> None:
    with noaa_hour().open(newline="") as file:
        rows = list(csv.reader(file))
    assert {"TranscieverClass", "ETA"} < set(rows[0])
    assert len(rows) == 1 + 8_689
    assert rows[0][:4] == ["BaseDateTime", "LON", "LAT", "MMSI"]


def test_four_sets_are_there_to_load() -> None:
    sets = dict(all_sets())
    assert set(sets) == {*TRAJ_FILES, "noaa-hour"}
    assert all(path.stat().st_size > 1_000_000 for path in sets.values())


# --- the same sets through the whole chain, with the bundled zones and rules


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that loads a set, once, and returns its workspace and report."""
    folder, paths = tmp_path_factory.mktemp("real"), dict(all_sets())

    @cache
    def load_set(name: str) -> tuple[Workspace, RunReport]:
        ws = Workspace(folder / name)
        vars(ws)["world"] = bundled_world()
        return ws, load(ws, [paths[name]])

    return load_set


def events_of(ws: Workspace, kind: str | None = None) -> pd.DataFrame:
    with ws.engine.connect() as conn:
        return read_events(conn, kind=kind)


def last_state(ws: Workspace) -> State:
    with ws.engine.connect() as conn:
        digests = [s.state_digest for s in read_slices(conn) if s.state_digest]
    return from_tables(ws.lake.load_state(digests[-1]))


@pytest.mark.parametrize("name", SETS)
def test_a_set_loads_without_fault_and_its_counts_add_up(loaded: Any, name: str) -> None:
    ws, report = loaded(name)
    (file,) = report.files
    assert not report.failed
    assert file.positions + file.duplicates + file.rejects == file.rows_read
    assert rows_in_lake(ws) == file.positions
    assert len(ws.lake.read_rejects(1)) == file.rejects == file.reasons.total()


@pytest.mark.parametrize("name", SETS)
def test_replay_of_real_tracks_equals_live(loaded: Any, name: str) -> None:
    assert replay(loaded(name)[0], None, None, quiet).equal


def told(ws: Workspace, report: RunReport) -> dict[str, Any]:
    """Return what a set gives, small enough to be looked at."""
    events = events_of(ws)
    gaps, meetings = (events[events["kind"] == kind] for kind in ("gap", "encounter"))
    calls = events[events["kind"] == "port_visit"]
    fixes = ws.lake.read_positions(*EVER, columns=["mmsi", "fix_at"]).to_pandas()
    with ws.engine.connect() as conn:
        alerts = read_alerts(conn)
    return {
        "rows": report.files[0].counts,
        "ships": int(fixes["mmsi"].nunique()),
        "ship_days": int(fixes.groupby(["mmsi", fixes["fix_at"].dt.date]).ngroups),
        "segments": len(last_state(ws)["segments"]),
        "events": dict(sorted(Counter(events["kind"]).items())),
        "gaps_by_coverage": dict(sorted(Counter(d["coverage"] for d in gaps["details"]).items())),
        "gaps_open": int(gaps["end_at"].isna().sum()),
        "port_visits_by_confidence": dict(sorted(Counter(str(d["confidence"]) for d in calls["details"]).items())),
        "encounters": [
            f"{m} {o} {s:%d %H:%M} {d['duration_h']:.1f} h {d['looks_like']}"
            for m, o, s, d in meetings[["mmsi", "other_mmsi", "start_at", "details"]].itertuples(index=False)
        ],
        "alerts": [f"{a['rule_id']} {a['level']} {a['vessel']['vessel_id']} {a['started_at']}" for a in alerts],
    }


@pytest.mark.parametrize("name", SETS)
def test_golden_of_what_real_tracks_give(loaded: Any, name: str) -> None:
    path, found = GOLDENS / f"{name}.json", told(*loaded(name))
    if os.environ.get("SHIPWATCH_GOLDEN") == "rewrite":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(path.read_text())


@pytest.mark.parametrize("name", SETS)
def test_no_rule_fires_on_ships_that_did_nothing_of_note(loaded: Any, name: str) -> None:
    with loaded(name)[0].engine.connect() as conn:
        assert read_alerts(conn) == []


def test_segments_tell_apart_the_ships_that_share_a_radio(loaded: Any) -> None:
    """368134280 is two craft near Chicago, 19 km apart, heard in turn: 299 leaps, two segments of many fixes."""
    segments = last_state(loaded("us-coast-day")[0])["segments"]
    per_radio = segments.groupby("mmsi").size()
    assert (int((per_radio > 1).sum()), int(per_radio.max())) == (71, 6)
    fixes = loaded("us-coast-day")[0].lake.read_positions(*EVER, mmsi=[368134280])
    tracks, *_ = cut_segments(from_positions(fixes), empty_state()["segments"], DEFAULT)
    assert np.bincount(tracks.seg).tolist() == [285, 253]
    assert count(fixes.to_pandas()[["mmsi", "fix_at", "lat", "lon"]]).jumps == 299


@pytest.mark.parametrize("name", TRAJ_FILES)
def test_no_gap_joins_two_ships(loaded: Any, name: str) -> None:
    gaps = events_of(loaded(name)[0], "gap").dropna(subset="end_at")
    hours = (gaps["end_at"] - gaps["start_at"]) / pd.Timedelta(hours=1)
    metres = distance_m(*(gaps[c].to_numpy() for c in ("start_lat", "start_lon", "end_lat", "end_lon")))
    assert len(gaps) > 20
    assert (metres / 1852 / hours < DEFAULT.max_speed_kn).all()
    assert max(d["implied_kn"] for d in gaps["details"]) < 5


def test_both_ships_of_an_encounter_were_there(loaded: Any) -> None:
    """Each side has a fix within the hour of the encounter's start, and near it."""
    ws, _ = loaded("us-coast-day")  # the one set with meetings
    meetings = events_of(ws, "encounter")
    assert len(meetings) == 4
    for side in ("mmsi", "other_mmsi"):
        for row in meetings.itertuples():
            fixes = ws.lake.read_positions(*EVER, mmsi=[int(getattr(row, side))]).to_pandas()
            near = fixes[(fixes["fix_at"] - row.start_at).abs() <= pd.Timedelta(hours=1)]
            there = distance_m(near["lat"], near["lon"], row.start_lat, row.start_lon)
            assert np.min(there) < 3_000, (row.mmsi, row.other_mmsi, row.start_at)
