"""The list of alerts over HTTP: what a view shows, in which order, and what it offers."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.alert_cases import CALL, stored_in
from tests.web.desk import ALL, HOSTILE, MANY, ONE, THREE, TWO, Links, decide, raised, seen, shown
from tests.web.serving import Served, demo_site, serving, visiting

FOUND = {
    "of_a_level": ("level=critical&level=high", [ONE, TWO]),
    "of_a_rule": (f"rule={CALL}", [TWO]),
    "of_a_family": ("family=voyage&level=high", [TWO]),
    "of_a_flag_in_any_case": ("flag=lr", [ONE]),
    "of_a_type": ("type=tanker", [ONE, TWO]),
    "in_a_country": ("area=VE&level=high", [TWO]),
    "in_a_zone": ("area=ir_kharg&level=critical", [ONE]),
    "with_a_text": ("text=tanker+two", [TWO]),
    "with_a_number_as_text": ("text=9999814", [TWO]),
    "with_a_number": ("imo=9999814", [TWO]),
    "over_before": ("from=2020-06-20", [TWO, THREE]),
    "begun_later": ("before=2020-03-15", [THREE]),
    "silenced": ("silenced=yes", []),
    "in_no_known_rule": ("rule=of-another-year", []),
    "hostile": ("text=%3Cimg", [HOSTILE]),
    "nothing_ticked_and_blanks": ("status=&level=&text=&text=+&flag=LR", [ONE]),
    "grave_first": ("type=tanker&sort=gravity", [ONE, TWO]),
    "turned_round": ("type=tanker&sort=-gravity", [TWO, ONE]),
    "newest_first": ("type=tanker&sort=newest", [TWO, ONE]),
    "by_ship": ("level=critical&level=low&level=high&sort=ship", [THREE, ONE, TWO]),
}


@pytest.mark.parametrize(("query", "found"), FOUND.values(), ids=FOUND)
def test_a_view_shows(looked_at: httpx.Client, query: str, found: list[str]) -> None:
    assert shown(looked_at, f"/alerts?{query}") == found


REFUSED = {
    "a_level": ("level=grave", "level &#39;grave&#39; is none of critical"),
    "a_status": ("status=lost", "status &#39;lost&#39; is none of open"),
    "a_sort": ("sort=colour", "sort &#39;colour&#39; is none of gravity"),
    "a_page": ("page=0", "page &#39;0&#39; is no page"),
    "a_huge_page": ("page=" + "9" * 5_000, "is no page"),
    "a_size": ("size=51", "size &#39;51&#39; is none of 25"),
    "a_day": ("from=yesterday", "from &#39;yesterday&#39; is no moment"),
    "a_day_before_all_days": ("before=0001-01-01T00:00%2B23:00", "is no moment"),
    "a_number": ("imo=x", "imo &#39;x&#39; is no number"),
    "a_digit_of_another_script": ("page=%D9%A3", "is no page"),
    "an_endless_text": ("text=" + "x" * 201, "longer than 200"),
    "two_at_once": ("level=grave&silenced=perhaps", "silenced &#39;perhaps&#39;"),
    "hostile": ("level=%3Cb%3E", "&lt;b&gt;"),
}


@pytest.mark.parametrize(("query", "said"), REFUSED.values(), ids=REFUSED)
def test_a_view_that_cannot_be_is_refused_in_words(looked_at: httpx.Client, query: str, said: str) -> None:
    answer = looked_at.get(f"/alerts?{query}")
    assert answer.status_code == 400
    assert said in answer.text


def test_without_a_question_it_shows_what_is_to_be_done_the_gravest_first(analyst: httpx.Client) -> None:
    assert decide(analyst, "close", seen(analyst, TWO), reason="benign").status_code == 303
    assert shown(analyst, "/alerts")[:3] == [ONE, HOSTILE, THREE]
    assert shown(analyst, "/alerts") == shown(analyst, "/alerts?status=open&status=acknowledged&silenced=no")
    assert decide(analyst, "ack", seen(analyst, ONE)).status_code == 303
    assert shown(analyst, "/alerts")[0] == ONE


def test_pages_hold_each_alert_once_and_end(looked_at: httpx.Client) -> None:
    pages = [shown(looked_at, f"{ALL}&size=25&page={page}") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, MANY + 4 - 50]
    assert len({alert_id for page in pages for alert_id in page}) == MANY + 4
    assert shown(looked_at, f"{ALL}&size=25&page=99") == pages[-1]
    assert len(shown(looked_at, ALL)) == 50


def test_links_to_other_pages_and_orders_keep_the_view(looked_at: httpx.Client) -> None:
    links = Links(looked_at.get("/alerts?flag=MH&text=made+many&size=25&sort=-ship").text).links
    kept = "flag=MH&text=made+many&silenced=any&sort=-ship&size=25"
    assert f"/alerts?{kept}&page=2" in links
    assert "/alerts?flag=MH&text=made+many&silenced=any&sort=ship&size=25" in links  # the head, which turns it round
    assert f"/alerts/export.csv?{kept}" in links


def test_a_head_says_in_which_order_the_list_is(looked_at: httpx.Client) -> None:
    orders = {"sort=gravity": "descending", "sort=-gravity": "ascending", "sort=start": "ascending"}
    for query, order in orders.items():
        assert re.findall(r'aria-sort="(\w+)"', looked_at.get(f"{ALL}&{query}").text) == [order]


def offered(page: str, name: str) -> dict[str, int]:
    """Return the counts beside the values of a filter."""
    ticks = re.findall(rf'name="{name}" value="([^"]*)"[^>]*>\s*\S+ <span class="soft">([\d,]+)', page)
    select = re.search(rf'<select name="{name}">(.*?)</select>', page, re.DOTALL)
    options = re.findall(r'value="([^"]+)"[^>]*>[^<]*\((\d+)\)', select[1]) if select else []
    return {value: int(count) for value, count in [*ticks, *options]}


def test_the_counts_beside_a_filter_are_what_choosing_it_would_show(looked_at: httpx.Client) -> None:
    view = "level=critical&level=informational&text=made"
    page = looked_at.get(f"/alerts?{view}").text
    for name in ("flag", "type", "rule", "area", "status"):
        counts = offered(page, name)
        assert counts, name
        for value, count in counts.items():
            assert len(shown(looked_at, f"/alerts?{view}&size=200&{name}={value}")) == count, (name, value)
    levels = offered(page, "level")
    assert levels == {"critical": 1, "high": 1, "medium": 0, "low": 0, "informational": MANY}


def test_a_view_in_which_nothing_is_says_which_filter_to_drop(looked_at: httpx.Client) -> None:
    page = looked_at.get("/alerts?level=critical&flag=IR&status=open").text
    assert "No alert fits all these filters" in page
    ways = re.findall(r'<li><a href="([^"]+)">Without “(\w+)[^<]+</a> there is 1 alert', page)
    assert [(name, shown(looked_at, unescape(way))) for way, name in ways] == [("level", [TWO]), ("flag", [ONE])]


def test_a_desk_without_alerts_says_how_to_get_some(tmp_path: Path) -> None:
    with serving(demo_site(stored_in(tmp_path, []))) as served, visiting(served) as client:
        assert "There are no alerts yet" in client.get("/alerts").text
        assert client.get("/alerts/counts.json").json()["new"] == 0


@pytest.mark.parametrize("address", ["/alerts", f"{ALL}&size=200", "/alerts?text=%3Cimg+src%3Dx%3E", "/silences"])
def test_hostile_texts_are_shown_and_are_no_markup(looked_at: httpx.Client, address: str) -> None:
    page = looked_at.get(address).text
    read = Links(page)
    assert page.count("<img ") == 1  # the sign of the site
    assert not any(name.startswith("on") or name == "style" for name in read.names)
    assert "script" not in read.tags or page.count("<script") == page.count('<script src="/static/')


@pytest.mark.parametrize("query", ["told=%3Cb%3E&n=1", "told=close&n=x&as=benign", "told=close&n=1&as=%3Cb%3E"])
def test_what_is_told_is_never_text_of_the_address(looked_at: httpx.Client, query: str) -> None:
    page = looked_at.get(f"/alerts?{query}").text
    assert 'class="told"' not in page
    assert "<b>" not in page


def test_a_view_can_be_taken_along_as_a_file(looked_at: httpx.Client) -> None:
    query = "type=tanker&sort=-gravity"
    answer = looked_at.get(f"/alerts/export.csv?{query}")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["alert_id"] for row in rows] == [TWO, ONE]
    assert "attachment" in answer.headers["content-disposition"]
    assert [a["alert_id"] for a in looked_at.get(f"/alerts/export.json?{query}").json()] == [TWO, ONE]
    assert json.loads(looked_at.get(f"/alerts/export.geojson?{query}").text)["type"] == "FeatureCollection"
    assert looked_at.get(f"/alerts/export.kml?{query}").text.startswith("<?xml")
    assert looked_at.get("/alerts/export.exe").status_code == 404


def test_a_page_that_is_open_is_told_what_came_to_be(desk: Served, analyst: httpx.Client) -> None:
    first = analyst.get("/alerts/counts.json").json()
    assert first["open"] == {"critical": 1, "high": 1, "medium": 1, "low": 1, "informational": MANY}
    raised(desk.site, "ffff00000000")
    decide(analyst, "ack", seen(analyst, ONE, TWO))
    later = analyst.get(f"/alerts/counts.json?after={first['seq']}").json()
    assert (later["new"], later["changed"], later["seq"]) == (1, 2, first["seq"] + 3)
    assert later["open"] == {"critical": 0, "high": 0, "medium": 1, "low": 2, "informational": MANY}


FILTERS_SAID = {
    "none_unasked": ("", "Filters"),
    "what_differs": ("status=open&status=acknowledged&silenced=no&level=high", "Filters (1 in use)"),
    "a_text": ("status=open&status=acknowledged&silenced=no&text=tanker", "Filters (1 in use) with the text “tanker”"),
    "all": ("silenced=any", "Filters (2 in use)"),
}


@pytest.mark.parametrize(("query", "said"), FILTERS_SAID.values(), ids=FILTERS_SAID)
def test_folded_filters_say_what_differs_from_the_usual(looked_at: httpx.Client, query: str, said: str) -> None:
    page = looked_at.get(f"/alerts?{query}").text
    (summary,) = re.findall(r"<summary>(Filters.*?)</summary>", page)
    assert re.sub("<[^>]+>", "", summary) == said
