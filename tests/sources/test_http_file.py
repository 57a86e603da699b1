"""Fetching a file from a real server that breaks off, changes its mind, lies, or never ends."""

from __future__ import annotations

import base64
import gzip
import hashlib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from tests.sources.http_server import Archive, Handler, Kept, archive, zip_of
from watch.errors import DamagedError, FetchError, HostileInputError, NotThereError
from watch.sources import http_client
from watch.sources.http_client import Patience
from watch.sources.http_file import download, is_there

PATH = "/AIS_2020_05_05.zip"
BODY = zip_of("AIS_2020_05_05.csv", "MMSI\n1\n", more_bytes=600_000)
OTHER = zip_of("AIS_2020_05_05.csv", "MMSI\n2\n", more_bytes=500_000)
CUT = 300_000


@pytest.fixture
def server() -> Iterator[Archive]:
    with archive() as server:
        yield server


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "2020-05-05_AIS.zip.part"


class Waits(list[float]):
    """Notes the waits and does not wait."""

    @property
    def patience(self) -> Patience:
        return Patience(tries=3, silence_s=5.0, sleep=self.append)


def cut_at(count: int, kept: Kept) -> Callable[[Handler], None]:
    return lambda handler: handler.serve(kept, cut=count)


def test_a_file_is_fetched_whole_and_nothing_is_left_beside_it(server: Archive, part: Path) -> None:
    server.files[PATH] = Kept(BODY)
    told: list[tuple[int, int | None]] = []
    download(server.url + PATH, part, meter=lambda done, of: told.append((done, of)))
    assert part.read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY))
    assert [path.name for path in part.parent.iterdir()] == [part.name]


@pytest.mark.parametrize("kept", [Kept(BODY), Kept(BODY, date="Tue, 05 May 2020 00:00:00 GMT")], ids=["etag", "date"])
def test_a_cut_connection_goes_on_where_it_was_cut(server: Archive, part: Path, kept: Kept) -> None:
    server.files[PATH] = kept
    server.plans[PATH] = [cut_at(CUT, kept), cut_at(1000, kept)]
    waits = Waits()
    download(server.url + PATH, part, patience=waits.patience)
    assert part.read_bytes() == BODY
    ranges = [headers.get("Range") for headers in server.gets(PATH)]
    assert ranges == [None, f"bytes={CUT}-", f"bytes={CUT + 1000}-"]
    assert server.gets(PATH)[1]["If-Range"] == (kept.etag or kept.date)
    assert waits == [0.0, 0.0], "a try that brought something is followed at once"


def test_a_later_run_goes_on_with_the_part_that_an_earlier_one_left(server: Archive, part: Path) -> None:
    kept = server.files[PATH] = Kept(BODY)
    server.plans[PATH] = [cut_at(CUT, kept), *[lambda h: h.say(503)] * 3]
    with pytest.raises(FetchError, match=f"503.*{CUT:,} bytes are kept and the next run goes on there"):
        download(server.url + PATH, part, patience=Waits().patience)
    assert part.stat().st_size == CUT
    download(server.url + PATH, part, patience=Waits().patience)
    assert part.read_bytes() == BODY
    assert server.gets(PATH)[-1]["Range"] == f"bytes={CUT}-"


def test_a_file_that_changed_between_two_tries_is_fetched_anew(server: Archive, part: Path) -> None:
    server.plans[PATH] = [cut_at(CUT, Kept(BODY))]
    server.files[PATH] = Kept(OTHER)
    download(server.url + PATH, part, patience=Waits().patience)
    assert part.read_bytes() == OTHER


def test_a_server_that_gives_the_rest_of_another_file_is_not_believed(server: Archive, part: Path) -> None:
    changed = Kept(OTHER)

    def ignores_if_range(handler: Handler) -> None:
        handler.headers.replace_header("If-Range", changed.etag or "")
        handler.serve(changed)

    server.plans[PATH] = [cut_at(CUT, Kept(BODY)), ignores_if_range]
    server.files[PATH] = changed
    download(server.url + PATH, part, patience=Waits().patience)
    assert part.read_bytes() == OTHER


def test_a_server_without_ranges_sends_all_again(server: Archive, part: Path) -> None:
    kept = server.files[PATH] = Kept(BODY, ranges=False)
    server.plans[PATH] = [cut_at(CUT, kept)]
    download(server.url + PATH, part, patience=Waits().patience)
    assert part.read_bytes() == BODY


def test_without_an_etag_or_a_date_no_part_is_trusted(server: Archive, part: Path) -> None:
    kept = server.files[PATH] = Kept(BODY, etag='W/"weak"')
    server.plans[PATH] = [cut_at(CUT, kept)]
    download(server.url + PATH, part, patience=Waits().patience)
    assert part.read_bytes() == BODY
    assert [headers.get("Range") for headers in server.gets(PATH)] == [None, None]


def test_a_part_of_another_address_is_not_gone_on_with(server: Archive, part: Path) -> None:
    kept = server.files["/old.zip"] = server.files[PATH] = Kept(BODY)
    server.plans["/old.zip"] = [cut_at(CUT, kept), *[lambda h: h.say(500)] * 3]
    with pytest.raises(FetchError):
        download(f"{server.url}/old.zip?key=verysecret", part, patience=Waits().patience)
    assert not any(b"verysecret" in path.read_bytes() for path in part.parent.iterdir())
    download(server.url + PATH, part, patience=Waits().patience)
    assert "Range" not in server.gets(PATH)[0]


def test_a_part_longer_than_the_file_is_thrown_away(server: Archive, part: Path) -> None:
    kept = server.files[PATH] = Kept(BODY)
    server.plans[PATH] = [cut_at(CUT, kept), *[lambda h: h.say(503)] * 3]
    with pytest.raises(FetchError):
        download(server.url + PATH, part, patience=Waits().patience)
    part.write_bytes(BODY + b"more")
    server.plans[PATH] = [lambda h: h.say(416, Content_Range=f"bytes */{len(BODY)}")]
    download(server.url + PATH, part, patience=Waits().patience)
    assert part.read_bytes() == BODY


def test_a_busy_server_is_asked_again_when_it_says(server: Archive, part: Path) -> None:
    server.files[PATH] = Kept(BODY)
    server.plans[PATH] = [lambda h: h.say(503, Retry_After="7"), lambda h: h.say(429), lambda h: h.say(500)]
    waits = Waits()
    download(server.url + PATH, part, patience=replace(waits.patience, tries=5))
    assert part.read_bytes() == BODY
    assert waits[0] == 7.0
    assert all(0 <= wait <= 16 for wait in waits[1:])


def test_a_server_that_asks_for_an_hour_is_left_to_the_next_run(server: Archive, part: Path) -> None:
    server.plans[PATH] = [lambda h: h.say(503, Retry_After="3600")]
    waits = Waits()
    with pytest.raises(FetchError, match="503"):
        download(server.url + PATH, part, patience=waits.patience)
    assert len(server.gets(PATH)) == 1
    assert waits == []


def test_a_server_that_is_down_is_a_fault_after_some_tries(part: Path) -> None:
    with archive() as server:
        url = server.url + PATH
    waits = Waits()
    with pytest.raises(FetchError, match="connection broke"):
        download(url, part, patience=waits.patience)
    assert len(waits) == 2


def test_a_silent_server_is_left(server: Archive, part: Path) -> None:
    from threading import Event

    over = Event()
    server.plans[PATH] = [lambda h: (over.wait(20), None)[1]] * 2
    try:
        with pytest.raises(FetchError, match="gives no answer"):
            download(server.url + PATH, part, patience=Patience(tries=2, silence_s=0.2, sleep=Waits().append))
    finally:
        over.set()


def test_a_file_that_drips_for_ever_is_given_up(server: Archive, part: Path) -> None:
    def drips(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("ETag", '"drip"')
        handler.end_headers()
        handler.close_connection = True
        try:
            while True:
                handler.wfile.write(b"x")
                handler.wfile.flush()
        except OSError:
            pass

    server.plans[PATH] = [drips]
    with pytest.raises(FetchError, match="took longer than"):
        download(server.url + PATH, part, patience=replace(Waits().patience, whole_s=0.3))


def test_an_endless_body_is_hostile_and_nothing_of_it_stays(server: Archive, part: Path) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            pass

    server.plans[PATH] = [endless]
    with pytest.raises(HostileInputError, match="larger than 1,000,000 bytes"):
        download(server.url + PATH, part, patience=replace(Waits().patience, size_bytes=1_000_000))
    assert list(part.parent.iterdir()) == []


def test_a_file_said_to_be_too_large_is_not_begun(server: Archive, part: Path) -> None:
    server.files[PATH] = Kept(BODY)
    with pytest.raises(HostileInputError):
        download(server.url + PATH, part, patience=replace(Waits().patience, size_bytes=1000))
    assert not part.exists()


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_not_there_is_told_apart(server: Archive, part: Path, status: int) -> None:
    server.plans[PATH] = [lambda h: h.say(status)]
    with pytest.raises(NotThereError, match=str(status)):
        download(server.url + PATH, part, patience=Waits().patience)
    assert len(server.gets(PATH)) == 1


def test_a_refusal_is_not_tried_again(server: Archive, part: Path) -> None:
    server.plans[PATH] = [lambda h: h.say(401)]
    with pytest.raises(FetchError, match="401 Unauthorized"):
        download(server.url + PATH, part, patience=Waits().patience)
    assert len(server.gets(PATH)) == 1


def test_a_redirect_is_followed_a_loop_is_not_and_no_file_of_ours_is_read(server: Archive, part: Path) -> None:
    server.files[PATH] = Kept(BODY)
    server.plans["/moved.zip"] = [lambda h: h.say(302, Location=PATH)]
    download(server.url + "/moved.zip", part, patience=Waits().patience)
    assert part.read_bytes() == BODY
    server.plans["/loop.zip"] = [lambda h: h.say(302, Location="/loop.zip")] * 20
    with pytest.raises(FetchError, match="more than 5 times"):
        download(server.url + "/loop.zip", part, patience=Waits().patience)
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/x.zip"):
        server.plans["/out.zip"] = [lambda h, to=target: h.say(302, Location=to)]
        with pytest.raises(FetchError, match="cannot be followed"):
            download(server.url + "/out.zip", part, patience=Waits().patience)


@pytest.mark.parametrize(
    "text",
    ["{sum}\n", "{SUM}  AIS_2020_05_05.zip", "0000  other.zip\n{sum} *./AIS_2020_05_05.zip\n"],
    ids=["alone", "upper_case_with_name", "list_of_several"],
)
def test_a_checksum_that_fits_is_enough(server: Archive, part: Path, text: str) -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    server.files[PATH] = Kept(BODY)
    server.files["/sums"] = Kept(text.format(sum=digest, SUM=digest.upper()).encode())
    download(server.url + PATH, part, checksum=server.url + "/sums", patience=Waits().patience)
    assert part.exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0" * 64, "another sha256"),
        ("<html>not here</html>", "holds no SHA-256"),
        ("", "holds no SHA-256"),
        ("a" * 64 + " x.zip\n" + "b" * 64 + " y.zip", "holds no SHA-256"),
        (None, "404"),
    ],
    ids=["wrong", "a_page", "empty", "of_other_files", "missing"],
)
def test_a_checksum_that_does_not_fit_throws_the_file_away(
    server: Archive, part: Path, text: str | None, reason: str
) -> None:
    server.files[PATH] = Kept(BODY)
    if text is not None:
        server.files["/sums"] = Kept(text.encode())
    with pytest.raises(FetchError, match=reason):
        download(server.url + PATH, part, checksum=server.url + "/sums", patience=Waits().patience)
    assert list(part.parent.iterdir()) == []


def _b64(name: str, body: bytes) -> str:
    return base64.b64encode(hashlib.new(name, body).digest()).decode()


@pytest.mark.parametrize(
    "header",
    [
        lambda body: {"Content-MD5": _b64("md5", body)},
        lambda body: {"Digest": f"SHA-256={_b64('sha256', body)},unixsum=30637"},
        lambda body: {"Repr-Digest": f"sha-512=:{_b64('sha512', body)}:"},
    ],
    ids=["content_md5", "digest", "repr_digest"],
)
def test_a_digest_in_the_answer_is_held_against_the_whole_file(
    server: Archive, part: Path, header: Callable[[bytes], dict[str, str]]
) -> None:
    kept = server.files[PATH] = Kept(BODY, headers=header(BODY))
    server.plans[PATH] = [cut_at(CUT, kept)]
    download(server.url + PATH, part, patience=Waits().patience)
    assert part.read_bytes() == BODY
    part.unlink()
    server.files[PATH] = Kept(BODY, headers=header(OTHER))
    with pytest.raises(DamagedError, match="than the server tells"):
        download(server.url + PATH, part, patience=Waits().patience)
    assert not part.exists()


def _flipped(body: bytes) -> bytes:
    return body[:300] + bytes([body[300] ^ 1]) + body[301:]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, BODY[:-30]),
        (PATH, _flipped(BODY)),
        (PATH, b"<html>come back later</html>"),
        (PATH, b""),
        ("/day.csv.gz", gzip.compress(b"MMSI\n" * 1000)[:-8]),
        ("/day.csv.gz", _flipped(gzip.compress(hashlib.sha256(b"x").digest() * 40 + BODY[:4000]))),
        ("/day.csv.zst", b"\x28\xb5\x2f\xfd broken"),
    ],
    ids=["zip_cut", "zip_bit_flipped", "page_for_a_zip", "empty", "gz_cut", "gz_bit_flipped", "zst_broken"],
)
def test_a_file_that_is_not_whole_is_thrown_away(server: Archive, part: Path, path: str, body: bytes) -> None:
    server.files[path] = Kept(body)
    with pytest.raises(DamagedError):
        download(server.url + path, part, patience=Waits().patience)
    assert list(part.parent.iterdir()) == []


def test_a_bomb_is_not_unpacked(server: Archive, part: Path) -> None:
    server.files["/day.csv.gz"] = Kept(gzip.compress(b"\0" * (80 << 20)))
    with pytest.raises(HostileInputError, match="200 times"):
        download(server.url + "/day.csv.gz", part, patience=Waits().patience)
    assert not part.exists()


def test_what_stops_the_meter_stops_the_fetch_and_keeps_the_part(server: Archive, part: Path) -> None:
    server.files[PATH] = Kept(BODY)

    def stop(done: int, of: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(server.url + PATH, part, meter=stop)
    kept = part.stat().st_size
    assert kept > 0
    download(server.url + PATH, part)
    assert part.read_bytes() == BODY
    assert kept == len(BODY) or server.gets(PATH)[-1]["Range"] == f"bytes={kept}-"


def test_whether_a_file_is_there_is_asked_without_fetching_it(server: Archive) -> None:
    server.files[PATH] = Kept(BODY)
    assert is_there(server.url + PATH)
    assert not is_there(server.url + "/nothing.zip")
    assert {method for method, _, _ in server.asked} == {"HEAD"}


def test_a_login_in_the_address_is_never_shown(server: Archive, part: Path) -> None:
    url = server.url.replace("http://", "http://me:hunter2@") + PATH
    with pytest.raises(NotThereError) as told:
        download(url, part, patience=Waits().patience)
    assert "hunter2" not in str(told.value)


@contextmanager
def secured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """Give a server that speaks TLS and whose certificate we trust."""
    authority = trustme.CA()
    of_server, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(of_server)
    authority.configure_trust(ours)
    monkeypatch.setattr(http_client, "_trust", lambda: ours)
    with archive() as server:
        server.socket = of_server.wrap_socket(server.socket, server_side=True)
        yield server


@pytest.mark.parametrize("what", ["the_file", "its_checksum"])
def test_a_way_that_leaves_https_is_not_followed(
    server: Archive, part: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    server.files[PATH], server.files["/sums"] = Kept(BODY), Kept(hashlib.sha256(BODY).hexdigest().encode())
    with secured(monkeypatch) as safe:
        safe_url = safe.url.replace("http://", "https://")
        for path in (PATH, "/sums"):
            safe.plans[path] = [lambda h, to=server.url + path: h.say(302, Location=to)]
        url = (safe_url if what == "the_file" else server.url) + PATH
        sums = safe_url + "/sums" if what == "its_checksum" else None
        with pytest.raises(FetchError, match="from https to http"):
            download(url, part, checksum=sums, patience=Waits().patience)
