"""The log on stderr: one event a line, as text for people or JSON for machines; nothing in it can fake a line."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from watch.settings import LogSettings

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def start_log(settings: LogSettings) -> None:
    """Send what is logged to stderr as the settings say; libraries' own logs join it from `warning` up."""
    last: Any = structlog.processors.JSONRenderer() if settings.format == "json" else _as_text
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_drop_record, last], foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, _LEVELS[settings.level]))


def _drop_record(_logger: object, _name: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Take out what structlog adds for the standard library's records."""
    return {key: value for key, value in event.items() if not key.startswith("_")}


def _as_text(_logger: object, _name: str, event: MutableMapping[str, Any]) -> str:
    r"""Return an event as one line: time, level, what happened, and its values.

    Examples
    --------
    >>> _as_text(None, "", {"timestamp": "2026-11-22T07:00:00Z", "level": "info", "event": "loaded", "ship": "A\nB"})
    '2026-11-22T07:00:00Z info    loaded ship=A?B'
    >>> print(_as_text(None, "", {"timestamp": "2026", "event": "failed", "exception": "Error: A\n2026 info \x1b[2J"}))
    2026         failed
        Error: A
        2026 info ?[2J
    """
    at, level, what = (str(event.pop(key, "")) for key in ("timestamp", "level", "event"))
    trouble = event.pop("exception", None)
    values = "".join(f" {key}={_value(value)}" for key, value in event.items() if value is not None)
    line = _one_line(f"{at} {level:<7} {what}{values}")
    return "\n".join([line, *(f"    {_one_line(told)}" for told in str(trouble).splitlines())]) if trouble else line


def _value(value: object) -> str:
    text = str(value)
    return f'"{text}"' if " " in text else text


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


__all__ = ["start_log"]
