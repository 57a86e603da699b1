from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
from pandas.testing import assert_frame_equal
from sqlalchemy import Engine

from tests.store.event_cases import HOSTILE_IN_FRAMES
from watch.identity import IDENTITY_STATE
from watch.store.identities import (
    read_identities,
    replace_identities,
    replace_slice_identities,
)
from watch.store.slices import (
    Slice,
    clear_dirty,
    covering,
    divide,
    first_dirty,
    mark_dirty,
    read_slices,
    save_slice,
)
from watch.store.types import storable

STARTS = [datetime(2020, 5, day, tzinfo=UTC) for day in (1, 2, 3)]
END = datetime(2020, 5, 4, tzinfo=UTC)
AS_OF = datetime(2020, 5, 1, 23, 59, 59, 999_999, tzinfo=UTC)


def compute(engine: Engine, start_at: datetime, digest: str = "d" * 64) -> None:
    with engine.begin() as connection:
        end_at = start_at + timedelta(days=1)
        save_slice(connection, start_at, end_at, positions=7, state_digest=digest, as_of=AS_OF)


def test_work_begins_at_the_first_dirty_day(engine: Engine) -> None:
    with engine.begin() as connection:
        assert first_dirty(connection) is None
        assert mark_dirty(connection, [STARTS[2], STARTS[0]]) == set()
        assert first_dirty(connection) == STARTS[0]
    compute(engine, STARTS[0])
    with engine.begin() as connection:
        assert first_dirty(connection) == STARTS[2]
        assert read_slices(connection) == [
            Slice(STARTS[0], STARTS[1], 7, False, "d" * 64, AS_OF),
            Slice(STARTS[2], END, 0, True, None, None),
        ]


def test_a_late_day_keeps_what_is_known_of_it_until_it_is_computed_again(engine: Engine) -> None:
    compute(engine, STARTS[0])
    with engine.begin() as connection:
        assert mark_dirty(connection, STARTS[:2]) == {STARTS[0]}
        assert mark_dirty(connection, STARTS[:2]) == set()
        assert read_slices(connection)[0] == Slice(STARTS[0], STARTS[1], 7, True, "d" * 64, AS_OF)


def test_a_day_that_did_not_change_after_all_can_be_cleaned(engine: Engine) -> None:
    compute(engine, STARTS[0])
    with engine.begin() as connection:
        clear_dirty(connection, mark_dirty(connection, STARTS[:2]))
        assert first_dirty(connection) == STARTS[1]


def test_a_busy_day_is_divided_and_new_rows_beside_its_parts_get_a_slice_of_their_own(engine: Engine) -> None:
    hour, slot = timedelta(hours=1), timedelta(minutes=10)
    compute(engine, STARTS[0])
    with engine.begin() as connection:
        (day,) = read_slices(connection)
        divide(connection, day, [(STARTS[0] + hour * k, STARTS[0] + hour * (k + 1)) for k in range(3)])
        parts = read_slices(connection)
        assert [part.state_digest for part in parts] == [None, None, "d" * 64]
        assert all(part.dirty for part in parts)
        late = [STARTS[0] + hour * 2.5, STARTS[0] + hour * 7.5]
        assert mark_dirty(connection, late) == set()
        assert covering(connection, late) == {STARTS[0] + hour * 2, STARTS[0] + hour * 7}
        seventh = read_slices(connection, STARTS[0] + hour * 7)[0]
        divide(connection, seventh, [(seventh.start_at, seventh.start_at + slot)])
        mark_dirty(connection, [STARTS[0] + hour * 7.5])
        assert read_slices(connection)[-1].end_at == STARTS[0] + hour * 7.5 + slot


def declared(*rows: tuple[int, datetime, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["mmsi", "seen_at", "name"])
    frame = frame.assign(imo=9999802, callsign="A8XX", ship_type=80, length_m=183.5, beam_m=32.2, seg=1, lat=26.5)
    return frame.reindex(columns=[*IDENTITY_STATE]).astype(IDENTITY_STATE)


def test_identities_of_a_radio_are_replaced_whole(engine: Engine) -> None:
    mine, other = declared((1, STARTS[0], "ONE"), (1, STARTS[1], "TWO")), declared((2, STARTS[0], "OTHER"))
    with engine.begin() as connection:
        replace_identities(connection, [1, 2], pd.concat([mine, other], ignore_index=True))
        assert_frame_equal(read_identities(connection, [1]), mine)
        replace_identities(connection, [1], mine.iloc[:1])
        assert_frame_equal(read_identities(connection), pd.concat([mine.iloc[:1], other], ignore_index=True))
        assert_frame_equal(read_identities(connection, []), declared())


def test_two_names_at_one_moment_are_both_kept_in_their_order(engine: Engine) -> None:
    both = declared((1, STARTS[0], "Z"), (1, STARTS[0], "A"))
    with engine.begin() as connection:
        replace_identities(connection, [1], both)
        assert_frame_equal(read_identities(connection), both)


def test_a_slice_replaces_the_identities_seen_in_it_and_tells_whose_changed(engine: Engine) -> None:
    first = declared((1, STARTS[0], "ONE"), (2, STARTS[0], "TWO"))
    with engine.begin() as connection:
        assert replace_slice_identities(connection, STARTS[0], STARTS[1], first) == {1, 2}
        assert replace_slice_identities(connection, STARTS[1], END, declared((1, STARTS[1], "NEW"))) == {1}
        assert replace_slice_identities(connection, STARTS[0], STARTS[1], first) == set()
        assert replace_slice_identities(connection, STARTS[0], STARTS[1], first.iloc[:1]) == {2}
        assert read_identities(connection)["name"].tolist() == ["ONE", "NEW"]


def test_hostile_names_come_back(engine: Engine) -> None:
    frame = declared(*((mmsi, STARTS[0], word) for mmsi, word in enumerate(HOSTILE_IN_FRAMES)))
    frame = frame.assign(**dict.fromkeys(("destination", "callsign", "eta"), frame["name"]))
    with engine.begin() as connection:
        replace_identities(connection, [], frame)
        found = read_identities(connection)
    for field in ("name", "destination", "callsign", "eta"):
        assert found[field].tolist() == [storable(word) for word in HOSTILE_IN_FRAMES]
