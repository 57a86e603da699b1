"""Loading one file: whatever stands in it, the files after it are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from watch import loading
from watch.errors import Stopped
from watch.loading import load_file
from watch.readers import Source
from watch.store.runs import read_health
from watch.workspace import Workspace

TEXT = "mmsi,fix_at,lat,lon,sog_kn\n636990001,2020-05-01T00:00:00Z,25.0,57.0,6.0\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "day.csv"
    path.write_text(TEXT)
    return path


def break_off(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the reader fail after the first batch."""
    read_file = loading.read_file

    def broken(batches: Iterator[object]) -> Iterator[object]:
        yield from batches
        raise error

    def reading(*args: object, **more: object) -> Source:
        source = read_file(*args, **more)  # type: ignore[arg-type]
        source.batches = broken(source.batches)  # type: ignore[assignment]
        return source

    monkeypatch.setattr(loading, "read_file", reading)


def test_a_slip_of_a_reader_stops_no_other_file(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that breaks a reader would otherwise end every run from then on."""
    break_off(monkeypatch, OverflowError("date value out of range"))
    ws = Workspace(tmp_path / "data")
    report = load_file(ws, file, "auto", lambda what, share: None, origin="dropbox")
    assert (report.positions, report.again) == (1, False)
    assert "does not expect (OverflowError: date value out of range)" in report.fault
    with ws.engine.connect() as conn:
        assert [row["message"] for row in read_health(conn)] == [report.fault]


def test_who_asks_to_stop_is_no_fault_of_the_file(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_off(monkeypatch, Stopped("stopped when asked to"))
    with pytest.raises(Stopped):
        load_file(Workspace(tmp_path / "data"), file, "auto", lambda what, share: None)


def test_a_file_that_this_machine_cannot_read_is_told_once_a_day(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(monkeypatch, OSError(5, "Input/output error"))
    ws = Workspace(tmp_path / "data")
    for _ in range(3):
        assert load_file(ws, file, "auto", lambda what, share: None).again
    with ws.engine.connect() as conn:
        assert len(read_health(conn)) == 1
