"""Feeds: whether what a source brings has stopped, shrunk or come empty; told when it begins and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from sqlalchemy import Connection, select

from watch.source_settings import SourceSettings
from watch.store import schema
from watch.store.meta import read_meta, write_meta
from watch.store.runs import note_health
from watch.wording import lasting_words
from watch.workspace import Workspace

_LOADS = schema.loads
_FEEDS = "feeds"  # meta: what is wrong with each source now
_USUAL = 20  # own: loads before the last one that say what is usual
_USUAL_LEAST = 5  # own: fewer say nothing
_SHRUNKEN = 0.2  # own: of the usual; traffic by night and day differs by less than two times


def judge_feeds(ws: Workspace, sources: Sequence[SourceSettings], at: datetime) -> None:
    """Note as health of the data what has become wrong with a source, or well again, since the last run."""
    with ws.engine.begin() as conn:
        before: dict[str, str] = read_meta(conn, _FEEDS) or {}
        after = {}
        for source in (one for one in sources if one.enabled):
            kind, told = feed_fault(conn, source, at)
            if kind:
                after[source.name] = kind
            if kind and before.get(source.name) != kind:
                note_health(conn, "feed", f"{source.name}: {told}", at=at)
            elif not kind and source.name in before:
                note_health(conn, "feed", f"{source.name}: brings data again", at=at)
        if after != before:
            write_meta(conn, _FEEDS, after)


def feed_fault(conn: Connection, source: SourceSettings, at: datetime) -> tuple[str, str]:
    """Return what is wrong with what a source brings, as a word and in words; nothing where it is well."""
    rows = conn.execute(
        select(_LOADS.c.positions, _LOADS.c.duplicates, _LOADS.c.newest_fix_at)
        .where(_LOADS.c.source == source.name, _LOADS.c.status == "done")
        .order_by(_LOADS.c.load_id.desc())
        .limit(_USUAL + 1)
    ).all()
    newest_at = max((row.newest_fix_at for row in rows if row.newest_fix_at), default=None)
    if source.stale_after is not None and rows and (newest_at is None or at - newest_at > source.stale_after):
        age = "no fix at all" if newest_at is None else f"the newest is {lasting_words(_hours(at, newest_at))} old"
        return "stopped", f"brings no new fixes: {age}, and 'stale_after' is {lasting_words(_hours_of(source))}"
    if len(rows) <= _USUAL_LEAST:
        return "", ""
    last, *others = (row.positions + row.duplicates for row in rows)
    usual = median(others)
    if not usual:  # a source of events, or of nothing yet
        return "", ""
    if not last:
        return "empty", f"its last file held no position; {usual:,.0f} are usual"
    if last < _SHRUNKEN * usual:
        return "shrunken", f"its last file held {last:,} positions; {usual:,.0f} are usual"
    return "", ""


def _hours(at: datetime, before_at: datetime) -> float:
    return (at - before_at).total_seconds() / 3600


def _hours_of(source: SourceSettings) -> float:
    return source.stale_after.total_seconds() / 3600 if source.stale_after else 0.0
