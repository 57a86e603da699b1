"""Identity changes: the scenarios of the catalogue, what must stay quiet, and the slow twin."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline import twin_declared
from tests.timeline.declarations import attributed, declared, event, gap, identities, of_kind, pairs
from tests.tracks import T0
from watch.columns import EVENT_COLUMNS
from watch.timeline.gone_hulls import load_gone_hulls
from watch.timeline.identity_change import few_letters_apart, identity_changes, name_key

DAY = 24.0
HULL, OTHER_HULL, SANCHI = 9999802, 9999814, 9356608
SHIP = {"mmsi": 636990101, "hour": 0.0, "imo": HULL, "name": "SYNTH ONE", "callsign": "D5XY7", "ship_type": 80}


def changes(*rows: dict[str, Any], events: tuple[pd.DataFrame, ...] = ()) -> pd.DataFrame:
    known = identities(*rows)
    seen = attributed(known, *events)
    return identity_changes(declared(known, seen), seen, load_gone_hulls())


def kinds(found: pd.DataFrame) -> list[str]:
    return [details["sub_kind"] for _, _, details in of_kind(found)]


def test_a_ship_that_says_the_same_has_no_event() -> None:
    found = changes(SHIP, SHIP | {"hour": 5.0, "draught_m": 9.0}, SHIP | {"hour": 9.0, "destination": "X"})
    assert list(found.columns) == list(EVENT_COLUMNS)
    assert kinds(found) == []


def test_nothing_declared_gives_no_event() -> None:
    assert len(changes()) == 0


def test_i3_three_flags_in_sixty_days_are_two_changes_of_flag() -> None:
    radios = ((677990101, 0.0), (620990102, 30.0), (613990103, 60.0))
    found = changes(*({"mmsi": m, "hour": d * DAY, "imo": HULL} for m, d in radios))
    assert pairs(found, "flag") == [("TZ", "KM"), ("KM", "CM")]
    hour, mmsi, details = of_kind(found, "flag")[0]
    assert (hour, mmsi) == (30 * DAY, 620990102)
    assert (details["before_mmsi"], details["after_mmsi"], details["imo"]) == (677990101, 620990102, HULL)


def test_i5_a_sale_with_one_flag_and_one_name_in_400_days_is_one_change_of_each() -> None:
    sold = {"mmsi": 538990105, "hour": 200 * DAY, "imo": HULL, "name": "SYNTH TWO", "callsign": "V7AB1"}
    first = SHIP | {"ship_type": 80}
    silent = gap(SHIP["mmsi"], 199 * DAY)
    found = changes(first, sold, sold | {"hour": 400 * DAY, "draught_m": 9.0}, events=(silent,))
    assert sorted(kinds(found)) == ["callsign", "flag", "name"]
    assert pairs(found, "flag") == [("LR", "MH")]
    assert pairs(found, "name") == [("SYNTH ONE", "SYNTH TWO")]


def test_another_number_under_one_flag_is_no_change_of_flag() -> None:
    found = changes({"mmsi": 636990101, "hour": 0.0, "imo": HULL}, {"mmsi": 637990102, "hour": 50.0, "imo": HULL})
    assert pairs(found, "mmsi") == [("636990101", "637990102")]
    assert pairs(found, "flag") == []


def test_two_hulls_in_turn_under_one_radio_are_no_change_of_flag() -> None:
    found = changes(SHIP, SHIP | {"hour": 9.0, "imo": OTHER_HULL}, SHIP | {"hour": 19.0})
    assert pairs(found, "flag") == []
    assert pairs(found, "imo") == [(str(HULL), str(OTHER_HULL))]


def test_i2_the_number_of_a_hull_that_sank_is_told_after_it_sank_only() -> None:
    late = (pd.Timestamp("2018-03-01", tz="UTC") - T0).total_seconds() / 3600
    early = (pd.Timestamp("2017-03-01", tz="UTC") - T0).total_seconds() / 3600
    found = changes({"mmsi": 572990101, "hour": early, "imo": SANCHI}, {"mmsi": 636990101, "hour": late, "imo": SANCHI})
    ((_, mmsi, details),) = of_kind(found, "gone_hull")
    assert mmsi == 636990101
    assert (details["after"], details["status"], details["gone_name"]) == (str(SANCHI), "sunk", "SANCHI")


def test_i2_a_hull_heard_on_after_its_end_is_told_by_what_it_did() -> None:
    before = (pd.Timestamp("2018-01-01", tz="UTC") - T0).total_seconds() / 3600
    visit = event("zone_visit", 572990101, before + 24 * 60, before + 24 * 61)
    found = changes({"mmsi": 572990101, "hour": before, "imo": SANCHI}, events=(visit,))
    ((hour, _, _),) = of_kind(found, "gone_hull")
    assert hour == before + 24 * 60


def test_n8_a_value_that_is_missing_is_no_change() -> None:
    nothing = {"mmsi": 636990101, "hour": 0.0, "imo": 0}
    assert kinds(changes(nothing, SHIP | {"hour": 1.0}, nothing | {"hour": 2.0}, SHIP | {"hour": 3.0})) == []


WRITTEN = {
    "case": ("Bella", "BELLA", False),
    "blanks": ("SKY  RIDER", "SKYRIDER", False),
    "punctuation": ("ST. MARY", "ST MARY", False),
    "prefix": ("M/T BELLA", "BELLA", False),
    "prefix_is_part_of_the_name": ("MSC BELLA", "BELLA", True),
    "accents": ("CURAÇAO", "CURACAO", False),
    "one_letter_less": ("CALLIOPE", "CALLIOP", True),
    "another": ("BELLA", "TORO", True),
    "script_is_data": ("BELLA", "<script>alert(1)</script>", True),
    "formula_is_data": ("BELLA", "=cmd|' /C calc'!A0", True),
    "no_letters_is_no_name": ("BELLA", "----", False),
    "other_alphabets": ("ПОБЕДА", "МОСКВА", True),
}


@pytest.mark.parametrize(("before", "after", "told"), WRITTEN.values(), ids=WRITTEN)
def test_a_name_written_otherwise_is_the_same_name(before: str, after: str, told: bool) -> None:
    found = changes(SHIP | {"name": before}, SHIP | {"hour": 5.0, "name": after})
    assert pairs(found, "name") == ([(before, after)] if told else [])


def test_a_change_of_few_letters_says_so() -> None:
    found = changes(SHIP | {"name": "CALLIOPE"}, SHIP | {"hour": 5.0, "name": "CALLIOP"})
    assert of_kind(found, "name")[0][2]["few_letters"] is True
    assert not few_letters_apart("BELLA", "SKY RIDER")


def test_a_type_is_a_word_and_no_code() -> None:
    rows = [SHIP | {"hour": float(h), "ship_type": t} for h, t in enumerate((80, 89, 0, 81, 70))]
    assert pairs(changes(*rows), "type") == [("tanker", "cargo")]


def test_names_that_flip_forty_times_are_one_event() -> None:
    rows = [SHIP | {"hour": h * 0.5, "name": ("ALPHA", "BRAVO")[h % 2]} for h in range(41)]
    ((hour, _, details),) = of_kind(changes(*rows), "name")
    assert (hour, details["times"], details["until_at"]) == (0.5, 40, "2020-06-01T20:00:00+00:00")


def test_a_name_taken_back_after_weeks_is_a_second_event() -> None:
    rows = [SHIP | {"hour": h * 24 * 14.0, "name": ("ALPHA", "BRAVO")[h % 2]} for h in range(3)]
    assert pairs(changes(*rows), "name") == [("ALPHA", "BRAVO"), ("BRAVO", "ALPHA")]


def test_hulls_that_share_a_radio_are_compared_each_with_itself() -> None:
    rows = [SHIP | {"hour": float(h), "seg": h % 2, "name": ("ALPHA", "BRAVO")[h % 2]} for h in range(6)]
    shared = event("identity_change", SHIP["mmsi"], 0.0, 9.0, sub_kind="shared_mmsi", segments=[0, 1])
    renamed = rows[-1] | {"hour": 50.0, "name": "CHARLIE"}
    found = changes(*rows, renamed, events=(shared,))
    assert pairs(found, "name") == [("BRAVO", "CHARLIE")]
    assert of_kind(found, "name")[0][2]["shared_mmsi"] is True


MIDS = {
    "allocated": (636990101, 80, []),
    "nobodys": (217990101, 80, ["mid_unallocated"]),
    "south_sudan_is_a_state": (638990101, None, []),
    "landlocked": (611990101, 80, ["mid_landlocked"]),
    "landlocked_tug_on_a_river": (203990101, 31, []),
    "landlocked_of_unknown_type": (611990101, None, []),
    "craft_of_a_parent_ship": (982990101, 80, []),
}


@pytest.mark.parametrize(("mmsi", "ship_type", "want"), MIDS.values(), ids=MIDS)
def test_country_codes_that_no_sea_going_ship_should_have(mmsi: int, ship_type: int, want: list[str]) -> None:
    rows = [{"mmsi": mmsi, "hour": h, "ship_type": ship_type, "name": f"N {h}"} for h in (0.0, 900.0)]
    assert [k for k in kinds(changes(*rows)) if k.startswith("mid")] == want


def test_a_landlocked_state_with_ships_at_sea_says_so() -> None:
    found = changes(
        {"mmsi": 457990101, "hour": 0.0, "ship_type": 80}, {"mmsi": 669990101, "hour": 0.0, "ship_type": 80}
    )
    assert {d["after"]: d["sea_register"] for _, _, d in of_kind(found, "mid_landlocked")} == {"MN": True, "SZ": False}


SIGNS = {
    "own": (636990101, "D5XY7", []),
    "anahi_signs_for_botswana": (611000201, "A2AB46", []),
    "calliop_on_a_liberian_number": (636014160, "5IXX2", ["TZ"]),
    "iranian_number_panamanian_sign": (422990101, "3EAB4", ["PA"]),
    "form_of_no_sign": (422990101, "SEA BIRD", []),
    "no_series": (422990101, "QQAB4", []),
    "territory_of_the_series": (310990101, "ZCAB4", []),
    "word_for_none": (422990101, "NONE", []),
}


@pytest.mark.parametrize(("mmsi", "sign", "states"), SIGNS.values(), ids=SIGNS)
def test_call_signs_of_another_state(mmsi: int, sign: str, states: list[str]) -> None:
    found = changes({"mmsi": mmsi, "hour": 0.0, "callsign": sign}, {"mmsi": mmsi, "hour": 9.0, "name": "N"})
    assert [d["callsign_states"] for _, _, d in of_kind(found, "callsign_flag")] == ([states] if states else [])


NUMBERS = {
    "good": (9999802, []),
    "grace_1_misprinted": (9196330, ["imo_check_digit"]),
    "typed_in_order": (1234567, ["imo_placeholder"]),
    "one_digit_that_passes": (5555555, ["imo_placeholder"]),
    "one_digit_that_fails": (1111111, ["imo_placeholder"]),
    "none": (None, []),
}


@pytest.mark.parametrize(("imo", "want"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_that_no_hull_has(imo: int | None, want: list[str]) -> None:
    rows = [{"mmsi": 636990101, "hour": h, "imo": imo, "name": f"N {h}"} for h in (0.0, 5.0)]
    assert [k for k in kinds(changes(*rows)) if k.startswith("imo")] == want


TWO = ({"mmsi": 636990101, "hour": 0.0, "imo": HULL}, {"mmsi": 620990102, "hour": 100.0, "imo": HULL, "lat": 40.0})
TOGETHER = {
    "both_heard": ((), 100.0),
    "first_silent_when_second_begins": ((gap(636990101, 90.0),), None),
    "first_goes_silent_at_once": ((gap(636990101, 101.0),), None),
    "first_comes_back": ((gap(636990101, 90.0, 150.0),), 150.0),
    "second_silent_at_first": ((gap(620990102, 100.5, 130.0),), 130.0),
    "gap_long_over": ((gap(636990101, 10.0, 50.0),), 100.0),
}


@pytest.mark.parametrize(("events", "hour"), TOGETHER.values(), ids=TOGETHER)
def test_one_number_from_two_radios_at_once(events: tuple[pd.DataFrame, ...], hour: float | None) -> None:
    found = of_kind(changes(*TWO, events=events), "duplicated_imo")
    assert [h for h, _, _ in found] == ([] if hour is None else [hour])


def test_a_duplicate_names_the_other_radio_and_how_far_it_is() -> None:
    found = changes(*TWO)
    rows = found[[d["sub_kind"] == "duplicated_imo" for d in found["details"]]]
    assert rows[["mmsi", "other_mmsi"]].to_numpy().tolist() == [[620990102, 636990101]]
    details = rows["details"].iloc[0]
    assert (details["after"], details["apart_nm"], details["apart_h"]) == (str(HULL), pytest.approx(1801, abs=2), 100.0)


def test_a_change_of_radio_is_no_duplicate_before_the_clock_can_tell() -> None:
    known = identities(*TWO)
    for hours, count in ((103.0, 0), (107.0, 1)):
        as_of = T0 + pd.Timedelta(hours=hours)
        seen = attributed(known)
        found = identity_changes(declared(known, seen), seen, load_gone_hulls(), as_of=as_of)
        assert len(of_kind(found, "duplicated_imo")) == count


def test_a_thousand_radios_under_one_number_are_a_thousand_events() -> None:
    known = identities(*({"mmsi": 636990000 + k, "hour": float(k), "imo": HULL} for k in range(1000)))
    seen = attributed(known)
    found = identity_changes(declared(known, seen), seen, load_gone_hulls())
    assert len(of_kind(found, "duplicated_imo")) == 999


def test_events_depend_on_the_ships_they_name_alone() -> None:
    others = [SHIP | {"mmsi": 211990000 + k, "hour": k * 7.0, "imo": None, "name": f"N {k % 3}"} for k in range(9)]
    alone, among = changes(*TWO, SHIP), changes(*TWO, SHIP, *others)
    ids = set(alone["event_id"])
    assert len(ids) == len(alone) > 0
    assert ids == set(among.loc[among["mmsi"].isin([TWO[0]["mmsi"], TWO[1]["mmsi"]]), "event_id"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from((636990101, 211990102)),
            st.integers(0, 60),
            st.sampled_from((None, "ALPHA", "Alpha", "BRAVO", "CHARLIE", "--")),
        ),
        unique_by=lambda r: (r[0], r[1]),
        max_size=25,
    )
)
def test_names_equal_their_slow_twin(rows: list[tuple[int, int, str | None]]) -> None:
    known = identities(*({"mmsi": m, "hour": float(h), "name": n} for m, h, n in rows))
    told = zip(known["mmsi"].tolist(), known["seen_at"], known["name"], strict=True)
    plain = [(m, (at - T0).total_seconds() / 3600, n if isinstance(n, str) else None) for m, at, n in told]
    seen = attributed(known)
    found = identity_changes(declared(known, seen), seen, load_gone_hulls())
    got = [(m, h, d["before"], d["after"], d["times"]) for h, m, d in of_kind(found, "name")]
    assert sorted(got) == sorted(twin_declared.changes(plain, name_key, 24.0))


@given(
    st.lists(
        st.tuples(
            st.sampled_from((636990101, 211990102, 538990103)),
            st.integers(0, 500),
            st.sampled_from((HULL, OTHER_HULL, 9999826)),
        ),
        unique_by=lambda r: r[1],
        max_size=12,
    )
)
def test_flags_equal_their_slow_twin(rows: list[tuple[int, int, int]]) -> None:
    rows = [(m, h * 30, imo) for m, h, imo in sorted(rows, key=lambda r: r[1])]  # further apart than any flip
    known = identities(*({"mmsi": m, "hour": float(h), "imo": imo} for m, h, imo in rows))
    seen = attributed(known)
    found = identity_changes(declared(known, seen), seen, load_gone_hulls())
    got = [(m, h, d["before_mmsi"]) for h, m, d in of_kind(found, "flag")]
    assert sorted(got) == sorted(twin_declared.flags(rows))
