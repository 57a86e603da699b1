"""The digest: what is new, changed, withdrawn and still open, as a mail in HTML with a twin in plain text.

Rendering is pure: the moments come in with the `Digest`, so the same digest always gives the same mail. A run
with nothing to tell renders too, because silence would look like a fault.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from watch.digest_view import LEVELS, Alert, View, alert_view, by_gravity, level_of
from watch.wording import clean, moment_words, plural

CARDS_MAX = 20  # own: some 5 kB each, and mail programs cut a message off at about 100 kB
ROWS_MAX = 60  # own: more lines nobody reads in a mail; the rest is counted
HEALTH_MAX = 40  # own: as for the rows
LINES_MAX = 24  # own: steps, ships or changes of one alert; a count of events may have hundreds
MAIL_HTML_MAX_BYTES = 100_000  # Gmail clips at 102 kB: support.google.com/mail/answer/78230
PREVIEW_MAX = 140  # own: what an inbox shows beside the subject
WIDTH = 78  # columns of the text twin, so that it fits 80 when quoted
TEXT_WIDTH = 100  # columns of an alert on a terminal

#: How many alerts are told in full and in a line, tried in turn until a mail is small enough.
_SIZES = (
    *((CARDS_MAX, ROWS_MAX), (16, 40), (13, 40), (11, 40), (10, 30), (9, 30), (8, 24), (7, 24), (6, 20), (5, 16)),
    *((4, 12), (3, 12), (2, 8), (1, 4), (0, 4), (0, 1)),
)


@dataclass(frozen=True)
class Digest:
    """All that one digest tells.

    Attributes
    ----------
    made_at, as_of, since
        When it was made, the data's clock (the last position stored), and when the digest before it was made;
        the latter two may be missing. UTC.
    new, changed, withdrawn, still_open
        Alerts in the form of `shipwatch alerts list --json`; a changed or withdrawn one may carry `changes`,
        a list of sentences. `title`, `not_observed` and `runbook` are shown where given.
    health
        What is wrong with the data: `kind` and `message` each.
    counts
        How much was loaded and found since the last digest, in the order to be shown.
    maps
        Alert id → path of its map, relative to the folder of the digest, or `cid:` and the id of a part of the mail.
    synthetic
        True when any of the tracks were made, not observed.
    silenced
        How many alerts are left out because they are silenced.
    asked
        Which alerts this recipient asked for, in words; empty when all.
    zone
        In which times are told.
    web_url
        Where the web page is; empty when there is none.
    """

    made_at: datetime
    as_of: datetime | None = None
    since: datetime | None = None
    new: Sequence[Alert] = ()
    changed: Sequence[Alert] = ()
    withdrawn: Sequence[Alert] = ()
    still_open: Sequence[Alert] = ()
    health: Sequence[Mapping[str, str]] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    maps: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False
    silenced: int = 0
    asked: str = ""
    zone: tzinfo = UTC
    web_url: str = ""


class RenderedDigest(NamedTuple):
    """A digest as a mail needs it; `shown` are the alerts told in full."""

    html: str
    text: str
    subject: str
    shown: frozenset[str] = frozenset()


def render_digest(digest: Digest, html_max_bytes: int | None = None, *, cards_max: int = CARDS_MAX) -> RenderedDigest:
    """Return the digest as HTML, as plain text of at most 80 columns, and its subject line.

    Parameters
    ----------
    digest
        What it tells.
    html_max_bytes
        How large the HTML may be: fewer alerts are told in full, until it fits. None: as large as it gets.
    cards_max
        How many alerts are told in full at most.

    Notes
    -----
    Every string of an alert is hostile: control and direction characters are removed, lengths are cut,
    HTML is escaped, a map outside the digest's folder is left out, and the subject holds counts alone.
    """
    environment = _environment()
    page = environment.get_template("digest.html.j2")
    for cards, rows in _SIZES:
        view = _view(digest, min(cards, cards_max), rows)
        html = page.render(view)
        if html_max_bytes is None or len(html.encode()) <= html_max_bytes:
            break
    text = environment.get_template("digest.txt.j2").render(view).strip() + "\n"
    full = told_in_full(digest, min(cards, cards_max))
    return RenderedDigest(html, text, str(view["subject"]), frozenset(str(a.get("alert_id")) for a in full))


def _view(digest: Digest, cards: int, rows: int) -> View:
    health = [{key: clean(h.get(key)) for key in ("kind", "message")} for h in digest.health]
    health_max = min(HEALTH_MAX, rows)
    return {
        "subject": subject_line(digest),
        "synthetic": digest.synthetic,
        "made_at": _in_both(digest.made_at, digest.zone),
        "as_of": _in_both(digest.as_of, digest.zone),
        "since": moment_words(digest.since, digest.zone) if digest.since else "",
        "sections": _sections(digest, cards, rows),
        "health": health[:health_max],
        "health_total": len(health),
        "health_rest": max(0, len(health) - health_max),
        "counts": {clean(name): count for name, count in digest.counts.items()},
        "silenced": plural(digest.silenced, "silenced alert") if digest.silenced else "",
        "asked": clean(digest.asked),
        "zone": "" if str(digest.zone) == "UTC" else clean(digest.zone),
        "web_url": digest.web_url,
    }


def _in_both(at: datetime | None, zone: tzinfo) -> str:
    """Return a moment in a time zone, with UTC where that differs."""
    local, utc = moment_words(at, zone), moment_words(at)
    return "" if at is None else local if local == utc else f"{local} ({at.astimezone(UTC):%H:%M} UTC)"


def told_in_full(digest: Digest, cards: int = CARDS_MAX) -> list[Alert]:
    """Return the alerts that are told in full: the gravest new ones, then the gravest that changed."""
    of_new, of_changed = _shares(digest, cards)
    return [*sorted(digest.new, key=by_gravity)[:of_new], *sorted(digest.changed, key=by_gravity)[:of_changed]]


def _shares(digest: Digest, cards: int) -> tuple[int, int]:
    """Return how many new and changed alerts are told in full; some room is kept for those that changed."""
    of_changed = min(len(digest.changed), max(cards // 4, cards - len(digest.new)))
    return min(len(digest.new), cards - of_changed), of_changed


def write_digest(digest: Digest, folder: Path) -> dict[str, Path]:
    """Write `digest.html` and `digest.txt` into a folder and return their paths by `html` and `text`."""
    rendered = render_digest(digest)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"html": folder / "digest.html", "text": folder / "digest.txt"}
    paths["html"].write_text(rendered.html, encoding="utf-8")
    paths["text"].write_text(rendered.text, encoding="utf-8")
    return paths


def alert_text(alert: Alert, as_of: datetime | None = None) -> str:
    """Return one alert as plain text of at most 100 columns: all that the digest tells, and where it stands.

    Parameters
    ----------
    alert
        In the form of `shipwatch alerts list --json`.
    as_of
        The data's clock, to which open steps are told; UTC.
    """
    status = clean(alert.get("status")) or "open"
    reason = clean(alert.get("close_reason")).replace("_", " ")
    raised = moment_words(alert["raised_at"]) if alert.get("raised_at") else ""
    view = {
        "alert": alert_view(alert, as_of, {}),
        "rule_id": clean(alert.get("rule_id")),
        "status": f"{status} ({reason})" if reason else status,
        "raised_at": raised,
    }
    return _environment(TEXT_WIDTH).get_template("alert.txt.j2").render(view).strip() + "\n"


def subject_line(digest: Digest) -> str:
    """Return the subject: counts, what matters most first.

    Examples
    --------
    >>> from datetime import UTC
    >>> subject_line(Digest(made_at=datetime(2020, 7, 12, tzinfo=UTC)))
    'Shipwatch: nothing new'
    >>> subject_line(Digest(made_at=datetime(2020, 7, 12, tzinfo=UTC), new=[{"level": "high"}]))
    'Shipwatch: 1 new (1 high)'
    """
    levels = Counter(level_of(alert) for alert in digest.new)
    of_new = ", ".join(f"{levels[level]:,} {level}" for level in LEVELS if levels[level])
    parts = [f"{len(digest.new):,} new ({of_new})" if digest.new else "nothing new"]
    others = {"changed": digest.changed, "withdrawn": digest.withdrawn, "still open": digest.still_open}
    parts += [f"{len(alerts):,} {word}" for word, alerts in others.items() if alerts]
    parts += [plural(len(digest.health), "data warning")] if digest.health else []
    return ("Shipwatch (synthetic data): " if digest.synthetic else "Shipwatch: ") + ", ".join(parts)


def _sections(digest: Digest, cards: int, rows: int) -> list[View]:
    of_new, of_changed = _shares(digest, cards)
    return [
        _section("New", digest.new, digest, of_new, rows),
        _section("Changed", digest.changed, digest, of_changed, rows),
        _section("Withdrawn", digest.withdrawn, digest, 0, rows),
        _section("Still open", digest.still_open, digest, 0, rows),
    ]


def _section(title: str, alerts: Sequence[Alert], digest: Digest, cards: int, rows: int) -> View:
    ordered = sorted(alerts, key=by_gravity)
    in_full, in_a_line = _views(ordered[:cards], digest), _views(ordered[cards : cards + rows], digest)
    return {
        "title": title,
        "total": len(ordered),
        "preview": " ".join(view["summary"] for view in (in_full or in_a_line)[:2])[:PREVIEW_MAX],
        "glance": len(in_full) > 2,
        "levels": _by_level_and_ship(in_full),
        "rows": _by_level_and_ship(in_a_line),
        "rest": len(ordered) - len(in_full) - len(in_a_line),
    }


def _views(alerts: Sequence[Alert], digest: Digest) -> list[View]:
    made = (alert_view(a, digest.as_of, digest.maps, digest.zone, digest.web_url, LINES_MAX) for a in alerts)
    return sorted(made, key=_order)


def _order(view: View) -> tuple[int, str, str, str]:
    return LEVELS.index(view["level"]), view["ship"], view["ids"], view["alert_id"]


def _by_level_and_ship(views: Sequence[View]) -> list[tuple[str, list[list[View]]]]:
    return [
        (level, [list(same) for _, same in groupby(group, key=lambda v: (v["ship"], v["ids"]))])
        for level, group in groupby(views, key=lambda v: str(v["level"]))
    ]


@cache
def _environment(width: int = WIDTH) -> Environment:
    def wrapped(text: str, first: str = "", rest: str = "") -> str:
        return textwrap.fill(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

    environment = Environment(
        loader=PackageLoader("watch"),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrapped"] = wrapped
    return environment
