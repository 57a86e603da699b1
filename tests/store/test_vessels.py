from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from tests.store.event_cases import DAY, frame_of, made_event
from watch.identity import IDENTITY_STATE
from watch.store.events import replace_slice_events
from watch.store.identities import replace_slice_identities
from watch.store.vessels import radios_called, radios_with_number, read_sharing

IMO = 9208124
NAMES = {1: "GULF STAR", 2: "Gulf_Queen", 3: "50% OFF", 4: "ØRESUND", 5: None}


@pytest.fixture
def known(engine: Engine) -> Engine:
    rows = [
        {**dict.fromkeys(IDENTITY_STATE), "seg": 0, "mmsi": mmsi, "seen_at": DAY, "name": name, "imo": IMO + mmsi % 2}
        for mmsi, name in NAMES.items()
    ]
    frame = pd.DataFrame(rows, columns=list(IDENTITY_STATE)).astype(IDENTITY_STATE)
    with engine.begin() as connection:
        replace_slice_identities(connection, DAY, DAY + pd.Timedelta(days=1), frame)
    return engine


# what is asked → the radios that are called so
CALLED: dict[str, tuple[str, set[int]]] = {
    "part_in_small_letters": ("gulf", {1, 2}),
    "whole": ("gulf star", {1}),
    "underscore_is_no_joker": ("f_q", {2}),
    "percent_is_no_joker": ("%", {3}),
    "letters_beyond_ascii": ("øresund", {4}),
    "quote_does_no_harm": ("'; drop table identities; --", set()),
    "nobody": ("bella", set()),
}


@pytest.mark.parametrize(("text", "mmsis"), CALLED.values(), ids=CALLED)
def test_radios_are_found_by_a_part_of_a_name(known: Engine, text: str, mmsis: set[int]) -> None:
    with known.connect() as connection:
        assert radios_called(connection, text) == mmsis


@pytest.mark.parametrize(("number", "mmsis"), [(IMO, {2, 4}), (3, {3}), (7, set())])
def test_radios_are_found_by_their_number_or_their_hull_s(known: Engine, number: int, mmsis: set[int]) -> None:
    with known.connect() as connection:
        assert radios_with_number(connection, number) == mmsis


def test_only_events_that_tell_of_several_hulls_are_read(engine: Engine) -> None:
    shared: dict[str, Any] = {"kind": "identity_change", "details": {"sub_kind": "shared_mmsi", "segments": [0, 1]}}
    events = [
        made_event("a", mmsi=1, **shared),
        made_event("b", mmsi=2, **shared),
        made_event("c", mmsi=1, kind="identity_change", details={"sub_kind": "name", "after": "X"}),
        made_event("d", mmsi=1),
    ]
    with engine.begin() as connection:
        replace_slice_events(connection, DAY, DAY + pd.Timedelta(days=1), frame_of(*events))
        assert read_sharing(connection, {1})["event_id"].tolist() == ["a"]
        assert read_sharing(connection, set()).empty
