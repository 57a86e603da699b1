"""Outages in the database: idempotent by slice, told once, areas that fail together told together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from tests.store.event_cases import DAY
from watch.store.health import read_outages, replace_open_outages, replace_outages
from watch.store.runs import note_health, read_health

NOON = (DAY + pd.Timedelta("12h")).to_pydatetime()
NIGHT = DAY.to_pydatetime()
NEXT = NIGHT + timedelta(days=1)
FOUND, LATER = datetime.fromisoformat("2026-01-01T00:00Z"), datetime.fromisoformat("2026-01-02T00:00Z")
UTC_US = "datetime64[us, UTC]"


def frame_of(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"start_at": NOON, "end_at": NOON + timedelta(hours=3), "lat": 41.0, "lon": -73.0, "size_deg": 2.0}
    base |= {"heard": 2.0, "usual": 40.0, "share": 0.05}
    frame = pd.DataFrame([base | row for row in rows], columns=list(base))
    moments = {name: pd.to_datetime(frame[name], utc=True).astype(UTC_US) for name in ("start_at", "end_at")}
    return frame.assign(**moments)


def store(engine: Engine, *rows: dict[str, Any], at: datetime = FOUND) -> None:
    with engine.begin() as conn:
        replace_outages(conn, NIGHT, NEXT, frame_of(*rows), at=at)


def health(engine: Engine) -> list[tuple[str, datetime]]:
    with engine.connect() as conn:
        return [(row["message"].split(":")[-1].strip(), row["at"]) for row in read_health(conn)]


ONE = "2 ships an hour heard where 40 are usual, around 41°00.0'N 073°00.0'W"


def test_a_slice_computed_again_stores_the_same_rows_and_is_no_news(engine: Engine) -> None:
    store(engine, {})
    store(engine, {}, at=LATER)
    assert health(engine) == [(ONE, FOUND)]


def test_what_is_no_longer_found_goes_and_what_is_changed_is_news(engine: Engine) -> None:
    store(engine, {})
    store(engine, {"heard": 3.0}, at=LATER)
    assert health(engine) == [(ONE.replace("2 ships", "3 ships"), LATER)]
    store(engine)
    assert health(engine) == []


def test_only_the_slice_is_replaced(engine: Engine) -> None:
    edges = [NIGHT - timedelta(hours=1), NIGHT, NEXT - timedelta(hours=1), NEXT]
    with engine.begin() as conn:
        note_health(conn, "file", "a.csv: holds no rows", at=FOUND)
        begin, end = NIGHT - timedelta(days=1), NEXT + timedelta(days=1)
        ended = [{"start_at": at - timedelta(hours=5), "end_at": at} for at in edges]
        replace_outages(conn, begin, end, frame_of(*ended), at=FOUND)
    store(engine)
    with engine.connect() as conn:
        assert [row["end_at"] for row in read_outages(conn)] == [edges[0], edges[3]]
        assert [row["kind"] for row in read_health(conn)] == ["file", "outage", "outage"]


def test_an_open_outage_is_told_when_it_begins_and_when_it_is_over_but_not_every_hour(engine: Engine) -> None:
    open_ = {"end_at": pd.NaT}
    for at, heard in ((FOUND, 3.0), (LATER, 4.0)):
        with engine.begin() as conn:
            replace_open_outages(conn, frame_of({**open_, "heard": heard}), at=at)
    (row,) = health(engine)
    assert row == ("far fewer ships heard than usual around 41°00.0'N 073°00.0'W", FOUND)
    with engine.connect() as conn:
        assert read_outages(conn)[0]["details"]["areas"][0]["heard"] == 4.0
    store(engine, {}, at=LATER)
    with engine.begin() as conn:
        replace_open_outages(conn, frame_of(), at=LATER)
    assert health(engine) == [(ONE, LATER)]


def test_areas_that_fail_together_are_one_row(engine: Engine) -> None:
    store(engine, *({"lat": 11.0 + 2 * k} for k in range(40)), {"end_at": NOON + timedelta(hours=4)})
    (first, _), (second, _) = health(engine)
    assert first.startswith("80 ships an hour heard where 1600 are usual, around 11°00.0'N 073°00.0'W; 13°00.0'N")
    assert first.endswith("and in 37 more areas")
    assert second == ONE
    with engine.connect() as conn:
        assert [len(row["details"]["areas"]) for row in read_outages(conn)] == [40, 1]


def test_the_whole_feed_has_no_place(engine: Engine) -> None:
    nowhere = float("nan")
    store(engine, {"lat": nowhere, "lon": nowhere, "size_deg": nowhere})
    assert health(engine)[0][0] == "2 ships an hour heard where 40 are usual, in the whole feed"
    with engine.connect() as conn:
        assert read_outages(conn)[0]["details"]["areas"][0]["lat"] is None


def test_outages_of_a_window(engine: Engine) -> None:
    store(engine, {})
    with engine.begin() as conn:
        replace_open_outages(conn, frame_of({"start_at": NOON + timedelta(days=3), "end_at": pd.NaT}), at=FOUND)
        windows = [(NIGHT, NOON), (NIGHT, NOON + timedelta(hours=1)), (NOON + timedelta(hours=3), NEXT), (NEXT, None)]
        assert [len(read_outages(conn, *window)) for window in windows] == [0, 1, 0, 1]
