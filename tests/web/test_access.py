"""Who may come in: nobody without a session where others can reach the page, and what a session is worth."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import trustme
from argon2 import PasswordHasher
from axe_playwright_python.sync_playwright import Axe
from command_line import Demo, on
from playwright.sync_api import Page, expect
from starlette.routing import BaseRoute, Mount, Route

from tests.web.serving import Served, copied, send, serving, visiting
from watch import passwords
from watch.errors import ConfigError
from watch.settings import Settings
from watch.store.users import add_user, remove_user, set_password, set_role
from watch.web.app import create_app
from watch.web.server import Tls, allowed_hosts, is_in_clear, make_site
from watch.web.site import Site
from watch.workspace import Workspace

HOST = "127.0.0.1"
GOOD = "correct horse battery"
HTML = {"accept": "text/html"}


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 7, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing: what they cost is tested where they are made."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ws(tmp_path: Path, sqlite_template: Path) -> Workspace:
    """A store without data, and two users."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "shipwatch.db")
    ws = Workspace(data)
    with ws.engine.begin() as conn:
        add_user(conn, "ann", "analyst", GOOD, at=Clock().at)
        add_user(conn, "vic", "viewer", GOOD, at=Clock().at)
    return ws


@pytest.fixture
def served(ws: Workspace, clock: Clock) -> Iterator[Served]:
    with serving(Site(ws, Settings(), needs_login=True, now=clock)) as served:
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with visiting(served) as client:
        yield client


def log_in(client: httpx.Client, name: str = "ann", password: str = GOOD, next_: str = "/api") -> httpx.Response:
    answer: httpx.Response = send(client, "/login", name=name, password=password, next=next_)
    return answer


def is_in(client: httpx.Client) -> bool:
    """Return whether a page is shown that needs a login."""
    status = client.get("/api", headers=HTML).status_code
    assert status in (200, 303)
    return status == 200


def every_route(routes: Any) -> Iterator[BaseRoute]:
    for route in routes:
        yield route
        yield from every_route(getattr(route, "routes", None) or ())


def addresses(site: Site) -> list[tuple[str, set[str]]]:
    """Return an address for every route of the site, and its methods."""
    routes = [route for route in every_route(create_app(site, ["*"]).routes) if not isinstance(route, Mount)]
    assert all(isinstance(route, Route) for route in routes)
    return [(re.sub(r"\{[^}]*\}", "x", route.path), set(route.methods or ())) for route in routes]


def test_every_address_but_the_login_needs_one_whatever_the_method(served: Served, client: httpx.Client) -> None:
    found = addresses(served.site)
    assert len(found) > 25
    for path, methods in found:
        for method in {"HEAD", "OPTIONS", "POST"} | methods if path != "/login" else ():
            answer = client.request(method, path, headers=HTML)
            looks = method in ("GET", "HEAD")
            assert (path, method, answer.status_code) == (path, method, 303 if looks else 401)
            assert not looks or answer.headers["location"].startswith("/login?next=")


def test_a_program_is_told_401_and_not_sent_on(client: httpx.Client) -> None:
    for method in ("GET", "HEAD", "PUT", "PROPFIND"):
        assert client.request(method, "/replay/scene.json").status_code == 401


ODD_PATHS = (
    "/login/",
    "/login/x",
    "//alerts",
    "/static/../alerts",
    "/static/%2e%2e/alerts",
    "/Login",
    "/nowhere",
    "/%00",
)


@pytest.mark.parametrize("path", ODD_PATHS)
def test_an_odd_address_shows_nothing(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code in (401, 404)


def test_what_the_login_itself_needs_is_there(client: httpx.Client) -> None:
    page = client.get("/login")
    assert page.status_code == 200
    sheets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(sheets) >= 2
    assert {client.get(sheet).status_code for sheet in sheets} == {200}
    assert "/vessels" not in page.text


def test_every_form_is_refused_without_its_token_or_from_another_site(served: Served, client: httpx.Client) -> None:
    assert log_in(client).status_code == 303
    forms = [path for path, methods in addresses(served.site) if "POST" in methods]
    assert {"/login", "/logout"} < set(forms)
    for path in forms:
        assert (path, client.post(path, data={"x": "1"}).status_code) == (path, 403)
        assert (path, client.post(path, data={"token": "0" * 64}).status_code) == (path, 403)
        other = client.post(path, data={"x": "1"}, headers={"origin": "https://evil.example"})
        assert (path, other.status_code, "Another site" in other.text) == (path, 403, True)
        endless = client.post(path, content=iter([b"x=1"]), headers={"content-type": FORM})
        assert (path, endless.status_code) == (path, 411)
    assert is_in(client)


FORM = "application/x-www-form-urlencoded"


def test_the_token_of_the_login_page_is_worth_nothing_after_it(client: httpx.Client) -> None:
    before = token_in(client.get("/login"))
    visit = client.cookies["shipwatch_visit"]
    assert log_in(client).status_code == 303
    assert client.cookies["shipwatch_visit"] != visit
    assert client.post("/logout", data={"token": before}).status_code == 403
    assert is_in(client)


def test_a_token_of_one_session_is_refused_in_another(served: Served, client: httpx.Client) -> None:
    with visiting(served) as other:
        log_in(client), log_in(other, "vic")
        assert client.post("/logout", data={"token": token_in(other.get("/nowhere"))}).status_code == 403


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page.text)
    assert found
    return found[1]


def test_logging_in_and_out(client: httpx.Client) -> None:
    assert not is_in(client)
    answer = log_in(client, " ANN ", next_="/api?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/api?x=1")
    assert is_in(client)
    assert client.get("/login?next=/api").headers["location"] == "/api"
    session = client.cookies["shipwatch_session"]
    assert send(client, "/api", "/logout").headers["location"] == "/login"
    assert not is_in(client)
    assert client.get("/api", headers={"cookie": f"shipwatch_session={session}", **HTML}).status_code == 303


def test_a_login_gives_another_session_and_ends_the_one_before(client: httpx.Client) -> None:
    log_in(client)
    first = client.cookies["shipwatch_session"]
    page = client.get("/nowhere")
    client.post("/login", data={"token": token_in(page), "name": "ann", "password": GOOD})
    assert client.cookies["shipwatch_session"] != first
    assert client.get("/api", headers={"cookie": f"shipwatch_session={first}", **HTML}).status_code == 303


def test_a_session_that_somebody_made_up_is_none(client: httpx.Client) -> None:
    for value in ("x", "A" * 43, "A" * 5_000, "%00", "ann"):
        assert client.get("/api", headers={"cookie": f"shipwatch_session={value}"}).status_code == 401


def test_cookies_are_for_this_site_alone(client: httpx.Client) -> None:
    cookies = log_in(client).headers.get_list("set-cookie")
    assert {text.partition("=")[0] for text in cookies} == {"shipwatch_session", "shipwatch_visit", "shipwatch_known"}
    for text in cookies:
        assert {"httponly", "samesite=lax"} <= set(text.lower().split("; "))
        assert "secure" not in text.lower()  # over plain HTTP a browser would drop it


NEXT = {
    "ours": ("/replay?alert=1#t=2", "/replay?alert=1#t=2"),
    "another_site": ("https://evil.example/", "/alerts"),
    "another_site_without_scheme": ("//evil.example/", "/alerts"),
    "with_a_backslash": ("/\\evil.example", "/alerts"),
    "with_a_newline": ("/alerts\r\nset-cookie: a=b", "/alerts"),
    "with_a_tab": ("/\t/evil.example", "/alerts"),
    "script": ("javascript:alert(1)", "/alerts"),
    "round_and_round": ("/login?next=/login", "/alerts"),
}


@pytest.mark.parametrize(("asked", "gone_to"), NEXT.values(), ids=NEXT)
def test_a_login_goes_on_to_pages_of_ours_alone(client: httpx.Client, asked: str, gone_to: str) -> None:
    assert log_in(client, next_=asked).headers["location"] == gone_to


def test_wrong_name_and_wrong_password_are_told_in_the_same_words(client: httpx.Client) -> None:
    found = [
        log_in(client, *pair) for pair in (("ann", "wrong horse battery"), ("nobody", GOOD), ("", ""), ("\0", "\0"))
    ]
    assert {answer.status_code for answer in found} == {403}
    told = {re.search(r'role="alert">([^<]*)<', answer.text)[1] for answer in found}  # type: ignore[index]
    assert told == {"Name or password is wrong."}
    assert not is_in(client)


def test_what_is_typed_as_a_name_is_shown_as_text(client: httpx.Client) -> None:
    page = log_in(client, '"><script>alert(1)</script>').text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_too_many_tries_wait_and_those_who_wait_are_told_how_long(client: httpx.Client, clock: Clock) -> None:
    assert [log_in(client, password=f"wrong {n} horse").status_code for n in range(5)] == [403] * 5
    refused = log_in(client)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "900"
    assert "Too many tries. Wait 16 min." in refused.text
    clock.at += timedelta(minutes=15)
    assert log_in(client).status_code == 303


def test_the_count_outlives_a_restart(ws: Workspace, clock: Clock) -> None:
    for status in (403, 429):
        with serving(Site(ws, Settings(), needs_login=True, now=clock)) as served, visiting(served) as client:
            assert [log_in(client, password="wrong horse").status_code for _ in range(5)] == [status] * 5


def test_a_browser_that_was_here_before_is_not_shut_out_by_a_stranger(served: Served, client: httpx.Client) -> None:
    log_in(client)
    send(client, "/api", "/logout")
    with visiting(served) as stranger:
        assert [log_in(stranger, password="wrong horse").status_code for _ in range(6)][-1] == 429
    assert log_in(client).status_code == 303


def test_guesses_at_once_are_no_more_than_guesses_in_turn(served: Served, client: httpx.Client) -> None:
    token = token_in(client.get("/login"))
    data = {"token": token, "name": "ann", "password": "wrong horse battery"}
    with ThreadPoolExecutor(12) as pool:
        codes = [a.status_code for a in pool.map(lambda _: client.post("/login", data=data), range(24))]
    assert codes.count(403) == 5
    assert codes.count(429) == 19


def test_a_session_ends_when_it_is_not_used(client: httpx.Client, clock: Clock) -> None:
    log_in(client)
    for hours, inside in ((11, True), (11, True), (12, False), (0, False)):
        clock.at += timedelta(hours=hours)
        assert is_in(client) == inside


@pytest.mark.parametrize("change", ["password", "role", "removed"])
def test_a_change_of_the_user_logs_out_at_once(ws: Workspace, client: httpx.Client, clock: Clock, change: str) -> None:
    log_in(client)
    with ws.engine.begin() as conn:
        if change == "password":
            set_password(conn, "ann", "another horse battery", at=clock.at)
        elif change == "role":
            set_role(conn, "ann", "viewer", at=clock.at)
        else:
            remove_user(conn, "ann")
    assert not is_in(client)


def test_a_viewer_may_not_decide(served: Served, client: httpx.Client) -> None:
    log_in(client, "vic")
    token = token_in(client.get("/nowhere"))
    decide = [p for p, methods in addresses(served.site) if "POST" in methods and p not in ("/login", "/logout")]
    assert decide
    for path in decide:
        answer = client.post(path, data={"token": token})
        assert (path, answer.status_code, "may look but not decide" in answer.text) == (path, 403, True)
    assert "vic (viewer)" in client.get("/nowhere").text


@pytest.fixture
def desk(demo: Demo, tmp_path: Path) -> Iterator[Served]:
    """The demo's data where two users log in."""
    folder = copied(demo.folder, tmp_path / "desk")
    ws = Workspace(folder)
    with ws.engine.begin() as conn:
        add_user(conn, "ann", "analyst", GOOD, at=Clock().at)
        add_user(conn, "vic", "viewer", GOOD, at=Clock().at)
    with serving(Site(ws, Settings(), needs_login=True)) as served:
        yield served


SENDS = re.compile(r'<button(?![^>]*(?:disabled|type="button"))')


def decisions_in(client: httpx.Client) -> list[str]:
    """Return the pages on which something can be sent but the logout."""
    alert_id = client.get("/api/alerts?limit=1").json()["items"][0]["alert_id"]
    found = []
    for path in ("/alerts", f"/alerts/{alert_id}", "/silences", "/rules", "/health"):
        answer = client.get(path)
        assert answer.status_code == 200
        shown = answer.text.partition("<main")[2]
        found += [path for form in re.findall(r"(?s)<form[^>]*post.*?</form>", shown) if SENDS.search(form)]
    return sorted(set(found))


def test_a_viewer_sees_all_and_nothing_to_decide_with(desk: Served) -> None:
    with visiting(desk) as vic, visiting(desk) as ann:
        log_in(vic, "vic"), log_in(ann, "ann")
        assert decisions_in(vic) == []
        assert len(decisions_in(ann)) >= 2


def test_what_is_decided_stands_under_the_name_of_who_logged_in(desk: Served) -> None:
    with visiting(desk) as ann:
        log_in(ann)
        alert = ann.get("/api/alerts?limit=1&status=open").json()["items"][0]
        page = ann.get(f"/alerts/{alert['alert_id']}").text
        form = next(f for f in re.findall(r"(?s)<form[^>]*post.*?</form>", page) if "ack" in f)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        action = re.search(r'action="([^"]+)"', form)
        assert action
        assert ann.post(action[1], data={**fields, "what": "ack"}).status_code == 303
        history = ann.get(f"/api/alerts/{alert['alert_id']}/history").json()["items"]
    assert [(row["change"], row["actor"]) for row in history][-1] == ("acknowledged", "ann")


def test_logging_in_by_keyboard_goes_on_to_what_was_asked_for(watched_page: Page, desk: Served) -> None:
    watched_page.goto(f"{desk.url}/alerts?level=critical")
    expect(watched_page.get_by_label("Name")).to_be_focused()
    assert Axe().run(watched_page).response["violations"] == []
    watched_page.set_viewport_size({"width": 420, "height": 900})
    assert watched_page.evaluate("document.documentElement.scrollWidth") <= 420
    for typed, key in (("ann", "Tab"), (GOOD, "Enter")):
        watched_page.keyboard.type(typed)
        watched_page.keyboard.press(key)
    expect(watched_page).to_have_url(f"{desk.url}/alerts?level=critical")
    watched_page.get_by_role("button", name="Log out").press("Enter")
    expect(watched_page.get_by_label("Password")).to_be_visible()
    watched_page.go_back()
    expect(watched_page.get_by_label("Password")).to_be_visible()


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_a_program_sends_name_and_password_with_each_request_to_the_api_alone(client: httpx.Client) -> None:
    asked = client.get("/api")
    assert (asked.status_code, asked.headers["www-authenticate"][:5]) == (401, "Basic")
    assert "www-authenticate" not in client.get("/api", headers={"sec-fetch-mode": "cors"}).headers
    assert [client.get("/api", headers=basic("ann", GOOD)).status_code for _ in range(8)] == [200] * 8
    assert client.get("/alerts", headers=basic("ann", GOOD)).status_code == 401
    assert client.post("/logout", headers=basic("ann", GOOD)).status_code == 401


def test_a_program_that_guesses_waits_like_a_person(ws: Workspace, client: httpx.Client, clock: Clock) -> None:
    wrong = [client.get("/api", headers=basic("vic", f"wrong {n} horse")).status_code for n in range(7)]
    assert wrong == [401] * 5 + [429] * 2
    assert client.get("/api", headers=basic("vic", GOOD)).status_code == 429
    assert client.get("/api", headers={"authorization": "Basic ?"}).status_code == 401
    with ws.engine.begin() as conn:
        set_password(conn, "ann", "another horse battery", at=clock.at)
    assert client.get("/api", headers=basic("ann", GOOD)).status_code == 401


def test_a_remembered_login_of_a_program_ends_with_the_password(
    ws: Workspace, client: httpx.Client, clock: Clock
) -> None:
    assert client.get("/api", headers=basic("ann", GOOD)).status_code == 200
    with ws.engine.begin() as conn:
        set_password(conn, "ann", "another horse battery", at=clock.at)
    assert client.get("/api", headers=basic("ann", GOOD)).status_code == 401
    with ws.engine.begin() as conn:
        remove_user(conn, "ann")
    assert client.get("/api", headers=basic("ann", "another horse battery")).status_code == 401


def test_logins_are_logged_without_what_was_typed(client: httpx.Client) -> None:
    with structlog.testing.capture_logs() as logged:
        log_in(client, password="wrong horse battery")
        log_in(client, GOOD, "ann")
        log_in(client)
    told = [(row["event"], row["user"], row["address"]) for row in logged if row["event"].startswith("login")]
    assert told == [
        ("login failed", "ann", HOST),
        ("login failed", "(unknown)", HOST),
        ("login", "ann", HOST),
    ]
    assert not [row for row in logged if "horse" in str(row)]


def test_on_this_machine_alone_it_is_open(ws: Workspace) -> None:
    with serving(make_site(ws, Settings(), HOST)) as served, visiting(served) as client:
        assert client.get("/api", headers=HTML).status_code == 200
        assert client.get("/login?next=/api").headers["location"] == "/api"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_an_open_page_does_not_answer_through_a_proxy(ws: Workspace, header: str) -> None:
    with serving(make_site(ws, Settings(), HOST)) as served, visiting(served) as client:
        answer = client.get("/api", headers={header: "10.0.0.1"})
        assert answer.status_code == 403
        assert "behind_proxy = true" in answer.text


def test_where_others_can_come_it_does_not_start_without_a_user(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "shipwatch.db")
    for words in (["--host", "0.0.0.0"], ["--host", "::"], ["--host", "desk.example.org"]):
        done = on(tmp_path, "serve", "--port", 0, *words)
        assert (done.code, "make a user first with `shipwatch user add NAME`" in done.err) == (2, True)
    (tmp_path / "shipwatch.toml").write_text("[web]\nbehind_proxy = true\n")
    assert on(tmp_path, "serve", "--port", 0).code == 2


PROXIED = Settings.model_validate({"web": {"behind_proxy": True, "url": "https://desk.example.org/"}})


@pytest.fixture
def proxied(ws: Workspace) -> Iterator[httpx.Client]:
    """A visitor at a proxy with TLS, which hands requests on in clear text."""
    site = make_site(ws, PROXIED, HOST)
    assert site.needs_login
    headers = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9", "host": "desk.example.org"}
    with serving(site) as served, httpx.Client(base_url=served.url, headers=headers, timeout=60) as client:
        yield client


def test_behind_a_proxy_cookies_are_secure_and_the_origin_is_the_proxys(proxied: httpx.Client) -> None:
    page = proxied.get("/login")
    assert page.headers["strict-transport-security"].startswith("max-age=")
    visit = cookie_of(page, "shipwatch_visit")
    data = {"token": token_in(page), "name": "ann", "password": GOOD}
    headers = {"cookie": visit, "origin": "https://desk.example.org"}
    with structlog.testing.capture_logs() as logged:
        answer = proxied.post("/login", data=data, headers=headers)
    assert answer.status_code == 303
    assert all("; secure" in text.lower() for text in answer.headers.get_list("set-cookie"))
    assert [row["address"] for row in logged] == ["203.0.113.9"]
    assert proxied.post("/login", data=data, headers={**headers, "origin": "https://evil.example"}).status_code == 403
    inside = {"cookie": cookie_of(answer, "shipwatch_session")}
    assert proxied.get("/api", headers=inside).status_code == 200


def cookie_of(answer: httpx.Response, name: str) -> str:
    (found,) = [text for text in answer.headers.get_list("set-cookie") if text.startswith(f"{name}=")]
    return found.partition(";")[0]


def test_whoever_is_not_the_proxy_is_not_believed(ws: Workspace) -> None:
    elsewhere = Settings.model_validate({"web": {"behind_proxy": True, "proxy": "10.9.9.9"}})
    headers = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}
    with serving(make_site(ws, elsewhere, HOST)) as served, visiting(served) as client:
        page = client.get("/login", headers=headers)
        assert "strict-transport-security" not in page.headers
        with structlog.testing.capture_logs() as logged:
            log_in(client, password="wrong horse battery")
        assert [row["address"] for row in logged] == [HOST]


NETWORKS = {
    "a_machine": ("10.0.0.2", True),
    "a_network": ("10.0.0.0/24", True),
    "all": ("*", False),
    "a_name": ("px", False),
}


@pytest.mark.parametrize(("proxy", "good"), NETWORKS.values(), ids=NETWORKS)
def test_the_proxy_is_named_by_its_address(proxy: str, good: bool) -> None:
    web = {"behind_proxy": True, "proxy": proxy}
    if good:
        assert Settings.model_validate({"web": web}).web.proxy == proxy
    else:
        with pytest.raises(ValueError, match="is no address of a machine or network"):
            Settings.model_validate({"web": web})


def test_with_a_certificate_it_speaks_tls(ws: Workspace, tmp_path: Path) -> None:
    authority = trustme.CA()
    own = authority.issue_cert(HOST)
    tls = Tls(tmp_path / "chain.pem", tmp_path / "key.pem")
    own.private_key_pem.write_to_path(tls.key)
    for part in own.cert_chain_pems:
        part.write_to_path(tls.certificate, append=True)
    import ssl

    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    site = Site(ws, Settings(), needs_login=True)
    with serving(site, tls) as served, httpx.Client(base_url=served.url, verify=trust, timeout=60) as client:
        answer = log_in(client)
        assert all("; secure" in text.lower() for text in answer.headers.get_list("set-cookie"))
        assert is_in(client)


BAD_TLS = {
    "no_key": (["--certificate", "chain.pem"], "go together"),
    "files_that_are_not_there": (["--certificate", "none.pem", "--key", "none.key"], "No such file"),
    "files_that_are_none": (["--certificate", "text", "--key", "text"], "cannot be used for TLS"),
}


@pytest.mark.parametrize(("words", "told"), BAD_TLS.values(), ids=BAD_TLS)
def test_a_bad_certificate_is_told(ws: Workspace, tmp_path: Path, words: list[str], told: str) -> None:
    (tmp_path / "text").write_text("hello")
    words = [str(tmp_path / word) if not word.startswith("--") else word for word in words]
    done = on(ws.data_dir, "serve", "--port", 0, *words)
    assert done.code == 2
    assert told in done.err


CLEAR: dict[str, tuple[str, dict[str, Any], Tls | None, bool]] = {
    "this_machine": ("127.0.0.1", {}, None, False),
    "all_addresses": ("0.0.0.0", {}, None, True),
    "with_tls": ("0.0.0.0", {}, Tls(Path("c"), Path("k")), False),
    "behind_a_proxy": ("0.0.0.0", {"behind_proxy": True}, None, False),
}


@pytest.mark.parametrize(("host", "web", "tls", "warned"), CLEAR.values(), ids=CLEAR)
def test_passwords_in_clear_text_are_warned_of(host: str, web: dict[str, Any], tls: Tls | None, warned: bool) -> None:
    assert is_in_clear(Settings.model_validate({"web": web}), host, tls) == warned


def test_names_of_hosts() -> None:
    assert allowed_hosts(Settings(), "0.0.0.0") == ["*"]
    assert "desk.example.org" in allowed_hosts(PROXIED, HOST)
    assert "*" not in allowed_hosts(PROXIED, "0.0.0.0")


def test_a_user_who_is_the_last_may_go_and_then_nobody_comes_in(ws: Workspace, client: httpx.Client) -> None:
    with ws.engine.begin() as conn:
        remove_user(conn, "ann"), remove_user(conn, "vic")
    assert log_in(client).status_code == 403
    with pytest.raises(ConfigError, match="make a user first"):
        make_site(ws, Settings(), "0.0.0.0")
