"""The pages of rules: what is in force, what is wrong, how tests ended, and what became of the alerts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from tests.web.serving import Served, send, text_of
from watch.rules.template import write_rule_start
from watch.store import schema
from watch.store.alerts import read_alerts
from watch.store.decisions import decide_alerts
from watch.web.pages.rules import printed
from watch.web.rule_hits import Hits, together

LIT = "iran-venezuela-tanker-voyage"
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def own_rule(own_served: Served) -> Path:
    """The file of a rule that was written here."""
    return write_rule_start("my-rule", "mine", own_served.site.ws.own_rules)


def test_all_rules_stand_by_family(visitor: httpx.Client) -> None:
    page = visitor.get("/rules").text
    assert len(re.findall(r'class="rule-cell"', page)) == 40
    families = re.findall(r'scope="rowgroup"[^>]*>(\S+)', page)
    assert families == sorted(families)
    assert "iran-venezuela" in families
    row = re.search(rf"{LIT}</span>.*?</tr>", page, re.DOTALL)
    assert row
    assert "stable" in row[0]
    assert "19, not run" in row[0]
    assert re.search(rf'href="/alerts\?rule={LIT}[^>]*>7<', row[0])


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("A tanker of any flag calls at an Iranian port", id="description"),
        pytest.param("Ships type tanker", id="which ships"),
        pytest.param("port call; a zone with country IR and kind load or port or terminal", id="what a step asks"),
        pytest.param("no AIS heard; duration at least 24 h", id="an optional step"),
        pytest.param("all within 120 d", id="the time of it"),
        pytest.param("Compare the draughts before and after both calls.", id="runbook"),
        pytest.param("A cargo that a licence covered on the day", id="false positives"),
        pytest.param("US5 Voyage irregularities", id="red flags"),
        pytest.param("US-VE-BLOCKADE", id="measures"),
        pytest.param("bundled, in iran-venezuela/iran-venezuela-tanker-voyage.yaml", id="file"),
        pytest.param("name: AIS on all the way", id="text of the file"),
        pytest.param("All 7 alerts of this rule", id="alerts"),
        pytest.param("not run AIS on all the way written events 1", id="tests"),
    ],
)
def test_a_rule_shows(visitor: httpx.Client, words: str) -> None:
    assert words in text_of(visitor.get(f"/rules/{LIT}").text)


@pytest.mark.parametrize("rule_id", ["nope", "..%2f..%2fetc%2fpasswd", "shared", "measures", "%00"])
def test_a_rule_that_is_not_there_is_not_found(visitor: httpx.Client, rule_id: str) -> None:
    assert visitor.get(f"/rules/{rule_id}").status_code == 404


def test_a_changed_file_shows_at_once(own_visitor: httpx.Client, own_rule: Path) -> None:
    assert "41 in force" in text_of(own_visitor.get("/rules").text)
    assert "own, in mine/my-rule.yaml" in text_of(own_visitor.get("/rules/my-rule").text)
    good = own_rule.read_text(encoding="utf-8")
    own_rule.write_text(good.replace("event: gap\n", "event: gapp\n", 1), encoding="utf-8")
    line = next(k for k, text in enumerate(own_rule.read_text(encoding="utf-8").splitlines(), 1) if "gapp" in text)
    page = own_visitor.get("/rules").text
    assert page.index("Not in force: 1 fault in rule files") < page.index("Rules by family")
    assert re.search(rf"own rules/mine/my-rule.yaml:{line} match\S* ?: .*gapp", text_of(page))
    told = own_visitor.get("/rules/my-rule").text
    assert f'href="#line-{line}"' in told
    assert "event: gapp" in told
    own_rule.write_text(good, encoding="utf-8")
    assert "Not in force" not in own_visitor.get("/rules").text


def test_no_page_tells_where_the_data_lies(own_visitor: httpx.Client, own_served: Served, own_rule: Path) -> None:
    own_rule.write_text("id: other\n", encoding="utf-8")
    folder = str(own_served.site.ws.data_dir)
    assert all(folder not in own_visitor.get(path).text for path in ("/rules", "/rules/my-rule"))


HOSTILE = """\
id: my-rule
title: <script>a()</script>
status: experimental
level: low
description: "</p><script>b()</script>"
references: ["javascript:alert(1)", "https://example.org/?a=<b>&c", "<a href=x>"]
false_positives: ["<img src=x onerror=c()>"]
runbook: "</code></pre><script>d()</script>"
match: {id: dark, event: gap}
tests:
  - name: "</td><script>e()</script>"
    events: [{kind: gap, at: 2021-05-02T00:00Z, hours: 48}]
    expect: {alerts: 0}
  - name: fires
    events: [{kind: gap, at: 2021-05-02T00:00Z, hours: 48}]
    expect: {alerts: 1}
# </ol></script><script>f()</script>
"""


def test_a_hostile_rule_stays_text(own_visitor: httpx.Client, own_rule: Path) -> None:
    own_rule.write_text(HOSTILE, encoding="utf-8")
    send(own_visitor, "/rules/my-rule", "/rules/my-rule/tests")
    for path in ("/rules", "/rules/my-rule"):
        page = own_visitor.get(path).text
        assert "&lt;script&gt;a()&lt;/script&gt;" in page
        assert not re.search(r"<script>|<img src=x|<a href=x", page)
    links = re.findall(r'<a href="([^"]*)" rel="noreferrer', page)
    assert links == ["https://example.org/?a=&lt;b&gt;&amp;c"]


def test_a_line_of_a_file_hides_nothing() -> None:
    assert printed("a\x00b\u202ec\u200bd\te") == "a\ufffdb\ufffdc\ufffdd  e"


def test_tests_run_when_somebody_asks(own_visitor: httpx.Client, own_rule: Path) -> None:
    answer = send(own_visitor, "/rules/my-rule", "/rules/my-rule/tests")
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules/my-rule#tests")
    assert "2 passed at" in text_of(own_visitor.get("/rules/my-rule").text)
    good = own_rule.read_text(encoding="utf-8")
    own_rule.write_text(good.replace("expect: {alerts: 0}", "expect: {alerts: 3}"), encoding="utf-8")
    assert "2, not run" in text_of(own_visitor.get("/rules/my-rule").text)
    send(own_visitor, "/rules/my-rule", "/rules/my-rule/tests")
    told = text_of(own_visitor.get("/rules/my-rule").text)
    assert "1 of 2 failed" in told
    assert "wanted 3 alerts, got 0" in told
    assert "1 of 2 failed" in text_of(own_visitor.get("/rules").text)


def test_the_written_tests_of_all_run_at_once(own_visitor: httpx.Client, own_rule: Path) -> None:
    assert send(own_visitor, "/rules", "/rules/tests").headers["location"] == "/rules"
    told = text_of(own_visitor.get("/rules").text)
    assert "failed" not in told
    assert re.search(r"Tanker voyage from Iran to Venezuela \S+ high stable 7 passed , 12 not run", told)
    assert re.search(r"my-rule low experimental 2 passed", told)


@pytest.mark.parametrize("path", ["/rules/tests", f"/rules/{LIT}/tests"])
def test_tests_do_not_run_for_another_site(visitor: httpx.Client, path: str) -> None:
    assert visitor.post(path).status_code == 403
    assert "not run" in visitor.get(f"/rules/{LIT}").text


def test_a_rule_without_a_good_file_has_no_tests_to_run(visitor: httpx.Client) -> None:
    assert send(visitor, "/rules", "/rules/nope/tests").status_code == 404


def test_outcomes_are_told_with_their_counts(own_visitor: httpx.Client, own_served: Served) -> None:
    reasons = ("true_positive", "false_positive", "benign", "true_positive", "duplicate", "undetermined")
    engine = own_served.site.ws.engine
    with engine.begin() as conn:
        ids = [alert["alert_id"] for alert in read_alerts(conn, rule_id=LIT)]
        for alert_id, reason in zip(ids, reasons, strict=False):
            decide_alerts(conn, {alert_id: 1}, "close", at=AT, actor="tester", reason=reason)
    page = own_visitor.get(f"/rules/{LIT}").text
    (row,) = re.findall(r'<tr><th scope="row">match</th>.*?</tr>', page, re.DOTALL)
    assert " ".join(re.sub(r"<[^>]*>", " ", row).split()) == "match 1 – 6 – 2 1 1 1 1 50 % (2 of 4)"
    assert re.search(rf"{LIT} high stable 19, not run 7 1 50 % \(2 of 4\)", text_of(own_visitor.get("/rules").text))


def test_nothing_decided_is_no_precision() -> None:
    open_ = Hits()
    open_.add("open", None, 3)
    whole = together([open_, open_])
    assert (whole.raised, whole.decided, whole.right) == (6, 0, 0)


def test_alerts_outlive_their_rule(own_visitor: httpx.Client, own_served: Served) -> None:
    with own_served.site.ws.engine.begin() as conn:
        conn.execute(update(schema.alerts).where(schema.alerts.c.rule_id == LIT).values(rule_id="<b>gone"))
    page = own_visitor.get("/rules").text
    assert "Alerts are stored of rules that are no longer there: <b>gone" in text_of(page)
    assert "no longer there; its alerts are kept" in own_visitor.get("/rules/%3Cb%3Egone").text


@pytest.mark.parametrize(
    ("ship", "words"),
    [
        pytest.param(
            "luna", "LUNA (imo:9208100): 75 events, 0 alerts of this rule. It came as far as step 0 of 2", id="one"
        ),
        pytest.param("fortune", "came as far as step 2 of 2", id="one with an alert"),
        pytest.param("synth", "vessels fit “synth”; which one?", id="several"),
        pytest.param("<b>nobody", "No vessel fits “<b>nobody”.", id="none"),
    ],
)
def test_a_rule_explains_how_far_it_came(visitor: httpx.Client, ship: str, words: str) -> None:
    assert words in text_of(visitor.get(f"/rules/{LIT}", params={"ship": ship}).text)


def test_the_file_of_a_rule_may_be_no_text(own_visitor: httpx.Client, own_rule: Path) -> None:
    own_rule.write_bytes(b"id: my-rule\n\xff\xfe\x00" + b"x" * 5_000)
    page = own_visitor.get("/rules/my-rule")
    assert page.status_code == 200
    assert "Not in force." in page.text


def test_rules_can_stand_by_their_alerts(visitor: httpx.Client) -> None:
    page = visitor.get("/rules?sort=alerts").text
    counts = [int(n) for n in re.findall(r'data-head="Alerts">(?:<a[^>]*>|<span[^>]*>)(\d+)', page)]
    assert len(counts) > 30
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    assert 'href="/rules?sort=alerts"' in visitor.get("/rules").text
