"""Naming: events of the fold are given to vessels by what the store knows of their radios, and stored."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from sqlalchemy import Connection

from watch.attribution import attribute, radio_request
from watch.identity import imo_is_valid
from watch.store.events import read_shared
from watch.store.identities import radios_of_hulls, read_identities


def store_named(conn: Connection, events: pd.DataFrame, replace: Callable[[pd.DataFrame], set[str]]) -> set[str]:
    """Store events by `replace`; return the vessels touched and the radios that are now other hulls than before."""
    shared = read_shared(conn)
    touched = replace(attribute(events, identities_of(conn, events), shared))
    after = read_shared(conn)
    other = {mmsi for mmsi in shared.keys() | after.keys() if shared.get(mmsi) != after.get(mmsi)}
    return touched | {radio_request(mmsi) for mmsi in other}


def identities_of(conn: Connection, events: pd.DataFrame) -> pd.DataFrame:
    """Return the identities that attribution has to know: of the events' radios, and of open gaps' hulls."""
    radios = radios_of(events)
    known = read_identities(conn, radios)
    open_ = [k == "gap" and not n for k, n in zip(events["kind"], events["end_at"].notna(), strict=True)]
    silent = events["mmsi"].to_numpy()[open_]
    hulls = known.loc[known["mmsi"].isin(silent) & imo_is_valid(known["imo"]), "imo"]
    others = radios_of_hulls(conn, {*hulls.astype(int).tolist()}) - radios
    return pd.concat([known, read_identities(conn, others)], ignore_index=True) if others else known


def radios_of(events: pd.DataFrame) -> set[int]:
    """Return the radios on either side of the events."""
    return {*events["mmsi"].tolist(), *events["other_mmsi"].dropna().astype(int).tolist()}
