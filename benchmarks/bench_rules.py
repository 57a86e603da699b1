"""Time matching a million events of a year of the world's traffic against a hundred rules, on one core.

The events are made: kinds, lengths and places in the shares that a made day and the real sets give, ships that keep
their name and flag, meetings among ships that trade in the same waters. Most lie at ordinary ports; one in thirty
lies at a place of the bundled geofences, which is far more than in real traffic.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
import pandas as pd
from bench_load import machine, versions

from watch.pipeline import bundled_world
from watch.rules.loader import load_rules
from watch.rules.matcher import match_table
from watch.rules.model import Rule
from watch.rules.table import EventTable
from watch.zones.geofences import Zones

LIMIT_S = 30.0
SHIPS, YEAR_S = 20_000, 365 * 86_400
BEGINS = pd.Timestamp("2020-01-01T00:00Z")
KINDS = {
    "zone_visit": 0.52,
    "port_visit": 0.30,
    "gap": 0.07,
    "loitering": 0.03,
    "possible_visit": 0.03,
    "encounter": 0.012,
    "possible_encounter": 0.003,
    "identity_change": 0.01,
    "draught_change": 0.015,
    "destination_change": 0.008,
    "spoof": 0.002,
}
AT_A_FENCE = 1 / 30
FLAGS = ("PA", "LR", "MH", "HK", "SG", "MT", "BS", "CN", "GR", "IR", "KP", "CM", "TZ")
TYPES = ("tanker", "cargo", "passenger", "fishing", "tug", "unknown")


def main() -> int:
    """Run the bench named on the command line; return 1 when the limit is broken at full size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--slowest", type=int, default=5)
    args = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    zones = bundled_world().zones
    ruleset = load_rules(zones=zones)
    rules, events = many(ruleset.rules, args.rules), made_events(args.events, zones)
    as_of = BEGINS + pd.Timedelta(seconds=YEAR_S)
    began = time.process_time()
    table = EventTable(events, zones.by_id.get, ruleset.lists)
    laid_out_s = time.process_time() - began
    spent = []
    for rule in rules:
        since = time.process_time()
        spent.append((len(match_table(rule, table, as_of)), time.process_time() - since, rule.id))
    whole_s = time.process_time() - began
    print(f"{args.events:,} events, {len(rules)} rules ({len(ruleset.rules)} of them different): {whole_s:.1f} s CPU")
    print(f"laying out {laid_out_s:.1f} s; {sum(n for n, _, _ in spent):,} matches; {machine()}; {versions()}")
    for n, rule_s, rule_id in sorted(spent, key=lambda row: -row[1])[: args.slowest]:
        print(f"  {rule_s:6.2f} s  {n:6,} matches  {rule_id}")
    print(f"limit: {LIMIT_S:g} s: {'kept' if whole_s <= LIMIT_S else 'BROKEN'}")
    return int(whole_s > LIMIT_S and args.events >= 1_000_000)


def many(rules: tuple[Rule, ...], wanted: int) -> list[Rule]:
    """Return the rules, again and again with other ids, until there are as many as wanted."""
    return [rules[i % len(rules)].model_copy(update={"id": f"{rules[i % len(rules)].id}-{i}"}) for i in range(wanted)]


def made_events(count: int, zones: Zones, seed: int = 1) -> pd.DataFrame:
    """Return made events, `columns.ATTRIBUTED_COLUMNS`."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(list(KINDS), count, p=np.array(list(KINDS.values())) / sum(KINDS.values()))
    ship = rng.integers(0, SHIPS, count)
    partner = (ship + rng.integers(1, 40, count)) % SHIPS  # ships that trade in the same waters
    meets = np.isin(kinds, ["encounter", "possible_encounter"])
    start_at = BEGINS + pd.to_timedelta(rng.integers(0, YEAR_S, count), unit="s").as_unit("us")
    fenced = rng.random(count) < AT_A_FENCE
    zone = np.where(fenced, rng.choice(zones.table["zone_id"], count), rng.choice(zones.ports["zone_id"], count))
    hours = rng.exponential(20.0, count)
    sides = {**_side("", ship), **{k: np.where(meets, v, None) for k, v in _side("other_", partner).items()}}
    return pd.DataFrame(
        {
            "event_id": [f"{i:016x}" for i in rng.permutation(count)],
            "kind": kinds,
            "start_at": start_at,
            "end_at": start_at + pd.to_timedelta(hours, unit="h").as_unit("us"),
            "start_lat": rng.uniform(-60, 60, count),
            "start_lon": rng.uniform(-180, 180, count),
            "zone_id": np.where(kinds == "identity_change", None, zone),
            "details": [*map(_details, kinds, zone, hours, rng.integers(0, 1000, count))],
            **sides,
        }
    )


def _side(prefix: str, ship: np.ndarray) -> dict[str, np.ndarray]:
    imo = 9_000_000 + ship
    return {
        f"{prefix}mmsi": (636_000_000 + ship).astype(object),
        f"{prefix}imo": imo.astype(object),
        f"{prefix}vessel_id": np.char.add("imo:", imo.astype(str)).astype(object),
        f"{prefix}name": np.char.add("MADE ", ship.astype(str)).astype(object),
        f"{prefix}flag": np.array(FLAGS, object)[ship % len(FLAGS)],
        f"{prefix}type": np.array(TYPES, object)[ship % len(TYPES)],
    }


def _details(kind: str, zone: str, hours: float, draw: int) -> dict[str, object]:
    told: dict[str, object] = {"zone_ids": [zone], "duration_h": hours}
    match kind:
        case "port_visit":
            told |= {"confidence": 1 + draw % 4, "stop_h": hours, "draught_change_m": (draw - 500) / 100}
        case "gap":
            told |= {"coverage": ("heard", "lost", "unknown")[draw % 3], "fixes_12h": draw % 60, "open": False}
        case "zone_visit":
            told |= {"dwell_h": hours, "crossed": draw % 20 == 0}
        case "encounter":
            told |= {"looks_like": ("transfer", "tug", "moored_pair", "bunkering")[draw % 4], "moored": False}
        case "possible_encounter":
            told |= {"confidence": draw % 4, "one_sided": draw % 2 == 0, "coverage_heard": draw % 3 == 0}
        case "possible_visit":
            told |= {"stay_h": hours, "gap_h": hours, "specificity": draw / 1000, "coverage": "heard"}
        case "identity_change":
            told |= {"sub_kind": ("name", "flag", "callsign", "imo", "imo_check_digit")[draw % 5]}
        case "draught_change":
            told |= {"between": ["gap"] if draw % 5 == 0 else ["port_visit"], "draught_change_m": (draw - 500) / 100}
        case "destination_change":
            told |= {"sub_kind": "changed", "before_country": "NL", "after_country": ("BR", "VE", "US")[draw % 3]}
        case "spoof":
            told |= {"sub_kind": ("circle", "hairpin", "held", "stale", "on_land")[draw % 5]}
    return told


if __name__ == "__main__":
    raise SystemExit(main())
