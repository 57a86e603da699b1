"""What every answer of the web page has in common: headers, tokens of forms, names of hosts, faults."""

from __future__ import annotations

import socket

import httpx
import pytest

from watch.errors import ConfigError
from watch.settings import Settings
from watch.web.server import allowed_hosts, listen


def test_every_answer_carries_the_security_headers(visitor: httpx.Client) -> None:
    for path in ("/alerts", "/nowhere", "/static/shipwatch.css"):
        headers = visitor.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_a_page_that_is_not_there_says_so_in_words(visitor: httpx.Client) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert "Not Found" in answer.text


def test_another_name_for_this_machine_is_refused(visitor: httpx.Client) -> None:
    assert visitor.get("/alerts", headers={"host": "rebound.example"}).status_code == 400


def test_files_outside_the_folder_are_not_given(visitor: httpx.Client) -> None:
    assert visitor.get("/static/%2e%2e/site.py").status_code == 404
    assert visitor.get("/static/leaflet/%2e%2e/%2e%2e/__init__.py").status_code == 404


def test_the_name_in_the_settings_is_one_that_the_page_answers_to() -> None:
    settings = Settings.model_validate({"web": {"url": "https://desk.example.org/"}})
    assert "desk.example.org" in allowed_hosts(settings, "127.0.0.1")
    assert "desk.example.org" not in allowed_hosts(Settings(), "127.0.0.1")


def test_a_port_that_is_taken_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} cannot be listened on"):
            listen("127.0.0.1", port)


def test_no_answer_waits_for_the_receipt_of_its_first_part() -> None:
    with listen("127.0.0.1", 0) as listening:
        visitor = socket.create_connection(listening.getsockname())
        accepted, _ = listening.accept()
        with visitor, accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
