"""Silences as people see them: whether they stand, and how many alerts each keeps from being told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from watch.store.silences import Silence


def silence_rows(
    silences: Iterable[Silence], told: Iterable[Mapping[str, Any]], clock: datetime | None
) -> list[dict[str, Any]]:
    """Return silences as JSON shows them, each with its `state` and how many `alerts` fall under it.

    Parameters
    ----------
    silences
        As `read_silences` returns them.
    told
        The alerts, each with the silence it falls under.
    clock
        The time of the data; UTC.
    """
    held = Counter(alert["silenced"]["silence_id"] for alert in told if alert["silenced"])
    return [{**s.public(), "state": state_of(s, clock), "alerts": held[s.silence_id]} for s in silences]


def state_of(silence: Silence, clock: datetime | None) -> str:
    """Return whether a silence `stands`, is `over` by the data's clock, or was `ended` by hand."""
    if silence.ended_at is not None:
        return "ended"
    return "over" if clock is not None and silence.until_at <= clock else "stands"
