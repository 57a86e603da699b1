"""The clock on the wall: the one place that asks the time. The core is handed moments and never asks."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time by the clock on the wall, UTC."""
    return _wall()


def _wall() -> datetime:
    """Return the machine's time; tests put another clock in its place."""
    return datetime.now(UTC)
