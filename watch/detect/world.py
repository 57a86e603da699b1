"""The world as detectors know it: zones and ports, indexed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from watch.geodesy import Bools, Floats
from watch.runs import changes
from watch.zones.geofences import Zones
from watch.zones.lookup import ZoneIndex, index_of
from watch.zones.port_lookup import PortIndex
from watch.zones.shore import Shore, load_shore

#: Kinds whose centre is a port in the sense of "an encounter lies at least 10 km from a port".
_PORT_WORDS = ("port", "terminal")


@dataclass(frozen=True)
class World:
    """Zones and ports with their indexes."""

    zones: Zones

    @cached_property
    def zone_index(self) -> ZoneIndex:
        """Answers which rows lie in which zone."""
        return index_of(self.zones)

    @cached_property
    def port_index(self) -> PortIndex:
        """Answers which rows lie near which port or anchorage."""
        return PortIndex(self.zones.ports)

    @cached_property
    def quay_index(self) -> PortIndex:
        """Answers which rows lie near the centre of a port; anchorages and roads are no ports here."""
        ports = self.zones.ports
        words = ports["kind"].str.split("_")
        quays = ports[[any(w in _PORT_WORDS for w in kind) for kind in words]]
        return PortIndex(quays.assign(radius_m=0.0))

    @cached_property
    def shore(self) -> Shore:
        """Answers how far rows lie from the shore."""
        return load_shore()

    @cached_property
    def zone_ids(self) -> NDArray[np.object_]:
        """Ids of the polygon zones, in the order of their index."""
        return np.asarray(self.zones.table["zone_id"], dtype=object)

    @cached_property
    def port_ids(self) -> NDArray[np.object_]:
        """Ids of the ports, in the order of their index."""
        return np.asarray(self.zones.ports["zone_id"], dtype=object)

    @cached_property
    def transfer_zones(self) -> NDArray[np.bool_]:
        """Which polygon zones are known for transfers between ships."""
        return np.asarray(self.zones.table["kind"].str.contains("sts"), dtype=np.bool_)

    @cached_property
    def port_radius_m(self) -> Floats:
        """Radius of each port's circle, in the order of their index."""
        return self.zones.ports["radius_m"].to_numpy(dtype=np.float64)

    def away_from_ports(self, lat: Floats, lon: Floats, port_m: float) -> Bools:
        """Return which places, none of them missing, lie further than `port_m` from any port, or in a transfer zone."""
        near, _, _ = self.quay_index.near(lat, lon, port_m)
        near = near[changes(near)]  # they come sorted: each once
        hit, zone = self.zone_index.rows_in_zones(lat[near], lon[near])
        away = np.ones(len(lat), dtype=bool)
        away[near] = False
        away[near[hit[self.transfer_zones[zone]]]] = True
        return away
