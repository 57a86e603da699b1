"""Make hours of the world's traffic in NOAA's CSV layout, and the ten-minute increments that follow them.

Every ship is heard some five times in ten minutes. Of the history before the last hour one row in six is kept: what a
run has to know of a ship's past does not grow with how often it was heard.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
from fleet import DAY_S, make_fleet
from make_day import HEADER, SLICE_S, bytes_of, slice_lines

ROWS_PER_SHIP = 720  # a day: 60,000 ships make 300,000 rows in ten minutes
BEGIN_S, FULL_S, LIVE_S = 300, 6 * 3_600 + 300, 7 * 3_600 + 300  # increments do not begin at a full ten minutes
KEPT = 6


def main() -> None:
    """Make the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ships", type=int, required=True)
    parser.add_argument("--increments", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True)
    fleet = make_fleet(args.ships, args.ships * ROWS_PER_SHIP, np.random.default_rng(1))
    until_s = LIVE_S + args.increments * SLICE_S
    if until_s > DAY_S:
        parser.error("the day is over before the last increment")
    with (args.out / "history.csv").open("wb") as history:
        history.write(HEADER.encode())
        for begin in range(BEGIN_S, LIVE_S, SLICE_S):
            rng = np.random.default_rng([1, begin])
            lines = slice_lines(fleet, begin, rng)
            kept = np.flatnonzero(rng.random(len(lines)) < 1 / KEPT) if begin < FULL_S else np.arange(len(lines))
            history.write(bytes_of(lines.take(pa.array(kept))))
    for begin in range(LIVE_S, until_s, SLICE_S):
        lines = slice_lines(fleet, begin, np.random.default_rng([1, begin]))
        name = f"increment_{begin // 3600:02d}{begin // 60 % 60:02d}.csv"
        (args.out / name).write_bytes(HEADER.encode() + bytes(bytes_of(lines)))
        print(f"{name}: {len(lines):,} rows")


if __name__ == "__main__":
    main()
