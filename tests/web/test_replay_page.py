"""The data of a replay over HTTP, and the single-file report in a real browser without a server."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.serving import Served
from watch.scene.asked import Asked, ask_for_alert
from watch.scene.make import Scene, gather_scene
from watch.scene.report import write_report
from watch.store.alerts import read_alerts
from watch.workspace import Workspace

JSON = {"accept": "application/json"}
HOSTILE = "</script><script>alert(1)</script>"
MADE_AT = datetime(2020, 11, 1, tzinfo=UTC)


def luna(ws: Workspace) -> dict[str, Any]:
    """Return the alert of the demo that everybody asks for."""
    with ws.engine.connect() as conn:
        found = [a for a in read_alerts(conn) if a["vessel"]["name"] == "LUNA" and a["rule_id"].startswith("iran-")]
    return dict(found[0])


@pytest.fixture(scope="module")
def alert_id(demo_served: Served) -> str:
    """The id of that alert."""
    return str(luna(demo_served.site.ws)["alert_id"])


@pytest.fixture(scope="module")
def gathered(demo_served: Served, alert_id: str) -> tuple[Asked, Scene]:
    """What is stored of that alert."""
    asked = ask_for_alert(demo_served.site.ws, alert_id)
    return asked, gather_scene(demo_served.site.ws, asked, synthetic=True)


def test_the_data_of_an_alert_are_its_ship_and_its_steps(visitor: httpx.Client, alert_id: str) -> None:
    answer = visitor.get("/replay/scene.json", params={"alert": alert_id}, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    scene = answer.json()
    assert (scene["format"], scene["ships"][0]["label"], scene["synthetic"]) == (1, "LUNA", True)
    assert scene["alert"]["alert_id"] == alert_id
    (gap,) = scene["ships"][0]["gaps"]
    assert (gap["end_t"], len(gap["reach"]["zones"]) > 20) == (None, True)
    assert all(gap["t"] <= z["from_s"] <= scene["to_s"] for z in gap["reach"]["zones"])
    jask = next(z for z in gap["reach"]["zones"] if z["name"].startswith("Jask"))
    assert (jask["from_s"] - gap["t"]) / 3600 == pytest.approx(jask["way_nm"] / gap["reach"]["kn"], abs=0.1)
    assert scene["countries"]["VE"] == "Venezuela"
    assert {z["zone_id"] for z in gap["reach"]["zones"]} <= {z["id"] for z in scene["zones"]}


@pytest.mark.parametrize("asked", ["imo:9208124", "9208124", "IMO 9208124"])
def test_a_vessel_is_found_by_its_number(visitor: httpx.Client, asked: str) -> None:
    ends = {"from": "2020-04-20", "to": "2020-07-10"}
    scene = visitor.get("/replay/scene.json", params={"vessel": asked, **ends}).json()
    assert [ship["vessel_id"] for ship in scene["ships"] if ship["role"] == "focus"] == ["imo:9208124"]
    assert scene["to_s"] - scene["from_s"] == 81 * 86_400


REFUSED = {
    "nothing_named": ({}, "name an alert or a vessel"),
    "unknown_alert": ({"alert": "ffffffffffffffff"}, "no alert"),
    "unknown_vessel": ({"vessel": "imo:9074730"}, "no vessels fit"),
    "several_vessels": ({"vessel": "BELLA"}, "2 vessels fit"),
    "no_moment": ({"vessel": "imo:9208124", "from": "yesterday"}, "is no moment"),
    "backwards": ({"vessel": "imo:9208124", "from": "2020-06-01", "to": "2020-05-01"}, "before it begins"),
    "not_heard": ({"vessel": "imo:9208124", "from": "2031-06-01", "to": "2031-06-02"}, "was not heard"),
}


@pytest.mark.parametrize(("asked", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_told_as_json(visitor: httpx.Client, asked: dict[str, str], told: str) -> None:
    answer = visitor.get("/replay/scene.json", params=asked, headers=JSON)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


BOXES = ("", "1,2,3", "a,b,c,d", "nan,0,10,10", "0,50,10,40", "-999,0,10,10", "0,0,10,inf")


@pytest.mark.parametrize("box", BOXES)
def test_a_box_that_is_none_is_told(visitor: httpx.Client, box: str) -> None:
    answer = visitor.get("/replay/coast.json", params={"box": box}, headers=JSON)
    assert answer.status_code == 400
    assert "box" in answer.json()["error"]


def test_the_coast_comes_fine_or_wide(visitor: httpx.Client) -> None:
    near, wide = (visitor.get("/replay/coast.json", params={"box": "50,20,60,28", "near": n}).json() for n in (1, 0))
    assert (near["near"], wide["near"]) == (True, False)
    assert len(str(near)) > len(str(wide)) > 100


def test_the_page_names_its_data_and_takes_nothing_else_from_the_address(visitor: httpx.Client) -> None:
    page = visitor.get("/replay", params={"vessel": f'"><{HOSTILE}', "x": "y"}).text
    assert HOSTILE not in page
    assert 'data-scene="/replay/scene.json?vessel=%22%3E%3C%3C%2Fscript' in page


def test_a_report_is_sent_with_the_policy_that_stands_in_it(visitor: httpx.Client, alert_id: str) -> None:
    answer = visitor.get(f"/alerts/{alert_id}/report.html")
    meta = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', answer.text)
    assert meta is not None
    assert answer.headers["content-security-policy"] == f"{html.unescape(meta[1])}; frame-ancestors 'none'"
    assert answer.headers["content-disposition"] == f'inline; filename="shipwatch-{alert_id}.html"'
    assert len(answer.content) < 1_000_000
    assert visitor.get("/replay/report.html", params={"vessel": "imo:9208124"}).status_code == 200
    assert visitor.get("/alerts/ffffffffffffffff/report.html").status_code == 400


def test_the_page_without_a_question_offers_what_there_is(page: Page, demo_served: Served) -> None:
    page.goto(f"{demo_served.url}/replay")
    expect(page.get_by_text("Positions are stored from")).to_contain_text("2020")
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("critical")
    assert Axe().run(page).violations_count == 0
    link = first.get_by_role("link", name=re.compile("^Replay SYNTH COMPLETE"))
    expect(link).to_have_attribute("href", re.compile(r"^/replay\?alert=[0-9a-f]{16}$"))
    page.set_viewport_size({"width": 420, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


ASKED_FOR = {
    "one": ("9208124", "/replay?vessel=imo%3A9208124"),
    "several": ("BELLA", "/vessels?q=BELLA"),
    "none": ("<b>", "/vessels?q=%3Cb%3E"),
}


@pytest.mark.parametrize(("text", "address"), ASKED_FOR.values(), ids=ASKED_FOR)
def test_a_vessel_is_looked_for(visitor: httpx.Client, text: str, address: str) -> None:
    answer = visitor.get("/replay", params={"q": text}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, address)


def plays(page: Page) -> None:
    """Play a report and see that its clock goes on."""
    expect(page.locator("#replay.r-ready")).to_be_visible()
    time = page.locator("#r-time")
    before = time.inner_text()
    page.locator("#r-play").click()
    expect(time).not_to_have_text(before)


def test_a_report_plays_from_a_file_and_asks_nobody(
    watched_page: Page, gathered: tuple[Asked, Scene], tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(write_report(gathered[1], gathered[0], MADE_AT).text, encoding="utf-8")
    asked: list[str] = []
    watched_page.on("request", lambda request: asked.append(request.url))
    watched_page.goto(file.as_uri())
    plays(watched_page)
    assert asked == [file.as_uri()]
    expect(watched_page.locator("#r-title")).to_have_text("LUNA")
    expect(watched_page.get_by_text("Synthetic tracks")).to_be_visible()
    assert Axe().run(watched_page).violations_count == 0


def test_a_report_plays_from_the_server_under_the_same_policy(
    watched_page: Page, demo_served: Served, alert_id: str
) -> None:
    watched_page.goto(f"{demo_served.url}/alerts/{alert_id}/report.html")
    plays(watched_page)


def test_a_hostile_name_does_nothing_in_a_report(
    watched_page: Page, gathered: tuple[Asked, Scene], tmp_path: Path
) -> None:
    asked, scene = gathered
    alert = {**(asked.alert or {}), "vessel": {"name": HOSTILE}, "summary": HOSTILE}
    ships = [replace(ship, label=HOSTILE) for ship in scene.ships]
    rest = {**scene.rest, "title": HOSTILE, "events": [{**e, "where": HOSTILE} for e in scene.rest["events"]]}
    file = tmp_path / "report.html"
    made = write_report(Scene(ships, rest), replace(asked, alert=alert), MADE_AT)
    file.write_text(made.text, encoding="utf-8")
    watched_page.on("dialog", lambda dialog: pytest.fail(f"a name ran: {dialog.message}"))
    watched_page.goto(file.as_uri())
    plays(watched_page)
    expect(watched_page.locator("#r-ships")).to_contain_text(HOSTILE)
    expect(watched_page.locator("#story h2").first).to_contain_text(HOSTILE)


def test_without_scripts_the_story_is_there_in_words(
    browser: Browser, gathered: tuple[Asked, Scene], tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(write_report(gathered[1], gathered[0], MADE_AT).text, encoding="utf-8")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        story = page.locator("#story")
        for words in ("LUNA", "No AIS heard", "What could not be observed", "Check first", "Decisions so far"):
            expect(story.get_by_text(words).first).to_be_visible()
        expect(story.get_by_text("watched places within reach")).to_contain_text("Venezuela")


def test_a_report_fits_a_narrow_screen(watched_page: Page, gathered: tuple[Asked, Scene], tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(write_report(gathered[1], gathered[0], MADE_AT).text, encoding="utf-8")
    watched_page.set_viewport_size({"width": 420, "height": 900})
    watched_page.goto(file.as_uri())
    plays(watched_page)
    wide = watched_page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 420
