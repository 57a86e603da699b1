"""The library over real tracks as if every ship were a tanker, or a cargo ship: nothing is raised above low.

The sets hold bare tracks, and a rule that asks for tankers finds nothing in them (test_real_tracks.py holds
that). So they are told once more with a type, and with the speed that the way between two fixes takes.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from real_tracks import TRAJ_FILES, read_traj

from tests.catalogue_tracks import events_of
from tests.rule_catalogue_seas import Told
from watch.columns import RAW
from watch.geodesy import distance_m

TANKER, CARGO = 80, 70
SILENT = "gap-while-others-heard"

#: Ships that the library then tells of, all at low level, for a day's silence that began under way while others were
#: heard. docs/real-data.md says what they did.
SILENT_SHIPS = {
    "new-york-week": {
        *(366962130, 366999422, 367008130, 367013070, 367443560, 367639010, 367639070),
        *(367669920, 367764240, 367791140, 368111920, 369493236, 374158000),
    },
    "us-coast-day": set(),
    "virginia-beach": {
        *(338362918, 367078110, 367096560, 367584050, 368025550, 368528000, 369980000, 371799000),
    },
}


def told(name: str, ship_type: int) -> Told:
    """Return what the library raises over a set, as if every ship were of a type."""
    rows = read_traj(name).drop_duplicates().sort_values(["mmsi", "fix_at", "lat", "lon"], ignore_index=True)
    rows = rows.assign(ship_type=ship_type, sog_kn=speeds_kn(rows))
    fields = [RAW.field(column) for column in rows.columns]
    return Told(events_of(pa.Table.from_pandas(rows, schema=pa.schema(fields), preserve_index=False)))


def speeds_kn(rows: pd.DataFrame) -> pd.Series[float]:
    """Return the speed of the way to each fix of a ship, that to the next for its first one."""
    before = rows.shift()
    hours = (rows["fix_at"] - before["fix_at"]) / pd.Timedelta(hours=1)
    way_nm = pd.Series(distance_m(before["lat"], before["lon"], rows["lat"], rows["lon"]) / 1852)
    known = (rows["mmsi"] == before["mmsi"]) & (hours > 0)
    return (way_nm / hours).where(known).bfill().clip(0, 60).round(1)


@pytest.mark.parametrize("ship_type", [TANKER, CARGO], ids=["tankers", "cargo_ships"])
@pytest.mark.parametrize("name", TRAJ_FILES)
def test_were_every_ship_one_that_rules_ask_for_only_silences_are_told_and_all_are_low(
    name: str, ship_type: int
) -> None:
    alerts = told(name, ship_type).alerts
    assert {(a["rule_id"], a["level"]) for a in alerts} <= {(SILENT, "low")}
    assert {a["vessel"]["mmsi"] for a in alerts} == SILENT_SHIPS[name]
