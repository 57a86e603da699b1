from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from digest_cases import made_alert, made_digest, made_vessel

from watch.digest import CARDS_MAX, ROWS_MAX, Digest, render_digest, write_digest
from watch.digest_view import changes_between

EMPTY = Digest(made_at=datetime(2020, 7, 12, tzinfo=UTC))
HOSTILE_NAMES = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onload="alert(1)',
    "image": "<img src=x onerror=alert(1)>",
    "template": "{{ 7 * 7 }}{% raw %}",
    "header": "A\r\nBcc: all@example.org",
    "direction": "A\u202eLAIRT\u200b\x00\x1b[31m",
}


class Tags(HTMLParser):
    """Collect tags, their attributes and the text between them, and check that they close in order."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


SUBJECTS = {
    "nothing_at_all": (EMPTY, "Shipwatch: nothing new"),
    "new_by_level_worst_first": (
        Digest(EMPTY.made_at, new=[{"level": "low"}, {"level": "critical"}, {"level": "low"}]),
        "Shipwatch: 3 new (1 critical, 2 low)",
    ),
    "only_old": (Digest(EMPTY.made_at, still_open=[{}] * 1_200), "Shipwatch: nothing new, 1,200 still open"),
    "all_sections_of_synthetic_data": (
        made_digest(),
        "Shipwatch (synthetic data): 3 new (1 critical, 1 high, 1 medium), 1 changed, 1 withdrawn, "
        "3 still open, 1 data warning",
    ),
}


@pytest.mark.parametrize(("digest", "subject"), SUBJECTS.values(), ids=SUBJECTS)
def test_the_subject_tells_the_counts(digest: Digest, subject: str) -> None:
    assert render_digest(digest).subject == subject


@pytest.mark.parametrize("form", ["html", "text"])
def test_every_alert_and_warning_stands_in_both_forms(form: str) -> None:
    shown = getattr(render_digest(made_digest()), form)
    for alert_id in ("b-1", "b-2", "b-3", "c-1", "w-1", "o-0", "o-1", "o-2"):
        assert re.search(rf"\b{alert_id}\b", shown)
    for words in (
        "gulf.csv",
        "142,113",
        "CANNOT BE TOLD",
        "US-CLAIM-SNAPBACK-2020",
        "disputed",
        "No AIS heard",
    ):
        assert words.lower() in shown.lower()


@pytest.mark.parametrize("form", ["html", "text"])
def test_sections_come_in_order_and_levels_worst_first(form: str) -> None:
    rendered = render_digest(made_digest())
    shown = Tags(rendered.html).text if form == "html" else rendered.text
    words = ("new", "changed", "withdrawn", "still open", "data health")
    places = [re.search(rf"^{word} \(?\d", shown, re.MULTILINE | re.IGNORECASE).start() for word in words]
    assert places == sorted(places)
    still_open = shown[places[3] :]
    assert re.findall("FIVE|FOUR|SIX", still_open) == ["FIVE", "FOUR", "SIX"]


def test_alerts_of_one_ship_and_level_share_a_card() -> None:
    ship, other = made_vessel("SAME"), made_vessel("OTHER", mmsi=636990199)
    digest = Digest(
        EMPTY.made_at,
        new=[made_alert("x-1", vessel=ship), made_alert("y", vessel=other), made_alert("x-2", vessel=ship)],
    )
    html = Tags(render_digest(digest).html)
    assert sum(tag == "h3" for tag, _ in html.tags) == 2
    assert html.text.index("show y") < html.text.index("show x-1") < html.text.index("show x-2")


NOTHING_NEW = {"no_data": EMPTY, "only_old_alerts": made_digest(new=[], changed=[], withdrawn=[])}


@pytest.mark.parametrize("digest", NOTHING_NEW.values(), ids=NOTHING_NEW)
def test_a_digest_with_nothing_new_says_that_it_ran(digest: Digest) -> None:
    rendered = render_digest(digest)
    assert "Ran, nothing new" in rendered.html
    assert "Ran, nothing new" in rendered.text


def test_a_digest_with_changes_alone_does_not_say_that_there_is_nothing() -> None:
    rendered = render_digest(made_digest(new=[]))
    assert "Nothing new, 2 changed or withdrawn" in rendered.html
    assert "Ran, nothing new" not in rendered.html + rendered.text


@pytest.mark.parametrize("synthetic", [True, False])
def test_made_data_are_labelled_and_real_ones_are_not(synthetic: bool) -> None:
    rendered = render_digest(made_digest(synthetic=synthetic))
    parts = (rendered.html, rendered.text, rendered.subject)
    assert all(("synthetic data" in part.lower()) is synthetic for part in parts)


def test_no_word_says_that_somebody_switched_a_radio_off() -> None:
    rendered = render_digest(made_digest())
    assert not re.search(r"switch|turned off|disabled(?! AIS)", rendered.html + rendered.text, re.IGNORECASE)


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    alert = made_alert(name, title=name, summary=name, runbook=[name], vessel=made_vessel(name, type=name))
    alert["steps"] = [{**alert["steps"][0], "zone": {"name": name, "country": name}, "kind": name}]
    alert["measures"] = [{**dict.fromkeys(("measure_id", "what", "claim", "authority"), name), "disputed": True}]
    plain = render_digest(made_digest(new=[made_alert()]))
    rendered = render_digest(
        made_digest(new=[alert], health=[{"kind": name, "message": name}], counts={name: 1}, maps={})
    )
    html = Tags(rendered.html)
    assert {tag for tag, _ in html.tags} <= {tag for tag, _ in Tags(plain.html).tags} | {"br"}
    assert not any(key.startswith("on") for _, attrs in html.tags for key in attrs)
    assert "\n" not in rendered.subject
    assert not re.search(r"[\u202e\u200b\x00\x1b\r]", rendered.html + rendered.text)
    assert not re.search(r"^Bcc:", rendered.text, re.MULTILINE)
    assert "49" not in rendered.subject + html.text.replace("9990149", "")


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.png", "maps/../../up.png", "a\\b.png", ""])
def test_a_map_outside_the_folder_is_left_out(path: str) -> None:
    assert "<img" not in render_digest(made_digest(maps={"b-1": path})).html


@pytest.mark.parametrize(
    ("path", "link"),
    {"plain": ("maps/a.png", "maps/a.png"), "odd": ('maps/a "b".png', "maps/a%20%22b%22.png")}.values(),
    ids=["plain", "odd"],
)
def test_a_map_is_a_relative_link(path: str, link: str) -> None:
    html = Tags(render_digest(made_digest(maps={"b-1": path})).html)
    assert [attrs["src"] for tag, attrs in html.tags if tag == "img"] == [link]


def test_a_scheme_in_a_map_path_is_no_scheme_in_the_link() -> None:
    html = Tags(render_digest(made_digest(maps={"b-1": "javascript:alert(1)"})).html)
    assert all(":" not in (attrs["src"] or "") for tag, attrs in html.tags if tag == "img")


def test_nothing_is_fetched_and_nothing_runs() -> None:
    rendered = render_digest(made_digest())
    assert not re.search(r"https?:|<script|<style|<link|url\(", rendered.html)


@pytest.mark.parametrize("digest", [EMPTY, made_digest()], ids=["empty", "full"])
def test_the_text_fits_80_columns(digest: Digest) -> None:
    assert max(map(len, render_digest(digest).text.splitlines())) <= 80


def test_a_flood_of_alerts_stays_a_mail_and_counts_the_rest() -> None:
    flood = [made_alert(f"n-{n}", vessel=made_vessel(f"MADE {n:04}")) for n in range(1_900)]
    rendered = render_digest(Digest(EMPTY.made_at, new=flood, still_open=flood))
    assert f"{1_900 - CARDS_MAX - ROWS_MAX:,} more" in rendered.text
    assert f"{1_900 - ROWS_MAX:,} more" in rendered.html
    assert "1,900 new" in rendered.subject
    assert len(rendered.html) < 400_000


def test_a_bare_alert_renders() -> None:
    rendered = render_digest(Digest(EMPTY.made_at, new=[{"alert_id": "bare"}]))
    assert "Name not heard" in rendered.html
    assert "bare" in rendered.text


def test_the_same_digest_gives_the_same_mail_in_any_order_of_alerts() -> None:
    digest = made_digest()
    turned = made_digest(new=list(reversed(digest.new)), still_open=list(reversed(digest.still_open)))
    assert render_digest(turned).html == render_digest(digest).html


def test_written_files_hold_what_was_rendered(tmp_path: Path) -> None:
    paths = write_digest(made_digest(), tmp_path / "new" / "folder")
    rendered = render_digest(made_digest())
    assert paths["html"].read_text(encoding="utf-8") == rendered.html
    assert paths["text"].read_text(encoding="utf-8") == rendered.text


@pytest.mark.parametrize(
    ("verdict", "words"), [("unknown", "cannot be told"), ("early", "early warning"), ("lapsed", "lapsed")]
)
def test_a_verdict_short_of_a_match_is_named(verdict: str, words: str) -> None:
    rendered = render_digest(Digest(EMPTY.made_at, new=[made_alert(verdict=verdict)]))
    assert words in rendered.html
    assert words.upper() in rendered.text


def test_a_measure_tells_when_it_ended_and_who_disputes_it() -> None:
    text = " ".join(render_digest(made_digest()).text.split())
    assert "(disputed: 13 of 15 members rejected it; ended 18 Feb 2021 00:00 UTC)" in text


def test_a_gap_shows_both_its_ends() -> None:
    step = {**made_alert()["steps"][1], "end_at": "2020-07-02T00:00:00Z", "end_lat": 16.5, "end_lon": -24.0}
    text = render_digest(Digest(EMPTY.made_at, new=[made_alert(steps=[step])])).text
    assert "25°06.0'N 057°57.0'E → 16°30.0'N 024°00.0'W" in text


LOAD, DARK = made_alert()["steps"]
CHANGES = {
    "nothing": ({}, {}, []),
    "lowered": ({"level": "high"}, {"level": "low"}, ["Level lowered from high to low."]),
    "verdict": ({"verdict": "early"}, {"verdict": "match"}, ["Verdict changed from early to match."]),
    "a_step_more": (
        {"steps": [LOAD]},
        {"steps": [LOAD, DARK]},
        ["New step: No AIS heard: Gulf of Oman (OM), since 3 May 2020 04:10 UTC."],
    ),
    "a_gap_ended": (
        {"steps": [DARK]},
        {"steps": [DARK | {"end_at": "2020-07-02T00:00:00Z"}]},
        ["Ended: No AIS heard: Gulf of Oman (OM), 2 Jul 2020 00:00 UTC."],
    ),
    "a_step_moved": (
        {"steps": [LOAD]},
        {"steps": [LOAD | {"start_at": "2020-04-17T00:00:00Z"}]},
        [
            "Corrected: Port call: Bandar Abbas, Shahid Rajaee (IR), now 17 Apr 2020 00:00 – 21 Apr 2020 18:40 UTC "
            "(4.8 days)."
        ],
    ),
    "a_step_less": ({"steps": [LOAD, DARK]}, {"steps": [LOAD]}, ["No longer seen: No AIS heard."]),
}


@pytest.mark.parametrize(("before", "after", "told"), CHANGES.values(), ids=CHANGES)
def test_changes_between_two_states_are_told(before: dict, after: dict, told: list[str]) -> None:
    assert changes_between(before, after) == told
