"""Time scheduled runs on ten-minute increments of the world's traffic, with 60,000 ships already known.

Hours of history are loaded first. Then the increments come in one by one, twice from the same beginning: into the
inbox of a service, whose monitoring runs follow one another in one process as in `shipwatch run`, and to a fresh
process of `shipwatch load` each, which costs what `shipwatch run --once` from cron does. The limits are those of the
service; its first run, which reads zones and coast, counts too and is told apart. The increments do not begin at a full
ten minutes, because feeds do not either. Nothing heavy is imported here: the peak memory of a child would count the
pages of its parent.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_load import HERE, SHIPWATCH, Run, commit, machine, timed, versions

SHIPS, INCREMENTS = 60_000, 3
LIMIT_S, PEAK_MAX_GB = 10.0, 1.5

RESULTS = HERE / "increments.md"
RESULTS_HEAD = """# Results of `benchmarks/bench_increment.py`

Each line is one run of the bench: hours of the made traffic of 60,000 ships are loaded, then increments of ten minutes
with 300,000 positions each come one after another, from the file to stored alerts. *first* and *next* are the
monitoring runs of one service; *fresh* is a process of its own for each increment. CPU time is that of all threads;
beside wall time it shows how busy the machine was. The limits hold for the worst of first and next.
"""


def main() -> int:
    """Run the bench named on the command line; return 1 when a limit is broken at full size."""
    args = _arguments()
    history, *increments = make_files(args.ships, args.increments)
    with tempfile.TemporaryDirectory(dir=HERE / "made") as folder:
        data_dir = Path(folder) / "data"
        before = load(data_dir, history)
        print(f"history: {before}", file=sys.stderr)
        served = serve(Path(shutil.copytree(data_dir, Path(folder) / "served")), increments)
        fresh = [load(data_dir, path) for path in increments]
        size_mb = sum(path.stat().st_size for path in data_dir.rglob("*") if path.is_file()) / 1e6
    for path, one, other in zip(increments, served, fresh, strict=True):
        print(f"{path.name}: in the service {_told([one])}; fresh process {_told([other])}")
    figures = _figures(args, before, served, fresh, size_mb)
    full = args.ships >= SHIPS
    if args.record or (args.record is None and full):
        record(figures)
    within = all(run.wall_s <= LIMIT_S and run.peak_gb <= PEAK_MAX_GB for run in served)
    print(f"limits: {LIMIT_S:g} s, {PEAK_MAX_GB:g} GB: {'kept' if within else 'BROKEN'}")
    return 0 if within or not full else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ships", type=int, default=SHIPS)
    parser.add_argument("--increments", type=int, default=INCREMENTS)
    parser.add_argument("--date", help="date of the line in increments.md; default: that of the last commit")
    parser.add_argument("--record", action=argparse.BooleanOptionalAction, help="default: the full fleet alone")
    return parser.parse_args()


def make_files(ships: int, increments: int) -> list[Path]:
    """Return the made history and increments, made anew when their maker is younger."""
    folder = HERE / "made" / f"world_{ships}_{increments}"
    makers = [HERE / name for name in ("make_world.py", "make_day.py", "fleet.py")]
    done = folder / "done"
    if not done.exists() or done.stat().st_mtime < max(maker.stat().st_mtime for maker in makers):
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, makers[0], "--ships", ships, "--increments", increments, "--out", folder]
        subprocess.run([str(part) for part in command], check=True)
        done.touch()
    return sorted(folder.glob("*.csv"))


def load(data_dir: Path, path: Path) -> Run:
    """Load a file in a fresh process and return what it took."""
    return timed([str(SHIPWATCH), "--data-dir", str(data_dir), "load", str(path)])


def serve(data_dir: Path, paths: list[Path]) -> list[Run]:
    """Let files come in one by one to one service and return what each monitoring run took."""
    command = [sys.executable, str(HERE / "scheduled.py"), str(data_dir), *map(str, paths)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [Run(**json.loads(line)) for line in done.stdout.splitlines()]


def _told(runs: list[Run]) -> str:
    return ", ".join(f"{run.wall_s:.1f} s ({run.cpu_s:.1f} CPU)" for run in runs) + f", {_peak_gb(runs):.2f} GB"


def _peak_gb(runs: list[Run]) -> float:
    return max((run.peak_gb for run in runs), default=0.0)


def _figures(
    args: argparse.Namespace, before: Run, served: list[Run], fresh: list[Run], size_mb: float
) -> dict[str, str]:
    date, name = commit(args.date)
    return {
        "date": date,
        "commit": name,
        "ships": f"{args.ships:,}",
        "history": f"{before.wall_s:.0f} s, {before.peak_gb:.2f} GB",
        "first": _told(served[:1]),
        "next": _told(served[1:]),
        "fresh": _told(fresh),
        "on disk": f"{size_mb:,.0f} MB",
        "machine": machine(),
        "versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }


def record(figures: dict[str, str]) -> None:
    """Append a line to benchmarks/increments.md, and say the figures as JSON."""
    with RESULTS.open("a", encoding="utf-8") as file:
        if file.tell() == 0:
            file.write(f"{RESULTS_HEAD}\n| {' | '.join(figures)} |\n{'|---' * len(figures)}|\n")
        file.write(f"| {' | '.join(figures.values())} |\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    raise SystemExit(main())
