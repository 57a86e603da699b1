"""A data folder with a few stored events and alerts, and drafts of rules that are tried on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from tests.rules.rule_builders import event, gap, table
from tests.rules.rule_zones import zone_of
from watch.alerts import build_alerts
from watch.rules.loader import load_files
from watch.rules.matcher import match_rule
from watch.rules.measures import load_measures
from watch.rules.model import Rule
from watch.store.alerts import save_alerts
from watch.store.database import open_database
from watch.store.events import replace_slice_events
from watch.store.identities import replace_identities
from watch.store.meta import write_meta
from watch.store.schema import identities

CLOCK = pd.Timestamp("2020-12-01T00:00Z")

DRAFT = """
id: drafted
title: From Iran to Venezuela, unheard on the way
status: experimental
level: high
description: A tanker that called in Iran is not heard for twelve hours and reaches Venezuela.
measures: [US-VE-PDVSA, US-MARADV-2020]
vessel: {type: tanker, flag: LR}
match:
  sequence:
    within: 120d
    steps:
      - {id: load, event: port_visit, zone: {country: IR}}
      - {id: dark, event: gap, where: {duration_h: ">=12h"}}
      - {id: met, event: encounter, optional: true}
      - {id: arrive, event: port_visit, zone: {country: VE}}
    not:
      - {event: port_visit, zone: {country: CN}, between: [load, arrive]}
    early: {after: dark, level: low}
unknown_if: {coverage: lost}
alert: {summary: "{vessel} left {load.zone}"}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
"""


def ship(number: int, **more: Any) -> dict[str, Any]:
    """Return one of the made ships."""
    imo = (9999802, 9999814, 9999826, 9999838, 9999840)[number - 1]
    return {"imo": imo, "mmsi": 636990100 + number, "name": f"SYNTH {number}", **more}


def voyage(number: int, hours: float, to: str = "ve_el_palito", month: int = 3, **more: Any) -> list[dict[str, Any]]:
    """Return a call in Iran in January, a silence, and a call elsewhere."""
    who = ship(number)
    return [
        event("port_visit", f"2020-01-0{number}", "ir_kharg", **who),
        gap("2020-01-20", hours=hours, **who, **more),
        event("port_visit", f"2020-{month:02}-01", to, **who),
    ]


def events() -> list[dict[str, Any]]:
    """Return one voyage that matches, one that nearly does, one too late, one that waits in vain, one in doubt."""
    return [
        *voyage(1, 30),
        event("port_visit", "2020-01-15", "ir_kharg", **ship(1)),
        event("port_visit", "2020-03-09", "ve_jose", **ship(1)),
        *voyage(2, 11.5),
        *voyage(3, 30, month=6),
        *voyage(4, 30, "cn_qingdao"),
        *voyage(5, 30, coverage="lost"),
    ]


def draft(folder: Path, text: str = DRAFT, name: str = "drafted") -> Path:
    """Write a draft of a rule and return its file."""
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path


def read(file: Path) -> Rule:
    """Return the rule of a file without faults."""
    found = load_files([(file, file.name)])
    assert found.faults == ()
    return found.rules[0]


def raised(rule: Rule, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the alerts that a rule raises, as JSON would hold them."""
    found = build_alerts(rule, match_rule(rule, table(*rows), CLOCK, zone_of), load_measures(), zone_of)
    return list(json.loads(json.dumps(found)))


def store(folder: Path, rows: list[dict[str, Any]], alerts: list[dict[str, Any]] | None = None) -> Path:
    """Store events and alerts in a data folder, and return it."""
    engine = open_database(None, folder)
    with engine.begin() as conn:
        replace_slice_events(conn, pd.Timestamp("2019-01-01T00:00Z"), CLOCK, table(*rows))
        named = (
            pd.DataFrame(rows)
            .drop_duplicates("mmsi")
            .assign(seen_at=pd.Timestamp("2019-01-01T00:00Z"), ship_type=80, seg=0)
        )
        columns = [column.name for column in identities.columns]
        replace_identities(conn, named["mmsi"].tolist(), named.reindex(columns=columns))
        write_meta(conn, "projected", {"as_of": CLOCK.isoformat()})
        save_alerts(conn, alerts or [], rule_ids={"drafted"}, at=CLOCK.to_pydatetime())
    engine.dispose()
    return folder
