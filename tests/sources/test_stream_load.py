"""From a stream to the lake: what landed, loaded as any file, gives what one file of the same messages gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import chain_cases as cases
from tests.readers.cases import drain
from tests.readers.json_cases import aisstream
from tests.readers.test_nmea import sentences, tagged
from tests.sources.stream_cases import QUICK, Heard, as_bytes, listening, sends, serving, wait_until
from tests.sources.test_aisstream import KEY, feeding, settings
from tests.sources.test_aisstream import sends as sends_json
from watch.detect.world import World
from watch.readers.messages import FIX_COLUMNS
from watch.rules.loader import RuleSet
from watch.source_settings import NmeaTcpSettings

BEGIN = datetime(2020, 6, 1, 23, 30, tzinfo=UTC)
SHIPS = range(636_999_101, 636_999_107)
MINUTES = range(0, 60, 2)  # over midnight


def place(ship: int, minute: int) -> tuple[float, float]:
    return 10 + (ship % 10) / 10 + minute / 600, 50 + minute / 300


def nmea() -> list[str]:
    """Return an hour of six ships, with the time in tag blocks and an identity of each every twenty minutes."""
    lines = []
    for minute in MINUTES:
        at_s = int((BEGIN + timedelta(minutes=minute)).timestamp())
        for ship in SHIPS:
            lat, lon = place(ship, minute)
            said = {"lat": lat, "lon": lon, "speed": 10.5, "course": 45.0, "heading": 44, "status": 0}
            found = sentences(1, **said, mmsi=ship)
            if not minute % 20:
                found += sentences(5, mmsi=ship, seq_id=ship % 10, shipname=f"SHIP {ship}", ship_type=80, draught=9.5)
            lines += [tagged(line, f"s:mast,c:{at_s}") for line in found]
    return lines


def report(ship: int, minute: int) -> dict[str, Any]:
    lat, lon = place(ship, minute)
    at = BEGIN + timedelta(minutes=minute)
    said = {"UserID": ship, "Latitude": lat, "Longitude": lon, "Sog": 10.5, "Cog": 45.0, "TrueHeading": 44}
    return aisstream("PositionReport", {**said, "NavigationalStatus": 0}, f"{at:%Y-%m-%d %H:%M:%S} +0000 UTC")


def stored(folder: Path, sea: World, rules: RuleSet, paths: list[Path]) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the positions and identities that files give, and the rows that were rejected."""
    ws = cases.workspace(folder, None, sea, rules)
    files = cases.load(ws, paths).files
    assert [one.fault for one in files] == [""] * len(paths)
    span = (BEGIN - timedelta(days=1), BEGIN + timedelta(days=2))
    fixes = pd.DataFrame(ws.lake.read_positions(*span).to_pandas())[list(FIX_COLUMNS)[1:]]
    statics = ws.lake.read_statics(*span).to_pandas()
    return fixes, statics, sum(one.rejects for one in files)


def test_nmea_that_was_heard_is_what_a_log_of_it_is(tmp_path: Path, sea: World, rules: RuleSet) -> None:
    lines = nmea()
    log = tmp_path / "log.nmea"
    log.write_text("\n".join(lines) + "\n")
    heard = hear(tmp_path / "inbox", lines)
    assert len(heard.landing.ready()) > 1
    wanted = stored(tmp_path / "one", sea, rules, [log])
    found = stored(tmp_path / "many", sea, rules, heard.landing.ready())
    assert len(wanted[0]) == len(SHIPS) * len(MINUTES)
    pd.testing.assert_frame_equal(found[0], wanted[0])
    pd.testing.assert_frame_equal(found[1], wanted[1])
    assert found[2] == wanted[2] == 0


def hear(folder: Path, lines: list[str]) -> Heard:
    """Return what a listener landed of lines that come in three pieces, a connection each."""
    third = len(lines) // 3
    pieces = [lines[:third], lines[third : 2 * third], lines[2 * third :]]
    scripts = [sends(as_bytes(piece), then_stay=number == 2) for number, piece in enumerate(pieces)]
    with serving(*scripts) as server:
        settings = NmeaTcpSettings(kind="nmea-tcp", name="mast", host="127.0.0.1", port=server.port, **QUICK)
        with listening(settings, folder) as heard:
            wait_until(lambda: len(heard.lines()) == len(lines))
    return heard


def test_aisstream_tells_what_nmea_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWATCH_TEST_KEY", KEY)
    messages = [report(ship, minute) for minute in MINUTES for ship in SHIPS]
    log = tmp_path / "log.nmea"
    log.write_text("\n".join(nmea()) + "\n")
    with feeding(sends_json(*messages)) as feed, listening(settings(feed.port, **QUICK), tmp_path / "inbox") as heard:
        wait_until(lambda: len(heard.lines()) == len(messages))
    wanted = drain(log).positions.to_pandas()
    found = pd.concat([drain(path).positions.to_pandas() for path in heard.landing.ready()], ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted, check_exact=False, atol=2e-6, rtol=0)
