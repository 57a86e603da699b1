"""A mail given to a real server on loopback, as difficult as servers are."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.delivery.made import alert, at, make, raise_alerts, settings
from tests.delivery.peers import PASSWORD, USER, Mailbox, mail_server
from watch.delivery.outbox import Sent, send_outbox
from watch.settings import Settings
from watch.store.deliveries import read_body, read_deliveries, read_tries
from watch.workspace import Workspace

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # of the server we made


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def of_server(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def send(ws: Workspace, chosen: Settings, hours: float = 1.0) -> Sent:
    return send_outbox(ws, chosen, lambda: at(hours))


def delivery(ws: Workspace, number: int = 1) -> dict[str, Any]:
    with ws.engine.connect() as conn:
        return next(d for d in read_deliveries(conn) if d["delivery_id"] == number)


def outcomes(ws: Workspace, number: int = 1) -> list[str]:
    with ws.engine.connect() as conn:
        return [row["outcome"] for row in read_tries(conn, number)]


def test_what_the_server_takes_is_what_the_outbox_holds(lite: Workspace) -> None:
    raise_alerts(lite, [alert(1)])
    box = Mailbox()
    with mail_server(box) as port:
        chosen = settings(port, to=["desk@example.org", "Ada <ada@example.org>"])
        make(lite, chosen)
        assert send(lite, chosen) == Sent(sent=1)
        assert send(lite, chosen) == Sent()
    with lite.engine.connect() as conn:
        body = read_body(conn, 1)
    assert box.taken == [("watch@example.org", ["desk@example.org", "ada@example.org"], body)]
    assert (delivery(lite)["status"], delivery(lite)["sent_at"], outcomes(lite)) == ("sent", at(1), ["sent"])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_secured_server_with_a_login(
    lite: Workspace, of_server: ssl.SSLContext, ca_file: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADE_PASSWORD", PASSWORD)
    box = Mailbox()
    with mail_server(box, login=True, **{security: of_server}) as port:
        login = {"user": USER, "password": {"env": "MADE_PASSWORD"}, "ca_file": str(ca_file)}
        chosen = settings(port, mail={"security": security, **login})
        make(lite, chosen)
        assert send(lite, chosen) == Sent(sent=1)
    assert len(box.taken) == 1


def test_a_certificate_of_somebody_else_gets_no_mail(lite: Workspace, of_server: ssl.SSLContext) -> None:
    box = Mailbox()
    with mail_server(box, starttls=of_server) as port:
        chosen = settings(port, mail={"security": "starttls"})
        make(lite, chosen)
        told = send(lite, chosen)
    assert (told.deferred, box.taken) == (1, [])
    assert "certificate of 127.0.0.1 is not good" in told.faults[0]
    assert "mail.ca_file" in told.faults[0]


def test_a_server_without_starttls_gets_no_mail_in_the_clear(lite: Workspace) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        chosen = settings(port, mail={"security": "starttls"})
        make(lite, chosen)
        told = send(lite, chosen)
    assert box.taken == []
    assert "offers no STARTTLS" in told.faults[0]


def test_a_wrong_password_is_told_without_it(lite: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE_PASSWORD", "not-the-one")
    with mail_server(Mailbox(), login=True) as port:
        chosen = settings(port, mail={"user": USER, "password": {"env": "MADE_PASSWORD"}})
        make(lite, chosen)
        told = send(lite, chosen)
    assert "127.0.0.1 refuses the login (535)" in told.faults[0]
    assert "not-the-one" not in str(delivery(lite)) + told.faults[0]
    assert outcomes(lite) == ["refused"]


SETTINGS_FAULTS = {
    "no_password": ({"user": "watch"}, "mail.password is not"),
    "not_in_the_environment": ({"user": "watch", "password": {"env": "MADE_NONE"}}, "has no MADE_NONE"),
    "letters_that_cannot_be_sent": ({"user": "wätch", "password": {"env": "MADE_PASSWORD"}}, "letters of English"),
    "an_open_line": (
        {"user": "watch", "password": {"env": "MADE_PASSWORD"}, "host": "mail.example.org"},
        "never goes over an open line",
    ),
    "no_certificates": ({"security": "tls", "ca_file": "/nowhere/ca.pem"}, "holds no certificates"),
}


@pytest.mark.parametrize(("mail", "words"), SETTINGS_FAULTS.values(), ids=SETTINGS_FAULTS)
def test_settings_that_cannot_be_used_are_told(
    lite: Workspace, mail: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADE_PASSWORD", PASSWORD)
    chosen = settings(mail=mail)
    make(lite, chosen)
    assert words in send(lite, chosen).faults[0]


def test_greylisting_is_waited_out_and_the_same_bytes_go_again(lite: Workspace) -> None:
    box = Mailbox(at_data=["451 4.7.1 greylisted, come back", "451 4.7.1 later"])
    with mail_server(box) as port:
        chosen = settings(port)
        make(lite, chosen)
        told = send(lite, chosen, 1.0)
        assert told.deferred == 1
        assert told.faults[0].endswith("is tried again: the server said: 451 4.7.1 greylisted, come back")
        assert send(lite, chosen, 1.01) == Sent()  # not before a minute has gone
        assert send(lite, chosen, 1.02).deferred == 1
        assert send(lite, chosen, 1.03) == Sent()  # nor, the second time, before two
        assert send(lite, chosen, 1.06).sent == 1
    with lite.engine.connect() as conn:
        assert [content for _, _, content in box.taken] == [read_body(conn, 1)]
    assert outcomes(lite) == ["deferred", "deferred", "sent"]


def test_what_is_refused_is_tried_over_hours_then_given_up_and_told_once(lite: Workspace) -> None:
    box = Mailbox(at_data=["554 5.7.1 spam\x1b[31m"] * 6)
    with mail_server(box) as port:
        chosen = settings(port)
        make(lite, chosen)
        statuses = [(send(lite, chosen, hours), delivery(lite)["status"])[1] for hours in (1, 1.2, 2.3, 6.4, 30)]
        assert statuses == ["pending", "pending", "pending", "failed", "failed"]
        assert outcomes(lite) == ["refused"] * 4
        make(lite, chosen, 31)
        box.at_data.clear()
        assert send(lite, chosen, 31).sent == 1  # the server takes mail again: what failed is tried once more
        assert delivery(lite)["status"] == "pending"
        assert send(lite, chosen, 31.1).sent == 1
    assert [len(box.taken), delivery(lite)["status"]] == [2, "sent"]
    told = [w["message"] for w in make(lite, chosen, 50).digest.health]
    assert told == []  # the digest of hour 31 told it
    first = b"could not" in box.taken[0][2] or b"failed after 4 tries" in box.taken[0][2].replace(b"=\r\n", b"")
    assert first


def test_only_those_that_were_refused_are_tried_again(lite: Workspace) -> None:
    box = Mailbox(refuse={"gone@example.org": "550 5.1.1 no such user", "full@example.org": "452 4.2.2 full"})
    with mail_server(box) as port:
        chosen = settings(port, to=["a@example.org", "gone@example.org", "full@example.org", "b@example.org"])
        make(lite, chosen)
        told = send(lite, chosen, 1)
        assert "gone@example.org: 550 5.1.1 no such user; full@example.org: 452 4.2.2 full" in told.faults[0]
        assert delivery(lite)["addresses"] == ["gone@example.org", "full@example.org"]
        del box.refuse["full@example.org"]
        for hours in (2, 3, 8, 20, 40):
            send(lite, chosen, hours)
    assert [to for _, to, _ in box.taken] == [["a@example.org", "b@example.org"], ["full@example.org"]]
    assert (delivery(lite)["status"], delivery(lite)["addresses"]) == ("failed", ["gone@example.org"])
    assert outcomes(lite) == ["deferred", "refused", "refused", "refused", "refused"]


@pytest.mark.parametrize(
    ("cut", "copies"), {"taken": ("cut", 2), "not_taken": ("drop", 1)}.values(), ids=["taken", "not"]
)
def test_an_answer_that_never_came_is_marked_and_the_same_mail_goes_again(
    lite: Workspace, cut: str, copies: int
) -> None:
    box = Mailbox(at_data=[cut])
    with mail_server(box) as port:
        chosen = settings(port)
        make(lite, chosen)
        assert "before the server said that it has the mail" in send(lite, chosen, 1).faults[0]
        assert send(lite, chosen, 1.1).sent == 1
    assert [content for _, _, content in box.taken] == [box.taken[0][2]] * copies
    assert outcomes(lite) == ["cut off", "sent"]


def test_a_server_that_is_too_slow_is_left(lite: Workspace) -> None:
    box = Mailbox(slow_s=3.0)
    with mail_server(box) as port:
        chosen = settings(port, mail={"timeout_s": 0.3})
        make(lite, chosen)
        assert send(lite, chosen).deferred == 1
    assert outcomes(lite) == ["cut off"]


def test_a_server_that_is_not_there_is_asked_again_for_five_days(lite: Workspace) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        chosen = settings(nobody.getsockname()[1])
        make(lite, chosen)
        statuses = [(send(lite, chosen, hours), delivery(lite)["status"])[1] for hours in (1, 119, 121)]
    assert statuses == ["pending", "pending", "failed"]
    assert "no connection with 127.0.0.1" in delivery(lite)["message"]
