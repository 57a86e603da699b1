"""The pages on rules are held to the program: tables, examples, the tutorial's commands, links."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from command_line import Demo, shipwatch
from pydantic import BaseModel
from test_readme import Shown, difference, plain

from scripts.rule_language import BLOCKS
from scripts.write_rule_docs import TABLES, filled
from tests.rules.rule_zones import ZONES
from watch.paths import bundled
from watch.rules.loader import load_files, load_rules
from watch.rules.measures import load_measures
from watch.rules.model import Rule
from watch.rules.pattern import MatchSpec
from watch.rules.template import rule_start
from watch.rules.testing import TestWorld, run_rule_tests
from watch.rules.vessel_lists import load_vessel_lists

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((DOCS / "rules").glob("*.md"))}
TUTORIAL = DOCS / "rules" / "first-rule.md"
MOST_LINES, WIDTH = 25, 100
STOPWATCH = re.compile(r"Took \d+\.\d s")
FILE_OF = re.compile(r"# ((?:shared|lists)/[\w.-]+)\n")  # the first line of an example that is no rule


class Example(NamedTuple):
    """A rule of a page: its title there, its lower part, and the files it needs beside it."""

    title: str
    text: str
    beside: tuple[tuple[str, str], ...] = ()


def blocks(text: str, kind: str) -> list[str]:
    """Return the fenced blocks of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def cookbook() -> Iterator[Example]:
    for section in re.split(r"^## ", PAGES["cookbook.md"], flags=re.MULTILINE)[1:]:
        found = blocks(section, "yaml")
        beside = tuple((named[1], block) for block in found if (named := FILE_OF.match(block)))
        for block in found:
            if not FILE_OF.match(block):
                yield Example(section.splitlines()[0], block, beside)


def lower_parts() -> Iterator[Example]:
    yield Example("start page", blocks(PAGES["README.md"], "yaml")[0])
    yield Example("a cargo instead of a ship", blocks(PAGES["first-rule.md"], "yaml")[1])


def with_head(rule_id: str, lower: str) -> str:
    """Return a new rule as `rules new` begins it, with another lower part."""
    return rule_start(rule_id).split("\nvessel:")[0] + "\n" + lower


def load_example(example: Example, folder: Path) -> Rule:
    rule_id = re.sub(r"[^a-z0-9]+", "-", example.title.lower()).strip("-")
    files = [(f"own/{rule_id}.yaml", with_head(rule_id, example.text)), *example.beside]
    for name, text in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    ruleset = load_files([(folder / files[0][0], rule_id)], ZONES, roots=[bundled("rules"), folder])
    assert ruleset.faults == ()
    return ruleset.rules[0]


def failures(rule: Rule) -> list[str]:
    world = TestWorld(ZONES.by_id.get, load_vessel_lists(), load_measures())
    return [f"{result.name}: {result.reason}" for result in run_rule_tests(rule, None, world) if not result.passed]


def test_the_reference_is_what_the_program_says() -> None:
    assert filled(PAGES["reference.md"]) == PAGES["reference.md"], "run `make rule-docs`"


def test_the_reference_has_every_table_once() -> None:
    assert sorted(re.findall(r"<!-- table: ([\w-]+) -->", PAGES["reference.md"])) == sorted(set(TABLES) - {"pattern"})


def test_every_block_of_a_rule_file_is_explained() -> None:
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = [Rule]
    while waiting:
        annotation = waiting.pop()
        waiting += get_args(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
            seen.add(annotation)
            waiting += [field.annotation for field in annotation.model_fields.values()]
    assert MatchSpec in seen
    assert seen <= {part for part, _ in BLOCKS.values()}


def test_the_whole_rule_of_the_reference_is_one(tmp_path: Path) -> None:
    text = blocks(PAGES["reference.md"], "yaml")[0]
    rule_id = re.match(r"id: (\S+)", text)[1]
    file = tmp_path / "own" / f"{rule_id}.yaml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    ruleset = load_rules(tmp_path, ZONES)
    assert ruleset.faults == ()
    assert failures(ruleset.rules[0]) == []


@pytest.mark.parametrize("example", list(cookbook()), ids=lambda example: example.title)
def test_an_example_of_the_cookbook_is_a_rule_whose_tests_pass(example: Example, tmp_path: Path) -> None:
    rule = load_example(example, tmp_path)
    assert failures(rule) == []
    assert {test.expect.alerts > 0 for test in rule.tests} == {True, False}
    assert len(example.text.splitlines()) <= MOST_LINES


def test_an_example_that_is_wrong_is_found(tmp_path: Path) -> None:
    right = next(cookbook())
    wrong = right._replace(text=right.text.replace("hours: 72", "hours: 7"))
    assert failures(load_example(right, tmp_path / "right")) == []
    assert len(failures(load_example(wrong, tmp_path / "wrong"))) == 1


def test_the_cookbook_lists_its_examples() -> None:
    listed = re.findall(r"\]\(#([\w-]+)\)", PAGES["cookbook.md"].split("\n## ")[0])
    titles = list(dict.fromkeys(anchor(example.title) for example in cookbook()))
    assert sorted(listed) == sorted(titles)
    assert len(titles) >= 12


@pytest.mark.parametrize("example", list(lower_parts()), ids=lambda example: example.title)
def test_a_part_of_a_rule_that_is_shown_has_no_faults(example: Example, tmp_path: Path) -> None:
    assert load_example(example, tmp_path).match.sequence is not None


def test_the_commands_of_the_tutorial_give_the_golden_lines_it_shows(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHIPWATCH_DATA_DIR", raising=False)
    rule = tmp_path / "shipwatch-demo" / "rules" / "own" / "my-first-rule.yaml"
    text, is_written = PAGES["first-rule.md"], False
    for kind, block in re.findall(r"^```(console|yaml|diff)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if kind == "yaml" and not is_written:
            rule.write_text(rule.read_text().split("\nvessel:")[0] + "\n" + block)
            is_written = True
        elif kind == "diff":
            change(rule, block)
        elif kind == "console":
            for shown in commands(block):
                printed = run(shown, demo, tmp_path, monkeypatch)
                if os.environ.get("SHIPWATCH_GOLDEN") == "rewrite" and "…" not in shown.lines:
                    old, new = ("\n".join([f"$ {shown.command}", *lines]) for lines in (shown.lines, printed))
                    text = text.replace(f"{old}\n", f"{new}\n", 1)
                else:
                    assert (shown.command, difference(plain(shown.lines), plain(printed))) == (shown.command, "")
    assert is_written
    if text != PAGES["first-rule.md"]:
        TUTORIAL.write_text(text, encoding="utf-8")


def commands(block: str) -> list[Shown]:
    """Return the commands of a `console` block, each with the lines below it."""
    parts = [part.splitlines() for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [Shown(part[0], tuple(STOPWATCH.sub("Took 1.0 s", line) for line in part[1:])) for part in parts]


def change(file: Path, diff: str) -> None:
    """Change a file by the lines that a page shows with - and +."""
    old, new = ("\n".join(line[1:] for line in diff.splitlines() if line[0] == sign) for sign in "-+")
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def run(shown: Shown, demo: Demo, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run a command as a page shows it and return the lines on a screen of 100 columns, talk last."""
    if shown.command == "make demo":
        shutil.copytree(demo.folder, home / demo.folder.name)
        return demo.done.out.splitlines()
    program, *words = shlex.split(shown.command)
    if program == "export":
        monkeypatch.setenv(*words[0].split("="))
    if program != "shipwatch":
        assert program in ("export", ".")
        return []
    done = shipwatch(*words, folder=home)
    assert done.code == (2 if any(line.startswith("error:") for line in done.err.splitlines()) else 0), done.err
    lines = [*done.out.splitlines(), *done.err.splitlines()]
    cut = [line[i : i + WIDTH].rstrip() for line in lines for i in range(0, max(len(line.rstrip()), 1), WIDTH)]
    return [STOPWATCH.sub("Took 1.0 s", line) for line in cut]


def test_a_command_that_prints_something_else_is_found(demo: Demo, tmp_path: Path) -> None:
    shown = Shown("shipwatch rules check", ("1 rule, no faults",))
    with pytest.MonkeyPatch.context() as patch:
        printed = run(shown, demo, tmp_path, patch)
    assert difference(plain(shown.lines), plain(printed)) == "1 rule, no faults"
    assert difference(plain(replace(shown, lines=tuple(printed)).lines), plain(printed)) == ""


def test_no_block_is_wider_than_a_screen() -> None:
    lines = [line for text in PAGES.values() for block in blocks(text, "console") for line in block.splitlines()]
    assert max(map(len, lines)) <= WIDTH + len("$ ")


def anchor(title: str) -> str:
    """Return the anchor that a heading gets on the web."""
    return re.sub(r"[^\w\- ]", "", title.replace("`", "").lower()).strip().replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def links() -> Iterator[tuple[str, str]]:
    for name, text in PAGES.items():
        yield from ((name, link) for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for _, link in (found for found in links() if found[0] == page):
        path, _, place = link.partition("#")
        target = (DOCS / "rules" / path).resolve() if path else DOCS / "rules" / page
        assert target.exists(), link
        if place:
            assert place in anchors(target.read_text(encoding="utf-8")), link


def test_every_page_is_on_the_start_page() -> None:
    named = {link for page, link in links() if page == "README.md"}
    assert set(PAGES) - {"README.md"} <= named
