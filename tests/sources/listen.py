"""A process that listens as `shipwatch run` does, to be killed: `python listen.py SETTINGS INBOX TOLD`."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

from pydantic import TypeAdapter

from watch.source_settings import AnySource
from watch.sources import listen_to
from watch.sources.landing import Landing


def main(settings: str, inbox: str, told: str) -> None:
    """Listen until SIGTERM, and write what is told to a file."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    source = TypeAdapter(AnySource).validate_python(json.loads(settings))
    with Path(told).open("a", buffering=1) as out:
        listen_to(source, Landing(Path(inbox)), stop, lambda kind, message: out.write(f"{kind} {message}\n") and None)


if __name__ == "__main__":
    main(*sys.argv[1:])
