"""The page of one alert in a browser: read and decided by keyboard alone, on a small screen, without a fault."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.serving import Served
from tests.web.test_alert_page import DARK, alert_of, state

WIDTHS = {"desk": 1280, "small": 420}


def open_alert(page: Page, served: Served, name: str = "LUNA", rule_id: str = DARK) -> str:
    """Open the page of an alert and return the alert's id."""
    alert_id: str = alert_of(served, name, rule_id)["alert_id"]
    page.goto(f"{served.url}/alerts/{alert_id}")
    return alert_id


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize(
    ("name", "rule_id"), [("LUNA", DARK), ("FORTUNE", "listed-ship-moving")], ids=["silence", "listed"]
)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    watched_page: Page, demo_served: Served, width: int, name: str, rule_id: str
) -> None:
    watched_page.set_viewport_size({"width": width, "height": 900})
    open_alert(watched_page, demo_served, name, rule_id)
    found = Axe().run(watched_page)
    assert found.violations_count == 0, found.generate_report()
    assert watched_page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_story_is_reached_by_keyboard_alone(watched_page: Page, demo_served: Served) -> None:
    alert_id = open_alert(watched_page, demo_served)
    reached: list[str] = []
    for _ in range(60):
        watched_page.keyboard.press("Tab")
        reached.append(
            watched_page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.id")
        )
    for wanted in ("#main", "#step-1", f"/replay?alert={alert_id}", "do-ack", "reason", f"/rules/{DARK}"):
        assert wanted in reached
    watched_page.evaluate("document.querySelector('a[href=\"#step-1\"]').focus()")
    watched_page.keyboard.press("Enter")
    expect(watched_page.locator("#step-1")).to_be_in_viewport()


def test_the_answers_stand_on_the_first_screen(watched_page: Page, demo_served: Served) -> None:
    watched_page.set_viewport_size({"width": 1280, "height": 800})
    open_alert(watched_page, demo_served)
    brief = watched_page.get_by_label("In short")
    for said in ("reaches Venezuela within 120 days", "No AIS for 87 days so far", "62 known places at 14 kn"):
        expect(brief.get_by_text(said)).to_be_in_viewport(ratio=1)


def test_keys_acknowledge_close_and_reopen(watched_page: Page, own_served: Served) -> None:
    alert_id = open_alert(watched_page, own_served)
    watched_page.keyboard.press("a")
    expect(watched_page.get_by_role("status")).to_have_text("Acknowledged.")
    watched_page.keyboard.press("c")
    expect(watched_page.locator("#reason")).to_be_focused()
    watched_page.keyboard.press("r")  # a letter for the list that has the focus, and no key
    watched_page.locator("#reason").select_option("benign")
    watched_page.keyboard.press("Tab")
    watched_page.keyboard.press("Enter")
    expect(watched_page.get_by_role("status")).to_have_text("Closed.")
    assert state(own_served, alert_id) == ("closed", "benign", 3)
    watched_page.keyboard.press("r")
    expect(watched_page.get_by_role("status")).to_have_text("Open again.")
    assert state(own_served, alert_id) == ("open", None, 4)


def test_a_note_is_written_with_letters_that_are_keys(watched_page: Page, demo_served: Served) -> None:
    alert_id = open_alert(watched_page, demo_served)
    watched_page.locator("#note").focus()
    watched_page.keyboard.type("a crew? jack")
    expect(watched_page.locator("#note")).to_have_value("a crew? jack")
    assert watched_page.url.endswith(alert_id)
    assert state(demo_served, alert_id) == ("open", None, 1)


def test_closing_asks_for_the_reason_before_anything_is_sent(watched_page: Page, demo_served: Served) -> None:
    alert_id = open_alert(watched_page, demo_served)
    watched_page.get_by_role("button", name="Close", exact=True).click()
    assert watched_page.evaluate("document.querySelector('#reason').validationMessage") != ""
    assert watched_page.url.endswith(alert_id)


def test_next_and_back_lead_through_the_alerts(watched_page: Page, demo_served: Served) -> None:
    alert_id = open_alert(watched_page, demo_served)
    watched_page.keyboard.press("j")
    expect(watched_page).not_to_have_url(re.compile(alert_id))
    watched_page.wait_for_load_state()  # until then nobody listens to keys
    watched_page.keyboard.press("k")
    expect(watched_page).to_have_url(re.compile(f"{alert_id}$"))


def test_the_keys_are_told(watched_page: Page, demo_served: Served) -> None:
    open_alert(watched_page, demo_served)
    watched_page.keyboard.press("?")
    expect(watched_page.get_by_role("dialog", name="Keys")).to_be_visible()
    watched_page.keyboard.press("Escape")
    expect(watched_page.get_by_role("dialog", name="Keys")).to_be_hidden()
    watched_page.keyboard.press("s")
    expect(watched_page.locator("#why")).to_be_focused()


def test_it_can_be_decided_without_scripts(browser: object, own_served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    alert_id = open_alert(page, own_served)
    page.get_by_label("Close as").select_option("false_positive")
    page.get_by_label("Note", exact=True).fill("a tug beside it")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Closed.")
    assert state(own_served, alert_id) == ("closed", "false_positive", 2)
    context.close()
