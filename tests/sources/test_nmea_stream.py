"""NMEA over TCP and UDP from real senders: slow, cut off, flooding, or full of rubbish."""

from __future__ import annotations

import random
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.readers.cases import drain
from tests.readers.test_nmea import FIX, NOON_S, resealed, tagged
from tests.sources.stream_cases import (
    ONE_BATCH,
    QUICK,
    Heard,
    as_bytes,
    free_port,
    in_parts,
    listening,
    numbered,
    sends,
    serving,
    wait_until,
)
from watch.source_settings import NmeaTcpSettings, NmeaUdpSettings
from watch.sources.nmea_stream import NmeaFeed
from watch.sources.stream import Counts

FIXES = numbered(200)
AT = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)


def tcp(port: int, **more: object) -> NmeaTcpSettings:
    return NmeaTcpSettings(kind="nmea-tcp", name="mast", host="127.0.0.1", port=port, **(ONE_BATCH | more))


def udp(port: int, **more: object) -> NmeaUdpSettings:
    return NmeaUdpSettings(kind="nmea-udp", name="mast", port=port, **(ONE_BATCH | more))


def test_sentences_land_with_the_time_of_receipt(tmp_path: Path) -> None:
    with serving(sends(as_bytes(FIXES))) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 200)
    assert heard.bare() == FIXES
    (path,) = heard.landing.ready()
    read = drain(path)
    assert (read.positions.num_rows, read.rejects.num_rows) == (200, 0)
    begun_at = datetime.strptime(path.name, "%Y%m%dT%H%M%S.%fZ.nmea").replace(tzinfo=UTC)
    assert abs(read.first["fix_at"] - begun_at) < timedelta(minutes=1)
    assert heard.told == [("up", f"127.0.0.1:{server.port}: connected")]


def slow(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


SENDERS = {
    "byte_by_byte": (sends(*slow(as_bytes(FIXES[:20]))), FIXES[:20]),
    "bare_newlines": (sends(as_bytes(FIXES[:20], "\n")), FIXES[:20]),
    "bare_returns": (sends(as_bytes(FIXES[:20], "\r")), FIXES[:20]),
    "garbage_between": (
        sends(as_bytes(FIXES[:10]), b"\x00\xff\x80\xfe" * 1000 + b"\r\n", as_bytes(FIXES[10:20])),
        FIXES[:20],
    ),
    "an_endless_line_between": (
        sends(as_bytes(FIXES[:10]), b"A" * 300_000 + b"\n", as_bytes(FIXES[10:20])),
        FIXES[:20],
    ),
}


@pytest.mark.parametrize(("script", "wanted"), SENDERS.values(), ids=SENDERS)
def test_every_whole_sentence_lands(tmp_path: Path, script: object, wanted: list[str]) -> None:
    with serving(script) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) >= len(wanted))
    assert heard.bare() == wanted


def test_what_is_not_kept_is_counted_and_told(tmp_path: Path) -> None:
    rubbish = b"\xff\xfe\n" * 3 + b"A" * 5000 + b"\n" + b"$GPRMC,1\r\n" * 7
    with serving(sends(rubbish, as_bytes(FIXES[:1]))) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(heard.lines)
    (said,) = heard.of("lost")
    assert said == "not kept: 1 lines longer than 1,024 bytes, 3 lines that are no text"
    assert heard.of("note") == ["left out: 7 sentences that are no AIS"]


def test_sentences_of_other_instruments_are_no_loss(tmp_path: Path) -> None:
    script = sends(b"$GPRMC,1\r\n" * 7, as_bytes(FIXES[:1]))
    with serving(script) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(heard.lines)
    assert heard.of("lost") == []


def test_a_damaged_sentence_lands_so_that_loading_says_why(tmp_path: Path) -> None:
    damaged = FIX.replace("*", "1*")
    with serving(sends(as_bytes([FIX, damaged, "hello"]))) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 3)
    read = drain(heard.landing.ready()[0])
    assert read.positions.num_rows == 1
    assert [reason.split(",")[0] for reason in read.reasons.values()] == [
        next(reason for reason in read.reasons.values() if "checksum" in reason).split(",")[0],
        "the line holds no AIS sentence (!AIVDM or !AIVDO)",
    ]


def test_half_a_line_is_only_completed_by_its_own_connection(tmp_path: Path) -> None:
    one, two = FIXES[0], FIXES[1]
    first = sends(as_bytes([two]), one[:20].encode(), then_stay=False)
    second = sends(one[20:].encode() + b"\r\n", as_bytes([two]))
    with serving(first, second) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(lambda: heard.bare().count(two) == 2)
    assert one not in heard.bare()
    assert "1 lines cut short by the end of a connection" in heard.of("lost")[0]


def test_a_connection_that_is_cut_is_made_anew_and_told_once_each(tmp_path: Path) -> None:
    scripts = [sends(as_bytes([line]), then_stay=False) for line in FIXES[:2]] + [sends(as_bytes(FIXES[2:3]))]
    with serving(*scripts) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 3)
    assert heard.bare() == FIXES[:3]
    assert [kind for kind, _ in heard.told] == ["up", "down", "up", "down", "up"]
    assert heard.told[1][1].endswith("the other side closed the connection; tried again until it is back")
    assert "is back after" in heard.told[2][1]


def test_a_silent_connection_is_made_anew(tmp_path: Path) -> None:
    settings = {"silent_after": timedelta(seconds=0.3)}
    scripts = [sends(as_bytes(FIXES[:1])), sends(as_bytes(FIXES[1:2]))]
    with serving(*scripts) as server, listening(tcp(server.port, **settings), tmp_path) as heard:
        wait_until(lambda: len(heard.lines()) == 2)
    assert "no message for 0 s" in heard.of("down")[0]


def test_a_server_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    port = free_port()
    with listening(tcp(port), tmp_path) as heard:
        wait_until(lambda: heard.of("down"))
        with socket.create_server(("127.0.0.1", port)) as server:
            connection, _ = server.accept()
            with connection:
                connection.sendall(as_bytes(FIXES[:1]))
                wait_until(heard.lines)
    assert "refused" in heard.of("down")[0]
    assert len(heard.of("up")) == 1


def test_a_flood_makes_the_sender_wait_and_loses_nothing(tmp_path: Path) -> None:
    """Fifty thousand sentences as fast as the wire takes them: the queue is bounded, so the sender is held up."""
    flood = as_bytes(FIXES) * 250
    with serving(sends(flood)) as server, listening(tcp(server.port), tmp_path) as heard:
        wait_until(lambda: heard.size_bytes() >= len(flood))
        wait_until(lambda: len(heard.lines()) == 50_000)
    assert heard.bare() == FIXES * 250
    assert heard.of("lost") == []


def test_batches_follow_one_another_and_never_cut_a_message_in_parts(tmp_path: Path) -> None:
    """Parts arrive with pauses longer than a batch between them, and every file can be read for itself."""
    messages = [in_parts(number) for number in range(6)]

    def serve(connection: socket.socket) -> None:
        for parts in messages:
            for part in (*parts, *FIXES[:1]):
                connection.sendall(as_bytes([part]))
                pause.wait(0.1)
        connection.recv(1)

    pause = threading.Event()
    quick = QUICK | {"batch": timedelta(seconds=0.05)}
    with serving(serve) as server, listening(tcp(server.port, **quick), tmp_path) as heard:
        wait_until(lambda: sum(len(p.read_text().splitlines()) for p in heard.landing.ready()) == 18)
    files = [drain(path) for path in heard.landing.ready()]
    assert len(files) > 3
    assert [reason for read in files for reason in read.reasons.values()] == []
    assert sum(read.source.static_messages for read in files) == 6


def feed(**more: object) -> NmeaFeed:
    return NmeaFeed(tcp(1, **more), Counts())


def taken(feed: NmeaFeed, *lines: str, sender: str = "") -> list[str]:
    return feed.take([line.encode() for line in lines], AT, sender).decode().splitlines()


STAMP = f"c:{int(AT.timestamp())}"
TAGS = {
    "bare": (FIX, {}, tagged(FIX, f"{STAMP},s:mast")),
    "with_a_receiver": (FIX, {"receiver": "satellite"}, tagged(FIX, f"{STAMP},s:mast,t:satellite")),
    "a_moment_in_a_tag_block_stays": (tagged(FIX), {}, tagged(FIX)),
    "a_moment_behind_stays": (f"{FIX},{NOON_S}", {}, f"{FIX},{NOON_S}"),
    "a_tag_block_without_moment_stays": (tagged(FIX, "s:r1"), {}, tagged(tagged(FIX, "s:r1"), f"{STAMP},s:mast")),
    "a_moment_and_a_receiver": (tagged(FIX), {"receiver": "terrestrial"}, tagged(tagged(FIX), "t:terrestrial")),
}


@pytest.mark.parametrize(("line", "settings", "landed"), TAGS.values(), ids=TAGS)
def test_the_time_of_receipt_is_added_where_there_is_none(
    tmp_path: Path, line: str, settings: dict[str, str], landed: str
) -> None:
    assert taken(feed(**settings), line) == [landed]
    path = tmp_path / "one.nmea"
    path.write_text(landed + "\n")
    said = drain(path).first
    assert said["fix_at"].timestamp() == (NOON_S if str(NOON_S) in line else int(AT.timestamp()))
    assert said["receiver"] == settings.get("receiver", "unknown")


def test_parts_wait_for_one_another_and_senders_are_kept_apart() -> None:
    one, two = in_parts(1), in_parts(1)
    both = feed()
    assert taken(both, one[0], sender="a") == []
    assert taken(both, two[0], sender="b") == []
    assert len(taken(both, two[1], sender="b")) == 2
    assert len(taken(both, one[1], sender="a")) == 2
    assert both.rest() == b""


def test_a_lost_part_sets_the_others_free() -> None:
    one, two = in_parts(1), in_parts(1)
    loose = feed()
    assert taken(loose, one[0]) == []
    assert len(taken(loose, two[0])) == 1  # the second one was lost, and the next message begins
    assert len(taken(loose, two[1])) == 2
    assert len(taken(loose, one[1])) == 1  # a second part without a first
    assert taken(loose, one[0]) == []
    assert loose.rest().count(b"\n") == 1


def test_open_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watch.sources.nmea_stream._MOST_HELD", 10)
    flood, part = feed(), in_parts(1)[0]
    found = [line for number in range(50) for line in taken(flood, part, sender=str(number))]
    assert (len(found), flood.rest().count(b"\n")) == (40, 10)


def test_parts_that_wait_too_long_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = feed()
    assert taken(waiting, in_parts(1)[0]) == []
    monkeypatch.setattr("watch.sources.nmea_stream._PARTS_WITHIN_S", -1.0)
    assert len(taken(waiting)) == 1


def test_shuffled_garbage_never_raises() -> None:
    chance = random.Random(7)
    alphabet = "".join(map(chr, range(0x20, 0x7F)))
    start = feed()
    for _ in range(2000):
        cut = FIX[: chance.randrange(len(FIX))] + "".join(chance.choices(alphabet, k=chance.randrange(40)))
        body = "AIVDM," + "".join(chance.choices("0123456789,AB*\\", k=20))
        taken(start, cut, resealed(f"!{body}*00"), body, f"\\{cut}\\{FIX}")


def test_udp_datagrams_land(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    with listening(udp(port), tmp_path) as heard, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        greet(sender, heard)
        sender.send(as_bytes(FIXES[:3]))  # several in one datagram
        sender.send(FIXES[3].encode())  # none needs an end
        sender.send(FIXES[4][:20].encode())
        sender.send(FIXES[4][20:].encode())  # halves in two datagrams are two lines, and neither is a sentence
        for part in in_parts(1):
            sender.send(part.encode())
        wait_until(lambda: len(ungreeted(heard)) == 8)
    assert ungreeted(heard) == [*FIXES[:4], FIXES[4][:20], FIXES[4][20:], *in_parts(1)]
    assert len(heard.of("up")) == 1


def ungreeted(heard: Heard) -> list[str]:
    return [line for line in heard.bare() if line != FIXES[100]]


def greet(sender: socket.socket, heard: Heard) -> None:
    """Send until the listener hears, since nobody tells a sender that it does."""

    def one() -> object:
        try:
            sender.send(FIXES[100].encode())
        except ConnectionRefusedError:
            return None  # not yet bound
        return heard.lines()

    wait_until(one)


@pytest.mark.parametrize("buffer_bytes", [1, 4 << 20], ids=["tiny_buffer", "large_buffer"])
def test_a_udp_flood_is_kept_or_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buffer_bytes: int) -> None:
    """What the disk and the system cannot take is told; nothing goes unsaid."""
    monkeypatch.setattr("watch.sources.nmea_stream._RECEIVE_BUFFER_BYTES", buffer_bytes)
    port, sent = free_port(socket.SOCK_DGRAM), 10_000
    with listening(udp(port), tmp_path) as heard, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        greet(sender, heard)
        wait_until(lambda: _calm(heard))
        for number in range(sent):
            sender.send(FIXES[number % 50].encode())
        wait_until(lambda: _calm(heard))
        sender.send(FIXES[60].encode())  # the system tells what it dropped with the next one
        wait_until(lambda: FIXES[60] in heard.bare())
    kept = len(ungreeted(heard)) - 1
    counted = sum(int(item.split()[0].replace(",", "")) for said in heard.of("lost") for item in _items(said))
    assert kept + counted == sent
    assert counted > 0 or buffer_bytes > 1


def _items(said: str) -> list[str]:
    return [item for item in said.removeprefix("not kept: ").split(", ") if "dropped" in item]


def _calm(heard: Heard) -> bool:
    before = heard.size_bytes()
    threading.Event().wait(0.3)
    return heard.size_bytes() == before


def test_udp_silence_is_told_and_the_port_stays_open(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    settings = udp(port, silent_after=timedelta(seconds=0.1))
    with listening(settings, tmp_path) as heard, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        wait_until(lambda: heard.of("down"))
        sender.send(FIXES[0].encode())  # no try again: the port was open all the time
        wait_until(heard.lines)
    assert [kind for kind, _ in heard.told][:2] == ["down", "up"]


def test_a_udp_port_in_use_is_told_and_waited_for(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        with listening(udp(other.getsockname()[1]), tmp_path) as heard:
            wait_until(lambda: heard.of("down"))
    assert "in use" in heard.of("down")[0]
