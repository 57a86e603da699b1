"""Files that attack, and files that hold every kind of slip: one clear message each, and the good rule beside stays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules.rule_builders import event, make_rule, run
from tests.rules.rule_texts import HEAD, SINGLE, folder_of, ids, load, rule_text, told
from watch.rules.yamlfile import MAX_BYTES

ESC = "\x1b[31m"
#: Loading one hostile file on a busy machine; a rule of a page takes a fiftieth of it.
MOST_S = 20.0


def with_match(match: str) -> str:
    return rule_text("a-rule", match)


def bomb() -> str:
    doubled = "".join(f"{chr(c + 1)}: &{chr(c + 1)} [{','.join([f'*{chr(c)}'] * 8)}]\n" for c in range(97, 104))
    return f"a: &a [1,1,1,1,1,1,1,1]\n{doubled}"


#: What the file holds, and what is told of it after the name of the file.
TEXTS: dict[str, tuple[str | bytes, str]] = {
    "aliases_that_multiply": (bomb(), ":1: holds more than 20000 values once its aliases are expanded"),
    "alias_to_itself": (with_match("match: &a {event: gap, any_of: [*a]}"), ":6: an alias refers to itself"),
    "alias_to_nothing": (with_match("match: *x"), ":6: is not valid YAML: found undefined alias 'x'"),
    "brackets_without_end": ("id: " + "[" * 200_000, ":1: is nested more than 30 deep"),
    "lists_in_lists": ("- " * 100_000 + "x", ":1: is nested more than 30 deep"),
    "a_quarter_of_a_million_values": (
        "id: [" + "1," * 120_000 + "1]",
        ":1: holds more than 20000 values",
    ),
    "many_keys": ("".join(f"k{i}: 1\n" for i in range(25_000)), ":20000: holds more than 20000 values"),
    "endless": (b"id: " + b"x" * MAX_BYTES, ": is larger than 256 KB; a rule is a page of text"),
    "python_object": (
        HEAD.format(id="a-rule") + "match: !!python/object/apply:os.system [id]",
        ":6: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not part of the language;"
        " put quotes around such a value",
    ),
    "merge_key": (
        with_match("match: {<<: {event: gap}}"),
        ":6: keys are plain words; merge keys ('<<') are not part of the language",
    ),
    "key_that_is_a_list": (
        with_match("match: {[a]: gap}"),
        ":6: keys are plain words; merge keys ('<<') are not part of the language",
    ),
    "version_that_does_not_exist": (
        "%YAML 9.9\n---\nid: a-rule",
        ":1: is not valid YAML: found incompatible YAML document (version 1.* is required)",
    ),
    "binary": (bytes(range(256)), ": is not UTF-8 text (byte 128); save it as UTF-8"),
    "zeros": (
        b"\x00" * 1000,
        ": is not valid YAML: unacceptable character #x0000: special characters are not allowed"
        ' in "<unicode string>", position 0',
    ),
    "another_encoding": (rule_text("a-rule").encode("utf-16"), ": is not UTF-8 text (byte 0); save it as UTF-8"),
    "empty": ("", ": is empty"),
    "only_comments": ("# a rule\n\n", ": is empty"),
    "two_documents": (
        rule_text("a-rule") + "---\n" + rule_text("b-rule"),
        ":7: is not valid YAML: but found another document",
    ),
    "tab_for_an_indent": (
        with_match("match:\n\tevent: gap"),
        ":7: is not valid YAML: found character '\\t' that cannot start any token; use spaces, not tabs",
    ),
    "key_twice": (rule_text("a-rule", SINGLE, SINGLE), ":7: the key 'match' stands twice"),
    "a_word": ("rule", ":1: is not a rule: it must be a block of keys such as 'id', 'title', 'match'"),
    "id_with_an_escape_sequence": (
        rule_text('"a\\e[31m-rule"'),
        ":1: id: has characters that are not allowed here (wanted: ^[a-z0-9]+(-[a-z0-9]+)*$)",
    ),
    "key_with_an_escape_sequence": (
        rule_text("a-rule", SINGLE, '"l\\e[31m": low'),
        r":7: l\x1b[31m: unknown key 'l\x1b[31m'",
    ),
    "value_with_an_escape_sequence": (
        with_match('match: {event: "gap\\e[31m\\n\\u202e"}'),
        r":6: match.event: unknown kind of event 'gap\x1b[31m\n\u202e'",
    ),
    "key_with_a_letter_that_looks_alike": (
        rule_text("a-rule").replace("title:", "titl\N{CYRILLIC SMALL LETTER IE}:"),
        ":2: titl\N{CYRILLIC SMALL LETTER IE}: unknown key 'titl\N{CYRILLIC SMALL LETTER IE}';"
        " did you mean 'title'? ('\N{CYRILLIC SMALL LETTER IE}' is CYRILLIC SMALL LETTER IE)",
    ),
    "zone_with_a_letter_that_looks_alike": (
        with_match("match: {event: gap, zone: {id: ir_kh\N{CYRILLIC SMALL LETTER A}rg}}"),
        ":6: match.zone.id: unknown zone 'ir_kh\N{CYRILLIC SMALL LETTER A}rg'; did you mean 'ir_kharg'?"
        " ('\N{CYRILLIC SMALL LETTER A}' is CYRILLIC SMALL LETTER A)",
    ),
    "endless_word": (
        with_match(f"match: {{event: {'gap' * 50_000}}}"),
        f":6: match.event: unknown kind of event '{('gap' * 20)}'",
    ),
    "endless_key": (rule_text("a-rule", SINGLE, f"{'k' * 900}: 1"), f":7: {'k' * 349}…: unknown key '{'k' * 60}'"),
    "spaces_without_end_in_a_condition": (
        with_match(f"match: {{event: gap, where: {{duration_h: '1{' ' * 200_000}x'}}}}"),
        ":6: match.where.duration_h: 'duration_h' is compared with a text of more than 200 letters",
    ),
    "number_that_is_none": (
        with_match("match: {event: gap, where: {duration_h: .nan}}"),
        ":6: '.nan' is not a number; put quotes around text",
    ),
    "infinite_number": (
        with_match("match: {event: gap, where: {duration_h: .inf}}"),
        ":6: '.inf' is not a number; put quotes around text",
    ),
    "number_beyond_all": (
        with_match("match: {event: gap, where: {duration_h: 1e999}}"),
        ":6: '1e999' is too large for a number",
    ),
    "number_of_a_thousand_digits": (
        with_match(f"match: {{event: gap, where: {{duration_h: {'9' * 1000}}}}}"),
        f":6: '{'9' * 40}' is too large for a number",
    ),
    "number_of_ten_thousand_digits": (
        with_match(f"match: {{event: gap, where: {{duration_h: {'9' * 10_000}}}}}"),
        f":6: '{'9' * 40}' is not a number; put quotes around text",
    ),
    "number_in_a_text_beyond_all": (
        with_match(f"match: {{event: gap, where: {{duration_h: '>={'9' * 190}e'}}}}"),
        ":6: match.where.duration_h: 'duration_h' is in h, not in 'e'",
    ),
    "length_of_ages": (
        with_match("match: {count: {event: gap, min: 3, within: 99999999999999w}}"),
        ":6: match.count.within: '99999999999999w' is not between 0 and 3650 days",
    ),
    "length_below_nothing": (
        with_match("match: {count: {event: gap, min: 3, within: -3d}}"),
        ":6: match.count.within: a length of time is a number and a unit (90min, 24h, 120d, 2w), not '-3d'",
    ),
    "length_of_nothing": (
        with_match("match: {count: {event: gap, min: 3, within: 0d}}"),
        ":6: match.count.within: '0d' is not between 0 and 3650 days",
    ),
    "negative_count": (
        with_match("match: {count: {event: gap, min: -3, within: 3d}}"),
        ":6: match.count.min: must be 2 or more",
    ),
    "day_that_does_not_exist": (
        rule_text("a-rule", SINGLE, "valid_from: 2021-02-29"),
        ":7: valid_from: a date is written 2027-01-31, not '2021-02-29'",
    ),
    "moment_before_all": (
        rule_text(
            "a-rule", SINGLE, "tests: {name: x, as_of: 0001-01-01T00:00+14:00, scenario: n1, expect: {alerts: 0}}"
        ),
        ":7: tests[0].as_of: the year 1 is not between 1970 and 2199",
    ),
    "test_of_ages": (
        rule_text(
            "a-rule", SINGLE, "tests: {name: x, events: {kind: gap, at: 2020-01-01, hours: 1e14}, expect: {alerts: 0}}"
        ),
        ":7: tests[0].events[0].hours: must be 87600 or less",
    ),
    "yes_for_true": (
        with_match("match: {sequence: {within: 3d, steps: [{id: a, event: gap}, {id: b, event: gap, optional: yes}]}}"),
        ":6: match.sequence.steps[1].optional: must be true or false",
    ),
    "block_for_a_word": (
        with_match("match: {event: {gap: true}}"),
        ":6: match.event: must be text; put quotes around it if it is meant as text",
    ),
    "nothing_for_a_word": (
        rule_text("a-rule").replace("title: A rule", "title:"),
        ":2: title: must be text; put quotes around it if it is meant as text",
    ),
    "nothing_for_a_list": (
        rule_text("a-rule", SINGLE, "tests: [null]"),
        ":7: tests[0]: must be a block of keys",
    ),
    "way_out_of_the_folder": (
        rule_text("a-rule", SINGLE, "tests: {name: x, scenario: ../../x, expect: {alerts: 0}}"),
        ":7: tests[0].scenario: has characters that are not allowed here (wanted: ^[a-z0-9][a-z0-9_-]*$)",
    ),
    "no_criteria": (
        with_match("match: {event: []}"),
        ":6: match: has no criteria: it needs 'event', 'any_of', 'count' or 'sequence', else it would fit everything",
    ),
}


@pytest.mark.parametrize("content,message", TEXTS.values(), ids=TEXTS.keys())
def test_one_clear_message(tmp_path: Path, content: str | bytes, message: str) -> None:
    root = folder_of(tmp_path)
    (root / "a-rule.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    begun_s = time.perf_counter()
    ruleset = load(root)
    assert time.perf_counter() - begun_s < MOST_S
    assert told(ruleset) == [f"rules/a-rule.yaml{message}"]
    assert ids(ruleset) == ["z-good"]
    assert all(text.isprintable() for text in told(ruleset))


def a_link_to_itself(file: Path) -> None:
    file.symlink_to(file.name)


def a_link_to_nowhere(file: Path) -> None:
    file.symlink_to("nowhere")


def a_folder(file: Path) -> None:
    file.mkdir()


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def an_endless_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def a_file_that_cannot_be_read(file: Path) -> None:
    if os.geteuid():
        file.write_text(rule_text("a-rule"))
        file.chmod(0)
    else:
        file.symlink_to("/proc/self/mem")  # who may read everything cannot read this from its beginning


OTHERS: dict[Callable[[Path], None], str] = {
    a_link_to_itself: "cannot be read: Too many levels of symbolic links",
    a_link_to_nowhere: "cannot be read: No such file or directory",
    a_folder: "is no file; keep only files under such a name",
    a_pipe: "is no file; keep only files under such a name",
    an_endless_device: "is no file; keep only files under such a name",
    a_file_that_cannot_be_read: "cannot be read: ",
}


@pytest.mark.parametrize("make", OTHERS, ids=lambda make: make.__name__)
def test_what_is_no_rule_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    root = folder_of(tmp_path)
    make(root / "a-rule.yaml")
    ruleset = load(root)
    (message,) = told(ruleset)
    assert message.startswith(f"rules/a-rule.yaml: {OTHERS[make]}")
    assert ids(ruleset) == ["z-good"]


def test_folder_that_links_to_itself(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    (root / "again").symlink_to(root, target_is_directory=True)
    assert ids(load(root)) == ["z-good"]


def test_name_with_an_escape_sequence(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    (root / f"a{ESC}.yaml").write_text("x")
    assert told(load(root)) == [
        r"rules/a\x1b[31m.yaml:1: is not a rule: it must be a block of keys such as 'id', 'title', 'match'"
    ]


def test_mark_at_the_beginning_does_no_harm(tmp_path: Path) -> None:
    root = folder_of(tmp_path)
    (root / "a-rule.yaml").write_bytes(b"\xef\xbb\xbf" + rule_text("a-rule").replace("\n", "\r\n").encode())
    assert (told(load(root)), ids(load(root))) == ([], ["a-rule", "z-good"])


def test_thousands_of_slips_are_told_in_part(tmp_path: Path) -> None:
    zones = ", ".join(f"ir_kharg{i}" for i in range(3000))
    match = f"match: {{any_of: [{', '.join([f'{{event: gap, zone: {{id: [{zones}]}}}}'] * 3)}]}}"
    root = folder_of(tmp_path, a_rule=with_match(match))
    begun_s = time.perf_counter()
    messages = told(load(root))
    assert time.perf_counter() - begun_s < MOST_S
    assert len(messages) == 33
    at = "rules/a-rule.yaml:6: match.any_of[0].zone.id"
    assert messages[:2] == [
        f"{at}: names 2990 more that are not known",
        f"{at}[0]: unknown zone 'ir_kharg0'; did you mean 'ir_kharg'?",
    ]


def test_thousands_of_alternatives_are_too_many(tmp_path: Path) -> None:
    zones = ", ".join(["{id: ir_karg}"] * 3000)
    messages = told(load(folder_of(tmp_path, a_rule=with_match(f"match: {{event: gap, zone: {{any_of: [{zones}]}}}}"))))
    assert messages == ["rules/a-rule.yaml:6: match.zone.any_of: has 3000 alternatives; 50 are the most"]


def test_thousands_of_unknown_keys_are_told_in_part(tmp_path: Path) -> None:
    keys = "\n".join(f"levl{i}: low" for i in range(3000))
    messages = told(load(folder_of(tmp_path, a_rule=rule_text("a-rule", SINGLE, keys))))
    assert len(messages) == 51
    assert messages[-1] == "rules/a-rule.yaml: may have more faults; mend these first"
    assert messages[0] == "rules/a-rule.yaml:7: levl0: unknown key 'levl0'; did you mean 'level'?"


#: A text as a rule asks for it, the name of a ship, and whether it fits: no text is ever an expression.
WORDS = {
    "expression_that_never_ends": ("(a+)+$", "a" * 5000 + "!", False),
    "expression_as_a_name": ("(a+)+$", "(A+)+$", True),
    "stars_that_never_end": ("*a" * 90 + "b", "a" * 5000, False),
    "star_at_the_end": ("ocean*", "OCEAN STAR", True),
    "star_at_the_beginning": ("*star", "OCEAN STAR", True),
    "star_for_nothing": ("ocean*", "Ocean", True),
    "star_between": ("o*n s*r", "OCEAN STAR", True),
    "stars_may_not_overlap": ("star*star", "STAR", False),
    "star_alone_is_any_name": ("*", "X", True),
    "star_alone_is_no_missing_name": ("*", None, False),
    "not_with_a_star": ("!=ocean*", "OCEAN STAR", False),
    "dot_is_a_dot": ("oc.an", "OCEAN", False),
}


@pytest.mark.parametrize("wanted,name,fits", WORDS.values(), ids=WORDS.keys())
def test_text_condition(wanted: str, name: str | None, fits: bool) -> None:
    rule = make_rule({"event": "gap", "where": {"name": wanted}})
    begun_s = time.perf_counter()
    assert bool(run(rule, event("gap", "2020-01-01", name=name))) == fits
    assert time.perf_counter() - begun_s < MOST_S
