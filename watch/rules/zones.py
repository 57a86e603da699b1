"""What the matcher needs of a zone, and whether a zone is one that a rule means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from watch.rules.pattern import ZoneFilter

#: Being here is not being in the country: a country alone never means them, they are asked for by kind or id.
WIDE_KINDS = frozenset({"approach", "chokepoint", "transit", "waters_200nm"})


class Zone(Protocol):
    """The part of a geofence that rules look at."""

    @property
    def zone_id(self) -> str:
        """Its id."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def country(self) -> str:
        """Its state, or several joined with a slash."""

    @property
    def kind(self) -> str:
        """What it is, one of the kinds of geofences."""

    def public(self) -> dict[str, Any]:
        """Return it as it goes out."""


ZoneOf = Callable[[str], Zone | None]


def kind_words(kind: str) -> set[str]:
    """Return the words by which a kind of zone is found: itself and its parts.

    Examples
    --------
    >>> sorted(kind_words("load_port"))
    ['load', 'load_port', 'port']
    """
    return {kind, *kind.split("_")}


def zone_fits(zone: Zone, wanted: ZoneFilter) -> bool:
    """Return whether `zone` is one that the filter means.

    Notes
    -----
    A zone shared by states ("MY/ID") fits each of them. Without `id` or `kind`, a country does not mean the
    wide areas around it (`WIDE_KINDS`).
    """
    if wanted.any_of and not any(zone_fits(zone, other) for other in wanted.any_of):
        return False
    if wanted.id is not None and zone.zone_id not in wanted.id:
        return False
    if wanted.kind is not None and kind_words(zone.kind).isdisjoint(wanted.kind):
        return False
    if wanted.country is None:
        return True
    named = wanted.kind is not None or wanted.id is not None
    return (named or zone.kind not in WIDE_KINDS) and not set(zone.country.split("/")).isdisjoint(wanted.country)
