"""Every mistake in a rule file gives one clear message with file, line and key, and never stops another rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.rule_zones import ZONES
from watch.rules.loader import load_rules
from watch.rules.yamlfile import MAX_BYTES

GOOD = """\
id: {name}
title: A rule
status: stable
level: high
description: For a test.
red_flags: [US1a]
measures: [US-IR-2018]
vessel: {{type: tanker}}
match:
  sequence:
    within: 120d
    steps:
      - {{id: load, event: port_visit, zone: {{country: IR}}}}
      - {{id: arrive, event: port_visit, zone: {{country: VE}}}}
alert: {{summary: "{{vessel}} left {{load.zone}}"}}
tests:
  - name: one
    events: [{{kind: gap, at: 2020-01-01T00:00Z}}]
    expect: {{alerts: 0}}
"""

#: What is replaced in the good rule, by what, and the message (without the file): line, key and reason.
CASES: dict[str, tuple[str, str, str]] = {
    "misspelt_key": ("title:", "titel:", "2: titel: unknown key 'titel'; did you mean 'title'?"),
    "misspelt_key_inside": (
        "zone: {country: IR}",
        "zone: {contry: IR}",
        "13: match.sequence.steps[0].zone.contry: unknown key 'contry'; did you mean 'country'?",
    ),
    "misspelt_kind": (
        "arrive, event: port_visit",
        "arrive, event: port_vist",
        "14: match.sequence.steps[1].event: unknown kind of event 'port_vist'; did you mean 'port_visit'?",
    ),
    "misspelt_zone": (
        "zone: {country: IR}",
        "zone: {id: ir_karg}",
        "13: match.sequence.steps[0].zone.id: unknown zone 'ir_karg'; did you mean 'ir_kharg'?",
    ),
    "unknown_country": (
        "country: VE",
        "country: XX",
        "14: match.sequence.steps[1].zone.country: unknown country of a zone 'XX'",
    ),
    "unknown_zone_kind": (
        "country: VE",
        "kind: terminl",
        "14: match.sequence.steps[1].zone.kind: unknown kind of zone 'terminl'; did you mean 'terminal'?",
    ),
    "unknown_measure": (
        "US-IR-2018",
        "US-IR-2081",
        "7: measures[0]: unknown measure 'US-IR-2081'; did you mean 'US-IR-2018'?",
    ),
    "unknown_red_flag": ("US1a", "VU2", "6: red_flags[0]: unknown red flag 'VU2'; did you mean 'VU1'?"),
    "unknown_ship_type": (
        "type: tanker",
        "type: tnaker",
        "8: vessel.type: unknown ship type 'tnaker'; did you mean 'tanker'?",
    ),
    "bad_level": (
        "level: high",
        "level: hihg",
        "4: level: 'hihg' is not one of 'informational', 'low', 'medium', 'high' or 'critical'; did you mean 'high'?",
    ),
    "missing_within": (
        "    within: 120d\n",
        "",
        "10: match.sequence: 'within' is missing: say how long the whole may take, such as 'within: 120d'",
    ),
    "within_without_unit": (
        "within: 120d",
        "within: 120",
        "11: match.sequence.within: a length of time is a number and a unit (90min, 24h, 120d, 2w), not 120",
    ),
    "within_of_centuries": (
        "within: 120d",
        "within: 99999d",
        "11: match.sequence.within: '99999d' is not between 0 and 3650 days",
    ),
    "one_step": (
        "      - {id: arrive, event: port_visit, zone: {country: VE}}\n",
        "",
        "12: match.sequence.steps: needs two required steps, or one and what must come before or after it;"
        " for one event write 'match: {event: …}'",
    ),
    "step_without_event": (
        "{id: load, event: port_visit, zone: {country: IR}}",
        "{id: load}",
        "13: match.sequence.steps[0]: has no criteria: it needs 'event' or 'any_of'",
    ),
    "empty_zone": (
        "zone: {country: IR}",
        "zone: {}",
        "13: match.sequence.steps[0].zone: names nothing: it needs 'id', 'country', 'kind' or 'any_of'",
    ),
    "step_id_twice": ("id: arrive", "id: load", "14: match.sequence.steps[1].id: the step id 'load' stands twice"),
    "unknown_field": (
        "zone: {country: IR}}",
        "where: {confidense: 4}}",
        "13: match.sequence.steps[0].where.confidense: 'confidense' is no field of an"
        " event; did you mean 'confidence'?",
    ),
    "field_of_another_kind": (
        "zone: {country: IR}}",
        "where: {duration_h: 4}}",
        "13: match.sequence.steps[0].where.duration_h: 'duration_h' is not known for every kind named here",
    ),
    "contradictory_range": (
        "zone: {country: IR}}",
        'where: {stop_h: ">=24 <12"}}',
        "13: match.sequence.steps[0].where.stop_h: '>=24 <12' contradicts itself: no number fits",
    ),
    "wrong_unit": (
        "zone: {country: IR}}",
        'where: {stop_h: ">=24nm"}}',
        "13: match.sequence.steps[0].where.stop_h: 'stop_h' is in h, not in 'nm'",
    ),
    "text_for_a_number": (
        "zone: {country: IR}}",
        "where: {stop_h: long}}",
        "13: match.sequence.steps[0].where.stop_h: 'stop_h' is a number: write 24 or '>=24', not 'long'",
    ),
    "text_for_a_bool": (
        "zone: {country: IR}}",
        'where: {entered: "yes"}}',
        "13: match.sequence.steps[0].where.entered: 'entered' is true or false, not 'yes'",
    ),
    "block_for_a_value": (
        "zone: {country: IR}}",
        "where: {stop_h: {min: 3}}}",
        "13: match.sequence.steps[0].where.stop_h: 'stop_h' cannot be compared with {'min': 3};"
        " write a value, a comparison or a list",
    ),
    "unknown_choice": (
        "event: port_visit, zone: {country: IR}}",
        "event: gap, where: {coverage: herd}}",
        "13: match.sequence.steps[0].where.coverage: 'coverage' is never 'herd'; did you mean 'heard'?"
        " (one of: heard, lost, unknown)",
    ),
    "reversed_span": (
        "alert:",
        "    not: [{event: gap, between: [arrive, load]}]\nalert:",
        "15: match.sequence.not[0].between: 'arrive' does not come before 'load': nothing can lie between them",
    ),
    "span_of_unknown_step": (
        "alert:",
        "    not: [{event: gap, between: [load, arive]}]\nalert:",
        "15: match.sequence.not[0].between: unknown step 'arive'; did you mean 'arrive'?",
    ),
    "early_after_the_last": (
        "alert:",
        "    early: {after: arrive, level: low}\nalert:",
        "15: match.sequence.early.after: 'arrive' is the last required step: the match is whole then",
    ),
    "early_without_level": (
        "alert:",
        "    early: {after: load}\nalert:",
        "15: match.sequence.early.level: is missing",
    ),
    "flag_for_and_against": (
        "type: tanker",
        "flag: {any_of: [LR], none_of: [LR]}",
        "8: vessel.flag: asks for and against LR: no vessel fits",
    ),
    "flag_in_words": (
        "type: tanker",
        "flag: Liberia",
        "8: vessel.flag: 'Liberia' is no country: write its two-letter ISO code, such as LR",
    ),
    "unknown_placeholder": (
        "{load.zone}",
        "{load.zon}",
        "15: alert.summary: unknown placeholder '{load.zon}'; did you mean 'load.zone'?",
    ),
    "test_with_nothing": (
        "    events: [{kind: gap, at: 2020-01-01T00:00Z}]\n",
        "",
        "17: tests[0]: has either a 'scenario' or written 'events'",
    ),
    "test_with_a_bad_date": (
        "2020-01-01T00:00Z",
        "2020-13-01",
        "18: tests[0].events[0].at: a moment is written 2020-05-05T06:00Z, not '2020-13-01'",
    ),
    "wrong_type": (
        "title: A rule",
        "title: [A, rule]",
        "2: title: must be text; put quotes around it if it is meant as text",
    ),
    "list_for_a_block": ("vessel: {type: tanker}", "vessel: [tanker]", "8: vessel: must be a block of keys"),
    "id_is_not_the_file_name": (
        "id: a-rule",
        "id: other",
        "1: id: 'other' is not the file name 'a-rule'; they must be equal",
    ),
    "exception_without_reason": (
        "alert:",
        'exceptions: [{vessel: "imo:9074729", until: 2027-01-01}]\nalert:',
        "15: exceptions[0].reason: is missing",
    ),
    "group_within_of_a_sequence": (
        "alert: {",
        "alert: {group_within: 3d, ",
        "15: alert.group_within: groups single events; a sequence makes one alert per voyage",
    ),
    "tab": (
        "title: A rule",
        "title: A rule\n\tlevel: low",
        "3: is not valid YAML: found character '\\t' that cannot start any token; use spaces, not tabs",
    ),
    "key_twice": ("title: A rule", "level: low", "4: the key 'level' stands twice"),
    "tag": (
        "A rule",
        "!!python/object:os.system x",
        "2: the tag 'tag:yaml.org,2002:python/object:os.system' is not part of the language;"
        " put quotes around such a value",
    ),
    "merge_key": (
        "title:",
        "<<: {level: low}\ntitle:",
        "2: keys are plain words; merge keys ('<<') are not part of the language",
    ),
    "alias_to_itself": ("[US1a]", "&a [*a]", "6: an alias refers to itself"),
}


def _rules_folder(tmp_path: Path) -> Path:
    root = tmp_path / "rules"
    root.mkdir()
    (root / "z-good.yaml").write_text(GOOD.format(name="z-good"))
    return root


@pytest.mark.parametrize("old,new,message", CASES.values(), ids=CASES.keys())
def test_one_clear_message(tmp_path: Path, old: str, new: str, message: str) -> None:
    root = _rules_folder(tmp_path)
    good = GOOD.format(name="a-rule")
    assert old in good
    (root / "a-rule.yaml").write_text(good.replace(old, new, 1))
    ruleset = load_rules(root, ZONES)
    assert [str(fault) for fault in ruleset.faults] == [f"rules/a-rule.yaml:{message}"]
    assert [rule.id for rule in ruleset.rules] == ["z-good"]


NO_CRITERIA = {
    "empty_match": (
        "match: {}",
        "has no criteria: it needs 'event', 'any_of', 'count' or 'sequence', else it would fit everything",
    ),
    "zone_alone": ("match: {zone: {country: IR}}", "has 'zone' or 'where' without 'event'"),
    "no_match": ("", "is missing"),
    "zone_beside_sequence": (
        "match: {zone: {country: IR}, sequence: {within: 9d, steps: [{id: a, event: gap}, {id: b, event: gap}]}}",
        "has 'sequence' beside 'zone'; put conditions inside the steps",
    ),
    "two_forms": (
        "match: {event: gap, any_of: [{event: gap}]}",
        "has 'any_of' beside 'event', 'zone', 'where' or 'other_had'; put these inside each alternative",
    ),
    "no_kinds": (
        "match: {event: []}",
        "has no criteria: it needs 'event', 'any_of', 'count' or 'sequence', else it would fit everything",
    ),
}


@pytest.mark.parametrize("match,reason", NO_CRITERIA.values(), ids=NO_CRITERIA.keys())
def test_rule_without_criteria(tmp_path: Path, match: str, reason: str) -> None:
    root = _rules_folder(tmp_path)
    head = GOOD.format(name="a-rule").partition("match:")[0]
    (root / "a-rule.yaml").write_text(f"{head}{match}\n")
    assert [(f.key, f.reason) for f in load_rules(root).faults] == [("match", reason)]


WHOLE_FILES = {
    "empty": (b"", "is empty"),
    "only_text": (b"hello", "is not a rule: it must be a block of keys such as 'id', 'title', 'match'"),
    "a_list": (b"- id: x", "is not a rule: it must be a block of keys such as 'id', 'title', 'match'"),
    "not_utf8": (b"id: \xff\xfe", "is not UTF-8 text (byte 4); save it as UTF-8"),
    "too_large": (b"id: " + b"x" * MAX_BYTES, "is larger than 256 KB; a rule is a page of text"),
    "too_deep": (b"id: " + b"[" * 5000, "is nested more than 30 deep"),
    "bomb": (
        b"a: &a [1,1,1,1,1,1,1,1]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c + 1, c + 1, b",".join([b"*%c" % c] * 8)) for c in range(97, 104)),
        "holds more than 20000 values once its aliases are expanded",
    ),
    "unclosed": (b"id: [1", "is not valid YAML: expected ',' or ']', but got '<stream end>'"),
    "two_documents": (b"id: a\n---\nid: b", "is not valid YAML: but found another document"),
    "binary": (b"\x00\x01", "is not valid YAML: unacceptable character"),
}


@pytest.mark.parametrize("content,reason", WHOLE_FILES.values(), ids=WHOLE_FILES.keys())
def test_file_that_is_no_rule(tmp_path: Path, content: bytes, reason: str) -> None:
    root = _rules_folder(tmp_path)
    (root / "a-rule.yaml").write_bytes(content)
    ruleset = load_rules(root)
    (fault,) = ruleset.faults
    assert fault.file == "rules/a-rule.yaml"
    assert fault.reason.startswith(reason)
    assert [rule.id for rule in ruleset.rules] == ["z-good"]


def test_same_id_in_two_files(tmp_path: Path) -> None:
    root = _rules_folder(tmp_path)
    (root / "more").mkdir()
    (root / "more" / "z-good.yaml").write_text(GOOD.format(name="z-good"))
    ruleset = load_rules(root)
    (fault,) = ruleset.faults
    assert str(fault) == "rules/z-good.yaml:1: id: 'z-good' is the id of rules/more/z-good.yaml too; ids are unique"
    assert len(ruleset.rules) == 1


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    root = _rules_folder(tmp_path)
    for name in ("a", "b"):
        text = GOOD.format(name=name).replace("US1a", "US1x").replace("country: VE", "country: XX")
        (root / f"{name}.yaml").write_text(text)
    told = [(f.file, f.line) for f in load_rules(root, ZONES).faults]
    assert told == [("rules/a.yaml", 6), ("rules/a.yaml", 14), ("rules/b.yaml", 6), ("rules/b.yaml", 14)]


def test_geofences_are_no_rules(tmp_path: Path) -> None:
    root = _rules_folder(tmp_path)
    (root / "geofences").mkdir()
    (root / "geofences" / "notes.yaml").write_text("nothing: here")
    assert load_rules(root).faults == ()
