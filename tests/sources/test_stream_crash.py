"""A listener killed at any moment: what was on disk stays and can be loaded, what is missing is stated."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.readers.cases import drain
from tests.readers.test_nmea import tagged
from tests.sources.stream_cases import as_bytes, in_parts, numbered, read_inbox, serving, wait_until
from watch.sources.landing import Landing

SOAK_KILLS = int(os.environ.get("SHIPWATCH_KILLS", "100"))
LISTEN = Path(__file__).with_name("listen.py")
FIX = numbered(1)[0]
PARTS = in_parts(1)
FLUSH_S = 0.1


class Mast:
    """Sends numbered sentences for ever, whoever listens; every tenth is a message in two parts."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, connection: socket.socket) -> None:
        while True:
            number, self.sent = self.sent, self.sent + 1
            tag = f"s:mast,c:{1_591_000_000 + number}"
            lines = [tagged(line, tag) for line in ([FIX] if number % 10 else PARTS)]
            data = as_bytes(lines)
            cut = random.randrange(len(data))
            connection.sendall(data[:cut])
            connection.sendall(data[cut:])
            if not number % 25:
                connection.settimeout(0.002)
                try:
                    connection.recv(1)  # a pause that ends when the listener goes
                except TimeoutError:
                    connection.settimeout(None)


def numbers(text: str) -> list[int]:
    """Return the numbers of the messages whose lines stand in a text, each once; all lines must be whole."""
    found = [int(line.partition("c:")[2][:10]) - 1_591_000_000 for line in text.splitlines()]
    assert all(re.fullmatch(r"\\s:mast,c:\d{10}\*..\\!AIV.*\*..", line) for line in text.splitlines())
    return list(dict.fromkeys(found))


def kill_often(folder: Path, kills: int, batch: str) -> None:
    landing, told, mast = Landing(folder / "inbox"), folder / "told", Mast()
    chance, interrupted = random.Random(kills), 0
    with serving(mast) as server:
        said = {"kind": "nmea-tcp", "name": "mast", "host": "127.0.0.1", "port": server.port, "flush_s": FLUSH_S}
        command = [sys.executable, str(LISTEN), json.dumps(said | {"batch": batch}), str(landing.folder), str(told)]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        for kill in range(kills + 1):
            before = len(read_inbox(landing))
            process = subprocess.Popen(command, env=environment)
            wait_until(lambda before=before: len(read_inbox(landing)) > before)
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0, 4 * FLUSH_S))
            seen = numbers_on_disk(landing)
            process.send_signal(signal.SIGKILL if kill < kills else signal.SIGTERM)
            assert process.wait(30) == (-signal.SIGKILL if kill < kills else 0)
            interrupted += len(landing.parts())
            assert set(seen) <= set(numbers_on_disk(landing))  # what was on disk stays
    check(landing, told.read_text(), interrupted, kills)


def numbers_on_disk(landing: Landing) -> list[int]:
    """Return the messages of which whole lines are on disk now; a line being written is not counted."""
    text = read_inbox(landing)
    return numbers(text[: text.rfind("\n") + 1])


def check(landing: Landing, told: str, interrupted: int, kills: int) -> None:
    assert landing.parts() == []
    found = numbers(read_inbox(landing))
    assert found == sorted(found)  # in order, none twice
    for path in landing.ready():
        read = drain(path)
        assert read.rejects.num_rows == 0
        assert read.positions.num_rows + read.source.static_messages == len(numbers(path.read_text()))
    stated = re.findall(
        r"^lost stopped without notice: what came after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(last flush\), "
        r"at most 0\.1 s, is not there",
        told,
        re.MULTILINE,
    )
    assert 0 < len(stated) == interrupted <= kills


def test_a_killed_listener_keeps_what_was_on_disk_and_states_the_loss(tmp_path: Path) -> None:
    kill_often(tmp_path, 2, "5min")


@pytest.mark.soak
@pytest.mark.parametrize("batch", ["5min", "0.005min"])
def test_a_listener_killed_a_hundred_times_loses_only_what_it_states(tmp_path: Path, batch: str) -> None:
    kill_often(tmp_path, SOAK_KILLS // 2, batch)
