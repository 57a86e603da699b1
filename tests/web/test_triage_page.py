"""Deciding about many alerts at once over HTTP, and silences: all or none, and only as somebody has seen them."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.web.desk import ALL, EVIL, ONE, THREE, TWO, Links, changed, decide, seen, shown, statuses
from tests.web.serving import Served, send, visiting
from watch.store.history import deciding, read_history
from watch.store.silences import end_silence, read_silences


def test_alerts_are_decided_about_together_and_the_same_view_is_shown(desk: Served, analyst: httpx.Client) -> None:
    note = f"{EVIL} a word"
    answer = decide(
        analyst, "close", seen(analyst, ONE, TWO), view="type=tanker&sort=-ship", reason="benign", note=note
    )
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/alerts?type=tanker&silenced=any&sort=-ship&told=close&n=2&as=benign",
    )
    page = analyst.get(answer.headers["location"]).text
    assert "2 alerts closed as benign." in page
    assert "&lt;img src=x onerror=alert(1)&gt; a word" in page
    assert page.count("tester, <time") == 2
    with desk.site.ws.engine.connect() as conn:
        last = read_history(conn, alert_id=ONE)[-1]
    assert (last["change"], last["actor"], last["reason"], last["note"]) == ("closed", "tester", "benign", note)


LIFE = {
    "acknowledged": ("ack", {}, "acknowledged"),
    "closed": ("close", {"reason": "false_positive"}, "closed"),
}


@pytest.mark.parametrize(("do", "fields", "status"), LIFE.values(), ids=LIFE)
def test_what_was_decided_can_be_taken_back(
    desk: Served, analyst: httpx.Client, do: str, fields: dict[str, str], status: str
) -> None:
    assert decide(analyst, do, seen(analyst, ONE), **fields).status_code == 303
    assert statuses(desk.site)[ONE] == status
    assert decide(analyst, "reopen", seen(analyst, ONE)).status_code == 303
    assert statuses(desk.site)[ONE] == "open"
    assert "tester, <time" in analyst.get(f"{ALL}&level=critical").text


SILLY: dict[str, tuple[dict[str, Any], str]] = {
    "nothing_ticked": ({"do": "ack", "ticks": []}, "No alert was ticked"),
    "no_reason": ({"do": "close"}, "Choose a reason"),
    "a_reason_of_ones_own": ({"do": "close", "reason": EVIL}, "is no reason to close an alert"),
    "open_already": ({"do": "reopen"}, "is open already"),
    "nothing_to_do": ({"do": "burn"}, "does not say what to do"),
    "no_version": ({"do": "ack", "ticks": [ONE]}, "which version"),
    "a_version_that_is_none": ({"do": "ack", "ticks": [f"{ONE}:-1"]}, "which version"),
    "no_such_alert": ({"do": "ack", "ticks": ["eeee:1"]}, "there is no alert eeee"),
    "a_novel": ({"do": "ack", "note": "x" * 2_001}, "at most 2,000 are kept"),
    "a_silence_without_end": ({"do": "silence", "why": "known"}, "until which date"),
    "a_silence_without_reason": ({"do": "silence", "until": "2021-01-01"}, "needs a reason"),
    "a_silence_of_the_past": ({"do": "silence", "until": "2019-01-01", "why": "known"}, "before it begins"),
    "a_silence_of_nobody": ({"do": "silence", "until": "2021-01-01", "why": "x", "whom": "all"}, "their ships"),
}


@pytest.mark.parametrize(("form", "said"), SILLY.values(), ids=SILLY)
def test_a_decision_that_cannot_be_is_refused_and_changes_nothing(
    still_desk: Served, looked_at: httpx.Client, form: dict[str, Any], said: str
) -> None:
    before = still_desk.site.board.read()
    fields = dict(form)
    ticks = fields.pop("ticks", None)
    answer = decide(looked_at, fields.pop("do"), seen(looked_at, ONE, TWO) if ticks is None else ticks, **fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert "/alerts?silenced=any" in Links(answer.text).links
    assert still_desk.site.board.read() == before


def test_what_somebody_changed_meanwhile_is_not_overwritten(desk: Served, analyst: httpx.Client) -> None:
    ticks = seen(analyst, ONE, TWO)
    with visiting(desk) as colleague:
        assert decide(colleague, "close", seen(colleague, TWO), reason="benign", note="a drill").status_code == 303
    for do, more in {"ack": {}, "silence": {"until": "2021-01-01", "why": "known"}}.items():
        answer = decide(analyst, do, ticks, view="type=tanker", **more)
        assert answer.status_code == 409
        assert "closed by tester as benign: a drill" in answer.text
        assert "MADE TANKER TWO" in answer.text
        assert "MADE TANKER ONE" not in answer.text
        assert "/alerts?type=tanker&silenced=any" in Links(answer.text).links
    assert (statuses(desk.site)[ONE], statuses(desk.site)[TWO]) == ("open", "closed")
    assert not any(alert["silenced"] for alert in desk.site.board.read())


def test_new_evidence_makes_what_was_seen_stale(desk: Served, analyst: httpx.Client) -> None:
    ticks = seen(analyst, THREE)
    changed(desk.site, THREE, level="critical")
    assert decide(analyst, "ack", ticks).status_code == 409
    assert shown(analyst, "/alerts?level=critical&sort=start")[0] == THREE


@pytest.mark.parametrize("address", ["/alerts/decide?silenced=any", "/silences/make", "/silences/1/end"])
def test_a_form_that_is_not_ours_is_refused(still_desk: Served, looked_at: httpx.Client, address: str) -> None:
    ticks = seen(looked_at, ONE)
    assert looked_at.post(address, data={"do": "ack", "seen": ticks}).status_code == 403
    token = re.search(r'name="token" value="(\w+)"', looked_at.get("/alerts").text)
    own = {"token": token[1] if token else "", "do": "ack", "seen": ticks}
    assert looked_at.post(address, data=own, headers={"origin": "http://127.0.0.1:1"}).status_code == 403
    assert statuses(still_desk.site)[ONE] == "open"


def test_ticked_alerts_or_their_ships_are_silenced(desk: Served, analyst: httpx.Client) -> None:
    hush = {"until": "2020-12-01", "why": "in dock"}
    assert decide(analyst, "silence", seen(analyst, TWO), **hush).status_code == 303
    assert shown(analyst, "/alerts?silenced=yes") == [TWO]
    answer = decide(analyst, "silence", seen(analyst, ONE, THREE), whom="vessels", **hush)
    assert "2 silences made." in analyst.get(answer.headers["location"]).text
    assert shown(analyst, "/alerts?silenced=yes") == [ONE, TWO, THREE]
    assert not {ONE, TWO, THREE} & set(shown(analyst, "/alerts?sort=gravity&size=200&status=open&silenced=no"))
    with desk.site.ws.engine.connect() as conn:
        scopes = [dict(silence.scope) for silence in read_silences(conn)]
    assert scopes == [{"alert": TWO}, {"vessel": "imo:9999802"}, {"vessel": "mmsi:210990001"}]


def test_silences_are_made_listed_and_ended(desk: Served, analyst: httpx.Client) -> None:
    form = {"level": "high", "until": "2020-12-01", "reason": EVIL, "vessel": "imo:9999814"}
    answer = send(analyst, "/silences", "/silences/make", **form)
    assert answer.status_code == 303
    page = analyst.get(answer.headers["location"]).text
    assert "1 silence made." in page
    assert re.search(r'id="silence-1".*?stands.*?imo:9999814.*?<td class="number">1</td>.*?&lt;img', page, re.DOTALL)
    assert shown(analyst, "/alerts?silenced=yes") == [TWO]
    assert send(analyst, "/silences", "/silences/1/end").status_code == 303
    assert shown(analyst, "/alerts?silenced=yes") == []
    assert "ended by tester" in analyst.get("/silences").text
    again = send(analyst, "/silences", "/silences/1/end")
    assert (again.status_code, "was ended by tester" in again.text) == (400, True)


NO_SILENCE = {
    "of_everything": ({}, "a silence of everything is no silence"),
    "of_no_ship": ({"vessel": "9999814"}, "vessel &#39;9999814&#39; is no ship; write imo:9208124"),
    "of_no_area": ({"area": "atlantis"}, "area &#39;atlantis&#39; is no zone or country"),
    "of_no_alert": ({"alert": "zz"}, "no alert with an id that begins with"),
    "of_an_unknown_rule": ({"rule": "x"}, "rule &#39;x&#39; is not known"),
    "without_an_end": ({"level": "low", "until": ""}, "until which date"),
    "without_a_reason": ({"level": "low", "reason": " "}, "needs a reason"),
    "from_no_day": ({"level": "low", "from": "soon"}, "from &#39;soon&#39; is no moment"),
}


@pytest.mark.parametrize(("form", "said"), NO_SILENCE.values(), ids=NO_SILENCE)
def test_a_silence_that_would_not_do_what_is_meant_is_refused_and_the_form_kept(
    looked_at: httpx.Client, form: dict[str, str], said: str
) -> None:
    sent = {"until": "2020-12-01", "reason": "kept words", **form}
    answer = send(looked_at, "/silences", "/silences/make", **sent)
    assert answer.status_code == 400
    assert said in answer.text
    assert f'value="{sent["reason"].strip()}"' in answer.text


def test_a_silence_names_its_ship(desk: Served, analyst: httpx.Client) -> None:
    vessel = desk.site.board.read()[0]["vessel"]
    form = {"vessel": vessel["vessel_id"], "until": "2020-12-01", "reason": "known"}
    send(analyst, "/silences", "/silences/make", **form)
    assert f"<strong>{vessel['name']}</strong>" in analyst.get("/silences").text


def test_a_silence_that_was_ended_elsewhere_shows_at_once(desk: Served, analyst: httpx.Client) -> None:
    send(analyst, "/silences", "/silences/make", level="low", until="2020-12-01", reason="known")
    assert shown(analyst, "/alerts?silenced=yes") == [THREE]
    with deciding(desk.site.ws.engine) as conn:
        end_silence(conn, 1, author="bob", at=desk.site.now())
    assert shown(analyst, "/alerts?silenced=yes") == []
