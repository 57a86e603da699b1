"""The page on events is held to the code: every kind, detail and threshold, and what the pictures show."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PIL import Image

from scripts.draw_events import PICTURES
from scripts.event_tracks import CASES, see_case
from watch.columns import EVENT_KINDS
from watch.params import DEFAULT, Params
from watch.rules.fields import KINDS

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "events.md").read_text(encoding="utf-8")
MOST_BYTES = 120_000

#: What each made case is drawn for: kind and sub-kind.
SHOWN: dict[str, set[tuple[str, str | None]]] = {
    **{kind: {(kind, None)} for kind in ("zone_visit", "port_visit", "gap", "encounter", "loitering")},
    "spoof": {
        ("spoof", sub_kind)
        for sub_kind in ("impossible_speed", "on_land", "circle", "hairpin", "formation", "held", "stale_repeat")
    },
    "interference": {("interference", "jumps_together")},
    "identity_change": {
        ("identity_change", sub_kind)
        for sub_kind in (
            *("name", "callsign", "flag", "mmsi", "imo", "type", "mid_unallocated", "mid_landlocked", "callsign_flag"),
            *("imo_check_digit", "imo_placeholder", "shared_mmsi", "duplicated_imo", "gone_hull"),
        )
    },
    "draught_change": {("draught_change", None)},
    "destination_change": {("destination_change", "changed"), ("destination_change", "contradicted")},
    "possible_visit": {("possible_visit", None)},
    "possible_encounter": {("possible_encounter", None)},
    "detour": {("detour", None)},
}


def section(kind: str) -> str:
    """Return what the page says of a kind."""
    found = re.search(rf"^## `{kind}`\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no section on {kind}"
    return found[1]


def told_details(kind: str) -> set[str]:
    """Return the words in the first column of a kind's tables."""
    cells = re.findall(r"^\| ([^|]+) \|", section(kind), re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def is_told(detail: str, told: set[str]) -> bool:
    """Return whether a detail stands in a table, by its name or by the beginning that it shares with others."""
    return detail in told or any(word.endswith("…") and detail.startswith(word[:-1]) for word in told)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_a_kind_has_its_line_section_picture_limits_and_what_looks_the_same(kind: str) -> None:
    assert f"| [`{kind}`](#{kind}) |" in PAGE
    assert re.search(rf"^!\[[^\]]+\]\(img/events/{kind}\.png\)$", section(kind), re.MULTILINE)
    assert "**Limits.**" in section(kind)
    assert "**Looks the same.**" in section(kind)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_every_field_of_a_kind_stands_in_its_tables(kind: str) -> None:
    told = told_details(kind)
    assert [name for name in KINDS[kind] if not is_told(name, told)] == []


@pytest.mark.parametrize("field", fields(Params), ids=lambda field: field.name)
def test_every_threshold_stands_on_the_page_with_its_value_and_source(field: object) -> None:
    name = field.name  # type: ignore[attr-defined]
    rows = re.findall(rf"^\| `{name}` \| ([\d,.]+)[^|]* \| (.+) \|$", PAGE, re.MULTILINE)
    assert [float(value.replace(",", "")) for value, _ in rows] == [getattr(DEFAULT, name)]
    assert len(rows[0][1]) > 2


def test_every_picture_is_named_exists_and_is_small() -> None:
    named = set(re.findall(r"\(img/events/(\w+)\.png\)", PAGE))
    assert named == set(EVENT_KINDS) == set(PICTURES)
    for kind in named:
        path = DOCS / "img" / "events" / f"{kind}.png"
        assert path.stat().st_size < MOST_BYTES
        assert Image.open(path).size == (900, 560)


def test_links_within_the_page_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) - slugs == set()


def test_every_made_case_is_drawn_for_something() -> None:
    assert set(SHOWN) == set(CASES)
    assert {kind for shown in SHOWN.values() for kind, _ in shown} == set(EVENT_KINDS)


@pytest.mark.parametrize("case", CASES)
def test_a_made_track_gives_the_event_it_is_drawn_for_and_the_page_tells_its_details(case: str) -> None:
    rows, seen = see_case(case)
    assert rows["mmsi"].astype(str).str[3:5].eq("99").all()
    found = {(kind, d.get("sub_kind")) for kind, d in zip(seen.events["kind"], seen.events["details"], strict=True)}
    assert SHOWN[case] - found == set()
    shared = {"zone_ids", "end_zone_ids", "segment", "other_segment"}
    for kind in {kind for kind, _ in SHOWN[case]}:
        details = seen.events.loc[seen.events["kind"] == kind, "details"]
        names = {name for d in details for name in d} - shared
        assert sorted(name for name in names if not is_told(name, told_details(kind))) == []


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_can_be_drawn_from_the_events_as_they_are(kind: str) -> None:
    figure = PICTURES[kind]()
    words = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert kind in words
    assert any("SYNTHETIC" in word for word in words)
