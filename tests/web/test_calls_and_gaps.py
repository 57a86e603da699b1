"""Which calls end a voyage, what a call's draught says, and which silences an alert's map shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.serving import Served
from tests.web.test_alert_page import alert_of
from tests.web.test_vessels_page import BEGIN, LIFE, event
from watch.alert_maps import gaps_of
from watch.web.lanes import draw_timeline
from watch.web.vessel_rows import cargo_words, voyages_of


def test_a_port_that_was_passed_ends_no_voyage() -> None:
    days = ((0, 1, 4), (3, 3.01, 1), (9, 10, 2))
    visits = [event("port_visit", a, b, details={"confidence": sure}) for a, b, sure in days]
    rows = voyages_of(visits, "me")
    assert [(row["passage"], row["between"] and row["between"]["hours"]) for row in rows] == [
        (False, None),
        (True, None),
        (False, 24 * 8),
        (False, None),
    ]
    drawn = draw_timeline(LIFE, visits, [], BEGIN + timedelta(days=10))
    assert drawn is not None
    assert len(drawn.spans["Voyages"]) == 1


CHANGE = {"draught_before_m": 10.6, "draught_after_m": 6.6, "draught_change_m": -4.0, "ballast_possible": False}
CARGO = {
    "seen at the call": ((10.6, 6.6), ["call", "sea"], "probably discharged (draught 10.6 → 6.6 m)"),
    "somewhere": (
        (10.6, None),
        ["call", "sea"],
        "probably discharged, here or at 1 other event meanwhile (draught 10.6",
    ),
    "declared later": ((10.6, 10.6), ["call"], "probably discharged (draught 10.6 → 6.6 m)"),
    "elsewhere": ((10.6, 10.6), ["call", "sea"], "draught 10.6 m before and after"),
    "no event of it": ((10.6, 10.2), [], "draught 10.6 → 10.2 m"),
    "not declared": ((None, None), [], ""),
}


@pytest.mark.parametrize(("own", "between", "words"), CARGO.values(), ids=CARGO)
def test_a_call_tells_what_the_draught_says(own: tuple[float, float], between: list[str], words: str) -> None:
    call = {"event_id": "call", "details": {"draught_before_m": own[0], "draught_after_m": own[1]}}
    told = cargo_words(call, [{"details": CHANGE | {"between_ids": between}}])
    assert told.startswith(words)
    assert bool(told) == bool(words)


def test_a_map_draws_the_silences_of_its_alert_alone(demo_served: Served) -> None:
    """A silence that began after the ship had left port is another story than that of the port."""
    ws = demo_served.site.ws
    assert len(gaps_of(ws, alert_of(demo_served, "LUNA"))) == 1
    told = demo_served.site.board.read()
    left = [a for a in told if (a["vessel"]["name"], a["rule_id"]) == ("FAXON", "listed-ship-moving")]
    assert [len(gaps_of(ws, alert)) for alert in left] == [0, 0]
