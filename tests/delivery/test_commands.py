"""The digest and the outbox as a person meets them on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Done, shipwatch

from tests.delivery.made import alert, parsed, raise_alerts
from tests.delivery.peers import Mailbox, mail_server
from watch.workspace import Workspace

TOML = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Shipwatch <watch@example.org>"

[[recipient]]
name = "desk"
to = ["desk@example.org"]

[[recipient]]
name = "grave"
to = ["grave@example.org"]
levels = ["critical"]
even_if_empty = false
"""


@pytest.fixture(autouse=True)
def no_tracks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alerts are made without tracks, so that there is nothing to draw."""
    monkeypatch.setattr("watch.alert_maps._draw", lambda ws, alert, path, *_: path.write_bytes(b"a picture"))


def on(ws: Workspace, port: int, *words: str | Path) -> Done:
    config = ws.data_dir / "shipwatch.toml"
    config.write_text(TOML.format(port=port), encoding="utf-8")
    return shipwatch("--data-dir", ws.data_dir, "--config", config, *words)


def test_a_preview_writes_the_mail_and_sends_and_keeps_nothing(lite: Workspace, tmp_path: Path) -> None:
    raise_alerts(lite, [alert(1), alert(2, "critical")])
    look = tmp_path / "look"
    box = Mailbox()
    with mail_server(box) as port:
        for _ in range(2):
            done = on(lite, port, "digest", "--preview", "--recipient", "grave", "-o", look)
            assert done.code == 0
            mail = parsed((look / "digest.eml").read_bytes())
            assert (mail["Subject"], mail["To"]) == ("Shipwatch: 1 new (1 critical)", "grave@example.org")
    assert done.out.split() == [str(look / f"digest.{end}") for end in ("html", "txt", "eml")]
    assert [path.name for path in (look / "maps").iterdir()] == ["a2.png"]
    assert 'src="maps/a2.png"' in (look / "digest.html").read_text(encoding="utf-8")
    assert box.taken == []
    assert on(lite, port, "deliveries", "list", "--json").out == ""


def test_sending_tells_each_recipient_and_the_outbox_shows_it(lite: Workspace) -> None:
    raise_alerts(lite, [alert(1)])
    box = Mailbox()
    with mail_server(box) as port:
        done = on(lite, port, "digest", "--send")
        assert done.code == 0
        assert [line.split()[:2] for line in done.out.splitlines()[1:]] == [["desk", "sent"], ["grave", "nothing"]]
        again = on(lite, port, "digest", "--send", "--recipient", "desk")
    assert [parsed(body)["Subject"] for _, _, body in box.taken] == [
        "Shipwatch: 1 new (1 high)",
        "Shipwatch: nothing new, 1 still open",
    ]
    assert "Shipwatch: nothing new, 1 still open" in again.out
    listed = on(lite, port, "deliveries", "list", "--json").rows
    assert [(row["delivery_id"], row["recipient"], row["status"]) for row in listed] == [
        (2, "desk", "sent"),
        (1, "desk", "sent"),
    ]
    assert [row["outcome"] for row in on(lite, port, "deliveries", "tries", "1", "--json").rows] == ["sent"]
    assert "Shipwatch: 1 new (1 high)" in " ".join(on(lite, port, "deliveries", "list").out.split())


def test_what_was_refused_is_seen_saved_and_tried_again(lite: Workspace, tmp_path: Path) -> None:
    box = Mailbox(at_data=["554 no\x1b[31m"])
    with mail_server(box) as port:
        done = on(lite, port, "digest", "--send", "--recipient", "desk")
        assert (done.code, "554 no" in done.err, "\x1b" in done.err + done.out) == (1, True, False)
        (row,) = json.loads("[" + on(lite, port, "deliveries", "list", "--status", "pending", "--json").out + "]")
        assert "554 no" in row["message"]
        assert "554 no" in on(lite, port, "deliveries", "tries", "1").out
        saved = on(lite, port, "deliveries", "save", "1", "-o", tmp_path / "one.eml")
        assert on(lite, port, "deliveries", "send").out == "0 sent, 0 to be tried again, 0 failed\n"
        assert on(lite, port, "deliveries", "retry", "1").out == "delivery 1 is due now\n"
        assert on(lite, port, "deliveries", "send").out == "1 sent, 0 to be tried again, 0 failed\n"
    assert saved.code == 0
    assert [body for _, _, body in box.taken] == [(tmp_path / "one.eml").read_bytes()]


BAD_USE = {
    "preview_and_send": (["digest", "--preview", "--send"], "leave out one of"),
    "recipient_alone": (["digest", "--recipient", "desk"], "goes with --preview or --send"),
    "unknown_recipient": (["digest", "--send", "--recipient", "dsek"], "it has desk, grave"),
    "no_such_delivery": (["deliveries", "retry", "9"], "there is no delivery 9"),
    "nothing_to_save": (["deliveries", "save", "9", "-o", "x.eml"], "there is no delivery 9"),
}


@pytest.mark.parametrize(("words", "told"), BAD_USE.values(), ids=BAD_USE)
def test_bad_use_is_explained(lite: Workspace, words: list[str], told: str) -> None:
    done = on(lite, 25, *words)
    assert done.code == 2
    assert told in done.err
