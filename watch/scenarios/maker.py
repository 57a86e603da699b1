"""A scenario as the rows a receiver would have written: pure, and the same for the same seed."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from watch.columns import IDENTITY_FIELDS, RAW
from watch.errors import Fault, FaultsError
from watch.geodesy import Bools, Floats, Ints, from_unit_vectors
from watch.scenarios.crowd import crowd_ships
from watch.scenarios.faults import add_faults
from watch.scenarios.model import Says, Scenario
from watch.scenarios.path import shift
from watch.scenarios.plan import Plan, plan_ships
from watch.scenarios.reception import expected_fixes, hear

MADE = pa.schema([f for f in RAW if f.name != "line"])
MOST_FIXES = 5_000_000  # own: more than a day of all ships of a coast, and fits a small machine
GNSS_M = {"rests": 4.0, "sails": 8.0}  # own: civil GNSS, one sigma each way
SOG_KN = {"rests": 0.04, "sails": 0.15}  # own: a ship at rest reads 0.0 or 0.1
COG_DEG, HEADING_DEG = 1.2, 1.0

_NULLABLE = {pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype()}


def make_scenario(scenario: Scenario, seed: int | None = None) -> pd.DataFrame:
    """Return the rows of all ships of a scenario and of those it includes.

    Parameters
    ----------
    scenario
        What the ships do.
    seed
        Of the noise and of the reception; by default each scenario's own.

    Returns
    -------
    pandas.DataFrame
        The columns of `columns.RAW` but `line`, sorted by `fix_at, mmsi`; late rows (a fault) stand later.

    Raises
    ------
    FaultsError
        When a ship cannot do what the scenario says, or the scenario is too big.

    Notes
    -----
    Each ship draws from her own numbers, so another ship added to the file does not move the others.
    """
    plans = list(_plans(scenario, seed))
    fixes = sum(expected_fixes(plan) for plan, _ in plans)
    if fixes > MOST_FIXES:
        told = f"about {fixes:,.0f} fixes are more than {MOST_FIXES:,}; shorten it or thin the reports"
        raise FaultsError([Fault(scenario.name, 0, "", told)])
    ships = [_ship_rows(plan, key) for plan, key in plans]
    return _in_order(ships) if ships else MADE.empty_table().to_pandas()


def check_scenario(scenario: Scenario) -> None:
    """Raise FaultsError when a ship of this scenario, those it includes apart, cannot do what she is told."""
    deque(_plans(scenario.model_copy(update={"include": ()}), None), maxlen=0)


def _plans(scenario: Scenario, seed: int | None) -> Iterator[tuple[Plan, tuple[int, int]]]:
    """Yield each plan with the key of its random numbers."""
    own = scenario.seed if seed is None else seed
    crowds = [plan_ships(crowd_ships(c), scenario.name, f"crowd.{i}") for i, c in enumerate(scenario.crowd)]
    for plan in chain(plan_ships(scenario.ships, scenario.name), *crowds):
        yield plan, (own, zlib.crc32(f"{scenario.name}/{plan.ship.name}/{plan.ship.mmsi}".encode()))
    for part in scenario.include:
        yield from _plans(part, seed)


@dataclass(frozen=True)
class _Heard:
    """The moments of a ship, and for each the piece it lies in."""

    moment_s: Ints
    by_satellite: Bools
    rests: Bools
    nav_status: Ints
    said: Ints


def _heard(plan: Plan, rng: np.random.Generator) -> _Heard:
    moment_s, by_satellite = hear(plan, rng)
    piece = np.searchsorted([p.start_s for p in plan.pieces], moment_s, side="right") - 1
    rests = np.array([p.rests for p in plan.pieces], dtype=bool)
    nav_status = np.array([p.nav_status for p in plan.pieces], dtype=np.int64)
    said = np.array([p.said for p in plan.pieces], dtype=np.int64)
    return _Heard(moment_s, by_satellite, rests[piece], nav_status[piece], said[piece])


def _ship_rows(plan: Plan, key: tuple[int, int]) -> pd.DataFrame:
    """Return the rows of one ship, with `order_s`, the moment each was written down."""
    rng = np.random.default_rng(key)
    heard = _heard(plan, rng)
    fixes = pd.DataFrame({"order_s": heard.moment_s, **_fixes(plan, heard, rng)})
    fixes["nav_status"] = heard.nav_status if plan.ship.reports.transponder == "A" else pd.NA
    declared = _declared(plan).take(heard.said).reset_index(drop=True)
    return add_faults(pd.concat([fixes, declared], axis=1), plan.ship.faults, np.random.default_rng((*key, 1)))


def _fixes(plan: Plan, heard: _Heard, rng: np.random.Generator) -> dict[str, object]:
    motion = plan.motion(heard.moment_s.astype(np.float64))
    n, rests = len(heard.moment_s), heard.rests
    gnss_m = np.where(rests, GNSS_M["rests"], GNSS_M["sails"])
    place = shift(motion.place, rng.normal(0, gnss_m), rng.normal(0, gnss_m))
    lat, lon = from_unit_vectors(place)
    noise_kn = rng.normal(0, np.where(rests, SOG_KN["rests"], SOG_KN["sails"]))
    bow_deg = np.where(rests, motion.cog_deg + 90.0, motion.cog_deg) + rng.normal(0, HEADING_DEG, n)
    cog_deg = np.where(rests, rng.uniform(0, 360, n), motion.cog_deg + rng.normal(0, COG_DEG, n))
    return {
        "fix_at": pd.to_datetime(heard.moment_s, unit="s", utc=True).as_unit("us"),
        "lat": np.round(lat, 6),
        "lon": np.round(lon, 6),
        "sog_kn": np.round(np.abs(motion.sog_kn + noise_kn), 1),
        "cog_deg": _to_circle(np.round(cog_deg, 1)),
        "heading_deg": _to_circle(np.round(bow_deg)),
        "receiver": np.where(heard.by_satellite, "satellite", "terrestrial"),
    }


def _to_circle(deg: NDArray[np.floating]) -> Floats:
    """Return angles in [0, 360) to a tenth, where 360.0 would mean "not available"."""
    return np.asarray(np.round(deg % 360.0, 1) % 360.0)


def _declared(plan: Plan) -> pd.DataFrame:
    """Return what the ship declares, a row for each time she changes it; class B declares no voyage."""
    declared = pd.DataFrame([d.model_dump() for d in plan.declared], columns=list(Says.model_fields), dtype=object)
    if plan.ship.reports.transponder == "B":
        declared[["imo", "draught_m", "destination", "eta"]] = None
    return declared.mask(declared == "", None)


def _in_order(ships: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all ships as one table, in the order in which they were written down."""
    rows = pd.concat(ships, ignore_index=True)
    order = np.lexsort([rows["mmsi"].to_numpy(np.int64), rows["order_s"].to_numpy(np.int64)])
    table = pa.Table.from_pandas(rows, schema=MADE, preserve_index=False).take(order)
    types = {**_NULLABLE, IDENTITY_FIELDS["imo"]: pd.Int32Dtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=types.get)
    frame["mmsi"] = frame["mmsi"].astype("int32")
    return frame
