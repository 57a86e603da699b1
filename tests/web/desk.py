"""A desk with made alerts: grave and slight ones, many of a kind, and one whose texts are hostile."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from tests.alert_cases import made_alert, stored_in, three_alerts
from tests.web.serving import send
from watch.store.alerts import save_alerts
from watch.web.site import Site

ONE, TWO, THREE, HOSTILE = "aaaa11110000", "aaaa22220000", "bbbb33330000", "cccc44440000"
EVIL = "<img src=x onerror=alert(1)>"
MANY = 60
#: A view in which all of them are.
ALL = "/alerts?silenced=any"
_SEEN = re.compile(r'name="seen" value="([^"]*)"')
_OPEN = re.compile(r'class="open" href="/alerts/([^"]+)"')


def stored_desk(folder: Path) -> Path:
    """Store the alerts in a folder and return it."""
    alerts = [*three_alerts(), hostile_alert(), *many_alerts()]
    return stored_in(folder, [alert | {"measures": [], "red_flags": []} for alert in alerts])


def hostile_alert() -> dict[str, Any]:
    """An alert of which every text wants to be run."""
    ship = {"vessel_id": "mmsi:201000001", "mmsi": 201000001, "imo": None, "name": EVIL, "flag": EVIL, "type": EVIL}
    zone = {"id": f"zone{EVIL}", "name": EVIL, "country": EVIL, "kind": "port"}
    steps = [{**made_alert("x")["steps"][0], "zone": zone}]
    return made_alert(HOSTILE, level="medium", vessel=ship, title=EVIL, summary=f"{EVIL}\"' </script>", steps=steps)


def many_alerts() -> list[dict[str, Any]]:
    """Slight alerts, each of another ship and day."""
    return [
        made_alert(
            f"dddd{n:08d}",
            **{"level": "informational", "started_at": f"2020-04-{1 + n % 28:02d}T00:00:00Z"},
            vessel={"vessel_id": f"imo:{9_000_000 + n}", "imo": 9_000_000 + n, "mmsi": 538_000_000 + n}
            | {"name": f"MADE MANY {n:02d}", "flag": "MH", "type": "cargo"},
        )
        for n in range(MANY)
    ]


def changed(site: Site, alert_id: str, **changes: Any) -> None:
    """Let a run store new evidence about an alert."""
    (fact,) = (facts for facts in site.board.told().facts if facts.alert["alert_id"] == alert_id)
    with site.ws.engine.begin() as conn:
        save_alerts(conn, [fact.alert | changes], rule_ids=[], at=site.now())


def raised(site: Site, alert_id: str) -> None:
    """Let a run raise one more low alert."""
    with site.ws.engine.begin() as conn:
        save_alerts(conn, [made_alert(alert_id, level="low")], rule_ids=[], at=site.now())


def shown(client: httpx.Client, address: str) -> list[str]:
    """Return the ids of the alerts that a page shows, in its order."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return _OPEN.findall(answer.text)


def seen(client: httpx.Client, *alert_ids: str, address: str = f"{ALL}&size=200") -> list[str]:
    """Return what ticking these alerts on a page sends."""
    ticks = [unescape(value) for value in _SEEN.findall(client.get(address).text)]
    return [tick for tick in ticks if tick.rpartition(":")[0] in alert_ids]


def decide(
    client: httpx.Client, do: str, ticks: list[str], view: str = "silenced=any", **fields: str
) -> httpx.Response:
    """Send the form of the list with these ticks."""
    answer: httpx.Response = send(client, ALL, f"/alerts/decide?{view}", do=do, seen=ticks, **fields)
    return answer


def statuses(site: Site) -> dict[str, str]:
    """Return how the alerts stand, by id."""
    return {alert["alert_id"]: alert["status"] for alert in site.board.read()}


class Links(HTMLParser):
    """Collects the links, the tags and the attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
