"""Small scenarios for tests: what a test does not say is a tanker holding off Oman."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from watch.scenarios.model import Scenario

START = "2020-05-01T00:00Z"


def make_ship(*acts: dict[str, Any], name: str = "SYNTH A", **other: Any) -> dict[str, Any]:
    base = {"name": name, "mmsi": 636990001, "type": "tanker", "at": START, "position": [24.5, 58.5]}
    return {**base, "acts": list(acts) or [{"hold": {"hours": 24}}], **other}


def make_told(*ships: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"name": "case", "title": "a case", "synthetic": True, "ships": list(ships), **other}


def make_case(*ships: dict[str, Any], **other: Any) -> Scenario:
    return Scenario.model_validate(make_told(*ships, **other))


def moment(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def write_file(folder: Path, text: str, name: str = "case") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path
