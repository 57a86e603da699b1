"""Shared lists and macros: what a rule becomes with them, and how each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.rule_texts import folder_of, ids, load, rule_text, told
from tests.rules.rule_zones import ZONES
from watch.rules.loader import load_rules
from watch.rules.model import Rule

SHARED = """\
lists:
  areas: {what: Areas., source: Ours., values: [my_eopl, ae_fujairah_anch]}
  flags: {what: Flags., source: Ours., values: [KM, GA]}
  imos: {what: Ships., source: Ours., values: [9074729, 9999802]}
  lengths: {what: Lengths., source: Ours., values: [24h, 48h]}
macros:
  dark_day:
    what: A day without a report.
    pattern: {event: gap, where: {duration_h: ">=24h", coverage: heard}}
  either:
    what: A call or a meeting in the areas.
    pattern:
      any_of:
        - {event: port_visit, zone: {id: $areas}}
        - {event: encounter, zone: {id: [$areas, gr_laconian]}}
"""


def shared_folder(tmp_path: Path, text: str, shared: str = SHARED) -> Path:
    return folder_of(tmp_path, a_rule=text, shared__ours=shared)


def rule_of(tmp_path: Path, *parts: str) -> Rule:
    """Return the only rule beside `z-good`, which must have no fault."""
    ruleset = load(shared_folder(tmp_path, rule_text("a-rule", *parts)))
    assert told(ruleset) == []
    return next(rule for rule in ruleset.rules if rule.id == "a-rule")


SAME = {
    "list_alone": (
        "match: {event: gap, zone: {id: $areas}}",
        "match: {event: gap, zone: {id: [my_eopl, ae_fujairah_anch]}}",
    ),
    "list_as_one_of_several": (
        "match: {event: gap, zone: {id: [gr_laconian, $areas, ir_kharg]}}",
        "match: {event: gap, zone: {id: [gr_laconian, my_eopl, ae_fujairah_anch, ir_kharg]}}",
    ),
    "list_of_flags": (
        "match: {event: gap}\nvessel: {flag: {none_of: [LR, $flags]}}",
        "match: {event: gap}\nvessel: {flag: {none_of: [LR, KM, GA]}}",
    ),
    "list_as_the_flag": (
        "match: {event: gap}\nvessel: {flag: $flags}",
        "match: {event: gap}\nvessel: {flag: [KM, GA]}",
    ),
    "list_of_numbers": (
        "match: {event: gap}\nvessel: {imo: $imos}",
        "match: {event: gap}\nvessel: {imo: [9074729, 9999802]}",
    ),
    "list_in_a_condition": (
        "match: {event: encounter, where: {other_flag: $flags}}",
        "match: {event: encounter, where: {other_flag: [KM, GA]}}",
    ),
    "list_in_unknown_if": (
        "match: {event: gap}\nunknown_if: {flag: $flags}",
        "match: {event: gap}\nunknown_if: {flag: [KM, GA]}",
    ),
    "macro_of_a_single_event": (
        "match: {use: dark_day}",
        "match: {event: gap, where: {duration_h: '>=24h', coverage: heard}}",
    ),
    "key_beside_a_macro": (
        "match: {use: dark_day, zone: {id: $areas}}",
        "match: {event: gap, where: {duration_h: '>=24h', coverage: heard}, zone: {id: [my_eopl, ae_fujairah_anch]}}",
    ),
    "key_beside_wins": (
        "match: {use: dark_day, where: {coverage: lost}}",
        "match: {event: gap, where: {coverage: lost}}",
    ),
    "macro_with_alternatives_and_lists": (
        "match: {use: either}",
        "match: {any_of: [{event: port_visit, zone: {id: [my_eopl, ae_fujairah_anch]}},"
        " {event: encounter, zone: {id: [my_eopl, ae_fujairah_anch, gr_laconian]}}]}",
    ),
    "macro_of_a_count": (
        "match: {count: {use: dark_day, min: 3, within: 30d}}",
        "match: {count: {event: gap, where: {duration_h: '>=24h', coverage: heard}, min: 3, within: 30d}}",
    ),
    "macro_in_every_place_of_a_sequence": (
        "match: {sequence: {within: 90d, steps: [{id: a, use: dark_day}, {id: b, any_of: [{use: dark_day}]}],"
        " not: {use: dark_day, between: [a, b]}, having: [{use: dark_day, after: b, lasting: 9d},"
        " {event: gap, before: a, lasting: 3d}], until: {use: dark_day}}}",
        "match: {sequence: {within: 90d, steps: [{id: a, event: gap, where: &w {duration_h: '>=24h', coverage: heard}},"
        " {id: b, any_of: [{event: gap, where: *w}]}], not: {event: gap, where: *w, between: [a, b]},"
        " having: [{event: gap, where: *w, after: b, lasting: 9d}, {event: gap, before: a, lasting: 3d}],"
        " until: {event: gap, where: *w}}}",
    ),
    "text_with_a_dollar": (
        "match: {event: gap}\nreferences: [$100 a barrel]",
        "match: {event: gap}\nreferences: ['$100 a barrel']",
    ),
}


@pytest.mark.parametrize("short,long", SAME.values(), ids=SAME.keys())
def test_rule_is_the_same_as_written_out(tmp_path: Path, short: str, long: str) -> None:
    assert rule_of(tmp_path, short) == rule_of(tmp_path, long)


def test_lists_of_measures_and_red_flags(tmp_path: Path) -> None:
    shared = "lists: {iran: {what: x, source: x, values: [US-IR-2018]}, signs: {what: x, source: x, values: [US1a]}}"
    text = rule_text("a-rule", "match: {event: gap}", "measures: [$iran, US-VE-PDVSA]", "red_flags: $signs")
    ruleset = load(shared_folder(tmp_path, text, shared))
    assert told(ruleset) == []
    assert ruleset.rules[0].measures == ("US-IR-2018", "US-VE-PDVSA")
    assert ruleset.rules[0].red_flags == ("US1a",)


#: The match, which begins in line 6, and the fault: line, key, reason.
FAULTS = {
    "unknown_list": (
        "match:\n  event: gap\n  zone: {id: [ir_kharg, $araes]}",
        "8: match.zone.id[1]: unknown shared list '$araes'; did you mean 'areas'?; lists stand in rules/shared",
    ),
    "unknown_list_after_one_of_several_values": (
        "match: {event: gap, zone: {id: [$areas, $araes]}}",
        "6: match.zone.id[1]: unknown shared list '$araes'; did you mean 'areas'?; lists stand in rules/shared",
    ),
    "unknown_macro": (
        "match:\n  use: dark_days",
        "7: match.use: unknown macro 'dark_days'; did you mean 'dark_day'?; macros stand in rules/shared",
    ),
    "use_of_no_text": ("match:\n  use: [dark_day]", "7: match.use: names one macro, as text: write 'use: name'"),
    "list_with_a_comparison": (
        "match: {event: encounter, where: {other_flag: '!=$flags'}}",
        "6: match.where.other_flag: '!=$flags' names no shared list: write '$name' alone, as in '$sts'",
    ),
    "list_that_no_list_could_be_called": (
        "match: {event: gap, zone: {id: $High-Risk}}",
        "6: match.zone.id: '$High-Risk' names no shared list: write '$name' alone, as in '$sts'",
    ),
    "list_for_one_value": (
        "match: {count: {event: gap, min: 3, within: $lengths}}",
        "6: match.count.within: takes one value, and a list stands for several (from the list 'lengths')",
    ),
    "list_for_a_block": (
        "match: {event: gap, zone: $areas}",
        "6: match.zone: takes one value, and a list stands for several (from the list 'areas')",
    ),
    "list_of_the_wrong_kind": (
        "match: {event: gap}\nvessel:\n  type: [tanker, $areas]",
        "8: vessel.type[1]: unknown ship type 'ae_fujairah_anch' (from the list 'areas')\n"
        "8: vessel.type[1]: unknown ship type 'my_eopl' (from the list 'areas')",
    ),
    "item_after_a_list": (
        "match:\n  event: gap\n  zone:\n    id:\n      - $areas\n      - ir_karg",
        "11: match.zone.id[1]: unknown zone 'ir_karg'; did you mean 'ir_kharg'?",
    ),
    "key_that_a_macro_brought_does_not_fit": (
        "match:\n  event: encounter\n  use: dark_day",
        "8: match.use: 'coverage' is not known for every kind named here (from the macro 'dark_day')",
    ),
    "alternatives_of_a_macro_beside_an_event": (
        "match: {event: gap, use: either}",
        "6: match: has 'any_of' beside 'event', 'zone', 'where' or 'other_had'; put these inside each alternative",
    ),
    "macro_in_a_zone": ("match: {event: gap, zone: {use: dark_day}}", "6: match.zone.use: unknown key 'use'"),
    "macro_in_a_sequence": (
        "match:\n  sequence: {use: dark_day, within: 3d, steps: [{id: a, event: gap}, {id: b, event: gap}]}",
        "7: match.sequence.use: unknown key 'use'",
    ),
}


@pytest.mark.parametrize("text,message", FAULTS.values(), ids=FAULTS.keys())
def test_mistake_in_a_rule(tmp_path: Path, text: str, message: str) -> None:
    ruleset = load(shared_folder(tmp_path, rule_text("a-rule", text)))
    assert told(ruleset) == [f"rules/a-rule.yaml:{line}" for line in message.split("\n")]
    assert ids(ruleset) == ["z-good"]


LIST = "lists:\n  areas: {what: x, source: x, values: %s}\n"
MACRO = "macros:\n  dark_day: {what: x, pattern: %s}\n"

#: The shared file, the fault in it, and whether the rule that uses `$areas` or `dark_day` says that it is wrong.
SHARED_FAULTS = {
    "empty_list": (LIST % "[]", "2: lists.areas.values: is empty: it would fit nothing", "list 'areas'"),
    "one_word_for_a_list": (
        LIST % "my_eopl",
        "2: lists.areas.values: must be a list of words or numbers, such as [my_eopl, ae_fujairah_anch]",
        "list 'areas'",
    ),
    "block_in_a_list": (
        LIST % "[{id: my_eopl}]",
        "2: lists.areas.values: must be a list of words or numbers, such as [my_eopl, ae_fujairah_anch]",
        "list 'areas'",
    ),
    "list_in_a_list": (
        LIST % "[my_eopl, $more]",
        "2: lists.areas.values: a list cannot hold another one; write its values out",
        "list 'areas'",
    ),
    "list_without_a_source": (
        "lists:\n  areas: {what: x, values: [my_eopl]}\n",
        "2: lists.areas.source: is missing",
        "list 'areas'",
    ),
    "misspelt_key": (
        LIST.replace("what", "waht") % "[my_eopl]",
        "2: lists.areas.waht: unknown key 'waht'; did you mean 'what'?",
        "list 'areas'",
    ),
    "macro_that_uses_a_macro": (
        MACRO % "{use: other}",
        "2: macros.dark_day.pattern.use: a macro cannot use another one; write the keys out",
        "macro 'dark_day'",
    ),
    "macro_that_uses_a_macro_inside": (
        MACRO % "{any_of: [{event: gap}, {use: dark_day}]}",
        "2: macros.dark_day.pattern.any_of[1].use: a macro cannot use another one; write the keys out",
        "macro 'dark_day'",
    ),
    "macro_with_an_unknown_list": (
        MACRO % "{event: gap, zone: {id: $nowhere}}",
        "2: macros.dark_day.pattern.zone.id: unknown shared list '$nowhere'; lists stand in rules/shared",
        "macro 'dark_day'",
    ),
    "macro_with_an_unknown_zone": (
        MACRO % "{zone: {id: ir_karg}}",
        "2: macros.dark_day.pattern.zone.id: unknown zone 'ir_karg'; did you mean 'ir_kharg'?",
        "macro 'dark_day'",
    ),
    "macro_with_an_unknown_field": (
        MACRO % "{event: gap, where: {stop_h: 3}}",
        "2: macros.dark_day.pattern.where.stop_h: 'stop_h' is not known for every kind named here",
        "macro 'dark_day'",
    ),
    "macro_with_a_key_that_no_pattern_has": (
        MACRO % "{event: gap, within: 3d}",
        "2: macros.dark_day.pattern.within: unknown key 'within'",
        "macro 'dark_day'",
    ),
    "macro_that_is_no_block": (
        MACRO % "gap",
        "2: macros.dark_day.pattern: must be a block of keys",
        "macro 'dark_day'",
    ),
}


@pytest.mark.parametrize("shared,message,what", SHARED_FAULTS.values(), ids=SHARED_FAULTS.keys())
def test_mistake_in_a_shared_file(tmp_path: Path, shared: str, message: str, what: str) -> None:
    """It is told once, in the shared file; a rule that uses it says so and no more."""
    uses = "match: {event: gap, zone: {id: $areas}}" if "list" in what else "match: {use: dark_day}"
    key = "match.zone.id" if "list" in what else "match.use"
    ruleset = load(shared_folder(tmp_path, rule_text("a-rule", uses), shared))
    assert told(ruleset) == [
        f"rules/shared/ours.yaml:{message}",
        f"rules/a-rule.yaml:6: {key}: the {what} has a fault of its own (rules/shared/ours.yaml:2)",
    ]
    assert ids(ruleset) == ["z-good"]


WHOLE_SHARED = {
    "empty": ("", "rules/shared/ours.yaml: is empty"),
    "a_list": ("- x", "rules/shared/ours.yaml:1: must be a block with 'lists' or 'macros'"),
    "unknown_block": ("list: {}", "rules/shared/ours.yaml:1: list: unknown key 'list'; did you mean 'lists'?"),
    "lists_as_a_list": (
        "lists: [x]",
        "rules/shared/ours.yaml:1: lists: must be a block with the name of each of the lists",
    ),
    "name_in_capitals": (
        "lists: {High-Risk: {what: x, source: x, values: [x]}}",
        "rules/shared/ours.yaml:1: lists.High-Risk: is no name: use small letters, digits and '_',"
        " beginning with a letter",
    ),
    "no_yaml": (
        "lists: [",
        "rules/shared/ours.yaml:1: is not valid YAML: expected the node content, but found '<stream end>'",
    ),
}


@pytest.mark.parametrize("shared,message", WHOLE_SHARED.values(), ids=WHOLE_SHARED.keys())
def test_shared_file_that_is_none(tmp_path: Path, shared: str, message: str) -> None:
    ruleset = load(shared_folder(tmp_path, rule_text("a-rule"), shared))
    assert [fault.partition("(")[0] for fault in told(ruleset)] == [message]
    assert ids(ruleset) == ["a-rule", "z-good"]


def test_same_name_in_two_files(tmp_path: Path) -> None:
    """The first one counts, and the second one is told."""
    shared = {"shared__a": LIST % "[my_eopl]", "shared__b": LIST % "[ir_kharg]"}
    root = folder_of(tmp_path, a_rule=rule_text("a-rule", "match: {event: gap, zone: {id: $areas}}"), **shared)
    ruleset = load(root)
    assert told(ruleset) == [
        "rules/shared/b.yaml:2: lists.areas: 'areas' is defined already in rules/shared/a.yaml:2; rename one of them"
    ]
    assert [rule.match.zone.id for rule in ruleset.rules if rule.match.zone] == [("my_eopl",)]


def test_shared_files_of_all_folders_count_for_all(tmp_path: Path) -> None:
    ours = folder_of(
        tmp_path / "ours", a_rule=rule_text("a-rule", "match: {use: dark_day}"), shared__x=LIST % "[my_eopl]"
    )
    (ours / "z-good.yaml").unlink()
    text = rule_text("b-rule", "match: {event: gap, zone: {id: $areas}}")
    theirs = folder_of(tmp_path / "theirs", b_rule=text, shared__x=MACRO % "{event: gap}")
    ruleset = load_rules([theirs, ours], ZONES)
    assert told(ruleset) == []
    assert ids(ruleset) == ["b-rule", "z-good", "a-rule"]


def test_bomb_of_lists_stops_early(tmp_path: Path) -> None:
    values = ", ".join(["my_eopl"] * 5000)
    text = rule_text("a-rule", "match: {event: gap, zone: {id: [" + ", ".join(["$areas"] * 1000) + "]}}")
    ruleset = load(shared_folder(tmp_path, text, LIST % f"[{values}]"))
    assert told(ruleset) == ["rules/a-rule.yaml:6: holds more than 20000 values once its lists and macros are put in"]


def test_folders_of_other_things_hold_no_rules(tmp_path: Path) -> None:
    root = folder_of(
        tmp_path, geofences__notes="nothing: here", lists__notes="nothing: here", dark__shared__deep="x: y"
    )
    assert ids(load(root)) == ["z-good"]
