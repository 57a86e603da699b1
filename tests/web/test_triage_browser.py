"""Triage in a browser: by mouse, by keyboard alone, without scripts, on a narrow screen, and with hostile names."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.desk import EVIL, HOSTILE, MANY, ONE, THREE, TWO, changed, raised, statuses
from tests.web.serving import Served
from watch.store.history import deciding
from watch.store.silences import add_silence


def row(page: Page, alert_id: str) -> Locator:
    return page.locator(f'tr[data-href="/alerts/{alert_id}"]')


def expect_told(page: Page, words: str) -> None:
    """Wait until the page tells this, and until its script is at work."""
    expect(page.locator(".told")).to_have_text(words)
    if page.locator("#ticked").count():
        expect(page.locator("#ticked")).to_have_text("None ticked")


def test_triage_by_mouse(watched_page: Page, desk: Served) -> None:
    page = watched_page
    page.goto(f"{desk.url}/alerts")
    page.get_by_role("checkbox", name=re.compile("^critical")).check()
    page.get_by_role("checkbox", name=re.compile("^high")).check()
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    row(page, TWO).get_by_role("checkbox").check()
    expect(page.locator("#ticked")).to_have_text("1 ticked")
    page.get_by_label("Reason to close").select_option("false_positive")
    page.get_by_label("Note").fill("a tug beside it")
    page.get_by_role("button", name="Close", exact=True).click()
    expect_told(page, "1 alert closed as false positive.")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("told="))
    page.get_by_role("link", name=re.compile("^Closed")).click()
    expect(row(page, TWO)).to_contain_text("false positive")
    expect(row(page, TWO)).to_contain_text("tester, ")
    expect(row(page, TWO)).to_contain_text("a tug beside it")
    row(page, TWO).get_by_role("checkbox").check()
    page.get_by_role("button", name="Reopen").click()
    expect_told(page, "1 alert opened again.")
    assert statuses(desk.site)[TWO] == "open"


def test_silencing_by_mouse(watched_page: Page, desk: Served) -> None:
    page = watched_page
    page.goto(f"{desk.url}/alerts")
    row(page, ONE).get_by_role("checkbox").check()
    page.locator(".silence summary").click()
    page.get_by_label("Until (date of the data)").fill("2020-12-01")
    page.get_by_label("all alerts of their ships").check()
    page.get_by_role("button", name="Silence", exact=True).click()
    assert page.evaluate("document.activeElement.name") == "why"  # which says that it is missing
    page.get_by_label("Why nobody needs to be told").fill("in dock")
    page.get_by_role("button", name="Silence", exact=True).click()
    expect_told(page, "1 silence made.")
    expect(row(page, ONE)).to_have_count(0)
    page.get_by_role("link", name=re.compile("^Silenced")).click()
    row(page, ONE).get_by_role("link", name="silenced").click()
    expect(page.locator("#silence-1")).to_contain_text("imo:9999802")
    page.get_by_role("button", name="End silence 1").click()
    expect_told(page, "1 silence ended.")
    expect(page.locator("#silence-1")).to_contain_text("ended by tester")


def test_triage_by_keyboard_alone(watched_page: Page, desk: Served) -> None:
    page, keys = watched_page, watched_page.keyboard
    page.goto(f"{desk.url}/alerts")
    keys.press("j")
    expect(row(page, ONE)).to_be_focused()
    keys.press("a")
    expect_told(page, "1 alert acknowledged.")
    expect(row(page, ONE)).to_be_focused()  # where it was
    for key in "jxjxkc":
        keys.press(key)
    expect(page.locator("#ticked")).to_have_text("2 ticked")
    expect(page.get_by_label("Reason to close")).to_be_focused()
    keys.type("benign")
    keys.press("Tab")
    keys.press("Enter")
    expect_told(page, "2 alerts closed as benign.")
    assert {i: statuses(desk.site)[i] for i in (ONE, TWO, HOSTILE)} == {
        ONE: "acknowledged",
        TWO: "closed",
        HOSTILE: "closed",
    }
    keys.press("/")
    keys.type("9999802")
    keys.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#ticked")).to_have_text("None ticked")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/alerts/{ONE}")


def test_the_keys_are_listed_and_leave_typing_alone(watched_page: Page, desk: Served) -> None:
    page, keys = watched_page, watched_page.keyboard
    page.goto(f"{desk.url}/alerts")
    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("x")
    keys.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.get_by_label("Note").focus()
    keys.type("ja x/?")
    expect(page.get_by_label("Note")).to_have_value("ja x/?")
    keys.press("Enter")  # which sends nothing
    expect(page.locator("#ticked")).to_have_text("None ticked")
    assert set(statuses(desk.site).values()) == {"open"}


def test_many_are_ticked_at_once(watched_page: Page, desk: Served) -> None:
    page = watched_page
    page.goto(f"{desk.url}/alerts")
    boxes = page.locator("input[name=seen]")
    boxes.nth(1).click()
    boxes.nth(5).click(modifiers=["Shift"])
    expect(page.locator("#ticked")).to_have_text("5 ticked")
    boxes.nth(3).click()
    boxes.nth(1).click(modifiers=["Shift"])
    expect(page.locator("#ticked")).to_have_text("2 ticked")
    page.get_by_label("Tick all on this page").check()
    expect(page.locator("#ticked")).to_have_text("50 ticked")
    page.get_by_role("button", name="Acknowledge").click()
    expect_told(page, "50 alerts acknowledged.")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#ticked")).to_have_text("Tick alerts first")


def test_a_page_that_is_open_tells_what_came_to_be(watched_page: Page, desk: Served) -> None:
    page = watched_page
    page.clock.install()
    page.goto(f"{desk.url}/alerts?level=low")
    expect(page.locator("#news")).to_be_hidden()
    raised(desk.site, "ffff00000000")
    changed(desk.site, TWO, summary="said in other words")
    page.clock.fast_forward(31_000)
    expect(page.locator("#news")).to_contain_text("1 new alert, 1 changed")
    expect(page).to_have_title("(1) Alerts · Shipwatch")
    expect(page.locator("tbody tr")).to_have_count(1)  # it waits to be asked
    page.locator("#news").get_by_role("link", name="load").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("#news")).to_be_hidden()


def test_without_scripts_the_forms_do_it(browser: Browser, desk: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk.url}/alerts")
    page.get_by_label("Text").fill("two")
    page.get_by_role("button", name="Filter").click()
    row(page, TWO).get_by_role("checkbox").check()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".told")).to_have_text("1 alert acknowledged.")
    page.get_by_role("link", name="Ship", exact=True).click()
    expect(row(page, TWO)).to_contain_text("acknowledged")
    context.close()


PAGES = {
    "list": ("/alerts", 1280),
    "list_on_a_telephone": ("/alerts?silenced=any&size=25&sort=-ship&imo=9000003", 420),
    "nothing_fits": ("/alerts?level=critical&flag=IR", 420),
    "silences": ("/silences", 1280),
    "silences_on_a_telephone": ("/silences", 420),
}


@pytest.mark.parametrize(("address", "width"), PAGES.values(), ids=PAGES)
def test_pages_are_for_everybody_and_fit_the_screen(watched_page: Page, desk: Served, address: str, width: int) -> None:
    page = watched_page
    page.set_viewport_size({"width": width, "height": 900})
    with_silence(desk)
    page.goto(desk.url + address)
    closed = page.locator("main details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_somebody_who_was_too_late_is_told_who_was_faster(page: Page, desk: Served) -> None:
    page.goto(f"{desk.url}/alerts?type=tanker")
    changed(desk.site, TWO, level="critical")
    page.get_by_label("Tick all on this page").check()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("heading", name="Somebody was faster")).to_be_visible()
    expect(page.locator(".changed > li")).to_have_count(1)
    expect(page.locator(".changed")).to_contain_text("Level raised from high to critical")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("link", name="Look at the list again").click()
    expect(page).to_have_url(re.compile("type=tanker"))
    assert statuses(desk.site)[ONE] == "open"


def with_silence(desk: Served) -> None:
    now = desk.site.now()
    more = {"reason": EVIL, "author": EVIL, "from_at": now.replace(year=2020), "until_at": now, "at": now}
    with deciding(desk.site.ws.engine) as conn:
        add_silence(conn, {"vessel": "imo:9000003", "area": "VE"}, **more)


def test_a_narrow_screen_shows_cards(watched_page: Page, desk: Served) -> None:
    page = watched_page
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(f"{desk.url}/alerts")
    expect(page.locator("thead")).to_be_hidden()
    box = row(page, THREE).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 420
    page.get_by_text("Filters").click()
    page.get_by_label("Order").select_option("ship")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr").first).to_contain_text("Name not heard")


def test_a_hostile_name_does_nothing(watched_page: Page, desk: Served) -> None:
    page = watched_page
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.goto(f"{desk.url}/alerts?text=%3Cimg")
    expect(row(page, HOSTILE).get_by_role("link", name=EVIL).first).to_be_visible()
    expect(page.locator("main img")).to_have_count(0)
    row(page, HOSTILE).get_by_role("checkbox").check()
    page.get_by_label("Note").fill(EVIL)
    page.get_by_role("button", name="Acknowledge").click()
    expect_told(page, "1 alert acknowledged.")
    expect(row(page, HOSTILE)).to_contain_text(EVIL)
    expect(page.locator("main img")).to_have_count(0)
    assert asked == []


def test_ready_views_say_how_many_they_show(watched_page: Page, desk: Served) -> None:
    page = watched_page
    page.goto(f"{desk.url}/alerts")
    views = page.get_by_role("navigation", name="Ready views").get_by_role("link")
    assert len(views.all()) == 6
    expect(views.first).to_have_attribute("aria-current", "true")
    for name in [view.inner_text() for view in views.all()]:
        views.get_by_text(name).click()
        count = int(name.split()[-1])
        expect(page.locator("tbody tr")).to_have_count(min(count, 50))
    assert name == f"All {MANY + 4}"
