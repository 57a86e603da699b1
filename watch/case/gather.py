"""Reading all that belongs to one alert."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from watch.alert_board import read_told_alert
from watch.alert_changes import change_rows
from watch.case.near import near_rows, near_span, shown_rows
from watch.case.rule import country_names, rule_of
from watch.case.ships import tell_ship
from watch.case.story import longest_gap, tell_story
from watch.case.unseen import hours_in_words, missing_steps, part_words, unseen_words
from watch.digest_view import alert_view, by_gravity
from watch.store.alert_rows import read_alerts
from watch.store.events import read_events
from watch.store.history import broken_rows_of, read_history
from watch.store.since import data_clock, one_moment
from watch.vessel_reading import is_known, read_life, read_listings
from watch.views import public_events
from watch.wording import clean
from watch.workspace import Workspace

Told = dict[str, Any]
_SHIPS_MAX = 6  # own: a cargo passes through fewer hands
_OTHERS_MAX = 12  # own


@dataclass(frozen=True)
class Case:
    """One alert with all that somebody needs to judge it; but for `as_of`, plain values.

    Attributes
    ----------
    alert
        In the form of `shipwatch alerts list --json`, with the silence it falls under as `silenced`.
    view
        Its lines as clean text (`digest_view.alert_view`).
    as_of
        The data's clock, UTC.
    story
        The steps (`story.tell_story`).
    silence
        The silence that tells most, as in the story; None without one.
    ships
        The ships (`ships.tell_ship`), and how many more there are.
    near
        Events about the time of the alert (`near.near_rows`), and how many more there are.
    others
        Other alerts of the same vessel, the gravest first, and how many more there are.
    history
        Each change (`alert_changes.change_rows`), the oldest first.
    broken_seqs
        Rows of the history that were changed after they were written.
    rule
        What the rule says of itself (`rule.rule_of`); None when there is no such rule any more.
    """

    alert: Told
    view: Told
    as_of: datetime | None
    story: list[Told]
    silence: Told | None
    ships: list[Told]
    ships_more: int
    near: list[Told]
    near_more: int
    others: list[Told]
    others_more: int
    history: list[Told]
    broken_seqs: list[int]
    rule: Told | None

    @property
    def in_part(self) -> str:
        """That the rule's pattern was seen only in part, with what is missing; empty where it was seen whole."""
        return part_words(str(self.alert.get("verdict") or "match"), missing_steps(self.view["not_observed"]))


def gather_case(ws: Workspace, alert_id: str) -> Case | None:
    """Return all that belongs to an alert, read at one moment; None when there is none of this id."""
    with one_moment(ws.engine) as conn:
        alert = read_told_alert(ws, conn, alert_id)
        return _gather(ws, conn, alert) if alert else None


def _gather(ws: Workspace, conn: Connection, alert: Told) -> Case:
    as_of, rule = data_clock(conn), rule_of(ws, alert["rule_id"])
    events = _events(ws, conn, alert, as_of)
    names = country_names(ws.world.zones)
    story = tell_story(alert, events, as_of, _asked_countries(rule, alert), names)
    own_id = alert["vessel"]["vessel_id"]
    own = [event for event in events if own_id in (event["vessel_id"], event["other_vessel_id"])]
    near = near_rows(own, story, own_id)
    shown = shown_rows(near)
    ships = alert["ships"] or [alert["vessel"]]
    view = alert_view(alert, as_of, {})
    others = sorted(_others(conn, alert), key=by_gravity)
    return Case(
        alert=alert,
        view=_in_words(view, story, rule),
        as_of=as_of,
        story=story,
        silence=longest_gap(story),
        ships=_ships(ws, conn, ships[:_SHIPS_MAX], story, {event["vessel_id"] for event in events}),
        ships_more=len(ships[_SHIPS_MAX:]),
        near=shown,
        near_more=len(near) - len(shown),
        others=others[:_OTHERS_MAX],
        others_more=len(others[_OTHERS_MAX:]),
        history=change_rows(read_history(conn, alert_id=alert["alert_id"])),
        broken_seqs=broken_rows_of(conn, alert["alert_id"]),
        rule=rule,
    )


def _in_words(view: Told, story: Sequence[Told], rule: Told | None) -> Told:
    """Return an alert's lines with steps called by what they are, and times told in one way."""
    unseen = unseen_words(view["not_observed"], story, rule["steps"] if rule else {})
    return {**view, "not_observed": unseen, "summary": hours_in_words(view["summary"])}


def _asked_countries(rule: Told | None, alert: Told) -> list[str]:
    """Return the countries that a rule speaks of; of a rule that is gone, those of the alert's steps."""
    zones = (step["zone"] or {} for step in alert["steps"])
    return rule["countries"] if rule else [clean(zone["country"]) for zone in zones if zone.get("country")]


def _events(ws: Workspace, conn: Connection, alert: Told, as_of: datetime | None) -> list[Told]:
    """Return the events of an alert's ships about its time, as they go out."""
    span = near_span(alert, as_of)
    if span is None:
        return []
    vessels: Collection[str] = {ship["vessel_id"] for ship in (alert["vessel"], *alert["ships"])}
    found = read_events(conn, vessel_ids=vessels, from_at=span[0], to_at=span[1])
    return list(public_events(found, ws.world.zones))


def _ships(
    ws: Workspace, conn: Connection, ships: Sequence[Told], story: Sequence[Told], heard: Collection[str]
) -> list[Told]:
    """Return the ships with what each declared; `heard` are vessels that did something, of which more is known then."""
    told = []
    for ship in ships:
        known = ship["vessel_id"] in heard or is_known(conn, ship["vessel_id"])
        life = read_life(conn, None, ship["vessel_id"]) if known else {"imo": ship["imo"], "chain": [ship]}
        listings = read_listings(conn, ws, life)
        told.append(tell_ship(ship, life if known else {"chain": [], "misfits": []}, listings, story))
    return told


def _others(conn: Connection, alert: Mapping[str, Any]) -> list[Told]:
    found = read_alerts(conn, vessel_id=alert["vessel"]["vessel_id"])
    return [other for other in found if other["alert_id"] != alert["alert_id"]]
