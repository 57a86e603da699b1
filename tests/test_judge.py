"""Judging some vessels at a time leaves the alerts that judging all of them at once would."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from tests.rules.rule_builders import event, gap, make_rule, make_sequence, meeting, table
from tests.rules.rule_zones import ZONES
from watch.judge import judge, standing_rules
from watch.matching import match_all
from watch.rules.loader import RuleSet
from watch.rules.table import EventTable
from watch.store import runs
from watch.store.alerts import read_alerts
from watch.store.database import open_database
from watch.store.events import read_events, read_met, replace_slice_events
from watch.store.waiting import read_due

DAY, LATER = pd.Timestamp("2020-05-01T00:00Z"), pd.Timestamp("2020-12-01T00:00Z")
SHIPS = {f"imo:{imo}": imo for imo in (9000001, 9000002, 9000003, 9000004)}
LOAD = {"id": "load", "event": "port_visit", "zone": {"country": "IR"}}
ARRIVE = {"id": "arrive", "event": "port_visit", "zone": {"country": "VE"}}
AT_KHOR_FAKKAN = {"event": "port_visit", "zone": {"id": "ae_khor_fakkan_anch"}}
AT_QINGDAO = {"event": "port_visit", "zone": {"id": "cn_qingdao"}}
RULES = RuleSet(
    (
        make_rule(make_sequence([LOAD, ARRIVE], "60d", early={"after": "load", "level": "low"}), id="voyage"),
        make_rule(
            {
                "sequence": {
                    "by": "cargo",
                    "within": "60d",
                    "steps": [LOAD, {"id": "seen", "event": ["gap", "encounter"]}, ARRIVE],
                    "not": [
                        {"event": "port_visit", "zone": {"id": "ae_khor_fakkan_anch"}, "between": ["load", "arrive"]}
                    ],
                    "early": {"after": "seen", "level": "low"},
                    "hands": {"most": 4, "lost_custody": {**AT_QINGDAO, "within": "20d"}},
                }
            },
            id="cargo",
        ),
        make_rule(
            make_sequence([LOAD], "10d", **{"not": [{"event": "port_visit", "after": "load", "lasting": "10d"}]}),
            id="calls-nowhere",
        ),
        make_rule(
            {"event": "encounter", "other_had": {"event": "port_visit", "zone": {"country": "IR"}, "within": "30d"}},
            id="met-one-from-iran",
        ),
        make_rule({"count": {"event": "gap", "min": 2, "within": "20d"}}, id="often-unheard"),
    ),
    (),
)
PLACES = ("ir_kharg", "ve_el_palito", "cn_qingdao", "ae_khor_fakkan_anch")


def who(imo: int, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}imo": imo, f"{prefix}mmsi": 636_000_000 + imo % 10, f"{prefix}vessel_id": f"imo:{imo}"}


def day_words(day: int) -> str:
    return f"{DAY + pd.Timedelta(days=day):%Y-%m-%d}"


def met(day: int, one: int, other: int) -> dict[str, Any]:
    ship, partner = sorted((one, other))
    name = f"m {day} {ship} {partner}"
    return meeting(day_words(day), "my_eopl", event_id=name, **who(ship), **who(partner, "other_"))


def called(day: int, ship: int, place: str) -> dict[str, Any]:
    return event("port_visit", day_words(day), place, event_id=f"c {day} {ship} {place}", **who(ship))


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    day = draw(st.integers(0, 50))
    ship, other = draw(st.permutations(list(SHIPS.values())))[:2]
    kind = draw(st.sampled_from(["port_visit", "meeting", "gap"]))
    if kind == "meeting":
        return met(day, ship, other)
    if kind == "gap":
        return gap(day_words(day), event_id=f"g {day} {ship}", **who(ship))
    return called(day, ship, draw(st.sampled_from(PLACES)))


@st.composite
def voyages(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return a cargo's way over a few ships, by meetings and calls, with a gap, from Iran to Venezuela."""
    days = iter(sorted(draw(st.lists(st.integers(0, 50), min_size=12, max_size=12, unique=True))))
    ships = draw(st.permutations(list(SHIPS.values())))[: draw(st.integers(1, 4))]
    rows = [called(next(days), ships[0], "ir_kharg")]
    for giver, taker in pairwise(ships):
        if draw(st.booleans()):
            rows.append(met(next(days), giver, taker))
        else:
            rows += [called(next(days), giver, "cn_qingdao"), called(next(days), taker, "cn_qingdao")]
    at = day_words(next(days))
    return [*rows, gap(at, event_id=f"g {at}", **who(ships[-1])), called(next(days), ships[-1], "ve_el_palito")]


def step(conn: Connection, now: list[dict[str, Any]], as_of: pd.Timestamp, day: int) -> None:
    """Store the events that are known now in place of those known before, and judge the vessels that it concerns."""
    at = (DAY + pd.Timedelta(days=200 + day)).to_pydatetime()
    begin, end = DAY.to_pydatetime(), (DAY + pd.Timedelta(days=400)).to_pydatetime()
    touched = replace_slice_events(conn, begin, end, typed(now)) | read_due(conn, as_of.to_pydatetime())
    touched |= {a["vessel"]["vessel_id"] for a in read_alerts(conn) if a["verdict"] == "early"}
    scope = touched | read_met(conn, touched)
    seen = read_events(conn, vessel_ids=scope | read_met(conn, scope))  # as rematch reads for what partners had done
    judge(conn, RULES, {rule.id for rule in RULES.rules}, scope, seen, as_of, ZONES, at, lambda *_: None)


def typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    numbers = dict.fromkeys(("mmsi", "imo", "ship_type", "other_mmsi", "other_imo"), "Int64")
    moments = dict.fromkeys(("start_at", "end_at"), "datetime64[us, UTC]")
    degrees = dict.fromkeys(("start_lat", "start_lon", "end_lat", "end_lon", "length_m", "other_length_m"), "float64")
    return table(*rows).astype({**numbers, **moments, **degrees})


def afresh(rows: list[dict[str, Any]], as_of: pd.Timestamp) -> dict[str, Any]:
    laid_out = EventTable(table(*rows), ZONES.by_id.get)
    return {a["alert_id"]: told(a) for a in match_all(RULES, laid_out, as_of, ZONES)}


def told(alert: dict[str, Any]) -> tuple[Any, ...]:
    steps = [(s["id"], s["event_id"]) for s in alert["steps"]]
    return alert["rule_id"], alert["verdict"], alert["level"], steps, [ship["vessel_id"] for ship in alert["ships"]]


@given(voyages(), st.lists(events(), max_size=6), st.data())
def test_any_order_of_arrival_and_departure_ends_as_all_at_once(
    voyage: list[dict[str, Any]], others: list[dict[str, Any]], data: st.DataObject
) -> None:
    rows = list({row["event_id"]: row for row in [*voyage, *others]}.values())
    with TemporaryDirectory() as folder:
        engine = open_database(None, Path(folder))
        as_of = DAY + pd.Timedelta(days=51)
        for day in range(data.draw(st.integers(1, 4))):
            missing = data.draw(st.sets(st.sampled_from(range(len(rows))), max_size=3))
            known = [row for i, row in enumerate(rows) if i not in missing]
            as_of += pd.Timedelta(days=data.draw(st.integers(0, 20)))
            with engine.begin() as conn:
                step(conn, known, as_of, day)
                stored = {a["alert_id"]: told(a) for a in read_alerts(conn) if a["status"] != "withdrawn"}
            assert stored == afresh(known, as_of)
        engine.dispose()


def flood(most: int) -> RuleSet:
    rule = make_rule({"event": "port_visit", "zone": {"country": "IR"}}, id="flood", alert={"most": most})
    return RuleSet((rule,), ())


def judged(engine: Engine, rules: RuleSet, rows: list[dict[str, Any]]) -> list[str]:
    """Judge all ships on these events and return the rules whose alerts stand."""
    with engine.begin() as conn:
        standing = standing_rules(conn, rules)
        ids, ships = {rule.id for rule in standing.rules}, set(SHIPS)
        judge(conn, standing, ids, ships, typed(rows), LATER, ZONES, LATER.to_pydatetime(), lambda *_: None)
        return [alert["rule_id"] for alert in read_alerts(conn) if alert["status"] != "withdrawn"]


def test_a_rule_that_raises_too_much_is_stopped_until_it_is_changed(engine: Engine) -> None:
    calls = [called(day, imo, "ir_kharg") for day, imo in enumerate(SHIPS.values())]
    assert judged(engine, flood(2), calls[:2]) == ["flood"] * 2
    later = [called(day + 20, imo, "ir_kharg") for day, imo in enumerate(SHIPS.values())]
    assert judged(engine, flood(2), [*calls, *later]) == ["flood"] * 2  # as they were
    with engine.begin() as conn:
        (fault,), (note,) = runs.read_rule_faults(conn), runs.read_health(conn)
    assert "raised 6 new alerts in one run, above its cap of 2" in fault.reason
    assert note["kind"] == "rule_stopped"
    assert judged(engine, flood(2), calls) == ["flood"] * 2  # still stopped, although it would raise only two more
    assert judged(engine, flood(10), calls) == ["flood"] * 4


def test_a_rule_by_cargo_that_is_gone_withdraws_what_it_raised(engine: Engine) -> None:
    one, other = (9000001, 9000002)
    rows = [called(0, one, "ir_kharg"), met(5, one, other), gap("2020-05-07", event_id="g", **who(other))]
    rows.append(called(20, other, "ve_el_palito"))
    cargo = RuleSet((RULES.rules[1],), ())
    with engine.begin() as conn:
        replace_slice_events(conn, DAY.to_pydatetime(), (DAY + pd.Timedelta(days=99)).to_pydatetime(), typed(rows))
    assert judged(engine, cargo, rows) == ["cargo"]
    with engine.begin() as conn:
        judge(
            conn, RuleSet((), ()), {"cargo"}, set(SHIPS), typed(rows), DAY, ZONES, DAY.to_pydatetime(), lambda *_: None
        )
        assert [alert["status"] for alert in read_alerts(conn)] == ["withdrawn"]
