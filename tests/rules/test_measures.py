"""Which measures were in force when: half-open, disputed ones named."""

from __future__ import annotations

import pandas as pd
import pytest

from watch.rules.measures import load_measures, load_red_flags, measures_in_force

MEASURES = load_measures()

CASES = {
    "un_arms_on_its_last_day": ("UN-IR-ARMS-2231", "2020-10-17T23:59:59Z", "2020-10-17T23:59:59Z", True),
    "un_arms_at_its_end": ("UN-IR-ARMS-2231", "2020-10-18T00:00Z", "2020-10-18T00:00Z", False),
    "eo_13949_before": ("US-IR-EO13949", "2020-09-20T23:59:59Z", "2020-09-20T23:59:59Z", False),
    "eo_13949_on_the_day": ("US-IR-EO13949", "2020-09-21T00:00Z", "2020-09-21T00:00Z", True),
    "snapback_claim_a_second_earlier": (
        "US-CLAIM-SNAPBACK-2020",
        "2020-09-19T23:59:59Z",
        "2020-09-19T23:59:59Z",
        False,
    ),
    "snapback_claim_from_midnight": ("US-CLAIM-SNAPBACK-2020", "2020-09-20T00:00Z", "2020-09-20T00:00Z", True),
    "licence_to_the_minute_before": ("US-VE-GL44A", "2024-05-31T04:00Z", "2024-05-31T04:00Z", True),
    "licence_to_the_minute_after": ("US-VE-GL44A", "2024-05-31T04:01Z", "2024-05-31T04:02Z", False),
    "begins_inside": ("US-IR-IRISL-NPWMD", "2020-05-15T00:00Z", "2020-06-24T00:00Z", True),
    "over_before": ("US-VE-GL44A", "2025-01-01T00:00Z", "2025-02-01T00:00Z", False),
}


@pytest.mark.parametrize("measure_id,start,end,expected", CASES.values(), ids=CASES.keys())
def test_in_force(measure_id: str, start: str, end: str, expected: bool) -> None:
    found = measures_in_force([measure_id], MEASURES, pd.Timestamp(start), pd.Timestamp(end))
    assert [m["measure_id"] for m in found] == [measure_id] * expected


def test_beginning_and_end_inside_the_match_are_marked() -> None:
    span = pd.Timestamp("2020-05-15T00:00Z"), pd.Timestamp("2020-06-24T00:00Z")
    irisl, listed = measures_in_force(["US-IR-IRISL-NPWMD", "US-IR-2018"], MEASURES, *span)
    assert (irisl["begins_during"], irisl["ends_during"]) == ("2020-06-08T00:00:00Z", None)
    assert (listed["begins_during"], listed["ends_during"]) == (None, None)
    span = pd.Timestamp("2024-05-30T00:00Z"), pd.Timestamp("2024-06-02T00:00Z")
    (licence,) = measures_in_force(["US-VE-GL44A"], MEASURES, *span)
    assert licence["ends_during"] == "2024-05-31T04:01:00Z"


@pytest.mark.parametrize("measure_id", [m.measure_id for m in MEASURES.values() if m.disputed])
def test_disputed_measures_say_who_claims_them(measure_id: str) -> None:
    measure = MEASURES[measure_id]
    (found,) = measures_in_force([measure_id], MEASURES, measure.start_at, measure.start_at)
    assert found["disputed"] is True
    assert "claimed by" in str(found["claim"])


def test_the_contested_snapbacks_are_disputed() -> None:
    disputed = {m.measure_id for m in MEASURES.values() if m.disputed}
    assert disputed == {"US-CLAIM-SNAPBACK-2020", "UN-IR-SNAPBACK-2025", "CN-RU-2231-END"}


def test_only_cited_measures_count_once_in_the_order_cited() -> None:
    now = pd.Timestamp("2020-06-01T00:00Z")
    found = measures_in_force(["US-VE-PDVSA", "US-IR-2018", "US-VE-PDVSA", "NO-SUCH"], MEASURES, now, now)
    assert [m["measure_id"] for m in found] == ["US-VE-PDVSA", "US-IR-2018"]


def test_every_measure_has_an_interval_that_is_not_empty() -> None:
    assert len(MEASURES) == 43
    assert [m.measure_id for m in MEASURES.values() if m.end_at is not None and m.end_at <= m.start_at] == []


def test_red_flags_carry_their_source() -> None:
    flags = load_red_flags()
    assert flags["US4z"] == "Ship-to-ship transfer in a high-risk area (US advisory 2020; OFAC 2025)"
    assert len(flags) == 23
