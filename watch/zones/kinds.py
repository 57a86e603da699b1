"""Every kind of zone, from the most to the least specific: the order in which overlapping zones speak."""

from __future__ import annotations

_ORDER = (
    (
        "port",
        "load_port",
        "load_terminal",
        "discharge_port",
        "discharge_terminal",
        "custody_discharge",
        "world_port",
    ),
    ("anchorage", "sts_anchorage"),
    ("sts_zone", "transshipment"),
    ("chokepoint", "transit"),
    ("approach",),
    ("waters_12nm",),
    ("waters_200nm",),
)

#: Kind of zone → its rank; of two zones that hold a ship, the one with the lesser rank is named first.
RANKS = {kind: rank for rank, kinds in enumerate(_ORDER) for kind in kinds}

#: Kinds at which a ship can call.
PORT_KINDS = frozenset((*_ORDER[0], *_ORDER[1], "transshipment"))
