"""Reading the events of Global Fishing Watch: each kind, each missing value, and lines that are none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sources.gfw_cases import (
    ALL,
    ENCOUNTER,
    GAP,
    LOITERING,
    PORT_VISIT,
    changed,
    seen_from_the_other_ship,
    write_events,
)
from watch.readers import read_file
from watch.readers.gfw import parse_event


def read(path: Path) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Return the events of a file, and why its other lines are none."""
    source = read_file(path)
    assert source.format == "gfw"
    batches = list(source.batches)
    events = [event for batch in batches for event in batch.events]
    reasons = {row["line"]: row["reason"] for batch in batches for row in batch.rejects.to_pylist()}
    assert sum(batch.rows_read for batch in batches) == len(reasons), "an event is no row"
    return events, reasons


def test_every_kind_is_read_with_units_in_its_names(tmp_path: Path) -> None:
    events, reasons = read(write_events(tmp_path / "page.jsonl", *ALL))
    assert reasons == {}
    gap, encounter, loitering, visit = events
    assert (gap["kind"], gap["mmsi"], gap["other_mmsi"]) == ("gap", 636990301, None)
    assert gap["start_at"] == datetime(2020, 5, 4, 1, 45, 37, tzinfo=UTC)
    assert (gap["start_lat"], gap["end_lat"], gap["end_lon"]) == (10.1, 10.42, 60.93)
    assert gap["details"] == {
        "origin": "gfw",
        "found_by": "Global Fishing Watch",
        "their_id": "gap-0001",
        "their_name": "MADE FAR",
        "their_flag": "LBR",
        "their_type": "bunker_or_tanker",
        "open": False,
        "coverage": "unknown",
        "duration_h": 30.0,
        "distance_nm": 50.0,
        "implied_kn": 1.67,
        "judged_intentional": True,
        "satellite_fixes_12h": 14.0,
        "satellite_fixes_per_day": 104.9,
        "start_shore_nm": 373.11,
        "end_shore_nm": 400.65,
        "start_port_nm": 548.1,
        "end_port_nm": 569.35,
    }
    assert (encounter["mmsi"], encounter["other_mmsi"]) == (518990302, 636990301)
    assert (encounter["details"]["median_distance_m"], encounter["details"]["median_kn"]) == (40.0, 0.62)
    assert (encounter["details"]["their_name"], encounter["details"]["their_other_name"]) == ("MADE NEAR", "MADE FAR")
    told = {name: loitering["details"][name] for name in ("duration_h", "mean_kn", "distance_nm", "shore_nm")}
    assert told == {"duration_h": 12.0, "mean_kn": 0.83, "distance_nm": 10.0, "shore_nm": 50.0}
    assert (visit["details"]["confidence"], visit["details"]["their_port_name"]) == (4, "KHARK")
    assert (visit["start_lat"], visit["end_lat"]) == (29.24, 29.241)


def test_both_rows_of_an_encounter_are_the_same_event() -> None:
    assert parse_event(ENCOUNTER) == parse_event(seen_from_the_other_ship(ENCOUNTER))


@pytest.mark.parametrize("end", [None, ""], ids=["null", "empty"])
def test_a_gap_without_an_end_is_open(end: str | None) -> None:
    gap = parse_event(changed(GAP, end=end, gap__onPosition=None))
    assert (gap["end_at"], gap["end_lat"], gap["details"]["open"]) == (None, None, True)
    assert "duration_h" not in gap["details"]


def test_a_port_visit_is_also_known_by_its_other_spelling() -> None:
    other = {key: value for key, value in PORT_VISIT.items() if key != "port_visit"}
    assert parse_event({**other, "type": "PORT_VISIT", "portVisit": PORT_VISIT["port_visit"]}) == parse_event(
        PORT_VISIT
    )


@pytest.mark.parametrize(
    ("event", "absent"),
    [
        (changed(GAP, gap__distanceKm=None, gap__impliedSpeedKnots="NaN"), {"distance_nm", "implied_kn"}),
        (changed(GAP, gap__distanceKm="far", gap__impliedSpeedKnots=True), {"distance_nm", "implied_kn"}),
        (changed(GAP, gap__intentionalDisabling=None, vessel__name=None), {"judged_intentional", "their_name"}),
        (changed(GAP, gap=None, distances=None), {"distance_nm", "start_shore_nm", "judged_intentional"}),
        (changed(PORT_VISIT, port_visit__confidence="9", port_visit__startAnchorage=[]), {"confidence", "at_dock"}),
        (changed(LOITERING, distances={}, loitering=[]), {"shore_nm", "mean_kn"}),
    ],
    ids=["nulls", "not_numbers", "no_judgement", "no_block", "odd_confidence", "lists_for_objects"],
)
def test_what_is_missing_is_missing(event: dict[str, Any], absent: set[str]) -> None:
    assert not absent & parse_event(event)["details"].keys()


def test_a_place_off_the_earth_is_no_place() -> None:
    gap = parse_event(changed(GAP, gap__offPosition={"lat": 91, "lon": 0}, position={"lat": None, "lon": 3}))
    assert (gap["start_lat"], gap["start_lon"]) == (None, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{broken", "is no JSON"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "is no JSON"),
        (changed(GAP, type="fishing"), "type that is not kept"),
        (changed(GAP, type=None), "type that is not kept"),
        (changed(GAP, id=None), "has no id"),
        (changed(GAP, id="x" * 5000), "has no id"),
        (changed(GAP, id="\ud800"), "holds half a character"),
        (changed(GAP, start=None), "has no start"),
        (changed(GAP, start="yesterday"), "a time that is none"),
        (changed(GAP, start=17), "a time that is none"),
        (changed(GAP, end="9999-12-31T23:59:59-23:59"), "a time that is none"),
        (changed(GAP, start="1970-01-01T00:00:00Z"), "before 1990"),
        (changed(GAP, end="2020-05-03T00:00:00Z"), "ends before it begins"),
        (changed(GAP, start="2011-01-01T00:00:00Z"), "longer than three years"),
        (changed(GAP, vessel__ssvid="12345"), "no MMSI of a ship"),
        (changed(GAP, vessel__ssvid="002190064"), "no MMSI of a ship"),
        (changed(GAP, vessel__ssvid="６３６９９０３０１"), "no MMSI of a ship"),
        (changed(GAP, vessel=None), "no MMSI of a ship"),
        (changed(ENCOUNTER, encounter__vessel={"ssvid": None}), "other ship has no MMSI"),
        (changed(ENCOUNTER, encounter__vessel=ENCOUNTER["vessel"]), "meets itself"),
        (changed(ENCOUNTER, encounter=None), "other ship has no MMSI"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else None,
)
def test_a_line_that_is_no_event_is_a_reject_and_stops_no_other(tmp_path: Path, line: Any, reason: str) -> None:
    events, reasons = read(write_events(tmp_path / "page.jsonl", GAP, line, LOITERING))
    assert [event["their_id"] for event in events] == ["gap-0001", "loiter-0003"]
    assert list(reasons) == [2]
    assert reason in reasons[2]


def test_hostile_texts_are_cut_short_and_kept_as_they_are() -> None:
    gap = parse_event(changed(GAP, vessel__name="<script>\x1b[31m" + "A" * 10_000))
    assert len(gap["details"]["their_name"]) == 100
