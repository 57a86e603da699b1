"""Reporting: what a digest tells somebody since the one before, read at one moment; and the digest kept in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from watch.alert_maps import Progress, draw_maps
from watch.digest import Digest, told_in_full, write_digest
from watch.rule_families import rule_families
from watch.settings import Recipient
from watch.store.runs import last_digest, save_digest
from watch.store.silences import read_silences, silenced_by
from watch.store.since import count_loads, data_clock, one_moment, read_standing
from watch.telling import Changes, Filters, Place, sort_changes
from watch.warned import data_warnings, rule_warnings, told_by, told_details
from watch.workspace import Workspace


@dataclass(frozen=True)
class Gathered:
    """What is to be told, and what is kept of it for the next digest.

    Attributes
    ----------
    digest
        Without its maps.
    news
        Whether it tells anything that the one before did not: a change of an alert, or a warning.
    after_id
        The digest before; 0 when there is none.
    last_seq, details
        As `save_digest` keeps them.
    """

    digest: Digest
    news: bool
    after_id: int
    last_seq: int
    details: dict[str, Any]


def gather(
    ws: Workspace, at: datetime, recipient: Recipient | None = None, *, web_url: str = "", synthetic: bool = False
) -> Gathered:
    """Return what a digest has to tell since the one before.

    Parameters
    ----------
    ws
        The workspace.
    at
        The time of making it.
    recipient
        Who is told; None for the digest that is kept in a folder.
    web_url
        Where the web page is, for links.
    synthetic
        Whether the tracks were made, not observed.
    """
    zone = ZoneInfo(recipient.timezone) if recipient else UTC
    filters = Filters(recipient.levels, recipient.families, recipient.areas) if recipient else Filters()
    families = rule_families(ws.own_rules)
    with one_moment(ws.engine) as conn:
        last = last_digest(conn, recipient.name if recipient else None)
        place, since = _place(last), last["made_at"] if last else None
        standing = read_standing(conn, place.seq, place.waiting)
        silences = read_silences(conn)
        warnings = data_warnings(conn, last, at) | rule_warnings(conn)
        warned = told_details(conn, warnings)
        files, positions = count_loads(conn, since)
        as_of = data_clock(conn)
    changes = sort_changes(
        standing, place, filters, families, lambda a: silenced_by(a, silences, families) is not None, zone
    )
    known = told_by(last)
    fresh = {key: warning for key, warning in warnings.items() if key not in known or warning["kind"] == "rule"}
    digest = Digest(
        made_at=at,
        as_of=as_of,
        since=since,
        new=changes.new,
        changed=changes.changed,
        withdrawn=changes.withdrawn,
        still_open=changes.still_open,
        health=[{name: warning[name] for name in ("kind", "message")} for warning in fresh.values()],
        counts={"files loaded": files, "positions stored": positions},
        synthetic=synthetic,
        silenced=changes.silenced,
        asked=_asked_words(filters),
        zone=zone,
        web_url=web_url,
    )
    return Gathered(
        digest,
        news=changes.told or not warnings.keys() <= known,
        after_id=last["digest_id"] if last else 0,
        last_seq=standing.last_seq,
        details=_details(changes, filters, families) | warned,
    )


def _place(last: Mapping[str, Any] | None) -> Place:
    if last is None:
        return Place()
    kept = last["details"]
    asked = {name: tuple(values) for name, values in kept.get("filters", {}).items()}
    return Place(last["last_seq"], kept.get("waiting", {}), Filters(**asked), kept.get("families", {}))


def _details(changes: Changes, filters: Filters, families: Mapping[str, str]) -> dict[str, Any]:
    counts = {name: len(getattr(changes, name)) for name in ("new", "changed", "withdrawn", "still_open")}
    return {
        "counts": counts | {"silenced": changes.silenced},
        "filters": {name: list(values) for name, values in vars(filters).items()},
        "families": dict(families) if filters.families else {},
        "waiting": changes.waiting,
    }


def _asked_words(filters: Filters) -> str:
    names = {"levels": filters.levels, "rules": filters.families, "areas": filters.areas}
    return "; ".join(f"{name} {', '.join(values)}" for name, values in names.items() if values)


def make_digest(
    ws: Workspace, folder: Path, at: datetime, progress: Progress, *, keep: bool, synthetic: bool = False
) -> dict[str, Path]:
    """Write the digest since the last one that was kept, and return the paths of its files.

    Parameters
    ----------
    ws
        The workspace.
    folder
        Where `digest.html`, `digest.txt` and `maps/` go.
    at
        The time of making it.
    progress
        Told how far it is.
    keep
        Whether the next digest begins where this one ends; False for a preview.
    synthetic
        Whether the tracks were made, not observed.
    """
    gathered = gather(ws, at, synthetic=synthetic)
    paths = write_digest(with_maps(ws, gathered.digest, folder, progress), folder)
    if keep:
        with ws.engine.begin() as conn:
            save_digest(
                conn,
                made_at=at,
                as_of=gathered.digest.as_of,
                last_seq=gathered.last_seq,
                details=gathered.details,
            )
    return paths


def with_maps(ws: Workspace, digest: Digest, folder: Path, progress: Progress) -> Digest:
    """Draw a map for each alert that is told in full into `maps/` of a folder, and return the digest with them."""
    drawn, faults = draw_maps(ws, told_in_full(digest), folder / "maps", progress, synthetic=digest.synthetic)
    maps = {alert_id: f"maps/{path.name}" for alert_id, path in drawn.items()}
    return replace(digest, maps=maps, health=[*digest.health, *faults])
