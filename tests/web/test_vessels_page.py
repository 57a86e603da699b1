"""The pages of vessels: who is found by what, and what a life shows; hostile names stay text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.web.made import COMOROS, FIRST, HOSTILE, HULL, SECOND, TANZANIA
from tests.web.serving import Served, text_of, visiting
from watch.web.axis import make_axis
from watch.web.lanes import draw_timeline
from watch.web.vessel_rows import voyages_of

BELLA = "imo:9208124"
BEGIN = datetime(2020, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(made_served: Served) -> Iterator[httpx.Client]:
    """A visitor of the made tracks."""
    with visiting(made_served) as client:
        yield client


def section(page: str, heading: str) -> str:
    """Return what stands under a heading, up to the next of its rank."""
    after = page[page.index(heading) :]
    return text_of(f"<main>{after.split('<h2', 1)[0]}</main>")


def test_without_a_question_the_gravest_stand_first(visitor: httpx.Client) -> None:
    page = visitor.get("/vessels").text
    assert "12 vessels with alerts to decide about" in text_of(page)
    names = re.findall(r'class="who-cell"><a[^>]*>([^<]*)', page)
    assert (names[0], names[-1], len(names)) == ("SYNTH COMPLETE", "SYNTH LIT", 12)
    assert "51 vessels with events; 51 radio numbers (MMSI) declared a name or IMO number" in text_of(page)


@pytest.mark.parametrize(
    ("text", "vessel_id"),
    [
        pytest.param("9208100", "imo:9208100", id="IMO number"),
        pytest.param("IMO 9208100", "imo:9208100", id="IMO number as people write it"),
        pytest.param("636990004", "imo:9208100", id="MMSI"),
        pytest.param("imo:9208100", "imo:9208100", id="id"),
        pytest.param(" luna ", "imo:9208100", id="name in small letters"),
        pytest.param("complet", "imo:9999967", id="part of a name"),
    ],
)
def test_one_that_fits_is_shown_at_once(visitor: httpx.Client, text: str, vessel_id: str) -> None:
    answer = visitor.get("/vessels", params={"q": text})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/vessels/{vessel_id}")


@pytest.mark.parametrize("name", ["gulf star", "ocean lily", str(TANZANIA), str(COMOROS)])
def test_old_names_and_radios_find_the_hull(made: httpx.Client, name: str) -> None:
    assert made.get("/vessels", params={"q": name}).headers["location"] == f"/vessels/imo:{HULL}"


def test_several_that_fit_are_told_apart(made: httpx.Client) -> None:
    page = made.get("/vessels", params={"q": "tug"}).text
    assert "2 vessels fit “tug”" in text_of(page)
    assert re.findall(r'href="(/vessels/imo[^"]*)"', page) == [f"/vessels/imo:{FIRST}", f"/vessels/imo:{SECOND}"]


def test_a_candidate_shows_its_old_names(made: httpx.Client) -> None:
    page = made.get("/vessels", params={"q": "u"}).text
    assert "before: GULF STAR, OCEAN LILY" in text_of(page)
    assert "TZ, KM" in text_of(page)


@pytest.mark.parametrize("text", ["%", "_", "*", "lu_a", "nobody at all", "99999999999", "<script>alert(1)</script>"])
def test_nothing_in_a_question_stands_for_anything_else(visitor: httpx.Client, text: str) -> None:
    page = visitor.get("/vessels", params={"q": text})
    assert page.status_code == 200
    assert f"fits “{' '.join(text.split())}”" in text_of(page.text)
    assert "<script>alert" not in page.text


def test_the_list_has_pages(visitor: httpx.Client) -> None:
    assert "Pages of vessels" not in visitor.get("/vessels?q=synth").text
    assert visitor.get("/vessels?page=999999999999").status_code == 200
    assert visitor.get("/vessels?page=-1").status_code == 200


@pytest.mark.parametrize(
    "vessel_id",
    [
        "imo:1234567",
        "imo:9208124x",
        "luna",
        "mmsi:636990004",
        "mmsi:677000001/3",
        "%20",
        "..%2f..%2fetc",
        "imo:" + "9" * 40,
    ],
)
def test_a_vessel_that_is_not_known_is_not_found(visitor: httpx.Client, vessel_id: str) -> None:
    assert visitor.get(f"/vessels/{vessel_id}").status_code == 404


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        pytest.param("<h1>", "BELLA imo:9208124", id="name and id"),
        pytest.param("<h1>", "tanker, 176 m long", id="type and length"),
        pytest.param("<h1>", "2020-04-26 00:00 – 2020-07-04 09:13 UTC", id="first and last heard"),
        pytest.param(">Lists<", "listed eu-annex-xlii since 2025-05-21 , as SKY RIDER", id="list and since when"),
        pytest.param(">Lists<", "listed after it was last heard", id="listed later"),
        pytest.param(">Timeline<", "59 days · 62 within reach", id="gap with its reach"),
        pytest.param(">Timeline<", "9 possible", id="possible meetings together"),
        pytest.param(">Timeline<", "as a table Lane From (UTC) Until What Names", id="table of the drawing"),
        pytest.param('id="alerts"', "Liberian-flagged tanker, unheard near Iran, to Venezuela", id="alerts"),
        pytest.param('id="voyages"', "Fujairah offshore anchorage (AE) confidence 3 of 4", id="call"),
        pytest.param('id="voyages"', "no AIS heard for 59 days no AIS heard since 2020-07-04 09:13", id="gaps since"),
        pytest.param('id="identity"', "declares IMO 9208124, check digit right", id="why one hull"),
        pytest.param(
            'id="events"', "others around were still heard when it fell silent; 4,666 nm from end to end", id="events"
        ),
    ],
)
def test_a_life_shows(visitor: httpx.Client, heading: str, words: str) -> None:
    assert words in section(visitor.get(f"/vessels/{BELLA}").text, heading)


def test_the_links_lead_to_replay_and_geojson(visitor: httpx.Client) -> None:
    page = html.unescape(visitor.get(f"/vessels/{BELLA}").text)
    assert f'href="/api/vessels/{BELLA}/track.geojson"' in page
    assert 'href="/api/events.geojson?vessel=imo%3A9208124"' in page
    gap = "from=2020-05-01T09%3A00Z&to=2020-07-03T12%3A00Z#t=2020-05-03T09:00Z&ship=imo:9208124"
    assert f'href="/replay?vessel=imo%3A9208124&{gap}"' in page


def test_what_lay_between_two_calls_is_told(visitor: httpx.Client) -> None:
    told = section(visitor.get("/vessels/imo:9283758").text, 'id="voyages"')
    assert re.search(r"Guaraguao.*71 days ([\d,]+ nm) by the shortest way over the sea no AIS heard for 71 days", told)


@pytest.mark.parametrize(
    ("kind", "count"), [("seen", 15), ("all", 50), ("gap", 2), ("port_visit", 1), ("interference", 0), ("x'--", 0)]
)
def test_events_are_shown_by_kind(visitor: httpx.Client, kind: str, count: int) -> None:
    page = visitor.get(f"/vessels/{BELLA}", params={"kind": kind}).text
    assert len(re.findall(r'<tr id="event-', page)) == count
    assert ("of 149" in text_of(page)) == (kind == "all")


def test_events_have_pages(visitor: httpx.Client) -> None:
    pages = [visitor.get(f"/vessels/{BELLA}?kind=all&page={number}").text for number in (1, 2, 3)]
    ids = [event for page in pages for event in re.findall(r'<tr id="event-(\w+)', page)]
    assert (len(ids), len(set(ids))) == (149, 149)


def test_a_changed_identity_shows_before_and_after(made: httpx.Client) -> None:
    page = made.get(f"/vessels/imo:{HULL}").text
    assert "after TZ" in section(page, "<h1>")
    assert "Names before GULF STAR, OCEAN LILY" in section(page, "<h1>")
    chain = section(page, 'id="identity"')
    assert f"another radio, same IMO {HULL}, check digit right" in chain
    assert "What does not fit" in chain
    assert f"IMO {HULL + 1} has a wrong check digit" in chain


def test_a_radio_of_two_hulls_leads_to_the_other(made: httpx.Client) -> None:
    assert f'<a href="/vessels/imo:{SECOND}">TUG TWO</a>' in made.get(f"/vessels/imo:{FIRST}").text


@pytest.mark.parametrize("path", ["/vessels?q=u", f"/vessels/imo:{HULL}", f"/vessels/imo:{HULL}?kind=all"])
def test_a_hostile_name_stays_text(made: httpx.Client, path: str) -> None:
    page = made.get(path).text
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page
    assert not re.search(r"<[^>]*\sstyle=|<[^>]*\son\w+=", page)


def test_a_name_that_is_only_alike_is_not_confirmed(own_served: Served) -> None:
    lists = own_served.site.ws.own_rules / "lists"
    lists.mkdir(parents=True)
    line = "imo,mmsi,name,listed_at,delisted_at,source,note\n,538999999,SYNTH COMPLETE,2019-01-01,,made,\n"
    (lists / "made-list.csv").write_text(line, encoding="utf-8")
    with visiting(own_served) as client:
        told = section(client.get("/vessels/imo:9999967").text, ">Lists<")
    assert "not confirmed made-list since 2019-01-01" in told
    assert "only the name is alike" in told


def event(kind: str, day: float, end: float | None, **more: Any) -> dict[str, Any]:
    """Return a public event of the ship `me`, from one day of May 2020 to another."""
    at = {
        name: None if d is None else (BEGIN + timedelta(days=d)).isoformat()
        for name, d in (("start_at", day), ("end_at", end))
    }
    place = {"start_lat": 25.0, "start_lon": 57.0, "end_lat": 25.0, "end_lon": 57.0}
    other = dict.fromkeys(("other_vessel_id", "other_name", "other_mmsi", "zone_id", "zone"))
    who = {"vessel_id": "me", "name": "ME", "mmsi": 1, "event_id": f"{kind}{day}"}
    return {"kind": kind, **at, **place, **other, **who, "details": {}, **more}


LIFE: dict[str, Any] = {"vessel_id": "me", "names": [], "flags": [], "chain": []}


def test_nothing_known_is_no_drawing() -> None:
    assert draw_timeline(LIFE, [], [], BEGIN) is None


def test_an_open_gap_lasts_to_the_end_of_the_data() -> None:
    drawn = draw_timeline(LIFE, [event("gap", 0, None)], [], BEGIN + timedelta(days=10))
    assert drawn is not None
    (gap,) = drawn.spans["Gaps"]
    assert (gap.from_at, gap.to_at, gap.label) == (BEGIN, BEGIN + timedelta(days=10), "10 days")


def test_no_bar_covers_another_and_those_without_room_are_counted() -> None:
    together = [event("encounter", 0, 9, event_id=str(k)) for k in range(7)]
    after = [event("encounter", 9.5, 10, event_id="after")]
    drawn = draw_timeline(LIFE, [*together, *after], [], BEGIN + timedelta(days=10))
    assert drawn is not None
    (lane,) = drawn.lanes
    assert (lane.left_out, len(lane.bars)) == (1, 7)
    rows: dict[int, list[Any]] = {}
    for bar in lane.bars:
        rows.setdefault(bar.y_px, []).append(bar)
    for bars in rows.values():
        for a, b in pairwise(bars):
            assert a.x_percent + a.width_percent <= b.x_percent


def test_meetings_that_are_only_possible_are_one_bar_where_they_overlap() -> None:
    events = [event("possible_encounter", a, b) for a, b in ((0, 3), (2, 5), (8, 9))]
    drawn = draw_timeline(LIFE, events, [], BEGIN + timedelta(days=10))
    assert drawn is not None
    assert [span.label for span in drawn.spans["Meetings"]] == ["2 possible", "1 possible"]


@pytest.mark.parametrize(
    ("hours", "first", "count"),
    [
        pytest.param(0.1, "1 May 00:00", 2, id="minutes"),
        pytest.param(8, "1 May 00:00", 9, id="hours"),
        pytest.param(24 * 7, "1 May 2020", 8, id="a week"),
        pytest.param(24 * 90, "11 May 2020", 6, id="three months"),
        pytest.param(24 * 365, "May 2020", 7, id="a year"),
        pytest.param(24 * 365 * 30, "Jan 2020", 7, id="thirty years"),
    ],
)
def test_an_axis_has_few_words(hours: float, first: str, count: int) -> None:
    ticks = make_axis(BEGIN, BEGIN + timedelta(hours=hours)).ticks()
    assert (len(ticks), ticks[0].words if ticks else "") == (count, first)
    assert [t.x_percent for t in ticks] == sorted(t.x_percent for t in ticks)


def test_a_shift_within_a_port_is_no_voyage() -> None:
    stopped = {"confidence": 4}
    calls = [event("port_visit", *days, details=stopped) for days in ((0, 1), (0.99, 2), (9, 10))]
    assert [row["between"] is not None for row in voyages_of(calls, "me")] == [False, False, True, True]
    drawn = draw_timeline(LIFE, calls, [], BEGIN + timedelta(days=10))
    assert drawn is not None
    assert [(span.from_at, span.to_at) for span in drawn.spans["Voyages"]] == [
        (BEGIN + timedelta(days=2), BEGIN + timedelta(days=9))
    ]


def test_voyages_have_the_way_and_what_happened_on_it() -> None:
    zone = {"id": "z", "name": "Z", "country": "AE", "kind": "port"}
    far = {"start_lat": 10.0, "start_lon": -68.0, "end_lat": 10.0, "end_lon": -68.0}
    events = [
        event("port_visit", 0, 1, zone=zone, details={"confidence": 3}),
        event("gap", 2, 9),
        event("gap", 31, 32),
        event("port_visit", 30, 31, zone=zone, details={"confidence": 2}, **far),
    ]
    first, second, since = voyages_of(events, "me")
    assert first["between"] is None
    assert (second["between"]["hours"], len(second["between"]["gap"])) == (24 * 29, 1)
    assert 7_000 < second["between"]["direct_nm"] < 12_000
    assert (since["call"], since["between"]["direct_nm"], len(since["between"]["gap"])) == (None, None, 1)
