"""Asking Global Fishing Watch's events API, as a real server speaks it: pages, a token, and what can go wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sources.gfw_cases import ENCOUNTER, GAP, LOITERING, PORT_VISIT, changed
from tests.sources.http_server import Archive, Handler, archive
from watch.readers import read_file
from watch.source_settings import GfwSettings
from watch.sources import Landing, Pulled
from watch.sources.gfw import pull
from watch.sources.http_client import Patience

AT = datetime(2020, 5, 9, 6, tzinfo=UTC)
TOKEN = "made-up-token-0001"
QUICK = Patience(tries=2, silence_s=5.0, sleep=lambda s: None)
KINDS = {"gaps": "gap", "encounters": "encounter", "loitering": "loitering", "port-visits": "port_visit"}


class Api:
    """Answers as the events API does: by dataset and days, in pages, to whoever has the token."""

    def __init__(self, server: Archive) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.server = server
        server.plans["/v3/events"] = _Always(self)

    def __call__(self, handler: Handler) -> None:
        if handler.headers.get("Authorization") != f"Bearer {TOKEN}":
            handler.say(401, json.dumps({"statusCode": 401, "error": "Unauthorized"}))
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        posted = json.loads(handler.posted) if handler.command == "POST" else {}
        self.asked.append({**query, **posted})
        dataset = query.get("datasets[0]") or posted["datasets"][0]
        since, until = query.get("start-date") or posted["startDate"], query.get("end-date") or posted["endDate"]
        kind = next(kind for word, kind in KINDS.items() if f"-{word}-" in dataset)
        found = [e for e in self.events if e["type"].lower() == kind and e["start"] < until and e["end"] >= since]
        offset, limit = int(query["offset"]), int(query["limit"])
        following = offset + limit if offset + limit < len(found) else None
        page = {"limit": limit, "offset": offset, "nextOffset": following, "total": len(found)}
        handler.say(200, json.dumps({**page, "entries": found[offset : offset + limit]}))


class _Always(list[Any]):
    """A plan that never ends; what is put before it happens once."""

    def __init__(self, last: Any) -> None:
        super().__init__([last])
        self.last = last

    def pop(self, index: Any = 0) -> Any:
        found = super().pop(index)
        if not self:
            self.append(self.last)
        return found


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("GFW_TOKEN", TOKEN)
    with archive() as server:
        yield Api(server)


@pytest.fixture
def inbox(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "inbox")


def settings_for(api: Api, **more: Any) -> GfwSettings:
    known = {"url": f"{api.server.url}/v3", "first_day": "2020-05-01", "token": {"env": "GFW_TOKEN"}}
    return GfwSettings(name="gfw", kind="gfw", **{**known, **more})


def ask(api: Api, inbox: Landing, cursor: Any = None, at: datetime = AT, *, page: int = 2, **more: Any) -> Pulled:
    return pull(settings_for(api, **more), cursor or {}, inbox, at, lambda what, share: None, page=page, patience=QUICK)


def ids(paths: list[Path]) -> list[str]:
    return sorted(json.loads(line)["id"] for path in paths for line in path.read_text().splitlines())


def test_every_page_of_every_dataset_lands_as_a_file_that_is_read(api: Api, inbox: Landing) -> None:
    gaps = [changed(GAP, id=f"gap-{n}") for n in range(5)]
    api.events = [*gaps, ENCOUNTER, LOITERING, PORT_VISIT]
    got = ask(api, inbox)
    assert got.fault == ""
    assert got.cursor == {"next_day": "2020-05-10"}
    assert ids(got.landed) == sorted(e["id"] for e in api.events)
    assert sorted(got.landed) == inbox.ready()
    assert inbox.parts() == []
    read = [event for path in got.landed for batch in read_file(path).batches for event in batch.events]
    assert len(read) == 8
    offsets = [a["offset"] for a in api.asked if a["datasets[0]"] == "public-global-gaps-events:latest"]
    assert offsets == ["0", "2", "4"]
    assert {(a["start-date"], a["end-date"], a["sort"]) for a in api.asked} == {("2020-05-01", "2020-05-10", "+start")}


def test_the_last_days_are_asked_for_again_since_events_end_late(api: Api, inbox: Landing) -> None:
    first = ask(api, inbox, at=AT + timedelta(days=30))
    assert first.cursor == {"next_day": "2020-06-09"}
    api.asked.clear()
    ask(api, inbox, first.cursor, at=AT + timedelta(days=31))
    assert min(a["start-date"] for a in api.asked) == "2020-05-25"
    assert max(a["end-date"] for a in api.asked) == "2020-06-10"


def test_a_long_past_is_caught_up_in_several_runs_without_a_hole(api: Api, inbox: Landing) -> None:
    cursor: Any = None
    asked: set[date] = set()
    for _ in range(4):
        got = ask(api, inbox, cursor, at=AT, first_day="2020-01-01")
        cursor = got.cursor
    for one in api.asked:
        day = date.fromisoformat(one["start-date"])
        while day < date.fromisoformat(one["end-date"]):
            asked.add(day)
            day += timedelta(days=1)
    assert cursor == {"next_day": "2020-05-10"}
    assert len(asked) == (date(2020, 5, 10) - date(2020, 1, 1)).days


def test_a_box_is_asked_for_as_a_shape(api: Api, inbox: Landing) -> None:
    api.events = [GAP]
    got = ask(api, inbox, box=[5.0, 50.0, 30.0, 70.0])
    assert ids(got.landed) == ["gap-0001"]
    assert api.asked[0]["geometry"]["coordinates"][0][0] == [50.0, 5.0]
    assert {method for method, _, _ in api.server.asked} == {"POST"}


def test_a_busy_api_is_asked_again_and_one_that_stays_busy_keeps_the_place(api: Api, inbox: Landing) -> None:
    api.events = [GAP]
    api.server.plans["/v3/events"].insert(0, lambda h: h.say(429, Retry_After="1"))
    assert ids(ask(api, inbox).landed) == ["gap-0001"]
    for _ in range(2):
        api.server.plans["/v3/events"].insert(0, lambda h: h.say(503))
    got = ask(api, inbox, {"next_day": "2020-05-04"})
    assert (got.landed, got.cursor) == ([], {"next_day": "2020-05-04"})
    assert "503" in got.fault


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (lambda h: h.say(200, "<html>"), "no JSON"),
        (lambda h: h.say(200, "{}"), "no 'entries'"),
        (lambda h: h.say(200, '{"entries": 3}'), "no 'entries'"),
        (lambda h: h.say(422, '{"error": "no such dataset"}'), "422"),
        (lambda h: h.say(302, Location="https://example.org/steal"), "302"),
    ],
    ids=["a_page", "nothing", "not_a_list", "refused", "sent_away_with_our_token"],
)
def test_an_answer_that_is_none_is_a_fault_and_nothing_half_lands(
    api: Api, inbox: Landing, answer: Any, fault: str
) -> None:
    api.server.plans["/v3/events"].insert(0, answer)
    got = ask(api, inbox)
    assert fault in got.fault
    assert (got.landed, inbox.ready(), inbox.parts()) == ([], [], [])


def test_an_api_that_says_the_same_page_for_ever_is_left(api: Api, inbox: Landing) -> None:
    page = json.dumps({"entries": [GAP], "nextOffset": 0, "offset": 0, "limit": 2})
    api.server.plans["/v3/events"].insert(0, lambda h: h.say(200, page))
    assert ids(ask(api, inbox).landed) == ["gap-0001"]


def test_a_wrong_token_is_told_without_showing_it(api: Api, inbox: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GFW_TOKEN", "wrong-hunter2")
    got = ask(api, inbox)
    assert "the token is not accepted" in got.fault
    assert "hunter2" not in repr(got)
    monkeypatch.delenv("GFW_TOKEN")
    assert "the environment has no GFW_TOKEN" in ask(api, inbox).fault


def test_a_run_that_was_killed_begins_its_file_anew(api: Api, inbox: Landing) -> None:
    api.events = [GAP]
    got = ask(api, inbox)
    left = inbox.part(got.landed[0].name)
    got.landed[0].replace(left)
    left.write_text('{"half":', encoding="utf-8")
    assert ids(ask(api, inbox, at=AT + timedelta(hours=1)).landed) == ["gap-0001"]
    assert inbox.parts() == []
