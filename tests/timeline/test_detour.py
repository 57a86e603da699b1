"""Detours against their slow twin, voyages that are none, and what must hold for any of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.event_tracks import see_case
from tests.timeline.twin_detour import PORTS, Stop, far_ways, lies, port, sea_nm, voyage
from tests.timeline.twin_reach import Place, moment, timeline
from watch.columns import ATTRIBUTED_COLUMNS
from watch.geodesy import NM_M, distance_m
from watch.params import DEFAULT, Params
from watch.pipeline import bundled_world, prepare, see
from watch.timeline.detour import detours

CHONGJIN, TAIWAN, GOOD_HOPE, PLATE, LAGOS = (40.8, 130.3), (24.5, 119.3), (-35.2, 19.5), (-36.5, -53.0), (5.5, 3.0)
PORT_SAID, SUEZ, HORN = (31.6, 32.4), (29.3, 32.6), (-56.5, -67.0)
OFF_SOCOTRA = (15.5, 55.0)


def found(events: pd.DataFrame, params: Params = DEFAULT) -> list[dict[str, Any]]:
    return [{**row, **row["details"]} for row in detours(events, bundled_world(), params).to_dict("records")]


def by_korea(*more: Stop, by: str = "loitering", **told: Any) -> pd.DataFrame:
    return voyage(port("singapore"), lies(*TAIWAN, "zone_visit"), lies(*CHONGJIN, by), *more, port("ningbo"), **told)


def waits(*places: Place, times: int) -> list[Stop]:
    return [lies(*place) for _ in range(times) for place in places]


def with_event(events: pd.DataFrame, kind: str, begin_h: float, end_h: float | None) -> pd.DataFrame:
    """Return events of a ship with one more that lasts from one hour to another, at no place."""
    (mmsi,) = {*events["mmsi"]}
    stop = Stop(kind, CHONGJIN, np.nan if end_h is None else end_h - begin_h)
    return timeline(events, voyage(stop, mmsi=mmsi, begin_h=begin_h))


def off_korea(sooner_h: float, later_h: float) -> tuple[float, float]:
    """Return from and to which hour she lies off Chongjin, and some hours more."""
    lay = by_korea().set_index("kind").loc["loitering"]
    begin, end = ((lay[name] - moment(0)) / pd.Timedelta(hours=1) for name in ("start_at", "end_at"))
    return float(begin) + sooner_h, float(end) + later_h


def seen_by_a_partner() -> pd.DataFrame:
    """The one place far off the way is known from a meeting that stands under the partner's number."""
    own = by_korea()
    met = own["kind"] == "loitering"
    other = own[met].assign(kind="encounter", mmsi=201000007, vessel_id="mmsi:201000007")
    return timeline(
        own[~met], other.assign(other_vessel_id="mmsi:636990001", other_mmsi=pd.array([636990001], "Int64"))
    )


def under_two_radios() -> pd.DataFrame:
    own = by_korea().assign(vessel_id="imo:9999802")
    later = own["start_at"] > own["start_at"].min()
    return own.assign(mmsi=np.where(later, 538990001, own["mmsi"]))


def other_radio_in_port() -> pd.DataFrame:
    """Another radio of the hull lies in port all the while: nobody knows which of the two is she."""
    twin = voyage(port("karachi", stay_h=5000), mmsi=538990001, begin_h=-10)
    return timeline(by_korea().assign(vessel_id="imo:9999802"), twin.assign(vessel_id="imo:9999802"))


def too_fast() -> pd.DataFrame:
    own = by_korea()
    far = own["kind"] == "loitering"
    early = own.loc[far, ["start_at", "end_at"]] - pd.Timedelta(hours=130)
    return timeline(own[~far], own[far].assign(**early))


GULF, CAPE_WAY = port("fujairah"), (lies(-20.0, 40.0, "zone_visit"), lies(*GOOD_HOPE, "gap"), lies(0.0, -12.0))
BY_SUEZ = (lies(14.0, 48.0), lies(*SUEZ), lies(*PORT_SAID))
STRAIGHT: dict[str, pd.DataFrame] = {
    "the_usual_way": voyage(port("singapore"), lies(14.0, 113.0, "zone_visit"), lies(22.0, 117.0), port("ningbo")),
    "the_gulf_to_rotterdam_by_suez": voyage(GULF, *BY_SUEZ, lies(37.0, 8.0), port("rotterdam")),
    "nobody_saw_her_on_the_way": voyage(port("singapore"), port("ningbo"), kn=4),
    "a_call_far_off_is_two_voyages": voyage(port("singapore"), port("yokohama"), port("ningbo")),
    "back_at_the_same_port": voyage(port("singapore"), lies(*CHONGJIN), port("singapore")),
    "back_at_the_port_next_door": voyage(GULF, lies(*OFF_SOCOTRA), port("khor_fakkan")),
    "not_there_yet": voyage(port("singapore"), lies(*TAIWAN), lies(*CHONGJIN), lies(33.0, 123.5)),
    "weeks_off_the_port": voyage(GULF, *waits((23.6, 66.0), (24.4, 65.6), times=12), port("karachi")),
    "weeks_on_the_way": voyage(GULF, *waits((23.5, 62.0), (24.0, 63.3), times=12), port("karachi")),
    "a_storm": voyage(port("los_angeles"), lies(31.0, -160.0), port("yokohama")),
    "a_fishing_vessel": by_korea(type="fishing"),
    "a_tug": by_korea(type="tug"),
    "of_unknown_type_without_a_number": by_korea(type="unknown"),
    "while_her_positions_could_not_be_true": with_event(by_korea(), "spoof", *off_korea(-1, 1)),
    "while_she_was_jammed": with_event(by_korea(), "interference", off_korea(-1, 1)[0], None),
    "her_port_could_not_be_true": with_event(by_korea(), "spoof", 25, 31),
    "faster_than_a_ship": too_fast(),
    "another_radio_of_hers_in_port": other_radio_in_port(),
    "a_passage_that_the_network_lacks": voyage(
        port("rotterdam"), lies(66.0, -58.0), lies(62.0, -170.0, after_h=300), port("yokohama")
    ),
}


@pytest.mark.parametrize("events", STRAIGHT.values(), ids=STRAIGHT)
def test_these_are_no_detours(events: pd.DataFrame) -> None:
    assert found(events) == []


#: Events, from where to where, and whether it is only the way that avoids a canal.
FAR: dict[str, tuple[pd.DataFrame, str, str, bool]] = {
    "to_china_by_north_korea": (by_korea(), "singapore", "ningbo", False),
    "of_unknown_type_with_a_number": (by_korea(type="unknown", imo=9999802), "singapore", "ningbo", False),
    "a_cargo_ship": (by_korea(type="cargo"), "singapore", "ningbo", False),
    "she_passed_a_port_too": (by_korea(port("yokohama", confidence=1)), "singapore", "ningbo", False),
    "seen_in_a_gap": (by_korea(by="gap"), "singapore", "ningbo", False),
    "the_second_call_goes_on": (
        voyage(port("singapore"), lies(*TAIWAN, "zone_visit"), lies(*CHONGJIN), port("ningbo", stay_h=None)),
        *("singapore", "ningbo", False),
    ),
    "known_from_a_partner": (seen_by_a_partner(), "singapore", "ningbo", False),
    "under_another_radio": (under_two_radios(), "singapore", "ningbo", False),
    "spoofed_at_another_time": (with_event(by_korea(), "spoof", 60, 90), "singapore", "ningbo", False),
    "across_180": (
        voyage(port("los_angeles"), lies(-18.0, 179.5), lies(-17.0, -179.0), port("yokohama")),
        *("los_angeles", "yokohama", False),
    ),
    "drifting_far_and_wide": (
        voyage(GULF, *waits((22.0, 62.0), (18.0, 64.5), times=3), port("karachi")),
        *("fujairah", "karachi", False),
    ),
    "round_the_cape": (voyage(GULF, *CAPE_WAY, port("rotterdam")), "fujairah", "rotterdam", True),
    "round_the_cape_and_more": (
        voyage(GULF, *CAPE_WAY[:2], lies(*PLATE), port("rotterdam")),
        *("fujairah", "rotterdam", False),
    ),
    "by_suez_and_as_far_as_round_the_cape": (
        voyage(GULF, *BY_SUEZ, lies(36.0, -7.0), lies(*LAGOS), lies(36.0, -7.0), port("piraeus")),
        *("fujairah", "piraeus", False),
    ),
    "round_the_horn": (
        voyage(port("houston"), lies(*PLATE), lies(*HORN), port("los_angeles")),
        *("houston", "los_angeles", True),
    ),
}


@pytest.mark.parametrize(("events", "leaves", "comes", "canal"), FAR.values(), ids=FAR)
def test_these_are_detours(events: pd.DataFrame, leaves: str, comes: str, canal: bool) -> None:
    (far,) = found(events)
    assert (far["from_zone"], far["to_zone"]) == (PORTS[leaves][0], PORTS[comes][0])
    assert far["canal_avoided"] == canal


def straight_nm(a: Place, b: Place) -> float:
    return float(distance_m(*a, *b)) / NM_M


def test_what_an_event_says() -> None:
    events = by_korea()
    (far,) = detours(events, bundled_world(), DEFAULT).to_dict("records")
    leaves, comes = (PORTS[name][1] for name in ("singapore", "ningbo"))
    left, came = events.iloc[0], events.iloc[-1]
    direct, legs = sea_nm(leaves, comes), [*pairwise((leaves, TAIWAN, CHONGJIN, comes))]
    way = sum(max(straight_nm(*leg), 0.95 * sea_nm(*leg) - 150) for leg in legs)
    assert (far["kind"], far["mmsi"], far["vessel_id"], far["type"]) == (
        *("detour", 636990001, "mmsi:636990001", "tanker"),
    )
    assert (far["start_at"], far["end_at"]) == (left["end_at"], came["start_at"])
    assert ((far["start_lat"], far["start_lon"]), (far["end_lat"], far["end_lon"])) == (leaves, comes)
    assert far["zone_id"] == "port_sgsin"
    assert far["details"] == {
        "way_nm": pytest.approx(way, abs=0.06),
        "direct_nm": pytest.approx(direct, abs=0.06),
        "extra_nm": pytest.approx(way - direct, abs=0.06),
        "ratio": pytest.approx(way / direct, abs=0.001),
        "needed_kn": pytest.approx(way / ((came["start_at"] - left["end_at"]) / pd.Timedelta(hours=1)), abs=0.01),
        "canal_avoided": False,
        "from_zone": "port_sgsin",
        "to_zone": "cn_ningbo_zhoushan",
        "from_country": "SG",
        "to_country": "CN",
        "via": ["kp_200nm", "KP"],
        "from_id": left["event_id"],
        "to_id": came["event_id"],
    }
    assert all(type(v) in (bool, float, str, list) for v in far["details"].values())


def test_a_zone_that_a_meeting_names_is_passed_and_one_near_the_way_is_not() -> None:
    met = lies(*CHONGJIN, "encounter", zone_id="ecs_dprk_sts")
    (far,) = found(voyage(port("singapore"), lies(*TAIWAN, zone_id="tw_kaohsiung"), met, port("ningbo")))
    assert far["via"] == ["ecs_dprk_sts", "kp_200nm", "high seas", "KP"]


def test_on_the_high_seas_nothing_is_passed() -> None:
    (far,) = found(voyage(GULF, lies(13.0, 62.0), port("karachi")))
    assert far["via"] == []


def test_the_event_stays_while_the_second_call_goes_on_and_ends() -> None:
    ids = {found(FAR[name][0])[0]["event_id"] for name in ("to_china_by_north_korea", "the_second_call_goes_on")}
    assert len(ids) == 1


def test_a_second_hull_under_one_number_keeps_its_segment() -> None:
    events = by_korea()
    (far,) = found(events.assign(details=[d | {"segment": 1} for d in events["details"]]))
    assert far["segment"] == 1


def test_nothing_gives_nothing_with_all_columns() -> None:
    nothing = detours(timeline(), bundled_world(), DEFAULT)
    assert (len(nothing), list(nothing.columns)) == (0, list(ATTRIBUTED_COLUMNS))


@pytest.mark.parametrize(("by", "count"), [(-0.01, 1), (0.01, 0)], ids=["just_reached", "just_missed"])
@pytest.mark.parametrize("name", ["detour_ratio", "detour_extra_nm"])
def test_both_thresholds_have_to_be_reached(name: str, by: float, count: int) -> None:
    (far,) = found(by_korea())
    value = {"detour_ratio": far["ratio"], "detour_extra_nm": far["extra_nm"]}[name]
    loose = {"detour_ratio": 1.0, "detour_extra_nm": 0.0}
    scale = 1.0 if name == "detour_ratio" else 100.0
    assert len(found(by_korea(), Params(**loose | {name: value + by * scale}))) == count


some_stops = st.lists(
    st.one_of(
        st.sampled_from([port(name) for name in ("singapore", "ningbo", "yokohama")]),
        st.sampled_from([lies(*CHONGJIN), lies(22.0, 117.0, "gap"), lies(33.0, 123.0), lies(10.0, 140.0, "encounter")]),
        st.sampled_from([lies(*CHONGJIN, after_h=200.0), lies(30.5, 123.0, "spoof"), port("yokohama", confidence=1)]),
    ),
    max_size=5,
)
some_ships = st.lists(
    st.tuples(some_stops, st.sampled_from((6.0, 12.0)), st.sampled_from(("tanker", "unknown"))), max_size=3
)
#: So loose that more than the worst is found.
LOOSE = Params(detour_ratio=1.2, detour_extra_nm=200.0)


def fleet(ships: list[tuple[list[Stop], float, str]]) -> list[pd.DataFrame]:
    return [
        voyage(port("singapore"), *stops, port("ningbo"), mmsi=636990001 + k, kn=kn, type=type)
        for k, (stops, kn, type) in enumerate(ships)
    ]


@given(some_ships)
def test_it_equals_its_slow_twin(ships: list[tuple[list[Stop], float, str]]) -> None:
    events = timeline(*fleet(ships))
    rows = {(d["vessel_id"], d["from_zone"], d["to_zone"]): d for d in found(events, LOOSE)}
    expected = far_ways(events, LOOSE)
    assert set(rows) == set(expected)
    for key, (way_nm, direct_nm) in expected.items():
        assert (rows[key]["way_nm"], rows[key]["direct_nm"]) == (pytest.approx(way_nm, abs=0.06), round(direct_nm, 1))


@given(some_ships, st.randoms(use_true_random=False))
def test_each_ship_speaks_for_herself_in_any_order(ships: list[tuple[list[Stop], float, str]], chance: Any) -> None:
    parts = fleet(ships)
    events = timeline(*parts)
    order = list(range(len(events)))
    chance.shuffle(order)
    together = found(events.iloc[order].reset_index(drop=True), LOOSE)
    alone = [far for part in parts for far in found(part, LOOSE)]
    assert {far["event_id"]: far["details"] for far in together} == {far["event_id"]: far["details"] for far in alone}


wide_ocean = st.tuples(st.integers(-20, 30), st.integers(-170, -130))


@given(st.lists(wide_ocean, min_size=1, max_size=12), st.integers(1, 4))
def test_the_way_is_never_longer_than_what_she_sailed(corners: list[Place], every: int) -> None:
    """She sails straight from corner to corner of the open Pacific, and is seen at some of them."""
    ends = [PORTS[name][1] for name in ("los_angeles", "yokohama")]
    way = np.array([ends[0], *corners, ends[1]])
    sailed_nm = float(distance_m(way[:-1, 0], way[:-1, 1], way[1:, 0], way[1:, 1]).sum() / NM_M)
    seen = [lies(*spot, stay_h=1.0) for spot in corners[::every]]
    events = voyage(port("los_angeles"), *seen, port("yokohama"))
    assert all(far["way_nm"] <= 1.01 * sailed_nm for far in found(events, LOOSE))


def test_a_track_gives_the_same_however_it_is_cut_and_no_more_than_its_length() -> None:
    rows, seen = see_case("detour")
    (far,) = seen.events[seen.events["kind"] == "detour"].to_dict("records")
    lat, lon = (rows[axis].to_numpy() for axis in ("lat", "lon"))
    sailed_nm = float(distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum() / NM_M)
    assert 0.9 * sailed_nm < far["details"]["way_nm"] < sailed_nm
    first_us, last_us = (rows["fix_at"].agg(end).value // 1000 for end in ("min", "max"))
    raw = pa.Table.from_pandas(rows.astype({"imo": "Int64", "ship_type": "Int64"}), preserve_index=False)
    cut = see(*prepare(raw), bundled_world(), cuts_us=np.linspace(first_us, last_us, 9).astype(int).tolist()).events
    again = cut[cut["kind"] == "detour"]
    assert (again["event_id"].tolist(), again["details"].tolist()) == ([far["event_id"]], [far["details"]])
