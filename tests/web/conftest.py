"""Fixtures for the web page: a site on the demo's data, and Debian's chromium to look at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from command_line import Demo
from playwright.sync_api import Page

from tests.web.desk import stored_desk
from tests.web.made import make_folder
from tests.web.serving import Served, copied, demo_site, serving, visiting

# a browser that asks nobody outside for anything
_QUIET = (
    "--no-sandbox",  # chromium has none for root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How the browser starts; where there is none, its tests are skipped, but under CI they fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        told = "there is no chromium on the PATH; Debian's package `chromium` has it"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    return {"executable_path": path, "args": list(_QUIET)}


@pytest.fixture(scope="session")
def demo_served(demo: Demo) -> Iterator[Served]:
    """The demo's data on a real server; tests only look at it."""
    with serving(demo_site(demo.folder)) as served:
        yield served


@pytest.fixture
def own_served(demo: Demo, tmp_path: Path) -> Iterator[Served]:
    """A copy of the demo's data on a real server; a test may decide about alerts."""
    with serving(demo_site(copied(demo.folder, tmp_path))) as served:
        yield served


@pytest.fixture(scope="session")
def made_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Made tracks with changed and hostile names and refused rows, on a real server; tests only look at it."""
    with serving(demo_site(make_folder(tmp_path_factory.mktemp("made")))) as served:
        yield served


@pytest.fixture(scope="session")
def visitor(demo_served: Served) -> Iterator[httpx.Client]:
    """A visitor of the demo's data without a browser; only looks."""
    with visiting(demo_served) as client:
        yield client


@pytest.fixture
def own_visitor(own_served: Served) -> Iterator[httpx.Client]:
    """A visitor without a browser who may decide: on a copy of the demo's data."""
    with visiting(own_served) as client:
        yield client


@pytest.fixture(scope="session")
def desk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the made alerts of `desk`; tests only look at it."""
    return stored_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(desk_folder: Path, tmp_path: Path) -> Iterator[Served]:
    """A copy of these on a real server; a test may decide about them."""
    with serving(demo_site(copied(desk_folder, tmp_path))) as served:
        yield served


@pytest.fixture(scope="session")
def still_desk(desk_folder: Path) -> Iterator[Served]:
    """Made alerts which no test changes."""
    with serving(demo_site(desk_folder)) as served:
        yield served


@pytest.fixture(scope="session")
def looked_at(still_desk: Served) -> Iterator[httpx.Client]:
    """A visitor of these, who changes nothing."""
    with visiting(still_desk) as client:
        yield client


@pytest.fixture
def analyst(desk: Served) -> Iterator[httpx.Client]:
    with visiting(desk) as client:
        yield client


@pytest.fixture
def watched_page(page: Page) -> Iterator[Page]:
    """A page of the browser that must ask nobody but our server, and must log no error."""
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    ours = ("http://127.0.0.1:", "data:", "blob:", "file:///")
    assert [url for url in asked if not url.startswith(ours)] == []
    assert errors == []
