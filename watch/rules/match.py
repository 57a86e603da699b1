"""What matching gives: a rule that fits one vessel or one cargo, and the events that make it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from watch.rules.forms import Level
from watch.rules.model import Verdict

#: How a ship came by the cargo: loaded it, took it over in a meeting (or one that nobody saw), or called where it lay.
Custody = Literal["loaded", "meeting", "possible meeting", "port"]


@dataclass(frozen=True)
class StepMatch:
    """One step and the event it took, with the zone the step is about."""

    step_id: str
    event: dict[str, Any]
    zone_id: str | None


@dataclass(frozen=True)
class Hand:
    """One ship of a cargo's chain: how it came by the cargo, and the step with which it did.

    Attributes
    ----------
    event
        The event on this ship's own timeline.
    """

    custody: Custody
    step_id: str
    event: dict[str, Any]


@dataclass(frozen=True)
class Match:
    """A rule that fits one vessel or one cargo.

    Attributes
    ----------
    vessel_id
        The vessel; of a cargo the ship of its first step.
    anchor_id
        The event that gives the alert its identity: the first required step's event; with `early` the one
        with which the alert first spoke.
    missing
        Ids of the required steps that have not come, in order.
    unfilled
        Ids of the optional steps for which nothing was seen.
    until_at
        Until when a sequence may still become whole; None for a single event.
    as_of
        The data's clock when this was judged.
    hands
        The ships of a cargo's chain, in order; empty for a match about one vessel.
    """

    rule_id: str
    verdict: Verdict
    level: Level
    vessel_id: str
    anchor_id: str
    steps: tuple[StepMatch, ...]
    missing: tuple[str, ...]
    unfilled: tuple[str, ...]
    until_at: pd.Timestamp | None
    as_of: pd.Timestamp
    hands: tuple[Hand, ...] = ()


def match_span(match: Match) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the time whose measures are wanted: an open match lasts until it can no longer be whole."""
    start_at = min(step.event["start_at"] for step in match.steps)
    latest = max(step.event["end_at"] or match.as_of for step in match.steps)
    if match.missing:
        latest = max(latest, match.as_of)
    if match.until_at is not None:
        latest = min(latest, max(match.until_at, match.steps[-1].event["start_at"]))
    return start_at, max(start_at, latest)
