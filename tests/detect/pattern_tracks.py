"""Made tracks that circle, hold, turn back, repeat and keep formation, and the five detectors folded over them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tests.tracks import T0, Fix, positions
from watch.columns import empty_frame
from watch.detect import circle, formation, hairpin, held, stale
from watch.detect.hours import HOUR_STATE, sample_hours
from watch.detect.segments import SEGMENT_STATE, cut_segments
from watch.detect.tracks import from_positions
from watch.geodesy import wrap_lon
from watch.params import DEFAULT, Params

T0_US = T0.value // 1000
STATES: dict[str, dict[str, Any]] = {
    "segments": SEGMENT_STATE,
    "hours": HOUR_STATE,
    "circles": circle.CIRCLE_STATE,
    "held": held.HELD_STATE,
    "hairpin_fixes": hairpin.HAIRPIN_FIX_STATE,
    "hairpins": hairpin.HAIRPIN_STATE,
    "stale_fixes": stale.STALE_FIX_STATE,
    "stale": stale.STALE_STATE,
    "formation_places": formation.FORMATION_PLACE_STATE,
    "formations": formation.FORMATION_STATE,
}
EVERY_FIX = replace(DEFAULT, stale_one_in=1)


def patterns(fixes: Iterable[Fix], params: Params = DEFAULT, cuts_h: Iterable[float] = ()) -> pd.DataFrame:
    """Return the events of all five detectors, folded over slices that end at `cuts_h`."""
    tracks = from_positions(positions(fixes))
    as_of_us = int(tracks.at_us.max(initial=T0_US))
    cuts = sorted({c for h in cuts_h if (c := T0_US + round(h * 3.6e9)) <= as_of_us})
    state = {name: empty_frame(columns) for name, columns in STATES.items()}
    events, begin = [], T0_US - 1
    for end in [*cuts, as_of_us + 1]:
        found, state = step(state, [f for f in fixes if begin <= at_us(f) < end], end, params)
        events += found
        begin = end
    events += [
        circle.open_circles(state["circles"]),
        held.open_held(state["held"]),
        hairpin.open_hairpins(state["hairpins"], params),
        stale.open_stale(state["stale"], params),
        formation.open_formations(state, as_of_us, params),
    ]
    return pd.concat(events, ignore_index=True).sort_values(["mmsi", "start_at", "event_id"], ignore_index=True)


def at_us(fix: Fix) -> int:
    return T0_US + int(np.round(fix[1] * 3.6e9))


def step(
    state: dict[str, pd.DataFrame], fixes: list[Fix], until_us: int, params: Params
) -> tuple[list[pd.DataFrame], dict[str, pd.DataFrame]]:
    tracks, segments, *_ = cut_segments(from_positions(positions(fixes)), state["segments"], params)
    samples, hours = sample_hours(tracks, state["hours"], until_us, params)
    circles, round_ = circle.detect_circles(samples, state["circles"], until_us, params)
    places, kept = held.detect_held(samples, state["held"], until_us, params)
    new = {"segments": segments, "hours": hours, "circles": round_, "held": kept}
    events = [circles, places]
    for detect in (hairpin.detect_hairpins, stale.detect_stale, formation.detect_formations):
        found, after = detect(tracks, state, until_us, params)
        events.append(found)
        new |= after
    return events, {name: new[name].astype(columns) for name, columns in STATES.items()}


def go_round(
    radius_nm: float, hours: float, kn: float, *, lat: float = 0.0, lon: float = 0.0, step_h: float = 0.1
) -> list[Fix]:
    """Return a ship that goes round a circle about a place, with a compass, anywhere on Earth."""
    times = np.arange(0.0, hours, step_h)
    bearing = times * kn / radius_nm
    arc = math.radians(radius_nm / 60)
    phi = np.arcsin(
        math.sin(math.radians(lat)) * math.cos(arc) + math.cos(math.radians(lat)) * math.sin(arc) * np.cos(bearing)
    )
    lam = np.arctan2(
        np.sin(bearing) * math.sin(arc) * math.cos(math.radians(lat)),
        math.cos(arc) - math.sin(math.radians(lat)) * np.sin(phi),
    )
    return [
        (636000001, float(t), float(a), float(o), kn)
        for t, a, o in zip(times, np.degrees(phi), wrap_lon(lon + np.degrees(lam)), strict=True)
    ]


def steer(
    legs: Iterable[tuple[float, float, float]], *, lat: float = 0.0, lon: float = 0.0, step_h: float = 0.1
) -> list[Fix]:
    """Return a ship that steers legs of (hours, course in degrees, knots)."""
    hour, fixes = 0.0, []
    for hours, course, kn in legs:
        for _ in range(round(hours / step_h)):
            fixes.append((636000001, hour, lat, float(wrap_lon(lon)), kn))
            hour = round(hour + step_h, 9)
            lat += kn * step_h / 60 * math.cos(math.radians(course))
            lon += kn * step_h / 60 * math.sin(math.radians(course)) / math.cos(math.radians(lat))
    return fixes


def again(fixes: list[Fix], lag_h: float) -> list[Fix]:
    return [(m, round(h + lag_h, 9), a, o, s) for m, h, a, o, s in fixes]


def beside(fixes: list[Fix], east_deg: float, mmsi: int = 636000009) -> list[Fix]:
    return [(mmsi, h, a, float(wrap_lon(o + east_deg)), s) for _, h, a, o, s in fixes]


def jitter(fixes: list[Fix], metres: float) -> list[Fix]:
    noise = np.random.default_rng(1).normal(0, metres / 111_195, (len(fixes), 2))
    return [(m, h, a + n, o + e, s) for (m, h, a, o, s), (n, e) in zip(fixes, noise.tolist(), strict=True)]


def unsaid(fixes: list[Fix]) -> list[Fix]:
    return [(m, h, a, o, math.nan) for m, h, a, o, _ in fixes]
