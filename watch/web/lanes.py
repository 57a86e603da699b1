"""A ship's life as lanes of bars over time, in percent of the width and pixels of height."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from watch.alert_life import CLOSED
from watch.seen import seen_words
from watch.web.axis import Axis, Tick, make_axis
from watch.web.links import alert_link, vessel_replay
from watch.web.vessel_rows import is_call
from watch.wording import KIND_WORDS, as_utc, clean, lasting_words, span_words

ROW_PX = 19
_PAD_PX = 9
_WIDTH_MIN_PERCENT = 0.35  # own: a moment is still seen and hit
_APART_PERCENT = 0.3
_CUT_PERCENT = 8.0  # own: in a bar of this width the beginning of its words tells something
_LETTER_PX, _PLOT_PX, _NARROW_PX = 6.4, 1_050, 300  # own: of the sheet's small letters; a desk's and a phone's width
_ROWS_MAX = 6  # own: a lane of more is read in the table
_VOYAGE_MIN = timedelta(hours=6)  # own: less is a shift within a port

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """Something that lasted: when, what sort of bar it is, what stands in it, what is told of it."""

    from_at: datetime
    to_at: datetime
    sort: str
    label: str
    told: str
    href: str = ""


@dataclass(frozen=True)
class Bar:
    """A span where it is drawn.

    Attributes
    ----------
    words
        Where its label stands: `inside`, `beside` or, where there is no room, nowhere.
    narrow
        Whether there is room inside on a desk but not on a phone.
    """

    span: Span
    x_percent: float
    width_percent: float
    y_px: int
    words: str
    narrow: bool


@dataclass(frozen=True)
class Lane:
    """Bars of one kind beneath one another, and how many had no room."""

    name: str
    y_px: int
    height_px: int
    bars: list[Bar]
    left_out: int


@dataclass(frozen=True)
class Timeline:
    """The drawing; `spans` has all that is in it by lane, for the table beneath."""

    axis: Axis
    ticks: list[Tick]
    lanes: list[Lane]
    height_px: int
    spans: dict[str, list[Span]]


def draw_timeline(
    life: Mapping[str, Any], events: Sequence[Event], alerts: Sequence[Mapping[str, Any]], until_at: datetime
) -> Timeline | None:
    """Return the lanes of a ship's life; None when nothing is known of it.

    Parameters
    ----------
    life
        Of `vessel_life.life_of`.
    events, alerts
        Public ones, of this ship on either side.
    until_at
        How far the data goes: what is still open is drawn as far.
    """
    spans = {name: made for name, made in _spans(life, events, alerts, until_at).items() if made}
    if not spans:
        return None
    every = [span for made in spans.values() for span in made]
    axis = make_axis(min(s.from_at for s in every), max(s.to_at for s in every))
    lanes, y_px = [], _PAD_PX // 2
    for name, made in spans.items():
        lanes.append(_lane(name, made, axis, y_px))
        y_px += lanes[-1].height_px
    return Timeline(axis, axis.ticks(), lanes, y_px, spans)


def _spans(
    life: Mapping[str, Any], events: Sequence[Event], alerts: Sequence[Mapping[str, Any]], until_at: datetime
) -> dict[str, list[Span]]:
    of = {kind: [e for e in events if e["kind"] == kind] for kind in KIND_WORDS}
    me = str(life["vessel_id"])
    ports = {e["zone_id"] for e in of["port_visit"]}
    of["zone_visit"] = [e for e in of["zone_visit"] if e["zone_id"] not in ports]  # told as calls
    reach = _reach(of["possible_visit"])

    def made(kinds: Iterable[str], label: Callable[[Event], str]) -> list[Span]:
        return [_event_span(e, label(e), me, until_at) for kind in kinds for e in of[kind]]

    other = ("spoof", "interference", "identity_change", "draught_change", "destination_change", "detour", "loitering")
    return {
        "Names": [_declared(s, s["name"]) for s in life["names"]],
        "Flags": [_declared(s, s["flag"]) for s in life["flags"]],
        "Radios": [_declared(link, f"MMSI {link['mmsi']}", "from_at") for link in _radios(life["chain"])],
        "Calls": made(("port_visit",), _zone_name),
        "Voyages": list(_voyages([e for e in of["port_visit"] if e["vessel_id"] == me and is_call(e)], me)),
        "Zones": made(("zone_visit",), _zone_name),
        "Gaps": [_gap_span(e, reach.get(e["event_id"], 0), me, until_at) for e in of["gap"]],
        "Meetings": made(("encounter",), lambda e: other_name(e, me)) + _together(of["possible_encounter"], until_at),
        "Other": made(other, lambda e: KIND_WORDS[e["kind"]]),
        "Alerts": [_alert_span(alert, until_at) for alert in alerts],
    }


def _declared(span: Mapping[str, Any], label: object, first: str = "first_at") -> Span:
    begin, end = _ends(span[first], span["last_at"])
    return Span(begin, end, "declared", clean(label), f"{clean(label)}, {span_words(begin, end)}")


def _radios(chain: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the chain with links of one radio joined."""
    out: list[dict[str, Any]] = []
    for link in chain:
        if out and out[-1]["mmsi"] == link["mmsi"]:
            out[-1]["last_at"] = max(out[-1]["last_at"], link["last_at"])
        else:
            out.append(dict(link))
    return out


def _event_span(event: Event, label: str, me: str, until_at: datetime) -> Span:
    begin, end = _ends(event["start_at"], event["end_at"], until_at)
    what = ": ".join(filter(None, (KIND_WORDS.get(event["kind"], event["kind"]), label)))
    seen = seen_words(event["kind"], event["details"])
    told = "; ".join(filter(None, (what, span_words(begin, event["end_at"] and end, until_at), seen)))
    return Span(begin, end, str(event["kind"]), clean(label), clean(told), vessel_replay(me, begin, end))


def _voyages(calls: Sequence[Event], me: str) -> Iterator[Span]:
    """Yield the time between each call and the next, but for shifts within a port."""
    for before, after in pairwise(calls):
        begin, end = as_utc(before["end_at"]), as_utc(after["start_at"])
        if begin and end and end - begin >= _VOYAGE_MIN:
            label = clean(f"{_zone_name(before)} → {_zone_name(after)}")
            told = f"{label}, {span_words(begin, end)}"
            yield Span(begin, end, "voyage", label, told, vessel_replay(me, begin, end))


def _gap_span(event: Event, zones: int, me: str, until_at: datetime) -> Span:
    begin, end = _ends(event["start_at"], event["end_at"], until_at)
    reach = f" · {zones} within reach" if zones else ""
    return _event_span(event, f"{lasting_words((end - begin).total_seconds() / 3600)}{reach}", me, until_at)


def _reach(possible: Sequence[Event]) -> dict[str, int]:
    """Return by gap how many zones the ship could have called at."""
    return {str(e["details"].get("gap_id")): int(e["details"].get("reachable") or 0) for e in possible}


def _together(events: Sequence[Event], until_at: datetime) -> list[Span]:
    """Return meetings that are only possible as one bar for each stretch of time that they share."""
    out: list[tuple[datetime, datetime, int]] = []
    for begin, end in sorted(_ends(e["start_at"], e["end_at"], until_at) for e in events):
        if out and begin <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], end), out[-1][2] + 1
        else:
            out.append((begin, end, 1))
    return [
        Span(
            a, b, "possible_encounter", f"{n} possible", f"{n} × {KIND_WORDS['possible_encounter']}; {span_words(a, b)}"
        )
        for a, b, n in out
    ]


def _alert_span(alert: Mapping[str, Any], until_at: datetime) -> Span:
    begin, end = _ends(alert["started_at"], alert.get("ended_at"), until_at)
    sort = f"alert-{alert['level']}" if alert["status"] not in CLOSED else "alert-closed"
    told = f"{alert['level']}, {alert['status']}: {alert['summary']}"
    return Span(begin, end, sort, clean(alert["title"]), clean(told), alert_link(alert["alert_id"]))


def _ends(begin: Any, end: Any, until_at: datetime | None = None) -> tuple[datetime, datetime]:
    begin_at = as_utc(begin) or until_at
    if begin_at is None:
        raise ValueError("something without a time cannot be drawn")
    return begin_at, max(begin_at, as_utc(end) or until_at or begin_at)


def _zone_name(event: Event) -> str:
    return str((event["zone"] or {}).get("name") or "")


def other_name(event: Event, me: str) -> str:
    """Return what the other ship of a meeting is called."""
    side = "other_" if event["vessel_id"] == me else ""
    mmsi = event[f"{side}mmsi"]
    return clean(event[f"{side}name"]) or (f"MMSI {mmsi}" if mmsi else "")


def _lane(name: str, spans: Sequence[Span], axis: Axis, y_px: int) -> Lane:
    """Place spans in rows so that no bar covers another; where it gets crowded, words go before bars do."""
    rows: list[list[Bar]] = []
    for span in sorted(spans, key=lambda s: (s.from_at, s.to_at)):
        bar = _bar(span, axis)
        row = next((k for k, done in enumerate(rows) if _free_from(done[-1]) <= bar.x_percent), len(rows))
        if row == _ROWS_MAX:
            row = next((k for k, done in enumerate(rows) if _end(done[-1]) <= bar.x_percent), _ROWS_MAX)
            if row == _ROWS_MAX:
                continue
            rows[row][-1] = replace(rows[row][-1], words="")
        rows[row : row + 1] = [[*(rows[row] if row < len(rows) else ()), replace(bar, y_px=y_px + row * ROW_PX)]]
    bars = [bar for done in rows for bar in done]
    return Lane(name, y_px, len(rows) * ROW_PX + _PAD_PX, bars, len(spans) - len(bars))


def _bar(span: Span, axis: Axis) -> Bar:
    """Return a span as a bar of the first row, with its words where they fit on a desk."""
    x = axis.percent(span.from_at)
    width = max(axis.percent(span.to_at) - x, _WIDTH_MIN_PERCENT)
    words = _words_percent(span)
    beside = x + width + words < 100
    place = "beside" if words > width and beside else "inside" if width >= min(words, _CUT_PERCENT) else ""
    return Bar(span, x, round(width, 3), 0, place, place == "inside" and words * _PLOT_PX / _NARROW_PX > width)


def _words_percent(span: Span) -> float:
    return (len(span.label) * _LETTER_PX + 8) / _PLOT_PX * 100


def _end(bar: Bar) -> float:
    return bar.x_percent + bar.width_percent + _APART_PERCENT


def _free_from(bar: Bar) -> float:
    """Return from where on the row of a bar is free, its words kept."""
    return _end(bar) + (_words_percent(bar.span) if bar.words == "beside" else 0)
