"""The settings of unattended work: what `shipwatch.toml` may say. `settings_file` reads it."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from watch.cron import cron_trigger
from watch.delivery.addresses import mail_address
from watch.rules.forms import Duration, Level, Names, Part, as_tuple
from watch.source_settings import SOURCE_NAME, AnySource, Cron, FilePath, HttpUrl, Port, Secret

LEVELS: tuple[Level, ...] = ("critical", "high", "medium", "low", "informational")


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one as Europe/Berlin or UTC") from None
    return name


def _mail_address(text: str) -> str:
    mail_address(text)
    return text


TimeZone = Annotated[str, AfterValidator(_time_zone)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
MailAddresses = Annotated[tuple[MailAddress, ...], BeforeValidator(as_tuple)]


def _days_of_the_week(days: str) -> str:
    cron_trigger(f"0 0 * * {days}")
    return days


def _time_of_day(at: str) -> str:
    if not re.fullmatch(r"(?a:([01]\d|2[0-3]):[0-5]\d)", at):
        raise ValueError(f"a time of day is written 07:00, not {at!r}")
    return at


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no address of a machine or network; write it as 10.0.0.2 or 10.0.0.0/24"
        ) from None
    return text


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
ProxyAddress = Annotated[str, AfterValidator(_network)]
Levels = Annotated[tuple[Level, ...], BeforeValidator(as_tuple)]


class RunSettings(Part):
    """The monitoring run: take in what the sources have, find events, match rules.

    Attributes
    ----------
    every, cron
        How often; a cron line is in `timezone`.
    """

    every: Duration | None = None
    cron: Cron | None = None
    timezone: TimeZone = "UTC"

    @model_validator(mode="after")
    def _one_timing(self) -> RunSettings:
        if self.every is not None and self.cron is not None:
            raise ValueError("say 'every' or 'cron', not both")
        return self


class KeepSettings(Part):
    """How long things are kept; None: for ever. Events and alerts always stay."""

    positions: Duration | None = None
    raw: Duration = Field(default="7d", validate_default=True)
    runs: Duration = Field(default="400d", validate_default=True)


class MailSettings(Part):
    """The mail server through which digests go out."""

    host: str
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: Secret | None = None
    sender: MailAddress
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    ca_file: FilePath | None = None


class Recipient(Part):
    """Who is told, when, and of what; empty `levels`, `families` or `areas` mean all.

    Attributes
    ----------
    channel
        `mail` needs `to`; `webhook` an address in `url`; `apprise` one in `url`, which may hold a secret.
    at, timezone, days
        When; days as in cron (`mon-fri`).
    families
        Folders of rules.
    areas
        Ids of zones, or countries as two letters, in which a step lies.
    even_if_empty
        Whether a digest without news is sent too.
    """

    name: Annotated[str, Field(pattern=SOURCE_NAME, max_length=40)]
    channel: Literal["mail", "webhook", "apprise"] = "mail"
    to: MailAddresses = ()
    url: Secret | HttpUrl | None = None
    at: Annotated[tuple[TimeOfDay, ...], BeforeValidator(as_tuple)] = ("07:00",)
    timezone: TimeZone = "UTC"
    days: Annotated[str, AfterValidator(_days_of_the_week)] = "mon-sun"
    levels: Levels = ()
    families: Names = ()
    areas: Names = ()
    even_if_empty: bool = True

    @model_validator(mode="after")
    def _reachable(self) -> Recipient:
        if self.channel == "mail" and not self.to:
            raise ValueError("a recipient by mail needs 'to': one address or a list of them")
        if self.channel != "mail" and self.url is None:
            raise ValueError(f"a recipient by {self.channel} needs 'url'")
        return self


#: The forms of lists that `watchlists.reading` knows.
WatchlistFormat = Literal[
    "auto",
    "ofac-csv",
    "ofac-advanced-xml",
    "ofac-xml",
    "opensanctions-maritime",
    "opensanctions-simple",
    "ftm-json",
    "un-xml",
    "un-1718-csv",
    "csv",
]


class WatchlistSettings(Part):
    """A list of ships that is fetched or read from a file time and again.

    Attributes
    ----------
    format, risks
        As `shipwatch watchlist import --format` and `--risk`.
    shrink_most
        A new version that lacks more than this share of the ships is refused.
    stale_after
        It is told as a fault when its last good version is older than this.
    """

    name: Annotated[str, Field(pattern=SOURCE_NAME, max_length=40)]
    url: HttpUrl | None = None
    file: FilePath | None = None
    format: WatchlistFormat = "auto"
    risks: Names = ("sanction",)
    every: Duration = Field(default="1d", validate_default=True)
    shrink_most: Annotated[float, Field(ge=0, le=1)] = 0.1
    stale_after: Duration = Field(default="14d", validate_default=True)  # own: OFAC changes its list twice a week

    @model_validator(mode="after")
    def _one_place(self) -> WatchlistSettings:
        if (self.url is None) == (self.file is None):
            raise ValueError("a watchlist comes from a 'url' or from a 'file'")
        return self


class LogSettings(Part):
    """What is written to stderr while it runs."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class MetricsSettings(Part):
    """Where Prometheus finds its figures: a text file for the node exporter, or an address on this machine."""

    file: FilePath | None = None
    port: Port | None = None
    bind: str = "127.0.0.1"


class WebSettings(Part):
    """Where the web page is, and what its maps may show beneath our coast.

    Attributes
    ----------
    url
        How people reach it, for links in mails; its name is one that the page answers to.
    host, port
        Where `shipwatch serve` listens; on any address but this machine's own it asks for a password.
    behind_proxy, proxy
        Whether others come through a proxy with TLS, so that a password is asked for on this machine's own address
        too, and the address or network of that proxy: it is believed who asks, and that they do over TLS.
    tiles, tiles_credit
        A tile server as Leaflet writes it (`https://tiles.example/{z}/{x}/{y}.png`), and whom to thank. Without it
        no request leaves this machine.
    """

    url: HttpUrl | None = None
    host: str = "127.0.0.1"
    port: Port = 8321  # own: free on most machines, and nothing well known
    behind_proxy: bool = False
    proxy: ProxyAddress = "127.0.0.1"
    tiles: HttpUrl | None = None
    tiles_credit: str = ""


class Settings(Part):
    """All that `shipwatch.toml` says; the tables `[[source]]`, `[[recipient]]` and `[[watchlist]]` may be repeated."""

    run: RunSettings = RunSettings()
    keep: KeepSettings = KeepSettings()
    mail: MailSettings | None = None
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    web: WebSettings = WebSettings()
    source: Annotated[tuple[AnySource, ...], BeforeValidator(as_tuple)] = ()
    recipient: Annotated[tuple[Recipient, ...], BeforeValidator(as_tuple)] = ()
    watchlist: Annotated[tuple[WatchlistSettings, ...], BeforeValidator(as_tuple)] = ()

    @model_validator(mode="after")
    def _names_once(self) -> Settings:
        for what, items in (("source", self.source), ("recipient", self.recipient), ("watchlist", self.watchlist)):
            names = [item.name for item in items]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two of [[{what}]] are called {twice[0]!r}; each needs a name of its own")
        if self.mail is None and any(r.channel == "mail" for r in self.recipient):
            raise ValueError("a recipient by mail needs the table [mail] with the server")
        return self
