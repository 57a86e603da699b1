"""The days of an archive: in order, resumed, late, missing, damaged, not yet published, or moved away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.readers.cases import drain
from tests.sources.http_server import Archive, Kept, archive, dma_day, noaa_day
from watch.source_settings import DmaSettings, NoaaSettings
from watch.sources import Landing, Pulled, pull_source
from watch.sources.archive_days import pull
from watch.sources.http_client import Patience

AT = datetime(2020, 5, 9, 6, tzinfo=UTC)
DAY = timedelta(days=1)
QUICK = Patience(tries=2, silence_s=5.0, sleep=lambda s: None)


@pytest.fixture
def server() -> Iterator[Archive]:
    with archive() as server:
        yield server


@pytest.fixture
def inbox(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "inbox")


def settings_for(server: Archive, first: str = "2020-05-05", **more: Any) -> DmaSettings:
    url = f"{server.url}/aisdk-%Y-%m-%d.zip"
    return DmaSettings(name="danish", kind="dma", **{"url": url, "first_day": first, **more})


def publish(server: Archive, *days: str) -> None:
    for day in days:
        server.files[f"/aisdk-{day}.zip"] = Kept(dma_day(day))


def ask(settings: Any, cursor: dict[str, Any], inbox: Landing, at: datetime = AT, **more: Any) -> Pulled:
    return pull(settings, cursor, inbox, at, lambda what, share: None, patience=QUICK, **more)


def days_of(pulled: Pulled) -> list[str]:
    return [path.name[:10] for path in pulled.landed]


def test_the_days_come_in_order_and_the_newest_is_not_yet_published(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-05", "2020-05-06", "2020-05-07")
    first = ask(settings_for(server), {}, inbox)
    assert days_of(first) == ["2020-05-05", "2020-05-06", "2020-05-07"]
    assert first.landed == inbox.ready()
    assert first.fault == ""
    assert first.message.startswith("2020-05-08 is not yet published")
    again = ask(settings_for(server), first.cursor, inbox)
    assert (again.landed, again.fault, again.cursor) == ([], "", first.cursor)
    publish(server, "2020-05-08")
    assert days_of(ask(settings_for(server), again.cursor, inbox)) == ["2020-05-08"]


def test_what_has_landed_is_read_as_the_format_it_is(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-08")
    server.files["/2020/AIS_2020_05_08.zip"] = Kept(noaa_day("2020-05-08"))
    noaa = NoaaSettings(name="us", kind="noaa", url=f"{server.url}/%Y/AIS_%Y_%m_%d.zip", first_day="2020-05-08")
    (danish,) = ask(settings_for(server, "2020-05-08"), {}, inbox).landed
    (american,) = pull_source(noaa, {}, inbox, AT, lambda what, share: None).landed
    for path, form in ((danish, "dma"), (american, "noaa")):
        got = drain(path)
        assert (got.source.format, got.rows_read, got.positions.num_rows) == (form, 1, 1)
        assert got.first["fix_at"].date() == date(2020, 5, 8)
    assert american.name == "2020-05-08_AIS_2020_05_08.zip"


def test_today_is_not_asked_for_and_the_last_day_is_the_last(server: Archive, inbox: Landing) -> None:
    publish(server, *(f"2020-05-{day:02}" for day in range(5, 10)))
    assert days_of(ask(settings_for(server), {}, inbox)) == ["2020-05-05", "2020-05-06", "2020-05-07", "2020-05-08"]
    bounded = settings_for(server, last_day="2020-05-06")
    got = ask(bounded, {}, inbox)
    assert days_of(got) == ["2020-05-05", "2020-05-06"]
    server.asked.clear()
    assert ask(bounded, got.cursor, inbox) == Pulled(got.cursor, [])
    assert server.asked == []


def test_a_run_takes_some_days_and_the_next_goes_on(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-05", "2020-05-06", "2020-05-07", "2020-05-08")
    cursor: dict[str, Any] = {}
    runs = []
    for _ in range(3):
        got = ask(settings_for(server), cursor, inbox, days_most=2)
        runs.append(days_of(got))
        cursor = got.cursor
    assert runs == [["2020-05-05", "2020-05-06"], ["2020-05-07", "2020-05-08"], []]


def test_a_day_missing_in_the_middle_is_told_once_and_got_when_it_comes_three_days_late(
    server: Archive, inbox: Landing
) -> None:
    publish(server, "2020-05-05", "2020-05-07")
    first = ask(settings_for(server), {}, inbox)
    assert days_of(first) == ["2020-05-05", "2020-05-07"]
    assert "2020-05-06 is missing while later days are there" in first.fault
    soon = ask(settings_for(server), first.cursor, inbox, AT + timedelta(hours=1))
    assert soon.fault == ""
    assert len(server.gets("/aisdk-2020-05-06.zip")) == 1, "asked for again on another day only"
    next_day = ask(settings_for(server), soon.cursor, inbox, AT + DAY)
    assert (days_of(next_day), next_day.fault) == ([], "")
    assert len(server.gets("/aisdk-2020-05-06.zip")) == 2
    publish(server, "2020-05-06")
    late = ask(settings_for(server), next_day.cursor, inbox, AT + 3 * DAY)
    assert days_of(late) == ["2020-05-06"]
    assert "2020-05-06 has come, 3 days late" in late.message
    assert late.cursor["missing"] == []


def test_a_day_that_never_comes_is_given_up_after_a_month(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-05", "2020-05-07")
    settings = settings_for(server, last_day="2020-05-07")
    got = ask(settings, {}, inbox)
    for days in (1, 15, 29, 30, 31):
        got = ask(settings, got.cursor, inbox, AT + days * DAY)
        assert got.fault == ""
        assert bool(got.message) == (days == 31)
    assert "2020-05-06 is not asked for any more" in got.message
    assert got.cursor["missing"] == []


def test_a_damaged_day_is_told_and_passed_over_until_it_is_mended(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-05", "2020-05-06", "2020-05-07", "2020-05-08")
    whole = server.files["/aisdk-2020-05-06.zip"]
    server.files["/aisdk-2020-05-06.zip"] = Kept(whole.body[:-40])
    got = ask(settings_for(server), {}, inbox)
    assert days_of(got) == ["2020-05-05", "2020-05-07", "2020-05-08"]
    assert "damaged" in got.fault
    assert inbox.parts() == []
    server.files["/aisdk-2020-05-06.zip"] = whole
    assert days_of(ask(settings_for(server), got.cursor, inbox, AT + DAY)) == ["2020-05-06"]


def test_a_server_that_is_down_keeps_what_landed_and_the_place(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-05", "2020-05-06", "2020-05-07")
    server.plans["/aisdk-2020-05-06.zip"] = [lambda h: h.say(503)] * 2
    got = ask(settings_for(server), {}, inbox)
    assert days_of(got) == ["2020-05-05"]
    assert "503" in got.fault
    assert days_of(ask(settings_for(server), got.cursor, inbox)) == ["2020-05-06", "2020-05-07"]


def test_an_outage_of_weeks_in_the_archive_does_not_stop_what_comes_after(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-04-10", *(f"2020-05-{day:02}" for day in range(1, 9)))
    got = ask(settings_for(server, "2020-04-10"), {}, inbox, days_most=99)
    assert days_of(got) == ["2020-04-10", *(f"2020-05-{day:02}" for day in range(1, 9))]
    assert len(got.cursor["missing"]) == 20


@pytest.mark.parametrize(
    ("first", "status", "fault", "message"),
    [
        ("2020-05-07", 404, "", "2020-05-07 is not yet published"),
        ("2020-05-07", 403, "", "2020-05-07 is not yet published"),
        ("2020-04-20", 404, "nothing from 2020-04-20 on", ""),
    ],
    ids=["recent_404", "recent_403_as_s3_answers", "long_overdue"],
)
def test_an_empty_archive_is_a_fault_once_days_are_overdue(
    server: Archive, inbox: Landing, first: str, status: int, fault: str, message: str
) -> None:
    server.plans[f"/aisdk-{first}.zip"] = [lambda h: h.say(status)]
    got = ask(settings_for(server, first), {}, inbox)
    assert (bool(got.fault), bool(got.message)) == (bool(fault), bool(message))
    assert got.fault.startswith(fault)
    assert got.message.startswith(message)


def test_noaas_year_may_take_more_than_a_year_to_appear(server: Archive, inbox: Landing) -> None:
    settings = NoaaSettings(name="us", kind="noaa", url=f"{server.url}/%Y/AIS_%Y_%m_%d.zip", first_day="2019-01-01")
    assert "2019-01-01 is not yet published" in ask(settings, {}, inbox, AT).message
    assert "nothing from 2019-01-01 on" in ask(settings, {}, inbox, AT + 180 * DAY).fault


def test_an_archive_that_moved_away_is_told(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-05", "2020-05-06")
    got = ask(settings_for(server), {}, inbox)
    server.files.clear()
    assert (
        "even 2020-05-06, which was got before, is not there any more"
        in ask(settings_for(server), got.cursor, inbox).fault
    )


def test_a_file_a_month_is_got_once(server: Archive, inbox: Landing) -> None:
    server.files["/aisdk-2020-03.zip"] = Kept(dma_day("2020-03-04"))
    server.files["/aisdk-2020-04.zip"] = Kept(dma_day("2020-04-04"))
    settings = settings_for(server, "2020-03-04", url=f"{server.url}/aisdk-%Y-%m.zip", last_day="2020-04-30")
    assert days_of(ask(settings, {}, inbox)) == ["2020-03-04", "2020-04-01"]


def test_a_clock_set_back_asks_for_nothing_and_forgets_nothing(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-05", "2020-05-06", "2020-05-07", "2020-05-08")
    got = ask(settings_for(server), {}, inbox)
    server.asked.clear()
    back = ask(settings_for(server), got.cursor, inbox, AT - 300 * DAY)
    assert (back.landed, back.fault, back.cursor) == ([], "", got.cursor)
    assert server.asked == []


def test_a_checksum_beside_each_day_is_asked_for(server: Archive, inbox: Landing) -> None:
    publish(server, "2020-05-08")
    server.files["/2020-05-08.sha256"] = Kept(b"0" * 64)
    settings = settings_for(server, "2020-05-08", checksum=f"{server.url}/%Y-%m-%d.sha256")
    assert "another sha256" in ask(settings, {}, inbox).fault
    assert inbox.ready() == []
    del server.files["/2020-05-08.sha256"]
    server.asked.clear()
    assert "2020-05-08 is not yet published" in ask(settings, {}, inbox).message
    assert server.gets("/aisdk-2020-05-08.zip") == [], "no long fetch for a file that cannot be checked"
