import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scenarios.scenario_builders import START, make_case, make_ship, moment

from watch.columns import RAW
from watch.errors import FaultsError
from watch.geodesy import distance_m
from watch.scenarios.catalogue import load_scenario
from watch.scenarios.maker import MADE, make_scenario

SAIL = {"sail": {"to": [22.8, 60.3], "speed_kn": 12}}


def gaps_h(rows: pd.DataFrame) -> np.ndarray:
    return rows["fix_at"].diff().dt.total_seconds().to_numpy()[1:] / 3600


def test_rows_follow_the_raw_contract():
    rows = make_scenario(make_case(make_ship(SAIL), make_ship(name="B", mmsi=219990001, reports={"class": "B"})))
    assert list(rows) == [name for name in RAW.names if name != "line"]
    table = pa.Table.from_pandas(rows, schema=MADE, preserve_index=False)
    assert table["fix_at"].null_count == 0
    assert rows[["fix_at", "mmsi"]].equals(rows[["fix_at", "mmsi"]].sort_values(["fix_at", "mmsi"], ignore_index=True))
    assert (rows["fix_at"].dt.microsecond == 0).all()


def test_class_b_tells_no_status_imo_or_voyage():
    ship = make_ship(SAIL, imo=9999802, draught_m=7, destination="SOHAR", reports={"class": "B"})
    rows = make_scenario(make_case(ship))
    assert rows[["nav_status", "imo", "draught_m", "destination"]].isna().all().all()
    assert (rows["name"] == "SYNTH A").all()


def test_an_empty_track_has_the_columns():
    rows = make_scenario(make_case(make_ship({"silent": [{"hold": {"hours": 5}}]})))
    assert len(rows) == 0
    assert list(rows) == MADE.names


def test_same_seed_same_rows_and_other_seed_other_rows():
    case = make_case(make_ship(SAIL))
    pd.testing.assert_frame_equal(make_scenario(case), make_scenario(case))
    assert not make_scenario(case, 1).equals(make_scenario(case, 2))


def test_same_rows_in_another_process():
    code = (
        "import sys; from watch.scenarios.catalogue import load_scenario;"
        "from watch.scenarios.maker import make_scenario;"
        "sys.stdout.write(make_scenario(load_scenario('n9')).to_csv())"
    )
    other = {**os.environ, "PYTHONHASHSEED": "12345"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=other)
    assert done.stdout == make_scenario(load_scenario("n9")).to_csv()


def test_another_ship_does_not_move_the_first():
    alone = make_scenario(make_case(make_ship(SAIL)))
    together = make_scenario(make_case(make_ship(SAIL), make_ship(name="B", mmsi=636990002)))
    own = together[together["mmsi"] == 636990001].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, own)


def test_silent_acts_are_unheard_from_begin_to_end():
    rows = make_scenario(make_case(make_ship({"hold": {"hours": 10}}, {"silent": [SAIL]}, {"hold": {"hours": 10}})))
    i = int(np.argmax(gaps_h(rows)))
    assert rows["fix_at"][i] == moment("2020-05-01T10:00Z")
    sailed_h = distance_m(24.5, 58.5, 22.8, 60.3) / 1852 / 12
    assert gaps_h(rows)[i] == pytest.approx(sailed_h, abs=0.1)
    assert distance_m(rows["lat"][i + 1], rows["lon"][i + 1], 22.8, 60.3) < 300


def test_silences_by_the_clock_keep_their_ends():
    windows = [{"from": "2020-05-01T03:00Z", "to": "2020-05-01T07:30Z"}]
    rows = make_scenario(make_case(make_ship(SAIL, silences=windows)))
    inside = rows["fix_at"].between("2020-05-01T03:00Z", "2020-05-01T07:30Z", inclusive="neither")
    assert not inside.any()
    assert {moment("2020-05-01T03:00Z"), moment("2020-05-01T07:30Z")} <= set(rows["fix_at"])


def test_appear_says_where_and_when_heard_again():
    appear = {"appear": {"at": "2020-05-11T06:00Z", "position": [15.0, -25.0]}}
    rows = make_scenario(make_case(make_ship({"hold": {"hours": 9}}, appear, {"hold": {"hours": 9}})))
    i = int(np.argmax(gaps_h(rows)))
    assert list(rows["fix_at"][i : i + 2]) == [moment("2020-05-01T09:00Z"), moment("2020-05-11T06:00Z")]
    assert distance_m(rows["lat"][i + 1], rows["lon"][i + 1], 15.0, -25.0) < 50


def test_says_holds_from_then_on():
    says = {"says": {"draught_m": 10.5, "destination": "CARACAS", "mmsi": 422990001}}
    rows = make_scenario(make_case(make_ship({"hold": {"hours": 5}}, says, {"hold": {"hours": 5}}, draught_m=7)))
    late = rows["fix_at"] >= moment("2020-05-01T05:00Z")
    assert set(rows["mmsi"][late]) == {422990001}
    assert set(rows["mmsi"][~late]) == {636990001}
    assert rows["draught_m"][late].eq(10.5).all()
    assert rows["draught_m"][~late].eq(7).all()
    assert rows["destination"][~late].isna().all()
    assert (rows["name"] == "SYNTH A").all()


def test_arrive_at_is_kept_to_the_second():
    sail = {"sail": {"to": [22.8, 60.3], "arrive_at": "2020-05-02T13:00Z"}}
    rows = make_scenario(make_case(make_ship(sail, {"hold": {"hours": 3}})))
    there = rows[rows["fix_at"] == moment("2020-05-02T13:00Z")]
    assert distance_m(there["lat"], there["lon"], 22.8, 60.3)[0] < 50


def test_a_meeting_keeps_its_distance_while_the_partner_swings():
    host = make_ship({"hold": {"hours": 30, "as": "drifting"}}, name="HOST")
    guest = make_ship(
        {"meet": {"with": "HOST", "at": "2020-05-01T06:00Z", "hours": 7, "distance_m": 80}},
        {"hold": {"hours": 2}},
        name="GUEST",
        mmsi=636990002,
        position=[24.8, 58.5],
    )
    rows = make_scenario(make_case(guest, host))
    during = rows[rows["fix_at"].between("2020-05-01T06:00Z", "2020-05-01T13:00Z")]
    one, two = rows[rows["mmsi"] == 636990001], during[during["mmsi"] == 636990002]
    lat, lon = (np.interp(two["fix_at"].astype("int64"), one["fix_at"].astype("int64"), one[c]) for c in ("lat", "lon"))
    apart_m = distance_m(two["lat"], two["lon"], lat, lon)
    assert len(two) > 10
    assert apart_m.min() > 40
    assert apart_m.max() < 130
    assert two["sog_kn"].max() < 1


def test_over_180_degrees_there_is_no_jump():
    ship = make_ship({"sail": {"to": [51.0, -176.0], "speed_kn": 14}}, position=[52.0, 176.0])
    rows = make_scenario(make_case(ship))
    assert rows["lon"].between(-180, 180).all()
    assert {1.0, -1.0} == set(np.sign(rows["lon"]))
    lat, lon = rows["lat"].to_numpy(), rows["lon"].to_numpy()
    speed_kn = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]) / 1852 / gaps_h(rows)
    assert speed_kn[gaps_h(rows) > 0.05].max() < 14.5


OWN_INTERVALS = {
    "class_a_at_anchor_3_min": ("A", {"hold": {"hours": 2}}, 180),
    "class_a_12_kn_10_s": ("A", {"sail": {"to": [24.5, 58.9], "speed_kn": 12}}, 10),
    "class_a_18_kn_6_s": ("A", {"sail": {"to": [24.5, 58.9], "speed_kn": 18}}, 6),
    "class_a_25_kn_2_s": ("A", {"sail": {"to": [24.5, 58.9], "speed_kn": 25}}, 2),
    "class_b_12_kn_30_s": ("B", {"sail": {"to": [24.5, 58.9], "speed_kn": 12}}, 30),
}


@pytest.mark.parametrize(("transponder", "act", "step_s"), OWN_INTERVALS.values(), ids=OWN_INTERVALS)
def test_unthinned_reports_have_the_interval_of_the_standard(transponder, act, step_s):
    reports = {"class": transponder, "thin_min": 0, "rest_min": 0, "satellite": "never"}
    rows = make_scenario(make_case(make_ship(act, reports=reports)))
    assert np.median(gaps_h(rows)) * 3600 == pytest.approx(step_s, rel=0.1)


def test_satellites_hear_in_bursts_and_never_miss_five_hours():
    ship = make_ship({"sail": {"to": [-20.0, 75.0], "speed_kn": 12}}, position=[5.0, 70.0])
    rows = make_scenario(make_case(ship))
    assert rows["receiver"].value_counts(normalize=True)["satellite"] > 0.95
    gaps = gaps_h(rows)
    assert gaps.max() < 5
    assert 20 < len(rows) / ((rows["fix_at"].iloc[-1] - rows["fix_at"].iloc[0]).total_seconds() / 86400) < 60
    assert np.median(gaps) < 0.1
    assert (gaps > 1).sum() > 50


def test_near_ports_receivers_on_the_coast_hear():
    rows = make_scenario(make_case(make_ship(position=[25.2, 56.5])))
    assert set(rows["receiver"]) == {"terrestrial"}


def test_ships_at_rest_read_as_stopped():
    rows = make_scenario(make_case(make_ship({"hold": {"hours": 100, "as": "moored"}})))
    assert (rows["sog_kn"] <= 0.2).mean() > 0.99
    assert rows["sog_kn"].max() < 0.5
    assert distance_m(rows["lat"], rows["lon"], 24.5, 58.5).max() < 40
    assert set(rows["nav_status"]) == {5}


def test_a_crowd_is_spread_and_heard_all_the_time():
    crowd = {
        "name": "CROWD",
        "ships": 9,
        "mmsi_from": 470990301,
        "around": [24.95, 57.8],
        "radius_nm": 10,
        "from": START,
        "to": "2020-05-04T00:00Z",
    }
    rows = make_scenario(make_case(crowd=[crowd]))
    homes = rows.groupby("mmsi")[["lat", "lon"]].mean().to_numpy()
    assert len(homes) == 9
    assert distance_m(rows["lat"], rows["lon"], 24.95, 57.8).max() < 10 * 1852 + 300
    pairs = distance_m(homes[:, None, 0], homes[:, None, 1], homes[None, :, 0], homes[None, :, 1])
    assert pairs[~np.eye(9, dtype=bool)].min() > 2 * 1852
    last = rows.groupby("mmsi")["fix_at"].max()
    assert (last == moment("2020-05-04T00:00Z")).all()


def test_coasting_ships_go_to_and_fro_until_they_leave():
    crowd = {
        "name": "COAST",
        "ships": 2,
        "mmsi_from": 470990301,
        "around": [24.9, 57.0],
        "radius_nm": 2,
        "towards": [24.3, 57.6],
        "as": "coasting",
        "from": START,
        "to": "2020-05-05T00:00Z",
    }
    rows = make_scenario(make_case(crowd=[crowd]))
    away_nm = distance_m(rows["lat"], rows["lon"], 24.3, 57.6) / 1852
    ends = rows.assign(there=away_nm < 3, at_home=away_nm > 44).groupby("mmsi")[["there", "at_home"]].sum()
    assert (ends > 5).all().all()
    assert rows["fix_at"].max() == moment("2020-05-05T00:00Z")


def test_too_many_fixes_are_refused_before_they_are_made():
    ship = make_ship({"hold": {"hours": 20_000}}, reports={"rest_min": 0})
    with pytest.raises(FaultsError, match="about 5,200,000 fixes"):
        make_scenario(make_case(*(dict(ship, name=f"S{i}") for i in range(13))))


@pytest.mark.parametrize(
    ("fault", "column", "value"),
    [
        ("no_position", "lat", 91.0),
        ("no_position", "lon", 181.0),
        ("no_speed", "sog_kn", np.float32(102.3)),
        ("no_course", "cog_deg", 360.0),
        ("no_heading", "heading_deg", 511.0),
        ("no_imo", "imo", 0),
        ("no_name", "name", "@" * 20),
        ("short_mmsi", "mmsi", 63699000),
    ],
)
def test_a_share_of_fixes_says_not_available(fault, column, value):
    ship = make_ship({"hold": {"hours": 200}}, imo=9999802)
    rows = make_scenario(make_case({**ship, "faults": {fault: 0.3}}))
    assert 0.2 < (rows[column] == value).mean() < 0.4
    clean = make_scenario(make_case(ship))
    assert (clean[column] == value).sum() == 0
    assert len(clean) == len(rows)


def test_duplicates_late_and_same_second_rows_keep_the_track():
    ship = make_ship(SAIL)
    clean = make_scenario(make_case(ship))
    rows = make_scenario(make_case({**ship, "faults": {"duplicate": 0.3, "same_second": 0.2, "late": 0.3}}))
    assert not rows["fix_at"].is_monotonic_increasing
    assert len(clean) * 1.3 < len(rows) < len(clean) * 1.7
    assert rows.duplicated().mean() > 0.1
    same = rows.drop_duplicates().groupby("fix_at")["lat"].agg(["size", np.ptp])
    assert same["size"].max() == 2
    assert same["ptp"].max() == pytest.approx(0.0003, abs=1e-6)
    assert set(clean["fix_at"]) == set(rows["fix_at"])
