"""Answers that a browser saves or shows as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from watch.export import FORMATS

#: Formats of `alerts export` that the pages offer.
EXPORTS = ("json", "csv", "geojson", "kml")
_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
    "pdf": "application/pdf",
    "png": "image/png",
}


def export_file(alerts: Sequence[dict[str, Any]], form: str, name: str) -> Response:
    """Answer with alerts in one of `EXPORTS`."""
    text = FORMATS[form](alerts)
    marked = "\ufeff" + text if form == "csv" else text  # without it Excel takes the file for another alphabet
    return as_file(marked.encode(), form, name)


def as_file(content: bytes, ending: str, name: str, *, shown: bool = False) -> Response:
    """Answer with a file, which is saved or, where asked, `shown`.

    Parameters
    ----------
    content
        What stands in it.
    ending
        How its name ends, which tells its type.
    name
        The rest of its name: plain letters and digits.
    shown
        Whether the browser shows it where it can.
    """
    how = "inline" if shown else "attachment"
    headers = {"content-disposition": f'{how}; filename="{name}.{ending}"'}
    return Response(content, media_type=_TYPES[ending], headers=headers)
