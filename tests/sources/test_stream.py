"""What all streams share: cutting lines, batches that survive a failing disk, recovery, and the way back."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.sources.stream_cases import ONE_BATCH, wait_until
from watch.errors import StoreError
from watch.source_settings import NmeaTcpSettings
from watch.sources import link as linking
from watch.sources import stream
from watch.sources.batches import BatchWriter, recover
from watch.sources.landing import Landing
from watch.sources.link import Link, RefusedError, keep_connected
from watch.sources.stream import Counts, Landed, Lines

SETTINGS = NmeaTcpSettings(kind="nmea-tcp", name="mast", host="127.0.0.1", port=1, **ONE_BATCH)

CUTS = {
    "whole_lines": ([b"one\ntwo\n"], ["one", "two"], {}),
    "half_lines_join": ([b"on", b"e\nt", b"wo\n"], ["one", "two"], {}),
    "byte_by_byte": ([bytes([c]) for c in b"one\r\ntwo\r\n"], ["one", "two"], {}),
    "any_line_end": ([b"one\rtwo\r\n\r\nthree\n"], ["one", "two", "three"], {}),
    "end_within_a_line": ([b"one\ntw"], ["one"], {"lines cut short by the end of a connection": 1}),
    "nothing": ([b""], [], {}),
    "binary": ([b"one\n\xff\xfe\x00\x01\ntwo\n"], ["one", "two"], {"lines that are no text": 1}),
    "terminal_escape": ([b"\x1b[2Jone\ntwo\n"], ["two"], {"lines that are no text": 1}),
    "too_long_in_one_piece": ([b"x" * 21 + b"\none\n"], ["one"], {"lines longer than 20 bytes": 1}),
    "too_long_in_many": ([b"x" * 15] * 10 + [b"\none\n"], ["one"], {"lines longer than 20 bytes": 1}),
    "too_long_without_end": ([b"x" * 15] * 10, [], {"lines longer than 20 bytes": 1}),
    "two_too_long": (
        [b"x" * 30, b"\n", b"y" * 30, b"\none\n"],
        ["one"],
        {"lines longer than 20 bytes": 2},
    ),
    "just_fits": ([b"x" * 20 + b"\n"], ["x" * 20], {}),
}


@pytest.mark.parametrize(("pieces", "kept", "counted"), CUTS.values(), ids=CUTS)
def test_lines_are_cut(pieces: list[bytes], kept: list[str], counted: dict[str, int]) -> None:
    counts = Counts()
    lines = Lines(counts, 20)
    found = [line.decode() for piece in pieces for line in lines.cut(piece)]
    lines.end()
    assert (found, dict(counts.take())) == (kept, counted)


def test_a_line_without_end_costs_no_memory() -> None:
    lines = Lines(Counts(), 1000)
    for _ in range(10_000):
        lines.cut(b"x" * 1000)
        assert len(lines._half) <= 1000


def writer(landing: Landing, **more: float) -> BatchWriter:
    return BatchWriter(landing, "nmea", **({"flush_s": 0.0, "batch_s": 3600.0} | more))


def test_what_was_added_is_on_disk_after_the_flush_and_loadable_after_the_batch(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    batch = writer(landing, flush_s=0.0, batch_s=0.05)
    assert batch.wait_s() is None
    batch.add(b"one\n")
    batch.tick()
    (part,) = landing.parts()
    assert (part.read_bytes(), landing.ready()) == (b"one\n", [])
    wait_until(lambda: batch.wait_s() == 0)
    batch.tick()
    assert [path.read_bytes() for path in landing.ready()] == [b"one\n"]
    assert landing.parts() == []


def test_a_file_is_begun_before_its_first_line_is_on_disk(tmp_path: Path) -> None:
    """Else a crash before the first flush would leave no trace."""
    landing = Landing(tmp_path)
    batch = writer(landing, flush_s=3600.0)
    batch.add(b"one\n")
    batch.tick()
    assert [path.read_bytes() for path in landing.parts()] == [b""]


def test_a_large_batch_is_closed_early(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    batch = writer(landing, batch_bytes=100)
    for _ in range(10):
        batch.add(b"x" * 30 + b"\n")
        batch.tick()
    batch.close()
    assert [path.stat().st_size for path in landing.ready()] == [124, 124, 62]


def test_a_full_disk_leaves_whole_lines_and_loses_none(tmp_path: Path) -> None:
    landing, line = Landing(tmp_path), b"x" * 99 + b"\n"
    batch = writer(landing, flush_s=0.0)
    batch.add(line * 10)
    batch.tick()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_050, limits[1]))
    try:
        batch.add(line * 90)
        with pytest.raises(OSError, match="File too large"):
            batch.tick()
        (part,) = landing.parts()
        assert part.read_bytes() == line * 10
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    batch.tick()
    batch.close()
    assert [path.read_bytes() for path in landing.ready()] == [line * 100]


LEFT = {
    "whole_lines": (b"one\ntwo\n", b"one\ntwo\n", ""),
    "half_a_line": (b"one\ntwo\nthr", b"one\ntwo\n", "; half a line (3 bytes) was cut off its end"),
    "only_half_a_line": (b"thr", None, "; half a line (3 bytes) was cut off its end"),
    "nothing_yet": (b"", None, ""),
    "a_long_half_line": (
        b"one\n" + b"x" * 200_000,
        b"one\n",
        "; half a line (200000 bytes) was cut off its end",
    ),
}


@pytest.mark.parametrize(("left", "kept", "cut"), LEFT.values(), ids=LEFT)
def test_what_a_crash_left_is_recovered_and_the_loss_stated(
    tmp_path: Path, left: bytes, kept: bytes | None, cut: str
) -> None:
    landing, told = Landing(tmp_path), []
    part = landing.part("20261121T101500.000000Z.nmea")
    part.write_bytes(left)
    at_s = datetime(2026, 11, 21, 10, 17, 30, tzinfo=UTC).timestamp()
    os.utime(part, (at_s, at_s))
    found = recover(landing, 5.0, lambda kind, message: told.append((kind, message)))
    assert [path.read_bytes() for path in found] == ([kept] if kept else [])
    assert (landing.ready(), landing.parts()) == (found, [])
    said = "stopped without notice: what came after 2026-11-21 10:17:30 UTC (last flush), at most 5 s, is not there"
    assert told == [("lost", said + cut)]


def test_nothing_left_means_nothing_told(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    assert recover(Landing(tmp_path), 5.0, lambda *said: told.append(said)) == []
    assert told == []


def test_an_inbox_that_goes_away_and_comes_back_holds_everything(tmp_path: Path) -> None:
    """A disk that is away: who asks for data waits, nothing is lost, and both ends of the fault are told."""
    folder, away, told = tmp_path / "inbox", tmp_path / "away", []
    landing, stop = Landing(folder), threading.Event()
    put = 0
    with Landed(SETTINGS, landing, "nmea", stop, lambda *said: told.append(said), queue_items=4) as landed:
        landed.put(b"line 0\n")
        wait_until(lambda: sum(path.stat().st_size for path in landing.parts()))
        folder.rename(away)
        landed.put(b"line 1\n")
        wait_until(lambda: [kind for kind, _ in told] == ["fault"])

        def fill() -> None:
            nonlocal put
            for number in range(2, 50):
                landed.put(f"line {number}\n".encode())
                put = number

        filling = threading.Thread(target=fill)
        filling.start()
        wait_until(lambda: put >= 5)
        filling.join(0.3)
        assert put == 5  # four wait in the queue, and who brings more has to wait for room
        away.rename(folder)
        filling.join(30)
        wait_until(lambda: "note" in [kind for kind, _ in told])
    lines = [line for path in landing.ready() for line in path.read_text().splitlines()]
    assert lines == [f"line {number}" for number in range(50)]
    assert [kind for kind, _ in told] == ["fault", "note"]


def test_what_cannot_wait_is_dropped_and_counted(tmp_path: Path) -> None:
    folder, told = tmp_path / "inbox", []
    landing, stop = Landing(folder), threading.Event()
    with Landed(SETTINGS, landing, "nmea", stop, lambda *said: told.append(said), queue_items=4) as landed:
        folder.rename(tmp_path / "away")
        landed.offer(b"line\nline\n")
        wait_until(lambda: [kind for kind, _ in told] == ["fault"])
        for _ in range(20):
            landed.offer(b"line\nline\n")
        (tmp_path / "away").rename(folder)
    kept = sum(len(path.read_text().splitlines()) for path in landing.ready())
    (counted,) = [message for kind, message in told if kind == "lost"]
    dropped = int(counted.split()[2])
    assert counted == f"not kept: {dropped} lines dropped, since the disk was behind"
    assert (kept + dropped, kept) == (42, 10)


def test_stopping_while_the_disk_is_away_ends_and_says_what_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_DISK_AGAIN_S", 0.01)
    folder, told = tmp_path / "inbox", []
    landing, stop = Landing(folder), threading.Event()
    with Landed(SETTINGS, landing, "nmea", stop, lambda *said: told.append(said)) as landed:
        folder.rename(tmp_path / "away")
        landed.put(b"line\n")
        wait_until(lambda: told)
    assert [kind for kind, _ in told] == ["fault", "lost"]
    assert "what waited is not there" in told[1][1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ended_is_never_silent(tmp_path: Path) -> None:
    """A fault of ours must not leave a listener that fills a queue which nobody empties."""
    told: list[tuple[str, str]] = []
    with Landed(SETTINGS, Landing(tmp_path), "nmea", threading.Event(), lambda *said: told.append(said), 2) as landed:
        landed._writer.tick = lambda: 1 / 0  # type: ignore[method-assign]
        for _ in range(2):
            landed.put(b"line\n")
        wait_until(lambda: not landed._thread.is_alive())
        landed._queue.put(b"line\n")
        with pytest.raises(StoreError, match="the thread that writes the inbox has ended"):
            landed.put(b"line\n")


def waits_of(link_ends: Callable[[int, Link], None], tries: int, monkeypatch: pytest.MonkeyPatch) -> Waited:
    """Return what a link waited and told over some tries; `link_ends` is one connection."""
    found, stop = Waited([], []), threading.Event()
    monkeypatch.setattr(stop, "wait", found.waits.append)
    link = Link("mast:10110", 60.0, stop, lambda *said: found.told.append(said))

    def session() -> None:
        if len(found.waits) == tries:
            stop.set()
        else:
            link_ends(len(found.waits) + 1, link)

    keep_connected(link, session)
    return found


class Waited(NamedTuple):
    waits: list[float]
    told: list[tuple[str, str]]


def heard_at(*tries: int) -> Callable[[int, Link], None]:
    def ends(number: int, link: Link) -> None:
        if number in tries:
            link.heard()
        raise ConnectionRefusedError(111, "Connection refused")

    return ends


def test_a_connection_is_told_once_when_it_goes_and_once_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "_STEADY_S", 0.0)
    waits, told = waits_of(heard_at(1, 10), 11, monkeypatch)
    assert [kind for kind, _ in told] == ["up", "down", "up", "down"]
    assert told[1][1] == "mast:10110: Connection refused; tried again until it is back"
    assert told[2][1].startswith("mast:10110 is back after ")
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits[:6]))
    assert all(30 <= wait <= 60 for wait in waits[6:9])
    assert waits[9] <= 1  # after a connection that held it begins anew


def test_a_connection_that_comes_and_goes_is_tried_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one that ends after each message would be told of every second."""
    waits, _ = waits_of(heard_at(*range(20)), 12, monkeypatch)
    assert all(30 <= wait <= 60 for wait in waits[6:])


def test_a_refusal_is_told_though_the_connection_was_down_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(number: int, link: Link) -> None:
        raise (RefusedError("wrong key") if number > 2 else ConnectionRefusedError(111, "Connection refused"))

    _, told = waits_of(ends, 6, monkeypatch)
    assert [kind for kind, _ in told] == ["down", "fault"]


def test_who_refuses_us_is_asked_seldom_and_named_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    told: list[tuple[str, str]] = []
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", lambda wait: stop.set() if len(waits) == 9 else waits.append(wait))
    link = Link("feed", 60.0, stop, lambda *said: told.append(said))

    def session() -> None:
        raise RefusedError("the server says: no\x1b[2J\nway")

    keep_connected(link, session)
    assert told == [("fault", "feed: the server says: no[2J way; tried again until it is back")]
    assert waits[0] >= 30
    assert 450 <= waits[8] <= 900


def test_silence_is_an_end_of_a_connection() -> None:
    link = Link("feed", 0.01, threading.Event(), lambda *said: None)
    link.begin()
    time.sleep(0)
    link.heard()
    wait_until(lambda: link.silent)
    with pytest.raises(TimeoutError, match="no message for 0 s"):
        link.check()
    link.begin()
    assert not link.silent


def test_counts_are_taken_once() -> None:
    counts = Counts()
    threads = [threading.Thread(target=lambda: [counts.add("x") for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.take() == Counter(x=4000)
    assert counts.take() == Counter()


def test_the_settings_of_a_stream_hold_its_times() -> None:
    assert SETTINGS.batch == timedelta(hours=1)
