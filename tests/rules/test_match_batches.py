"""Events in any order and in any parts give the alerts of all of them at once: only what they touch is judged anew."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.rule_builders import (
    ARRIVE,
    CN,
    DARK,
    LAST,
    LOAD,
    VE,
    at,
    called,
    event,
    gap,
    make_cargo,
    make_rule,
    make_sequence,
    meeting,
    met,
    silent,
    table,
)
from tests.rules.rule_zones import zone_of
from watch.rules.match import Match
from watch.rules.matcher import match_rule, match_rules, match_table, waiting_until
from watch.rules.model import Rule
from watch.rules.table import EventTable

CALL = {"event": "port_visit", "zone": {"country": "CN"}}
MET = {"event": "encounter"}
EARLY = {"early": {"after": "dark", "level": "low"}}
STEPS = [LOAD, DARK, ARRIVE]
LOST = {"lost_custody": {**CALL, "within": "20d"}, "meetings": MET}
DOUBT = {"unknown_if": {"coverage": "lost"}}
SHIP_RULES = [
    make_rule(make_sequence([LOAD, ARRIVE], "40d", **{"not": [{**CALL, "between": ["load", "arrive"]}]}), id="not"),
    make_rule(make_sequence([LOAD, ARRIVE], "40d", having=[{**MET, "between": ["load", "arrive"]}]), id="having"),
    make_rule(make_sequence(STEPS, "30d", until=CALL, **EARLY), id="until"),
    make_rule(make_sequence([LOAD, DARK, {**ARRIVE, "within": "9d"}], "30d", **EARLY), id="soon", **DOUBT),
    make_rule(
        make_sequence(STEPS, "30d", **EARLY, **{"not": [{**MET, "after": "arrive", "lasting": "12d"}]}), id="waits"
    ),
    make_rule(
        make_sequence([DARK], **{"not": [{"event": "port_visit", "after": "dark", "lasting": "9d"}]}), id="after"
    ),
    make_rule(make_sequence([LOAD, ARRIVE], "40d", after_match="past_first_step"), id="overlapping"),
    make_rule(
        make_sequence([LOAD, ARRIVE], "40d"), id="reflagged", vessel={"flag": {"changed": True, "at": "any_step"}}
    ),
    make_rule({"count": {"event": "gap", "min": 2, "within": "15d"}}, id="count", **DOUBT),
    make_rule({"count": {**MET, "min": 2, "within": "30d", "distinct": "partner"}}, id="partners"),
    make_rule(MET, id="meetings", alert={"group_within": "5d"}),
    make_rule(MET, id="ever", vessel={"flag": {"any_of": ["PA"], "at": "ever"}}),
]
CARGO_RULES = [
    make_rule(make_cargo([LOAD, ARRIVE], "50d", hands=LOST), id="cargo"),
    make_rule(make_cargo(STEPS, "40d", hands={"meetings": MET, "most": 3}, until=CALL, **EARLY), id="cargo-early"),
    make_rule(make_cargo(STEPS, "40d", hands={"meetings": MET}), id="cargo-doubt", **DOUBT),
]

Event = dict[str, Any]
Told = set[tuple[Any, ...]]


def sides(events: Iterable[Event]) -> set[str]:
    return {e[side] for e in events for side in ("vessel_id", "other_vessel_id") if e.get(side)}


class Keeper:
    """Keeps alerts as the store does: those of the judged ships are replaced, all others stand."""

    def __init__(self, ship_rules: Sequence[Rule] = SHIP_RULES, cargo_rules: Sequence[Rule] = CARGO_RULES) -> None:
        self.ship_rules, self.cargo_rules = ship_rules, cargo_rules
        self.events: dict[str, Event] = {}
        self.clock = at("2020-01-01")
        self.standing: dict[tuple[str, str], list[Match]] = {}
        self.due: dict[tuple[str, str], pd.Timestamp] = {}

    def take(self, told: list[Event], gone: Collection[str], clock: pd.Timestamp) -> None:
        """Take new and changed events, forget those that are gone, and judge what that concerns."""
        known = [self.events[name] for name in (*gone, *(e["event_id"] for e in told)) if name in self.events]
        changed = sides([*told, *known])
        before = self.linked(changed) | self.met(changed)
        self.events = {k: e for k, e in self.events.items() if k not in gone} | {e["event_id"]: e for e in told}
        self.clock = max(self.clock, clock)
        hung = {ship for (_, ship), matches in self.standing.items() if any(map(hangs_on_the_clock, matches))}
        hung |= {ship for (_, ship), due_at in self.due.items() if due_at <= self.clock}
        touched = changed | hung
        self.judge(self.ship_rules, touched | self.met(touched) | before)
        self.judge(self.cargo_rules, self.linked(touched) | before)

    def judge(self, rules: Sequence[Rule], ships: set[str]) -> None:
        scope = ships | self.met(ships)
        events = [e for e in self.events.values() if sides([e]) & scope]
        laid_out = EventTable(table(*events), zone_of)
        for rule in rules:
            found = [m for m in match_table(rule, laid_out, self.clock) if m.vessel_id in ships]
            due = waiting_until(rule, laid_out, self.clock)
            for ship in ships:
                self.standing[rule.id, ship] = [m for m in found if m.vessel_id == ship]
                self.due[rule.id, ship] = due.get(ship, LAST)

    def met(self, ships: Collection[str]) -> set[str]:
        return sides(e for e in self.events.values() if sides([e]) & set(ships))

    def linked(self, ships: Collection[str]) -> set[str]:
        """Return the ships to which a cargo of these may have come, or from which theirs came."""
        reached = set(ships)
        while True:
            places = {e["zone_id"] for e in self.events.values() if e["zone_id"] == CN and sides([e]) & reached}
            callers = sides(e for e in self.events.values() if e["zone_id"] in places)
            wider = reached | self.met(reached) | callers
            if wider == reached:
                return reached
            reached = wider

    def told(self) -> Told:
        return {alert(m) for matches in self.standing.values() for m in matches}


def hangs_on_the_clock(match: Match) -> bool:
    return match.verdict == "early" or (match.verdict == "unknown" and bool(match.missing))


def alert(match: Match) -> tuple[Any, ...]:
    """Return what an alert says, without the time at which it was judged."""
    steps = [(s.step_id, str(s.event), s.zone_id) for s in match.steps]
    hands = [(h.custody, h.step_id, str(h.event)) for h in match.hands]
    return (str(replace(match, as_of=LAST, steps=(), hands=())), *steps, *hands)


def afresh(events: Iterable[Event], clock: pd.Timestamp) -> Told:
    return {alert(m) for m in match_rules([*SHIP_RULES, *CARGO_RULES], table(*events), clock, zone_of)}


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[list[Event], list[str], pd.Timestamp]]:
    """Draw batches of events, in any order of time, some told again in another form or taken back."""
    ship, day = st.sampled_from("ABCD"), st.integers(1, 60)
    flag, coverage = st.sampled_from(("LR", "PA")), st.sampled_from(("heard", "heard", "lost"))
    places = st.sampled_from(("ir_kharg", "ir_kharg", "ve_jose", "ve_jose", CN))

    def one(number: int) -> Event:
        begun = f"{pd.Timestamp('2020-01-01') + pd.Timedelta(days=draw(day)):%Y-%m-%d}"
        kind, first = draw(st.sampled_from(("call", "call", "gap", "met"))), draw(ship)
        if kind == "call":
            told = called(begun, first, draw(places))
        elif kind == "gap":
            told = silent(begun, first, coverage=draw(coverage))
        else:
            other = draw(ship.filter(lambda s: s != first))
            told = met(begun, f"{first}{other}", coverage=draw(coverage), other_flag=draw(flag))
        return {**told, "event_id": f"e{number}", "flag": draw(flag)}

    batches, number = [], 0
    for _ in range(draw(st.integers(1, 4))):
        known = draw(st.lists(st.integers(0, number - 1), max_size=2, unique=True)) if number else []
        gone = [f"e{i}" for i in known[:1]]
        again = [one(i) for i in known[1:]]
        new = [one(number + i) for i in range(draw(st.integers(1, 6)))]
        number += len(new)
        batches.append((new + again, gone, at("2020-01-01") + pd.Timedelta(days=draw(st.integers(0, 110)))))
    return batches


@given(histories())
@settings(max_examples=60, deadline=None)
def test_judging_what_is_touched_equals_judging_all(history: list[tuple[list[Event], list[str], pd.Timestamp]]) -> None:
    keeper = Keeper()
    for told, gone, clock in history:
        keeper.take(told, gone, clock)
        assert keeper.told() == afresh(keeper.events.values(), keeper.clock)


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_arrival_does_not_matter(
    history: list[tuple[list[Event], list[str], pd.Timestamp]], rng: random.Random
) -> None:
    keeper = Keeper()
    for told, gone, clock in history:
        keeper.take(told, gone, clock)
    events = list(keeper.events.values())
    rng.shuffle(events)
    cuts = sorted(rng.randrange(len(events) + 1) for _ in range(3)) if events else []
    again = Keeper()
    for begin, end in pairwise([0, *cuts, len(events)]):
        again.take(events[begin:end], [], keeper.clock)
    assert again.told() == keeper.told()


def test_about_which_ship_a_meeting_is_may_hang_on_what_its_partner_did_long_ago() -> None:
    keeper = Keeper([rule for rule in SHIP_RULES if rule.id == "ever"], [])
    flown = [silent("2020-01-02", "A", flag="PA"), silent("2020-01-03", "B", flag="PA"), met("2020-02-01", "AB")]
    for told in (flown, [met("2020-02-05", "BC")]):
        keeper.take(told, [], LAST)
    assert [(m.vessel_id, len(keeper.standing["ever", "C"])) for m in keeper.standing["ever", "A"]] == [("A", 0)]
    assert [m.anchor_id for m in keeper.standing["ever", "B"]] == [met("2020-02-05", "BC")["event_id"]]


def test_a_life_of_an_alert() -> None:
    """It waits, becomes whole, lapses by what comes late, and is whole again when that is taken back."""
    keeper = Keeper([make_rule(make_sequence(STEPS, until=CALL, **EARLY), id="life")], [])
    load, dark, arrive = called("2020-01-02", "A", "ir_kharg"), silent("2020-01-05", "A"), called("2020-02-01", "A", VE)
    ends = called("2020-01-20", "A", CN)
    lives = []
    for told, gone, clock in (
        ([load], [], "2020-01-03"),
        ([dark], [], "2020-01-08"),
        ([arrive], [], "2020-02-02"),
        ([ends], [], "2020-02-02"),
        ([], [ends["event_id"]], "2020-02-02"),
        ([], [load["event_id"]], "2020-02-02"),
    ):
        keeper.take(told, gone, at(clock))
        lives.append([(m.verdict, m.anchor_id) for m in keeper.standing.get(("life", "A"), [])])
    name = load["event_id"]
    assert lives == [[], [("early", name)], [("match", name)], [("lapsed", name)], [("match", name)], []]


_MIXED = [
    *(event("port_visit", f"2020-01-{1 + 3 * i:02}", "ir_kharg", imo=9000000 + i % 3) for i in range(6)),
    *(gap(f"2020-01-{2 + 4 * i:02}", "ir_approaches", imo=9000000 + i % 3, hours=24.0 + i) for i in range(6)),
    *(event("port_visit", f"2020-02-{1 + 5 * i:02}", "ve_jose", imo=9000000 + i % 2) for i in range(4)),
    *(
        meeting(f"2020-01-{5 + 4 * i:02}", "om_sohar_sts", other_imo=9000001, other_vessel_id="imo:9000001")
        for i in range(4)
    ),
]
_RULES = [
    make_rule({"event": "encounter"}, id="meetings", alert={"group_within": "5d"}),
    make_rule(make_sequence([LOAD, {**DARK, "optional": True}, ARRIVE]), id="voyages"),
    make_rule(make_sequence([DARK, ARRIVE], early={"after": "dark", "level": "low"}), id="early"),
]


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(rng: random.Random) -> None:
    shuffled = rng.sample(_MIXED, len(_MIXED))
    as_of = at("2020-03-01")
    expected = match_rules(_RULES, table(*_MIXED), as_of, zone_of)
    assert len(expected) > 4
    assert match_rules(_RULES, table(*shuffled), as_of, zone_of) == expected


def test_rules_together_equal_each_alone() -> None:
    events, as_of = table(*_MIXED), at("2020-03-01")
    alone = [m for rule in _RULES for m in match_rule(rule, events, as_of, zone_of)]
    assert match_rules(_RULES, events, as_of, zone_of) == alone
