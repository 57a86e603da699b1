"""Collecting: files that nobody would load are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from watch.service.collect import inbox, tell_left_behind
from watch.source_settings import FolderSettings
from watch.store.runs import read_health
from watch.workspace import Workspace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEPT = FolderSettings.model_validate({"name": "kept", "kind": "folder", "path": "in", "enabled": False})


def test_files_of_a_source_that_is_gone_from_the_settings_are_told_once_a_day(tmp_path: Path) -> None:
    ws = Workspace(tmp_path)
    for name in ("gone", "kept", "empty"):
        landing = inbox(ws, name)
        if name != "empty":
            (landing.folder / "20261122T100000.000000Z.nmea").touch()
    for minutes in (0, 10, 20):
        tell_left_behind(ws, [KEPT], NOW + timedelta(minutes=minutes))
    with ws.engine.connect() as conn:
        (told,) = [row["message"] for row in read_health(conn)]
    assert told.startswith("gone: 1 file in its inbox will not be loaded")


def test_without_inboxes_nothing_is_told(tmp_path: Path) -> None:
    ws = Workspace(tmp_path)
    tell_left_behind(ws, [], NOW)
    with ws.engine.connect() as conn:
        assert read_health(conn) == []
