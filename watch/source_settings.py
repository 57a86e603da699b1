"""What can be set of a source: where its data comes from, and how often to look."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from watch.cron import cron_trigger
from watch.rules.forms import Day, Duration, Names, Numbers, Part

SOURCE_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"

#: Where the two archives keep a day; `strftime` words stand for the date.
NOAA_URL = "https://coast.noaa.gov/htdata/CMSP/AISDataHandler/%Y/AIS_%Y_%m_%d.zip"
DMA_URL = "https://web.ais.dk/aisdata/aisdk-%Y-%m-%d.zip"


def _http_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("an address begins with https:// (or http://)")  # it may hold a secret, and is not shown
    return url


def _websocket_url(url: str) -> str:
    if not url.startswith(("ws://", "wss://")):
        raise ValueError("an address of a websocket begins with wss:// (or ws://)")
    return url


def _as_path(value: object) -> object:
    return Path(value) if isinstance(value, str) else value


def _cron_line(line: str) -> str:
    cron_trigger(line)
    return line


Cron = Annotated[str, AfterValidator(_cron_line)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
WebsocketUrl = Annotated[str, AfterValidator(_websocket_url)]
FilePath = Annotated[Path, BeforeValidator(_as_path)]
Port = Annotated[int, Field(ge=1, le=65535)]
#: South, west, north, east, degrees.
Box = Annotated[tuple[float, float, float, float], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)]


class Secret(Part):
    """Where a secret is read from: a variable of the environment, or a file that only its owner may read."""

    env: str | None = None
    file: FilePath | None = None

    @model_validator(mode="before")
    @classmethod
    def _not_here(cls, written: Any) -> Any:
        if isinstance(written, str):
            raise ValueError("a secret is never written here: name where it is, {env = 'NAME'} or {file = 'PATH'}")
        return written

    @model_validator(mode="after")
    def _one_place(self) -> Secret:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret is named as {env = 'NAME'} or as {file = 'PATH'}")
        return self


class SourceSettings(Part):
    """What every source has.

    Attributes
    ----------
    name
        How messages, folders and the database name it.
    stale_after
        It is told as a fault of the data when its newest fix is older than this; None: never.
    """

    name: Annotated[str, Field(pattern=SOURCE_NAME, max_length=40)]
    stale_after: Duration | None = None
    enabled: bool = True


class PolledSettings(SourceSettings):
    """A source that is asked from time to time: `every` so long, or at the times of a `cron` line (UTC)."""

    every: Duration | None = None
    cron: Cron | None = None

    @model_validator(mode="after")
    def _one_timing(self) -> PolledSettings:
        if self.every is not None and self.cron is not None:
            raise ValueError("say 'every' or 'cron', not both")
        return self


class ArchiveSettings(PolledSettings):
    """Days of an archive over HTTP.

    Attributes
    ----------
    url
        Of one day; the words of `strftime` (%Y, %m, %d) stand for it.
    first_day, last_day
        Which days are wanted; without a last one, all that will come.
    checksum
        Address of the file's SHA-256, as `url`; None when the archive has none.
    """

    url: HttpUrl
    first_day: Day
    last_day: Day | None = None
    checksum: HttpUrl | None = None


class NoaaSettings(ArchiveSettings):
    """NOAA's daily zips of US waters."""

    kind: Literal["noaa"]
    url: HttpUrl = NOAA_URL


class DmaSettings(ArchiveSettings):
    """The Danish Maritime Authority's daily zips."""

    kind: Literal["dma"]
    url: HttpUrl = DMA_URL


class FolderSettings(PolledSettings):
    """A folder that others put files into; they are read where they are and never changed.

    Attributes
    ----------
    pattern
        Which files, as a glob below `path`.
    settle
        A file is read once it has not changed for so long, since it may still be written.
    """

    kind: Literal["folder"]
    path: FilePath
    pattern: str = "**/*"
    settle: Duration = Field(default="1min", validate_default=True)
    format: Literal["auto", "noaa", "dma", "nmea", "aisstream", "digitraffic", "parquet", "canonical", "gfw"] = "auto"


class StreamSettings(SourceSettings):
    """A source that sends by itself.

    Attributes
    ----------
    flush_s
        What came in is on disk after so many seconds: what a crash can lose.
    batch
        A file of the inbox is closed, and can be loaded, after so long.
    silent_after
        A connection without a message for so long is made anew.
    """

    flush_s: Annotated[float, Field(gt=0, le=300)] = 5.0
    batch: Duration = Field(default="5min", validate_default=True)
    silent_after: Duration = Field(default="5min", validate_default=True)
    receiver: Literal["terrestrial", "satellite", "unknown"] = "unknown"


class NmeaTcpSettings(StreamSettings):
    """NMEA sentences from a receiver or a hub over TCP."""

    kind: Literal["nmea-tcp"]
    host: str
    port: Port


class NmeaUdpSettings(StreamSettings):
    """NMEA sentences that receivers send us over UDP."""

    kind: Literal["nmea-udp"]
    bind: str = "127.0.0.1"
    port: Port


class AisstreamSettings(StreamSettings):
    """The websocket of aisstream.io."""

    kind: Literal["aisstream"]
    url: WebsocketUrl = "wss://stream.aisstream.io/v0/stream"
    key: Secret
    boxes: Annotated[tuple[Box, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = (
        (-90.0, -180.0, 90.0, 180.0),
    )
    mmsi: Numbers = ()


class DigitrafficSettings(PolledSettings):
    """Digitraffic's REST answers: Finnish waters."""

    kind: Literal["digitraffic"]
    url: HttpUrl = "https://meri.digitraffic.fi/api/ais/v1"


class DigitrafficMqttSettings(StreamSettings):
    """Digitraffic's MQTT over websocket or TCP."""

    kind: Literal["digitraffic-mqtt"]
    host: str = "meri.digitraffic.fi"
    port: Port = 443
    transport: Literal["websockets", "tcp"] = "websockets"
    tls: bool = True


class GfwSettings(PolledSettings):
    """Events found by Global Fishing Watch, over its public API; they are kept as theirs."""

    kind: Literal["gfw"]
    url: HttpUrl = "https://gateway.api.globalfishingwatch.org/v3"
    token: Secret
    first_day: Day
    datasets: Names = (
        "public-global-gaps-events:latest",
        "public-global-encounters-events:latest",
        "public-global-loitering-events:latest",
        "public-global-port-visits-events:latest",
    )
    box: Box | None = None

    @model_validator(mode="before")
    @classmethod
    def _seldom(cls, written: Any) -> Any:
        """Ask four times a day where nothing is said: each time is some ten questions."""
        says = not isinstance(written, dict) or {"every", "cron"} & written.keys()
        return written if says else {**written, "every": "6h"}


AnySource = Annotated[
    NoaaSettings
    | DmaSettings
    | FolderSettings
    | NmeaTcpSettings
    | NmeaUdpSettings
    | AisstreamSettings
    | DigitrafficSettings
    | DigitrafficMqttSettings
    | GfwSettings,
    Field(discriminator="kind"),
]

#: Every kind of source, as written in `kind`, and what can be set of it.
SOURCE_MODELS: dict[str, type[SourceSettings]] = {
    "noaa": NoaaSettings,
    "dma": DmaSettings,
    "folder": FolderSettings,
    "nmea-tcp": NmeaTcpSettings,
    "nmea-udp": NmeaUdpSettings,
    "aisstream": AisstreamSettings,
    "digitraffic": DigitrafficSettings,
    "digitraffic-mqtt": DigitrafficMqttSettings,
    "gfw": GfwSettings,
}


def is_stream(source: Any) -> bool:
    """Return whether a source sends by itself."""
    return isinstance(source, StreamSettings)
