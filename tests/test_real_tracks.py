from __future__ import annotations

import csv

import pandas as pd
import pytest
from real_tracks import TRAJ_FILES, Counts, all_sets, canonical_csv, count, noaa_hour, read_traj

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
