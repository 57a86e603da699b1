"""OFAC's list as XML: the advanced form (`SDN_ADVANCED.XML`), which says since when, and the plain one (`SDN.XML`).

References
----------
OFAC, "Advanced sanctions data model" (after the UN's data model) and "SDN XML schema".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from watch.watchlists.countries import country_of
from watch.watchlists.entry import Entry, Gathered, Reading, first, tidy, tidy_remarks, ymd
from watch.watchlists.xml_records import Element, all_text, records, text_at

_VESSEL_PARTY = "1"  # PartySubTypeID where the file's own table does not say it
_TABLES = ("FeatureType", "DetailReference", "IDRegDocType", "PartySubType", "AliasType")
_RECORDS = ("DateOfIssue", *_TABLES, "IDRegDocument", "DistinctParty", "SanctionsEntry")
_REGISTRATION, _MMSI = "vessel registration identification", "mmsi"


@dataclass(frozen=True)
class _Party:
    """A ship as it stands in an advanced file, whose other parts say what its ids mean."""

    key: str
    profile: str
    names: tuple[str, ...]
    identities: tuple[str, ...]
    features: tuple[tuple[str, str, str], ...]
    remarks: str


@dataclass
class _Advanced:
    """Tables of an advanced file, by id; its parts name one another by number."""

    words: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in _TABLES})
    documents: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    sanctions: dict[str, list[tuple[date | None, tuple[str, ...]]]] = field(default_factory=dict)
    parties: list[_Party] = field(default_factory=list)
    published_at: date | None = None
    others: int = 0

    def word(self, table: str, number: str | None) -> str:
        return self.words[table].get(number or "", "")


def read_advanced(data: bytes) -> Reading:
    """Return the ships of `SDN_ADVANCED.XML`, with the day on which each was listed first.

    Raises
    ------
    InputError
        It is no XML, ends too soon, or declares entities.
    """
    tables = _Advanced()
    for name, element in records(data, _RECORDS):
        _take(tables, name, element)
    out = Gathered(others=tables.others)
    for party in tables.parties:
        _add_party(out, tables, party)
    return out.reading("ofac-advanced-xml", tables.published_at)


def _take(tables: _Advanced, name: str, element: Element) -> None:
    if name in _TABLES:
        tables.words[name][element.get("ID", "")] = tidy(all_text(element))
    elif name == "IDRegDocument":
        pair = element.get("IDRegDocTypeID", ""), text_at(element, "IDRegistrationNo")
        tables.documents.setdefault(element.get("IdentityID", ""), []).append(pair)
    elif name == "SanctionsEntry":
        measures = (tidy(text_at(measure, "Comment")) for measure in element.iter("SanctionsMeasure"))
        days = [_day(event.find("Date")) for event in element.iter("EntryEvent")]
        told = min((day for day in days if day), default=None), tuple(m for m in measures if m)
        tables.sanctions.setdefault(element.get("ProfileID", ""), []).append(told)
    elif name == "DateOfIssue":
        tables.published_at = _day(element)
    elif _is_vessel(tables, element):
        tables.parties.append(_party(element))
    else:
        tables.others += 1


def _is_vessel(tables: _Advanced, party: Element) -> bool:
    kinds = [profile.get("PartySubTypeID", "") for profile in party.iter("Profile")]
    known = tables.words["PartySubType"]
    return any((known[kind].casefold() == "vessel") if kind in known else kind == _VESSEL_PARTY for kind in kinds)


def _day(element: Element) -> date | None:
    return None if element is None else ymd(*(text_at(element, part) for part in ("Year", "Month", "Day")))


def _party(element: Element) -> _Party:
    profile = next(element.iter("Profile")).get("ID", "")
    features = [
        (feature.get("FeatureTypeID", ""), tidy(all_text(detail)), detail.get("DetailReferenceID", ""))
        for feature in element.iter("Feature")
        for detail in feature.iter("VersionDetail")
    ]
    return _Party(
        element.get("FixedRef", "") or profile,
        profile,
        tuple(_names(element)),
        tuple(identity.get("ID", "") for identity in element.iter("Identity")),
        tuple(features),
        tidy_remarks(text_at(element, "Comment")),
    )


def _add_party(out: Gathered, tables: _Advanced, party: _Party) -> None:
    numbers = [pair for identity in party.identities for pair in tables.documents.get(identity, [])]
    kinds = [(tables.word("IDRegDocType", kind).casefold(), text) for kind, text in numbers]
    features = _features(tables, party)
    told = tables.sanctions.get(party.profile, [])
    entry = Entry(
        party.key,
        first(party.names),
        aliases=party.names[1:],
        callsign=tidy(first(_of(features, "call sign")), 12),
        flag=country_of(first(_of(features, "vessel flag"))),
        former_flags=tuple(code for words in _of(features, "former vessel flag") if (code := country_of(words))),
        type=tidy(first(_of(features, "vessel type"))),
        programs=tuple(dict.fromkeys(program for _, programs in told for program in programs)),
        remarks=party.remarks,
        listed_at=min((day for day, _ in told if day), default=None),
    )
    imos = [text for kind, text in kinds if kind == _REGISTRATION]
    out.add(0, entry, imos, [text for kind, text in kinds if kind == _MMSI] + _of(features, _MMSI))


def _names(party: Element) -> Iterator[str]:
    """Yield the names, the primary one first."""
    aliases = sorted(party.iter("Alias"), key=lambda alias: alias.get("Primary") != "true")
    for alias in aliases:
        for name in alias.iter("DocumentedName"):
            text = tidy(" ".join(all_text(part) for part in name.iter("NamePartValue")))
            if text:
                yield text


def _features(tables: _Advanced, party: _Party) -> list[tuple[str, str]]:
    """Return name and text of each feature; a text may stand in a table of the file."""
    return [
        (tables.word("FeatureType", kind).casefold(), text or tables.word("DetailReference", reference))
        for kind, text, reference in party.features
    ]


def _of(features: list[tuple[str, str]], name: str) -> list[str]:
    """Return the texts of a feature; a call sign is called with and without the word vessel."""
    return [text for known, text in features if text and known in (name, f"vessel {name}")]


def read_plain(data: bytes) -> Reading:
    """Return the ships of `SDN.XML`.

    Raises
    ------
    InputError
        It is no XML, ends too soon, or declares entities.
    """
    out, published_at = Gathered(), None
    for name, element in records(data, ("publshInformation", "sdnEntry")):  # so spelt by OFAC
        if name == "publshInformation":
            month, day, year = [*text_at(element, "Publish_Date").split("/"), "", "", ""][:3]
            published_at = ymd(year, month, day)
        elif text_at(element, "sdnType").casefold() == "vessel":
            _add_sdn_entry(out, element)
        else:
            out.others += 1
    return out.reading("ofac-xml", published_at)


def _add_sdn_entry(out: Gathered, element: Element) -> None:
    numbers = [(text_at(i, "idType").casefold(), text_at(i, "idNumber")) for i in element.iter("id")]
    entry = Entry(
        text_at(element, "uid"),
        tidy(text_at(element, "lastName")),
        aliases=tuple(text_at(aka, "lastName") for aka in element.iter("aka")),
        callsign=tidy(text_at(element, "vesselInfo/callSign"), 12),
        flag=country_of(text_at(element, "vesselInfo/vesselFlag")),
        former_flags=tuple(c for kind, words in numbers if kind == "former vessel flag" and (c := country_of(words))),
        type=tidy(text_at(element, "vesselInfo/vesselType")),
        programs=tuple(tidy(all_text(program)) for program in element.iter("program")),
        remarks=tidy_remarks(text_at(element, "remarks")),
    )
    out.add(
        0,
        entry,
        [text for kind, text in numbers if kind in (_REGISTRATION, "imo number")],
        [text for kind, text in numbers if kind == _MMSI],
    )
