"""Whoever is told at any moments, with any filters, ends up knowing exactly what they asked for, each thing once."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from watch.store.since import Standing
from watch.telling import Filters, Place, sort_changes

LEVELS = ("critical", "high", "medium", "low")
RULES = {"rule-a": "one", "rule-b": "two"}
IDS = ("a", "b", "c")

moves = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from((*LEVELS, "gone"))), max_size=4)
filters = st.builds(
    Filters,
    levels=st.lists(st.sampled_from(LEVELS), max_size=2, unique=True).map(tuple),
    families=st.lists(st.sampled_from(("one", "two")), max_size=1).map(tuple),
)
days = st.lists(st.tuples(moves, filters, st.booleans(), st.sets(st.sampled_from(IDS), max_size=1)), max_size=8)


def an_alert(alert_id: str, level: str) -> dict[str, Any]:
    rule_id = "rule-a" if alert_id == "a" else "rule-b"
    step = {"id": "s", "start_at": "2020-05-03T00:00:00Z", "end_at": None, "kind": "gap"}
    return {"alert_id": alert_id, "rule_id": rule_id, "level": level, "steps": [step], "status": "open"}


class Sea:
    """The alerts and their history, as the store keeps them."""

    def __init__(self) -> None:
        self.history: list[dict[str, Any]] = []

    def move(self, alert_id: str, level: str) -> None:
        last = self.at(len(self.history)).get(alert_id)
        if level != "gone":
            after = an_alert(alert_id, level)
        elif last is None or last["status"] == "withdrawn":
            return
        else:
            after = {**last, "status": "withdrawn"}
        if after != last:
            self.history.append(after)

    def at(self, seq: int) -> dict[str, dict[str, Any]]:
        return {alert["alert_id"]: alert for alert in self.history[:seq]}

    def standing(self, place: Place) -> Standing:
        now = self.at(len(self.history))
        if place.seq is None:
            return Standing([a for a in now.values() if a["status"] == "open"], {}, len(self.history))
        known = self.at(place.seq)
        for alert_id, seq in place.waiting.items():
            known.pop(alert_id, None)
            known |= {key: alert for key, alert in self.at(seq).items() if key == alert_id}
        return Standing(list(now.values()), known, len(self.history))


@settings(max_examples=200)  # small ones: a second for all
@given(days)
def test_each_thing_is_told_once_and_nothing_is_missed(days: list[Any]) -> None:
    sea, place, known = Sea(), Place(), dict[str, str]()
    for moved, asked, is_told, silenced in days:
        for alert_id, level in moved:
            sea.move(alert_id, level)
        if not is_told:
            continue
        standing = sea.standing(place)
        as_is = {a["alert_id"]: a for a in standing.alerts}
        known = {
            key: level  # what is no longer asked for, neither as it was told nor as it is, is left out
            for key, level in known.items()
            if asked.fit(an_alert(key, level), RULES) or asked.fit(as_is[key], RULES)
        }
        told = sort_changes(standing, place, asked, RULES, lambda a, quiet=silenced: a["alert_id"] in quiet)
        for alert in told.new:
            assert alert["alert_id"] not in known
            assert asked.fit(alert, RULES)
            known[alert["alert_id"]] = alert["level"]
        for alert in told.changed:
            assert known[alert["alert_id"]] != alert["level"]
            known[alert["alert_id"]] = alert["level"]
        for alert in told.withdrawn:
            del known[alert["alert_id"]]
        for alert in told.still_open:
            assert known[alert["alert_id"]] == alert["level"]
        known = {
            key: level for key, level in known.items() if asked.fit(an_alert(key, level), RULES) or key in told.waiting
        }
        now = {a["alert_id"]: a["level"] for a in standing.alerts if a["status"] == "open" and asked.fit(a, RULES)}
        loud = set(IDS) - silenced
        assert {k: v for k, v in known.items() if k in loud} == {k: v for k, v in now.items() if k in loud}
        place = Place(standing.last_seq, told.waiting, asked, RULES)
