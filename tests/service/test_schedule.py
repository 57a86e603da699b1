"""The schedule: which jobs the settings ask for, when they are due, and that none is lost or done twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from watch.cron import cron_trigger
from watch.service.schedule import (
    Scheduler,
    do_again,
    due_jobs,
    make_scheduler,
    missed_jobs,
    plan,
    planned_since,
    sync_jobs,
)
from watch.settings import Settings

NOW = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)  # a Sunday
DESK = {"name": "desk", "to": ["desk@example.org"], "timezone": "Europe/Berlin"}


def settings(**tables: object) -> Settings:
    mail = {"host": "localhost", "sender": "watch@example.org"}
    return Settings.model_validate({"mail": mail, **tables})


@pytest.fixture
def scheduler(engine: Engine) -> Scheduler:
    scheduler = make_scheduler(engine, lambda name: None)
    scheduler.start(paused=True)
    scheduler.remove_all_jobs()  # PostgreSQL's table is there for all tests
    yield scheduler
    scheduler.shutdown()


def due_at(scheduler: Scheduler) -> dict[str, datetime]:
    return {job.id: job.next_run_time for job in scheduler.get_jobs()}


NEXT = {
    "every_morning": ({"at": "07:00"}, datetime(2026, 11, 22, 6, tzinfo=UTC)),
    "workdays_alone": ({"at": "07:00", "days": "mon-fri"}, datetime(2026, 11, 23, 6, tzinfo=UTC)),
    "twice_a_day": ({"at": ["06:15", "18:00"]}, datetime(2026, 11, 22, 17, tzinfo=UTC)),
    "zone_with_a_half_hour": ({"at": "11:15", "timezone": "Asia/Kolkata"}, datetime(2026, 11, 22, 5, 45, tzinfo=UTC)),
}


@pytest.mark.parametrize(("more", "expected"), NEXT.values(), ids=NEXT)
def test_a_digest_is_due_at_the_hour_of_its_reader(
    scheduler: Scheduler, more: dict[str, object], expected: datetime
) -> None:
    sync_jobs(scheduler, plan(settings(recipient=[{**DESK, **more}])), NOW)
    assert due_at(scheduler)["digest:desk"] == expected


def test_a_digest_keeps_its_hour_when_clocks_change(scheduler: Scheduler) -> None:
    (trigger,) = [p.trigger for p in plan(settings(recipient=[DESK])) if p.name == "digest:desk"]
    saturday = datetime(2026, 10, 24, 12, tzinfo=UTC)  # summer time ends in the night to Sunday
    assert trigger.get_next_fire_time(None, saturday).astimezone(UTC) == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_the_first_monitoring_run_is_due_at_once(scheduler: Scheduler) -> None:
    planned = plan(settings(run={"every": "6h"}))
    sync_jobs(scheduler, planned, NOW)
    assert list(due_jobs(scheduler, planned, NOW)) == ["monitor"]
    assert list(due_jobs(scheduler, planned, NOW)) == []
    assert due_at(scheduler)["monitor"] == NOW + timedelta(hours=6)


def test_what_was_due_while_nobody_worked_is_due_once(scheduler: Scheduler) -> None:
    planned = plan(settings(run={"every": "10min"}, recipient=[DESK]))
    sync_jobs(scheduler, planned, NOW)
    list(due_jobs(scheduler, planned, NOW))
    later = NOW + timedelta(days=3)
    sync_jobs(scheduler, planned, later)  # as a restart does
    assert list(due_jobs(scheduler, planned, later)) == ["monitor", "digest:desk", "deliver", "upkeep"]
    assert all(at > later for at in due_at(scheduler).values())


def test_another_time_in_the_settings_counts_anew_and_a_job_that_is_gone_is_gone(scheduler: Scheduler) -> None:
    sync_jobs(scheduler, plan(settings(recipient=[DESK, {**DESK, "name": "chief"}])), NOW)
    before = due_at(scheduler)
    sync_jobs(scheduler, plan(settings(recipient=[{**DESK, "at": "09:00"}])), NOW + timedelta(minutes=1))
    after = due_at(scheduler)
    assert before.keys() - after.keys() == {"digest:chief"}
    assert after["digest:desk"] == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert {name for name in after if after[name] == before[name]} == {"monitor", "deliver", "upkeep"}


MISSED = {
    "done_yesterday_and_due_since": (timedelta(days=1), ["digest:desk"]),
    "done_an_hour_ago": (timedelta(hours=1), []),
    "never_done": (None, []),
}


@pytest.mark.parametrize(("ago", "expected"), MISSED.values(), ids=MISSED)
def test_a_job_that_was_handed_out_and_never_done_is_missed(ago: timedelta | None, expected: list[str]) -> None:
    planned = plan(settings(recipient=[{**DESK, "at": "05:00"}]))  # 04:00 UTC
    done_at = {} if ago is None else {"digest:desk": NOW - ago}
    assert list(missed_jobs(planned, done_at, NOW)) == expected


def test_a_first_digest_that_was_handed_out_and_cut_off_is_missed(scheduler: Scheduler) -> None:
    planned = plan(settings(recipient=[{**DESK, "at": "05:00"}]))  # 04:00 UTC
    sync_jobs(scheduler, planned, NOW - timedelta(hours=6))
    assert "digest:desk" in due_jobs(scheduler, planned, NOW)
    sync_jobs(scheduler, planned, NOW)  # as a restart does
    assert "digest:desk" in missed_jobs(planned, planned_since(scheduler), NOW)


def test_a_failed_job_is_done_again_soon_but_never_later_than_it_is_due(scheduler: Scheduler) -> None:
    sync_jobs(scheduler, plan(settings(recipient=[DESK])), NOW)
    do_again(scheduler, "digest:desk", NOW + timedelta(minutes=5))
    assert due_at(scheduler)["digest:desk"] == NOW + timedelta(minutes=5)
    do_again(scheduler, "digest:desk", NOW + timedelta(days=9))
    assert due_at(scheduler)["digest:desk"] == NOW + timedelta(minutes=5)


WEEKDAYS = {
    "one_is_monday": ("0 6 * * 1", 23),
    "zero_is_sunday": ("0 6 * * 0", 22),
    "seven_is_sunday_too": ("0 6 * * 7", 22),
    "workdays": ("0 6 * * 1-5", 23),
    "named": ("0 6 * * mon-fri", 23),
    "a_list": ("0 6 * * 2,4", 24),
}


@pytest.mark.parametrize(("line", "day"), WEEKDAYS.values(), ids=WEEKDAYS)
def test_weekdays_as_numbers_are_crons(line: str, day: int) -> None:
    assert cron_trigger(line).get_next_fire_time(None, NOW).day == day


def test_a_watchlist_is_fetched_at_once_when_it_is_new(scheduler: Scheduler) -> None:
    planned = plan(settings(watchlist=[{"name": "us-sdn", "file": "sdn.csv"}]))
    sync_jobs(scheduler, planned, NOW)
    assert list(due_jobs(scheduler, planned, NOW)) == ["watchlist:us-sdn", "monitor"]


def test_a_clock_that_was_ahead_keeps_no_job_from_its_time(scheduler: Scheduler) -> None:
    planned = plan(settings(recipient=[DESK]))
    sync_jobs(scheduler, planned, NOW + timedelta(days=365))
    sync_jobs(scheduler, planned, NOW)
    assert due_at(scheduler)["digest:desk"] == datetime(2026, 11, 22, 6, tzinfo=UTC)
