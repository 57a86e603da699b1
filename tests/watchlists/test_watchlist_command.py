"""`shipwatch watchlist` as a person meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Done, on

from tests.watchlists import list_texts as texts
from tests.watchlists.list_texts import ONE, TWO, sdn_of

TWO_SHIPS = [(1, "SYNTH ONE", ONE), (2, "SYNTH TWO", TWO)]


class Desk:
    """A data folder and files to import."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"

    def run(self, *words: str | int | Path) -> Done:
        return on(self.data, "watchlist", *words)

    def bring(self, text: str, *words: str, file: str = "sdn.csv") -> Done:
        (self.folder / file).write_text(text, newline="")
        return self.run("import", self.folder / file, *words)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_import_list_show_and_history(desk: Desk) -> None:
    done = desk.bring(sdn_of(TWO_SHIPS[:1]), "--published", "2026-11-02")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "us-sdn of 2026-11-02: 1 ship, 1 new, 0 gone (ofac-csv)",
        "The next run asks the rules again: `shipwatch rules apply` does so now.",
    ]
    assert desk.bring(sdn_of(TWO_SHIPS), "--published", "2026-11-20").code == 0
    (row,) = desk.run("list", "--json").rows
    assert {k: row[k] for k in ("list", "ships", "versions", "refused")} == {
        "list": "us-sdn",
        "ships": 2,
        "versions": 2,
        "refused": 0,
    }
    then = desk.run("show", "us-sdn", "--on", "2026-11-10", "--json").rows
    assert [(r["imo"], r["listed_at"], r["since"]) for r in then] == [(ONE, "2026-11-02T00:00:00Z", "known")]
    assert [r["imo"] for r in desk.run("show", "us-sdn", "--json").rows] == [ONE, TWO]
    assert "SYNTH TWO" in desk.run("show", "us-sdn").out
    assert [r["status"] for r in desk.run("history", "us-sdn", "--json").rows] == ["good", "good"]
    assert "us-sdn: 2 imports" in desk.run("history", "us-sdn").out
    assert "us-sdn" in desk.run("list").out


def test_a_shrunken_list_exits_1_and_says_what_to_do(desk: Desk) -> None:
    desk.bring(sdn_of(TWO_SHIPS), "--published", "2026-11-02")
    done = desk.bring(sdn_of(TWO_SHIPS[:1]), "--published", "2026-11-20")
    assert done.code == 1
    assert "lacks 1 of 2 ships of the version before" in done.err
    assert "--accept-shrink" in done.err
    assert "refused" in desk.run("history", "us-sdn").out
    assert len(desk.run("show", "us-sdn", "--json").rows) == 2
    assert desk.bring(sdn_of(TWO_SHIPS[:1]), "--published", "2026-11-20", "--accept-shrink").code == 0
    assert len(desk.run("show", "us-sdn", "--json").rows) == 1


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    desk.bring(sdn_of(TWO_SHIPS), "--published", "2026-11-02")
    assert (
        desk.bring(sdn_of(TWO_SHIPS)).out
        == "us-sdn: nothing new; the file is in already, as the version of 2026-11-02\n"
    )


def test_rows_that_cannot_be_read_are_told_with_line_and_reason(desk: Desk) -> None:
    done = desk.bring(texts.SDN)
    assert done.code == 0
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["line 5", "line 7"]
    assert "2 other rows left out" in done.out


RULE = """
id: asks-os
title: A ship of an imported list is unheard
status: stable
level: low
description: A ship of an imported list is not heard.
match: {id: dark, event: gap, where: {lists: os-shadow}}
alert: {summary: "{vessel} was not heard"}
tests:
  - {name: nothing, events: [{kind: gap, at: 2020-06-01T00:00Z, hours: 8}], expect: {alerts: 0}}
"""

USE = {
    "unknown_form": (("--format", "xls"), "--format 'xls' is unknown"),
    "no_day": (("--published", "20.11.2026"), "--published is a day written 2026-11-20"),
    "no_name": (("--name", "US SDN"), "is no name of a list"),
}


@pytest.mark.parametrize("words,reason", USE.values(), ids=USE)
def test_bad_use_exits_2(desk: Desk, words: tuple[str, ...], reason: str) -> None:
    done = desk.bring(sdn_of(TWO_SHIPS), *words)
    assert (done.code, reason in done.err) == (2, True)


def test_an_unknown_list_is_bad_use(desk: Desk) -> None:
    desk.bring(sdn_of(TWO_SHIPS))
    done = desk.run("show", "us-snd")
    assert (done.code, "did you mean 'us-sdn'" in done.err) == (2, True)


def test_check_says_where_a_ship_stands_and_who_is_called_like_her(desk: Desk) -> None:
    desk.bring(sdn_of([*TWO_SHIPS, (3, "SYNTH ONES", 0)]), "--published", "2026-11-02")
    by_number = desk.run("check", f"IMO {ONE}", "--json").rows
    assert [(r["list"], r["kind"], r["confirmed"]) for r in by_number] == [("us-sdn", "imo", True)]
    by_name = desk.run("check", "mt", "synth", "one", "--json").rows
    assert [(r["called"], r["score"], r["confirmed"]) for r in by_name] == [
        ("SYNTH ONE", 100, False),
        ("SYNTH ONES", 94, False),
    ]
    shown = desk.run("check", "synth one").out
    assert "synth one: 0 listings, 2 possible ones" in shown
    assert "not confirmed" in shown
    assert desk.run("check", "nobody at all").out.startswith("nobody at all: 0 listings")


def test_check_asks_the_lists_beside_the_rules_too(desk: Desk) -> None:
    desk.bring(sdn_of(TWO_SHIPS))
    found = desk.run("check", "9165815", "--json").rows  # GOLSAN, on the list that travels with Shipwatch
    assert [(r["list"], r["called"], r["listed_at"][:10]) for r in found] == [("us-sdn", "GOLSAN", "2018-11-05")]


def test_a_question_to_a_folder_without_data_leaves_none_behind(desk: Desk) -> None:
    assert [desk.run(*words).code for words in (("list",), ("check", "9165815"), ("show", "us-sdn"))] == [2, 2, 2]
    assert not desk.data.exists()


def test_hostile_names_do_no_harm_on_the_terminal(desk: Desk) -> None:
    desk.bring(sdn_of([(1, "[red]A[/red]\x1b]0;x\x07 SYNTH", ONE)]))
    for words in (("show", "us-sdn"), ("check", str(ONE))):
        assert "[red]A[/red] ]0;x SYNTH" in " ".join(desk.run(*words).out.split())


def test_rules_may_ask_for_an_imported_list(desk: Desk) -> None:
    rule = desk.data / "rules" / "own" / "asks-os.yaml"
    assert on(desk.data, "rules", "new", "asks-os").code == 0
    rule.write_text(RULE)
    assert "os-shadow" in on(desk.data, "rules", "check", rule).err
    desk.bring(texts.MARITIME, "--name", "os-shadow", "--risk", "mare.shadow", file="maritime.csv")
    assert on(desk.data, "rules", "check", rule).code == 0
    assert "os-shadow" in on(desk.data, "rules", "schema").out
