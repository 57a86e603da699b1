"""Make the bench day: a day of AIS in NOAA's 2015–2024 CSV layout, sorted by time, the same for a seed.

Most ships lie or work in American ports, the rest are spread over the ports and lanes of the world. Each ship
has one plan for the day: `under way, stop, under way again`, where any part may be empty, and a closed course
for harbour craft and for ships swinging at anchor; its place is a formula of time, so that the day is written
slice by slice in little memory. Ports and lanes are those of the `searoute` package.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fleet import DAY_S, SLOW_EVERY, Fleet, Floats, Ints, make_fleet
from numpy.typing import NDArray

DAY = "2024-06-30"
SLICE_S = 600
FULL_ROWS = 8_000_000
ROWS_PER_SHIP = 533  # the full day has 15,000 ships
HEADER = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass\n"
)
BAD_ROWS = (
    "0,{t},91.0,181.0,102.3,360.0,511.0,,,,,,,,,,A\n",
    "36755{n:04},{t},29.1\n",
    "36755{n:04},yesterday,29.1,-90.2,0.0,0.0,511.0,BAD CLOCK,,,,,,,,,A\n",
    "36755{n:04},{t},129.1,-290.2,0.0,0.0,511.0,OFF THE MAP,,,,,,,,,A\n",
    "no ship,{t},29.1,-90.2,0.0,0.0,511.0,,,,,,,,,,A\n",
)

REPEATED = 0.001
NARROW = 0.4  # harbour craft go round a course of two widths: a perfect circle would be a falsified track


def main() -> None:
    """Make the day named on the command line and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=FULL_ROWS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    out = args.out or Path(__file__).parent / "made" / f"AIS_{DAY}_{args.rows}_{args.seed}.csv"
    began = time.perf_counter()
    rows = write_day(out, args.rows, args.seed)
    print(f"{out}: {rows:,} rows, {out.stat().st_size / 1e6:,.0f} MB, {time.perf_counter() - began:.0f} s")


def write_day(out: Path, rows: int, seed: int) -> int:
    """Write a day of about `rows` rows and return how many there are."""
    fleet = make_fleet(max(60, rows // ROWS_PER_SHIP), rows, np.random.default_rng(seed))
    out.parent.mkdir(parents=True, exist_ok=True)
    half, written = out.with_suffix(".half"), 0
    with half.open("wb") as file:
        file.write(HEADER.encode())
        for begin in range(0, DAY_S, SLICE_S):
            lines = slice_lines(fleet, begin, np.random.default_rng([seed, begin]))
            file.write(bytes_of(lines))
            bad = bad_line(begin)
            file.write(bad.encode())
            written += len(lines) + bool(bad)
    half.replace(out)
    return written


def bad_line(begin: int) -> str:
    """Return a broken row for every third hour, else nothing."""
    n, rest = divmod(begin, 3 * 3_600)
    return "" if rest else BAD_ROWS[n % len(BAD_ROWS)].format(t=f"{DAY}T{begin // 3_600:02d}:09:59", n=n)


def bytes_of(lines: pa.Array) -> memoryview:
    """Return the lines as the bytes of a file, with no copy made."""
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
    return memoryview(lines.buffers()[2])[: offsets[len(lines)]]


def slice_lines(fleet: Fleet, begin: int, rng: np.random.Generator) -> pa.Array:
    """Return the CSV lines of ten minutes, in the order of time."""
    ship, turn = _turns(fleet, begin)
    t = fleet.phase_s[ship] + turn * fleet.every_s[ship] + (turn * 37 + ship) % 7
    t = np.minimum(t, begin + SLICE_S - 1)
    under_way = (t < fleet.stop_t[ship]) | (t >= fleet.go_t[ship]) | (fleet.circle_kn[ship] > 1)
    silent = (t >= fleet.silent_from[ship]) & (t < fleet.silent_to[ship])
    heard = np.flatnonzero((under_way | (turn % SLOW_EVERY == 0)) & ~silent)
    heard = np.sort(np.concatenate([heard, heard[rng.random(len(heard)) < REPEATED]]))
    heard = heard[np.argsort(t[heard], kind="stable")]
    return _lines(fleet, ship[heard], t[heard], under_way[heard])


def _turns(fleet: Fleet, begin: int) -> tuple[Ints, Ints]:
    first = -((fleet.phase_s - begin) // fleet.every_s)
    counts = -((fleet.phase_s - begin - SLICE_S) // fleet.every_s) - first
    ship = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(ship)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ship, first[ship] + within


def _lines(fleet: Fleet, ship: Ints, t: Ints, under_way: NDArray[np.bool_]) -> pa.Array:
    lat, lon, course_deg = places(fleet, ship, t)
    sog_kn = np.where(fleet.circle_kn[ship] > 1, fleet.circle_kn[ship], fleet.speed_kn[ship])
    sog_kn = np.where(under_way, sog_kn, fleet.drift_kn[ship])
    status = np.where(under_way, 0, fleet.status_at_rest[ship])
    return pc.binary_join_element_wise(
        fleet.mmsi.take(ship),
        _CLOCK.take(t),
        pa.array(np.round(lat, 5)).cast(pa.string()),
        pa.array(np.round(lon, 5)).cast(pa.string()),
        _TENTHS.take((sog_kn * 10 + _wobble(ship, t, 3)).astype(np.int64)),
        _TENTHS.take((course_deg * 10).astype(np.int64) % 3_600),
        _WHOLES.take((course_deg + _wobble(ship, t, 5)).astype(np.int64) % 360),
        fleet.identity.take(ship),
        _WHOLE_NUMBERS.take(status),
        fleet.hull.take(ship),
        ",",
    )


def _wobble(ship: Ints, t: Ints, size: int) -> Ints:
    return (ship * 31 + t * 17) % size


def places(fleet: Fleet, ship: Ints, t: Ints) -> tuple[Floats, Floats, Floats]:
    """Return latitude, longitude and course of ships at moments, with some metres of noise."""
    before = np.minimum(t, fleet.stop_t[ship]) - fleet.stop_t[ship]
    after = np.maximum(t, fleet.go_t[ship]) - fleet.go_t[ship]
    rest = np.clip(t, fleet.stop_t[ship], fleet.go_t[ship]) - fleet.stop_t[ship]
    run_nm = (fleet.speed_kn[ship] * (before + after) + fleet.drift_kn[ship] * rest) / 3_600
    course = np.radians(fleet.course_deg[ship])
    turned = fleet.circle_kn[ship] / fleet.circle_nm[ship] * t / 3_600 + ship
    north = run_nm * np.cos(course) + NARROW * fleet.circle_nm[ship] * np.cos(turned)
    east = run_nm * np.sin(course) + fleet.circle_nm[ship] * np.sin(turned)
    noise = ((ship * 7 + t * 13) % 11 - 5) * 1e-5
    lat = fleet.lat[ship] + north / 60 + noise
    lon = fleet.lon[ship] + east / 60 / np.cos(np.radians(fleet.lat[ship])) - noise
    on_circle = fleet.circle_kn[ship] > 1
    course_deg = np.where(on_circle, np.degrees(turned) + 90, fleet.course_deg[ship]) % 360
    return np.clip(lat, -85, 85), (lon + 180) % 360 - 180, course_deg


_CLOCK = pa.array([f"{DAY}T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY_S)])
_TENTHS = pa.array([f"{n // 10}.{n % 10}" for n in range(3_600)])
_WHOLES = pa.array([f"{n}.0" for n in range(512)])
_WHOLE_NUMBERS = pa.array([str(n) for n in range(16)])

if __name__ == "__main__":
    main()
