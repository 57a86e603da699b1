"""What is known of a vessel: its chain, why each link belongs to it, and which vessel somebody means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.event_cases import frame_of, made_event
from tracks import T0, statics

from watch.attribution import shared_radios
from watch.identity import IDENTITY_STATE
from watch.vessel_life import life_of
from watch.vessel_words import misfit_words
from watch.vessels import candidates, chain_of, find_vessels, parse_asked

BELLA, OTHER, WRONG, FILLER = 9208124, 9074729, 9074728, 1234567
TANZANIA, COMOROS, CAMEROON, SHARED = 677000001, 620000001, 613000001, 368134280
NOTHING = frame_of().astype({"details": object})
DAY = 24.0

Row = tuple[float, int, dict[str, Any]]  # hours after T0, MMSI, what it declared


def at(hours: float) -> pd.Timestamp:
    return T0 + pd.Timedelta(hours=hours)


def iso(hours: float) -> str:
    return at(hours).strftime("%Y-%m-%dT%H:%M:%SZ")


def declared(*rows: Row) -> pd.DataFrame:
    """Return changes of identity as the fold makes them: a field that is not declared keeps its last value."""
    known: dict[tuple[int, int], dict[str, Any]] = {}
    out = []
    for hours, mmsi, fields in rows:
        key = (mmsi, fields.get("seg", 0))
        known[key] = {**known.get(key, {}), **fields}
        out.append({**dict.fromkeys(IDENTITY_STATE), "seg": 0, **known[key], "mmsi": mmsi, "seen_at": at(hours)})
    return pd.DataFrame(out, columns=list(IDENTITY_STATE)).astype(IDENTITY_STATE)


def sharing(*segments: int, mmsi: int = SHARED, distance_nm: float = 10.3) -> pd.DataFrame:
    details = {"sub_kind": "shared_mmsi", "segments": list(segments), "distance_nm": distance_nm, "jumps": 299}
    return frame_of(made_event("s1", kind="identity_change", mmsi=mmsi, details=details))


def life(vessel_id: str, identities: pd.DataFrame, shared: pd.DataFrame = NOTHING, **more: Any) -> dict[str, Any]:
    chain = chain_of(identities, shared_radios(shared), more.pop("heard", None))
    return life_of(vessel_id, chain, more.pop("events", NOTHING), shared, **more)


def links(told: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(link[name] for name in names) for link in told["chain"]]


FLAG_HOP = declared(
    (0, TANZANIA, {"imo": BELLA, "name": "GULF STAR", "callsign": "5IAB2", "ship_type": 80}),
    (20 * DAY, COMOROS, {"imo": BELLA, "name": "OCEAN LILY", "callsign": "D6AB3", "ship_type": 80}),
    (40 * DAY, CAMEROON, {"imo": BELLA, "name": "OCEAN LILY", "callsign": "TJAB4", "ship_type": 83}),
)


def test_one_hull_through_three_radios_is_one_chain() -> None:
    told = life(f"imo:{BELLA}", FLAG_HOP)
    assert links(told, "from_at", "mmsi", "flag", "name", "callsign", "imo") == [
        (iso(0), TANZANIA, "TZ", "GULF STAR", "5IAB2", BELLA),
        (iso(20 * DAY), COMOROS, "KM", "OCEAN LILY", "D6AB3", BELLA),
        (iso(40 * DAY), CAMEROON, "CM", "OCEAN LILY", "TJAB4", BELLA),
    ]
    assert [why for (why,) in links(told, "why")] == [
        f"declares IMO {BELLA}, check digit right",
        f"another radio, same IMO {BELLA}, check digit right",
        f"another radio, same IMO {BELLA}, check digit right",
    ]
    assert [(f["flag"], f["first_at"]) for f in told["flags"]] == [
        ("TZ", iso(0)),
        ("KM", iso(20 * DAY)),
        ("CM", iso(40 * DAY)),
    ]
    assert [n["name"] for n in told["names"]] == ["GULF STAR", "OCEAN LILY"]
    assert [t["type"] for t in told["types"]] == ["tanker"]
    present = {name: told[name] for name in ("imo", "mmsi", "flag", "name", "callsign", "type")}
    assert present == {
        "imo": BELLA, "mmsi": CAMEROON, "flag": "CM", "name": "OCEAN LILY", "callsign": "TJAB4", "type": "tanker"
    }  # fmt: skip


# what a radio declared, one row a day → the vessel, and why each row of its chain is it
WHY: dict[str, tuple[list[dict[str, Any]], str, list[str]]] = {
    "number_declared_late": (
        [{"name": "LATE"}, {"imo": OTHER}],
        f"imo:{OTHER}",
        [
            f"same radio; IMO {OTHER} declared later, on 2020-06-02",
            f"declares IMO {OTHER}, check digit right",
        ],
    ),
    "wrong_number_after_the_right_one": (
        [{"imo": OTHER}, {"imo": WRONG}],
        f"imo:{OTHER}",
        [
            f"declares IMO {OTHER}, check digit right",
            f"same radio; IMO {OTHER} declared before, on 2020-06-01; "
            f"IMO {WRONG} declared then has a wrong check digit",
        ],
    ),
    "no_number_at_all": (
        [{"name": "SMALL"}],
        f"mmsi:{TANZANIA}",
        ["same radio, no valid IMO declared: known by its MMSI alone"],
    ),
    "filler_alone": (
        [{"imo": FILLER}],
        f"mmsi:{TANZANIA}",
        [f"same radio, no valid IMO declared: known by its MMSI alone; IMO {FILLER} declared then is a placeholder"],
    ),
}


@pytest.mark.parametrize(("said", "vessel_id", "why"), WHY.values(), ids=WHY)
def test_each_link_says_why_it_belongs(said: list[dict[str, Any]], vessel_id: str, why: list[str]) -> None:
    rows = declared(*((day * DAY, TANZANIA, fields) for day, fields in enumerate(said)))
    assert [w for (w,) in links(life(vessel_id, rows), "why")] == why


TWO_HULLS = declared(
    (0, SHARED, {"seg": 0, "name": "ALPHA", "ship_type": 52}),
    (1, SHARED, {"seg": 1, "name": "BETA", "ship_type": 52}),
)


def test_two_hulls_under_one_number_are_two_vessels_that_name_each_other() -> None:
    first, second = (life(v, TWO_HULLS, sharing(0, 1)) for v in (f"mmsi:{SHARED}", f"mmsi:{SHARED}/1"))
    assert [(w["name"], w["segment"]) for w in (*first["chain"], *second["chain"])] == [("ALPHA", 0), ("BETA", 1)]
    assert first["chain"][0]["why"] == (
        "first hull under this MMSI, no valid IMO declared; another was heard 10 nm away"
    )
    assert second["chain"][0]["why"] == (
        "second hull under this MMSI, no valid IMO declared: its own segment 1 lies 10 nm from the first"
    )
    assert [o["vessel_id"] for o in first["other_vessels"]] == [f"mmsi:{SHARED}/1"]
    assert [(o["vessel_id"], o["names"]) for o in second["other_vessels"]] == [(f"mmsi:{SHARED}", ["ALPHA"])]


def test_hulls_near_each_other_take_turns() -> None:
    told = life(f"mmsi:{SHARED}/4", declared((0, SHARED, {"seg": 4, "name": "C"})), sharing(0, 1, 4, distance_nm=0.4))
    assert told["chain"][0]["why"] == (
        "third hull under this MMSI, no valid IMO declared: its own segment 4 takes turns with the first"
    )


def test_without_proof_of_two_hulls_a_radio_is_one_vessel() -> None:
    told = life(f"mmsi:{SHARED}", TWO_HULLS)
    assert links(told, "name", "segment") == [("ALPHA", 0), ("BETA", 0)]


def test_a_second_hull_with_a_number_is_known_by_it() -> None:
    rows = declared((0, SHARED, {"seg": 0, "name": "ALPHA"}), (1, SHARED, {"seg": 1, "imo": OTHER}))
    told = life(f"imo:{OTHER}", rows, sharing(0, 1))
    assert links(told, "segment", "why") == [
        (1, f"declares IMO {OTHER}, check digit right; one of several hulls under this MMSI")
    ]


def test_a_radio_handed_to_another_hull_is_another_vessel_from_then_on() -> None:
    rows = declared((0, TANZANIA, {"imo": BELLA, "name": "OLD"}), (DAY, TANZANIA, {"imo": OTHER, "name": "NEW"}))
    told = life(f"imo:{BELLA}", rows)
    assert links(told, "name", "until_at") == [("OLD", iso(DAY))]
    assert [(o["vessel_id"], o["names"]) for o in told["other_vessels"]] == [(f"imo:{OTHER}", ["NEW"])]


def test_draught_and_destination_make_no_link() -> None:
    rows = declared(
        (0, TANZANIA, {"name": "A", "draught_m": 8.0}),
        (1, TANZANIA, {"draught_m": 9.0}),
        (2, TANZANIA, {"destination": "CN", "length_m": 200.0}),
    )
    told = life(f"mmsi:{TANZANIA}", rows)
    assert links(told, "name", "until_at", "length_m") == [("A", None, None)]


# hours at which A and B take turns → rows (name, from, times)
FLIPS: dict[str, tuple[list[tuple[float, str]], list[tuple[str, float, int]]]] = {
    "back_and_forth_within_a_day_is_two_rows": (
        [(0, "A"), (1, "B"), (2, "A"), (3, "B"), (4, "A")],
        [("A", 0, 3), ("B", 1, 2)],
    ),
    "back_after_weeks_is_news": ([(0, "A"), (300, "B"), (600, "A")], [("A", 0, 1), ("B", 300, 1), ("A", 600, 1)]),
}


@pytest.mark.parametrize(("said", "rows"), FLIPS.values(), ids=FLIPS)
def test_what_goes_back_and_forth(said: list[tuple[float, str]], rows: list[tuple[str, float, int]]) -> None:
    told = life(f"mmsi:{TANZANIA}", declared(*((h, TANZANIA, {"name": name}) for h, name in said)))
    assert links(told, "name", "from_at", "times") == [(name, iso(h), times) for name, h, times in rows]


def heard(*rows: tuple[float, int, dict[str, Any]]) -> pd.DataFrame:
    return statics([{"hour": h, "mmsi": mmsi, **fields} for h, mmsi, fields in rows]).to_pandas()


def test_the_last_time_is_the_last_before_another_declaration() -> None:
    rows = declared((0, TANZANIA, {"name": "A"}), (48, TANZANIA, {"name": "B"}))
    said = heard(*((h, TANZANIA, {"name": "A" if h < 48 else "B"}) for h in (0, 5, 30, 48, 50)), (60, COMOROS, {}))
    told = life(f"mmsi:{TANZANIA}", rows, heard=said)
    assert links(told, "name", "last_at", "until_at") == [("A", iso(30), iso(48)), ("B", iso(50), None)]
    assert (told["first_declared_at"], told["last_declared_at"]) == (iso(0), iso(50))


def test_the_last_time_of_each_hull_under_one_number_is_its_own() -> None:
    said = heard(*((h, SHARED, {"name": "ALPHA" if h % 2 == 0 else "BETA", "ship_type": 52}) for h in range(10)))
    ends = [life(v, TWO_HULLS, sharing(0, 1), heard=said) for v in (f"mmsi:{SHARED}", f"mmsi:{SHARED}/1")]
    assert [end["last_declared_at"] for end in ends] == [iso(8), iso(9)]


def test_a_radio_that_never_declared_itself_is_known_by_its_events() -> None:
    vessel_id = f"mmsi:{COMOROS}"
    seen = [
        made_event(f"e{k}", mmsi=COMOROS, vessel_id=vessel_id, imo=None, start_at=at(k), end_at=end)
        for k, end in enumerate((at(0.5), None))
    ]
    told = life(vessel_id, declared(), events=frame_of(*seen))
    assert links(told, "from_at", "last_at", "flag") == [(iso(0), iso(1), "KM")]
    assert told["chain"][0]["why"].endswith("it never declared itself, and these are the times of its events")
    assert (told["first_declared_at"], told["name"], told["type"]) == (None, None, "unknown")
    assert told["events"] == [{"kind": "gap", "count": 2, "open": 1, "first_at": iso(0), "last_at": iso(1)}]


def test_only_what_cannot_be_true_of_one_hull_does_not_fit() -> None:
    words = ("name", "flag", "imo_check_digit", "duplicated_imo")
    told = life(
        f"imo:{BELLA}",
        FLAG_HOP,
        events=frame_of(
            *(
                made_event(word, kind="identity_change", details={"sub_kind": word, "before": None, "after": WRONG})
                for word in words
            )
        ),
    )
    assert [m["sub_kind"] for m in told["misfits"]] == ["imo_check_digit", "duplicated_imo"]
    assert all(str(WRONG) in m["what"] for m in told["misfits"])


# what an event says → the words for it
MISFITS: dict[str, tuple[dict[str, Any], str]] = {
    "shared_mmsi": ({"distance_nm": 10.31, "jumps": 299}, "two or more hulls under this MMSI, 10 nm apart"),
    "duplicated_imo": (
        {"after": BELLA, "first_mmsi": TANZANIA, "apart_nm": 2100.4},
        f"IMO {BELLA} heard from MMSI {TANZANIA} too, 2,100 nm away",
    ),
    "imo": ({"before": BELLA, "after": OTHER}, f"IMO {BELLA} before, {OTHER} from then on"),
    "imo_check_digit": ({"after": WRONG}, f"IMO {WRONG} has a wrong check digit"),
    "imo_placeholder": ({"after": 5555555}, "IMO 5555555 is a placeholder"),
    "mid_unallocated": ({"after": "217"}, "MMSI begins with 217, which is no state's"),
    "mid_landlocked": ({"after": "MN"}, "flag of MN, which has no sea coast"),
    "callsign_flag": (
        {"after": "D6AB3", "flag": "CM", "callsign_states": ["KM"]},
        "call sign D6AB3 is not of the MMSI's flag CM",
    ),
    "gone_hull": (
        {"after": BELLA, "gone_name": "OLD\tONE", "status": "scrapped"},
        f"IMO {BELLA} is of OLD ONE, scrapped",
    ),
    "of_a_later_kind": ({}, "of a later kind"),
}


@pytest.mark.parametrize(("sub_kind", "told"), MISFITS.items(), ids=MISFITS)
def test_what_does_not_fit_is_said_in_words(sub_kind: str, told: tuple[dict[str, Any], str]) -> None:
    details, words = told
    assert misfit_words({"sub_kind": sub_kind, "before": None, **details}) == words


def test_a_life_is_plain_json() -> None:
    rows = declared((0, TANZANIA, {"name": "A"}), (1, COMOROS, {"imo": BELLA, "length_m": 183.5}))
    for vessel_id in (f"mmsi:{TANZANIA}", f"imo:{BELLA}"):
        told = life(vessel_id, rows, events=frame_of(made_event()), alerts=[{"alert_id": "a"}])
        assert json.loads(json.dumps(told, allow_nan=False)) == told


FLEET = declared(
    (0, TANZANIA, {"imo": BELLA, "name": "GULF STAR"}),
    (1, COMOROS, {"imo": BELLA, "name": "Bella"}),
    (2, CAMEROON, {"name": "ISABELLA"}),
    (3, SHARED, {"seg": 0, "name": "ALPHA", "imo": WRONG}),
    (4, SHARED, {"seg": 1, "name": "BETA 2020"}),
)
MEANT: dict[str, tuple[str, list[str]]] = {
    "imo_number": (f"{BELLA}", [f"imo:{BELLA}"]),
    "imo_number_with_its_word": (f"IMO {BELLA}", [f"imo:{BELLA}"]),
    "id": (f"imo:{BELLA}", [f"imo:{BELLA}"]),
    "number_that_is_no_hull_s": (f"{WRONG}", [f"mmsi:{SHARED}"]),
    "radio": (f"{TANZANIA}", [f"imo:{BELLA}"]),
    "radio_of_two_hulls": (f"{SHARED}", [f"mmsi:{SHARED}", f"mmsi:{SHARED}/1"]),
    "id_of_the_first_of_them": (f"mmsi:{SHARED}", [f"mmsi:{SHARED}"]),
    "id_of_the_second_of_them": (f"mmsi:{SHARED}/1", [f"mmsi:{SHARED}/1"]),
    "id_of_none_of_them": (f"mmsi:{SHARED}/7", []),
    "id_of_a_radio_that_is_known_by_its_hull": (f"mmsi:{COMOROS}", [f"imo:{BELLA}"]),
    "radio_that_never_declared_itself": ("235000009", ["mmsi:235000009"]),
    "old_name": ("gulf  star", [f"imo:{BELLA}"]),
    "whole_name_before_parts": ("bella", [f"imo:{BELLA}"]),
    "part_of_names": ("bell", [f"imo:{BELLA}", f"mmsi:{CAMEROON}"]),
    "no_pattern": (".*", []),
    "number_too_long_for_any": ("9" * 30, []),
    "nobody": ("636000000", []),
}


@pytest.mark.parametrize(("text", "ids"), MEANT.values(), ids=MEANT)
def test_which_vessel_is_meant(text: str, ids: list[str]) -> None:
    seen = frame_of(made_event(mmsi=235000009, vessel_id="mmsi:235000009", imo=None))
    chain = chain_of(FLEET, shared_radios(sharing(0, 1)))
    asked = parse_asked(text)
    assert find_vessels(chain, seen, asked) == ids


def test_candidates_show_what_tells_them_apart() -> None:
    found = candidates(chain_of(FLEET, {}), [f"imo:{BELLA}", "mmsi:1"])
    assert found == [
        {
            "vessel_id": f"imo:{BELLA}",
            "names": ["GULF STAR", "Bella"],
            "flags": ["TZ", "KM"],
            "types": ["unknown"],
            "mmsis": [TANZANIA, COMOROS],
            "first_declared_at": iso(0),
        },
        {"vessel_id": "mmsi:1", "names": [], "flags": [], "types": [], "mmsis": [], "first_declared_at": None},
    ]


def slow_vessel(rows: Sequence[dict[str, Any]], row: dict[str, Any], own_segments: Sequence[int]) -> str:
    """Return whose a declaration is, in plain words: the last valid number its hull declared, or else the next."""

    def segment(r: dict[str, Any]) -> int:
        return r["seg"] if r["seg"] in own_segments else 0

    of_hull = [r for r in rows if r["mmsi"] == row["mmsi"] and segment(r) == segment(row)]
    valid = [r for r in of_hull if not pd.isna(r["imo"]) and r["imo"] in (BELLA, OTHER)]
    before = [r for r in valid if r["seen_at"] <= row["seen_at"]]
    if valid:
        return f"imo:{(before[-1] if before else valid[0])['imo']}"
    return f"mmsi:{row['mmsi']}" + (f"/{segment(row)}" if segment(row) else "")


SAID = st.tuples(
    st.sampled_from((SHARED, TANZANIA)),
    st.sampled_from((0, 1, 2)),
    st.fixed_dictionaries(
        {}, optional={"imo": st.sampled_from((BELLA, OTHER, WRONG, FILLER)), "name": st.sampled_from("AB")}
    ),
)


@given(said=st.lists(SAID, max_size=8), hulls=st.sampled_from(((), (0, 1), (0, 1, 2))))
def test_every_declaration_stands_in_the_chain_of_its_vessel(said: list[Any], hulls: tuple[int, ...]) -> None:
    rows = declared(*((h, mmsi, {"seg": seg, **fields}) for h, (mmsi, seg, fields) in enumerate(said)))
    chain = chain_of(rows, {SHARED: hulls} if hulls else {})
    plain = rows.to_dict("records")
    for row in plain:
        whose = slow_vessel(plain, row, hulls[1:] if row["mmsi"] == SHARED else ())
        of_vessel = chain[(chain["vessel_id"] == whose) & (chain["mmsi"] == row["mmsi"])]
        assert (of_vessel["from_at"] <= row["seen_at"]).any()
        if not pd.isna(row["name"]):
            assert row["name"] in set(of_vessel["name"])
    assert set(chain["vessel_id"]) == {
        slow_vessel(plain, row, hulls[1:] if row["mmsi"] == SHARED else ()) for row in plain
    }
