"""From events to alerts: every rule over one table; pure, and so the same live and in a replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from watch.alerts import build_alerts
from watch.rules.loader import RuleSet
from watch.rules.matcher import match_table
from watch.rules.measures import load_measures
from watch.rules.table import EventTable
from watch.zones.geofences import Zones

Progress = Callable[[str, float], None]


def match_all(
    rules: RuleSet, table: EventTable, as_of: pd.Timestamp, zones: Zones, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Return the alerts that the rules raise over these events.

    Parameters
    ----------
    rules
        The rules, with the vessel lists they were read with.
    table
        The events, laid out with the same zones and lists.
    as_of
        The data's clock.
    zones
        The geofences.
    progress
        Told how far it is.
    """
    measures = load_measures()
    out: list[dict[str, Any]] = []
    for number, rule in enumerate(rules.rules):
        if progress:
            progress("matching rules", number / len(rules.rules))
        out += build_alerts(rule, match_table(rule, table, as_of), measures, zones.by_id.get, table.lists)
    return out
