"""What each recipient is told: every change once, and no other."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.delivery.made import (
    OTHER_RULE,
    T0,
    alert,
    at,
    no_maps,
    no_progress,
    parsed,
    raise_alerts,
    settings,
)
from watch.delivery.digests import find_recipient, make_digest_for, make_due_digest
from watch.errors import ConfigError, Fault
from watch.reporting import Gathered, gather
from watch.settings import Recipient
from watch.store import schema
from watch.store.decisions import decide_alerts
from watch.store.deliveries import read_body, read_deliveries
from watch.store.history import read_history
from watch.store.runs import last_digest, note_health, replace_rule_faults
from watch.store.silences import add_silence, end_silence
from watch.workspace import Workspace


def desk(**changes: Any) -> Recipient:
    return settings(**changes).recipient[0]


def tell(ws: Workspace, hours: float, **changes: Any) -> Gathered:
    """Return what the desk is told, and keep it as told."""
    gathered = gather(ws, at(hours), desk(**changes))
    make(ws, hours, **changes)
    return gathered


def make(ws: Workspace, hours: float, **changes: Any) -> int | None:
    chosen = settings(**changes)
    return make_digest_for(ws, chosen, chosen.recipient[0], at(hours), no_progress, no_maps)


def sections(gathered: Gathered) -> dict[str, list[str]]:
    """Return the ids in each section that is not empty."""
    names = ("new", "changed", "withdrawn", "still_open")
    found = {name: sorted(a["alert_id"] for a in getattr(gathered.digest, name)) for name in names}
    return {name: ids for name, ids in found.items() if ids}


def test_each_change_is_told_once_in_the_digest_after_it(ws: Workspace) -> None:
    raise_alerts(ws, [alert(1), alert(2)])
    assert sections(tell(ws, 1)) == {"new": ["a1", "a2"]}
    assert sections(tell(ws, 2)) == {"still_open": ["a1", "a2"]}
    raise_alerts(ws, [alert(1, steps=2), alert(3)], 3)
    told = tell(ws, 4)
    assert sections(told) == {"new": ["a3"], "changed": ["a1"], "withdrawn": ["a2"]}
    assert told.digest.changed[0]["changes"][0].startswith("New step: No AIS heard")
    assert sections(tell(ws, 5)) == {"still_open": ["a1", "a3"]}
    raise_alerts(ws, [alert(1, steps=2), alert(2), alert(3)], 6)
    again = tell(ws, 7)
    assert sections(again) == {"new": ["a2"], "still_open": ["a1", "a3"]}
    assert again.digest.new[0]["changes"] == ["Status changed from withdrawn to open."]


def test_recipients_have_places_of_their_own(ws: Workspace) -> None:
    raise_alerts(ws, [alert(1)])
    tell(ws, 1)
    raise_alerts(ws, [alert(1), alert(2)], 2)
    assert sections(tell(ws, 3, name="other")) == {"new": ["a1", "a2"]}
    assert sections(tell(ws, 3)) == {"new": ["a2"], "still_open": ["a1"]}
    assert sections(gather(ws, at(4))) == {"new": ["a1", "a2"]}


def test_what_people_decide_is_told_and_what_was_closed_before_the_first_digest_is_not(ws: Workspace) -> None:
    raise_alerts(ws, [alert(1), alert(2)])
    with ws.engine.begin() as conn:
        decide_alerts(conn, {"a1": 1}, "close", at=at(1), actor="Ada", reason="benign")
    assert sections(tell(ws, 2)) == {"new": ["a2"]}
    with ws.engine.begin() as conn:
        decide_alerts(conn, {"a2": 1}, "ack", at=at(3), actor="Ada")
    told = tell(ws, 4)
    assert [a["changes"] for a in told.digest.changed] == [["Status changed from open to acknowledged."]]
    assert sections(tell(ws, 5)) == {"still_open": ["a2"]}


FILTERS = {
    "levels": ({"levels": ["critical", "high"]}, ["a1", "a3"]),
    "families": ({"families": ["dark"]}, ["a3"]),
    "area_by_country": ({"areas": ["OM"]}, ["a2"]),
    "area_by_zone": ({"areas": ["ir_bandar_abbas"]}, ["a1", "a2", "a3"]),
    "all_must_fit": ({"levels": "low", "areas": "OM", "families": "iran-venezuela"}, ["a2"]),
    "none_fits": ({"areas": ["VE"]}, []),
    "all_when_nothing_is_asked": ({}, ["a1", "a2", "a3"]),
}


@pytest.mark.parametrize(("asked", "told"), FILTERS.values(), ids=FILTERS)
def test_a_recipient_gets_what_it_asked_for(lite: Workspace, asked: dict[str, Any], told: list[str]) -> None:
    raise_alerts(lite, [alert(1), alert(2, "low", steps=2), alert(3, rule_id=OTHER_RULE)])
    assert sections(tell(lite, 1, **asked)).get("new", []) == told


def test_an_alert_that_rises_into_the_levels_is_new_and_one_that_falls_out_is_told_once_more(lite: Workspace) -> None:
    asked = {"levels": ["critical", "high"]}
    raise_alerts(lite, [alert(1, "medium"), alert(2, "high")])
    assert sections(tell(lite, 1, **asked)) == {"new": ["a2"]}
    raise_alerts(lite, [alert(1, "critical"), alert(2, "low")], 2)
    told = tell(lite, 3, **asked)
    assert sections(told) == {"new": ["a1"], "changed": ["a2"]}
    assert told.digest.new[0]["changes"] == ["Level raised from medium to critical."]
    assert told.digest.changed[0]["changes"][0] == "Level lowered from high to low."
    assert "will not be told further" in told.digest.changed[0]["changes"][1]
    raise_alerts(lite, [alert(1, "critical"), alert(2, "low", steps=2)], 4)
    assert sections(tell(lite, 5, **asked)) == {"still_open": ["a1"]}


def test_wider_filters_tell_what_newly_fits_once_and_narrower_ones_tell_nothing(lite: Workspace) -> None:
    raise_alerts(lite, [alert(1), alert(2, "low")])
    assert sections(tell(lite, 1, levels="high")) == {"new": ["a1"]}
    assert sections(tell(lite, 2)) == {"new": ["a2"], "still_open": ["a1"]}
    assert sections(tell(lite, 3)) == {"still_open": ["a1", "a2"]}
    assert sections(tell(lite, 4, levels="low")) == {"still_open": ["a2"]}
    assert sections(tell(lite, 5, levels="low", families="iran-venezuela")) == {"still_open": ["a2"]}


def silence(ws: Workspace, number: int, hours: float) -> int:
    """Silence an alert for the time of its first step alone."""
    with ws.engine.begin() as conn:
        made = add_silence(
            conn,
            {"alert": f"a{number}"},
            reason="known to the desk",
            author="Ada",
            from_at=T0 - timedelta(days=4_000),
            until_at=T0 - timedelta(days=2_130),
            at=at(hours),
        )
    return made.silence_id


def test_a_silenced_alert_waits_and_is_told_when_the_silence_ends(ws: Workspace) -> None:
    raise_alerts(ws, [alert(1), alert(2)])
    first = silence(ws, 1, 0)
    told = tell(ws, 1)
    assert (sections(told), told.digest.silenced) == ({"new": ["a2"]}, 1)
    second = silence(ws, 2, 1)
    raise_alerts(ws, [alert(1), alert(2, "critical")], 2)
    told = tell(ws, 3)
    assert (sections(told), told.digest.silenced) == ({}, 2)
    with ws.engine.begin() as conn:
        for number in (first, second):
            end_silence(conn, number, author="Ada", at=at(4))
    told = tell(ws, 5)
    assert (sections(told), told.digest.silenced) == ({"new": ["a1"], "changed": ["a2"]}, 0)
    assert told.digest.changed[0]["changes"] == ["Level raised from high to critical."]
    assert sections(tell(ws, 6)) == {"still_open": ["a1", "a2"]}


def test_new_evidence_from_after_the_silence_is_told(lite: Workspace) -> None:
    raise_alerts(lite, [alert(1)])
    with lite.engine.begin() as conn:
        step_end, later = T0.replace(year=2020, month=4, day=22), T0.replace(year=2020, month=5, day=1)
        add_silence(
            conn,
            {"alert": "a1"},
            reason="known",
            author="Ada",
            from_at=step_end - timedelta(days=9),
            until_at=later,
            at=T0,
        )
    assert sections(tell(lite, 1)) == {}
    raise_alerts(lite, [alert(1, steps=2)], 2)
    assert sections(tell(lite, 3)) == {"new": ["a1"]}


def test_a_silence_of_a_family_counts(lite: Workspace) -> None:
    raise_alerts(lite, [alert(1, rule_id=OTHER_RULE)])
    with lite.engine.begin() as conn:
        times = {"from_at": T0 - timedelta(days=4_000), "until_at": T0}
        add_silence(conn, {"family": "dark"}, reason="noise", author="Ada", at=T0, **times)
    assert tell(lite, 1).digest.silenced == 1


def test_warnings_are_told_once_and_those_that_a_long_run_stores_late_too(ws: Workspace) -> None:
    with ws.engine.begin() as conn:
        note_health(conn, "feed", "gulf came empty", at=at(0))
        note_health(conn, "feed", "of last year", at=at(-24 * 300))
    assert [w["message"] for w in tell(ws, 1).digest.health] == ["gulf came empty"]
    with ws.engine.begin() as conn:
        note_health(conn, "feed", "found before, stored later", at=at(0.5))
        note_health(conn, "feed", "found after", at=at(1.5))
    told = [w["message"] for w in tell(ws, 2).digest.health]
    assert told == ["found before, stored later", "found after"]
    assert tell(ws, 3).digest.health == []


def test_a_rule_in_error_is_told_each_time_and_is_news_once(lite: Workspace) -> None:
    with lite.engine.begin() as conn:
        replace_rule_faults(conn, [Fault("dark/a.yaml", 3, "match", "has no step")], at=T0)
    first, second = tell(lite, 1), tell(lite, 2)
    assert [g.digest.health[0]["kind"] for g in (first, second)] == ["rule", "rule"]
    assert (first.news, second.news) == (True, False)


def test_an_empty_digest_is_sent_unless_it_is_not_wanted(lite: Workspace) -> None:
    assert make(lite, 1) is not None
    assert make(lite, 1, name="quiet", even_if_empty=False) is not None
    with lite.engine.connect() as conn:
        assert [(d["recipient"], d["subject"]) for d in read_deliveries(conn)] == [("desk", "Shipwatch: nothing new")]
        assert "Ran, nothing new" in parsed(read_body(conn, 1)).get_body(("plain",)).get_content()
        quiet = last_digest(conn, "quiet")
    assert quiet is not None
    raise_alerts(lite, [alert(1)], 2)
    make(lite, 3, name="quiet", even_if_empty=False)
    with lite.engine.connect() as conn:
        assert read_deliveries(conn, recipient="quiet")[0]["subject"] == "Shipwatch: 1 new (1 high)"


def test_of_two_processes_that_make_a_digest_at_once_one_puts_it_into_the_outbox(ws: Workspace) -> None:
    raise_alerts(ws, [alert(1)])
    meet, made = threading.Barrier(2), []

    def slow_maps(*_: Any) -> Any:
        meet.wait(30)  # both have read, and neither has written
        return {}, []

    def run() -> None:
        other = replace(ws)
        chosen = settings()
        made.append(make_digest_for(other, chosen, chosen.recipient[0], at(1), no_progress, slow_maps))
        other.engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(made, key=str) == [made[0] or made[1], None]
    with ws.engine.connect() as conn:
        assert len(read_deliveries(conn)) == 1


DUE = {
    "at_its_time": (["07:00"], "UTC", "mon-sun", 24.0, True),
    "a_minute_after_the_last": (["07:00"], "UTC", "mon-sun", 0.02, False),
    "not_before": (["07:00"], "UTC", "mon-sun", 23.9, False),
    "twice_a_day": (["07:00", "15:00"], "UTC", "mon-sun", 8.0, True),
    "by_their_own_clock": (["07:00"], "America/New_York", "mon-sun", 5.0, True),
    "mondays_alone_and_this_is_sunday": (["07:00"], "UTC", "mon", 24.0 * 6.9, False),
    "only_on_fridays_and_this_is_thursday": (["07:00"], "UTC", "fri", 24.0 * 3.5, False),
    "missed_for_days": (["07:00"], "UTC", "mon-sun", 24.0 * 9.3, True),
    "the_clock_was_set_back": (["07:00"], "UTC", "mon-sun", -30.0, False),
    "the_clock_had_been_a_year_ahead": (["07:00"], "UTC", "mon-sun", -24.0 * 365, True),
    "a_second_early_by_the_clock": (["07:00"], "UTC", "mon-sun", 24.0 - 1 / 3600, True),
}


@pytest.mark.parametrize(("times", "zone", "days", "hours", "due"), DUE.values(), ids=DUE)
def test_a_digest_is_made_when_its_time_has_come_since_the_last(
    lite: Workspace, times: list[str], zone: str, days: str, hours: float, due: bool
) -> None:
    chosen = settings(at=times, timezone=zone, days=days)
    assert make_due_digest(lite, chosen, chosen.recipient[0], at(0), no_progress) is not None
    made = make_due_digest(lite, chosen, chosen.recipient[0], at(hours), no_progress)
    assert (made is not None) is due


def test_times_are_those_of_the_recipient_with_utc_named_and_links_lead_to_the_page(lite: Workspace) -> None:
    raise_alerts(lite, [alert(1)])
    chosen = settings(timezone="Asia/Kolkata").model_copy(
        update={"web": settings().web.model_copy(update={"url": "https://ships.example.org/"})}
    )
    make_digest_for(lite, chosen, chosen.recipient[0], at(0), no_progress, no_maps)
    with lite.engine.connect() as conn:
        mail = parsed(read_body(conn, 1))
    for kind in ("plain", "html"):
        body = " ".join(mail.get_body((kind,)).get_content().split())
        assert "2 Mar 2026 12:30 UTC+5:30 (07:00 UTC)" in body
        assert "18 Apr 2020 08:40 – 22 Apr 2020 00:10 UTC+5:30" in body
        assert "https://ships.example.org/alerts/a1" in body
        assert "Times are those of Asia/Kolkata" in body


def test_years_of_history_are_not_read(ws: Workspace) -> None:
    """The rows that a digest reads are those of the alerts that stand open or changed, and no others."""
    for hours in range(30):
        raise_alerts(ws, [alert(hours), alert(hours + 1)], hours)
    tell(ws, 100)
    raise_alerts(ws, [alert(29), alert(30, "critical")], 101)
    read: list[Any] = []
    from watch.store import since

    with since.one_moment(ws.engine) as conn:
        place = last_digest(conn, "desk")
        standing = since.read_standing(conn, place["last_seq"], {})
        read = list(standing.known)
        rows = len(read_history(conn))
    assert (sorted(read), sorted(a["alert_id"] for a in standing.alerts)) == (["a29", "a30"], ["a29", "a30"])
    assert rows > 60


def test_an_unknown_recipient_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="has no \\[\\[recipient\\]\\] called 'dsek'; it has desk"):
        find_recipient(settings(), "dsek")


def test_the_digest_row_says_what_was_told(lite: Workspace) -> None:
    raise_alerts(lite, [alert(1), alert(2)])
    number = make(lite, 1)
    with lite.engine.connect() as conn:
        rows = conn.execute(select(schema.digests)).mappings().all()
    assert [(r["digest_id"], r["recipient"], r["after_id"], r["last_seq"]) for r in rows] == [(number, "desk", 0, 2)]
    assert rows[0]["details"]["counts"] == {"new": 2, "changed": 0, "withdrawn": 0, "still_open": 0, "silenced": 0}
