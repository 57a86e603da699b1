from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.zones.made import SQUARE, made_feature, write_features
from watch.zones.reading import MAX_FILE_BYTES, read_geofences


def changed(**changes: Any) -> dict[str, Any]:
    return {**made_feature(), **changes}


BOW = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
PAST = [[[179, 0], [181, 0], [181, 1], [179, 1], [179, 0]]]
ROUND = [[[-179, 0], [179, 0], [179, 1], [-179, 1], [-179, 0]]]
OPEN = [[[0, 0], [1, 1], [0, 0]]]
WORDS = [[["a", 0], [1, 0], [1, 1], [0, 0]]]


def polygon(rings: Any) -> dict[str, Any]:
    return changed(geometry={"type": "Polygon", "coordinates": rings})


WRONG = {
    "id_missing": (made_feature(id=None), "id", "is missing"),
    "id_with_blanks": (made_feature("Made One"), "id", "small letters"),
    "id_is_a_number": (made_feature(id=7), "id", "must be text"),
    "country_in_words": (made_feature(country="Iran"), "country", "two-letter"),
    "kind_misspelt": (made_feature(kind="load_prot"), "kind", "did you mean 'load_port'"),
    "property_misspelt": (made_feature(valid_form="2020-01-01"), "valid_form", "did you mean 'valid_from'"),
    "time_without_zone": (made_feature(valid_from="2020-01-01T00:00:00"), "valid_from", "UTC"),
    "time_in_words": (made_feature(valid_to="next May"), "valid_to", "2024-05-01"),
    "ends_before_it_begins": (made_feature(valid_from="2021-01-01", valid_to="2020-01-01"), "valid_to", "later"),
    "dwell_negative": (made_feature(min_dwell_h=-1), "min_dwell_h", "hours"),
    "no_properties": (changed(properties=None), "properties", "are missing"),
    "not_a_feature": ({"type": "Point"}, "type", "Feature"),
    "a_point": (changed(geometry={"type": "Point", "coordinates": [1, 1]}), "geometry", "not Point"),
    "no_geometry": (changed(geometry=None), "geometry", "Polygon"),
    "a_bow_tie": (polygon(BOW), "geometry", "not valid"),
    "past_180": (polygon(PAST), "geometry", "cut it at 180°"),
    "round_the_world": (polygon(ROUND), "geometry", "antimeridian"),
    "ring_too_short": (polygon(OPEN), "geometry", "at least four"),
    "words_for_numbers": (polygon(WORDS), "geometry", "at least four"),
    "no_rings": (polygon(None), "geometry", "at least four"),
}


@pytest.mark.parametrize(("feature", "key", "reason"), WRONG.values(), ids=WRONG)
def test_a_fault_names_file_line_key_and_what_to_do(feature: Any, key: str, reason: str, tmp_path: Path) -> None:
    path = write_features(tmp_path / "f.geojson", made_feature("good_one"), feature)
    good, faults = read_geofences(path)
    assert [f.facts["id"] for f in good] == ["good_one"]
    assert len(faults) == 1
    (fault,) = faults
    assert fault.file == str(path)
    assert fault.key.endswith(key)
    assert reason in fault.reason


def test_the_line_of_a_fault_is_where_its_feature_begins(tmp_path: Path) -> None:
    path = write_features(tmp_path / "f.geojson", made_feature("good_one"), made_feature("bad one"))
    _, faults = read_geofences(path)
    assert [fault.line for fault in faults] == [3]


def test_every_fault_of_a_feature_is_told(tmp_path: Path) -> None:
    _, faults = read_geofences(write_features(tmp_path / "f.geojson", made_feature("X", kind="no", country="no")))
    assert sorted(fault.key.split(": ")[1] for fault in faults) == ["country", "id", "kind"]


FILES = {
    "not_json": ("{'type'}", "is not JSON"),
    "json_cut_short": ('{"type": "FeatureCollection", "features": [', "is not JSON"),
    "a_list": ("[]", "FeatureCollection"),
    "features_are_no_list": ('{"type": "FeatureCollection", "features": 3}', "list of features"),
    "empty": ("", "is not JSON"),
    "nested_beyond_sense": ("[" * 100_000, "is not JSON"),
}


@pytest.mark.parametrize(("text", "reason"), FILES.values(), ids=FILES)
def test_a_broken_file_is_one_fault(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "f.geojson"
    path.write_text(text, encoding="utf-8")
    good, faults = read_geofences(path)
    assert good == []
    assert len(faults) == 1
    assert reason in faults[0].reason


def test_a_file_that_is_not_there_a_folder_and_other_bytes_are_faults(tmp_path: Path) -> None:
    (tmp_path / "latin.geojson").write_bytes(b'{"type": "\xe9"}')
    for name in ("none.geojson", ".", "latin.geojson"):
        good, faults = read_geofences(tmp_path / name)
        assert good == []
        assert len(faults) == 1


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "f.geojson"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    _, faults = read_geofences(path)
    assert "larger than 32 MB" in faults[0].reason


def test_a_feature_takes_source_and_note_from_its_collection(tmp_path: Path) -> None:
    path = write_features(
        tmp_path / "f.geojson", made_feature("own_one", source="own"), made_feature("two"), source="all", note="n"
    )
    good, _ = read_geofences(path)
    assert [(f.facts["source"], f.facts["note"]) for f in good] == [("own", "n"), ("all", "n")]


def test_a_polygon_with_a_hole_keeps_it(tmp_path: Path) -> None:
    hole = [[10.4, 10.4], [10.4, 10.6], [10.6, 10.6], [10.6, 10.4], [10.4, 10.4]]
    good, _ = read_geofences(write_features(tmp_path / "f.geojson", polygon([*SQUARE, hole])))
    assert good[0].shape.area == pytest.approx(0.96)
    assert not shapely.contains_xy(good[0].shape, 10.5, 10.5)
