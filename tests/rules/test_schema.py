"""The JSON Schema of rules: it takes every good rule, and refuses what the checks refuse for its form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.rules.rule_zones import ZONES
from tests.rules.schema_check import schema_faults
from watch.commands.rules import app
from watch.paths import bundled
from watch.rules.fields import FIELD_NAMES, KINDS
from watch.rules.loader import load_world, rule_files
from watch.rules.schema import rule_schema
from watch.rules.template import rule_start
from watch.rules.yamlfile import parse_yaml, read_yaml

WORLD = load_world(zones=ZONES)
SCHEMA = rule_schema(WORLD.names, WORLD.shared)
FILES = rule_files(bundled("rules"))


def refused(text: str) -> list[str]:
    return list(schema_faults(parse_yaml(text).value, SCHEMA, SCHEMA))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_bundled_rule_fits(file: Path) -> None:
    assert list(schema_faults(read_yaml(file).value, SCHEMA, SCHEMA)) == []


HEAD = "id: a\ntitle: A\nstatus: stable\nlevel: low\ndescription: x\n"
FITS = {
    "every_form_of_a_list": "match: {event: [gap], zone: {id: ir_kharg, country: [IR, VE], kind: sts}}",
    "world_port": "match: {event: port_visit, zone: {id: port_aeabu}}",
    "conditions": "match: {event: gap, where: {duration_h: '>=1d <3d', coverage: '!=lost', open: true, name: '*X*'}}",
    "condition_list": "match: {event: gap, where: {duration_h: [3, '>=24'], coverage: [heard, lost]}}",
    "no_list": "match: {event: gap, where: {lists: none, night: false}}",
    "flag_as_a_word": "match: {event: gap}\nvessel: {flag: LR}",
    "flag_as_a_list": "match: {event: gap}\nvessel: {flag: [LR, PA]}",
    "flag_as_a_block": "match: {event: gap}\nvessel: {flag: {none_of: KP, changed: true, at: ever}}",
    "span": "match: {sequence: {within: 3d, steps: [{id: a, event: gap}], not: {event: gap, between: [a, b]}}}",
    "days": "match: {event: gap}\nvalid_from: 2020-01-01\nreview_by: 2027-01-01",
    "moment_with_seconds": "match: {event: gap}\ntests: {name: x, as_of: 2020-01-01T00:00:59Z, expect: {alerts: 0}}",
    "partner": "match: {event: gap}\ntests: {name: x, events: {kind: encounter, at: 2020-01-01, with: {lists: [x]}},"
    " expect: {alerts: 0, ships: 2}}",
}


@pytest.mark.parametrize("text", FITS.values(), ids=FITS.keys())
def test_fits(text: str) -> None:
    assert refused(HEAD + text) == []


REFUSED = {
    "misspelt_key": ("match: {event: gap}\nlevl: low", ".levl"),
    "misspelt_key_inside": ("match: {event: gap, zone: {contry: IR}}", ".match.zone"),
    "unknown_kind": ("match: {event: gapp}", ".match.event"),
    "unknown_zone": ("match: {event: gap, zone: {id: ir_karg}}", ".match.zone"),
    "unknown_country": ("match: {event: gap, zone: {country: Iran}}", ".match.zone"),
    "unknown_field": ("match: {event: gap, where: {duration: 3}}", ".match.where.duration"),
    "unknown_choice": ("match: {event: gap, where: {coverage: herd}}", ".match.where.coverage"),
    "unknown_measure": ("match: {event: gap}\nmeasures: [US-IR-2081]", ".measures"),
    "unknown_vessel_list": ("match: {event: gap, where: {lists: us-sdnn}}", ".match.where.lists"),
    "unknown_shared_list": ("match: {event: gap, zone: {id: $nowhere}}", ".match.zone"),
    "unknown_macro": ("match: {use: no_such_macro}", ".match.use"),
    "length_without_a_unit": ("match: {count: {event: gap, min: 3, within: 30}}", ".match.count"),
    "text_for_a_number": ("match: {event: gap, where: {duration_h: long}}", ".match.where.duration_h"),
    "text_for_a_bool": ("match: {event: gap, where: {night: 'yes'}}", ".match.where.night"),
    "level_in_other_words": ("match: {event: gap}\nalert: {most: 0}", ".alert.most"),
    "day_in_words": ("match: {event: gap}\nreview_by: spring", ".review_by"),
    "nothing_to_match": ("title: x", ""),
    "step_without_an_id": ("match: {sequence: {within: 3d, steps: [{event: gap}]}}", ".match.sequence"),
    "alternative_without_an_event": ("match: {any_of: [{zone: {country: IR}}]}", ".match.any_of"),
    "ship_with_a_misspelt_field": (
        "match: {event: gap}\ntests: {name: x, ship: {falg: LR}, expect: {alerts: 0}}",
        ".tests",
    ),
}


@pytest.mark.parametrize("text,place", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, place: str) -> None:
    head = HEAD.replace("title: A\n", "") if text.startswith("title") else HEAD
    assert refused(head + text) == [place]


@pytest.mark.parametrize("name", sorted(WORLD.shared.lists))
def test_offers_every_shared_list(name: str) -> None:
    assert f"${name}" in SCHEMA["$defs"]["SharedList"]["enum"]


def test_offers_all_names() -> None:
    parts = SCHEMA["$defs"]
    assert parts["Kind"]["enum"] == list(KINDS)
    assert set(parts["Where"]["properties"]) == FIELD_NAMES
    assert set(parts["Measure"]["enum"]) == WORLD.names.measures
    assert parts["Step"]["properties"]["use"]["enum"] == sorted(WORLD.shared.macros or ())


def test_every_part_that_is_named_exists_and_has_its_description() -> None:
    text = json.dumps(SCHEMA)
    named = {word.partition('"')[0] for word in text.split("#/$defs/")[1:]}
    assert named <= set(SCHEMA["$defs"])
    told: list[Any] = [part["properties"] for part in (SCHEMA, *SCHEMA["$defs"].values()) if "description" in part]
    assert all("description" in value for properties in told for value in properties.values())


def test_the_start_of_a_new_rule_fits() -> None:
    assert refused(rule_start("my-rule")) == []


def test_command_prints_it() -> None:
    assert json.loads(CliRunner().invoke(app, ["schema"]).stdout) == SCHEMA
