from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import Engine

from tests.store.event_cases import DAY, HOSTILE_IN_FRAMES, frame_of, made_event
from watch.store.events import read_events, replace_open_events, replace_slice_events
from watch.store.types import storable

NEXT = DAY + timedelta(days=1)
PARTNER = {"other_mmsi": 422990303, "other_vessel_id": "mmsi:422990303", "other_name": "MADE CARRIER"}


def save(engine: Engine, *events: dict[str, Any], day: pd.Timestamp = DAY) -> set[str]:
    with engine.begin() as connection:
        return replace_slice_events(connection, day, day + timedelta(days=1), frame_of(*events))


def project(engine: Engine, *events: dict[str, Any]) -> set[str]:
    with engine.begin() as connection:
        return replace_open_events(connection, frame_of(*events))


def stored(engine: Engine, **wanted: Any) -> pd.DataFrame:
    with engine.connect() as connection:
        return read_events(connection, **wanted)


def ids(engine: Engine, **wanted: Any) -> list[str]:
    return stored(engine, **wanted)["event_id"].tolist()


def test_events_come_back_as_they_were(engine: Engine) -> None:
    open_gap = made_event("e2", end_at=None, end_lat=None, end_lon=None, imo=None, name=None, length_m=None, **PARTNER)
    save(engine, made_event(), open_gap)
    assert_frame_equal(stored(engine), frame_of(made_event(), open_gap))


def test_an_empty_store_gives_an_empty_frame_of_the_same_types(engine: Engine) -> None:
    assert_frame_equal(stored(engine), frame_of())


def test_hostile_words_do_no_harm_to_any_row(engine: Engine) -> None:
    fields = ("name", "other_name", "zone_id")
    events = [
        made_event(f"e{number:02d}", **dict.fromkeys(fields, word), details={"said": word})
        for number, word in enumerate(HOSTILE_IN_FRAMES)
    ]
    save(engine, *events, made_event("e99"))
    *found, last = stored(engine).to_dict("records")
    assert [row["details"]["said"] for row in found] == list(HOSTILE_IN_FRAMES)
    for name in fields:
        assert [row[name] for row in found] == [storable(word) for word in HOSTILE_IN_FRAMES]
    assert last["name"] == "MADE TANKER ONE"


def test_a_number_that_is_none_becomes_null_in_details(engine: Engine) -> None:
    save(engine, made_event(details={"implied_kn": float("nan"), "deep": [float("inf"), {"x": 1.5}]}))
    assert stored(engine)["details"].tolist() == [{"implied_kn": None, "deep": [None, {"x": 1.5}]}]


def test_saving_again_touches_nobody(engine: Engine) -> None:
    assert save(engine, made_event(), made_event("e2", vessel_id="mmsi:2")) == {"imo:9999802", "mmsi:2"}
    assert save(engine, made_event("e2", vessel_id="mmsi:2"), made_event()) == set()
    assert ids(engine) == ["e1", "e2"]


@pytest.mark.parametrize(
    ("now", "touched", "kept"),
    [
        pytest.param([made_event(flag="PA")], {"imo:9999802"}, ["e1"], id="changed"),
        pytest.param([made_event(details={"duration_h": 17.0})], {"imo:9999802"}, ["e1"], id="changed_in_details"),
        pytest.param([made_event(vessel_id="mmsi:636990101")], {"imo:9999802", "mmsi:636990101"}, ["e1"], id="moved"),
        pytest.param([made_event(**PARTNER)], {"imo:9999802", "mmsi:422990303"}, ["e1"], id="other_side"),
        pytest.param([made_event(), made_event("e2", vessel_id="mmsi:2")], {"mmsi:2"}, ["e1", "e2"], id="new"),
        pytest.param([], {"imo:9999802"}, [], id="gone"),
    ],
)
def test_the_vessels_of_what_changed_are_told(
    engine: Engine, now: list[dict[str, Any]], touched: set[str], kept: list[str]
) -> None:
    save(engine, made_event())
    assert save(engine, *now) == touched
    assert ids(engine) == kept


def test_a_slice_replaces_only_its_own_events(engine: Engine) -> None:
    save(engine, made_event("today"))
    save(engine, made_event("tomorrow", start_at=NEXT), day=NEXT)
    project(engine, made_event("open", end_at=None))
    save(engine, day=DAY)
    assert ids(engine) == ["open", "tomorrow"]


def test_an_open_event_keeps_its_row_when_it_closes(engine: Engine) -> None:
    project(engine, made_event(end_at=None))
    assert save(engine, made_event()) == {"imo:9999802"}
    assert project(engine) == set()
    assert_frame_equal(stored(engine), frame_of(made_event()))


def test_an_event_that_moves_to_another_slice_is_stored_once(engine: Engine) -> None:
    save(engine, made_event(), day=NEXT)
    assert save(engine, made_event(), day=DAY) == set()
    assert save(engine, day=NEXT) == set()
    assert ids(engine) == ["e1"]


def test_projecting_again_replaces_all_open_events(engine: Engine) -> None:
    project(engine, made_event("a", end_at=None), made_event("b", end_at=None, vessel_id="mmsi:2"))
    assert project(engine, made_event("a", end_at=None)) == {"mmsi:2"}
    assert ids(engine) == ["a"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, ["gap", "meet", "open"], id="all_by_start"),
        pytest.param({"kind": "encounter"}, ["meet"], id="kind"),
        pytest.param({"mmsi": 636990101}, ["gap", "meet", "open"], id="radio"),
        pytest.param({"mmsi": 422990303}, ["meet"], id="radio_on_the_other_side"),
        pytest.param({"imo": 9999814}, ["meet"], id="hull_on_the_other_side"),
        pytest.param({"imo": 1}, [], id="unknown_hull"),
        pytest.param({"from_at": DAY + timedelta(hours=20)}, ["gap", "meet", "open"], id="ends_at_the_start"),
        pytest.param({"from_at": DAY + timedelta(hours=21)}, ["meet", "open"], id="straddles_the_start"),
        pytest.param({"from_at": NEXT + timedelta(days=99)}, ["open"], id="open_lasts_on"),
        pytest.param({"to_at": DAY + timedelta(hours=6)}, ["gap"], id="end_of_range_is_outside"),
        pytest.param({"vessel_ids": ["mmsi:422990303"]}, ["meet"], id="vessel_on_the_other_side"),
        pytest.param({"vessel_ids": []}, [], id="no_vessels"),
        pytest.param({"vessel_ids": [f"mmsi:{n}" for n in range(6_000)] + ["mmsi:422990303", "imo:9999802"]},
                     ["gap", "meet", "open"], id="more_vessels_than_one_statement_takes"),
    ],
)  # fmt: skip
def test_events_are_found_by(engine: Engine, wanted: dict[str, Any], found: list[str]) -> None:
    meet = made_event("meet", kind="encounter", start_at=DAY + timedelta(hours=6), end_at=NEXT, **PARTNER)
    save(engine, made_event("gap"), meet | {"other_imo": 9999814})
    project(engine, made_event("open", start_at=DAY + timedelta(hours=8), end_at=None))
    assert ids(engine, **wanted) == found
