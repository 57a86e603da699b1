from __future__ import annotations

import pytest

from watch.zones.geofences import Zones, load_zones


@pytest.fixture(scope="session")
def zones() -> Zones:
    return load_zones()
