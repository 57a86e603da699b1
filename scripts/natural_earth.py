"""Reads Natural Earth's countries and land as the npm package `world-atlas` packs them (TopoJSON).

Natural Earth is in the public domain (naturalearthdata.com/about/terms-of-use); world-atlas is its packing, ISC.
Get it with `npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz` in a folder outside the repository.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Lines = list[NDArray[np.float64]]
WORLD = shapely.box(-180, -90, 180, 90)

#: ISO 3166-1: numeric code and two letters, for every numeric code in the file.
ISO_CODES = """
004AF 008AL 010AQ 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD 051AM 052BB 056BE
060BM 064BT 068BO 070BA 072BW 076BR 084BZ 086IO 090SB 092VG 096BN 100BG 104MM 108BI 112BY 116KH 120CM 124CA
132CV 136KY 140CF 144LK 148TD 152CL 156CN 158TW 170CO 174KM 178CG 180CD 184CK 188CR 191HR 192CU 196CY 203CZ
204BJ 208DK 212DM 214DO 218EC 222SV 226GQ 231ET 232ER 233EE 234FO 238FK 239GS 242FJ 246FI 248AX 250FR 258PF
260TF 262DJ 266GA 268GE 270GM 275PS 276DE 288GH 292GI 296KI 300GR 304GL 308GD 316GU 320GT 324GN 328GY 332HT
334HM 336VA 340HN 344HK 348HU 352IS 356IN 360ID 364IR 368IQ 372IE 376IL 380IT 384CI 388JM 392JP 398KZ 400JO
404KE 408KP 410KR 414KW 417KG 418LA 422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU 446MO 450MG 454MW 458MY
462MV 466ML 470MT 478MR 480MU 484MX 492MC 496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR 524NP 528NL
531CW 533AW 534SX 540NC 548VU 554NZ 558NI 562NE 566NG 570NU 574NF 578NO 580MP 581UM 583FM 584MH 585PW 586PK
591PA 598PG 600PY 604PE 608PH 612PN 616PL 620PT 624GW 626TL 630PR 634QA 642RO 643RU 646RW 652BL 654SH 659KN
660AI 662LC 663MF 666PM 670VC 674SM 678ST 682SA 686SN 688RS 690SC 694SL 702SG 703SK 704VN 705SI 706SO 710ZA
716ZW 724ES 728SS 729SD 732EH 740SR 748SZ 752SE 756CH 760SY 762TJ 764TH 768TG 776TO 780TT 784AE 788TN 792TR
795TM 796TC 798TV 800UG 804UA 807MK 818EG 826GB 831GG 832JE 833IM 834TZ 840US 850VI 854BF 858UY 860UZ 862VE
876WF 882WS 887YE 894ZM
"""
ISO_BY_NUMBER = {code[:3]: code[3:] for code in ISO_CODES.split()}

#: Places that Natural Earth draws apart without an ISO number. None: reefs whose owner is disputed, left out.
ISO_BY_NAME: dict[str, str | None] = {
    "Akrotiri": "GB",
    "Bajo Nuevo Bank": None,
    "Clipperton I.": "FR",
    "Coral Sea Is.": "AU",
    "Cyprus U.N. Buffer Zone": "CY",
    "Dhekelia": "GB",
    "Indian Ocean Ter.": "AU",
    "N. Cyprus": "CY",
    "Scarborough Reef": None,
    "Serranilla Bank": None,
    "Somaliland": "SO",
    "Spratly Is.": None,
    "USNB Guantanamo Bay": "CU",
}

#: The names that Natural Earth shortens.
FULL_NAMES = {
    "AG": "Antigua and Barbuda",
    "AX": "Åland Islands",
    "BA": "Bosnia and Herzegovina",
    "CD": "Democratic Republic of the Congo",
    "CK": "Cook Islands",
    "DO": "Dominican Republic",
    "EH": "Western Sahara",
    "FK": "Falkland Islands",
    "FO": "Faroe Islands",
    "GQ": "Equatorial Guinea",
    "GS": "South Georgia and the South Sandwich Islands",
    "HM": "Heard Island and McDonald Islands",
    "IO": "British Indian Ocean Territory",
    "KN": "Saint Kitts and Nevis",
    "KY": "Cayman Islands",
    "MF": "Saint-Martin",
    "MH": "Marshall Islands",
    "MP": "Northern Mariana Islands",
    "PF": "French Polynesia",
    "PM": "Saint Pierre and Miquelon",
    "PN": "Pitcairn Islands",
    "SB": "Solomon Islands",
    "ST": "São Tomé and Príncipe",
    "TC": "Turks and Caicos Islands",
    "TF": "French Southern and Antarctic Lands",
    "UM": "United States Minor Outlying Islands",
    "US": "United States",
    "VC": "Saint Vincent and the Grenadines",
    "VG": "British Virgin Islands",
    "VI": "United States Virgin Islands",
    "WF": "Wallis and Futuna",
}


@dataclass
class State:
    """One coastal state or territory: its land and the lines where it meets the sea, in degrees."""

    iso: str
    name: str
    land: list[shapely.Polygon]
    coast: Lines


def read_states(path: Path) -> list[State]:
    """Return every coastal state of a `countries-*.json`, by ISO code; Antarctica and disputed reefs are left out."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = decode_arcs(topology)
    geometries = topology["objects"]["countries"]["geometries"]
    uses = Counter(arc for g in geometries for ring in _rings(g) for arc in {_plain(a) for a in ring})
    states: dict[str, State] = {}
    for geometry in sorted(geometries, key=lambda g: bool(ISO_BY_NAME.get(g["properties"]["name"]))):
        iso = ISO_BY_NUMBER.get(geometry.get("id") or "") or ISO_BY_NAME.get(geometry["properties"]["name"])
        if iso is None or iso == "AQ":
            continue
        name = FULL_NAMES.get(iso, geometry["properties"]["name"])
        state = states.setdefault(iso, State(iso, name, [], []))
        state.land += _polygons(geometry, arcs)
        lone = {_plain(a) for ring in _rings(geometry) for a in ring}
        state.coast += [line for a in sorted(lone) if uses[a] == 1 for line in _off_the_seam(arcs[a])]
    return [states[iso] for iso in sorted(states) if states[iso].coast]


def read_land(path: Path) -> list[shapely.Polygon]:
    """Return all land of a `countries-*.json`, whoever holds it, without the borders between states."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = decode_arcs(topology)
    pieces = [p for g in topology["objects"]["countries"]["geometries"] for p in _polygons(g, arcs)]
    whole = shapely.union_all([shapely.set_precision(piece, 1e-6) for piece in pieces])
    return list(shapely.get_parts(whole))


def decode_arcs(topology: dict[str, Any]) -> Lines:
    """Return the arcs of a quantised topology as (n, 2) longitudes and latitudes, running on past 180°."""
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc, dtype=np.float64), axis=0) * scale + shift for arc in topology["arcs"]]
    return [_run_on(arc) for arc in arcs]


def wrap(shapes: Iterable[shapely.Geometry]) -> list[shapely.Geometry]:
    """Return shapes whose longitudes run past 180° in parts that lie within ±180°."""
    inside: list[shapely.Geometry] = []
    for shape in shapes:
        x0, _, x1, _ = shape.bounds
        if x0 >= -180 and x1 <= 180:
            inside.append(shape)
            continue
        for turn in (-360, 0, 360):
            moved = shapely.transform(shape, lambda xy, by=turn: np.add(xy, (by, 0)))
            part = shapely.intersection(moved, WORLD)
            inside += [part] if part.area > 0 else []
    return inside


def _run_on(line: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([np.unwrap(line[:, 0], period=360), line[:, 1]])


def _close(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a ring closed on the plane; one that runs round the south pole is closed along it."""
    if abs(ring[-1, 0] - ring[0, 0]) < 180:
        return ring
    return np.concatenate([ring, [[ring[-1, 0], -90], [ring[0, 0], -90]], ring[:1]])


def _plain(arc: int) -> int:
    return arc if arc >= 0 else ~arc


def _parts(geometry: dict[str, Any]) -> list[list[list[int]]]:
    kinds = {"Polygon": lambda a: [a], "MultiPolygon": lambda a: a}
    return list(kinds[geometry["type"]](geometry["arcs"]))


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    return (ring for part in _parts(geometry) for ring in part)


def _polygons(geometry: dict[str, Any], arcs: Lines) -> list[shapely.Polygon]:
    """Return the valid polygons of a geometry; rings that quantising shrank to a line are dropped."""
    found: list[shapely.Polygon] = []
    for part in _parts(geometry):
        rings = [np.concatenate([arcs[a] if a >= 0 else arcs[~a][::-1] for a in ring]) for ring in part]
        rings = [_close(_run_on(ring)) for ring in rings if len(ring) >= 4]
        if rings:
            whole = wrap([shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))])
            flat = shapely.get_parts(shapely.get_parts(whole))
            found += [p for p in flat if p.geom_type == "Polygon" and p.area > 0]
    return found


def _off_the_seam(line: NDArray[np.float64]) -> Lines:
    """Return the pieces of a coast line that do not run along 180°, where the drawing is only cut."""
    from_seam = np.abs(np.abs(line[:, 0]) - 180)
    seam = (from_seam[:-1] < 0.01) & (from_seam[1:] < 0.01)
    cuts = np.flatnonzero(seam)
    pieces = [line[a:b] for a, b in zip([0, *(cuts + 1)], [*(cuts + 1), len(line)], strict=True)]
    return [piece for piece in pieces if len(piece) >= 1]
