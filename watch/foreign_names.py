"""Names of ships that we never heard, as those call them who found an event."""

from __future__ import annotations

import pandas as pd


def named_by_finders(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events with the ships that we never heard called as those call them who found the event."""
    out = events
    for side in ("", "other_"):
        theirs = [details.get(f"their_{side}name") for details in events["details"]]
        if any(theirs):
            words = pd.Series(pd.array(theirs, dtype="str"), index=events.index)
            out = out.assign(**{f"{side}name": out[f"{side}name"].astype("str").fillna(words)})
    return out
