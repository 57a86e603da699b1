"""The outbox on both kinds of database: one claims, what was cut off goes again, and what failed is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from tests.delivery.made import alert, at, make, raise_alerts, settings
from tests.delivery.peers import Mailbox, mail_server
from watch.delivery import outbox
from watch.delivery.outbox import Sent, send_outbox
from watch.errors import BusyError, ConfigError, StoreError
from watch.lease import holding
from watch.store import deliveries as store
from watch.store.runs import save_digest
from watch.workspace import Workspace


def delivery(ws: Workspace, number: int = 1) -> dict[str, Any]:
    with ws.engine.connect() as conn:
        return next(d for d in store.read_deliveries(conn) if d["delivery_id"] == number)


def tries(ws: Workspace, number: int = 1) -> list[tuple[str, str | None]]:
    with ws.engine.connect() as conn:
        return [(row["outcome"], row["message"]) for row in store.read_tries(conn, number)]


def now(hours: float) -> Callable[[], Any]:
    return lambda: at(hours)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Return what these give when they begin at the same moment, each in a thread."""
    begin, results = threading.Barrier(len(works)), []

    def run(work: Callable[[], Any]) -> None:
        begin.wait(30)
        results.append(work())

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_of_those_who_claim_a_message_at_once_one_gets_it(ws: Workspace) -> None:
    make(ws, settings())

    def claim() -> store.Claimed | None:
        other = replace(ws)
        with other.engine.begin() as conn:
            claimed = store.claim(conn, 1, "somebody", at(1))
        other.engine.dispose()
        return claimed

    claims = at_once(claim, claim, claim)
    assert sum(claimed is not None for claimed in claims) == 1
    assert (delivery(ws)["status"], delivery(ws)["tries"], tries(ws)) == ("claimed", 1, [("running", None)])


def test_two_senders_at_once_send_each_message_once(ws: Workspace) -> None:
    box = Mailbox(slow_s=0.05)
    with mail_server(box) as port:
        for name in ("desk", "other", "third"):
            make(ws, settings(name=name))
        chosen = settings(port).model_copy(
            update={"recipient": tuple(settings(name=n).recipient[0] for n in ("desk", "other", "third"))}
        )

        def send() -> Sent:
            other = replace(ws)
            sent = send_outbox(other, chosen, now(1))
            other.engine.dispose()
            return sent

        sent = at_once(send, send)
        sent.append(send())  # one of the two may have found the outbox held, and that is no fault
    assert sum(s.sent for s in sent) == len(box.taken) == 3
    assert [s.faults for s in sent] == [[], [], []]


def test_who_sends_alone_takes_over_what_a_dead_one_had_claimed(ws: Workspace) -> None:
    raise_alerts(ws, [alert(1)])
    make(ws, settings())
    with ws.engine.begin() as conn:
        gone = store.claim(conn, 1, "another machine process 7", at(1))
    assert gone is not None
    box = Mailbox()
    with mail_server(box) as port:
        assert send_outbox(ws, settings(port), now(1.01)) == Sent(sent=1, cut_off=1)
    why = "another machine process 7 ended without notice; nobody knows whether it was taken"
    assert tries(ws) == [("cut off", why), ("sent", None)]
    with ws.engine.begin() as conn:  # should it live after all, what it has to say comes too late
        assert not store.settle(conn, gone, outcome="deferred", status="pending", at=at(2))
        assert [content for _, _, content in box.taken] == [store.read_body(conn, 1)]
    assert delivery(ws)["status"] == "sent"


def test_while_another_sends_nothing_is_taken_over(ws: Workspace) -> None:
    make(ws, settings())
    with ws.engine.begin() as conn:
        store.claim(conn, 1, "the one at work", at(1))
    other = replace(ws)
    with holding(other.engine, outbox.LEASE):
        assert send_outbox(ws, settings(), now(1.1)) == Sent()
        assert delivery(ws)["status"] == "claimed"
    other.engine.dispose()


def test_what_kills_the_sender_each_time_is_tried_ever_less_often(lite: Workspace) -> None:
    make(lite, settings())
    hours, waits = 1.0, []
    for _ in range(6):
        with lite.engine.begin() as conn:
            assert store.claim(conn, 1, "one that dies", at(hours)) is not None
            store.take_over(conn, at(hours), outbox._wait_after_cut)
        waits.append(delivery(lite)["next_try_at"] - at(hours))
        hours += waits[-1].total_seconds() / 3600
    assert waits == [timedelta(minutes=n) for n in (0, 0, 0, 8, 16, 32)]


def test_a_database_that_is_gone_when_the_server_has_the_mail_does_not_send_it_again(
    lite: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(lite, settings())
    real, calls = outbox._settle, []

    def gone_twice(*args: Any) -> str:
        calls.append(args)
        if len(calls) < 3:
            raise StoreError("the database does not answer")
        return real(*args)

    monkeypatch.setattr(outbox, "_settle", gone_twice)
    box = Mailbox()
    with mail_server(box) as port:
        assert send_outbox(lite, settings(port), now(1)) == Sent(sent=1)
    assert (len(box.taken), tries(lite)) == (1, [("sent", None)])


def test_a_recipient_that_is_gone_from_the_settings_gets_nothing(lite: Workspace) -> None:
    make(lite, settings())
    box = Mailbox()
    with mail_server(box) as port:
        told = send_outbox(lite, settings(port, name="other"), now(1))
    assert box.taken == []
    assert "has no [[recipient]] 'desk' by mail any more" in told.faults[0]


def test_one_message_that_cannot_go_does_not_stop_the_others(lite: Workspace) -> None:
    box = Mailbox(refuse={"gone@example.org": "550 no such user"})
    with mail_server(box) as port:
        first, second = settings(port, to=["gone@example.org"]), settings(port, name="other")
        make(lite, first)
        make(lite, second)
        both = first.model_copy(update={"recipient": (*first.recipient, *second.recipient)})
        told = send_outbox(lite, both, now(1))
    assert (told.sent, told.deferred, len(box.taken)) == (1, 1, 1)


RETRIES = {
    "waits": ("pending", None),
    "failed": ("failed", None),
    "sent": ("sent", "delivery 1 is sent"),
    "being_sent": ("claimed", "delivery 1 is claimed"),
}


@pytest.mark.parametrize(("status", "words"), RETRIES.values(), ids=RETRIES)
def test_what_waits_or_failed_can_be_tried_at_once_by_hand(lite: Workspace, status: str, words: str | None) -> None:
    make(lite, settings())
    with lite.engine.begin() as conn:
        conn.execute(store._DELIVERIES.update().values(status=status, next_try_at=at(99)))
        if words:
            with pytest.raises(ConfigError, match=words):
                store.retry_delivery(conn, 1, at(1))
        else:
            store.retry_delivery(conn, 1, at(1))
            assert store.due_deliveries(conn, at(1)) == [1]


def test_a_delivery_that_is_none_cannot_be_tried(lite: Workspace) -> None:
    with lite.engine.begin() as conn, pytest.raises(ConfigError, match="no delivery 7"):
        store.retry_delivery(conn, 7, at(1))


def test_bodies_of_what_is_over_are_forgotten_and_the_rest_is_kept(ws: Workspace) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        make(ws, settings(port))
        send_outbox(ws, settings(port), now(1))
    make(ws, settings(), 24)
    with ws.engine.begin() as conn:
        assert store.drop_bodies(conn, at(0)) == 0
        assert store.drop_bodies(conn, at(48)) == 1
        assert (store.read_body(conn, 1), len(store.read_body(conn, 2)) > 1_000) == (b"", True)
        assert [d["size_bytes"] > 0 for d in store.read_deliveries(conn)] == [True, False]


def test_the_database_takes_one_digest_after_another_alone(ws: Workspace) -> None:
    told = {"made_at": at(0), "as_of": None, "last_seq": 0, "details": {}, "recipient": "desk"}
    with ws.engine.begin() as conn:
        save_digest(conn, **told, after_id=0)
    with pytest.raises(IntegrityError), ws.engine.begin() as conn:
        save_digest(conn, **told, after_id=0)


def test_a_person_is_told_when_another_process_keeps_sending(lite: Workspace) -> None:
    other = replace(lite)
    with holding(other.engine, outbox.LEASE), pytest.raises(BusyError), holding(lite.engine, outbox.LEASE):
        pytest.fail("two hold it")
    other.engine.dispose()
