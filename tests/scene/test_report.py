"""The single-file report: all in one, small enough, hostile names harmless, and the whole scene inside."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import on

from tests.scene.conftest import BEGIN, HOSTILE
from tests.scene.scenes import decoded
from watch.geodesy import wrap_lon
from watch.scene.asked import ask_for_vessel
from watch.scene.fixes import Fixes
from watch.scene.inline import replay_inline, script_text, style_text
from watch.scene.make import Scene, gather_scene, make_scene
from watch.scene.report import make_report, write_report
from watch.scene.ships import Ship
from watch.workspace import Workspace

MADE_AT = datetime(2020, 6, 1, tzinfo=UTC)
SHIPS, FIXES, DAYS = 10, 12_000, 40


class Parts(HTMLParser):
    """What stands in a page: the texts of its scripts and styles, its policy, and all that it would ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside: list[tuple[str, dict[str, str | None], str]] = []
        self.asks: list[str] = []
        self.policy = ""
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.asks += [str(told[name]) for name in ("src", "href", "srcset", "data", "style") if name in told]
        self.asks += [name for name in told if name.startswith("on")]
        if told.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(told["content"])
        if tag in ("script", "style"):
            self._open = tag, told
            self.inside.append((tag, told, ""))

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, told, text = self.inside[-1]
            self.inside[-1] = tag, told, text + data

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[0]:
            self._open = None

    @property
    def scene(self) -> dict[str, Any]:
        (packed,) = [text for _, told, text in self.inside if told.get("id") == "scene"]
        return dict(json.loads(gzip.decompress(base64.b64decode(packed))))


def report_of(sea: Workspace, **more: Any) -> str:
    return make_report(sea, ask_for_vessel(sea, "imo:9999967", None, None), MADE_AT, **more).text


def test_it_holds_the_scene_and_the_land_beneath(sea: Workspace) -> None:
    asked = ask_for_vessel(sea, "imo:9999967", None, None)
    inside, whole = Parts(report_of(sea)).scene, make_scene(sea, asked)
    assert decoded(inside["ships"][0]["track"]) == decoded(whole["ships"][0]["track"])
    assert inside["events"] == whole["events"]
    assert inside["coast"]["lines"]


def test_it_asks_for_nothing(sea: Workspace) -> None:
    asks = Parts(report_of(sea)).asks
    assert [address for address in asks if not address.startswith(("data:", "#"))] == []


def test_the_policy_names_each_script_and_style_and_nothing_else(sea: Workspace) -> None:
    parts = Parts(report_of(sea))
    run = [(tag, text) for tag, told, text in parts.inside if told.get("id") != "scene"]
    hashes = [(tag, base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()) for tag, text in run]
    sources = {name: set(values) for name, *values in (rule.split() for rule in parts.policy.split(";"))}
    assert sources["default-src"] == {"'none'"}
    assert sources["script-src"] == {f"'sha256-{value}'" for tag, value in hashes if tag == "script"}
    assert sources["style-src"] == {f"'sha256-{value}'" for tag, value in hashes if tag == "style"}
    assert sources["img-src"] == {"data:"}
    assert "connect-src" not in sources
    assert len(run) == len(replay_inline().scripts) + len(replay_inline().styles)


def test_a_hostile_name_is_text_in_the_page_and_bytes_in_the_scene(sea: Workspace) -> None:
    text = report_of(sea)
    assert HOSTILE not in text
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in text
    assert Parts(text).scene["ships"][0]["label"] == HOSTILE


def test_it_says_when_it_was_made_from_what_and_that_tracks_are_made_ones(sea: Workspace) -> None:
    text = report_of(sea, synthetic=True)
    assert "made 1 Jun 2020 00:00 UTC from data up to" in text
    assert "no ship sailed them" in text
    assert "no ship sailed them" not in report_of(sea)


def test_the_same_data_gives_the_same_file(sea: Workspace) -> None:
    assert report_of(sea) == report_of(sea)


def test_what_cannot_end_an_element_stays_a_script() -> None:
    assert script_text("x = '</SCRIPT><!--';") == "x = '\\x3c/SCRIPT>\\x3c!--';\n"
    assert not any(re.search("</script|<!--|sourceMappingURL", text, re.IGNORECASE) for text in replay_inline().scripts)


def test_a_style_sheet_keeps_pictures_that_it_holds_itself() -> None:
    assert (
        style_text("a{b:url( 'x.png' );c:url(data:image/png;base64,AA)}") == "a{b:none;c:url(data:image/png;base64,AA)}"
    )


@pytest.fixture(scope="module")
def fleet(sea: Workspace) -> Scene:
    """Ten ships of forty days, heard twelve thousand times each and as noisy as real ones."""
    rng = np.random.default_rng(1)
    rest = gather_scene(sea, ask_for_vessel(sea, "imo:9999967", None, None)).rest
    return Scene([made_ship(number, rng) for number in range(SHIPS)], rest)


def made_ship(number: int, rng: np.random.Generator) -> Ship:
    at_us = np.sort(rng.integers(0, DAYS * 86_400, FIXES)) * 1_000_000 + 1_588_291_200_000_000
    course = np.cumsum(rng.normal(0, 0.02, FIXES))
    miles = np.diff(at_us, prepend=at_us[0]) / 3.6e9 * 11
    fixes = Fixes(
        at_us,
        10 + number + np.cumsum(np.cos(course) * miles) / 60 + rng.normal(0, 1e-4, FIXES),
        wrap_lon(-30 + np.cumsum(np.sin(course) * miles) / 60 + rng.normal(0, 1e-4, FIXES)),
        11 + rng.normal(0, 0.3, FIXES),
        np.degrees(course) + rng.normal(0, 3, FIXES),
        np.full(FIXES, 636001000 + number),
        np.arange(FIXES) == 0,
    )
    role = "partner" if number else "focus"
    return Ship(f"mmsi:{636001000 + number}", f"MADE {number}", "", role, fixes, at_us[:1] // 1_000_000, [])


def test_ten_ships_of_forty_days_fit_into_a_megabyte(sea: Workspace, fleet: Scene) -> None:
    made = write_report(fleet, ask_for_vessel(sea, "imo:9999967", None, None), MADE_AT)
    assert 500_000 < len(made.text.encode()) <= 1_000_000
    ships = Parts(made.text).scene["ships"]
    left = sum(ship["track"]["n"] for ship in ships)
    assert len(ships) == SHIPS
    assert made.told[0].startswith(f"Of {SHIPS * FIXES:,} stored positions of these ships {left:,} are in this file")
    assert made.told[0] in made.text
    assert {ship["track"]["thinned_m"] for ship in ships} <= {20.0, 30.0, 50.0}


def test_a_smaller_limit_leaves_more_out(sea: Workspace, fleet: Scene) -> None:
    asked = ask_for_vessel(sea, "imo:9999967", None, None)
    alone = Scene(fleet.ships[:1], fleet.rest)
    limits = (440_000, 1_000_000)
    small, large = (write_report(alone, asked, MADE_AT, n).text for n in limits)
    assert len(small.encode()) <= limits[0] < len(large.encode())
    tracks = [Parts(text).scene["ships"][0]["track"] for text in (small, large)]
    assert tracks[0]["n"] < tracks[1]["n"] == FIXES
    assert tracks[0]["thinned_m"] > tracks[1]["thinned_m"] == 0


def test_the_command_writes_a_window_and_says_how_large_it_is(sea_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "week.html"
    until = BEGIN + timedelta(days=7)
    done = on(sea_folder, "replay", "--from", BEGIN.isoformat(), "--to", until.isoformat(), "--html", file)
    assert (done.code, done.err) == (0, "")
    assert f"{file.stat().st_size / 1000:,.0f} kB" in done.out
    assert "positions of these ships" in done.out
    assert len(Parts(file.read_text(encoding="utf-8")).scene["ships"]) >= 5


REFUSED = {
    "vessel_without_a_file": (("--vessel", "imo:9999967"), 2, "--html FILE"),
    "alert_and_times": (("--alert", "ab", "--from", "2020-05-01", "--html", "x.html"), 2, "leave --vessel"),
    "unknown_alert": (("--alert", "zz", "--html", "x.html"), 2, "no alert with an id"),
    "folder_that_is_none": (("--vessel", "imo:9999967", "--html", "/proc/nowhere/x.html"), 2, "cannot be written"),
    "nothing_happened": (
        ("--from", "2031-01-01", "--to", "2031-01-02", "--html", "x.html"),
        2,
        "no ship that something happened to was heard",
    ),
}


@pytest.mark.parametrize(("words", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_told(sea_folder: Path, words: tuple[str, ...], code: int, told: str) -> None:
    done = on(sea_folder, "replay", *words)
    assert done.code == code
    assert told in done.err


def test_without_html_a_replay_still_compares(sea_folder: Path) -> None:
    done = on(sea_folder, "replay")
    assert done.code == 0
    assert "equal to the stored ones" in done.out
