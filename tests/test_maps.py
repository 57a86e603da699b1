from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from numpy.typing import NDArray

from watch.chart import base, key, text, track
from watch.chart.frame import HEADER_PX, MAP_PX, WIDTH_PX, Frame, fit_frame
from watch.geodesy import NM_M, distance_m
from watch.maps import draw_alert_map, draw_zones_map
from watch.zones.geofences import Zones, load_zones

T0 = pd.Timestamp("2020-05-01T00:00:00Z")
NO_GAPS = pd.DataFrame(columns=["start_at", "start_lat", "start_lon", "end_at", "end_lat", "end_lon"])


@pytest.fixture(scope="module")
def zones() -> Zones:
    return load_zones()


def made_track(points: list[tuple[float, float, float]], mmsi: int = 636990101) -> pd.DataFrame:
    """Return fixes of (hours after T0, lat, lon)."""
    hours, lat, lon = zip(*points, strict=True) if points else ((), (), ())
    at = T0 + pd.to_timedelta(pd.Series(hours, dtype="float64"), unit="h")
    return pd.DataFrame({"mmsi": mmsi, "fix_at": at, "lat": lat, "lon": lon})


def made_step(lat: float | None = 25.0, lon: float | None = 57.0, **changes: Any) -> dict[str, Any]:
    step = {"id": "one", "event_id": "e1", "kind": "zone_visit", "mmsi": 636990101, "zone": None}
    return {**step, "start_at": "2020-05-01T04:00:00Z", "end_at": None, "lat": lat, "lon": lon, **changes}


def made_alert(*steps: dict[str, Any], name: str | None = "MADE ONE", **changes: Any) -> dict[str, Any]:
    vessel = {"vessel_id": "imo:9999802", "mmsi": 636990101, "imo": 9999802, "name": name, "flag": "LR"}
    return {"alert_id": "0123456789abcdef", "rule_id": "r", "vessel": vessel, "steps": [*steps], **changes}


def drawn(path: Path) -> NDArray[np.float64]:
    """Return the map part of a PNG, the lowest row first."""
    image = np.asarray(imread(path), dtype=np.float64)
    assert image.shape[:2] == (750, 1200)
    return image[HEADER_PX:, :, :3][::-1]


def pixels_like(image: NDArray[np.float64], colour: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    y, x = np.nonzero(np.abs(image - to_rgb(colour)).max(axis=2) < 0.03)
    return x, y


STRAIGHT = made_track([(h, 10.0 + h, 62.0) for h in range(11)])
BROKEN = made_track([(0, 10.0, 62.0), (1, 11.0, 62.0), (31, 19.0, 62.0), (32, 20.0, 62.0)])


def test_a_track_is_a_blue_line_from_end_to_end(zones: Zones, tmp_path: Path) -> None:
    draw_alert_map(made_alert(), STRAIGHT, NO_GAPS, zones, tmp_path / "m.png")
    image = drawn(tmp_path / "m.png")
    _, y = pixels_like(image, track.TRACK)
    frame = fit_frame(STRAIGHT["lat"], STRAIGHT["lon"])
    low, high = frame.y([10.0, 20.0])
    assert np.isin(np.arange(low + 12, high - 12).round(), y).mean() > 0.98
    assert len(pixels_like(image, track.SILENT)[0]) == 0


def test_where_nothing_was_heard_the_line_is_dashed_and_red(zones: Zones, tmp_path: Path) -> None:
    draw_alert_map(made_alert(), BROKEN, NO_GAPS, zones, tmp_path / "m.png")
    image = drawn(tmp_path / "m.png")
    frame = fit_frame(BROKEN["lat"], BROKEN["lon"])
    low, high = frame.y([11.0, 19.0])
    middle = np.arange(low + 12, high - 12).round()
    on_line = np.abs(pixels_like(image, track.SILENT)[0] - WIDTH_PX / 2) < 3
    red = np.isin(middle, pixels_like(image, track.SILENT)[1][on_line])
    assert 0.3 < red.mean() < 0.8
    assert not np.isin(middle, pixels_like(image, track.TRACK)[1]).any()


def test_a_map_is_the_same_file_twice(zones: Zones, tmp_path: Path) -> None:
    alert = made_alert(made_step(zone=zones.get("ir_200nm").public()))
    for name in ("a.png", "b.png"):
        draw_alert_map(alert, BROKEN, NO_GAPS, zones, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


NAMES = ("$\\frac{", "$x^2$", "\x1b[31mRED\n", "中文 " * 40, "<script>", "%s {0}", "", None)


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_hostile_name_is_only_text(name: str | None, zones: Zones, tmp_path: Path) -> None:
    zone = {"id": "gone", "name": name, "country": "", "kind": ""}
    alert = made_alert(made_step(zone=zone), name=name, title=name)
    draw_alert_map(alert, STRAIGHT, NO_GAPS, zones, tmp_path / "m.png", others={name or "x": BROKEN})
    assert drawn(tmp_path / "m.png").std() > 0


EMPTY = {
    "no_track_and_no_steps": (made_alert(), made_track([])),
    "no_steps": (made_alert(), STRAIGHT),
    "one_fix": (made_alert(), STRAIGHT.iloc[:1]),
    "a_step_without_place": (made_alert(made_step(None, None)), made_track([])),
    "forty_steps": (made_alert(*(made_step(25 + k / 9) for k in range(40))), STRAIGHT),
    "at_the_pole": (made_alert(made_step(89.9, 10.0)), made_track([(0, 89.9, 10.0), (1, 89.9, -170.0)])),
    "round_the_world": (made_alert(), made_track([(h, 0.0, h * 10.0 % 360 - 180) for h in range(36)])),
}


@pytest.mark.parametrize(("alert", "fixes"), EMPTY.values(), ids=EMPTY)
def test_a_map_is_drawn_whatever_is_missing(
    alert: dict[str, Any], fixes: pd.DataFrame, zones: Zones, tmp_path: Path
) -> None:
    draw_alert_map(alert, fixes, NO_GAPS, zones, tmp_path / "m.png")
    assert drawn(tmp_path / "m.png").std() > 0


def test_synthetic_data_says_so_across_the_map(zones: Zones, tmp_path: Path) -> None:
    images = []
    for name, made in (("a.png", True), ("b.png", False)):
        draw_alert_map(made_alert(synthetic=made), STRAIGHT, NO_GAPS, zones, tmp_path / name)
        images.append(drawn(tmp_path / name))
    changed = np.abs(images[0] - images[1]).max(axis=2) > 0.02
    assert changed[200:450, 300:900].mean() > 0.03


def test_other_radios_have_another_colour(zones: Zones, tmp_path: Path) -> None:
    partner = made_track([(h, 14.0, 60.0 + h) for h in range(5)], mmsi=538990120)
    both = pd.concat([STRAIGHT, partner]).sort_values("fix_at", ignore_index=True)
    draw_alert_map(made_alert(), both, NO_GAPS, zones, tmp_path / "m.png")
    image = drawn(tmp_path / "m.png")
    assert min(len(pixels_like(image, colour)[0]) for colour in (track.TRACK, track.OTHERS[0])) > 100


def test_the_track_over_180_is_not_torn(zones: Zones, tmp_path: Path) -> None:
    fixes = made_track([(h, 40.0, (176.0 + h + 180) % 360 - 180) for h in range(9)])
    draw_alert_map(made_alert(), fixes, NO_GAPS, zones, tmp_path / "m.png")
    x, y = pixels_like(drawn(tmp_path / "m.png"), track.TRACK)
    assert np.ptp(y) < 24
    assert len(np.unique(x)) > 0.98 * (np.ptp(x) - 20)


longitudes = st.floats(-180, 180, exclude_max=True)


@given(lat=st.lists(st.floats(-80, 80), min_size=1, max_size=6), lon=st.lists(longitudes, min_size=6, max_size=6))
def test_every_position_lies_in_the_frame(lat: list[float], lon: list[float]) -> None:
    frame = fit_frame(lat, lon[: len(lat)])
    x, y = frame.pixels(lat, lon[: len(lat)])
    assert ((x >= -0.001) & (x <= WIDTH_PX + 0.001)).all()
    # a world-wide map is cut above and below, where Mercator would take a taller picture
    assert frame.deg_per_px > 0.29 or ((y >= 0) & (y <= MAP_PX)).all()


def test_the_scale_bar_is_true_at_the_middle_of_the_map() -> None:
    frame = fit_frame([58.0, 62.0], [0.0, 8.0])
    _, axes = base.new_map(frame)
    lines, texts = len(axes.lines), len(axes.texts)
    base.draw_scale(axes, frame)
    (bar,), (words,) = axes.lines[lines:], axes.texts[texts:]
    x = np.asarray(bar.get_xdata(), dtype=np.float64)
    lon = frame.lon_deg + (x - WIDTH_PX / 2) * frame.deg_per_px
    said_nm = float(words.get_text().split()[0])
    assert distance_m(frame.lat_deg, lon[0], frame.lat_deg, lon[1]) / NM_M == pytest.approx(said_nm, rel=0.01)


def _boxes(axes: Axes) -> list[Any]:
    axes.figure.canvas.draw()  # type: ignore[union-attr]  # the axes of these tests have a figure
    return [words.get_window_extent() for words in axes.texts if words.get_zorder() == 8]


def test_labels_do_not_cover_one_another() -> None:
    _, axes = base.new_map(Frame(0.0, 0.0, 0.01))
    labels = text.Labels(axes)
    placed = [labels.place(f"Label {k}", 600 + k % 3, 300, size=10, colour="black") for k in range(30)]
    boxes = _boxes(axes)
    assert len(boxes) == sum(placed) > 10
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_a_label_that_finds_no_room_is_left_out() -> None:
    _, axes = base.new_map(Frame(0.0, 0.0, 0.01))
    labels = text.Labels(axes)
    labels.take((0, 0, WIDTH_PX, MAP_PX))
    assert labels.place("Label", 600, 300, size=10, colour="black") is False
    assert _boxes(axes) == []


def test_the_key_tells_number_time_and_what_was_seen() -> None:
    zone = {"id": "z", "name": "Kharg", "country": "IR", "kind": "load_terminal"}
    gap = made_step(kind="gap", end_at="2020-05-02T10:00:00Z")
    steps = (made_step(kind="port_visit", zone=zone), gap, made_step(kind="gap"), made_step(mmsi=1))
    rows = key.key_rows(made_alert(*steps))
    assert [row.number for row in rows] == ["1", "2", "3", "4"]
    assert rows[0].time == "2020-05-01 04:00"
    words = [row.words for row in rows]
    assert words == ["Port call · Kharg", "No AIS 30 h", "Not heard since", "In the zone (MMSI 1)"]


def test_a_key_of_many_steps_says_how_many_are_left_out() -> None:
    rows = key.key_rows(made_alert(*(made_step() for _ in range(20))))
    assert len(rows) == 12
    assert rows[-1].words == "… and 9 more steps"


def test_a_gap_and_the_same_silence_of_the_track_are_one() -> None:
    gap = {"start_at": BROKEN["fix_at"][1], "start_lat": 11.0, "start_lon": 62.0}
    gap |= {"end_at": BROKEN["fix_at"][2], "end_lat": 19.0, "end_lon": 62.0}
    (silence,) = track.collect_silences(BROKEN, pd.DataFrame([gap]))
    assert silence.words == "no AIS 30 h"


SILENCES = {
    "hours": (8.0, "no AIS 8 h"),
    "days": (24 * 6, "no AIS 6.0 days"),
    "open": (None, "no AIS since 2020-05-01"),
}


@pytest.mark.parametrize(("hours", "words"), SILENCES.values(), ids=SILENCES)
def test_a_silence_says_how_long_it_was(hours: float | None, words: str) -> None:
    end_at = None if hours is None else T0 + pd.Timedelta(hours=hours)
    gap = {"start_at": T0, "start_lat": 1.0, "start_lon": 1.0, "end_at": end_at, "end_lat": 2.0, "end_lon": 2.0}
    if hours is None:
        gap |= {"end_lat": None, "end_lon": None}
    (silence,) = track.collect_silences(made_track([]), pd.DataFrame([gap]))
    assert silence.words == words


FOCI = ("ir_kharg", "fj_200nm", "port_nlrtm", "ru_12nm", None)


@pytest.mark.parametrize("focus", FOCI, ids=str)
def test_zones_are_drawn(focus: str | None, zones: Zones, tmp_path: Path) -> None:
    draw_zones_map(zones, tmp_path / "z.png", focus=focus)
    colour = "#7fb59a" if focus is None else "#9c2b22"
    assert len(pixels_like(drawn(tmp_path / "z.png"), colour)[0]) > 20


def test_a_zone_that_does_not_exist_is_not_drawn(zones: Zones, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        draw_zones_map(zones, tmp_path / "z.png", focus="no_such_zone")
    assert not (tmp_path / "z.png").exists()
