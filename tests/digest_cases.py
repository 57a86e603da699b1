"""A made digest with something in every section, for the tests and for looking at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from watch.digest import Digest

IRAN = {"id": "ir_bandar_abbas", "name": "Bandar Abbas, Shahid Rajaee", "country": "IR", "kind": "load_port"}
OMAN = {"id": "waters_om_200", "name": "Gulf of Oman", "country": "OM", "kind": "waters_200nm"}


def made_vessel(name: str | None = "MADE TANKER ONE", **changes: Any) -> dict[str, Any]:
    vessel = {
        "vessel_id": "imo:9999802",
        "mmsi": 636990101,
        "imo": 9999802,
        "name": name,
        "flag": "LR",
        "type": "tanker",
    }
    return vessel | changes


def made_steps() -> list[dict[str, Any]]:
    return [
        {
            "id": "load",
            "event_id": "e1",
            "kind": "port_visit",
            "mmsi": 636990101,
            "zone": IRAN,
            "start_at": "2020-04-18T03:10:00Z",
            "end_at": "2020-04-21T18:40:00Z",
            "lat": 27.0783,
            "lon": 56.0617,
        },
        {
            "id": "dark",
            "event_id": "e2",
            "kind": "gap",
            "mmsi": 636990101,
            "zone": OMAN,
            "start_at": "2020-05-03T04:10:00Z",
            "end_at": None,
            "lat": 25.1,
            "lon": 57.95,
            "end_lat": None,
            "end_lon": None,
        },
    ]


def made_alert(alert_id: str = "a-1", **changes: Any) -> dict[str, Any]:
    alert = {
        "alert_id": alert_id,
        "rule_id": "iran-venezuela-liberian-tanker-dark",
        "title": "Liberian-flagged tanker, Iran to Venezuela, dark on the way",
        "level": "critical",
        "status": "open",
        "verdict": "match",
        "vessel": made_vessel(),
        "started_at": "2020-04-18T03:10:00Z",
        "ended_at": None,
        "raised_at": "2020-05-04T04:10:00Z",
        "steps": made_steps(),
        "measures": [
            {
                "measure_id": "US-IR-2018",
                "authority": "USA",
                "instrument": "EO 13846",
                "what": "oil, shipping, energy",
                "disputed": False,
                "begins_during": None,
                "ends_during": None,
            },
            {
                "measure_id": "US-CLAIM-SNAPBACK-2020",
                "authority": "USA (claim)",
                "instrument": "notice of 20 August 2020",
                "what": "US says all pre-2015 UN resolutions are back",
                "disputed": True,
                "claim": "13 of 15 members rejected it",
                "ends_during": "2021-02-18T00:00:00Z",
            },
        ],
        "red_flags": [{"code": "US1a", "text": "AIS gap or disabled AIS"}, "VU1"],
        "summary": "MADE TANKER ONE left Bandar Abbas, Shahid Rajaee and has not been heard since the "
        "Gulf of Oman; 2 of 3 steps, arrival in Venezuela not seen.",
        "not_observed": ["Whether cargo was loaded: no draught was heard before the call."],
        "runbook": "Compare imagery of the terminal for 18–21 April.\nAsk the registry for the LRIT track.",
    }
    return alert | changes


def made_digest(**changes: Any) -> Digest:
    parts: dict[str, Any] = {
        "made_at": datetime(2020, 7, 12, 6, 5, tzinfo=UTC),
        "as_of": datetime(2020, 7, 12, 6, 0, tzinfo=UTC),
        "since": datetime(2020, 7, 11, 6, 5, tzinfo=UTC),
        "new": [
            made_alert("b-2", level="high", rule_id="sts-gap", title="Long gap in an STS area"),
            made_alert("b-1"),
            made_alert(
                "b-3",
                level="medium",
                vessel=made_vessel("MADE CARRIER", imo=None, mmsi=422990303, flag="IR", type="cargo"),
                verdict="unknown",
                summary="MADE CARRIER was last heard off Kharg; the receivers there fell silent with it.",
                measures=[],
                red_flags=[],
                not_observed=[],
                runbook=None,
            ),
        ],
        "changed": [
            made_alert(
                "c-1",
                vessel=made_vessel("MADE TANKER TWO", imo=9999814, mmsi=636990102),
                changes=["Level raised from medium to critical.", "New step: El Palito was entered."],
            )
        ],
        "withdrawn": [
            made_alert(
                "w-1",
                level="low",
                vessel=made_vessel("MADE TANKER THREE", imo=9999826, mmsi=636990103),
                changes=["Late positions of 9 July fill the gap."],
            )
        ],
        "still_open": [
            made_alert(f"o-{n}", level=level, vessel=made_vessel(f"MADE TANKER {word}", mmsi=636990110 + n))
            for n, (level, word) in enumerate([("medium", "SIX"), ("critical", "FIVE"), ("high", "FOUR")])
        ],
        "health": [{"kind": "feed shrank", "message": "gulf.csv brought 1,204 rows, the ten before it 48,000 each."}],
        "counts": {"files loaded": 3, "positions": 142_113, "duplicates": 12, "rejects": 4, "events": 86},
        "maps": {"b-1": "maps/b-1.png"},
        "synthetic": True,
    }
    return Digest(**parts | changes)
