from pathlib import Path

import pytest
from scenarios.scenario_builders import write_file

from watch.errors import ConfigError, FaultsError
from watch.scenarios.catalogue import LARGEST_BYTES, load_scenario, scenario_names

HEAD = "name: case\ntitle: a case\nsynthetic: true\n"
SHIP = (
    "ships:\n  - name: SYNTH A\n    mmsi: 636990001\n    at: 2020-05-01T00:00Z\n    position: [24.5, 58.5]\n    acts:\n"
)
HOLD = "      - hold: {hours: 5}\n"

#: text of the file, and what the message must hold: line, key, reason.
BAD = {
    "not_said_to_be_synthetic": ("name: case\ntitle: x\n" + SHIP + HOLD, "case.yaml:1: synthetic: is missing"),
    "said_to_be_real": (HEAD.replace("true", "false") + SHIP + HOLD, "case.yaml:3: synthetic: "),
    "no_ships_at_all": (HEAD, "needs ships, a crowd or an include"),
    "name_is_not_the_file's": (HEAD.replace("case\n", "other\n", 1) + SHIP + HOLD, "case.yaml:1: name: is 'other'"),
    "unknown_key": (HEAD + "shpis: []\n" + SHIP + HOLD, "case.yaml:4: shpis: is no key known here"),
    "unknown_act": (HEAD + SHIP + "      - fly: {to: [1, 2]}\n", "case.yaml:10: ships.0.acts.0.fly: is no key"),
    "two_acts_in_one": (HEAD + SHIP + "      - {hold: {hours: 1}, says: {imo: 9999802}}\n", "an act is exactly one of"),
    "empty_acts": (HEAD + SHIP.replace("acts:", "acts: []"), "ships.0: a ship does 1 to 2,000 acts"),
    "latitude_above_90": (HEAD + (SHIP + HOLD).replace("24.5", "94.5"), "case.yaml:8: ships.0.position.0: "),
    "latitude_not_a_number": (HEAD + (SHIP + HOLD).replace("24.5", ".nan"), "case.yaml:8: ships.0.position.0: "),
    "mmsi_of_8_digits": (HEAD + (SHIP + HOLD).replace("636990001", "63699000"), "case.yaml:6: ships.0.mmsi: "),
    "name_with_small_letters": (HEAD + (SHIP + HOLD).replace("SYNTH A", "Synth"), "case.yaml:5: ships.0.name: "),
    "moment_without_zone": (HEAD + (SHIP + HOLD).replace("00:00Z", "00:00"), "case.yaml:7: ships.0.at: "),
    "moment_is_a_number": (HEAD + (SHIP + HOLD).replace("2020-05-01T00:00Z", "2020"), "with its zone, as in"),
    "unknown_ship_type": (
        HEAD + SHIP.replace("acts", "type: submarine\n    acts") + HOLD,
        "'submarine' is no ship type",
    ),
    "sail_without_speed": (HEAD + SHIP + "      - sail: {to: [1, 2]}\n", "say either speed_kn or arrive_at"),
    "sail_nowhere": (HEAD + SHIP + "      - sail: {speed_kn: 3}\n", "case.yaml:10: ships.0.acts.0.sail: say where to"),
    "sail_where_she_is": (HEAD + SHIP + "      - sail: {to: [24.5, 58.5], speed_kn: 3}\n", "the ship is there already"),
    "too_fast_to_arrive": (
        HEAD + SHIP + "      - sail:\n          to: [12, 45]\n          arrive_at: 2020-05-01T10:00Z\n",
        "case.yaml:12: ships.0.acts.0.sail.arrive_at: 1074 nm in 10.0 h need 107 kn",
    ),
    "arrives_before_she_leaves": (
        HEAD + SHIP + HOLD + "      - sail: {to: [24, 58], arrive_at: 2020-05-01T04:00Z}\n",
        "case.yaml:11: ships.0.acts.1.sail.arrive_at: the ship is still busy before, until 2020-05-01T05:00:00Z",
    ),
    "unknown_route": (HEAD + SHIP + "      - sail: {route: MOON, speed_kn: 9}\n", "no route 'MOON'; there are CAPE"),
    "unknown_way_point": (
        HEAD + SHIP + "      - sail: {route: CAPE_BND_ELP, to: rio, speed_kn: 9}\n",
        "sail.to: no way-point 'rio' on CAPE_BND_ELP: 0 to 29, or bandar_abbas",
    ),
    "meets_nobody": (
        HEAD + SHIP + "      - meet: {with: GHOST, at: 2020-05-01T04:00Z, hours: 3}\n",
        "acts.0.meet.with: no ship of this file is named 'GHOST'",
    ),
    "meets_herself": (
        HEAD + SHIP + "      - meet: {with: SYNTH A, at: 2020-05-01T04:00Z, hours: 3}\n",
        "'SYNTH A' is herself on the way to this ship",
    ),
    "silence_backwards": (
        HEAD + SHIP.replace("acts", "silences: [{from: 2020-05-02T00:00Z, to: 2020-05-01T00:00Z}]\n    acts") + HOLD,
        "case.yaml:9: ships.0.silences.0: a silence must end after it begins",
    ),
    "expected_names_a_stranger": (HEAD + "expected: {fires: [NOBODY]}\n" + SHIP + HOLD, "no ship of this file: NOBODY"),
    "crowd_without_towards": (
        HEAD
        + "crowd:\n  - {name: C, ships: 2, mmsi_from: 470990301, around: [1, 2], radius_nm: 3, as: coasting,\n"
        + "     from: 2020-05-01T00:00Z, to: 2020-05-02T00:00Z}\n",
        "case.yaml:5: crowd.0: coasting ships, and only they, need towards",
    ),
    "crowd_that_coasts_nowhere": (
        HEAD
        + "crowd:\n  - {name: C, ships: 2, mmsi_from: 470990301, around: [1, 2], towards: [1, 2], radius_nm: 3,\n"
        + "     as: coasting, from: 2020-05-01T00:00Z, to: 2020-05-02T00:00Z}\n",
        "case.yaml:5: crowd.0.0.acts.0.sail: the ship is there already",
    ),
    "broken_yaml": (HEAD + "ships: [\n", "case.yaml:"),
    "key_twice": (HEAD + "title: again\n" + SHIP + HOLD, "case.yaml:4: is no YAML: found duplicate key"),
    "an_alias": (HEAD + "expected: &a {note: x}\ncrowd: [*a, *a]\n", "case.yaml:5: *a: aliases are not read"),
    "a_list": ("- 1\n- 2\n", "case.yaml:1: must hold keys"),
    "empty": ("", "case.yaml:1: must hold keys"),
    "a_python_object": (HEAD + "expected: !!python/object/apply:os.getcwd []\n", "case.yaml:4: expected: "),
    "nested_beyond_reason": ("name: " + "[" * 20_000, "case.yaml:1: is nested more than 40 deep"),
    "includes_a_stranger": (
        HEAD + "include: [no-such]\n",
        "no scenario 'no-such': give a file ending in",
    ),
    "includes_by_path": (HEAD + "include: [../other.yaml]\n", "case.yaml:4: include: must be a list of scenario names"),
    "includes_itself": (HEAD + "include: [case.yaml]\n", "case.yaml:4: include: the scenario would include itself"),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_with_line_key_and_reason(tmp_path, text, told):
    with pytest.raises(ConfigError) as caught:
        load_scenario(write_file(tmp_path, text))
    assert told in str(caught.value)


def test_all_faults_come_at_once(tmp_path):
    text = HEAD + SHIP.replace("636990001", "1").replace("58.5", "581") + "      - hold: {hours: -1}\n"
    with pytest.raises(FaultsError) as caught:
        load_scenario(write_file(tmp_path, text))
    assert [(f.line, f.key) for f in caught.value.faults] == [
        (6, "ships.0.mmsi"),
        (8, "ships.0.position.1"),
        (10, "ships.0.acts.0.hold.hours"),
    ]


def test_missing_directory_and_oversize_files_are_told(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"folder\.yaml: cannot be read: Is a directory"):
        load_scenario(tmp_path / "folder.yaml")
    with pytest.raises(ConfigError, match=r"gone\.yaml: cannot be read: No such file"):
        load_scenario(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError, match="larger than 500,000 bytes"):
        load_scenario(write_file(tmp_path, "#" * (LARGEST_BYTES + 1)))
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9\xe8\n")
    with pytest.raises(ConfigError, match=r"latin\.yaml: is not UTF-8"):
        load_scenario(tmp_path / "latin.yaml")


def test_includes_that_multiply_are_refused(tmp_path):
    text = HEAD.replace("case", "{}", 1)
    write_file(tmp_path, text.format("s0") + SHIP + HOLD, "s0")
    for i in range(1, 9):
        write_file(tmp_path, text.format(f"s{i}") + f"include: [s{i - 1}.yaml, s{i - 1}.yaml]\n", f"s{i}")
    assert load_scenario(tmp_path / "s5.yaml").include
    with pytest.raises(FaultsError, match=r"s6\.yaml:4: include: more than 100 scenarios in one"):
        load_scenario(tmp_path / "s8.yaml")


def test_includes_are_found_beside_the_file_and_among_the_bundled(tmp_path):
    write_file(tmp_path, HEAD.replace("case", "part", 1) + SHIP + HOLD, "part")
    whole = load_scenario(write_file(tmp_path, HEAD + "include: [part.yaml, n5]\n"))
    assert [part.name for part in whole.include] == ["part", "n5"]


def test_unknown_name_lists_the_bundled_ones():
    with pytest.raises(ConfigError, match=r"no scenario 'atlantis'.*irve1"):
        load_scenario("atlantis")
    assert {"demo", "irve1", "irve2", "irisl1", "lib4", "lib4-complete", "lib4-lit", "wila"} <= set(scenario_names())


def test_seconds_and_fractions_of_moments_are_read(tmp_path):
    text = HEAD + SHIP.replace("T00:00Z", "T00:00:30+04:00") + HOLD
    ship = load_scenario(write_file(Path(tmp_path), text)).ships[0]
    assert ship.at.isoformat() == "2020-04-30T20:00:30+00:00"
