"""The page on scenarios is held to the code."""

import re
from pathlib import Path

import pytest
from scenarios.scenario_builders import write_file

from watch.scenarios import model
from watch.scenarios.catalogue import load_scenario, scenario_names
from watch.scenarios.maker import make_scenario
from watch.scenarios.routes import routes

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
PARTS = [model.Scenario, model.Ship, model.Act, model.Sail, model.Hold, model.Appear, model.Meet]
PARTS += [model.Reports, model.Faults, model.Silence, model.Crowd, model.Expected]


def test_the_example_makes_what_it_says(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rows = make_scenario(load_scenario(write_file(tmp_path, example, "my-case")))
    assert rows["mmsi"].nunique() == 8
    silence = rows[rows["mmsi"] == 636990101]["fix_at"].diff().max()
    assert silence.total_seconds() == 4 * 86400


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_is_told(part):
    keys = {field.alias or name for name, field in part.model_fields.items()}
    words = set(re.findall(r"[a-z_]+", PAGE))
    assert keys <= words


def test_every_scenario_route_way_point_and_word_is_told():
    for name in scenario_names():
        assert f"`{name}`" in PAGE
    for route in routes().values():
        (marks,) = re.findall(rf"\| `{route.name}` \| (.*) \|", PAGE)
        assert marks.split(", ") == list(route.marks)
    for word in model.SHIP_TYPES:
        assert f"`{word}`" in PAGE
