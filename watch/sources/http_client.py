"""HTTP as sources speak it: our limits, what may pass and is tried again, and every fault in words."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx
from tenacity import RetryCallState, wait_random_exponential

from watch import __version__
from watch.errors import FetchError

_REDIRECTS = 5
_PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Patience:
    """How long and how much a fetch may take.

    Attributes
    ----------
    tries
        Tries in a row that brought not one byte.
    wait_s, longest_wait_s
        The first wait between two tries and the longest; a server that asks for a longer one is asked the next run.
    silence_s
        A connection that gives nothing for so long is cut.
    whole_s
        The most that one file may take.
    size_bytes
        The largest file that is taken.
    sleep
        How to wait.
    """

    tries: int = 5  # own: with doubling waits, half a minute of trouble
    wait_s: float = 2.0
    longest_wait_s: float = 60.0  # own: a run has other sources to ask
    silence_s: float = 60.0
    whole_s: float = 4 * 3600.0  # own: 1 GB at 70 kB/s
    size_bytes: int = 20 << 30  # own: the largest month of Danish data packs to 12 GB
    sleep: Callable[[float], None] = time.sleep


PATIENCE = Patience()


class PassingError(Exception):
    """What may pass: to be tried again; `again_s` is how long the server asks to wait."""

    def __init__(self, reason: str, again_s: float | None = None) -> None:
        super().__init__(reason)
        self.again_s = again_s


@cache
def _trust() -> ssl.SSLContext:
    """Return whom we trust, read once: it takes longer than many a request."""
    return httpx.create_ssl_context()


@contextmanager
def client(
    patience: Patience = PATIENCE, *, follow: bool = True, headers: dict[str, str] | None = None
) -> Iterator[httpx.Client]:
    """Give an HTTP client with our limits; it speaks only http and https."""
    timeout = httpx.Timeout(patience.silence_s, connect=min(patience.silence_s, 20.0))
    agent = {"User-Agent": f"shipwatch/{__version__}", "Accept-Encoding": "identity", **(headers or {})}
    with httpx.Client(
        timeout=timeout, follow_redirects=follow, max_redirects=_REDIRECTS, headers=agent, verify=_trust()
    ) as http:
        yield http


@contextmanager
def explained(url: str, *, passing: bool = False) -> Iterator[None]:
    """Turn what an HTTP client raises into words: a fault for good, or one that may pass."""
    url, before = shown(url), "" if passing else f"{shown(url)}: "
    kind = PassingError if passing else FetchError
    try:
        yield
    except httpx.TooManyRedirects:
        raise FetchError(f"{url}: sends us on more than {_REDIRECTS} times; check the address") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.DecodingError) as error:
        raise FetchError(f"{url}: cannot be followed ({error}); check the address") from None
    except httpx.TimeoutException:
        raise kind(f"{before}gives no answer") from None
    except httpx.HTTPError as error:
        raise kind(f"{before}the connection broke ({str(error) or type(error).__name__})") from None


def check_way(answer: httpx.Response) -> None:
    """Refuse a way that leaves https."""
    way = [*(step.url for step in answer.history), answer.url]
    schemes = [url.scheme for url in way]
    if "https" in schemes and "http" in schemes[schemes.index("https") :]:
        raise FetchError(
            f"{shown(str(way[0]))}: is sent on from https to http, where anybody could change the file; not followed"
        )


def said(answer: httpx.Response) -> str:
    """Return what a server answered, in words."""
    return f"the server answers {answer.status_code} {answer.reason_phrase[:60]}".rstrip()


def shown(url: str) -> str:
    """Return an address as it may be shown: without a login and without what is asked, which may be secret.

    Examples
    --------
    >>> shown("https://me:secret@example.org:8443/days/AIS.zip?key=secret")
    'https://example.org:8443/days/AIS.zip'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def retry_after_s(answer: httpx.Response) -> float | None:
    """Return how long a server asks to wait; a date is not reckoned, since clocks differ."""
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None


def check_passing(answer: httpx.Response) -> None:
    """Raise `PassingError` where a server says that it is busy or down."""
    if answer.status_code in _PASSING:
        raise PassingError(said(answer), retry_after_s(answer))


class Trying:
    """When to try again, and after how long: for tenacity.

    Attributes
    ----------
    fruitless
        Tries in a row that brought nothing.
    """

    def __init__(self, patience: Patience) -> None:
        self.patience, self.fruitless = patience, 0
        self.until_s = time.monotonic() + patience.whole_s

    @property
    def is_late(self) -> bool:
        """Whether the whole took too long."""
        return time.monotonic() > self.until_s

    def is_enough(self, state: RetryCallState) -> bool:
        """Return whether to give up until the next run."""
        asked_s = _asked_s(state)
        too_long = asked_s is not None and asked_s > self.patience.longest_wait_s
        return too_long or self.fruitless >= self.patience.tries or self.is_late

    def wait_s(self, state: RetryCallState) -> float:
        """Return how long to wait: what the server asks for, or ever longer and by chance."""
        asked_s = _asked_s(state)
        if asked_s is not None:
            return asked_s
        return self._spread(state) if self.fruitless else 0.0

    def _spread(self, state: RetryCallState) -> float:
        return wait_random_exponential(self.patience.wait_s, self.patience.longest_wait_s)(state)


def _asked_s(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.again_s if isinstance(error, PassingError) else None
