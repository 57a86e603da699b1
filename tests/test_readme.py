"""README is held to the program: its commands are run in order in one folder, and say what it says they say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from command_line import Demo, shipwatch
from real_tracks import noaa_hour

from watch.rules.loader import load_files
from watch.rules.template import rule_start
from watch.zones.geofences import load_zones

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
CLOCK = re.compile(r"\d{1,2} \w{3} 20(?:2[1-9]|[3-9]\d) \d\d:\d\d UTC")  # moments of this run; the tracks are of 2020
SKIPPED = "…"  # a line of README that stands for any lines


@dataclass(frozen=True)
class Shown:
    """A command of README and the lines below it."""

    command: str
    lines: tuple[str, ...]


def shown_commands() -> list[Shown]:
    """Return what the `console` blocks show, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [Shown(part.splitlines()[0], tuple(part.splitlines()[1:])) for part in parts]


def run(command: str, demo: Demo, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run a command as README shows it and return the lines it prints, talk first."""
    if command == "make demo":
        shutil.copytree(demo.folder, home / demo.folder.name)
        return demo.done.out.splitlines()
    if command.startswith("export "):
        monkeypatch.setenv(*command.removeprefix("export ").split("="))
        return []
    program, *words = shlex.split(command)
    if program != "shipwatch":
        assert command == ". .venv/bin/activate"
        return []
    if words == ["serve"]:
        return serve(home)
    done = shipwatch(*words, folder=home)
    assert done.code == 0, done.err
    return [*done.err.splitlines(), *done.out.splitlines()]


def serve(home: Path) -> list[str]:
    """Serve on any free port, look at a page, end it as Ctrl-C does, and return what was said of the usual port."""
    command = [Path(sys.executable).with_name("shipwatch"), "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=home, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said = server.stderr.readline()
        (port,) = re.findall(r":(\d+)/", said)
        assert "SYNTH COMPLETE" in httpx.get(f"http://127.0.0.1:{port}/alerts", timeout=60).text
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
    return [said.replace(port, "8321")]


def plain(lines: list[str] | tuple[str, ...]) -> list[str]:
    """Return lines without what differs from run to run: moments of now, and how wide they make a column."""
    return [re.sub(r"(?<=\S) +", " ", CLOCK.sub("<now>", line.rstrip())) for line in lines if line.strip()]


def difference(shown: list[str], printed: list[str]) -> str:
    """Return the first line of README that the program does not print where it should; empty when there is none."""
    at, skipping = 0, False
    for line in shown:
        if line.strip() == SKIPPED:
            skipping = True
            continue
        found = next((k for k in range(at, len(printed)) if printed[k] == line), None) if skipping else at
        if found is None or found >= len(printed) or printed[found] != line:
            return line
        at, skipping = found + 1, False
    return "" if skipping or at == len(printed) else f"nothing after: {printed[at]}"


def rewritten(text: str, shown: Shown, printed: list[str]) -> str:
    """Return README with what a command prints now; one with lines left out is left to be rewritten by hand."""
    if SKIPPED in shown.lines or not shown.lines:
        return text
    old, new = ("\n".join([f"$ {shown.command}", *map(str.rstrip, lines)]) for lines in (shown.lines, printed))
    return text.replace(old, new)


DIFFERENCES = {
    "equal": (["a", "b"], ["a", "b"], ""),
    "skipped": (["a", "…", "d"], ["a", "b", "c", "d"], ""),
    "skipped_to_the_end": (["a", "…"], ["a", "b"], ""),
    "changed": (["a", "b"], ["a", "c"], "b"),
    "missing": (["a", "b"], ["a"], "b"),
    "more_printed": (["a"], ["a", "b"], "nothing after: b"),
    "skipped_and_never_printed": (["…", "d"], ["a", "b"], "d"),
}


@pytest.mark.parametrize(("shown", "printed", "found"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_difference_is_found(shown: list[str], printed: list[str], found: str) -> None:
    assert difference(shown, printed) == found


def test_every_command_of_readme_gives_the_golden_lines_it_shows(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(noaa_hour(), tmp_path)
    monkeypatch.delenv("SHIPWATCH_DATA_DIR", raising=False)
    commands = shown_commands()
    assert len(commands) >= 15
    text = TEXT
    for shown in commands:
        lines = run(shown.command, demo, tmp_path, monkeypatch)
        if os.environ.get("SHIPWATCH_GOLDEN") == "rewrite":
            text = rewritten(text, shown, lines)
        else:
            assert (shown.command, difference(plain(shown.lines), plain(lines))) == (shown.command, "")
    if text != TEXT:
        README.write_text(text, encoding="utf-8")
    for name in ("kharg.png", "look/digest.html", "lib4.csv"):
        assert (tmp_path / name).stat().st_size > 1000


def test_the_rule_of_readme_is_one(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    start = rule_start("of-readme")
    tests = "tests:" + start.split("\ntests:")[1]
    (tmp_path / "of-readme.yaml").write_text(start.split("\nvessel:")[0] + "\n" + block + tests, encoding="utf-8")
    ruleset = load_files([(tmp_path / "of-readme.yaml", "of-readme")], load_zones())
    assert ruleset.faults == ()
    assert len(ruleset.rules[0].match.sequence.steps) == 3


def test_what_readme_names_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert len(links) >= 8
    assert [link for link in links if not (ROOT / link).exists()] == []
    picture = ROOT / re.search(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)[1]
    assert picture.stat().st_size <= 300_000


def test_readme_shows_no_line_wider_than_its_page() -> None:
    blocks = re.findall(r"^```console\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert max(len(line) for block in blocks for line in block.splitlines()) <= 100


def test_the_file_of_readme_is_the_one_of_the_package() -> None:
    assert f"load {noaa_hour().name}" in TEXT
    assert os.access(noaa_hour(), os.R_OK)
