"""The house rules of the repository: what CONTRIBUTING.md promises and no other tool checks."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "watch"
MODULES = sorted(PACKAGE.rglob("*.py"))
CLOCK_FILES = {"clock.py"}
# the clock that a site was handed, and what stands on a shelf now
HANDED = re.compile(r"(\b_?site(_of\(request\))?|\bshelf|^self)\.now$")
PURE_FOLDERS = ("detect", "rules", "zones", "scenarios", "readers")
IMPURE = ("watch.store", "watch.jobs", "watch.loading", "watch.clock", "watch.cli", "watch.commands", "watch.workspace")
HEAVY = ("pandas", "geopandas", "duckdb", "matplotlib", "shapely", "sqlalchemy", "scipy")
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").rglob("*.md")]


def module_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def in_each_module(test: Any) -> Any:
    return pytest.mark.parametrize("path", MODULES, ids=module_id)(test)


@in_each_module
def test_a_module_has_at_most_300_lines(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 300


@in_each_module
def test_a_function_has_at_most_40_lines(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    bodies = {n.name: _body_lines(n) for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert {name: lines for name, lines in bodies.items() if lines > 40} == {}


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@in_each_module
def test_the_time_is_asked_in_one_place(path: Path) -> None:
    asked = [] if path.name in CLOCK_FILES else list(_clock_calls(path.read_text(encoding="utf-8")))
    assert asked == []


def _clock_calls(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            call = ast.unparse(node.func)
            asks = node.func.attr in {"now", "utcnow", "today"} and not HANDED.search(call)
            if asks or call in {"time.time", "time.time_ns"}:
                yield f"{call} in line {node.lineno}"


CLOCKS = {
    "datetime_now": ("datetime.now(UTC)", 1),
    "pandas_now": ("pd.Timestamp.now(tz='UTC')", 1),
    "today": ("date.today()", 1),
    "unix_time": ("time.time()", 1),
    "stopwatch_is_no_clock": ("time.perf_counter()", 0),
    "a_moment_handed_in": ("f(now=now)", 0),
    "the_clock_of_a_site": ("site_of(request).now(); self._site.now()", 0),
    "a_site_of_datetimes": ("website.datetime.now()", 1),
}


@pytest.mark.parametrize(("source", "found"), CLOCKS.values(), ids=CLOCKS)
def test_the_search_for_clocks_finds_them(source: str, found: int) -> None:
    assert len(list(_clock_calls(source))) == found


@pytest.mark.parametrize("folder", PURE_FOLDERS)
def test_a_pure_stage_knows_neither_store_nor_edge(folder: str) -> None:
    modules = sorted((PACKAGE / folder).rglob("*.py"))
    imports = {(module_id(path), name) for path in modules for name in _imports(path)}
    assert len(imports) > 0
    assert {(path, name) for path, name in imports if name.startswith(IMPURE)} == set()


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_migrations_do_not_shadow_alembic() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_help_lists_every_target_once() -> None:
    listed = re.findall(r"^  make ([\w-]+)", _make("help"), re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert listed == phony[1].split()
    assert {"demo", "test", "soak", "check", "bench", "golden", "lock", "clean"} < set(listed)


def test_help_is_what_make_alone_does() -> None:
    assert _make() == _make("help")


def _make(*goals: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--no-print-directory", *goals]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("script", [".ci/run", "scripts/setup.sh"])
def test_a_script_runs_as_it_is_and_stops_at_the_first_fault(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert "\nset -euo pipefail\n" in path.read_text()
    subprocess.run(["bash", "-n", path], check=True)


def test_setup_without_a_fit_python_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3").chmod(0o755)
    for tool in ("bash", "dirname", "sh"):
        (tmp_path / tool).symlink_to(Path("/bin") / tool if (Path("/bin") / tool).exists() else f"/usr/bin/{tool}")
    command = [str(tmp_path / "bash"), str(ROOT / "scripts" / "setup.sh"), str(tmp_path / "venv")]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_every_locked_package_has_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert re.findall(r"https?:|file:|--(?:extra-)?index-url|--find-links| @ ", lock) == []
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert [e.split()[0] for e in entries if not re.match(r"[\w.-]+==\S", e) or "--hash=sha256:" not in e] == []


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["optional-dependencies"], project["dependency-groups"]]
    lists = [project["project"]["dependencies"], *(names for group in groups for names in group.values())]
    declared = [entry for names in lists for entry in names]
    names = {re.sub(r"[._]", "-", re.match(r"[\w.-]+", entry)[0]).lower() for entry in declared}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert names - locked == set()


def test_the_wheel_holds_the_package_whole_and_finds_its_rules(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert _files(PACKAGE) == {f for f in _files(site / "watch") if not f.startswith("bundled/")}
    for folder in ("rules", "alembic", "fixtures"):
        assert _files(site / "watch" / "bundled" / folder) == _files(ROOT / folder) != set()
    asked = "from watch.paths import bundled; print(*map(bundled, ('rules', 'alembic', 'fixtures')), sep='\\n')"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    found = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert [Path(p) for p in found.stdout.decode().splitlines()] == [
        site / "watch" / "bundled" / folder for folder in ("rules", "alembic", "fixtures")
    ]


def _files(folder: Path) -> set[str]:
    every = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in every if "__pycache__" not in path.parts and path.name != ".gitkeep"}


def test_the_cli_answers_before_it_loads_anything_heavy() -> None:
    asked = f"import watch.cli, sys; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def shown_commands() -> list[tuple[str, str]]:
    """Return every `shipwatch …` of the docs with the name of its file."""
    found = []
    for path in DOCS:
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        in_blocks = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        inline = re.findall(r"`(shipwatch [^`\n]+)`", text)
        lines = [re.sub(r"^\s*(?:\$ )?(?:\.venv/bin/)?", "", line) for line in (*in_blocks, *inline)]
        found += [(path.name, line) for line in lines if line.startswith("shipwatch ")]
    return found


def test_every_command_shown_exists_with_its_options() -> None:
    faults = [f"{name}: {line}: {fault}" for name, line in shown_commands() for fault in _faults(line)]
    assert faults == []


def _faults(line: str) -> Iterator[str]:
    words = shlex.split(re.split(r"[|>;]|&&|…|\[", line)[0], comments=True)[1:]
    command: Any = _root_command()
    options = {name: param for param in command.params for name in param.opts + param.secondary_opts}
    while words:
        word = words.pop(0)
        name = word.split("=")[0]
        if word.startswith("--") and name != "--help":
            if name not in options:
                yield f"no option {name}"
            elif "=" not in word and not getattr(options[name], "is_flag", False) and words:
                words.pop(0)
        elif hasattr(command, "commands") and not word.startswith("-"):
            if word not in command.commands:
                yield f"no command {word}"
                return
            command = command.commands[word]
            options |= {name: param for param in command.params for name in param.opts + param.secondary_opts}


def test_every_command_stands_in_the_docs() -> None:
    shown = " ".join(line for _, line in shown_commands())
    names = [name for name, command in _root_command().commands.items() if not command.hidden]
    assert [name for name in names if not re.search(rf"\b{name}\b", shown)] == []


def _root_command() -> Any:
    from typer.main import get_command

    from watch.cli import app

    return get_command(app)
