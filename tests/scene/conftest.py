"""A made sea of a few ships, each of which is one of the cases that a scene must tell right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import on
from made_files import Row, write_canonical

from watch.workspace import Workspace

BEGIN = datetime(2020, 5, 1, tzinfo=UTC)
PACIFIC, NEAR, FAR = 636000010, 538000011, 538000012  # falls silent beyond 180°; one passes near, one does not
FIRST_RADIO, SECOND_RADIO, HULL = 538000001, 636000020, 9074729
SHARED = 366000001
TWIN_ONE, TWIN_TWO, TWIN_HULL = 241000001, 241000002, 9208124
HOSTILE = "</script><script>alert(1)</script>"


def fix(mmsi: int, hours: float, lat: float, lon: float, **said: Any) -> Row:
    """Return a row of a canonical file."""
    at = BEGIN + timedelta(hours=hours)
    lon = (lon + 180) % 360 - 180
    return {
        "mmsi": mmsi,
        "fix_at": at.isoformat(),
        "lat": lat,
        "lon": round(lon, 5),
        "sog_kn": 8.5,
        "cog_deg": 90,
        **said,
    }


def sea_rows() -> list[Row]:
    """Return the fixes of all ships."""
    rows = [fix(PACIFIC, h, 0.5, 176 + 0.14 * h, imo=9999967, name=HOSTILE, ship_type=80) for h in range(48)]
    rows += [fix(NEAR, 30 + h / 2, 0.6, 182.0 + 0.02 * h, name="PASSER BY", ship_type=70) for h in range(80)]
    rows += [fix(FAR, h, 20.0, 150 + 0.1 * h, name="FAR AWAY", ship_type=70) for h in range(0, 120, 2)]
    rows += [fix(FIRST_RADIO, h, -10, 60 + 0.1 * h, imo=HULL, name="OLD NAME", ship_type=80) for h in range(40)]
    rows += [fix(SECOND_RADIO, h, -10, 60 + 0.1 * h, imo=HULL, name="NEW NAME", ship_type=80) for h in range(60, 100)]
    rows += [fix(SHARED, h / 2, *((30.0, -40.0) if h % 2 else (10.0, 65.0)), name="TWO AS ONE") for h in range(160)]
    for k, radio in enumerate((TWIN_ONE, TWIN_TWO)):
        rows += [fix(radio, h + k / 2, 40 - 20 * k, -20 + 0.1 * h, imo=TWIN_HULL, name=f"TWIN {k}") for h in range(60)]
    return rows


@pytest.fixture(scope="session")
def sea_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the made sea, loaded as a person loads it."""
    home = tmp_path_factory.mktemp("scene")
    assert on(home / "data", "load", write_canonical(home / "made.csv", sea_rows())).code == 0
    return home / "data"


@pytest.fixture(scope="session")
def sea(sea_folder: Path) -> Workspace:
    """The made sea, opened."""
    return Workspace(sea_folder)
