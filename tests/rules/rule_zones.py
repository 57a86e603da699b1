"""Geofences for the rule tests: the real ones."""

from __future__ import annotations

from watch.zones.geofences import load_zones

ZONES = load_zones()
zone_of = ZONES.by_id.get
