"""Destination changes: the scenarios of the catalogue, what contradicts nothing, and the slow twin."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline import twin_declared
from tests.timeline.declarations import attributed, call, declared, event, identities, of_kind, world
from tests.tracks import T0
from watch.destinations import gazetteer_of
from watch.timeline.destination_change import destination_changes

RADIO = 422990102


def changes(*rows: dict[str, Any], events: tuple[pd.DataFrame, ...] = ()) -> pd.DataFrame:
    known = identities(*rows)
    seen = attributed(known, *events)
    return destination_changes(declared(known, seen), seen, world())


def says(*texts: str | None, every_h: float = 100.0, **more: Any) -> list[dict[str, Any]]:
    return [{"mmsi": RADIO, "hour": every_h * k, "destination": text, **more} for k, text in enumerate(texts)]


def test_p1d_rotterdam_flips_to_caracas() -> None:
    found = changes(*says("ROTTERDAM", "CARACAS", every_h=6.0, lat=34.0, lon=27.0))
    ((hour, mmsi, details),) = of_kind(found)
    assert (hour, mmsi) == (6.0, RADIO)
    assert details == {
        "sub_kind": "changed",
        "before": "ROTTERDAM",
        "after": "CARACAS",
        "before_country": "NL",
        "after_country": "VE",
        "before_zone": "port_nlrtm",
        "after_zone": None,
        "country_changed": True,
        "unknown": False,
        "ambiguous": False,
        "times": 1,
    }
    assert found[["start_lat", "start_lon", "end_lat", "end_lon"]].to_numpy().tolist() == [[34.0, 27.0, 34.0, 27.0]]
    assert found["end_at"].tolist() == found["start_at"].tolist()


def test_p1e_declared_el_palito_and_berths_at_cardon() -> None:
    visit = call(RADIO, 50.0, 90.0, "ve_cardon")
    found = changes(*says("EL PALITO"), events=(visit,))
    ((hour, mmsi, details),) = of_kind(found, "contradicted")
    assert (hour, mmsi) == (50.0, RADIO)
    assert details == {
        "sub_kind": "contradicted",
        "declared": "EL PALITO",
        "declared_at": "2020-06-01T00:00:00+00:00",
        "declared_country": "VE",
        "declared_zone": "ve_el_palito",
        "reached_zone": "ve_cardon",
        "reached_country": "VE",
        "country_differs": False,
        "reached_later": False,
        "visit_id": visit["event_id"].iloc[0],
        "times": 1,
    }
    assert found["zone_id"].tolist() == ["ve_cardon"]


SAME = {
    "same_text": ("ROTTERDAM", "ROTTERDAM"),
    "code_and_name": ("NLRTM", "ROTTERDAM"),
    "code_with_a_blank": ("NL RTM", "PORT OF ROTTERDAM"),
    "route_to_it": ("ROTTERDAM", "AE FJR>NL RTM"),
    "by_way_of": ("ROTTERDAM", "ROTTERDAM VIA SUEZ"),
    "punctuation": ("EL-PALITO", "el palito"),
    "arrival_beside_it": ("ROTTERDAM", "ROTTERDAM ETA 05/06"),
    "two_ways_to_say_nothing": ("FOR ORDERS", "TBN"),
    "unknown_place_with_the_same_letters": ("QWER TZ", "QWERTZ"),
    "nothing_after_something": ("ROTTERDAM", None),
    "something_after_nothing": (None, "ROTTERDAM"),
}


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME)
def test_one_place_written_in_two_ways_is_no_change(before: str | None, after: str | None) -> None:
    assert of_kind(changes(*says(before, after))) == []


OTHER = {
    "within_a_country": ("EL PALITO", "VEPBL", (False, False, "VE")),
    "for_orders": ("EL PALITO", "FOR ORDERS", (False, True, None)),
    "place_for_orders": ("ROTTERDAM", "FUJAIRAH FOR ORDERS", (True, True, "AE")),
    "several_places": ("ROTTERDAM", "GEORGETOWN", (False, False, None)),
    "script": ("ROTTERDAM", "<img src=x onerror=y>", (False, False, None)),
    "formula": ("ROTTERDAM", "=HYPERLINK(A1)", (False, False, None)),
    "sixty_four_letters": ("ROTTERDAM", "Z" * 64, (False, False, None)),
    "other_alphabet": ("ROTTERDAM", "Новороссийск", (False, False, None)),
}


@pytest.mark.parametrize(("before", "after", "want"), OTHER.values(), ids=OTHER)
def test_another_place_is_a_change(before: str, after: str, want: tuple[bool, bool, str | None]) -> None:
    ((_, _, details),) = of_kind(changes(*says(before, after)))
    assert (details["before"], details["after"]) == (before, after)
    assert (details["country_changed"], details["unknown"], details["after_country"]) == want


def test_an_ambiguous_text_says_so() -> None:
    assert of_kind(changes(*says("ROTTERDAM", "GEORGETOWN")))[0][2]["ambiguous"] is True


REACHED = {
    "declared_port": ("EL PALITO", "ve_el_palito", None),
    "neighbour_of_the_port": ("EL PALITO", "ve_puerto_cabello", None),
    "anchorage_of_the_port": ("BANDAR ABBAS", "ir_bandar_abbas_shahid_rajaee", None),
    "country_only": ("VENEZUELA", "ve_cardon", None),
    "capital": ("CARACAS", "ve_la_guaira", None),
    "other_country": ("ROTTERDAM", "ve_cardon", True),
    "country_only_another": ("VENEZUELA", "port_nlrtm", True),
    "for_orders": ("FOR ORDERS", "ve_cardon", None),
    "place_for_orders": ("GIBRALTAR FOR ORDERS", "ve_cardon", None),
    "nobody_knows": ("QWERTZ", "ve_cardon", None),
    "could_be_several": ("GEORGETOWN", "ve_cardon", None),
    "port_of_a_zone_that_is_gone": ("ROTTERDAM", "zone_that_was", None),
}


@pytest.mark.parametrize(("text", "zone_id", "differs"), REACHED.values(), ids=REACHED)
def test_what_contradicts_a_destination(text: str, zone_id: str, differs: bool | None) -> None:
    found = of_kind(changes(*says(text), events=(call(RADIO, 50.0, 60.0, zone_id),)), "contradicted")
    assert [d["country_differs"] for _, _, d in found] == ([] if differs is None else [differs])


def test_a_ship_that_passes_or_has_declared_nothing_yet_contradicts_nothing() -> None:
    passed = call(RADIO, 50.0, 60.0, "ve_cardon", confidence=2)
    before = call(RADIO, -50.0, -40.0, "ve_cardon")
    other = call(RADIO + 1, 50.0, 60.0, "ve_cardon")
    assert of_kind(changes(*says("ROTTERDAM"), {"mmsi": RADIO + 1, "hour": 0.0}, events=(passed, before, other))) == []


def test_a_call_on_the_way_says_that_the_declared_port_came_later() -> None:
    calls = (call(RADIO, 20.0, 30.0, "port_gigib"), call(RADIO, 300.0, 330.0, "port_nlrtm"))
    ((_, _, details),) = of_kind(changes(*says("ROTTERDAM"), events=calls), "contradicted")
    assert (details["reached_zone"], details["reached_later"]) == ("port_gigib", True)


def test_a_ferry_with_a_stale_destination_is_one_event_a_port() -> None:
    calls = [call(RADIO, 10.0 * k, 10.0 * k + 5, ("port_nlrtm", "port_gbhul")[k % 2]) for k in range(1, 21)]
    found = of_kind(changes(*says("BERGEN"), events=tuple(calls)), "contradicted")
    assert [(d["reached_zone"], d["times"]) for _, _, d in found] == [("port_gbhul", 10), ("port_nlrtm", 10)]


def test_hulls_that_share_a_radio_have_each_its_destination() -> None:
    shared = event("identity_change", RADIO, 0.0, 9.0, sub_kind="shared_mmsi", segments=[0, 1])
    rows = (says("ROTTERDAM")[0], says("EL PALITO")[0] | {"hour": 1.0, "seg": 1})
    visit = call(RADIO, 50.0, 60.0, "port_nlrtm")
    assert of_kind(changes(*rows, events=(shared, visit))) == []
    assert [d["sub_kind"] for _, _, d in of_kind(changes(*rows, events=(visit,)))] == ["changed", "contradicted"]


def test_nothing_declared_gives_no_event() -> None:
    assert len(changes()) == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from((RADIO, 636990101)),
            st.integers(0, 60),
            st.sampled_from(("ROTTERDAM", "NLRTM", "CARACAS", "FOR ORDERS", "TBN", None, "QWERTZ")),
        ),
        unique_by=lambda r: (r[0], r[1]),
        max_size=25,
    )
)
def test_changes_equal_their_slow_twin(rows: list[tuple[int, int, str | None]]) -> None:
    known = identities(*({"mmsi": m, "hour": float(h), "destination": text} for m, h, text in rows))
    texts = zip(known["mmsi"].tolist(), known["seen_at"], known["destination"], strict=True)
    plain = [(m, (at - T0).total_seconds() / 3600, t if isinstance(t, str) else None) for m, at, t in texts]
    seen = attributed(known)
    found = destination_changes(declared(known, seen), seen, world())
    got = [(m, h, d["before"], d["after"], d["times"]) for h, m, d in of_kind(found)]
    want = twin_declared.changes(plain, lambda text: gazetteer_of(world()).read(text).key, 24.0)
    assert sorted(got) == sorted(want)


def test_where_she_goes_next_is_not_contradicted_by_the_port_she_leaves() -> None:
    berth = call(RADIO, 0.0, 120.0, "ve_el_palito")
    here = {"lat": float(berth["start_lat"].iloc[0]), "lon": float(berth["start_lon"].iloc[0])}
    again = call(RADIO, 121.0, 150.0, "ve_el_palito")
    leaving = changes(*says("EL PALITO", "ROTTERDAM", **here), events=(berth, again))
    assert of_kind(leaving, "contradicted") == []
    at_sea = changes(*says("EL PALITO", "ROTTERDAM", lat=30.0, lon=-40.0), events=(berth, again))
    assert [hour for hour, *_ in of_kind(at_sea, "contradicted")] == [121.0]
