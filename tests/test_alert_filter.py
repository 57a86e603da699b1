"""Which alerts are found, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.alert_cases import CALL, three_alerts
from watch.alert_filter import SORTS, Wanted, filter_alerts

FAMILIES = {CALL: "listed"}
ONE, TWO, THREE = "aaaa11110000", "aaaa22220000", "bbbb33330000"
ALL = {ONE, TWO, THREE}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def alerts() -> list[dict[str, Any]]:
    life = {"status": "open", "raised_at": "2020-07-12T06:05:00Z"}
    told = [
        {**life, "silenced": None, "updated_at": f"2020-07-{12 + n}T06:05:00Z", **a}
        for n, a in enumerate(three_alerts())
    ]
    told[1] |= {"status": "closed", "silenced": {"silence_id": 1}}
    return told


CASES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing_asked": ({}, ALL),
    "one_status": ({"statuses": ("closed",)}, {TWO}),
    "two_statuses": ({"statuses": ("closed", "open")}, ALL),
    "levels": ({"levels": ("critical", "low")}, {ONE, THREE}),
    "rule": ({"rule_id": CALL}, {TWO}),
    "family": ({"family": "listed"}, {TWO}),
    "a_family_nobody_is_of": ({"family": "dark"}, set()),
    "hull": ({"imo": 9999814}, {TWO}),
    "radio": ({"mmsi": 636990101}, {ONE}),
    "radio_of_a_ship_without_hull": ({"mmsi": 210990001}, {THREE}),
    "flag": ({"flag": "ir"}, {TWO}),
    "country": ({"area": "VE"}, {ONE, TWO}),
    "zone": ({"area": "ir_kharg"}, {ONE}),
    "part_of_a_country_is_none": ({"area": "V"}, set()),
    "ended_before": ({"since_at": day("2020-06-18")}, {TWO, THREE}),
    "evidence_at_that_very_moment": ({"since_at": day("2020-06-21")}, {TWO, THREE}),
    "begun_later": ({"until_at": day("2020-05-01")}, {THREE}),
    "between": ({"since_at": day("2020-06-01"), "until_at": day("2020-06-20")}, {ONE, THREE}),
    "text_of_the_summary": ({"text": "el palito"}, {ONE, TWO}),
    "text_of_a_name": ({"text": "Tanker Two"}, {TWO}),
    "text_that_is_a_pattern": ({"text": ".*"}, set()),
    "silenced": ({"silenced": True}, {TWO}),
    "not_silenced": ({"silenced": False}, {ONE, THREE}),
    "all_must_hold": ({"area": "VE", "levels": ("high",), "statuses": ("open",)}, set()),
}


@pytest.mark.parametrize(("asked", "found"), CASES.values(), ids=CASES)
def test_alerts_are_found_by(asked: dict[str, Any], found: set[str]) -> None:
    assert {alert["alert_id"] for alert in filter_alerts(alerts(), Wanted(**asked), FAMILIES)} == found


def test_a_ship_that_carried_the_cargo_is_found_too() -> None:
    cargo = alerts()[0] | {"ships": [{"imo": 9999826, "mmsi": 1, "name": "CARRIER"}]}
    for asked in ({"imo": 9999826}, {"mmsi": 1}, {"text": "carrier"}):
        assert filter_alerts([cargo], Wanted(**asked), {}) == [cargo]


ORDERS = {
    "gravity": [ONE, TWO, THREE],
    "start": [THREE, ONE, TWO],
    "newest": [TWO, ONE, THREE],
    "changed": [THREE, TWO, ONE],
    "ship": [THREE, ONE, TWO],
    "rule": [THREE, ONE, TWO],
}


@pytest.mark.parametrize(("name", "order"), ORDERS.items(), ids=ORDERS)
def test_orders(name: str, order: list[str]) -> None:
    assert [alert["alert_id"] for alert in sorted(alerts(), key=SORTS[name])] == order


def test_every_order_is_tested() -> None:
    assert ORDERS.keys() == SORTS.keys()
