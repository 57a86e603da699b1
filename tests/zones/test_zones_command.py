from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.zones.made import made_feature, write_features
from watch.commands.zones import app
from watch.errors import ConfigError, ZoneError


def run(*args: str) -> str:
    result = CliRunner().invoke(app, [*args], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_list_shows_the_zones_of_a_country_within_100_columns() -> None:
    out = run("list", "--country", "VE")
    assert "ve_el_palito" in out
    assert "ve_200nm" in out
    assert "ve_gulf_of_paria" in out
    assert "ir_kharg" not in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_list_json_is_an_object_a_line() -> None:
    rows = [json.loads(line) for line in run("list", "--kind", "chokepoint", "--json").splitlines()]
    assert {row["kind"] for row in rows} == {"chokepoint"}
    assert {"id", "name", "country", "kind", "valid_from", "source"} <= set(rows[0])
    assert "cp_hormuz" in {row["id"] for row in rows}


def test_world_ports_are_listed_when_asked_for() -> None:
    assert "port_nlrtm" not in run("list")
    assert "port_nlrtm" in run("list", "--kind", "world_port", "--json")


# word → kinds that it finds
WORDS = {
    "load": {"load_port", "load_terminal"},
    "load_port": {"load_port"},
    "sts": {"sts_zone", "sts_anchorage"},
    "12nm": {"waters_12nm"},
    "port": {"port", "load_port", "discharge_port", "world_port"},
}


@pytest.mark.parametrize(("word", "kinds"), WORDS.items(), ids=WORDS)
def test_a_word_of_a_kind_finds_what_it_finds_in_a_rule(word: str, kinds: set[str]) -> None:
    rows = [json.loads(line) for line in run("list", "--kind", word, "--json").splitlines()]
    assert {row["kind"] for row in rows} == kinds
    every = [json.loads(line) for line in run("list", "--json").splitlines()]
    assert [row["id"] for row in every if row["kind"] in kinds] == [
        row["id"] for row in rows if row["kind"] != "world_port"
    ]


def test_a_word_of_a_kind_and_a_country() -> None:
    rows = [json.loads(line) for line in run("list", "--kind", "load", "--country", "ir", "--json").splitlines()]
    assert {(row["kind"], row["country"]) for row in rows} == {("load_port", "IR"), ("load_terminal", "IR")}


def test_a_word_that_is_none_is_answered_with_one_that_is() -> None:
    with pytest.raises(ConfigError, match="there is no kind 'laod'; did you mean 'load'"):
        CliRunner().invoke(app, ["list", "--kind", "laod"], catch_exceptions=False)


def test_check_counts_the_bundled_zones() -> None:
    assert run("check") == "462 zones in 4 files, no faults\n"


def test_check_raises_all_faults_with_exit_code_2(tmp_path: Path) -> None:
    path = write_features(tmp_path / "f.geojson", made_feature("Bad"), made_feature("ok_one", kind="prot"))
    with pytest.raises(ZoneError) as caught:
        CliRunner().invoke(app, ["check", str(path)], catch_exceptions=False)
    assert len(caught.value.faults) == 2
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "args", [("check", "no/such/file"), ("show", "no_such_zone"), ("list", "--kind", "prot")], ids=lambda a: a[0]
)
def test_a_wrong_word_is_bad_use(args: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"no such|there is no|does not exist"):
        CliRunner().invoke(app, [*args], catch_exceptions=False)


def test_show_tells_facts_overlaps_and_draws(tmp_path: Path) -> None:
    out = run("show", "ae_khor_fakkan_anch", "--map", str(tmp_path / "zone.png"))
    assert "Khor Fakkan anchorage" in out
    assert "overlaps" in out
    assert "ae_fujairah_anch" in out
    assert max(len(line) for line in out.splitlines()) <= 100
    assert (tmp_path / "zone.png").read_bytes()[:4] == b"\x89PNG"


def test_show_knows_world_ports() -> None:
    assert "Rotterdam" in run("show", "port_nlrtm")
