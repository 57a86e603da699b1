"""Time `shipwatch load` of a made day against DuckDB's bare read, sort and write of the same file.

Both run in fresh processes, in turns and in alternating order, so that the ratio means something on a busy
machine too. Nothing heavy is imported here: the peak memory of a child would count the pages of its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHIPWATCH = Path(sys.executable).with_name("shipwatch")
FULL_ROWS = 8_000_000
RATIO_MAX, PEAK_MAX_GB = 3.0, 3.0

BARE_PASS = """
import sys, duckdb
types = {
    'MMSI': 'BIGINT', 'BaseDateTime': 'TIMESTAMP', 'LAT': 'DOUBLE', 'LON': 'DOUBLE', 'SOG': 'DOUBLE',
    'COG': 'DOUBLE', 'Heading': 'DOUBLE', 'VesselName': 'VARCHAR', 'IMO': 'VARCHAR', 'CallSign': 'VARCHAR',
    'VesselType': 'INTEGER', 'Status': 'INTEGER', 'Length': 'DOUBLE', 'Width': 'DOUBLE', 'Draft': 'DOUBLE',
    'Cargo': 'INTEGER', 'TransceiverClass': 'VARCHAR',
}
day = duckdb.read_csv(sys.argv[1], header=True, columns=types, ignore_errors=True)
day.order('MMSI, BaseDateTime').write_parquet(sys.argv[2], compression='zstd')
"""

RESULTS_HEAD = """# Results of `make bench`

Each line is one run of `benchmarks/bench_load.py`: the made day loaded by `shipwatch load`, from the file to
stored alerts, against DuckDB's bare read of all 17 columns, sort by ship and time and write as zstd Parquet.
Both ran in turns on the same machine; times are medians of the rounds, memory is the worst of them.
"""


@dataclass(frozen=True)
class Run:
    """Wall time, peak memory and CPU time of one process, or of one job of a process."""

    wall_s: float
    peak_gb: float
    cpu_s: float


def main() -> int:
    """Run the bench named on the command line; return 1 when a limit is broken on the full day."""
    args = _arguments()
    day = make_day(args.rows, args.seed)
    bare, load, counts = measure(day, args.rounds)
    figures = _figures(args, bare, load, counts)
    for name, figure in figures.items():
        print(f"{name:>10}  {figure}")
    if args.record or (args.record is None and args.rows >= FULL_ROWS):
        record(figures)
    ratio, peak_gb = _ratio(bare, load), max(run.peak_gb for run in load)
    within = ratio <= RATIO_MAX and peak_gb <= PEAK_MAX_GB
    print(f"limits: ratio {RATIO_MAX:g}, peak {PEAK_MAX_GB:g} GB: {'kept' if within else 'BROKEN'}")
    return 0 if within or args.rows < FULL_ROWS else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=FULL_ROWS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--date", help="date of the line in results.md; default: that of the last commit")
    parser.add_argument("--record", action=argparse.BooleanOptionalAction, help="default: the full day alone")
    return parser.parse_args()


def make_day(rows: int, seed: int) -> Path:
    """Return the made day, made anew when its maker is younger."""
    day = HERE / "made" / f"day_{rows}_{seed}.csv"
    makers = [HERE / "make_day.py", HERE / "fleet.py"]
    if not day.exists() or day.stat().st_mtime < max(maker.stat().st_mtime for maker in makers):
        command = [sys.executable, makers[0], "--rows", rows, "--seed", seed, "--out", day]
        subprocess.run([str(part) for part in command], check=True)
    return day


def measure(day: Path, rounds: int) -> tuple[list[Run], list[Run], dict[str, object]]:
    """Return the runs of the bare pass, those of the load, and what the last load stored."""
    _warm(day)
    bare, load = [], []
    counts: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=day.parent) as folder:
        data_dir, parquet = Path(folder) / "data", Path(folder) / "bare.parquet"
        for turn in range(rounds):
            for which in ("bare", "load") if turn % 2 == 0 else ("load", "bare"):
                if which == "bare":
                    bare.append(timed([sys.executable, "-c", BARE_PASS, str(day), str(parquet)]))
                else:
                    shutil.rmtree(data_dir, ignore_errors=True)
                    load.append(timed([str(SHIPWATCH), "--data-dir", str(data_dir), "load", str(day)]))
                print(f"round {turn + 1} {which}: {(bare if which == 'bare' else load)[-1]}", file=sys.stderr)
        counts = stored(data_dir)
    return bare, load, counts


def _warm(day: Path) -> None:
    with day.open("rb") as file:
        while file.read(1 << 20):
            pass


def timed(command: list[str]) -> Run:
    """Run a command to its end and return what it took."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"failed with {child.returncode}: {' '.join(command)}")
    return Run(wall_s, usage.ru_maxrss / 1e6, usage.ru_utime + usage.ru_stime)


def stored(data_dir: Path) -> dict[str, object]:
    """Return how many events of each kind and how many alerts are stored, and the count of zones."""
    base = [str(SHIPWATCH), "--data-dir", str(data_dir)]
    kinds: Counter[str] = Counter()
    with subprocess.Popen([*base, "events", "--json"], stdout=subprocess.PIPE, text=True) as lines:
        kinds.update(json.loads(line)["kind"] for line in lines.stdout or ())
    alerts = subprocess.run([*base, "alerts", "list", "--json"], stdout=subprocess.PIPE, check=True).stdout
    return {"events": dict(sorted(kinds.items())), "alerts": alerts.count(b"\n"), "zones": _zones()}


def _zones() -> int:
    files = (HERE.parent / "rules" / "geofences").glob("*.geojson")
    return sum(len(json.loads(file.read_text(encoding="utf-8"))["features"]) for file in files)


def _ratio(bare: list[Run], load: list[Run]) -> float:
    return statistics.median(r.wall_s for r in load) / statistics.median(r.wall_s for r in bare)


def _figures(args: argparse.Namespace, bare: list[Run], load: list[Run], counts: dict[str, object]) -> dict[str, str]:
    events = counts["events"]
    date, name = commit(args.date)
    per_kind = ", ".join(f"{n:,} {kind}" for kind, n in events.items()) if isinstance(events, dict) else ""
    return {
        "date": date,
        "commit": name,
        "rows": f"{args.rows:,}",
        "zones": f"{counts['zones']}",
        "bare pass": f"{statistics.median(r.wall_s for r in bare):.1f} s",
        "load": f"{statistics.median(r.wall_s for r in load):.1f} s",
        "ratio": f"{_ratio(bare, load):.2f}",
        "peak bare": f"{max(r.peak_gb for r in bare):.2f} GB",
        "peak load": f"{max(r.peak_gb for r in load):.2f} GB",
        "events": per_kind or "none",
        "alerts": f"{counts['alerts']}",
        "machine": machine(),
        "versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }


def record(figures: dict[str, str]) -> None:
    """Append a line to benchmarks/results.md."""
    results = HERE / "results.md"
    with results.open("a", encoding="utf-8") as file:
        if file.tell() == 0:
            columns = " | ".join(figures)
            file.write(f"{RESULTS_HEAD}\n| {columns} |\n{'|---' * len(figures)}|\n")
        file.write(f"| {' | '.join(figures.values())} |\n")


def versions() -> dict[str, str]:
    """Return the versions that decide the speed."""
    libraries = {name: version(name) for name in ("duckdb", "pyarrow", "pandas")}
    return {"Python": platform.python_version(), **libraries}


def machine() -> str:
    """Return cores, memory and model of this machine."""
    ram_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    info = Path("/proc/cpuinfo")
    lines = (line.partition(":") for line in info.read_text(encoding="utf-8").splitlines())
    model = next((value.strip() for key, _, value in lines if key.startswith("model name")), platform.machine())
    return f"{len(os.sched_getaffinity(0))} cores, {ram_gb:.0f} GB, {model}"


def commit(date: str | None = None) -> tuple[str, str]:
    """Return a date, or that of the last commit, and the name of that commit."""
    return date or _git("log", "-1", "--format=%cs") or "undated", _git("describe", "--always", "--dirty") or "none"


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(HERE), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
