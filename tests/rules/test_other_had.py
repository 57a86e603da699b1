"""What the other ship of a meeting had done before it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.rule_builders import event, make_rule, make_sequence, meeting, run
from watch.rules.model import Rule

AT_KHARG = {"event": "port_visit", "zone": {"id": "ir_kharg"}, "within": "60d"}
MET = {"id": "met", "event": "encounter", "where": {"looks_like": "transfer"}, "other_had": AT_KHARG}
ARRIVE = {"id": "arrive", "event": "port_visit", "zone": {"country": "BR"}}
OTHER = {"imo": 9999814, "mmsi": 636990202, "vessel_id": "imo:9999814"}
THIRD = {"imo": 9999826, "mmsi": 636990303, "vessel_id": "imo:9999826"}


def to_brazil() -> Rule:
    more = {"not": [{"event": "port_visit", "between": ["met", "arrive"]}]}
    return make_rule(make_sequence([MET, ARRIVE], **more), vessel={"type": "tanker"})


def chain(**changes: Any) -> list[dict[str, Any]]:
    """Return a call of the other ship at Kharg, a meeting with it, and a call of our ship at Santos."""
    at = {"call": "2021-03-01", "met": "2021-03-10", "arrive": "2021-04-10", **changes}
    return [
        event("port_visit", at["call"], "ir_kharg", **OTHER),
        meeting(at["met"], "om_sohar_sts"),
        event("port_visit", at["arrive"], "port_brssz"),
    ]


def test_our_ship_met_one_that_had_called_there() -> None:
    (match,) = run(to_brazil(), *chain())
    assert (match.vessel_id, [step.step_id for step in match.steps]) == ("imo:9999802", ["met", "arrive"])


def test_the_meeting_may_be_told_from_the_other_side() -> None:
    call, _, arrive = chain()
    swapped = meeting("2021-03-10", "om_sohar_sts", **OTHER, other_imo=9999802, other_mmsi=636990101)
    swapped |= {"other_vessel_id": "imo:9999802"}
    assert [m.vessel_id for m in run(to_brazil(), call, swapped, arrive)] == ["imo:9999802"]


@pytest.mark.parametrize(
    "changes",
    [{"call": "2021-03-11"}, {"call": "2021-01-08"}, {"arrive": "2021-03-09"}],
    ids=["call_after_the_meeting", "call_61_days_before", "brazil_before_the_meeting"],
)
def test_what_the_times_forbid(changes: dict[str, str]) -> None:
    assert run(to_brazil(), *chain(**changes)) == []


def test_a_call_sixty_days_before_to_the_hour_counts() -> None:
    assert len(run(to_brazil(), *chain(call="2021-01-09"))) == 1


def test_our_own_call_at_kharg_is_not_the_other_ships() -> None:
    _, met, arrive = chain()
    assert run(to_brazil(), event("port_visit", "2021-03-01", "ir_kharg"), met, arrive) == []


def test_each_ship_that_met_the_same_one_is_an_alert() -> None:
    call, met, arrive = chain()
    second = meeting("2021-03-12", "om_sohar_sts", **THIRD)
    third = event("port_visit", "2021-04-20", "port_brssz", **THIRD)
    assert [m.vessel_id for m in run(to_brazil(), call, met, arrive, second, third)] == ["imo:9999802", "imo:9999826"]
