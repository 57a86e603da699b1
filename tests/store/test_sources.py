"""What the database keeps of sources: how far each came, how it went, which files were read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from watch.sources import FileMark
from watch.store.sources import read_cursor, read_seen, read_sources, save_seen, save_source

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_source_keeps_its_place_when_it_was_well_and_its_newest_fix(engine: Engine) -> None:
    with engine.begin() as conn:
        assert read_cursor(conn, "danish", "dma") == {}
        save_source(conn, "danish", "dma", {"next_day": "2026-11-20"}, AT, ok=True, newest_fix_at=AT - HOUR)
        save_source(conn, "danish", "dma", {"next_day": "2026-11-21"}, AT + HOUR, ok=False, message="is down")
    with engine.connect() as conn:
        (kept,) = read_sources(conn)
        assert read_cursor(conn, "danish", "dma") == {"next_day": "2026-11-21"}
        assert read_cursor(conn, "danish", "noaa") == {}, "another kind begins anew"
    assert (kept.ok_at, kept.tried_at, kept.message, kept.faulty) == (AT, AT + HOUR, "is down", True)
    assert kept.newest_fix_at == AT - HOUR
    with engine.begin() as conn:
        save_source(conn, "danish", "dma", {}, AT + 2 * HOUR, ok=True, newest_fix_at=AT - 5 * HOUR)
        (kept,) = read_sources(conn)
    assert (kept.newest_fix_at, kept.message, kept.faulty) == (AT - HOUR, None, False)


def test_files_that_were_read_are_known_to_their_own_source_and_updated(engine: Engine) -> None:
    first, second = FileMark(10, AT), FileMark(6_000_000_000, AT + timedelta(microseconds=1))
    with engine.begin() as conn:
        save_seen(conn, "drop", "a/ä.csv", first, AT)
        save_seen(conn, "drop", "b.csv", first, AT)
        save_seen(conn, "drop", "b.csv", second, AT + HOUR)
        save_seen(conn, "other", "b.csv", first, AT)
    with engine.connect() as conn:
        assert read_seen(conn, "drop") == {"a/ä.csv": first, "b.csv": second}
        assert read_seen(conn, "other") == {"b.csv": first}
