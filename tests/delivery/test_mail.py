"""The mail of a digest as a mail program takes it apart."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from digest_cases import made_alert, made_digest, made_steps, made_vessel
from PIL import Image

from tests.delivery.made import T0, parsed
from tests.test_digest import Tags
from watch.delivery.mail import MAPS_MAX_BYTES, TABLE_MAX_BYTES, make_mail, new_message_id
from watch.digest import CARDS_MAX, MAIL_HTML_MAX_BYTES, Digest
from watch.errors import ConfigError

SENDER = "watch@example.org"
HOSTILE = {
    "newline": "MADE\r\nBcc: all@example.org\r\n\r\nbody",
    "script": "<script>alert(1)</script>",
    "direction": "MADE \u202eREKNAT\u202c \u200b\x00\x1b[31m",
    "formula": "=cmd|' /C calc'!A0",
    "formula_wide": "\uff1d1+1",
    "ten_kilobytes": "MADE " * 2_000,
    "boundary": "--===============\r\n\r\n--",
    "encoded_word": "=?utf-8?q?=0D=0ABcc:_x?=",
    "half_a_pair": "MADE \ud800 ONE",
}


def mail_of(digest: Digest, maps: dict[str, Path] | None = None, **changes: Any) -> EmailMessage:
    given = {"sender": SENDER, "to": ["desk@example.org"], "recipient": "desk", "message_id": "<1@example.org>"}
    mail = make_mail(digest, maps or {}, **{**given, **changes})
    return parsed(mail.as_bytes())


def picture(path: Path, size_bytes: int = 0) -> Path:
    Image.new("RGB", (12, 8), "navy").save(path)
    path.write_bytes(path.read_bytes() + bytes(size_bytes))
    return path


def table(mail: EmailMessage) -> list[list[str]]:
    (part,) = mail.iter_attachments()
    assert (part.get_content_type(), part.get_filename()) == ("text/csv", "alerts.csv")
    return list(csv.reader(io.StringIO(part.get_content().lstrip("\ufeff"), newline="")))


def test_the_parts_stand_as_mail_programs_expect_them(tmp_path: Path) -> None:
    mail = mail_of(made_digest(maps={}), {"b-1": picture(tmp_path / "b-1.png"), "o-1": picture(tmp_path / "o.png")})
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/csv",
    ]
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    links = [a["src"] for tag, a in Tags(mail.get_body(("html",)).get_content()).tags if tag == "img"]
    assert links == [f"cid:{image['Content-ID'].strip('<>')}"]
    assert image.get_content_disposition() == "inline"
    assert Image.open(io.BytesIO(image.get_content())).size == (12, 8)
    assert "cid:" not in mail.get_body(("plain",)).get_content()


def test_the_head_is_that_of_a_polite_machine() -> None:
    mail = mail_of(made_digest(), to=["Ada B. <a@example.org>", "b@example.org"], message_id="<x@y.z>")
    assert dict(mail.items()) == {
        "From": "Shipwatch <watch@example.org>",
        "To": '"Ada B." <a@example.org>, b@example.org',
        "Subject": "Shipwatch (synthetic data): 3 new (1 critical, 1 high, 1 medium), 1 changed, 1 withdrawn, "
        "3 still open, 1 data warning",
        "Date": "Sun, 12 Jul 2020 06:05:00 +0000",
        "Message-ID": "<x@y.z>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "list",
        "List-Id": "Shipwatch digest for desk <desk.shipwatch.example.org>",
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
    }


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_does_no_harm_in_any_part(name: str) -> None:
    step = {**made_steps()[0], "zone": {"id": "z", "name": name, "country": "IR"}, "details": {}}
    bad = made_alert("bad", title=name, summary=name, steps=[step], vessel=made_vessel(name), runbook=name)
    digest = made_digest(new=[bad], health=[{"kind": "feed", "message": name}], maps={})
    plain = mail_of(made_digest(new=[made_alert("bad")], maps={}))
    raw = make_mail(
        digest, {}, sender=SENDER, to=["desk@example.org"], recipient="desk", message_id="<1@example.org>"
    ).as_bytes()
    mail = parsed(raw)
    assert mail.keys() == plain.keys()
    assert [p.get_content_type() for p in mail.walk()] == [p.get_content_type() for p in plain.walk()]
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
    assert {tag for tag, _ in Tags(html).tags} <= {tag for tag, _ in Tags(plain.get_body(("html",)).get_content()).tags}
    assert not re.search(r"[\u202e\u200b\x00\x1b]", html + text)
    assert len(html.encode()) <= MAIL_HTML_MAX_BYTES
    for row in table(mail):
        for cell in row:
            assert re.fullmatch(r"-?[\d.]+", cell) or not cell.startswith(("=", "+", "-", "@", "\uff1d", "\t"))


BAD_ADDRESSES = {
    "newline": "a@example.org\r\nBcc: all@example.org",
    "none": "desk",
    "two": "a@example.org, b@example.org",
    "space": "a b@example.org",
    "letters": "dësk@example.org",
    "long": f"{'a' * 250}@example.org",
    "direction": "a\u202e@example.org",
    "empty": "",
}


@pytest.mark.parametrize("address", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
@pytest.mark.parametrize("where", ["sender", "to"])
def test_an_address_that_is_none_is_refused(address: str, where: str) -> None:
    with pytest.raises(ConfigError, match="is no mail address"):
        mail_of(made_digest(), **{where: address if where == "sender" else [address]})


def test_a_flood_stays_below_what_mail_programs_cut_off_and_the_table_has_the_rest() -> None:
    flood = [made_alert(f"n{n}", vessel=made_vessel(f"MADE {n:04}")) for n in range(400)]
    warnings = [{"kind": "feed", "message": "came empty"}] * 900
    mail = mail_of(Digest(T0, new=flood, still_open=flood, changed=flood[:50], health=warnings))
    html = mail.get_body(("html",)).get_content()
    assert 40_000 < len(html.encode()) <= MAIL_HTML_MAX_BYTES
    assert "400 new" in mail["Subject"]
    assert re.search(r"and \d+ more", html)
    assert [row[0] for row in table(mail)] == ["told", *["new"] * 400, *["changed"] * 50, *["still open"] * 400]


def test_a_table_that_would_be_too_large_says_what_is_left_out() -> None:
    flood = [made_alert(f"n{n}", summary="long " * 390) for n in range(700)]
    rows = table(mail_of(Digest(T0, still_open=flood)))
    left = int(re.match(r"([\d,]+) more are left out", rows[-1][0])[1].replace(",", ""))
    assert len(rows) - 2 + left == 700
    assert len("".join(map("".join, rows))) < TABLE_MAX_BYTES + 10_000


def test_an_alert_of_a_thousand_steps_is_told_in_short() -> None:
    steps = [{**made_steps()[0], "start_at": (T0 + timedelta(hours=n)).isoformat()} for n in range(1_000)]
    mail = mail_of(Digest(T0, new=[made_alert("a1", steps=steps)]))
    for kind in ("plain", "html"):
        assert "and 976 more steps" in mail.get_body((kind,)).get_content().replace(",", "")


def test_pictures_stop_where_the_mail_would_be_too_large(tmp_path: Path) -> None:
    alerts = [made_alert(f"a{n}", level="high") for n in range(CARDS_MAX)]
    maps = {a["alert_id"]: picture(tmp_path / f"{a['alert_id']}.png", MAPS_MAX_BYTES // 4) for a in alerts}
    mail = mail_of(Digest(T0, new=alerts), maps)
    assert sum(part.get_content_type() == "image/png" for part in mail.walk()) == 3
    assert len(mail.as_bytes(policy=SMTP)) < 10_000_000


def test_each_mail_has_a_name_of_its_own_and_a_long_domain_does_not_break_it() -> None:
    ids = {new_message_id(SENDER, T0) for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(r"<shipwatch\.20260302T070000Z\.[0-9a-f]{24}@example\.org>", i) for i in ids)
    assert len(new_message_id(f"w@{'long.' * 40}org", T0)) <= 128
