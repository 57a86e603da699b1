"""Rules that could never match, or ask what cannot be answered: one message each, at the key to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.rule_texts import folder_of, ids, load, rule_text, told

CARGO = """\
match:
  sequence:
    by: cargo
    within: 120d
    steps:
      - {id: load, event: port_visit, zone: {country: IR}}
      - {id: pass_on, event: encounter, transfer: true}
      - {id: arrive, event: port_visit, zone: {country: VE}}
"""
VESSEL = """\
match:
  sequence:
    within: 120d
    steps:
      - {id: load, event: port_visit, zone: {country: IR}}
      - {id: dark, event: gap, optional: true}
      - {id: arrive, event: port_visit, zone: {country: VE}}
"""
SPAN = "it needs one of 'between: [a, b]', 'after: a, lasting: 30d', 'before: a, lasting: 30d'"
TEST = "tests: [{name: one, events: [{kind: gap, at: 2020-01-01%s}], expect: {alerts: 0%s}}]"

#: The text after the head (whose last line is 5), and the message: line, key and reason; None: there is none.
CASES: dict[str, tuple[str, str | None]] = {
    "other_had_of_a_meeting": (
        "match: {event: encounter, other_had: {event: port_visit, zone: {id: ir_kharg}, within: 60d}}",
        None,
    ),
    "other_had_of_a_gap": (
        "match: {event: gap, other_had: {event: port_visit, zone: {id: ir_kharg}, within: 60d}}",
        "6: match.other_had: is asked of the other ship of a meeting: write 'event: encounter'",
    ),
    "other_had_with_an_unknown_zone": (
        "match: {event: encounter, other_had: {event: port_visit, zone: {id: ir_karg}, within: 60d}}",
        "6: match.other_had.zone.id: unknown zone 'ir_karg'; did you mean 'ir_kharg'?",
    ),
    "other_had_at_any_time": (
        "match: {event: encounter, other_had: {event: port_visit, zone: {id: ir_kharg}}}",
        "6: match.other_had.within: is missing",
    ),
    "count_whole": ("match: {count: {event: gap, min: 3, within: 30d, distinct: day}}", None),
    "count_of_one": (
        "match: {count: {event: gap, min: 1, within: 30d}}",
        "6: match.count.min: must be 2 or more",
    ),
    "count_of_more_days_than_fit": (
        "match: {count: {event: gap, min: 5, within: 3d, distinct: day}}",
        "6: match.count.min: 5 different days never lie in 'within', which touches 4 at most",
    ),
    "count_of_as_many_days_as_fit": ("match: {count: {event: gap, min: 4, within: 3d, distinct: day}}", None),
    "partners_of_gaps": (
        "match: {count: {event: [encounter, gap], min: 3, within: 30d, distinct: partner}}",
        "6: match.count.distinct: only meetings have partners: count encounter and possible_encounter,"
        " or other than 'partner'",
    ),
    "partners_of_meetings": ("match: {count: {event: encounter, min: 3, within: 30d, distinct: partner}}", None),
    "count_without_criteria": (
        "match: {count: {min: 3, within: 30d}}",
        "6: match.count: has no criteria: it needs 'event' or 'any_of'",
    ),
    "count_beside_sequence": (
        VESSEL + "  count: {event: gap, min: 3, within: 30d}",
        "6: match: has 'count' beside 'sequence'; a rule looks for one of them",
    ),
    "event_beside_count": (
        "match: {event: gap, count: {event: gap, min: 3, within: 30d}}",
        "6: match: has 'count' beside 'event'; put conditions inside it",
    ),
    "group_within_of_a_count": (
        "match: {count: {event: gap, min: 3, within: 30d}}\nalert: {group_within: 3d}",
        "7: alert.group_within: groups single events; a count is one alert already",
    ),
    "id_beside_a_count": (
        "match: {id: x, count: {event: gap, min: 3, within: 30d}}",
        "6: match.id: names a single event; put the id inside 'count'",
    ),
    "step_within": (VESSEL.replace("country: VE}", "country: VE}, within: 30d"), None),
    "step_within_longer_than_the_whole": (
        VESSEL.replace("country: VE}", "country: VE}, within: 130d"),
        "12: match.sequence.steps[2].within: is longer than the 'within' of the whole sequence",
    ),
    "step_within_on_the_first_step": (
        VESSEL.replace("country: IR}", "country: IR}, within: 30d"),
        "10: match.sequence.steps[0].within: is the time since the required step before, and this is the first one",
    ),
    "step_within_on_an_optional_step": (
        VESSEL.replace("event: gap", "event: gap, within: 30d"),
        "11: match.sequence.steps[1].within: is asked of required steps only; an optional one is told when it was seen",
    ),
    "too_many_steps": (
        VESSEL + "".join(f"      - {{id: s{i}, event: gap}}\n" for i in range(18)),
        "9: match.sequence.steps: has 21 steps; 20 are the most",
    ),
    "absence_after_the_last_step": (VESSEL + "    not: [{event: gap, after: arrive, lasting: 30d}]", None),
    "span_without_a_time": (
        VESSEL + "    not: [{event: gap}]",
        f"13: match.sequence.not[0]: says no time: {SPAN}",
    ),
    "span_with_two_times": (
        VESSEL + "    not: [{event: gap, between: [load, arrive], after: load, lasting: 3d}]",
        f"13: match.sequence.not[0]: has 'between' and 'after': {SPAN}",
    ),
    "span_after_without_lasting": (
        VESSEL + "    having: [{event: gap, after: load}]",
        "13: match.sequence.having[0]: 'lasting' is missing: say how long after 'load', as 'lasting: 30d'",
    ),
    "span_between_with_lasting": (
        VESSEL + "    having: [{event: gap, between: [load, arrive], lasting: 3d}]",
        "13: match.sequence.having[0].lasting: goes with 'after' or 'before'; 'between' ends with its second step",
    ),
    "span_before_an_unknown_step": (
        VESSEL + "    having: [{event: gap, before: laod, lasting: 3d}]",
        "13: match.sequence.having[0].before: unknown step 'laod'; did you mean 'load'?",
    ),
    "span_of_an_optional_step": (
        VESSEL + "    not: [{event: gap, between: [load, dark]}]",
        "13: match.sequence.not[0].between: the step 'dark' is optional, so it may be missing; name a required step",
    ),
    "span_between_one_step_and_itself": (
        VESSEL + "    not: [{event: gap, between: [load, load]}]",
        "13: match.sequence.not[0].between: 'load' does not come before 'load': nothing can lie between them",
    ),
    "asked_and_forbidden": (
        VESSEL
        + "    not: [{event: gap, between: [load, arrive]}]\n    having: [{event: gap, between: [load, arrive]}]",
        "14: match.sequence.having[0]: asks for what 'not' forbids in the same time: nothing fits",
    ),
    "having_none": (
        VESSEL + "    having: [{event: gap, between: [load, arrive], min: 0}]",
        "13: match.sequence.having[0].min: must be 1 or more",
    ),
    "until_without_criteria": (
        VESSEL + "    until: {zone: {country: VE}}",
        "13: match.sequence.until: has no criteria: it needs 'event' or 'any_of'",
    ),
    "until_a_call": (VESSEL + "    until: {event: port_visit, zone: {country: CN}}", None),
    "early_and_past_first_step": (
        VESSEL + "    early: {after: load, level: low}\n    after_match: past_first_step",
        "14: match.sequence.after_match: 'early' goes with 'past_last_step' only: an early alert is about one voyage at"
        " a time",
    ),
    "early_after_the_last_step_while_it_waits": (
        VESSEL + "    not: [{event: gap, after: arrive, lasting: 30d}]\n    early: {after: arrive, level: low}",
        None,
    ),
    "transfer_by_vessel": (
        VESSEL.replace("event: gap", "event: encounter, transfer: true"),
        "11: match.sequence.steps[1].transfer: hands over a cargo: write 'by: cargo'",
    ),
    "hands_by_vessel": (
        VESSEL + "    hands: {most: 3}",
        "13: match.sequence.hands: tells how a cargo is handed over: write 'by: cargo'",
    ),
    "cargo_whole": (CARGO + "    hands: {most: 3, least: 2}\n    early: {after: pass_on, level: low}", None),
    "transfer_of_a_gap": (
        CARGO.replace("event: encounter", "event: gap"),
        "12: match.sequence.steps[1].transfer: only a meeting hands a cargo over: encounter or possible_encounter",
    ),
    "transfer_that_may_be_missing": (
        CARGO.replace("transfer: true", "transfer: true, optional: true"),
        "12: match.sequence.steps[1].transfer: an optional step cannot hand the cargo over: make it required",
    ),
    "least_above_most": (
        CARGO + "    hands: {most: 2, least: 3}",
        "14: match.sequence.hands.least: 3 is more than 'most', 2: no chain fits",
    ),
    "too_many_hands": (CARGO + "    hands: {most: 6}", "14: match.sequence.hands.most: must be 5 or less"),
    "handed_over_by_a_call": (
        CARGO + "    hands: {meetings: {event: port_visit}}",
        "14: match.sequence.hands.meetings.event: only meetings hand a cargo over: encounter or possible_encounter",
    ),
    "custody_lost_in_a_meeting": (
        CARGO + "    hands: {lost_custody: {event: encounter, within: 30d}}",
        "14: match.sequence.hands.lost_custody: is a call at a place; a meeting belongs under 'meetings'",
    ),
    "custody_lost_for_ever": (
        CARGO + "    hands: {lost_custody: {event: port_visit}}",
        "14: match.sequence.hands.lost_custody.within: is missing",
    ),
    "step_called_as_hand_overs_are": (
        CARGO.replace("id: pass_on", "id: hand2"),
        "12: match.sequence.steps[1].id: 'hand2' is how hand-overs are called in an alert; take another id",
    ),
    "step_called_as_calls_are": (
        CARGO.replace("id: arrive", "id: ashore3"),
        "13: match.sequence.steps[2].id: 'ashore3' is how hand-overs are called in an alert; take another id",
    ),
    "having_by_cargo": (
        CARGO + "    having: [{event: gap, between: [load, arrive]}]",
        "14: match.sequence.having: is asked of a ship; by cargo add a step instead",
    ),
    "absence_after_by_cargo": (
        CARGO + "    not: [{event: gap, after: load, lasting: 3d}]",
        "14: match.sequence.not[0].after: is asked of a ship; by cargo only 'between: [a, b]' is",
    ),
    "absence_overlapping_by_cargo": (
        CARGO + "    not: [{event: gap, between: [load, arrive], overlap: true}]",
        "14: match.sequence.not[0].overlap: is asked of a ship; by cargo only 'between: [a, b]' is",
    ),
    "early_after_loading_by_cargo": (
        CARGO + "    early: {after: load, level: low}",
        "14: match.sequence.early.after: 'load' is the first step: by cargo, every loading would speak",
    ),
    "after_match_by_cargo": (
        CARGO + "    after_match: past_last_step",
        "14: match.sequence.after_match: is asked of a ship; each cargo has one chain",
    ),
    "changed_flag_by_cargo": (
        CARGO + "vessel: {flag: {changed: true, at: ever}}",
        "14: vessel.flag.changed: is asked of a ship; a cargo has several",
    ),
    "flag_at_any_step_by_cargo": (
        CARGO + "vessel: {flag: {any_of: LR, at: any_step}}",
        "14: vessel.flag.at: by cargo, the flag is asked at 'first_step', 'last_step' or 'ever'",
    ),
    "changed_flag": (VESSEL + "vessel: {flag: {changed: true, at: any_step}}", None),
    "changed_flag_at_one_step": (
        VESSEL + "vessel: {flag: {changed: true}}",
        "13: vessel.flag.at: 'changed' compares flags over time: write 'at: any_step' or 'at: ever'",
    ),
    "changed_flag_in_one_event": (
        "match: {event: gap}\nvessel: {flag: {changed: true, at: any_step}}",
        "7: vessel.flag.at: a change between steps needs a sequence; write 'at: ever'",
    ),
    "no_flag": (
        "match: {event: gap}\nvessel: {flag: {at: ever}}",
        "7: vessel.flag: names no flag: it needs 'any_of', 'none_of' or 'changed'",
    ),
    "no_type": ("match: {event: gap}\nvessel: {type: []}", "7: vessel.type: names nothing: the list is empty"),
    "imo_with_a_slip": (
        "match: {event: gap}\nvessel: {imo: [9074729, 9074728]}",
        "7: vessel.imo[1]: '9074728' is no IMO number: seven digits, of which the last checks the others",
    ),
    "mmsi_of_eight_digits": (
        "match: {event: gap}\nvessel: {mmsi: 63699010}",
        "7: vessel.mmsi: '63699010' is no MMSI: nine digits",
    ),
    "field_that_no_ship_has": (
        "match: {event: gap}\nvessel: {where: {duration_h: 3}}",
        "7: vessel.where.duration_h: 'duration_h' is not known for every kind named here",
    ),
    "valid_from_after_valid_to": (
        "match: {event: gap}\nvalid_from: 2021-01-01\nvalid_to: 2021-01-01",
        "8: valid_to: 2021-01-01 is not after valid_from 2021-01-01: the rule would never hold",
    ),
    "review_on_no_day": (
        "match: {event: gap}\nreview_by: next spring",
        "7: review_by: a date is written 2027-01-31, not 'next spring'",
    ),
    "alert_of_none": ("match: {event: gap}\nalert: {most: 0}", "7: alert.most: must be 1 or more"),
    "exception_with_a_slip": (
        "match: {event: gap}\nexceptions: {vessel: 'imo:9074728', reason: x, until: 2027-01-01}",
        "7: exceptions[0].vessel: '9074728' is no IMO number: seven digits, of which the last checks the others",
    ),
    "no_zone_fits": (
        "match: {event: port_visit, zone: {country: BR, kind: load_terminal}}",
        "6: match.zone: no zone fits: none has country BR and kind load_terminal; `shipwatch zones list` shows what"
        " there is",
    ),
    "no_zone_fits_one_alternative": (
        "match: {event: port_visit, zone: {any_of: [{country: IR}, {id: ir_kharg, country: VE}]}}",
        "6: match.zone.any_of[1]: no zone fits: none has id ir_kharg and country VE; `shipwatch zones list` shows what"
        " there is",
    ),
    "zone_with_an_empty_list": (
        "match: {event: port_visit, zone: {country: []}}",
        "6: match.zone.country: names nothing: the list is empty",
    ),
    "unknown_vessel_list": (
        "match: {event: gap, where: {lists: us-sdnn}}",
        "6: match.where.lists: unknown vessel list 'us-sdnn'; did you mean 'us-sdn'?",
    ),
    "vessel_lists": ("match: {event: encounter, where: {lists: none, other_lists: ['us-sdn', any]}}", None),
    "partner_of_a_gap_in_a_test": (
        "match: {event: gap}\n" + TEST % (", with: {imo: 9074729}", ""),
        "7: tests[0].events[0].with: is the partner of a meeting; 'gap' has none",
    ),
    "ships_of_one_ship": (
        "match: {event: gap}\n" + TEST % ("", ", ships: 2"),
        "7: tests[0].expect.ships: counts the ships of a cargo; this rule is about one ship",
    ),
    "measure_that_the_rule_does_not_cite": (
        "match: {event: gap}\nmeasures: US-IR-2018\n" + TEST % ("", ", measures: US-VE-PDVSA"),
        "8: tests[0].expect.measures: unknown measure of this rule 'US-VE-PDVSA'",
    ),
    "scenario_that_does_not_exist": (
        "match: {event: gap}\ntests: [{name: one, scenario: lib44, expect: {alerts: 0}}]",
        "7: tests[0].scenario: unknown scenario 'lib44'; did you mean 'lib4'?",
    ),
    "text_for_a_number_in_a_test": (
        "match: {event: gap}\n" + TEST % (", details: {duration_h: 24h}", ""),
        "7: tests[0].events[0].details.duration_h: must be a number, not '24h'",
    ),
    "ship_with_a_misspelt_field": (
        "match: {event: gap}\n" + TEST % (", ship: {falg: LR}", ""),
        "7: tests[0].events[0].ship.falg: 'falg' is no field of a ship; did you mean 'flag'?",
    ),
    "ship_on_an_unknown_list": (
        "match: {event: gap}\n" + TEST % (", ship: {lists: [us-sdnn]}", ""),
        "7: tests[0].events[0].ship.lists[0]: unknown vessel list 'us-sdnn'; did you mean 'us-sdn'?",
    ),
    "hand_over_in_a_test_and_the_summary": (
        CARGO
        + "alert: {summary: 'loaded[, then {hand2.zone}]'}\ntests: [{name: one, scenario: lib4, expect: {alerts: 0,"
        " steps: [load, hand2, ashore3, pass_on, arrive]}}]",
        None,
    ),
}


@pytest.mark.parametrize("text,message", CASES.values(), ids=CASES.keys())
def test_one_message_at_the_key_to_mend(tmp_path: Path, text: str, message: str | None) -> None:
    root = folder_of(tmp_path, a_rule=rule_text("a-rule", text))
    (root / "lists").mkdir()
    head = "imo,mmsi,name,listed_at,delisted_at,source,note\n"
    (root / "lists" / "us-sdn.csv").write_text(f"{head}9074729,,SYNTH,2019-01-01,,s,\n")
    ruleset = load(root)
    assert told(ruleset) == ([f"rules/a-rule.yaml:{message}"] if message else [])
    assert ids(ruleset) == (["z-good"] if message else ["a-rule", "z-good"])
