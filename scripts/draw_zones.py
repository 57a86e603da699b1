"""Draws `docs/img/zones.png`, the map of all zones: `draw_zones.py [OUT_FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from watch.maps import draw_zones_map
from watch.zones.geofences import load_zones

if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "docs" / "img" / "zones.png"
    out.parent.mkdir(parents=True, exist_ok=True)
    draw_zones_map(load_zones(), out)
    print(out)
