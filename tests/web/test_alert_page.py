"""The page of one alert over HTTP: each part of it, decisions, stale ones, files, hostile names."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.alert_cases import made_alert, stored_in
from tests.web.serving import Served, demo_site, send, serving, visiting
from watch.store.schema import alert_history

DARK = "iran-venezuela-liberian-tanker-dark"


def alert_of(served: Served, name: str, rule_id: str = DARK) -> dict[str, Any]:
    """Return the alert of a rule about a ship."""
    found = [a for a in served.site.board.read() if (a["vessel"]["name"], a["rule_id"]) == (name, rule_id)]
    return found[0]


def words(answer: httpx.Response) -> str:
    """Return a page as a person reads it, each run of blanks as one."""
    assert answer.status_code == 200, answer.text
    body = re.sub(r"<(head|script)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def luna(visitor: httpx.Client, demo_served: Served) -> str:
    return words(visitor.get(f"/alerts/{alert_of(demo_served, 'LUNA')['alert_id']}"))


SAID_OF_LUNA = {
    "who": "Tanker · Flag LR · IMO 9208100 · MMSI 636990004",
    "level_and_state": "medium open early warning",
    "rule": "Liberian-flagged tanker, unheard near Iran, to Venezuela",
    "why": "A Liberian-flagged tanker is not heard for a day or more",
    "verdict_first": "Early warning: so far only this was seen: No AIS heard (Within a day's sailing",
    "still_missing": "Port call or zone reached in Venezuela: not seen yet; expected by 2020-11-09 06:00 UTC",
    "optional_step": "Port call in Iran: nothing seen that fits (optional step)",
    "flags_of_the_whole": "Red flags of the whole pattern Not all of the pattern was seen: missing is Port call",
    "time_in_one_way": "LUNA (LR) was not heard for 87 days from 2020-07-12 06:00 UTC",
    "all_places": "Indonesia Batam/Karimun OPL; West Kalimantan",
    "place_of_two_states": "Malaysia / Indonesia EOPL / Tompok Utara STS",
    "partners": "7 ships: OMAN WAITER 5, OMAN WAITER 3",
    "how_long": "No AIS for 87 days so far",
    "where_it_fell_silent": "Last heard 12 Jul 2020 06:00 UTC at 24°27.5'N 057°26.7'E , Sohar 40 nm E STS area (OM)",
    "not_heard_again": "Not heard again up to 7 Oct 2020 12:39 UTC. Others around were still heard when it fell",
    "reach": "62 known places at 14 kn",
    "reach_in_iran": "Iran : 15 places, nearest Jask / Kooh Mobarak terminal, 61 nm, from 12 Jul 2020 10:20 UTC",
    "reach_in_venezuela": "Venezuela : 11 places, nearest Guaraguao / Puerto La Cruz, 8,322 nm, from 6 Aug 2020",
    "places": "Kooh Mobarak crude terminal Iran, load terminal · named by the rule 63 nm 2020-07-12 10:29",
    "the_other_places_are_counted": "and 54 more: Iran 12",
    "not_observed": "No AIS heard (step 1): no report received for 87 days from 12 Jul 2020 06:00 UTC",
    "measures": "US-VE-PDVSA USA, PdVSA determination + SDN under 13850: oil sector in force with licences",
    "red_flags": "US1a AIS gap or disabled AIS",
    "identity": "2020-07-01 00:00 LUNA LR 636990004 9208100",
    "lists": "Lists on that day: on none that we hold",
    "near_events": "Loitering Sohar 40 nm E STS area (OM) 11 days at 0.1 kn on average, in a transfer zone",
    "possible_visits_are_one_row": "Could have called while unheard 62 places: AE",
    "other_alerts": "Tanker unheard for a day or more from an STS area",
    "history": "raised by shipwatch",
    "seal": "History intact (1 entry)",
    "runbook": "Look at the way before the silence",
    "false_positives": "A ship laid up or repaired at a yard of the Gulf",
    "synthetic": "Synthetic tracks",
}


@pytest.mark.parametrize("said", SAID_OF_LUNA.values(), ids=SAID_OF_LUNA.keys())
def test_the_page_of_luna_says(luna: str, said: str) -> None:
    assert said in luna


def test_links_lead_to_replay_rule_vessel_and_files(visitor: httpx.Client, demo_served: Served) -> None:
    alert_id = alert_of(demo_served, "LUNA")["alert_id"]
    linked = set(re.findall(r'href="([^"]+)"', visitor.get(f"/alerts/{alert_id}").text))
    files = ("summary.pdf", "summary.png", "report.html", "map.png", "export.json", "export.csv", "export.kml")
    assert {f"/alerts/{alert_id}/{file}" for file in files} <= linked
    assert {f"/rules/{DARK}", "/vessels/imo:9208100", f"/replay?alert={alert_id}"} <= linked
    assert f"/replay?alert={alert_id}#t=2020-07-12T06:00Z&amp;ship=imo:9208100" in linked


def test_a_voyage_is_told_with_what_lay_between(visitor: httpx.Client, demo_served: Served) -> None:
    told = words(visitor.get(f"/alerts/{alert_of(demo_served, 'SYNTH COMPLETE')['alert_id']}"))
    assert "Heard again 20 May 2020 06:00 UTC at 24°24.0'N 059°00.0'E; 87 nm away" in told
    assert "28 days later 2 In the zone: Venezuela, 12 nm (VE)" in told
    assert "meanwhile, 4 h after step 2 began 3 Port call: El Palito refinery (VE)" in told
    assert "19 known places lay within reach at 14 kn, with time for a stay and the way back" in told


def test_a_meeting_is_told_from_the_side_of_the_alerts_ship(visitor: httpx.Client, demo_served: Served) -> None:
    page = visitor.get(f"/alerts/{alert_of(demo_served, 'BERING', 'possible-dark-meeting')['alert_id']}")
    assert "the other ship: BELLA" in words(page)
    assert '<a href="/vessels/imo:9208124">BELLA</a>' in page.text


def test_a_list_on_the_day_and_one_of_later_are_told_apart(visitor: httpx.Client, demo_served: Served) -> None:
    fortune = words(visitor.get(f"/alerts/{alert_of(demo_served, 'FORTUNE', 'listed-ship-moving')['alert_id']}"))
    assert "us-sdn as FORTUNE: listed then, since 2018-11-05" in fortune
    bella = words(visitor.get(f"/alerts/{alert_of(demo_served, 'BELLA')['alert_id']}"))
    assert "not listed then; listed later, from 2025-05-21" in bella


def test_the_beginning_of_an_id_leads_to_the_alert(visitor: httpx.Client, demo_served: Served) -> None:
    alert_id = alert_of(demo_served, "LUNA")["alert_id"]
    answer = visitor.get(f"/alerts/{alert_id[:10].upper()}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/alerts/{alert_id}")


@pytest.mark.parametrize("asked", ["0123456789abcdef", "nothing", "%25", "%F0%9F%9A%A2", "x" * 3000])
def test_an_alert_that_is_not_there_is_told_in_words(visitor: httpx.Client, asked: str) -> None:
    answer = visitor.get(f"/alerts/{asked}")
    assert answer.status_code == 404
    assert "There is no alert whose id begins with" in answer.text


def test_a_beginning_of_several_ids_names_them(tmp_path: Path) -> None:
    with served_alerts(tmp_path, made_alert("aaaa11110000"), made_alert("aaaa22220000")) as client:
        answer = client.get("/alerts/aaaa")
        assert answer.status_code == 404
        assert "2 alerts begin with aaaa: aaaa11110000, aaaa22220000" in answer.text


def state(served: Served, alert_id: str) -> tuple[str, str | None, int]:
    alert = served.site.board.told().by_id[alert_id].alert
    return alert["status"], alert["close_reason"], alert["version"]


def test_a_life_of_decisions(own_visitor: httpx.Client, own_served: Served) -> None:
    alert_id = alert_of(own_served, "LUNA")["alert_id"]
    page = f"/alerts/{alert_id}"
    done = send(own_visitor, page, f"{page}/decide", what="ack", version=1, note="asked the desk")
    assert (done.status_code, done.headers["location"]) == (303, f"{page}?done=ack")
    assert state(own_served, alert_id) == ("acknowledged", None, 2)
    send(own_visitor, page, f"{page}/decide", what="close", version=2, reason="benign", note="")
    assert state(own_served, alert_id) == ("closed", "benign", 3)
    send(own_visitor, page, f"{page}/decide", what="reopen", version=3)
    assert state(own_served, alert_id) == ("open", None, 4)
    told = words(own_visitor.get(f"{page}?done=reopen"))
    assert "Open again." in told
    said = ("acknowledged by tester: asked the desk", "closed by tester as benign", "reopened by tester")
    assert all(sentence in told for sentence in said)


def test_a_stale_decision_is_refused_and_shows_who_did_what(own_visitor: httpx.Client, own_served: Served) -> None:
    alert_id = alert_of(own_served, "LUNA")["alert_id"]
    page = f"/alerts/{alert_id}"
    send(own_visitor, page, f"{page}/decide", what="ack", version=1, note="mine first")
    late = send(own_visitor, page, f"{page}/decide", what="close", version=1, reason="benign", note="<i>my words</i>")
    assert late.status_code == 409
    assert "acknowledged by tester: mine first" in late.text
    assert "raised by shipwatch" not in late.text, "what was known already is not told again"
    assert "&lt;i&gt;my words&lt;/i&gt;" in late.text, "what was written is not lost"
    assert f'href="{page}">Look again' in late.text
    assert state(own_served, alert_id) == ("acknowledged", None, 2)


REFUSED = {
    "nothing_that_can_be_done": ({"what": "delete", "version": 1}, "is nothing that can be done"),
    "no_version": ({"what": "ack"}, "which version was seen"),
    "a_version_that_is_no_number": ({"what": "ack", "version": "1e3"}, "which version was seen"),
    "closed_without_a_reason": ({"what": "close", "version": 1, "reason": ""}, "choose why"),
    "closed_for_an_unknown_reason": ({"what": "close", "version": 1, "reason": "bored"}, "choose why"),
    "a_note_too_long": ({"what": "ack", "version": 1, "note": "x" * 2001}, "at most 2,000 are kept"),
    "opened_while_open": ({"what": "reopen", "version": 1}, "is open already"),
}


@pytest.mark.parametrize(("fields", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_a_decision_is_refused(visitor: httpx.Client, demo_served: Served, fields: dict[str, Any], said: str) -> None:
    alert_id = alert_of(demo_served, "LUNA")["alert_id"]
    answer = send(visitor, f"/alerts/{alert_id}", f"/alerts/{alert_id}/decide", **fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert state(demo_served, alert_id) == ("open", None, 1)


def test_a_form_without_its_token_decides_nothing(visitor: httpx.Client, demo_served: Served) -> None:
    alert_id = alert_of(demo_served, "LUNA")["alert_id"]
    assert visitor.post(f"/alerts/{alert_id}/decide", data={"what": "ack", "version": 1}).status_code == 403
    assert state(demo_served, alert_id) == ("open", None, 1)


@pytest.mark.parametrize(("scope", "alerts"), [("alert", 1), ("vessel", 2)])
def test_a_silence(own_visitor: httpx.Client, own_served: Served, scope: str, alerts: int) -> None:
    page = f"/alerts/{alert_of(own_served, 'LUNA')['alert_id']}"
    fields = {"scope": scope, "until": "2020-11-01", "reason": "the desk knows"}
    assert send(own_visitor, page, f"{page}/silence", **fields).headers["location"] == f"{page}?done=silence"
    assert sum(a["silenced"] is not None for a in own_served.site.board.read()) == alerts
    told = words(own_visitor.get(page))
    assert "Silenced until 1 Nov 2020 00:00 UTC of the data by tester: the desk knows" in told


NO_SILENCE = {
    "no_scope": ({"scope": "all", "until": "2020-11-01", "reason": "x"}, "this alert or its vessel"),
    "no_end": ({"scope": "alert", "until": "", "reason": "x"}, "until which date"),
    "no_moment": ({"scope": "alert", "until": "soon", "reason": "x"}, "is no moment"),
    "no_reason": ({"scope": "alert", "until": "2020-11-01", "reason": " "}, "needs a reason"),
    "over_before_it_begins": ({"scope": "alert", "until": "2019-11-01", "reason": "x"}, "before it begins"),
}


@pytest.mark.parametrize(("fields", "said"), NO_SILENCE.values(), ids=NO_SILENCE.keys())
def test_a_silence_is_refused(visitor: httpx.Client, demo_served: Served, fields: dict[str, str], said: str) -> None:
    page = f"/alerts/{alert_of(demo_served, 'LUNA')['alert_id']}"
    answer = send(visitor, page, f"{page}/silence", **fields)
    assert answer.status_code == 400
    assert said in answer.text


def test_an_alert_goes_out_in_each_format(visitor: httpx.Client, demo_served: Served) -> None:
    alert_id = alert_of(demo_served, "LUNA")["alert_id"]
    got = {ending: visitor.get(f"/alerts/{alert_id}/export.{ending}") for ending in ("json", "csv", "geojson", "kml")}
    assert [alert["alert_id"] for alert in got["json"].json()] == [alert_id]
    (row,) = csv.DictReader(io.StringIO(got["csv"].content.decode("utf-8-sig")))
    assert row["ship"] == "LUNA"
    assert json.loads(got["geojson"].text)["features"][0]["properties"]["alert_id"] == alert_id
    assert ElementTree.fromstring(got["kml"].text).tag.endswith("kml")
    assert got["csv"].headers["content-disposition"] == f'attachment; filename="alert-{alert_id[:8]}.csv"'
    assert visitor.get(f"/alerts/{alert_id}/export.exe").status_code == 404


def test_the_map_is_a_picture_that_is_told_in_words(visitor: httpx.Client, demo_served: Served) -> None:
    page = f"/alerts/{alert_of(demo_served, 'LUNA')['alert_id']}"
    answer = visitor.get(f"{page}/map.png")
    assert (answer.headers["content-type"], answer.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    (alt,) = re.findall(r'alt="(Map of[^"]*)"', visitor.get(page).text)
    assert unescape(alt).startswith(
        "Map of the track of LUNA. 1: No AIS heard, Within a day's sailing of Iran's terminals"
    )


def test_the_summary_comes_as_pdf_and_png(visitor: httpx.Client, demo_served: Served) -> None:
    page = f"/alerts/{alert_of(demo_served, 'LUNA')['alert_id']}"
    assert visitor.get(f"{page}/summary.pdf").content.startswith(b"%PDF-")
    assert visitor.get(f"{page}/summary.png").content.startswith(b"\x89PNG")
    assert visitor.get(f"{page}/summary.txt").status_code == 404


def test_a_history_that_somebody_changed_is_told(own_visitor: httpx.Client, own_served: Served) -> None:
    alert_id = alert_of(own_served, "LUNA")["alert_id"]
    with own_served.site.ws.engine.begin() as conn:
        rows = alert_history.update().where(alert_history.c.alert_id == alert_id)
        conn.execute(rows.values(actor="somebody else"))
    assert "of the history do not bear their seal" in words(own_visitor.get(f"/alerts/{alert_id}"))


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{ 7 * 7 }}'


@contextmanager
def served_alerts(folder: Path, *alerts: dict[str, Any]) -> Iterator[httpx.Client]:
    """Give a visitor of a site that holds these alerts and nothing else."""
    site = demo_site(stored_in(folder / "data", list(alerts)))
    with serving(site) as served, visiting(served) as client:
        yield client


def hostile_alert() -> dict[str, Any]:
    """An alert all of whose words are hostile."""
    alert = made_alert("aaaa11110000", title=HOSTILE, summary=HOSTILE, runbook=HOSTILE, not_observed=[HOSTILE])
    alert["vessel"] = alert["vessel"] | {"name": HOSTILE, "flag": HOSTILE, "type": HOSTILE}
    alert["steps"] = [step | {"id": HOSTILE, "kind": HOSTILE, "name": HOSTILE} for step in alert["steps"]]
    alert["measures"] = [
        {"measure_id": HOSTILE, "what": HOSTILE, "status": HOSTILE, "disputed": True, "claim": HOSTILE}
    ]
    alert["red_flags"] = [{"code": HOSTILE, "text": HOSTILE}]
    return alert


def test_hostile_words_are_shown_and_do_nothing(tmp_path: Path) -> None:
    with served_alerts(tmp_path, hostile_alert()) as client:
        text = client.get("/alerts/aaaa11110000").text
        assert text.count("&lt;script&gt;alert(1)") > 8
        assert "{{ 7 * 7 }}" in text
        assert not re.search(r'<script(?! src="/static/)|<img src=x|\u202e', text)
        sheets = [client.get(f"/alerts/aaaa11110000/summary.{ending}") for ending in ("pdf", "png")]
        assert [sheet.status_code for sheet in sheets] == [200, 200]


def test_a_disputed_measure_is_marked_and_an_alert_without_events_is_shown(tmp_path: Path) -> None:
    measure = {"measure_id": "M1", "what": "a snapback", "disputed": True, "claim": "E3", "status": "in force"}
    with served_alerts(tmp_path, made_alert("aaaa11110000", measures=[measure], rule_id="gone")) as client:
        told = words(client.get("/alerts/aaaa11110000"))
        assert "disputed in force; disputed: E3" in told
        assert "There is no such rule any more" in told
        assert "What it declared over time is not stored." in told
