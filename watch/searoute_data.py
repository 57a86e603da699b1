"""What the `searoute` package carries: the world's ports and a network of ways over the sea."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from watch.errors import ConfigError


def read_searoute(name: str, wanted_for: str) -> list[dict[str, Any]]:
    """Return the features of one of the package's GeoJSON files, found without the import, which takes seconds.

    Parameters
    ----------
    name
        The file: `ports.geojson` or `marnet_searoute.geojson`.
    wanted_for
        What asks for it, to be told in an error.

    Raises
    ------
    ConfigError
        When the package is not installed or has lost the file.
    """
    spec = importlib.util.find_spec("searoute")
    if spec is None or spec.origin is None:
        raise ConfigError(f"{wanted_for}: the package searoute is not installed; install Shipwatch again")
    path = Path(spec.origin).parent / "data" / name
    if not path.is_file():
        raise ConfigError(f"{wanted_for}: {name} is missing from the package searoute; install it again")
    return list(json.loads(path.read_text(encoding="utf-8"))["features"])
