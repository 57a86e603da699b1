"""What the API answers: the objects of the command line, read by the same functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import dropwhile, islice
from typing import Any, TypeVar

from starlette.exceptions import HTTPException

from watch.alert_board import named
from watch.alert_changes import change_rows
from watch.alert_filter import Facts, Wanted, checks
from watch.errors import ConfigError
from watch.export.geojson import alert_features
from watch.export.places import event_features, zone_features
from watch.export.tracks import track_features
from watch.moments import moment
from watch.scene.fixes import read_vessel_fixes
from watch.service.status import gather_status
from watch.service.status_view import row_view, status_view
from watch.store.events import read_events
from watch.store.history import read_history
from watch.store.runs import read_runs
from watch.vessel_reading import find_vessels_asked, read_candidates, read_life, read_listings
from watch.views import public_events, public_rule
from watch.watchlists.overview import found_view
from watch.web.asked import COLUMNS
from watch.web.numbers import whole
from watch.web.query import Asked
from watch.web.site import Site
from watch.wording import clean, plural

Item = dict[str, Any]
_AT_ONCE = 2_000  # own: rows that are made into objects together
_RUN_ID_MAX = 10**9  # own: beyond any list
_NOT_OURS = "after is not of this list; take `next` as it stands"
_SILENCED = {"yes": True, "no": False}
_Any = TypeVar("_Any")


def event_key(event: Item) -> str:
    """Return what tells an event from the others in their order."""
    return f"{event['start_at']}~{event['event_id']}"


def alerts(site: Site, asked: Asked) -> Iterator[Item]:
    """Yield the alerts that are wanted, in the order that is asked for."""
    told = site.board.told()
    fields = {column: asked[name] for name, column in COLUMNS.items() if name != "silenced"}
    wanted = Wanted(**fields, silenced=_SILENCED.get(asked["silenced"] or "any"))
    asks = checks(wanted, told.families).values()
    found = [facts for facts in told.facts if all(holds(facts) for holds in asks)]
    order = asked.get("sort") or "gravity"

    def key(facts: Facts) -> Any:
        return facts.sort_key(order)

    rows = (facts.alert for facts in (found if order == "gravity" else sorted(found, key=key)))
    yield from _after(rows, asked, lambda alert: str(alert["alert_id"]))


def alert_places(site: Site, asked: Asked) -> Iterator[Item]:
    """Yield the wanted alerts as features."""
    for alert in alerts(site, asked):
        yield from alert_features(alert)


def alert(site: Site, asked: Asked) -> Item:
    """Return one alert."""
    try:
        return named(site.board.read(), [asked["alert_id"]])[0]
    except ConfigError as error:
        raise HTTPException(404, str(error).partition("\n")[0]) from error


def changes(site: Site, asked: Asked) -> Iterator[Item]:
    """Yield the changes of an alert, the oldest first."""
    alert_id = alert(site, asked)["alert_id"]
    with site.ws.engine.connect() as conn:
        rows = change_rows(read_history(conn, alert_id=alert_id))
    return _after(rows, asked, lambda row: str(row["seq"]))


def events(site: Site, asked: Asked) -> Iterator[Item]:
    """Yield the events that are wanted, in order of time; they are read some at a time."""
    at, most = _event_after(asked.get("after")), asked.get("limit") or _AT_ONCE
    ids = None if asked["vessel"] is None else [_one_vessel(site, asked["vessel"])]
    facts = {"kind": asked["kind"], "mmsi": asked["mmsi"], "imo": asked["imo"], "vessel_ids": ids}
    facts |= {"from_at": asked["from"], "to_at": asked["to"]}
    return _pages(site, facts, at, min(most + 1, _AT_ONCE))


def _pages(site: Site, facts: dict[str, Any], at: tuple[datetime, str] | None, count: int) -> Iterator[Item]:
    while True:
        with site.ws.engine.connect() as conn:
            found = read_events(conn, **facts, after=at, limit=count)
        yield from public_events(found, site.ws.world.zones)
        if len(found) < count:
            return
        last = found.iloc[-1]
        at, count = (last["start_at"].to_pydatetime(), str(last["event_id"])), _AT_ONCE


def event_places(site: Site, asked: Asked) -> Iterator[Item]:
    """Return the wanted events as features."""
    return event_features(events(site, asked))


def _event_after(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    at, _, event_id = text.partition("~")
    start_at = moment(at, "after")
    if start_at is None or not event_id:
        raise ConfigError(_NOT_OURS)
    return start_at, event_id


def vessels(site: Site, asked: Asked) -> Iterator[Item]:
    """Yield what tells the vessels apart that fit a number or a name."""
    with site.ws.engine.connect() as conn:
        found = find_vessels_asked(conn, asked["q"])
    ids = iter(list(_after(found, asked, str)))
    while some := list(islice(ids, _AT_ONCE)):
        with site.ws.engine.connect() as conn:
            yield from read_candidates(conn, some)


def vessel(site: Site, asked: Asked) -> Item:
    """Return the life of a vessel, and the lists on which it stands."""
    vessel_id = _one_vessel(site, asked["vessel_id"])
    with site.ws.engine.connect() as conn:
        life = read_life(conn, site.ws.lake, vessel_id)
        return {**life, "lists": [found_view(one) for one in read_listings(conn, site.ws, life)]}


def track(site: Site, asked: Asked) -> Iterator[Item]:
    """Return the track of a vessel as features."""
    vessel_id = _one_vessel(site, asked["vessel_id"])
    with site.ws.engine.connect() as conn:
        life = read_life(conn, None, vessel_id)
    with site.replaying.take():
        fixes = read_vessel_fixes(site.ws, vessel_id, asked["from"], asked["to"])
    told = {"vessel_id": vessel_id, "name": clean(life["name"]) or None, "imo": life["imo"], "flag": life["flag"]}
    return track_features(fixes, told, points=bool(asked["points"]))


def zones(site: Site, asked: Asked) -> Iterator[Item]:
    """Return the zones as features."""
    return zone_features(site.ws.world.zones)


def rules(site: Site, asked: Asked) -> Iterator[Item]:
    """Return the rules that are good."""
    ruleset = site.shelf.now().ruleset
    rows = (public_rule(rule, ruleset.files[rule.id]) for rule in ruleset.rules)
    return _after(rows, asked, lambda rule: str(rule["rule_id"]))


def runs(site: Site, asked: Asked) -> Iterator[Item]:
    """Yield the runs, the last first."""
    after = asked["after"]
    before_id = None if after is None else whole(after, _RUN_ID_MAX)
    if after is not None and before_id is None:
        raise ConfigError(_NOT_OURS)
    while True:
        with site.ws.engine.connect() as conn:
            found = read_runs(conn, _AT_ONCE, kind=asked["kind"], status=asked["status"], before_id=before_id)
        yield from map(row_view, found)
        if len(found) < _AT_ONCE:
            return
        before_id = found[-1]["run_id"]


def status(site: Site, asked: Asked) -> Item:
    """Return how the installation stands."""
    return status_view(gather_status(site.ws, site.settings, site.now()))


def _one_vessel(site: Site, text: str) -> str:
    """Return the id of the one vessel that an id, a number or a name fits."""
    with site.ws.engine.connect() as conn:
        found = find_vessels_asked(conn, text)
    if len(found) != 1:
        fitting = plural(len(found), "vessel") if found else "no vessel"
        raise HTTPException(404, f"{fitting} fit {clean(text)[:80]!r}; /api/vessels?q= finds their ids")
    return found[0]


def _after(items: Iterable[_Any], asked: Asked, key: Callable[[_Any], str]) -> Iterator[_Any]:
    """Return the items after the one that `after` names."""
    after = asked.get("after")
    if after is None:
        return iter(items)
    rest = dropwhile(lambda item: key(item) != after, items)
    if next(rest, None) is None:
        raise ConfigError("after is not, or no longer, in this list; begin it anew")
    return rest
