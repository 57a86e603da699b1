"""The web page as a browser meets it: a real server on a free port, and HTTP without a browser."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from watch.settings import Settings
from watch.web.server import Tls, in_background
from watch.web.site import Site
from watch.workspace import Workspace

_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass(frozen=True)
class Served:
    """A site that answers."""

    url: str
    site: Site


@contextmanager
def serving(site: Site, tls: Tls | None = None) -> Iterator[Served]:
    """Serve a site on a free port of this machine."""
    with in_background(site, tls) as url:
        yield Served(url, site)


def demo_site(folder: Path, **more: Any) -> Site:
    """Return a site on a folder of the demo."""
    return Site(Workspace(folder), Settings(), owner="tester", **more)


def copied(folder: Path, to: Path) -> Path:
    """Return a copy of a data folder, in which a test may decide about alerts."""
    return Path(shutil.copytree(folder, to / "data", ignore=shutil.ignore_patterns("*.lock", "digest")))


def visiting(served: Served) -> httpx.Client:
    """Return a visitor without a browser, who keeps cookies and follows no redirect."""
    return httpx.Client(base_url=served.url, timeout=60)


def send(client: httpx.Client, page: str, to: str | None = None, **fields: Any) -> Any:
    """Send a form of a page, with the token that the page gave it; `to` is where the form goes, else the page."""
    found = _TOKEN.search(client.get(page).text)
    assert found, f"{page} holds no form"
    return client.post(to or page, data={"token": found[1], **fields})


def text_of(page: str) -> str:
    """Return what a page says, without its marks."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())
