"""The life of an alert: every state with everything that can happen to it."""

from __future__ import annotations

import pytest

from watch.alert_life import BY_HAND, BY_RULE, LIFE, STATUSES, refusal

# state before → what happened → state after and what it is called, or why not
TABLE = {
    "open": {
        "reworded": "open, changed",
        "evidence": "open, changed",
        "escalated": "open, changed",
        "gone": "withdrawn, withdrawn",
        "ack": "acknowledged, acknowledged",
        "close": "closed, closed",
        "reopen": "no: is open already",
    },
    "acknowledged": {
        "reworded": "acknowledged, changed",
        "evidence": "acknowledged, changed",
        "escalated": "open, reopened",
        "gone": "withdrawn, withdrawn",
        "ack": "no: is acknowledged already",
        "close": "closed, closed",
        "reopen": "open, reopened",
    },
    "closed": {
        "reworded": "closed, changed",
        "evidence": "open, reopened",
        "escalated": "open, reopened",
        "gone": "withdrawn, withdrawn",
        "ack": "no: is closed; reopen it first",
        "close": "closed, closed",
        "reopen": "open, reopened",
    },
    "withdrawn": {
        "reworded": "open, reopened",
        "evidence": "open, reopened",
        "escalated": "open, reopened",
        "gone": "never asked",
        **dict.fromkeys(
            BY_HAND,
            "no: is withdrawn: its rule no longer raises it, so there is nothing to decide; it opens if it is raised"
            " again",
        ),
    },
    None: dict.fromkeys(("reworded", "evidence", "escalated"), "open, raised"),
}
CASES = [(status, what, after) for status, row in TABLE.items() for what, after in row.items()]


@pytest.mark.parametrize(("status", "what", "after"), CASES, ids=[f"{s}-{w}" for s, w, _ in CASES])
def test_what_follows(status: str, what: str, after: str) -> None:
    if after == "never asked":
        assert (status, what) not in LIFE
    elif what in BY_HAND and after.startswith("no: "):
        assert f"no: {refusal(status, what)}" == after
    else:
        assert ", ".join(LIFE[status, what]) == after
        assert refusal(status, what) == ""


def test_the_table_above_has_every_state_and_all_that_can_happen() -> None:
    assert {status: set(TABLE[status]) for status in STATUSES} == {status: {*BY_RULE, *BY_HAND} for status in STATUSES}
    assert LIFE.keys() <= {(status, what) for status, what, _ in CASES}
