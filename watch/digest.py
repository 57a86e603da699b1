"""The digest: what is new, changed, withdrawn and still open, as a mail in HTML with a twin in plain text.

Rendering is pure: the moments come in with the `Digest`, so the same digest always gives the same mail. A run
with nothing to tell renders too, because silence would look like a fault.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from watch.digest_view import LEVELS, Alert, View, alert_view, level_of
from watch.wording import clean, moment_words, plural

CARDS_MAX = 20  # own: some 4 kB each, and mail programs cut a message off at about 100 kB
ROWS_MAX = 60  # own: more lines nobody reads in a mail; the rest is counted
PREVIEW_MAX = 140  # own: what an inbox shows beside the subject
WIDTH = 78  # columns of the text twin, so that it fits 80 when quoted
TEXT_WIDTH = 100  # columns of an alert on a terminal


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
        Alert id → path of its map, relative to the folder of the digest.
    synthetic
        True when any of the tracks were made, not observed.
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


class RenderedDigest(NamedTuple):
    """A digest as a mail needs it."""

    html: str
    text: str
    subject: str


def render_digest(digest: Digest) -> RenderedDigest:
    """Return the digest as HTML, as plain text of at most 80 columns, and its subject line.

    Notes
    -----
    Every string of an alert is hostile: control and direction characters are removed, lengths are cut,
    HTML is escaped, a map outside the digest's folder is left out, and the subject holds counts alone.
    """
    view = {
        "subject": subject_line(digest),
        "synthetic": digest.synthetic,
        "made_at": moment_words(digest.made_at),
        "as_of": moment_words(digest.as_of) if digest.as_of else "",
        "since": moment_words(digest.since) if digest.since else "",
        "sections": _sections(digest),
        "health": [{key: clean(h.get(key)) for key in ("kind", "message")} for h in digest.health],
        "counts": {clean(name): count for name, count in digest.counts.items()},
    }
    environment = _environment()
    return RenderedDigest(
        html=environment.get_template("digest.html.j2").render(view),
        text=environment.get_template("digest.txt.j2").render(view).strip() + "\n",
        subject=str(view["subject"]),
    )


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


def _sections(digest: Digest) -> list[View]:
    return [
        _section("New", digest.new, digest, cards_max=CARDS_MAX),
        _section("Changed", digest.changed, digest, cards_max=CARDS_MAX),
        _section("Withdrawn", digest.withdrawn, digest, cards_max=0),
        _section("Still open", digest.still_open, digest, cards_max=0),
    ]


def _section(title: str, alerts: Sequence[Alert], digest: Digest, *, cards_max: int) -> View:
    views = sorted((alert_view(alert, digest.as_of, digest.maps) for alert in alerts), key=_order)
    rows = views[cards_max : cards_max + ROWS_MAX]
    return {
        "title": title,
        "total": len(views),
        "preview": " ".join(view["summary"] for view in views[:2])[:PREVIEW_MAX],
        "glance": cards_max > 0 and len(views) > 2,
        "levels": _by_level_and_ship(views[:cards_max]),
        "rows": _by_level_and_ship(rows),
        "rest": max(0, len(views) - cards_max - len(rows)),
    }


def _order(view: View) -> tuple[int, str, str, str]:
    return LEVELS.index(view["level"]), view["ship"], view["ids"], view["alert_id"]


def _by_level_and_ship(views: Sequence[View]) -> list[tuple[str, list[list[View]]]]:
    return [
        (level, [list(same) for _, same in groupby(group, key=lambda v: (v["ship"], v["ids"]))])
        for level, group in groupby(views, key=lambda v: str(v["level"]))
    ]


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
